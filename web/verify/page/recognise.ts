// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { type Bytes, Malformed, fromLatin1, fromUTF8 } from "../core/bytes";
import { type Bundle, bundleHead, parseBundle, parseProof, proofHead } from "../core/proof";
import { parseShort, shortVersion } from "../core/short";
import type { Trust } from "../core/trust";

export type Kind = "message" | "proof" | "trust" | "text";

/** Says what somebody hands in, by how it begins. */
export function kindOf(raw: Bytes): Kind {
  const head = fromLatin1(raw.slice(0, 64));
  if (raw[0] === shortVersion || head.startsWith("tocsin-bundle/") || head.startsWith("c2sp.org/tlog-proof@")) return "proof";
  const start = head.replace(/^\xef\xbb\xbf/, "").trimStart();
  if (start.startsWith("{")) return "trust";
  if (start.startsWith("<")) return "message";
  try {
    return fromUTF8(raw).includes("\0") ? "message" : "text";
  } catch (error) {
    if (error instanceof Malformed) return "message"; // an unreadable one
    throw error;
  }
}

/** Reads a bundle, a proof, or the content of a QR code. */
export async function readProof(raw: Bytes, trust: Trust): Promise<Bundle> {
  if (raw[0] === shortVersion) return { proof: await parseShort(raw, trust), later: [] };
  const head = fromLatin1(raw.slice(0, 64));
  if (head.startsWith(bundleHead)) return parseBundle(raw);
  if (head.startsWith(proofHead)) return { proof: parseProof(raw), later: [] };
  throw new Malformed("it is a proof of another version");
}
