// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

export type Bytes = Uint8Array<ArrayBuffer>;

/** What a parser throws for input that is not in the one form it reads. */
export class Malformed extends Error {}

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** The text of bytes in UTF-8, with a byte order mark if there is one. */
export function fromUTF8(bytes: Bytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed("it is not in UTF-8");
  }
}

/** One character for each byte: for what must be ASCII, and is checked to be. */
export function fromLatin1(bytes: Bytes): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** How many bytes a text has in UTF-8. */
export function sizeOf(text: string): number {
  return utf8(text).length;
}

export function join(...parts: Bytes[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function equal(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export async function sha256(...parts: Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
}

export function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes from lower-case hexadecimal digits. */
export function fromHex(text: string): Bytes {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new Malformed("it is not in hexadecimal");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const alphabets = { standard: letters + "+/", url: letters + "-_" };

/** Base64 (RFC 4648): with padding in the standard alphabet, without in the one for URLs. */
export function toBase64(bytes: Bytes, kind: keyof typeof alphabets = "standard"): string {
  const alphabet = alphabets[kind];
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let n = 0; n < 4 && i + n <= bytes.length; n++) out += alphabet[(bits >> (18 - 6 * n)) & 63];
  }
  return kind === "standard" ? out.padEnd(Math.ceil(out.length / 4) * 4, "=") : out;
}

/** Reads what toBase64 writes; bits that are left over may be anything unless canonical. */
export function fromBase64(text: string, kind: keyof typeof alphabets = "standard", canonical = true): Bytes {
  const alphabet = alphabets[kind];
  const digits = kind === "standard" ? text.replace(/={1,2}$/, "") : text;
  const out = new Uint8Array(Math.floor((digits.length * 6) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    const value = alphabet.indexOf(digit);
    if (value < 0) throw new Malformed("it is not in base64");
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[at++] = (bits >> held) & 0xff;
    }
  }
  const whole = toBase64(out, kind);
  const fits = canonical ? whole === text : whole.length === text.length;
  if (!fits) throw new Malformed("it is not in base64");
  return out;
}

/** A big-endian number of 4 bytes. */
export function uint32(bytes: Bytes, at = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
}

/** A big-endian number of 8 bytes. */
export function uint64(bytes: Bytes, at = 0): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 8).getBigUint64(0);
}
