// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { listen } from "./stream";

interface Reach {
  warning: string;
  people: number;
  reached: number;
  sirens: number;
}

/**
 * Who hears the sirens of a warning, as soon as the stream says it:
 * <reach-numbers data-warning="..."> with elements data-sirens, data-reached,
 * data-percent and data-unreached. The places beside it follow with their part of the page.
 */
export class ReachNumbers extends HTMLElement {
  private stop?: () => void;

  connectedCallback(): void {
    this.stop = listen("reach", (data) => data && this.show(JSON.parse(data) as Reach));
  }

  disconnectedCallback(): void {
    this.stop?.();
  }

  private show(reach: Reach): void {
    if (reach.warning !== this.dataset.warning) return;
    const whole = new Intl.NumberFormat(document.documentElement.lang);
    this.put("[data-sirens]", whole.format(reach.sirens));
    this.put("[data-reached]", whole.format(reach.reached));
    this.put("[data-unreached]", whole.format(reach.people - reach.reached));
    this.put("[data-percent]", String(reach.people ? Math.floor((100 * reach.reached) / reach.people) : 0));
  }

  private put(selector: string, text: string): void {
    const place = this.querySelector(selector);
    if (place) place.textContent = text;
  }
}
