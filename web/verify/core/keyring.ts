// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import type { Assertion } from "./assertion";
import { keyId } from "./p256";

/** What a log says about operators' keys, by their ids. */
export type KeyRing = Record<string, KeyRecord>;

interface KeyRecord {
  guard: string;
  /** The operator's number in the log. */
  holder: string;
  roles: { from: string; roles: string[] }[];
  revoked?: string;
}

/** The holder of an assertion's key if it counts at that time, in milliseconds, in the
 * assertion's role; otherwise why it does not. */
export async function holderAt(
  keys: KeyRing, { key, guard, role }: Assertion, at: number,
): Promise<{ holder: string } | "key-not-enrolled" | "key-revoked"> {
  const record = keys[await keyId(key)];
  if (record === undefined || record.guard !== guard) return "key-not-enrolled";
  if (record.revoked !== undefined && at >= Date.parse(record.revoked)) return "key-revoked";
  const spans = record.roles.filter(({ from }) => at >= Date.parse(from));
  return spans[spans.length - 1]?.roles.includes(role) ? { holder: record.holder } : "key-not-enrolled";
}
