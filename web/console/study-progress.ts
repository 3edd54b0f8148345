// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { LivePart } from "./live-part";

/**
 * How far a study is: <study-progress src="…?part=progress" seconds="1">. Once it
 * is over the page is loaded anew, with what came out.
 */
export class StudyProgress extends LivePart {
  connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("part-changed", () => {
      if (this.querySelector("[data-over]")) location.reload();
    });
  }
}
