// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Leaves, as docs/formats/leaf.md has them.

import { type Assertion, parseAssertion } from "./assertion";
import { type Bytes, Malformed, fromBase64, fromHex, fromLatin1 } from "./bytes";
import { parseTime } from "./captime";
import { isOrigin } from "./note";
import { decompress } from "./p256";
import { isShortest, mostAreas } from "./regions";
import { hash, wholeNumber } from "./tree";

export const mostLeaf = 1536; // bytes
export const mostAssertions = 4;

export interface Leaf {
  kind: string;
  /** When the node decided, in milliseconds since 1970. */
  time: number;
  assertions: Assertion[];
  areas: string[];
  /** The values of all lines by their names, as they stand; "" for those that are absent. */
  of(name: string): string;
}

const message = "time authority realm warning identifier sender type sent expires? references? area+ cap content assertion+";
const shapes: Record<string, string> = {
  release: message,
  update: message,
  end: message,
  refusal: "time authority realm warning identifier content reason assertion*",
  siren: "time authority realm warning? identifier? area* signal frames",
  "key-enrolled": "time authority realm key guard holder role+",
  "key-revoked": "time authority realm key holder reason?",
  roles: "time authority realm holder role*",
  territory: "time authority realm grantee area*",
  first: "time authority realm origin previous?",
  last: "time authority realm origin next?",
};

/** The kinds of leaves about a message that went out, and the message's type. */
export const typeOf: Record<string, string> = { release: "Alert", update: "Update", end: "Cancel" };

export function isCode(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text);
}

export function isName(text: string): boolean {
  return /^[!-~]{1,128}$/.test(text) && !/[,<&]/.test(text);
}

function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text) && !/^0*$/.test(text);
}

function isListing(text: string): boolean {
  const [, count, digest] = /^([1-9][0-9]{0,6}) (.*)$/.exec(text) ?? [];
  return Number(count) <= 1_000_000 && isDigest(digest ?? "");
}

function isPrevious(text: string): boolean {
  const [origin, size, root, ...more] = text.split(" ");
  if (size === undefined || root === undefined || more.length > 0) return false;
  hash(root);
  return isOrigin(origin!) && wholeNumber(size) > 0n;
}

export function isKey(text: string): boolean {
  return text.length === 44 && decompress(fromBase64(text, "url")) !== undefined;
}

/** Checks a value; before are those of the lines of its name above it. */
type Check = (value: string, before: string[]) => boolean;

const checks: Record<string, Check> = {
  time: (value) => stamp(value) !== undefined,
  authority: isCode,
  realm: (value) => value === "live" || value === "exercise",
  warning: isName,
  identifier: isName,
  sender: isName,
  type: (value) => ["Alert", "Update", "Cancel"].includes(value),
  sent: (value) => parseTime(value) !== undefined,
  expires: (value) => parseTime(value) !== undefined,
  references: isListing,
  area: (value, before) => {
    const last = before[before.length - 1];
    return isShortest(value) && before.length < mostAreas && (last === undefined || (last < value && !value.startsWith(last)));
  },
  cap: isDigest,
  content: isDigest,
  key: isKey,
  guard: (value) => value === "software-key" || value === "passkey" || value === "break-glass",
  holder: (value) => value.length === 16 && fromHex(value).length === 8,
  role: (value, before) => isCode(value) && (before.length === 0 || before[before.length - 1]! < value),
  reason: isCode,
  signal: isCode,
  frames: isListing,
  grantee: isCode,
  origin: isOrigin,
  previous: isPrevious,
  next: isOrigin,
  assertion: (value, before) => before.length < mostAssertions && parseAssertion(value) !== undefined,
};

/** The milliseconds since 1970 of YYYY-MM-DDThh:mm:ssZ. */
function stamp(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) || text === "0001-01-01T00:00:00Z") return undefined;
  const time = Date.parse(text.replace("Z", ".000Z"));
  return Number.isNaN(time) || new Date(time).toISOString().replace(".000Z", "Z") !== text ? undefined : time;
}

/** Reads a leaf. It takes the one form that there is. */
export function parseLeaf(raw: Bytes): Leaf {
  if (raw.length > mostLeaf) throw new Malformed("a leaf is too long");
  const [first, ...lines] = fromLatin1(raw).split("\n");
  if (lines.pop() !== "") throw new Malformed("the leaf's last line does not end");
  const kind = /^tocsin-leaf\/v1 (.*)$/.exec(first ?? "")?.[1] ?? "";
  if (!Object.hasOwn(shapes, kind)) throw new Malformed("it is no leaf of a known kind");
  const values = new Map<string, string[]>();
  let at = 0;
  for (const word of shapes[kind]!.split(" ")) {
    const name = word.replace(/[?+*]$/, "");
    const often = word.slice(name.length);
    const found: string[] = [];
    for (; lines[at]?.startsWith(name + " "); at++) {
      const value = lines[at]!.slice(name.length + 1);
      if (!checks[name]!(value, found)) throw new Malformed(`line ${at + 2} of the leaf is malformed`);
      found.push(value);
    }
    if (found.length > 1 && (often === "" || often === "?")) throw new Malformed(`the leaf has ${name} twice`);
    if (found.length === 0 && (often === "" || often === "+")) throw new Malformed(`the leaf has no ${name}`);
    values.set(name, found);
  }
  if (at < lines.length) throw new Malformed(`line ${at + 2} of the leaf has no place there`);
  const of = (name: string) => values.get(name)?.[0] ?? "";
  return {
    kind,
    time: stamp(of("time"))!,
    assertions: (values.get("assertion") ?? []).map(parseAssertion),
    areas: values.get("area") ?? [],
    of,
  };
}
