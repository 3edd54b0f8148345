// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// What the page was served or saved with: its words, and whom to believe.

import { shortest } from "../core/regions";

interface Given {
  words: Record<string, string>;
  /** A trust file as it stands; "" for none. */
  trust: string;
  /** Names of regions by their keys. */
  regions: Record<string, string>;
  /** Whether this page was saved: then nothing is asked of any server. */
  saved: boolean;
}

export const given = JSON.parse(document.getElementById("given")?.textContent ?? '{"words":{},"trust":"","regions":{},"saved":false}') as Given;

const regionNames = new Map(Object.entries(given.regions).map(([key, name]) => [shortest(key), name]));

/** The name of a region; its key where there is none. */
export function regionName(key: string): string {
  return regionNames.get(shortest(key)) ?? key;
}

/** The text of a key, with the values in the places {0}, {1}. */
export function word(key: string, ...values: string[]): string {
  return values.reduce((text, value, i) => text.replace(`{${i}}`, () => value), given.words[key] ?? key);
}

export function hasWord(key: string): boolean {
  return Object.hasOwn(given.words, key);
}

/** A time for people, in the device's own zone, which it names. */
export function timeText(at: number): string {
  return new Date(at).toLocaleString(document.documentElement.lang, {
    day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
  });
}
