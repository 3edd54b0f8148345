// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Regional keys (ARS): 2 digits for a Land, then 3, 5, 9 and 12 down to a Gemeinde.

import { Malformed } from "./bytes";

const lengths = [2, 3, 5, 9, 12];
const federation = "00";
export const mostAreas = 24;

/** Cuts the trailing levels that are all zeros: they name nothing. */
export function shortest(key: string): string {
  const n = lengths.find((length) => key.length > length && /^0*$/.test(key.slice(length)));
  return n === undefined ? key : key.slice(0, n);
}

export function isShortest(key: string): boolean {
  return /^[0-9]+$/.test(key) && lengths.includes(key.length) && shortest(key) === key;
}

/** Whether the region of a key lies in one of the territories. */
export function within(key: string, territories: string[]): boolean {
  return territories.map(shortest).some((territory) => territory === federation || shortest(key).startsWith(territory));
}

/** The form in which a leaf holds areas: shortest, sorted, none within another, and
 * coarser where there would be more than a leaf holds. */
export function regions(keys: string[]): string[] {
  let areas = keys.map((key) => {
    const plain = key.replaceAll(" ", "");
    if (!/^[0-9]+$/.test(plain) || !lengths.includes(plain.length)) throw new Malformed(`${key} is no regional key`);
    return shortest(plain);
  });
  areas = outermost(areas);
  for (let level = lengths.length - 2; level >= 0 && areas.length > mostAreas; level--) {
    areas = outermost(areas.map((area) => area.slice(0, lengths[level])));
  }
  return areas;
}

function outermost(keys: string[]): string[] {
  const out: string[] = [];
  for (const key of keys.sort()) {
    const last = out[out.length - 1];
    if (last === undefined || (out[0] !== federation && !key.startsWith(last))) out.push(key);
  }
  return out;
}
