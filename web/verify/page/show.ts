// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// A finding in plain words.

import { type Group, groups, text } from "../core/cap";
import { parseTime } from "../core/captime";
import type { Difference } from "../core/difference";
import type { Verdict } from "../core/verdict";
import { type Finding, infoOf, isGenuine } from "./check";
import { make, unlessEmpty } from "./elements";
import { hasWord, regionName, timeText, word } from "./given";
import { type TextFinding } from "./pastedtext";
import { type Run, wordDifference } from "./worddifference";

/** How a finding looks, and what it means in a word. */
type Tone = "yes" | "over" | "part" | "open" | "no" | "fault";

const symbols: Record<Tone, string> = { yes: "✓", over: "◷", part: "◐", open: "?", no: "✕", fault: "!" };

const forged = ["altered", "bad-proof", "bad-checkpoint", "bad-issuer"];
const unproved = ["altered-form", "other-message", "unreadable", "unreadable-bundle", "not-logged", "unknown-log", "nothing-like-it", "elsewhere", "only-text"];

function toneOf({ result, verdict, text: words }: Finding, hasText: boolean): Tone {
  if (forged.includes(result) || (words !== undefined && words.foreign + words.missing > 0)) return "no";
  if (unproved.includes(result)) return "open";
  if (!isGenuine({ result })) return "fault";
  if (result !== "genuine-in-force") return "over";
  return verdict?.message === undefined || (hasText && words === undefined) ? "part" : "yes";
}

/** Says what was found. Whether there was a text to compare is for the caller to say. */
export function show(finding: Finding, hasText: boolean): HTMLElement {
  const tone = toneOf(finding, hasText);
  const heading = make("h2", headline(finding, hasText));
  heading.tabIndex = -1;
  const badge = make("p.badge", make("span", symbols[tone]));
  badge.firstElementChild!.ariaHidden = "true";
  const meaning = word(`verify.page.tone.${tone}`);
  if (!heading.textContent!.startsWith(meaning)) badge.append(" ", meaning);
  const { verdict } = finding;
  return make(
    `div.verdict.${tone}` as "div", badge, heading,
    make("p.do", make("strong", word("verify.label.todo"), ": "), todo(finding, hasText)),
    ...(verdict === undefined ? [] : differences(verdict)),
    ...(finding.text === undefined ? [] : comparison(finding.text)),
    ...(verdict === undefined || !isGenuine(verdict) ? [] : warning(verdict, finding.text !== undefined)),
    ...unlessEmpty(facts(finding)),
    ...unlessEmpty(notes(finding)),
    details(finding),
  );
}

function headline({ result, verdict, text: words, host }: Finding, hasText: boolean): string {
  if (words !== undefined && words.foreign > 0) return word("verify.page.text.foreign");
  if (words !== undefined && words.missing > 0) return word("verify.page.text.missing");
  if (result === "elsewhere") return word("verify.page.elsewhere", host ?? "");
  if (verdict !== undefined && isGenuine(verdict) && verdict.message === undefined) return word(hasText ? "verify.page.text.unknown" : "verify.page.entry-only", resultText(result, verdict));
  return resultText(result, verdict);
}

function resultText(result: string, verdict?: Verdict): string {
  if (result === "genuine-ended" && verdict?.ended !== undefined) return word("verify.page.ended", timeText(verdict.ended));
  const key = `verify.result.${result}`;
  return hasWord(key) ? word(key) : word(`verify.page.${result}`);
}

function todo({ result, verdict, text: words, asked }: Finding, hasText: boolean): string {
  if (words !== undefined && words.foreign + words.missing > 0) return word("verify.page.text.todo");
  if (verdict !== undefined && isGenuine(verdict) && verdict.message === undefined) return word(hasText ? "verify.page.text.unknown.todo" : "verify.page.entry-only.todo");
  if (result === "not-logged" && asked === "yes") return word("verify.page.not-here.todo");
  for (const key of [`verify.todo.${result}`, `verify.page.${result}.todo`]) if (hasWord(key)) return word(key);
  return word("verify.todo.authority-at-fault");
}

