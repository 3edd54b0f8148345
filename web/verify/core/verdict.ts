// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The verdict on a bundle, as docs/formats/trust.md has it.

import { type Fault, checkAssertion } from "./assertion";
import { type Bytes, Malformed, equal, sha256, toHex, uint64, utf8 } from "./bytes";
import { type Group, readCAP, text } from "./cap";
import { parseTime } from "./captime";
import { type Difference, type MessageFacts, factsOf, leafDifferences, messageDifferences } from "./difference";
import { type KeyRing, holderAt } from "./keyring";
import { type Leaf, parseLeaf, typeOf } from "./leaf";
import { lookalike } from "./lookalike";
import { type Note as SignedNote, type NoteKey, parseNote, signatureBy } from "./note";
import { keyId } from "./p256";
import type { Bundle, Proof } from "./proof";
import { within } from "./regions";
import { type Tree, parseCheckpoint, pathLength, pathRoot } from "./tree";
import { type Authority, type Log, type Trust, counts, findLog, personsFor } from "./trust";

export type Result =
  | "genuine-in-force" | "genuine-ended" | "genuine-replaced" | "genuine-exercise" | "genuine-stale"
  | "altered" | "altered-form" | "other-message" | "unreadable"
  | "not-logged" | "unknown-log" | "bad-proof" | "bad-checkpoint" | "bad-issuer" | "forked-log"
  | "wrong-kind" | "wrong-authority" | "wrong-realm" | "wrong-territory" | "wrong-sender" | "contradiction"
  | "bad-assertion" | "author-is-releaser" | "too-few-persons" | "key-not-enrolled" | "key-revoked";

export type Grade = "A" | "B" | "C";

export type Note =
  | "keys-unchecked" | "software-key" | "break-glass" | "message-absent" | "stale-view" | "no-time" | "from-the-future"
  | "later-ignored" | "lookalike-sender" | "own-message-wrong";

export interface Options {
  /** The time of the verification, in milliseconds since 1970, as all times here. */
  now: number;
  /** The message in question, when it is not the bundle's own. */
  message?: Bytes;
  /** Makes a genuine message stale when nothing newer is known of the log; in milliseconds. */
  maxAge?: number;
  /** Trees that were verified before. */
  seen?: Tree[];
  keys?: KeyRing;
}

export interface Verdict {
  result: Result;
  fault?: Fault;
  grade?: Grade;
  authority?: Authority;
  log?: Log;
  index: bigint;
  /** Present when it is in the log, or signed by the authority, for sure. */
  leaf?: Leaf;
  /** The log's tree, once its signature is verified. */
  tree?: Tree;
  /** The message in question, when it could be read. */
  message?: Group;
  differences: Difference[];
  notes: Note[];
  /** When the warning expired, ended or was replaced. */
  ended?: number;
  /** The newest time at which the log is known to have been seen. */
  view?: number;
  witnesses: string[];
  /** The trusted sender that a false one looks like. */
  resembles?: string;
}

const freshFor = 5 * 60_000;
const skew = 5 * 60_000;

/** Ends a verification with its result. */
class Ended extends Error {
  constructor(readonly result: Result) {
    super(result);
  }
}

/** Says what a bundle is worth. It believes the trust file, the clock in the options and
 * nothing else. */
export async function verify(bundle: Bundle, trust: Trust, options: Options): Promise<Verdict> {
  const verification = new Verification(trust, options);
  try {
    await verification.run(bundle);
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    verification.verdict.result = error.result;
  }
  return verification.verdict;
}

class Verification {
  readonly verdict: Verdict = { result: "not-logged", index: 0n, differences: [], notes: [], witnesses: [] };
  private entry!: Authority;

  constructor(private readonly trust: Trust, private readonly options: Options) {}

  private note(note: Note): void {
    if (!this.verdict.notes.includes(note)) this.verdict.notes.push(note);
  }

  async run(bundle: Bundle): Promise<void> {
    const message = this.options.message ?? bundle.cap;
    if (bundle.proof === undefined && bundle.issuer === undefined) {
      if (message !== undefined) this.verdict.message = attempt(() => readCAP(message));
      if (this.verdict.message !== undefined) this.resemblance(text(this.verdict.message, "sender"));
      throw new Ended("not-logged");
    }
    const leaf = bundle.proof !== undefined ? await this.inLog(bundle.proof) : await this.byIssuer(bundle.issuer!);
    this.entitled(leaf);
    await this.signed(leaf);
    this.verdict.leaf = leaf;
    await this.compare(leaf, message, bundle.cap);
    await this.count(bundle.proof);
    await this.judge(leaf, bundle.later);
  }

