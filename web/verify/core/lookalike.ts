// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { sizeOf } from "./bytes";

const confusable = new Map(
  [
    ..."аaсcеeоoрpхxуyіiјjѕsԁdһh".matchAll(/../gu), // Cyrillic
    ..."αaοoνvρpιiκk".matchAll(/../gu), // Greek
    ..."0o1lil".matchAll(/../gu),
  ].map(([pair]) => [pair[0]!, pair[1]!]),
);
for (const nothing of "-_.") confusable.set(nothing, "");
confusable.set("rn", "m");
confusable.set("vv", "w");

/** What a name looks like at a glance. */
function skeleton(name: string): string[] {
  let plain = "";
  for (const letter of name) {
    if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(letter) && !/\p{Mn}/u.test(letter)) plain += [...letter.toLowerCase()][0];
  }
  const replace = (text: string) => text.replace(/rn|vv|[^]/gu, (key) => confusable.get(key) ?? key);
  // Twice, since one letter may become part of a pair that is another's.
  return [...replace(replace(plain))];
}

/** Whether two names look the same, or are one letter apart. */
export function lookalike(a: string, b: string): boolean {
  if (sizeOf(a) > 256) return false;
  let [long, short] = [skeleton(a), skeleton(b)];
  if (long.length < short.length) [long, short] = [short, long];
  if (long.length - short.length > 1 || short.length < 4) return false;
  const i = short.findIndex((letter, at) => letter !== long[at]);
  if (i < 0) return true;
  const rest = long.length > short.length ? short.slice(i) : short.slice(i + 1);
  return long.slice(i + 1).join("") === rest.join("");
}