/** The words in which a message differs, side by side. */
function differences({ result, differences: all }: Verdict): HTMLElement[] {
  if (all.length === 0 || (result !== "altered" && result !== "contradiction")) return [];
  const worded = all.filter(({ field }) => field !== "content");
  const part = make("section.differences", make("h3", word("verify.page.differences")));
  for (const each of worded) part.append(sides(each));
  if (worded.length < all.length) part.append(make("p", word("verify.page.difference.content")));
  return [part];
}

function sides({ field, logged, found }: Difference): HTMLElement {
  const runs = wordDifference(logged, found);
  const side = (own: Run["side"], label: string) =>
    make("div", make("p.label", word(label)), runs.some(({ side: each }) => each === own || each === "both") ? marked(runs, own) : make("p", make("em", word("verify.difference.nothing"))));
  return make(
    "div.difference", make("h4", fieldName(field)), ...sentences(runs),
    make("div.sides", side("first", "verify.page.logged"), side("second", "verify.page.found")),
  );
}

const mostSentences = 3;
const longestQuote = 12; // words

/** The first changes, each in a sentence. */
function sentences(runs: Run[]): HTMLElement[] {
  const all: HTMLElement[] = [];
  runs.forEach((run, i) => {
    const [before, after] = [runs[i - 1], runs[i + 1]];
    if (run.side === "both" || (run.side === "second" && before?.side === "first")) return;
    const other = after !== undefined && after.side !== "both" ? after : undefined;
    const [first, second] = run.side === "first" ? [run, other] : [other, run];
    const key = first === undefined ? "added" : second === undefined ? "removed" : "replaced";
    all.push(make("p.change", word(`verify.page.difference.${key}`, ...[first, second].flatMap((each) => (each === undefined ? [] : quote(each.words))))));
  });
  return all.slice(0, mostSentences);
}

function quote(words: string[]): string {
  return words.slice(0, longestQuote).join(" ") + (words.length > longestQuote ? " …" : "");
}

const around = 8; // words that are the same, shown beside those that differ

/** One side's words with those marked that the other has not. */
function marked(runs: Run[], own: Run["side"]): HTMLElement {
  const part = make("p");
  runs.forEach(({ side, words }, i) => {
    if (side === own) part.append(make("mark", words.join(" ")), " ");
    else if (side === "both") part.append(shortened(words, i > 0, i < runs.length - 1), " ");
  });
  return part;
}

function shortened(words: string[], after: boolean, before: boolean): string {
  if (words.length <= 2 * around + 2) return words.join(" ");
  return [...(after ? words.slice(0, around) : []), "…", ...(before ? words.slice(-around) : [])].join(" ");
}

/** The name of a field, or that of the nearest one around it that has a word. */
function fieldName(path: string): string {
  const parts = path.replace(/\[\d+\]/g, "").toLowerCase().split(".").reverse();
  const key = parts.map((part) => `verify.field.${part}`).find(hasWord);
  return key === undefined ? path : word(key);
}

/** The pasted text, with what is not the warning's marked. */
function comparison({ pieces, foreign, missing }: TextFinding): HTMLElement[] {
  const part = make("section.comparison", make("h3", word(foreign + missing > 0 ? "verify.page.text.marked" : "verify.page.text.same")));
  const shown = make("p.pasted");
  for (const { kind, text: words } of pieces) {
    if (kind === "genuine" || kind === "skipped") shown.append(words, " ");
    else if (kind === "foreign") shown.append(make("mark", words), " ");
    else shown.append(make("del", quote(words.split(" "))), " ");
  }
  part.append(shown);
  if (foreign > 0) part.append(make("p.key", make("mark", word("verify.page.text.mark")), " ", word("verify.page.text.mark.meaning")));
  if (missing > 0) part.append(make("p.key", make("del", word("verify.page.text.mark")), " ", word("verify.page.text.del.meaning")));
  return [part];
}

