// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { askJSON, Refusal } from "./api";
import * as key from "./key";
import type { SigningWay } from "./signing";
import { word } from "./words";

interface Pending {
  identifier: string;
  digest: string;
  code: string;
  statement: string;
  cap: string;
}

/**
 * The page of the second person: <release-form data-warning data-digest
 * data-code>. The browser computes the digest and the code itself,
 * from the very bytes that are signed, and signs only when both agree with what
 * the page shows.
 */
export class ReleaseForm extends HTMLElement {
  private pending?: Pending;

  connectedCallback(): void {
    // The button alone releases: no key in a field does, whatever the browser makes of it.
    this.querySelector("form")?.addEventListener("submit", (event) => event.preventDefault());
    this.button.addEventListener("click", () => void this.release());
    void this.check();
  }

  private get button(): HTMLButtonElement {
    return this.querySelector("[data-release]") as HTMLButtonElement;
  }

  private get path(): string {
    return "/api/v1/warnings/" + encodeURIComponent(this.dataset.warning ?? "");
  }

  private async check(): Promise<void> {
    const result = document.querySelector("[data-digest-result]") as HTMLElement;
    const say = (state: string, text: string) => {
      result.dataset.state = state;
      result.textContent = text;
    };
    if (!key.available()) return say("unknown", word("key.insecure"));
    try {
      const warning = await askJSON<{ pending?: Pending }>("GET", this.path);
      this.pending = warning.pending;
      const digest = await key.sha256(new TextEncoder().encode(this.pending?.cap ?? ""));
      const equal =
        key.hex(digest) === this.dataset.digest &&
        code(digest) === this.dataset.code &&
        this.pending?.statement.includes(key.hex(digest)) === true;
      if (!equal) {
        this.pending = undefined;
        return say("differs", word("digest.differs") + " " + word("digest.differs.remedy"));
      }
      say("equal", word("digest.equal"));
      this.button.disabled = false;
    } catch (error) {
      say("unknown", error instanceof Refusal ? error.sentence() : String(error));
    }
  }

  private async release(): Promise<void> {
    const message = this.querySelector("[data-message]") as HTMLElement;
    const confirmation = (this.querySelector("[name=confirmation]") as HTMLInputElement).value;
    if (!this.pending) return;
    this.button.disabled = true;
    message.textContent = word("release.signing");
    try {
      const { identifier, digest, statement } = this.pending;
      const assertion = await (this.querySelector("signing-way") as SigningWay).sign(statement);
      await askJSON("POST", this.path + "/release", { identifier, digest, assertion, confirmation });
      location.assign("/console/warnings/" + encodeURIComponent(this.dataset.warning ?? ""));
    } catch (error) {
      message.textContent = error instanceof Refusal ? error.sentence() : String(error);
      message.focus();
      this.button.disabled = false;
    }
  }
}

/** The six-digit code of a digest (docs/formats/content-digest.md). */
export function code(digest: Uint8Array): string {
  const first = new DataView(digest.buffer, digest.byteOffset).getBigUint64(0);
  return String(first % BigInt(1_000_000)).padStart(6, "0");
}
