// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Holds a text from anywhere, such as a chat, to the words of a genuine warning.
// People copy parts, in any order, so each stretch of the text is looked for in
// the warning's own texts. What is in none of them was added, and what is missing
// between two neighbouring stretches was left out.

import { type Group, groups, text } from "../core/cap";
import { parseTime } from "../core/captime";

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
const mostWords = 5_000;

/** Compares the text with the message, of whose page labels are usual words. */
export function compareText(pasted: string, message: Group, labels: string[]): TextFinding {
  const fields = textsOf(message).map((field) => wordsIn(field).filter(({ plain }) => plain !== ""));
  const short = labels.map((label) => wordsIn(label).filter(({ plain }) => plain !== ""));
  const finding: TextFinding = { pieces: [], genuine: 0, foreign: 0, missing: 0 };
  const words = wordsIn(pasted).slice(0, mostWords);
  let last: Place | undefined;
  for (let at = 0; at < words.length; ) {
    if (words[at]!.plain === "") {
      add(finding, "genuine", words[at++]!.written);
      continue;
    }
    const run = longest(words, at, fields, short, last);
    if (run === undefined) {
      add(finding, "foreign", words[at++]!.written);
      finding.foreign++;
      continue;
    }
    if (last !== undefined && run.field === last.field && run.from > last.end) {
      const gone = run.field.slice(last.end, run.from);
      if (gone[0]!.starts && gone[gone.length - 1]!.ends) add(finding, "skipped", "…");
      else {
        add(finding, "missing", gone.map(({ written }) => written).join(" "));
        finding.missing += gone.length;
      }
    }
    for (const { written } of words.slice(at, run.next)) add(finding, "genuine", written);
    finding.genuine += run.end - run.from;
    at = run.next;
    last = run;
  }
  return finding;
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
 * after the last. */
function longest(words: Word[], at: number, fields: Word[][], labels: Word[][], last?: Place): Place | undefined {
  let best: Place | undefined;
  for (const field of [...fields, ...labels]) {
    for (let from = 0; from < field.length; from++) {
      if (field[from]!.plain !== words[at]!.plain) continue;
      const run = runFrom(words, at, field, from);
      const length = run.end - from;
      const goesOn = last?.field === field && from >= last.end && from - last.end <= 2 * shortestRun;
      const whole = from === 0 && run.end === field.length;
      const edge = length > 1 && (field[from]!.starts || field[run.end - 1]!.ends);
      if (!whole && (labels.includes(field) || (length < shortestRun && !goesOn && !edge))) continue;
      const longer = best === undefined || length > best.end - best.from;
      const nearer = best !== undefined && length === best.end - best.from && goesOn && best.field !== field;
      if (longer || nearer) best = run;
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

/** Words as they are written and as they are compared. Numbers of a list count as
 * nothing. */
function wordsIn(text: string): Word[] {
  return text.split("\n").flatMap((line) => {
    const written = line.split(/\s+/).filter((word) => word !== "");
    return written.map((word, i) => {
      const numbering = i === 0 && written.length > 1 && /^\d{1,2}[.)]$/.test(word);
      const plain = word.normalize("NFC").toLowerCase().replace(/^[\p{P}\p{S}\ufe0f]+|[\p{P}\p{S}\ufe0f]+$/gu, "");
      const starts = i === 0 || /[.!?]$/.test(written[i - 1]!);
      const ends = i === written.length - 1 || /[.!?]$/.test(word);
      return { written: word, plain: numbering ? "" : plain, starts, ends };
    });
  });
}

/** What a warning says, text by text. */
export function textsOf(message: Group): string[] {
  const all = [text(message, "identifier"), text(message, "sender"), text(message, "note")];
  const language = document.documentElement.lang;
  const times = [text(message, "sent")];
  for (const info of groups(message, "info")) {
    all.push(...["headline", "description", "instruction", "event", "senderName", "contact", "web", "audience"].map((name) => text(info, name)));
    all.push(...groups(info, "area").map((area) => text(area, "areaDesc")));
    times.push(...["onset", "effective", "expires"].map((name) => text(info, name)));
  }
  for (const at of times.map(parseTime)) {
    if (at === undefined) continue;
    const date = new Date(at.at);
    all.push(date.toLocaleTimeString(language, { timeStyle: "short" }));
    for (const dateStyle of ["short", "medium", "long"] as const) all.push(date.toLocaleDateString(language, { dateStyle }));
  }
  return [...new Set(all.filter((each) => each !== ""))];
}