  /** Finds out that the leaf is in the log of an authority. */
  private async inLog(proof: Proof): Promise<Leaf> {
    const checkpoint = attempt(() => parseCheckpoint(proof.checkpoint));
    if (checkpoint === undefined) throw new Ended("bad-checkpoint");
    const found = findLog(this.trust, checkpoint.origin);
    if (found === undefined) throw new Ended("unknown-log");
    const [authority, log] = found;
    this.entry = authority;
    Object.assign(this.verdict, { authority, log, index: proof.index });
    if (!(await some(log.signers, (key) => signatureBy(checkpoint.note, key)))) throw new Ended("bad-checkpoint");
    const { index, hashes } = proof;
    const complete = index < checkpoint.size && hashes.length === pathLength(index, checkpoint.size);
    if (!complete || !equal(await pathRoot(proof.leaf, index, checkpoint.size, hashes), checkpoint.root)) throw new Ended("bad-proof");
    const forks = (seen: Tree) => seen.origin === checkpoint.origin && seen.size === checkpoint.size && !equal(seen.root, checkpoint.root);
    if (this.options.seen?.some(forks)) throw new Ended("forked-log");
    this.verdict.tree = checkpoint;
    const leaf = attempt(() => parseLeaf(proof.leaf));
    if (leaf === undefined) throw new Ended("bad-proof");
    return leaf;
  }

  /** Finds out that a key of the authority signed the leaf. */
  private async byIssuer(raw: Bytes): Promise<Leaf> {
    const note = attempt(() => parseNote(raw));
    const leaf = note && attempt(() => parseLeaf(utf8(note.text)));
    if (note === undefined || leaf === undefined) throw new Ended("bad-issuer");
    const authority = this.trust.authorities.find(({ id }) => id === leaf.of("authority"));
    if (authority === undefined) throw new Ended("unknown-log");
    this.entry = authority;
    this.verdict.authority = authority;
    const keys = authority.logs.filter(({ realm }) => realm === leaf.of("realm")).flatMap(({ issuers }) => issuers);
    if (!(await some(keys, (key) => signatureBy(note, key)))) throw new Ended("bad-issuer");
    return leaf;
  }

  /** Checks that the authority may say what the leaf says. */
  private entitled(leaf: Leaf): void {
    const { entry, verdict } = this;
    if (!Object.hasOwn(typeOf, leaf.kind)) throw new Ended("wrong-kind");
    if (leaf.of("authority") !== entry.id) throw new Ended("wrong-authority");
    if (verdict.log !== undefined && leaf.of("realm") !== verdict.log.realm) throw new Ended("wrong-realm");
    if (!entry.senders.includes(leaf.of("sender"))) {
      this.resemblance(leaf.of("sender"));
      throw new Ended("wrong-sender");
    }
    if (!leaf.areas.every((area) => within(area, entry.territory))) throw new Ended("wrong-territory");
  }

  /** Checks the operators' signatures, and how many they are. */
  private async signed(leaf: Leaf): Promise<void> {
    const { keys } = this.options;
    const holders = new Set<string>();
    for (const [i, assertion] of leaf.assertions.entries()) {
      const [action, role] = i === 0 ? ["request", "author"] : ["release", "releaser"];
      const [warning, identifier, content] = [leaf.of("warning"), leaf.of("identifier"), leaf.of("content")];
      const fault = await checkAssertion({ action: action!, role: role!, warning, identifier, content }, assertion, this.entry);
      if (fault !== undefined) {
        this.verdict.fault = fault;
        throw new Ended("bad-assertion");
      }
      if (assertion.guard !== "passkey") this.note(assertion.guard);
      let holder = await keyId(assertion.key);
      if (keys !== undefined) {
        const found = await holderAt(keys, assertion, leaf.time);
        if (typeof found === "string") throw new Ended(found);
        holder = found.holder;
      }
      if (holders.has(holder)) throw new Ended("author-is-releaser");
      holders.add(holder);
    }
    if (keys === undefined) this.note("keys-unchecked");
    if (leaf.assertions.length < personsFor(this.entry, leaf.kind)) throw new Ended("too-few-persons");
  }

  /** Holds the message in question to the leaf. The bundle's own message may be the same,
   * absent or wrong. */
  private async compare(leaf: Leaf, message: Bytes | undefined, own: Bytes | undefined): Promise<void> {
    const { verdict } = this;
    if (message === undefined || message.length === 0) {
      this.note("message-absent");
      return;
    }
    let original = own;
    if (own === undefined || toHex(await sha256(own)) !== leaf.of("cap")) {
      if (own !== undefined && (this.options.message?.length ?? 0) > 0) this.note("own-message-wrong");
      original = undefined;
    }
    let found: MessageFacts;
    let read: Group;
    try {
      read = readCAP(message);
      found = await factsOf(message, read);
    } catch (error) {
      if (error instanceof Malformed) throw new Ended("unreadable");
      throw error;
    }
    verdict.message = read;
    let differences = leafDifferences(leaf, found, read);
    if (found.cap === leaf.of("cap")) {
      verdict.differences = differences;
      if (differences.length > 0) throw new Ended("contradiction");
      return;
    }
    const known = original && attempt(() => readCAP(original));
    if (known !== undefined) differences = messageDifferences(known, read);
    verdict.differences = differences;
    if (found.identifier !== leaf.of("identifier")) {
      this.resemblance(found.sender);
      throw new Ended("other-message");
    }
    if (differences.length === 0) throw new Ended("altered-form");
    this.resemblance(found.sender);
    throw new Ended("altered");
  }

