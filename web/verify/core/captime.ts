// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Times in CAP's form, YYYY-MM-DDThh:mm:ss±hh:mm (CAP 1.2, section 3.3.2).

export interface Time {
  /** Milliseconds since 1970. */
  at: number;
  /** The time as Tocsin writes it: UTC is -00:00. */
  text: string;
}

const mostOffset = 14 * 60; // minutes

/** Reads a time; undefined when it is none. 24:00:00 is the end of a day. */
export function parseTime(text: string): Time | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([+-])(\d\d):(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const offset = Number(match[8]) * 60 + Number(match[9]);
  const midnight = hour === 24 && minute === 0 && second === 0;
  if (year === 0 || (hour > 23 && !midnight) || minute > 59 || second > 59 || Number(match[9]) > 59 || offset > mostOffset) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const at = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 - (match[7] === "-" ? -1 : 1) * offset * 60_000;
  // Go has a time that stands for none.
  if (at === Date.parse("0001-01-01T00:00:00Z")) return undefined;
  return { at, text: offset === 0 ? text.slice(0, 19) + "-00:00" : text };
}
