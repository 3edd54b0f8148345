// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Proofs (C2SP tlog-proof with the leaf as extra data) and bundles, as
// docs/formats/proof.md has them.

import { type Bytes, Malformed, fromBase64, fromLatin1, fromUTF8, utf8 } from "./bytes";
import { mostLeaf } from "./leaf";
import { hash, parseCheckpoint, wholeNumber } from "./tree";

export const proofHead = "c2sp.org/tlog-proof@v1\n";
export const bundleHead = "tocsin-bundle/v1\n";

const mostHashes = 63;
const mostProof = (4 * mostLeaf) / 3 + mostHashes * 45 + (64 << 10) + 128; // bytes
const mostMessage = 1 << 20;
const mostLater = 8;
const mostBundleHead = 512;
const mostBundle = mostMessage + (mostLater + 2) * mostProof + mostBundleHead;

export interface Proof {
  leaf: Bytes;
  index: bigint;
  hashes: Bytes[];
  /** The signed checkpoint. */
  checkpoint: Bytes;
}

/** Reads a proof with a leaf in it. It verifies nothing. */
export function parseProof(raw: Bytes): Proof {
  if (raw.length > mostProof) throw new Malformed("a proof is too long");
  const text = fromUTF8(raw);
  const split = text.indexOf("\n\n");
  const lines = text.slice(0, Math.max(split, 0)).split("\n");
  const leaf = /^extra (.*)$/.exec(lines[1] ?? "")?.[1];
  const index = /^index (.*)$/.exec(lines[2] ?? "")?.[1];
  if (!text.startsWith(proofHead) || leaf === undefined || index === undefined || lines.length > 3 + mostHashes) {
    throw new Malformed("it is not a proof, or cut short");
  }
  const proof = {
    leaf: fromBase64(leaf),
    index: wholeNumber(index),
    hashes: lines.slice(3).map(hash),
    checkpoint: utf8(text.slice(split + 2)),
  };
  if (proof.leaf.length > mostLeaf) throw new Malformed("the proof's leaf is too long");
  parseCheckpoint(proof.checkpoint);
  return proof;
}

export interface Bundle {
  /** The message's exact bytes. */
  cap?: Bytes;
  proof?: Proof;
  /** The leaf as a note that the authority signed. */
  issuer?: Bytes;
  later: Proof[];
}

/** Reads a bundle. It verifies nothing. */
export function parseBundle(raw: Bytes): Bundle {
  if (raw.length > mostBundle) throw new Malformed("a bundle is too long");
  const head = fromLatin1(raw.slice(0, mostBundleHead));
  const end = head.indexOf("\n\n");
  if (!head.startsWith(bundleHead) || end < 0) throw new Malformed("it is not a bundle");
  const order = ["cap", "proof", "issuer", "later"];
  const bundle: Bundle = { later: [] };
  let at = end + 2;
  let last = -1;
  for (const line of head.slice(0, end).split("\n").slice(1)) {
    const [, name, digits] = /^([a-z]+) ([1-9][0-9]{0,7})$/.exec(line) ?? [];
    const place = order.indexOf(name ?? "");
    if (place < last || (place === last && name !== "later") || place < 0) throw new Malformed("the bundle's parts are not as they must be");
    last = place;
    const length = Number(digits);
    if (length > raw.length - at) throw new Malformed("the bundle is cut short");
    const part = raw.slice(at, at + length);
    at += length;
    if (name === "cap") bundle.cap = part;
    else if (name === "issuer") bundle.issuer = part;
    else if (name === "proof") bundle.proof = parseProof(part);
    else bundle.later.push(parseProof(part));
  }
  if (at !== raw.length || (bundle.cap?.length ?? 0) > mostMessage || bundle.later.length > mostLater) {
    throw new Malformed("the bundle holds more than it says, or than it may");
  }
  return bundle;
}
