// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Holds a text from anywhere, such as a chat, to the words of a genuine warning.
// People copy parts, in any order, so each stretch of the text is looked for in
// the warning's own texts. What is in none of them was added, and what is missing
// between two neighbouring stretches was left out.

import { type Group, groups, text } from "../core/cap";
import { parseTime } from "../core/captime";
import { hasWord, word } from "./given";

/** A stretch of the pasted text, or words of the warning that are missing there. Whole
 * sentences may be skipped: people quote parts. */
export interface Piece {
  kind: "genuine" | "foreign" | "missing" | "skipped";
  text: string;
}

export interface TextFinding {
  pieces: Piece[];
  /** How many words are the warning's, how many are not, and how many are missing. */
  genuine: number;
  foreign: number;
  missing: number;
}

interface Word {
  /** As compared: without case and punctuation. */
  plain: string;
  written: string;
  /** Whether a sentence begins or ends there. */
  starts: boolean;
  ends: boolean;
}

const shortestRun = 3; // words; fewer may be chance
const wellBegun = 1e9;
const mostWords = 5_000; // those after them are not looked for

/** Compares the text with the message. */
export function compareText(pasted: string, message: Group): TextFinding {
  const comparable = (text: string) => wordsIn(text).filter(({ plain }) => plain !== "");
  const fields = textsOf(message).map(comparable);
  const short = [...timesOf(message), ...labelsOf(message)].map(comparable);
  const finding: TextFinding = { pieces: [], genuine: 0, foreign: 0, missing: 0 };
  const words = wordsIn(pasted);
  let last: Place | undefined;
  for (let at = 0; at < words.length; ) {
    const { plain, written } = words[at]!;
    const run = plain === "" || at >= mostWords ? undefined : longest(words, at, fields, short, last);
    if (run === undefined) {
      add(finding, plain === "" ? "genuine" : "foreign", written);
      if (plain !== "") finding.foreign++;
      at++;
      continue;
    }
    leftOut(finding, last, run);
    for (const each of words.slice(at, run.next)) add(finding, "genuine", each.written);
    finding.genuine += run.end - run.from;
    at = run.next;
    last = run;
  }
  leftOut(finding, last, undefined);
  return finding;
}

/** Notes what the text leaves out between two stretches, before the first and after
 * the last: the rest of a sentence that it does not have whole. */
function leftOut(finding: TextFinding, last: Place | undefined, next: Place | undefined): void {
  if (last !== undefined && next?.field === last.field && next.from >= last.end) {
    const gone = last.field.slice(last.end, next.from);
    if (gone.length > 0 && gone[0]!.starts && gone[gone.length - 1]!.ends) add(finding, "skipped", "…");
    else miss(finding, gone);
    return;
  }
  if (last !== undefined && !last.field[last.end - 1]!.ends) {
    miss(finding, last.field.slice(last.end, last.field.map(({ ends }) => ends).indexOf(true, last.end) + 1));
  }
  if (next !== undefined && !next.field[next.from]!.starts) {
    miss(finding, next.field.slice(next.field.map(({ starts }) => starts).lastIndexOf(true, next.from), next.from));
  }
}

function miss(finding: TextFinding, words: Word[]): void {
  if (words.length === 0) return;
  add(finding, "missing", words.map(({ written }) => written).join(" "));
  finding.missing += words.length;
}

interface Place {
  field: Word[];
  from: number;
  end: number;
  /** The index of the pasted word after the run. */
  next: number;
}

/** The longest stretch from there on that is in one of the fields. A short one counts
 * only as a whole field, where a sentence begins or ends, or where the text goes on
 * after the last. Best is what begins a sentence or goes on, then the longest; of two as long,
 * the one that goes on, then a whole field. */
