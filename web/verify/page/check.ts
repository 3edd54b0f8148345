// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Brings together what somebody handed in and what the server has, and judges it.

import { type Bytes, Malformed, equal, fromUTF8, sha256, toHex } from "../core/bytes";
import { type Group, readCAP, text } from "../core/cap";
import { lookalike } from "../core/lookalike";
import { parseLeaf } from "../core/leaf";
import { type Bundle, parseBundle } from "../core/proof";
import { UnknownLog } from "../core/short";
import type { Tree } from "../core/tree";
import type { Trust } from "../core/trust";
import { type Result, type Verdict, verify } from "../core/verdict";
import { type TextFinding, compareText } from "./pastedtext";
import { readProof } from "./recognise";
import { Unreachable, fetchBundle, identifierAt, likeliest } from "./server";

/** What somebody handed in; each with a name for people. */
export interface Case {
  message?: Handed;
  proof?: Handed;
  text?: Handed;
}

export interface Handed {
  name: string;
  raw: Bytes;
}

/** What a check came to. Besides the verifier's results there are those of a proof that
 * cannot be read, and of words for which there is nothing to hold them to. */
export interface Finding {
  result: Result | "unreadable-bundle" | "nothing-like-it" | "elsewhere" | "only-text";
  verdict?: Verdict;
  /** Of the text, when there was a warning to compare it with. */
  text?: TextFinding;
  /** Whether the server was asked what it has, and answered. */
  asked: "yes" | "no" | "unreachable";
  /** The host that a link leads to which is not the server's, and the one it looks like. */
  host?: string;
  resembles?: string;
}

export interface Options {
  trust: Trust;
  /** Whether the server may be asked. */
  ask: boolean;
}

/** The log's trees that were verified since the page was opened. */
const seen: Tree[] = [];

export async function check(handed: Case, options: Options): Promise<Finding> {
  const finding: Finding = { result: "only-text", asked: "no" };
  let bundle: Bundle = { later: [] };
  try {
    if (handed.proof !== undefined) bundle = await readProof(handed.proof.raw, options.trust);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { ...finding, result: error instanceof UnknownLog ? "unknown-log" : "unreadable-bundle" };
  }
  let fetched: Bundle | undefined;
  try {
    const identifier = identifierOf(bundle, handed) ?? (await identifierInText(finding, handed, options));
    if (identifier !== undefined && options.ask) {
      const raw = await fetchBundle(identifier);
      fetched = raw && attempt(() => parseBundle(raw));
      finding.asked = "yes";
    }
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    finding.asked = "unreachable";
  }
  if (handed.proof === undefined && handed.message === undefined && fetched === undefined) {
    if (finding.asked === "yes" && finding.result === "only-text") finding.result = "nothing-like-it";
    return finding;
  }
  const verdict = await judge(bundle, handed.message?.raw, fetched, options.trust);
  finding.verdict = verdict;
  finding.result = verdict.result;
  if (verdict.result === "not-logged" && verdict.message === undefined) finding.result = "unreadable";
  if (hasWords(handed) && isGenuine(verdict) && verdict.message !== undefined) {
    finding.text = compareText(textOf(handed.text!), verdict.message);
  }
  return finding;
}

/** Whether there is a text with words in it, and not a link alone. */
export function hasWords({ text }: Case): boolean {
  return text !== undefined && !/^https?:\/\/\S+$/.test(textOf(text).trim());
}

export function isGenuine({ result }: { result: string }): boolean {
  return result.startsWith("genuine-");
}

/** Verifies what was handed in, with the server's message to compare words with, its
 * proofs of later messages, and its newer proof of the same entry. */
async function judge(bundle: Bundle, message: Bytes | undefined, fetched: Bundle | undefined, trust: Trust): Promise<Verdict> {
  const joined: Bundle = { ...bundle, later: [...bundle.later, ...(fetched?.later ?? [])] };
  if (bundle.issuer === undefined) joined.proof ??= fetched?.proof;
  let given = message;
  if (fetched?.cap !== undefined && toHex(await sha256(fetched.cap)) === loggedDigest(joined)) {
    given ??= bundle.cap;
    joined.cap = fetched.cap;
  }
  const options = { now: Date.now(), seen, ...(given && { message: given }) };
  const verdict = await verify(joined, trust, options);
  if (verdict.tree !== undefined && verdict.result !== "forked-log") seen.push(verdict.tree);
  const newer = fetched?.proof;
  if (!isGenuine(verdict) || newer === undefined || joined.proof === undefined || !equal(newer.leaf, joined.proof.leaf)) return verdict;
  const again = await verify({ ...joined, proof: newer }, trust, options);
  return isGenuine(again) && (again.view ?? 0) >= (verdict.view ?? 0) ? again : verdict;
}

function loggedDigest({ proof }: Bundle): string | undefined {
  return proof && attempt(() => parseLeaf(proof.leaf))?.of("cap");
}

function identifierOf({ proof, cap }: Bundle, { message }: Case): string | undefined {
  const leaf = proof && attempt(() => parseLeaf(proof.leaf));
  if (leaf !== undefined) return leaf.of("identifier");
  const raw = message?.raw ?? cap;
  const read = raw && attempt(() => readCAP(raw));
  return read && text(read, "identifier");
}

/** Finds the message that a text is about: by a link in it, else by its words. */
async function identifierInText(finding: Finding, handed: Case, options: Options): Promise<string | undefined> {
  if (handed.text === undefined || handed.message !== undefined || handed.proof !== undefined) return undefined;
  const written = textOf(handed.text);
  const links = (written.match(/https?:\/\/[^\s<>"]+/g) ?? []).flatMap((link) => attemptURL(link) ?? []);
  const own = links.filter(({ origin }) => origin === location.origin);
  const strange = links.find(({ origin }) => origin !== location.origin);
  if (!options.ask) return undefined;
  for (const link of own) {
    const identifier = await identifierAt(link);
    if (identifier !== undefined) return identifier;
  }
  if (strange !== undefined) {
    finding.host = strange.host;
    if (lookalike(strange.host, location.host)) finding.resembles = location.host;
  }
  const identifier = hasWords(handed) ? await likeliest(written) : undefined;
  finding.asked = "yes";
  if (identifier === undefined) finding.result = strange !== undefined && !hasWords(handed) ? "elsewhere" : "nothing-like-it";
  return identifier;
}

function attemptURL(link: string): URL | undefined {
  return URL.canParse(link) ? new URL(link) : undefined;
}

function textOf({ raw }: Handed): string {
  return attempt(() => fromUTF8(raw)) ?? "";
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** The words of a genuine warning, in the page's language where it has them. */
export function infoOf(message: Group, language: string): Group | undefined {
  const infos = (message.info ?? []) as Group[];
  return infos.find((info) => text(info, "language").toLowerCase().startsWith(language)) ?? infos[0];
}
