// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The page on which people check warnings. All of it runs in the browser: what is
// handed in leaves the device never, and no server's word decides.

import { type Bytes, Malformed, utf8 } from "../core/bytes";
import { canVerify } from "../core/note";
import { type Trust, parseTrust } from "../core/trust";
import { type Case, check, hasWords } from "./check";
import { byId, make } from "./elements";
import { given, regionName, timeText, word } from "./given";
import { Camera, codeInFile } from "./picture";
import { kindOf } from "./recognise";
import { show } from "./show";

const mostBytes = 32 << 20; // of one file

let trust: Trust | undefined;
let trustName = "";
let handed: Case = {};

export async function start(): Promise<void> {
  if (!isSecureContext || !(await canVerify())) {
    const cannot = byId("cannot");
    cannot.textContent = word(isSecureContext ? "verify.page.old-browser" : "verify.page.insecure");
    cannot.hidden = false;
    return;
  }
  byId("give").hidden = false;
  if (given.trust !== "") await believe(utf8(given.trust), "");
  showTrust();
  takeFiles();
  takeText();
  takeCamera();
  const fromAddress = () => {
    if (location.hash.length > 1 && !given.saved) void take(utf8(location.href), location.hash.slice(1));
  };
  addEventListener("hashchange", fromAddress);
  fromAddress();
  document.body.dataset.ready = "";
}

function takeFiles(): void {
  const chooser = byId<HTMLInputElement>("file");
  chooser.addEventListener("change", () => {
    const files = [...(chooser.files ?? [])];
    void takeAll(files).then(() => (chooser.value = ""));
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    byId("drop").classList.add("over");
  });
  document.addEventListener("dragleave", () => byId("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    byId("drop").classList.remove("over");
    const files = [...(event.dataTransfer?.files ?? [])];
    const text = event.dataTransfer?.getData("text/uri-list") || event.dataTransfer?.getData("text/plain") || "";
    if (files.length > 0) void takeAll(files);
    else if (text !== "") void take(utf8(text), word("verify.page.pasted"));
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return; // text goes where the cursor is
    event.preventDefault();
    void takeAll(files);
  });
}

function takeText(): void {
  byId<HTMLFormElement>("paste").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId<HTMLTextAreaElement>("text").value;
    if (text.trim() === "") byId("text").focus();
    else void take(utf8(text), word("verify.page.pasted"));
  });
}

function takeCamera(): void {
  if (navigator.mediaDevices === undefined) return;
  const [button, part] = [byId<HTMLButtonElement>("scan"), byId("camera")];
  const camera = new Camera(part.querySelector("video")!, (code) => {
    part.hidden = true;
    button.hidden = false;
    void take(code, word("verify.page.code"));
  });
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.hidden = true;
    part.hidden = false;
    try {
      await camera.start();
      byId("scan-stop").focus();
    } catch {
      part.hidden = true;
      button.hidden = false;
      say(word("verify.page.no-camera"));
    }
  });
  byId("scan-stop").addEventListener("click", () => {
    camera.stop();
    part.hidden = true;
    button.hidden = false;
    button.focus();
  });
}

/** Takes files that were handed in together, such as a message and its proof. */
async function takeAll(files: File[]): Promise<void> {
  let changed = false;
  for (const file of files) {
    const raw = file.size > mostBytes ? undefined : file.type.startsWith("image/") ? await codeInFile(file).catch(() => undefined) : new Uint8Array(await file.arrayBuffer());
    if (raw === undefined) say(word(file.size > mostBytes ? "verify.page.too-large" : "verify.page.no-code", file.name));
    else if (await put(raw, file.name)) changed = true;
  }
  if (changed) await judge();
}

async function take(raw: Bytes, name: string): Promise<void> {
  if (await put(raw, name)) await judge();
}

/** Puts something in its place; false when there is nothing new to judge. A message or
 * a proof begins a new case where there is one already. */
async function put(raw: Bytes, name: string): Promise<boolean> {
  const kind = kindOf(raw);
  if (kind === "trust") {
    const believed = await believe(raw, name);
    showTrust();
    return believed && Object.keys(handed).length > 0;
  }
  if (handed[kind] !== undefined && kind !== "text") handed = {};
  handed[kind] = { raw, name };
  return true;
}

async function believe(raw: Bytes, name: string): Promise<boolean> {
  try {
    trust = await parseTrust(raw);
    trustName = name;
    return true;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    say(word("verify.page.bad-trust", name));
    return false;
  }
}

let round = 0;

async function judge(): Promise<void> {
  showHanded();
  const own = ++round;
  if (trust === undefined) return say(word("verify.page.no-trust"));
  say(word("verify.page.checking"));
  const finding = await check(handed, { trust, ask: !given.saved });
  if (own !== round) return; // something else was handed in meanwhile
  const shown = show(finding, hasWords(handed));
  byId("result").replaceChildren(shown);
  shown.querySelector("h2")!.focus();
  shown.scrollIntoView({ block: "start" });
}

function say(text: string): void {
  const message = make("p.say", text);
  byId("result").replaceChildren(message);
  message.scrollIntoView({ block: "center" });
}

/** Lists what was handed in, each with a way to take it back. */
function showHanded(): void {
  const list = byId("handed");
  list.replaceChildren();
  for (const kind of ["message", "proof", "text"] as const) {
    const each = handed[kind];
    if (each === undefined) continue;
    const remove = make("button.small", word("verify.page.remove"));
    remove.type = "button";
    remove.ariaLabel = `${word("verify.page.remove")}: ${word(`verify.page.kind.${kind}`)}`;
    remove.addEventListener("click", () => {
      delete handed[kind];
      if (Object.keys(handed).length > 0) void judge();
      else {
        round++;
        byId("result").replaceChildren();
        showHanded();
        byId("file").focus();
      }
    });
    list.append(make("li", make("span", make("strong", word(`verify.page.kind.${kind}`)), ` ${each.name}`), " ", remove));
  }
  byId("handed-part").hidden = list.childElementCount === 0;
}

/** Says whom this page believes. */
function showTrust(): void {
  const part = byId("trusted");
  part.replaceChildren();
  if (trust === undefined) {
    part.append(make("p", word("verify.page.no-trust")));
    return;
  }
  for (const { name, territory, logs } of trust.authorities) {
    const exercise = logs.every(({ realm }) => realm === "exercise");
    part.append(make("p", make("strong", name), exercise ? ` (${word("verify.page.exercise-only")})` : "", ` – ${word("verify.page.territory", territory.map(regionName).join(", "))}`));
  }
  const operators = new Set(trust.witnesses.map(({ operator }) => operator));
  part.append(make("p", word("verify.page.trust-facts", String(operators.size), trust.issued === "" ? "–" : timeText(Date.parse(trust.issued)))));
  if (trustName !== "") part.append(make("p", word("verify.page.own-trust", trustName)));
}
