// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The operators' pages: custom elements without shadow trees over HTML that the
// server has written. Each works on what it finds inside itself.

import { AreaEditor } from "./area-editor";
import { ConnectionMark, ServerClock } from "./clock";
import { BreakGlassOpening, BreakGlassPreparation } from "./break-glass";
import { ComposeForm } from "./compose";
import { FileImport } from "./file-import";
import { KeyConfirmation, KeyEnrolment, KeyHint, PasskeyEnrolment } from "./key-enrolment";
import { LivePart } from "./live-part";
import { PlanMap } from "./plan-map";
import { ReachNumbers } from "./reach-numbers";
import { ReleaseForm } from "./release";
import { SignalPreview } from "./signal-preview";
import { SigningWay } from "./signing";
import { BesidePanel, SituationMap } from "./situation-map";
import { SortableTable } from "./sortable-table";
import { SoundBox } from "./sounds";
import { StudyProgress } from "./study-progress";

customElements.define("area-editor", AreaEditor);
customElements.define("beside-panel", BesidePanel);
customElements.define("break-glass-opening", BreakGlassOpening);
customElements.define("break-glass-preparation", BreakGlassPreparation);
customElements.define("compose-form", ComposeForm);
customElements.define("connection-mark", ConnectionMark);
customElements.define("file-import", FileImport);
customElements.define("key-confirmation", KeyConfirmation);
customElements.define("key-enrolment", KeyEnrolment);
customElements.define("key-hint", KeyHint);
customElements.define("live-part", LivePart);
customElements.define("passkey-enrolment", PasskeyEnrolment);
customElements.define("plan-map", PlanMap);
customElements.define("reach-numbers", ReachNumbers);
customElements.define("release-form", ReleaseForm);
customElements.define("server-clock", ServerClock);
customElements.define("signal-preview", SignalPreview);
customElements.define("signing-way", SigningWay);
customElements.define("situation-map", SituationMap);
customElements.define("sortable-table", SortableTable);
customElements.define("sound-box", SoundBox);
customElements.define("study-progress", StudyProgress);

// Single keys open pages to read; nothing is ever sent by one.
const pages: Record<string, string> = { b: "/console/", n: "/console/warnings/new", p: "/console/plan", s: "/console/sirens", w: "/console/warnings", "?": "/console/help" };

addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, canvas, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in pages)) return;
  if (document.documentElement.hasAttribute("data-keys")) location.assign(pages[event.key]);
});
