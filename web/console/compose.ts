// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { askJSON, Refusal } from "./api";
import * as key from "./key";
import type { SigningWay } from "./signing";
import { number, word } from "./words";

interface Text {
  headline: string;
  description: string;
  instruction: string;
}

interface Template {
  id: string;
  event: string;
  level: number;
  texts: Record<string, Text>;
  levels: Record<string, { signal: string; when: string }>;
  expires: string;
  radius: number;
  question: string;
  reason: string;
}

/** A blank that texts may hold as {name}; own ones the node fills. */
interface Blank {
  name: string;
  label: string;
  example: Record<string, string>;
  own: boolean;
}

interface Draft {
  warning: string;
  identifier: string;
  kind: string;
  content: unknown;
  digest?: string;
  statement?: string;
  replaces?: string;
  cap?: string;
  faults: unknown[] | null;
}

const pause = 400;

/**
 * The page on which a message is written: <compose-form data-operator
 * data-effect="/console/compose">. It shows what the message will do while it is
 * written, keeps what was typed in this tab, and signs the request.
 */
export class ComposeForm extends HTMLElement {
  private timer = 0;
  private running?: AbortController;
  private undo?: Record<string, string>;
  private blanks: Blank[] = [];
  private template?: Template;

  private get form(): HTMLFormElement {
    return this.querySelector("form") as HTMLFormElement;
  }

  private get button(): HTMLButtonElement {
    return this.querySelector("[data-request]") as HTMLButtonElement;
  }

  private get draftKey(): string {
    return "draft " + (this.dataset.operator ?? "") + " " + location.pathname + location.search;
  }

  connectedCallback(): void {
    this.blanks = JSON.parse(this.dataset.blanks ?? "[]");
    this.restore();
    this.showBlanks();
    this.form.addEventListener("input", (event) => {
      // The search and the coordinates are tools; only named fields are the message.
      const { name } = event.target as HTMLInputElement;
      if (!name) return;
      if (name === "level") this.followLevel();
      if (name.startsWith("texts.")) this.showBlanks();
      this.keep();
      this.preview();
    });
    // The button alone sends: no key in a field does, whatever the browser makes of it.
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.button.addEventListener("click", () => void this.request());
    this.querySelector("[data-templates]")?.addEventListener("change", (event) => this.takeTemplate(event.target as HTMLSelectElement));
    this.querySelector("[data-undo]")?.addEventListener("click", () => this.takeBack());
    this.querySelector("[data-discard]")?.addEventListener("click", () => {
      sessionStorage.removeItem(this.draftKey);
      location.reload();
    });
    void this.effect();
  }

  private fields(): Record<string, string> {
    return Object.fromEntries([...new FormData(this.form)].map(([name, value]) => [name, String(value)]));
  }

  private keep(): void {
    sessionStorage.setItem(this.draftKey, JSON.stringify({ fields: this.fields(), at: Date.now() }));
  }

  private restore(): void {
    const kept = sessionStorage.getItem(this.draftKey);
    if (!kept) return;
    const { fields, at } = JSON.parse(kept) as { fields: Record<string, string>; at: number };
    this.fill(fields);
    this.showBlanks();
    this.fill(fields);
    const note = this.querySelector<HTMLElement>("[data-restored]");
    if (!note) return;
    note.hidden = false;
    (note.querySelector("time") as HTMLElement).textContent = new Date(at).toLocaleTimeString(document.documentElement.lang);
  }

