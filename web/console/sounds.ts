// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { word } from "./words";

// Two sounds, and never a siren's: a request waits for you (repeated until it is
// acknowledged), and a delivery failed (once). A browser plays nothing before a
// person has touched the page, so the sounds are off until switched on, and the
// button says so.

type State = "off" | "on" | "muted";

const repeat = 8000;
let audio: AudioContext | undefined;

function tone(context: AudioContext, frequency: number, at: number, length: number): void {
  const oscillator = new OscillatorNode(context, { type: "triangle", frequency });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setTargetAtTime(0.25, at, 0.01);
  gain.gain.setTargetAtTime(0, at + length, 0.06);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + length + 0.5);
}

const tunes: Record<string, [frequency: number, start: number, length: number][]> = {
  request: [
    [660, 0, 0.18],
    [880, 0.22, 0.3],
  ],
  failure: [
    [330, 0, 0.15],
    [330, 0.25, 0.15],
    [262, 0.5, 0.4],
  ],
};

/**
 * The sounds of this workplace: <sound-box> in the header. It reads what there is
 * to hear from [data-sound-request] and [data-sound-failure] on the page, whose
 * values are ids.
 */
export class SoundBox extends HTMLElement {
  private heard = new Set<string>();

  connectedCallback(): void {
    this.heard = new Set(JSON.parse(sessionStorage.getItem("sounds heard") ?? "[]"));
    this.querySelector("[data-switch]")?.addEventListener("click", () => this.toggle());
    this.querySelector("[data-acknowledge]")?.addEventListener("click", () => this.acknowledge());
    document.addEventListener("part-changed", () => this.update(false));
    // A choice made on an earlier page holds; the browser allows the sound only
    // if the person has already used this site.
    if (this.chosen === "on") this.context();
    setInterval(() => this.update(true), repeat);
    this.update(false);
  }

  private get chosen(): State {
    return (localStorage.getItem("sounds") as State | null) ?? "off";
  }

  private get state(): State {
    return this.chosen === "on" && this.context().state !== "running" ? "off" : this.chosen;
  }

  private context(): AudioContext {
    audio ??= new AudioContext();
    audio.onstatechange = () => this.update(false);
    return audio;
  }

  private toggle(): void {
    const next: State = this.state === "on" ? "muted" : "on";
    localStorage.setItem("sounds", next);
    if (next === "on") void this.context().resume().then(() => this.play("request"));
    this.update(false);
  }

  private waiting(sound: string): string[] {
    const marked = document.querySelectorAll<HTMLElement>("[data-sound-" + sound + "]");
    const ids = [...marked].map((element) => sound + " " + element.getAttribute("data-sound-" + sound));
    return ids.filter((id) => !this.heard.has(id));
  }

  private acknowledge(): void {
    for (const sound of ["request", "failure"]) for (const id of this.waiting(sound)) this.heard.add(id);
    sessionStorage.setItem("sounds heard", JSON.stringify([...this.heard]));
    this.update(false);
  }

  private announced = new Set<string>();

  private update(repeated: boolean): void {
    const state = this.state;
    this.dataset.state = state;
    const button = this.querySelector("[data-switch]") as HTMLElement;
    button.textContent = word("sounds." + state);
    button.setAttribute("aria-pressed", String(state === "on"));
    for (const sound of ["request", "failure"]) {
      const waiting = this.waiting(sound);
      const fresh = waiting.some((id) => !this.announced.has(id));
      for (const id of waiting) this.announced.add(id);
      if (state === "on" && (fresh || (repeated && sound === "request" && waiting.length > 0))) this.play(sound);
    }
    const acknowledge = this.querySelector("[data-acknowledge]") as HTMLElement;
    acknowledge.hidden = this.waiting("request").length + this.waiting("failure").length === 0;
  }

  private play(name: string): void {
    const context = this.context();
    if (context.state !== "running") return;
    for (const [frequency, start, length] of tunes[name]) tone(context, frequency, context.currentTime + start, length);
  }
}
