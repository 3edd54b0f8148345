// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { morphChildren } from "./morph";
import { listen } from "./stream";

/**
 * A part of the page that the server renders anew when something happens:
 * <live-part id="waiting" src="/console/?part=waiting" events="warning siren">.
 * With data-load the part comes only now, after the page; with seconds="2" it
 * comes again every two seconds, as long as the attribute is there. At most one request is under way, and at most two start each second.
 */
export class LivePart extends HTMLElement {
  private stops: (() => void)[] = [];
  private waiting = false;
  private busy = false;

  connectedCallback(): void {
    for (const name of (this.getAttribute("events") ?? "").split(" ").filter(Boolean)) {
      this.stops.push(listen(name, () => this.refreshSoon()));
    }
    if (this.hasAttribute("data-load")) void this.refresh();
    const seconds = Number(this.getAttribute("seconds"));
    if (seconds > 0) {
      const timer = setInterval(() => void this.refresh(), seconds * 1000);
      this.stops.push(() => clearInterval(timer));
    }
  }

  disconnectedCallback(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
  }

  refreshSoon(): void {
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(() => {
      this.waiting = false;
      void this.refresh();
    }, 500);
  }

  async refresh(): Promise<void> {
    if (this.busy) return this.refreshSoon();
    this.busy = true;
    try {
      const response = await fetch(this.getAttribute("src") ?? "", { headers: { Accept: "text/html" } });
      // A refusal or a sign-in page is no part; the connection mark tells the rest.
      if (!response.ok || response.redirected) return;
      const next = document.createElement("template");
      next.innerHTML = await response.text();
      const holder = document.createElement("div");
      holder.append(next.content);
      morphChildren(this, holder);
      this.dispatchEvent(new CustomEvent("part-changed", { bubbles: true }));
    } catch {
      // No answer: the event stream has broken as well, and its mark says so.
    } finally {
      this.busy = false;
    }
  }
}
