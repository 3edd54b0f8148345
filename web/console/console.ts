// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The operators' pages: custom elements without shadow trees over HTML that the
// server has written. Each works on what it finds inside itself.

import { AreaEditor } from "./area-editor";
import { ConnectionMark, ServerClock } from "./clock";
import { BreakGlassOpening, BreakGlassPreparation } from "./break-glass";
import { ComposeForm } from "./compose";
import { KeyConfirmation, KeyEnrolment, KeyHint, PasskeyEnrolment } from "./key-enrolment";
import { LivePart } from "./live-part";
import { ReleaseForm } from "./release";
import { SignalPreview } from "./signal-preview";
import { SigningWay } from "./signing";
import { BesidePanel, SituationMap } from "./situation-map";
import { SoundBox } from "./sounds";

customElements.define("area-editor", AreaEditor);
customElements.define("beside-panel", BesidePanel);
customElements.define("break-glass-opening", BreakGlassOpening);
customElements.define("break-glass-preparation", BreakGlassPreparation);
customElements.define("compose-form", ComposeForm);
customElements.define("connection-mark", ConnectionMark);
customElements.define("key-confirmation", KeyConfirmation);
customElements.define("key-enrolment", KeyEnrolment);
customElements.define("key-hint", KeyHint);
customElements.define("live-part", LivePart);
customElements.define("passkey-enrolment", PasskeyEnrolment);
customElements.define("release-form", ReleaseForm);
customElements.define("server-clock", ServerClock);
customElements.define("signal-preview", SignalPreview);
customElements.define("signing-way", SigningWay);
customElements.define("situation-map", SituationMap);
customElements.define("sound-box", SoundBox);

// Single keys open pages to read; nothing is ever sent by one.
const pages: Record<string, string> = { b: "/console/", n: "/console/warnings/new", s: "/console/sirens", w: "/console/warnings", "?": "/console/help" };

addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, canvas, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in pages)) return;
  if (document.documentElement.hasAttribute("data-keys")) location.assign(pages[event.key]);
});
