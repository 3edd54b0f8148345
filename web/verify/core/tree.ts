// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The Merkle tree of a log (RFC 6962, section 2.1) and its checkpoints.

import { type Bytes, Malformed, fromBase64, sha256, toBase64 } from "./bytes";
import { type Note, parseNote } from "./note";

export const hashSize = 32;
const mostCheckpoint = 64 << 10; // bytes
const mostSize = (1n << 63n) - 1n;

export interface Tree {
  origin: string;
  size: bigint;
  root: Bytes;
}

export function checkpointText({ origin, size, root }: Tree): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Reads a signed checkpoint without checking any signature. */
export function parseCheckpoint(raw: Bytes): Tree & { note: Note } {
  if (raw.length > mostCheckpoint) throw new Malformed("a checkpoint is too long");
  const note = parseNote(raw);
  const [origin, size, root, rest, ...more] = note.text.split("\n");
  if (!origin || size === undefined || root === undefined || rest !== "" || more.length > 0) {
    throw new Malformed("a checkpoint is not three lines");
  }
  const tree = { origin, size: wholeNumber(size), root: hash(root), note };
  return tree;
}

/** A number without sign and leading zeros, below 2⁶³. */
export function wholeNumber(text: string): bigint {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) > mostSize) throw new Malformed("it is not a number");
  return BigInt(text);
}

/** A hash in base64. */
export function hash(text: string): Bytes {
  const bytes = fromBase64(text);
  if (bytes.length !== hashSize) throw new Malformed("it is not a hash");
  return bytes;
}

export function leafHash(leaf: Bytes): Promise<Bytes> {
  return sha256(Uint8Array.of(0), leaf);
}

/** How many hashes lead from an entry to the root. */
export function pathLength(index: bigint, size: bigint): number {
  let n = 0;
  for (let last = size - 1n; last > 0n; index >>= 1n, last >>= 1n) {
    if (index % 2n === 1n || index < last) n++;
  }
  return n;
}

/** The root to which the hashes lead (RFC 9162, section 2.1.3.2). There must be
 * pathLength of them. */
export async function pathRoot(leaf: Bytes, index: bigint, size: bigint, path: Bytes[]): Promise<Bytes> {
  let root = await leafHash(leaf);
  let next = 0;
  for (let last = size - 1n; last > 0n; index >>= 1n, last >>= 1n) {
    if (index % 2n === 1n) root = await sha256(Uint8Array.of(1), path[next++]!, root);
    else if (index < last) root = await sha256(Uint8Array.of(1), root, path[next++]!);
  }
  return root;
}
