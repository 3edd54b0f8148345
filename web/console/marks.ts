// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The marks of sirens on the map: one shape for each condition, so that the
// state is seen without its colour. The lists show the same shapes from CSS.

import type { MapLibre } from "./map";

const size = 22;
const middle = size / 2;

type Draw = (c: CanvasRenderingContext2D) => void;

const dot: Draw = (c) => c.arc(middle, middle, 6, 0, 2 * Math.PI);
const square: Draw = (c) => c.rect(middle - 6, middle - 6, 12, 12);
const triangle: Draw = (c) => {
  c.moveTo(middle, 2);
  c.lineTo(size - 2, size - 3);
  c.lineTo(2, size - 3);
  c.closePath();
};
const diamond: Draw = (c) => {
  c.moveTo(middle, 2);
  c.lineTo(size - 2, middle);
  c.lineTo(middle, size - 2);
  c.lineTo(2, middle);
  c.closePath();
};
const cross: Draw = (c) => {
  c.moveTo(5, 5);
  c.lineTo(size - 5, size - 5);
  c.moveTo(size - 5, 5);
  c.lineTo(5, size - 5);
};

/** shape, colour token, filled or only outlined */
const looks: Record<string, [Draw, string, boolean]> = {
  ready: [dot, "--siren-ready", true],
  triggered: [triangle, "--siren-sounding", true],
  busy: [diamond, "--siren-busy", true],
  fault: [square, "--siren-fault", true],
  sabotage: [square, "--siren-fault", false],
  off: [dot, "--siren-off", false],
  offline: [cross, "--siren-fault", false],
  unknown: [diamond, "--siren-off", false],
};

/** The names of the marks, the most important last: it is drawn on top. */
export const conditions = ["ready", "unknown", "off", "busy", "offline", "fault", "sabotage", "triggered"];

/** Adds an image "siren-CONDITION" for each condition. */
export function addMarks(map: MapLibre): void {
  const style = getComputedStyle(document.documentElement);
  for (const [condition, [draw, token, filled]] of Object.entries(looks)) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size * 2;
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.scale(2, 2);
    context.beginPath();
    draw(context);
    context.lineJoin = "round";
    context.strokeStyle = style.getPropertyValue("--map-own").trim();
    context.lineWidth = filled ? 3 : 6;
    context.stroke();
    context.fillStyle = context.strokeStyle = style.getPropertyValue(token).trim();
    context.lineWidth = 3;
    if (filled) context.fill();
    else context.stroke();
    map.addImage("siren-" + condition, context.getImageData(0, 0, size * 2, size * 2), { pixelRatio: 2 });
  }
}
