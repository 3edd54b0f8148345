// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { language, word } from "./words";
import { onConnection } from "./stream";

// All ages and clocks on the page follow the server's clock: offset is what the
// browser's clock lacks, in milliseconds.
let offset = 0;

/** The server's time now, in milliseconds since 1970. */
export function serverNow(): number {
  return Date.now() + offset;
}

/** A running time as a stopwatch shows it: 03:12, 1:03:12. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const tail = two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
  return seconds < 3600 ? tail : Math.floor(seconds / 3600) + ":" + tail;
}

function tick(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-since]")) {
    setText(element, elapsed(serverNow() - Date.parse(element.dataset.since ?? "")));
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-until]")) {
    const left = Date.parse(element.dataset.until ?? "") - serverNow();
    setText(element, elapsed(left));
    element.classList.toggle("is-over", left <= 0);
  }
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The largest difference between browser and server that is not worth a mark. */
const tolerated = 3000;

/** The server's clock: <server-clock data-now="RFC 3339" data-zone="Europe/Berlin">. */
export class ServerClock extends HTMLElement {
  connectedCallback(): void {
    // The page was written when its first byte arrived, not when this script ran.
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    offset = Date.parse(this.dataset.now ?? "") - (Date.now() - performance.now() + navigation.responseStart);
    // British English has a name for the zone; American has only an offset.
    const format = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
      timeZone: this.dataset.zone,
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    });
    const time = this.querySelector("time") as HTMLElement;
    const mark = this.querySelector<HTMLElement>(".clock-mark");
    if (mark && Math.abs(offset) > tolerated) {
      mark.hidden = false;
      mark.textContent = word("clock.differs", { seconds: Math.round(Math.abs(offset) / 1000) });
    }
    const show = () => {
      setText(time, format.format(serverNow()));
      tick();
    };
    show();
    setInterval(show, 1000);
  }
}

/** Says when the live connection is lost: <connection-mark hidden role="status">. */
export class ConnectionMark extends HTMLElement {
  connectedCallback(): void {
    onConnection((connected, since) => {
      this.hidden = connected;
      if (!connected) {
        const at = since.toLocaleTimeString(document.documentElement.lang);
        this.textContent = word("connection.lost", { at });
      }
    });
  }
}
