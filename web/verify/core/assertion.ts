// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Operators' signatures over a statement: by a software key or by a passkey
// (WebAuthn Level 3, section 6.3.3), rebuilt from what the leaf holds of them.

import { type Bytes, Malformed, fromBase64, fromHex, join, sha256, toBase64, utf8 } from "./bytes";
import { isCode, isKey } from "./leaf";
import { isOrigin } from "./note";
import { verifyP256 } from "./p256";
import type { Authority } from "./trust";

export interface Assertion {
  action: string;
  role: string;
  guard: "software-key" | "passkey" | "break-glass";
  key: Bytes;
  signature: Bytes;
  ceremony?: Ceremony;
}

/** What a passkey signed besides the challenge. */
interface Ceremony {
  relyingParty: string;
  flags: number;
  counter: Bytes;
  /** What follows `"origin":"` in the client data. */
  clientData: string;
  origin: string;
}

/** What is wrong with an assertion. */
export type Fault =
  | "statement" | "purpose" | "guard" | "client-data" | "origin" | "relying-party"
  | "user-not-present" | "user-not-verified" | "synced-passkey" | "signature";

const userPresent = 0x01;
const userVerified = 0x04;
const backupEligible = 0x08;
const backedUp = 0x10;
const moreData = 0xc0; // attested data or extensions

/** Reads the value of an assertion's line. */
export function parseAssertion(value: string): Assertion {
  const parts = value.split(" ");
  const [action, role, guard, key, signature] = parts as [string, string, string, string, string];
  const known = (action === "request" || action === "release") && (guard === "software-key" || guard === "passkey" || guard === "break-glass");
  if (parts.length < 5 || !known || !isCode(role) || !isKey(key) || signature.length !== 86) {
    throw new Malformed("an assertion is malformed");
  }
  const assertion: Assertion = { action, role, guard, key: fromBase64(key, "url"), signature: fromBase64(signature, "url") };
  if (guard === "passkey") assertion.ceremony = parseCeremony(parts.slice(5));
  else if (parts.length > 5) throw new Malformed("an assertion without a passkey has too many parts");
  return assertion;
}

function parseCeremony([relyingParty, flags, counter, ...rest]: string[]): Ceremony {
  const clientData = rest.join(" ");
  if (relyingParty === undefined || !isOrigin(relyingParty) || !/^[0-9a-f]{2}$/.test(flags ?? "") || !/^[0-9a-f]{8}$/.test(counter ?? "")) {
    throw new Malformed("an assertion of a passkey is malformed");
  }
  // The origin, and after it nothing, or crossOrigin false and then whatever clients add.
  const origin = /^([^"\\ ]+)"(}|,"crossOrigin":false(}|,.*}))$/.exec(clientData)?.[1];
  if (origin === undefined || clientData.length > 256 || !/^[ -~]*$/.test(clientData)) {
    throw new Malformed("the client data of a passkey is not in its standard form");
  }
  return { relyingParty, flags: parseInt(flags!, 16), counter: fromHex(counter!), clientData, origin };
}

/** What an operator signs. */
export interface Statement {
  action: string;
  role: string;
  warning: string;
  identifier: string;
  content: string;
}

/** Checks that the assertion's key signed the statement, as the authority asks.
 * Whose key it is, and whether it is enrolled, is for the caller. */
export async function checkAssertion(statement: Statement, assertion: Assertion, rules: Authority): Promise<Fault | undefined> {
  const { action, role, warning, identifier, content } = statement;
  if (assertion.action !== action || assertion.role !== role) return "purpose";
  const text = utf8(["tocsin/assertion/v1", action, role, warning, identifier, content].join("\n") + "\n");
  let signed = text;
  if (assertion.ceremony === undefined) {
    if (rules.refuseSoftware && assertion.guard === "software-key") return "guard";
  } else {
    const fault = checkCeremony(assertion.ceremony, rules);
    if (fault !== undefined) return fault;
    signed = await signedByPasskey(assertion.ceremony, text);
  }
  return (await verifyP256(assertion.key, signed, assertion.signature)) ? undefined : "signature";
}

function checkCeremony({ origin, relyingParty, flags }: Ceremony, rules: Authority): Fault | undefined {
  if (!rules.origins.includes(origin)) return "origin";
  const host = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^@/?#]*@)?\[?([^\]:/?#]*)/.exec(origin)?.[1] ?? "";
  if (host !== relyingParty && !host.endsWith("." + relyingParty)) return "relying-party";
  if ((flags & moreData) !== 0 || ((flags & backedUp) !== 0 && (flags & backupEligible) === 0)) return "client-data";
  if ((flags & userPresent) === 0) return "user-not-present";
  if ((flags & userVerified) === 0) return "user-not-verified";
  if ((flags & (backupEligible | backedUp)) !== 0 && !rules.allowSynced) return "synced-passkey";
  return undefined;
}

/** The authenticator data and the digest of the client data. */
async function signedByPasskey({ relyingParty, flags, counter, clientData }: Ceremony, statement: Bytes): Promise<Bytes> {
  const challenge = toBase64(await sha256(statement), "url");
  const json = utf8(`{"type":"webauthn.get","challenge":"${challenge}","origin":"${clientData}`);
  return join(await sha256(utf8(relyingParty)), Uint8Array.of(flags), counter, await sha256(json));
}
