// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { type Bytes, sha256, toHex, utf8 } from "./bytes";
import { type Group, contentDigest, groups, text } from "./cap";
import { type Time, parseTime } from "./captime";
import { type Leaf, typeOf } from "./leaf";
import { regions, within } from "./regions";

const mostDifferences = 100;

/** One field in which a message is not as the log has it. */
export interface Difference {
  /** A path such as info[0].headline; "content" when the original is not at hand. */
  field: string;
  logged: string;
  found: string;
}

/** What a leaf about the message would say, by the names of a leaf's fields. */
export interface MessageFacts {
  identifier: string;
  sender: string;
  type: string;
  sent: string;
  expires: string;
  references: string;
  areas: string[];
  cap: string;
  content: string;
}

/** The facts of a message that was read from the bytes. */
export async function factsOf(raw: Bytes, message: Group): Promise<MessageFacts> {
  const references = text(message, "references");
  const infos = groups(message, "info");
  let latest: Time | undefined;
  for (const info of infos) {
    const expires = parseTime(text(info, "expires"));
    if (expires !== undefined && (latest === undefined || expires.at > latest.at)) latest = expires;
  }
  const codes = infos.flatMap((info) => groups(info, "area")).flatMap((area) => groups(area, "geocode"));
  return {
    identifier: text(message, "identifier"),
    sender: text(message, "sender"),
    type: text(message, "msgType"),
    sent: text(message, "sent"),
    expires: latest?.text ?? "",
    references: references === "" ? "" : `${references.split(" ").length} ${toHex(await sha256(utf8(references)))}`,
    areas: regions(codes.filter((code) => isARS(text(code, "valueName"))).map((code) => text(code, "value"))),
    cap: toHex(await sha256(raw)),
    content: await contentDigest(message),
  };
}

/** Names of geocodes are compared without regard to case, as Go does: ſ folds to s. */
function isARS(name: string): boolean {
  return name.replace("ſ", "s").toUpperCase() === "ARS";
}

/** Compares what a leaf says of a message with the message. */
export function leafDifferences(leaf: Leaf, found: MessageFacts, message: Group): Difference[] {
  const all: Difference[] = [];
  const differ = (field: string, logged: string, seen: string) => {
    if (logged !== seen) all.push({ field, logged, found: seen });
  };
  const status = text(message, "status");
  const harmless = status === "Test" || status === "System"; // a live log may hold these
  differ("identifier", leaf.of("identifier"), found.identifier);
  differ("sender", leaf.of("sender"), found.sender);
  differ("sent", leaf.of("sent"), found.sent);
  differ("status", leaf.of("realm") === "exercise" ? "Exercise" : harmless ? status : "Actual", status);
  differ("msgType", leaf.of("type"), found.type);
  if (leaf.of("type") === found.type) differ("msgType", typeOf[leaf.kind]!, found.type);
  differ("expires", leaf.of("expires"), found.expires);
  if (leaf.of("references") !== found.references) {
    all.push({ field: "references", logged: leaf.of("references") || `0 ${"0".repeat(64)}`, found: text(message, "references") });
  }
  for (const area of found.areas) if (!within(area, leaf.areas)) differ("area", leaf.areas.join(" "), area);
  differ("content", leaf.of("content"), found.content);
  return all;
}

/** The fields in which two messages differ, by their paths in CAP's JSON form. */
export function messageDifferences(logged: Group, found: Group): Difference[] {
  const [a, b] = [flat(logged), flat(found)];
  const fields = [...new Set([...a.keys(), ...b.keys()])].sort();
  return fields
    .filter((field) => (a.get(field) ?? "") !== (b.get(field) ?? ""))
    .slice(0, mostDifferences)
    .map((field) => ({ field, logged: a.get(field) ?? "", found: b.get(field) ?? "" }));
}

function flat(message: Group): Map<string, string> {
  const values = new Map<string, string>();
  const walk = (path: string, node: string | string[] | Group | Group[]) => {
    if (typeof node === "string") values.set(path, isNumber(path) ? general(Number(node)) : node);
    else if (Array.isArray(node)) node.forEach((each, i) => walk(`${path}[${i}]`, each));
    else for (const [name, child] of Object.entries(node)) walk(path === "" ? name : `${path}.${name}`, child);
  };
  walk("", message);
  return values;
}

function isNumber(path: string): boolean {
  return /\.(size|altitude|ceiling)$/.test(path);
}

/** A number as Go prints one by default: with an exponent from a million on, and below
 * 10⁻⁴. */
function general(value: number): string {
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