  private fill(fields: Record<string, string>): void {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.form.elements.namedItem(name);
      if (field instanceof RadioNodeList || field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) {
        field.value = value;
      }
      if (name === "area" && field instanceof HTMLInputElement) field.dispatchEvent(new Event("restored"));
    }
  }

  // Templates.

  private takeTemplate(select: HTMLSelectElement): void {
    const option = select.selectedOptions[0];
    if (!option?.dataset.template) return;
    const template = JSON.parse(option.dataset.template) as Template;
    this.template = template;
    this.undo = this.fields();
    const fields: Record<string, string> = {
      event: template.event,
      level: String(template.level),
      expires: template.expires,
      template: template.id,
    };
    for (const [tag, text] of Object.entries(template.texts)) {
      for (const [part, value] of Object.entries(text)) fields["texts." + tag + "." + part] = value;
    }
    this.fill(fields);
    const radius = this.querySelector("[data-radius]") as HTMLInputElement;
    if (!radius.value && template.radius) radius.value = number(template.radius);
    (this.querySelector("[data-undo]") as HTMLElement).hidden = false;
    (this.querySelector("[data-template-question]") as HTMLElement).textContent = template.question;
    this.followLevel();
    this.showBlanks();
    this.keep();
    this.preview();
  }

  /** A template's signal depends on the level; both say why. */
  private followLevel(): void {
    if (!this.template) return;
    const level = this.template.levels[this.fields().level ?? ""];
    this.fill({ signal: level?.signal ?? "" });
    (this.querySelector("[data-template-reason]") as HTMLElement).textContent = [level?.when, this.template.reason].filter(Boolean).join(" ");
  }

  /** Gives each language a field for every blank that its texts hold. */
  private showBlanks(): void {
    for (const column of this.querySelectorAll<HTMLElement>("[data-language]")) {
      const holder = column.querySelector("[data-blank-fields]") as HTMLElement;
      const texts = [...column.querySelectorAll<HTMLInputElement>("[name^='texts.']")].map((field) => field.value).join(" ");
      const wanted = this.blanks.filter((blank) => !blank.own && texts.includes("{" + blank.name + "}"));
      for (const shown of [...holder.children] as HTMLElement[]) {
        if (!wanted.some((blank) => blank.name === shown.dataset.blank)) shown.remove();
      }
      for (const blank of wanted) {
        if (!holder.querySelector("[data-blank='" + blank.name + "']")) holder.append(blankField(blank, column.dataset.language ?? ""));
      }
    }
  }

  private takeBack(): void {
    if (!this.undo) return;
    this.template = undefined;
    this.fill(this.undo);
    this.showBlanks();
    (this.querySelector("[data-undo]") as HTMLElement).hidden = true;
    this.keep();
    this.preview();
  }

  // What it will do.

  private preview(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.effect(), pause);
  }

  private async effect(): Promise<void> {
    this.running?.abort();
    this.running = new AbortController();
    const panel = this.querySelector("[data-effect]") as HTMLElement;
    panel.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(this.dataset.effect ?? "", {
        method: "POST",
        body: new URLSearchParams(this.fields()),
        headers: { Accept: "text/html" },
        signal: this.running.signal,
      });
      if (response.redirected || response.status === 401) return this.say(word("signed-out"));
      if (!response.ok) return this.say(word("refused", { status: response.status }) + " " + word("refused.remedy"));
      panel.innerHTML = await response.text();
      this.placeFaults(panel);
      // The previews may be long: they stand below the button.
      const previews = panel.querySelector("[data-preview]");
      if (previews) (this.querySelector("[data-previews]") as HTMLElement).replaceChildren(previews);
      this.say("");
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      this.say(word("unreachable") + " " + word("unreachable.remedy"));
    }
    panel.removeAttribute("aria-busy");
  }

  /** Moves each fault and finding to the field that it is about. */
  private placeFaults(panel: HTMLElement): void {
    for (const slot of this.querySelectorAll<HTMLElement>("[data-fault-for]")) {
      const found = [...panel.querySelectorAll<HTMLElement>("[data-fault-field]")].filter((line) => covers(slot.dataset.faultFor ?? "", line.dataset.faultField ?? ""));
      slot.replaceChildren(...found);
      const field = this.form.querySelector("[aria-describedby~='" + slot.id + "']");
      if (found.some((line) => line.classList.contains("is-fault"))) field?.setAttribute("aria-invalid", "true");
      else field?.removeAttribute("aria-invalid");
    }
  }

  private say(text: string): void {
    (this.querySelector("[data-message]") as HTMLElement).textContent = text;
  }

  // The request.

  private async request(): Promise<void> {
    this.button.disabled = true;
    this.say(word("request.signing"));
    try {
      await this.send();
    } catch (error) {
      this.say(error instanceof Refusal ? error.sentence() : String(error));
      await this.effect().catch(() => undefined);
      this.say(error instanceof Refusal ? error.sentence() : String(error));
      this.button.disabled = false;
    }
  }

  private async send(): Promise<void> {
    // What is sent is what stood there when the button was pressed.
    const fields = this.fields();
    const response = await fetch(this.dataset.effect ?? "", {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json" },
    });
    const draft = (await response.json()) as Draft;
    if (!draft.statement || !draft.digest || draft.faults?.length) throw new Refusal(422, word("request.faults"), "", []);
    const sum = key.hex(await key.sha256(new TextEncoder().encode(draft.cap ?? "")));
    if (sum !== draft.digest || !draft.statement.includes(sum)) throw new Refusal(0, word("digest.differs"), word("digest.differs.remedy"), []);
    const assertion = await (this.querySelector("signing-way") as SigningWay).sign(draft.statement);
    const { warning, identifier, kind, content, digest, replaces } = draft;
    await askJSON("POST", "/api/v1/requests", { warning, identifier, kind, content, digest, replaces: replaces || undefined, assertion });
    sessionStorage.removeItem(this.draftKey);
    location.assign("/console/warnings/" + encodeURIComponent(warning));
  }
}

function blankField(blank: Blank, tag: string): HTMLElement {
  const holder = document.createElement("div");
  holder.className = "kern-form-input";
  holder.dataset.blank = blank.name;
  const input = document.createElement("input");
  input.className = "kern-form-input__input";
  input.name = "blank." + tag + "." + blank.name;
  input.id = input.name;
  input.placeholder = blank.example[tag] ?? "";
  input.lang = tag;
  const label = document.createElement("label");
  label.className = "kern-label";
  label.htmlFor = input.id;
  label.textContent = blank.label;
  holder.append(label, input);
  return holder;
}

/** Whether a slot is the place for a fault's field: "area" takes "area.polygons[0]". */
function covers(slot: string, field: string): boolean {
  return field === slot || field.startsWith(slot + ".") || field.startsWith(slot + "[");
}
