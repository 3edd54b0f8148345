// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Passkeys, as the browser offers them (Web Authentication Level 3).

import { Refusal } from "./api";
import { word } from "./words";

/** What GET /api/v1/keys/enrolment gives; bytes are in base64. */
export interface Enrolment {
  origin: string;
  relyingParty: string;
  relyingPartyName: string;
  user: string;
  name: string;
  fullName: string;
  challenge: string;
  credentials: string[];
}

/** A new passkey, as POST /api/v1/keys takes it. */
export interface Registration {
  authenticatorData: string;
  clientDataJSON: string;
}

/** A passkey's signature. */
export interface Signed {
  credential: string;
  authenticatorData: string;
  clientDataJSON: string;
  signature: string;
}

/** How long the browser lets people look for their key, in milliseconds. */
const patience = 120_000;

/** ES256, which every FIDO2 authenticator has (COSE algorithm -7). */
const es256 = -7;

/** Says why there are no passkeys here; empty where there are. */
export function missing(origin: string): string {
  if (!origin) return word("passkey.off");
  if (location.origin !== origin) return word("passkey.origin", { origin });
  if (!globalThis.isSecureContext || globalThis.PublicKeyCredential === undefined) return word("passkey.unsupported");
  return "";
}

/** Has an authenticator make a passkey. */
export async function create(asked: Enrolment): Promise<Registration> {
  const publicKey: PublicKeyCredentialCreationOptions = {
    challenge: bytes(asked.challenge),
    rp: { id: asked.relyingParty, name: asked.relyingPartyName },
    user: { id: bytes(asked.user), name: asked.name, displayName: asked.fullName },
    pubKeyCredParams: [{ type: "public-key", alg: es256 }],
    excludeCredentials: asked.credentials.map(descriptor),
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
    attestation: "none",
    timeout: patience,
  };
  const made = (await asking(() => navigator.credentials.create({ publicKey }))) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return { authenticatorData: base64(response.getAuthenticatorData()), clientDataJSON: base64(response.clientDataJSON) };
}

/** Has one of the passkeys sign a challenge. */
export async function get(relyingParty: string, credentials: string[], challenge: Uint8Array): Promise<Signed> {
  const publicKey: PublicKeyCredentialRequestOptions = {
    challenge: challenge as BufferSource,
    rpId: relyingParty,
    allowCredentials: credentials.map(descriptor),
    userVerification: "required",
    timeout: patience,
  };
  const made = (await asking(() => navigator.credentials.get({ publicKey }))) as PublicKeyCredential;
  const response = made.response as AuthenticatorAssertionResponse;
  return {
    credential: base64(made.rawId),
    authenticatorData: base64(response.authenticatorData),
    clientDataJSON: base64(response.clientDataJSON),
    signature: base64(response.signature),
  };
}

/** Words what the browser refuses; it says little, so that sites learn little. */
async function asking(ask: () => Promise<Credential | null>): Promise<Credential> {
  const begun = performance.now();
  try {
    const made = await ask();
    if (made) return made;
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    if (name === "InvalidStateError") throw refusal("twice");
    if (name === "NotSupportedError" || name === "ConstraintError") throw refusal("unsuited");
    if (name === "SecurityError") throw refusal("address");
    if (name !== "NotAllowedError" && name !== "AbortError") throw error;
    if (performance.now() - begun >= patience) throw refusal("timeout");
  }
  throw refusal("cancelled");
}

function refusal(why: "twice" | "unsuited" | "address" | "timeout" | "cancelled"): Refusal {
  const words = {
    twice: [word("passkey.twice"), word("passkey.twice.remedy")],
    unsuited: [word("passkey.unsuited"), word("passkey.unsuited.remedy")],
    address: [word("passkey.address"), word("passkey.address.remedy")],
    timeout: [word("passkey.timeout"), word("passkey.timeout.remedy")],
    cancelled: [word("passkey.cancelled"), word("passkey.cancelled.remedy")],
  };
  const [message, remedy] = words[why];
  return new Refusal(0, message, remedy, []);
}

function descriptor(id: string): PublicKeyCredentialDescriptor {
  return { type: "public-key", id: bytes(id) };
}

function bytes(text: string): BufferSource {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function base64(raw: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(raw)));
}
