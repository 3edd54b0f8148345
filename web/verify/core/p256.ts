// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { type Bytes, fromHex, join, sha256, toHex } from "./bytes";

// The curve P-256 (NIST SP 800-186, section 3.2.1.3): y² = x³ - 3x + b modulo p.
const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** What stands before the point in the DER form of a P-256 SubjectPublicKeyInfo. */
const derHead = fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");

/** The uncompressed point (SEC 1, section 2.3.4) of a compressed key of 33 bytes, or
 * undefined when that is no point of the curve. */
export function decompress(key: Bytes): Bytes | undefined {
  if (key.length !== 33 || (key[0] !== 2 && key[0] !== 3)) return undefined;
  const x = BigInt("0x" + toHex(key.slice(1)));
  if (x >= p) return undefined;
  const square = (((x * x) % p) * x + (p - 3n) * x + b) % p;
  let y = power(square, (p + 1n) / 4n); // the root, since p is 3 modulo 4
  if ((y * y) % p !== square) return undefined;
  if (y % 2n !== BigInt(key[0] - 2)) y = p - y;
  return join(Uint8Array.of(4), key.slice(1), fromHex(y.toString(16).padStart(64, "0")));
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % p;
    if (bit === "1") result = (result * base) % p;
  }
  return result;
}

/** A key's id: 16 hexadecimal digits of the digest of its DER form. */
export async function keyId(key: Bytes): Promise<string> {
  const point = decompress(key);
  return point === undefined ? "" : toHex(await sha256(derHead, point)).slice(0, 16);
}

/** Checks r and s, 32 bytes each, over the SHA-256 of the message. */
export async function verifyP256(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const point = decompress(key);
  if (point === undefined) return false;
  const imported = await crypto.subtle.importKey("raw", point, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, signature, message);
}
