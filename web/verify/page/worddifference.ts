// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Which words differ between two texts.

export interface Run {
  /** Words that both texts have, that the first has alone, or the second. */
  side: "both" | "first" | "second";
  words: string[];
}

const mostSteps = 4_000_000;

export function wordDifference(first: string, second: string): Run[] {
  const [a, b] = [split(first), split(second)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const runs: Run[] = [];
  add(runs, "both", a.slice(0, head));
  middle(runs, a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  add(runs, "both", a.slice(a.length - tail));
  return runs;
}

function split(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function add(runs: Run[], side: Run["side"], words: string[]): void {
  if (words.length === 0) return;
  const last = runs[runs.length - 1];
  if (last?.side === side) last.words.push(...words);
  else runs.push({ side, words: [...words] });
}

/** The longest common subsequence; texts that are too long for it differ as a whole. */
function middle(runs: Run[], a: string[], b: string[]): void {
  if (a.length * b.length > mostSteps) {
    add(runs, "first", a);
    add(runs, "second", b);
    return;
  }
  const wide = b.length + 1;
  const common = new Uint16Array((a.length + 1) * wide);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const longer = Math.max(common[(i + 1) * wide + j]!, common[i * wide + j + 1]!);
      common[i * wide + j] = a[i] === b[j] ? common[(i + 1) * wide + j + 1]! + 1 : longer;
    }
  }
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add(runs, "both", [a[i]!]);
      i++;
      j++;
    } else if (j === b.length || (i < a.length && common[(i + 1) * wide + j]! >= common[i * wide + j + 1]!)) add(runs, "first", [a[i++]!]);
    else add(runs, "second", [b[j++]!]);
  }
}
