// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { askJSON, Refusal } from "./api";
import * as key from "./key";
import * as passkey from "./passkey";
import { sign } from "./signing";
import { word } from "./words";

/**
 * Makes and enrols this browser's software key: <key-enrolment data-operator
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
 * Enrols a passkey: <passkey-enrolment data-origin="https://konsole.example">.
 * The page then comes again, with the key in its list.
 */
export class PasskeyEnrolment extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector("form") as HTMLFormElement;
    const missing = passkey.missing(this.dataset.origin ?? "");
    this.say(missing);
    this.button.disabled = missing !== "";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.enrol(String(new FormData(form).get("label") ?? ""));
    });
  }

  private get button(): HTMLButtonElement {
    return this.querySelector("button") as HTMLButtonElement;
  }

  private say(text: string): void {
    (this.querySelector("[data-message]") as HTMLElement).textContent = text;
  }

  private async enrol(label: string): Promise<void> {
    this.button.disabled = true;
    this.say("");
    try {
      const asked = await askJSON<passkey.Enrolment>("GET", "/api/v1/keys/enrolment");
      await askJSON("POST", "/api/v1/keys", { passkey: await passkey.create(asked), label });
      location.reload();
    } catch (error) {
      this.say(error instanceof Refusal ? error.sentence() : String(error));
      this.button.disabled = false;
    }
  }
}

/**
 * Confirms a key by a signature: <key-confirmation data-owner="ben"
 * data-key="ID" data-statement="..."><button>.
 */
export class KeyConfirmation extends HTMLElement {
  connectedCallback(): void {
    this.querySelector("button")?.addEventListener("click", () => void this.confirm());
  }

  private async confirm(): Promise<void> {
    const { owner = "", key: id = "", statement = "" } = this.dataset;
    const button = this.querySelector("button") as HTMLButtonElement;
    button.disabled = true;
    try {
      const assertion = await sign("confirm-key", statement);
      await askJSON("POST", "/api/v1/operators/" + encodeURIComponent(owner) + "/keys/" + encodeURIComponent(id) + "/confirm", { assertion });
      location.reload();
    } catch (error) {
      const message = this.querySelector("[data-message]") as HTMLElement;
      message.textContent = error instanceof Refusal ? error.sentence() : String(error);
      button.disabled = false;
    }
  }
}

/**
 * Says that the operator cannot sign in this browser yet: <key-hint hidden
 * data-operator data-enrolled="ID ID" data-passkeys="1">.
 */
export class KeyHint extends HTMLElement {
  connectedCallback(): void {
    void this.check();
  }

  private async check(): Promise<void> {
    const stored = await key.find(this.dataset.operator ?? "");
    const passkeys = Number(this.dataset.passkeys) > 0;
    const software = stored !== undefined && (this.dataset.enrolled ?? "").split(" ").includes(stored.id);
    this.hidden = passkeys || software;
  }
}
