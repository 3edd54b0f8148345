// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Signed notes and cosignatures, as C2SP signed-note and tlog-cosignature have them.

import { type Bytes, Malformed, fromBase64, fromUTF8, join, sha256, uint32, uint64, utf8 } from "./bytes";

const algorithmNote = 0x01; // Ed25519 over the note
const algorithmCosignature = 0x04; // Ed25519 with a time
const mostLines = 100;

/** A key of an algorithm that this program does not know. */
export class UnknownAlgorithm extends Malformed {}

/** A key that signs notes, or that cosigns them. */
export interface NoteKey {
  name: string;
  hash: number;
  cosigns: boolean;
  key: Bytes;
}

/** Printable ASCII without blank and +, as an origin or the name of a key must be. */
export function isOrigin(text: string): boolean {
  return /^[!-*,-~]{1,128}$/.test(text);
}

/** Reads a key in the form name+hash+key. */
export async function readKey(text: string): Promise<NoteKey> {
  const parts = /^([^+]*)\+([^+]*)\+([^]*)$/.exec(text);
  if (parts === null) throw new Malformed("a key is not name, hash and key");
  const [, name, hash, base64] = parts as unknown as [string, string, string, string];
  const raw = fromBase64(base64);
  if (raw.length === 0 || !isOrigin(name)) throw new Malformed("a key has no name, or is empty");
  const sum = uint32(await sha256(utf8(name + "\n"), raw));
  if (sum.toString(16).padStart(8, "0") !== hash) throw new Malformed(`the hash of the key ${name} is wrong`);
  if (raw[0] !== algorithmNote && raw[0] !== algorithmCosignature) throw new UnknownAlgorithm(name);
  if (raw.length !== 33) throw new Malformed(`the key ${name} has not 32 bytes`);
  return { name, hash: sum, cosigns: raw[0] === algorithmCosignature, key: raw.slice(1) };
}

/** A signed note that was read; nothing of it is verified. */
export interface Note {
  text: string;
  lines: { name: string; hash: number; signature: Bytes }[];
}

export function parseNote(raw: Bytes): Note {
  const message = fromUTF8(raw);
  if (/[\u0000-\u0009\u000b-\u001f]/.test(message)) throw new Malformed("a note has control characters");
  const split = message.lastIndexOf("\n\n");
  if (split < 0 || message.length <= split + 2 || !message.endsWith("\n")) throw new Malformed("a note has no signatures");
  const written = message.slice(split + 2, -1).split("\n");
  if (written.length > mostLines) throw new Malformed("a note has too many signatures");
  const lines = written.map((line) => {
    const [, name, base64] = /^— ([^ ]*) (.*)$/u.exec(line) ?? [];
    if (name === undefined || base64 === undefined || !isKeyName(name)) throw new Malformed("a signature line is malformed");
    const signed = fromBase64(base64, "standard", false);
    if (signed.length < 5) throw new Malformed("a signature is too short");
    return { name, hash: uint32(signed), signature: signed.slice(4) };
  });
  return { text: message.slice(0, split + 1), lines };
}

/** What a note allows as a key's name: more than isOrigin. */
function isKeyName(name: string): boolean {
  return name !== "" && !/[+\s\u0085]/.test(name.replace(/\ufeff/g, ""));
}

/** The signature by the key, if its first line by that key verifies. */
export async function signatureBy(note: Note, key: NoteKey): Promise<Bytes | undefined> {
  const line = note.lines.find(({ name, hash }) => name === key.name && hash === key.hash);
  if (line === undefined) return undefined;
  let message = utf8(note.text);
  let signature = line.signature;
  if (key.cosigns) {
    if (signature.length !== 8 + 64) return undefined;
    const seconds = uint64(signature);
    if (seconds >= 1n << 63n) return undefined;
    message = join(utf8(`cosignature/v1\ntime ${seconds}\n`), message);
    signature = signature.slice(8);
  }
  return (await verifyEd25519(key.key, message, signature)) ? line.signature : undefined;
}

async function verifyEd25519(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", imported, signature, message);
}

/** Whether this browser can check the signatures at all. */
export async function canVerify(): Promise<boolean> {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}