function longest(words: Word[], at: number, fields: Word[][], labels: Word[][], last?: Place): Place | undefined {
  let best: (Place & { rank: number }) | undefined;
  for (const field of [...fields, ...labels]) {
    for (let from = 0; from < field.length; from++) {
      if (field[from]!.plain !== words[at]!.plain) continue;
      const run = runFrom(words, at, field, from);
      const length = run.end - from;
      const goesOn = last?.field === field && from >= last.end && from - last.end <= 2 * shortestRun;
      const whole = from === 0 && run.end === field.length;
      const edge = length > 1 && (field[from]!.starts || field[run.end - 1]!.ends);
      if (!whole && (labels.includes(field) || (length < shortestRun && !goesOn && !edge))) continue;
      const rank = (goesOn || field[from]!.starts ? wellBegun : 0) + length * 3 + (goesOn ? 2 : whole ? 1 : 0);
      if (best === undefined || rank > best.rank) best = { ...run, rank };
    }
  }
  return best;
}

function runFrom(words: Word[], at: number, field: Word[], from: number): Place {
  let [next, end] = [at, from];
  while (next < words.length && end < field.length) {
    if (words[next]!.plain === field[end]!.plain) end++;
    else if (words[next]!.plain !== "") break;
    next++;
  }
  return { field, from, end, next };
}

function add({ pieces }: TextFinding, kind: Piece["kind"], written: string): void {
  const last = pieces[pieces.length - 1];
  if (last?.kind === kind) last.text += " " + written;
  else pieces.push({ kind, text: written });
}

/** Words as they are written and as they are compared. Numbers of a list, and
 * links to the page's own server, count as nothing. */
function wordsIn(text: string): Word[] {
  return text.split("\n").flatMap((line) => {
    const words = line.split(/\s+/).filter((word) => word !== "").map((word, i, all) => {
      const neutral = (i === 0 && all.length > 1 && /^\d{1,2}[.)]$/.test(word)) || word.startsWith(location.origin + "/");
      const plain = word.normalize("NFC").toLowerCase().replace(/^[\p{P}\p{S}\ufe0f]+|[\p{P}\p{S}\ufe0f]+$/gu, "");
      return { written: word, plain: neutral ? "" : plain, starts: false, ends: false };
    });
    const counted = words.filter(({ plain }) => plain !== "");
    counted.forEach((word, i) => {
      word.ends = i === counted.length - 1 || /[.!?]$/.test(word.written);
      word.starts = i === 0 || counted[i - 1]!.ends;
    });
    return words;
  });
}

/** What a warning says, text by text. */
function textsOf(message: Group): string[] {
  const all = [text(message, "identifier"), text(message, "sender"), text(message, "note")];
  for (const info of groups(message, "info")) {
    all.push(...["headline", "description", "instruction", "event", "senderName", "contact", "web", "audience"].map((name) => text(info, name)));
    all.push(...groups(info, "area").map((area) => text(area, "areaDesc")));
  }
  return [...new Set(all.filter((each) => each !== ""))];
}

/** The message's times in words; each counts as a whole only. */
function timesOf(message: Group): string[] {
  const times = groups(message, "info").flatMap((info) => ["onset", "effective", "expires"].map((name) => text(info, name)));
  return [text(message, "sent"), ...times].filter((time) => parseTime(time) !== undefined).flatMap(writtenTimes);
}

/** The ways to write a time, as the clocks of its own offset show it. */
function writtenTimes(time: string): string[] {
  const language = document.documentElement.lang;
  const date = new Date(`${time.slice(0, 19)}Z`);
  const day = (options: Intl.DateTimeFormatOptions) => date.toLocaleDateString(language, { ...options, timeZone: "UTC" });
  const [year, month, days] = time.slice(0, 10).split("-") as [string, string, string];
  const parts: Record<string, string> = {
    weekday: day({ weekday: "long" }), wd: day({ weekday: "short" }), month: day({ month: "long" }),
    year, mm: month, dd: days, d: String(Number(days)), clock: time.slice(11, 16),
  };
  const asPages = word("verify.page.time").replace(/\{(\w+)\}/g, (whole, name: string) => parts[name] ?? whole);
  return [asPages, parts.clock!, ...(["short", "medium", "long"] as const).map((dateStyle) => day({ dateStyle }))];
}

/** Words that pages have beside a warning's own: none that says another danger. */
function labelsOf(message: Group): string[] {
  const severities = groups(message, "info").map((info) => `verify.page.severity.${text(info, "severity")}`);
  return [...word("verify.page.labels").split("|"), ...severities.filter(hasWord).map((key) => word(key))];
}