/** What the genuine warning says. */
function warning({ message, leaf }: Verdict, besideText: boolean): HTMLElement[] {
  if (message === undefined) return [];
  const language = document.documentElement.lang;
  const info = infoOf(message, language);
  if (info === undefined) return [];
  const part = make("section.words");
  if (besideText) part.append(make("h3", word("verify.page.words")));
  const said = make("blockquote");
  said.lang = text(info, "language") || language;
  said.append(...unlessEmpty(make("h3", text(info, "headline") || text(info, "event"))));
  for (const name of ["instruction", "description"]) {
    for (const line of text(info, name).split("\n")) if (line.trim() !== "") said.append(make("p", line));
  }
  const where = [...new Set(groups(info, "area").map((area: Group) => text(area, "areaDesc")))].filter((each) => each !== "");
  part.append(said);
  if (where.length > 0) part.append(make("p", make("strong", word("verify.field.area"), ": "), where.join(", ")));
  if (leaf?.kind === "end") part.append(make("p", word("verify.page.all-clear")));
  return [part];
}

function facts({ verdict, resembles, host }: Finding): HTMLDListElement {
  const list = make("dl");
  const row = (label: string, ...value: (string | undefined)[]) => {
    const shown = value.filter((each) => each !== undefined && each !== "").join(", ");
    if (shown !== "") list.append(make("div", make("dt", word(`verify.label.${label}`)), make("dd", shown)));
  };
  const leaf = verdict?.leaf;
  row("authority", verdict?.authority?.name);
  if (leaf !== undefined) {
    row("released", word(`verify.signed.${leaf.assertions.length}`, timeText(leaf.time)));
    const expires = parseTime(leaf.of("expires"));
    row("expires", expires && timeText(expires.at));
    if (verdict?.message === undefined) row("areas", ...leaf.areas.map(regionName));
  }
  row("ended", verdict?.ended !== undefined ? timeText(verdict.ended) : "");
  row("grade", verdict?.grade && word(`verify.grade.${verdict.grade.toLowerCase()}`));
  row("witnesses", ...(verdict?.witnesses ?? []));
  row("view", verdict?.view !== undefined ? timeText(verdict.view) : "");
  row("resembles", verdict?.resembles ?? resembles);
  row("host", resembles === undefined ? undefined : host);
  return list;
}

function notes({ verdict, asked, result, resembles }: Finding): HTMLUListElement {
  const list = make("ul.notes");
  for (const note of verdict?.notes ?? []) {
    if (note === "lookalike-sender") list.append(make("li", make("strong", word("verify.note.lookalike-sender"))));
    else if (note !== "keys-unchecked" && note !== "message-absent") list.append(make("li", word(`verify.note.${note}`)));
  }
  if (resembles !== undefined) list.append(make("li", make("strong", word("verify.page.host.resembles"))));
  if (asked === "unreachable") list.append(make("li", word("verify.page.unreachable")));
  if (result === "genuine-in-force" && asked !== "yes") list.append(make("li", word("verify.page.not-asked")));
  return list;
}

/** What experts want to know. */
function details({ result, verdict }: Finding): HTMLElement {
  const list = make("dl");
  const row = (label: string, value: string | undefined) => {
    if (value) list.append(make("div", make("dt", word(label)), make("dd", value)));
  };
  row("verify.page.result", result);
  row("verify.page.fault", verdict?.fault && `${verdict.fault}: ${word(`verify.fault.${verdict.fault}`)}`);
  row("verify.label.identifier", verdict?.leaf?.of("identifier") ?? (verdict?.message && text(verdict.message, "identifier")));
  row("verify.label.place", verdict?.log && verdict.tree && word("verify.place", String(verdict.index + 1n), verdict.log.origin));
  row("verify.page.digest", verdict?.leaf?.of("content"));
  for (const { action, role, guard } of verdict?.leaf?.assertions ?? []) row("verify.page.signature", `${action}, ${role}, ${guard}`);
  if (verdict?.notes.includes("keys-unchecked")) row("verify.label.note", word("verify.note.keys-unchecked"));
  return make("details", make("summary", word("verify.page.details")), list);
}
