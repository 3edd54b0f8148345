// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { askJSON, type Fault } from "./api";
import { number, word } from "./words";

const megabyte = 1e6;

interface Importing {
  name: string;
  progress: { done?: number; total?: number };
}

/**
 * Sends a large file and shows how far it is: <file-import
 * data-to="/api/v1/planning/datasets" data-back="/console/plan"> around a form with
 * the fields role and file. Without scripts the form sends itself.
 */
export class FileImport extends HTMLElement {
  private request?: XMLHttpRequest;

  connectedCallback(): void {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.part("[data-stop]").addEventListener("click", () => this.request?.abort());
  }

  disconnectedCallback(): void {
    this.request?.abort();
  }

  private get form(): HTMLFormElement {
    return this.querySelector("form") as HTMLFormElement;
  }

  private part(selector: string): HTMLElement {
    return this.querySelector(selector) as HTMLElement;
  }

  private send(): void {
    const file = (this.form.elements.namedItem("file") as HTMLInputElement).files?.[0];
    if (!file || this.request) return;
    const role = (this.form.elements.namedItem("role") as HTMLSelectElement).value;
    // Neither fetch nor a form tells how much of a body is on its way.
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", (this.dataset.to ?? "") + "?" + new URLSearchParams({ role, name: file.name }));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => {
      this.say(event.loaded, file.size, word("import.sending", { done: number(Math.round(event.loaded / megabyte)), total: number(Math.ceil(file.size / megabyte)) }));
    });
    request.upload.addEventListener("load", () => {
      this.say(undefined, 1, word("import.checking"));
      void this.follow(request, file.name);
    });
    request.addEventListener("load", () => this.finish(request));
    request.addEventListener("error", () => this.refuse(word("unreachable") + " " + word("unreachable.remedy")));
    request.addEventListener("abort", () => this.refuse(word("import.stopped")));
    this.part("[data-refused]").textContent = "";
    this.show(true);
    this.say(0, file.size, word("import.sending", { done: 0, total: number(Math.ceil(file.size / megabyte)) }));
    request.send(file);
  }

  /** Says how far the node has read the file, as long as it does. */
  private async follow(request: XMLHttpRequest, name: string): Promise<void> {
    while (this.request === request) {
      const known = await askJSON<{ imports: Importing[] }>("GET", this.dataset.to ?? "").catch(() => undefined);
      const progress = known?.imports.find((one) => one.name === name)?.progress;
      if (this.request !== request) return;
      if (progress?.total && progress.done) {
        this.say(progress.done, progress.total, word("import.reading", { percent: Math.floor((100 * progress.done) / progress.total) }));
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  private finish(request: XMLHttpRequest): void {
    let answer: { sha256?: string; detail?: string; title?: string; remedy?: string; errors?: Fault[] } = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // Not from our node: the status has to do.
    }
    if (request.status < 300 && answer.sha256) {
      this.request = undefined;
      location.assign(this.dataset.back + "?kept=" + answer.sha256 + "#kept");
      return;
    }
    const what = answer.detail ?? answer.title ?? word("refused", { status: request.status });
    const faults = (answer.errors ?? []).flatMap((fault) => [what.includes(fault.message) ? "" : fault.message, fault.remedy]);
    this.refuse([what, ...faults, answer.remedy].filter(Boolean).join(" "));
  }

  private refuse(text: string): void {
    this.request = undefined;
    this.show(false);
    this.part("[data-refused]").textContent = text;
  }

  private show(underWay: boolean): void {
    this.part("[data-under-way]").hidden = !underWay;
    (this.form.querySelector("button") as HTMLButtonElement).disabled = underWay;
  }

  private say(done: number | undefined, total: number, text: string): void {
    const bar = this.part("progress") as HTMLProgressElement;
    bar.max = Math.max(total, 1);
    if (done === undefined) bar.removeAttribute("value");
    else bar.value = done;
    this.part("[data-said]").textContent = text;
  }
}
