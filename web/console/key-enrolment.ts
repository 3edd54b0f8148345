// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { askJSON, Refusal } from "./api";
import * as key from "./key";
import { word } from "./words";

/**
 * Makes and enrols this browser's signing key: <key-enrolment data-operator
 * data-enrolled="ID ID" data-next="/console/">.
 */
export class KeyEnrolment extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector("form") as HTMLFormElement;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.enrol(form);
    });
    void this.show();
  }

  private async show(): Promise<void> {
    const state = this.querySelector("[data-key-state]") as HTMLElement;
    if (!key.available()) {
      state.textContent = word("key.insecure");
      (this.querySelector("button") as HTMLButtonElement).disabled = true;
      return;
    }
    const stored = await key.find(this.dataset.operator ?? "");
    const enrolled = (this.dataset.enrolled ?? "").split(" ");
    if (!stored) state.textContent = word("key.none-here");
    else if (enrolled.includes(stored.id)) state.textContent = word("key.here", { id: stored.id });
    else state.textContent = word("key.unknown", { id: stored.id });
  }

  private async enrol(form: HTMLFormElement): Promise<void> {
    const message = this.querySelector("[data-message]") as HTMLElement;
    const button = this.querySelector("button") as HTMLButtonElement;
    button.disabled = true;
    try {
      const { stored, publicKey } = await key.generate(this.dataset.operator ?? "");
      await askJSON("POST", "/api/v1/keys", { publicKey, label: String(new FormData(form).get("label") ?? "") });
      await key.save(stored);
      location.assign(this.dataset.next ?? "/console/");
    } catch (error) {
      message.textContent = error instanceof Refusal ? error.sentence() : String(error);
      button.disabled = false;
    }
  }
}

/**
 * Says that this browser cannot sign for the operator yet: <key-hint hidden
 * data-operator data-enrolled="ID ID">.
 */
export class KeyHint extends HTMLElement {
  connectedCallback(): void {
    void this.check();
  }

  private async check(): Promise<void> {
    const stored = await key.find(this.dataset.operator ?? "");
    this.hidden = stored !== undefined && (this.dataset.enrolled ?? "").split(" ").includes(stored.id);
  }
}