  private resemblance(sender: string): void {
    const trusted = this.trust.authorities.flatMap(({ senders }) => senders).find((each) => sender !== each && lookalike(sender, each));
    if (trusted === undefined) return;
    this.note("lookalike-sender");
    this.verdict.resembles = trusted;
  }

  /** Counts the witnesses, and finds out when the log was last seen. */
  private async count(proof: Proof | undefined): Promise<void> {
    const { verdict, entry } = this;
    const { log } = verdict;
    verdict.grade = "C";
    if (log === undefined || proof === undefined) return;
    const { note } = parseCheckpoint(proof.checkpoint);
    const operators = new Set<string>();
    for (const witness of this.trust.witnesses) {
      if (witness.reads === undefined || witness.operator === entry.operator) continue;
      if ((await this.sawIt(note, witness.reads)) && counts(log, witness, entry)) {
        operators.add(witness.operator);
        verdict.witnesses.push(witness.reads.name);
      }
    }
    for (const clock of log.clocks) await this.sawIt(note, clock);
    verdict.grade = log.quorum !== undefined && operators.size >= log.quorum.operators ? "A" : "B";
  }

  /** Whether the key cosigned, and not in the future; it moves the view. */
  private async sawIt(note: SignedNote, key: NoteKey): Promise<boolean> {
    const signature = await signatureBy(note, key);
    if (signature === undefined || signature.length < 8) return false;
    const seconds = uint64(signature);
    if (seconds > BigInt(Math.floor((this.options.now + skew) / 1000))) return false;
    this.verdict.view = Math.max(this.verdict.view ?? -Infinity, Number(seconds) * 1000);
    return true;
  }

  /** Decides among the genuine results. */
  private async judge(leaf: Leaf, laters: Proof[]): Promise<void> {
    const { verdict, options: { now, maxAge = 0 } } = this;
    verdict.result = "genuine-in-force";
    const expires = parseTime(leaf.of("expires"))?.at;
    if (expires !== undefined && now >= expires) {
      verdict.result = "genuine-ended";
      verdict.ended = expires;
    }
    if (leaf.kind === "end") {
      verdict.result = "genuine-ended";
      verdict.ended = leaf.time;
    }
    let last = verdict.index;
    for (const proof of laters) {
      const later = await this.later(leaf, proof);
      if (later === undefined) {
        this.note("later-ignored");
        continue;
      }
      if (proof.index < last) continue;
      last = proof.index;
      verdict.result = later.kind === "end" ? "genuine-ended" : "genuine-replaced";
      verdict.ended = later.time;
    }
    if ((parseTime(leaf.of("sent"))?.at ?? now) > now + skew) this.note("from-the-future");
    const age = now - (verdict.view ?? -Infinity);
    if (verdict.view === undefined) this.note("no-time");
    else if (age > freshFor) this.note("stale-view");
    if (verdict.result === "genuine-in-force" && maxAge > 0 && age > maxAge) verdict.result = "genuine-stale";
    if (leaf.of("realm") === "exercise") verdict.result = "genuine-exercise";
  }

  /** Verifies a proof of a later leaf of the same warning, in a run of its own, so that
   * what is wrong with it does not become the verdict. */
  private async later(leaf: Leaf, proof: Proof): Promise<Leaf | undefined> {
    const { verdict } = this;
    if (verdict.log === undefined || proof.index <= verdict.index) return undefined;
    const other = new Verification(this.trust, this.options);
    let later: Leaf;
    try {
      later = await other.inLog(proof);
      if (other.verdict.log !== verdict.log || later.of("warning") !== leaf.of("warning") || later.kind === "release") return undefined;
      other.entitled(later);
      await other.signed(later);
    } catch (error) {
      if (error instanceof Ended) return undefined;
      throw error;
    }
    const { note } = parseCheckpoint(proof.checkpoint);
    const witnesses = this.trust.witnesses.flatMap(({ reads }) => reads ?? []);
    for (const key of [...witnesses, ...verdict.log.clocks]) await this.sawIt(note, key);
    return later;
  }
}

/** What a parser gives, or undefined for what it refuses. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

async function some<T>(items: T[], holds: (item: T) => Promise<unknown>): Promise<boolean> {
  for (const item of items) if ((await holds(item)) !== undefined) return true;
  return false;
}
