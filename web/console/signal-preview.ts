// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { word } from "./words";

interface Segment {
  tone: "steady" | "wail" | "low" | "growl" | "off";
  seconds: number;
}

// In hertz and seconds: the pitches of an electronic siren that imitates the
// motor siren E 57.
const pitches = { steady: 420, wail: 420, low: 180, growl: 120, off: 0 };
const low = 200;
const wailPeriod = 4;

/** A demonstration ends after this many seconds. */
const longest = 10;

/**
 * Plays the beginning of a siren signal quietly, as a demonstration:
 * <signal-preview data-segments="JSON"><button>.
 */
export class SignalPreview extends HTMLElement {
  private playing?: AudioContext;

  connectedCallback(): void {
    this.querySelector("button")?.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
  }

  disconnectedCallback(): void {
    this.stop();
  }

  private play(): void {
    const segments = JSON.parse(this.dataset.segments ?? "[]") as Segment[];
    const context = new AudioContext();
    const oscillator = new OscillatorNode(context, { type: "sawtooth" });
    const gain = new GainNode(context, { gain: 0 });
    oscillator.connect(gain).connect(context.destination);
    let at = context.currentTime;
    for (const segment of segments) {
      this.schedule(oscillator.frequency, gain.gain, segment, at);
      at += segment.seconds;
    }
    const end = Math.min(at, context.currentTime + longest);
    oscillator.start();
    oscillator.stop(end);
    oscillator.onended = () => this.stop();
    this.playing = context;
    this.label("signal.stop");
  }

  private schedule(frequency: AudioParam, gain: AudioParam, segment: Segment, at: number): void {
    const high = pitches[segment.tone];
    gain.setValueAtTime(segment.tone === "off" ? 0 : 0.05, at);
    frequency.setValueAtTime(segment.tone === "wail" ? low : high, at);
    if (segment.tone !== "wail") return;
    for (let start = 0; start < segment.seconds; start += wailPeriod) {
      frequency.linearRampToValueAtTime(high, at + start + wailPeriod / 2);
      frequency.linearRampToValueAtTime(low, at + start + wailPeriod);
    }
  }

  private stop(): void {
    void this.playing?.close();
    this.playing = undefined;
    this.label("signal.play");
  }

  private label(key: string): void {
    const button = this.querySelector("button");
    if (button) button.textContent = word(key);
  }
}
