// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The short form of a proof, as in a QR code (docs/formats/proof.md).

import { type Bytes, Malformed, join, toBase64, toHex, uint32, utf8 } from "./bytes";
import { mostLeaf } from "./leaf";
import type { Proof } from "./proof";
import { checkpointText, hashSize, pathLength, pathRoot } from "./tree";
import { type Trust, keyNames } from "./trust";

export const shortVersion = 1;
const mostShort = 2953; // bytes in the largest QR code
const signatureSize = 64;
const cosignatureSize = 4 + 8 + signatureSize;

/** A short form whose log the trust file does not have. */
export class UnknownLog extends Malformed {}

/** Takes bytes off the front. */
class Reader {
  constructor(private rest: Bytes) {}

  take(n: number): Bytes {
    if (this.rest.length < n) throw new Malformed("it is cut short");
    const head = this.rest.slice(0, n);
    this.rest = this.rest.slice(n);
    return head;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** An unsigned LEB128 of at most 10 bytes. */
  number(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Malformed("a number is too long");
  }

  get empty(): boolean {
    return this.rest.length === 0;
  }
}

/** Reads the short form back into a proof. It verifies nothing. */
export async function parseShort(raw: Bytes, trust: Trust): Promise<Proof> {
  if (raw.length > mostShort) throw new Malformed("it is too long");
  const reader = new Reader(raw);
  if (reader.byte() !== shortVersion) throw new Malformed("it is no short proof");
  const logKey = reader.take(4);
  const size = reader.number();
  const index = reader.number();
  if (size === 0n || size >= 1n << 62n || index >= size) throw new Malformed("it has no size, or no index within it");
  const hashes = Array.from({ length: pathLength(index, size) }, () => reader.take(hashSize));
  const signature = reader.take(signatureSize);
  const cosignatures = Array.from({ length: reader.byte() }, () => reader.take(cosignatureSize));
  const leaf = unpack(reader);
  const origin = keyNames(trust, uint32(logKey))[0];
  if (origin === undefined) throw new UnknownLog("no log is known that has the key");
  const root = await pathRoot(leaf, index, size, hashes);
  let text = checkpointText({ origin, size, root }) + "\n" + signatureLine(origin, join(logKey, signature));
  for (const line of cosignatures) {
    for (const name of keyNames(trust, uint32(line))) text += signatureLine(name, line);
  }
  return { leaf, index, hashes, checkpoint: utf8(text) };
}

function signatureLine(name: string, signed: Bytes): string {
  return `— ${name} ${toBase64(signed)}\n`;
}

const words = [
  "tocsin-leaf/v1 release\ntime ", "tocsin-leaf/v1 update\ntime ", "tocsin-leaf/v1 end\ntime ",
  "Z\nauthority ", "\nrealm live\nwarning ", "\nrealm exercise\nwarning ", "\nidentifier ", "\nsender ",
  "\ntype Alert\nsent ", "\ntype Update\nsent ", "\ntype Cancel\nsent ", "\nexpires ", "\nreferences ", "\narea ",
  "\ncap ", "\ncontent ", "\nassertion request author software-key ", "\nassertion release releaser software-key ",
  "\nassertion request author passkey ", "\nassertion release releaser passkey ",
  " 05 ", " 00000000 https://", " https://", '","crossOrigin":false}', '"}', "+01:00", "+02:00", "-00:00",
];

function unpack(reader: Reader): Bytes {
  let out = "";
  while (!reader.empty) {
    const code = reader.byte();
    if (code === 0x0a || (code >= 0x20 && code <= 0x7e)) out += String.fromCharCode(code);
    else if (code === 0x01) out += toHex(reader.take(reader.byte()));
    else if (code === 0x02) out += toBase64(reader.take(reader.byte()), "url");
    else if (code === 0x03) out += new Date(uint32(reader.take(4)) * 1000).toISOString().slice(0, 19);
    else if (code === 0x04) {
      const [high, low, n] = reader.take(3) as unknown as [number, number, number];
      const from = out.length - (high * 256 + low);
      if (from < 0 || from + n > out.length) throw new Malformed("it copies what is not there");
      out += out.slice(from, from + n);
    } else if (code >= 0x80 && code - 0x80 < words.length) out += words[code - 0x80];
    else throw new Malformed("a code is not known");
    if (out.length > mostLeaf) throw new Malformed("its leaf is too long");
  }
  return utf8(out);
}
