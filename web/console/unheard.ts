// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Where nobody hears a siren, and where loudspeaker vehicles go: layers of the
// situation's map.

import { colour, type MapLibre } from "./map";

const hatchSize = 10;

/** Level lines: no level of a warning is hatched so. */
function hatch(): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = hatchSize;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.strokeStyle = colour("--map-text");
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(0, hatchSize / 2);
  context.lineTo(hatchSize, hatchSize / 2);
  context.stroke();
  return context.getImageData(0, 0, hatchSize, hatchSize);
}

const empty = { type: "FeatureCollection", features: [] } as const;

/** Adds the source "unheard" and its layers. */
export function addUnheard(map: MapLibre): void {
  map.addImage("unheard-hatch", hatch());
  map.addSource("unheard", { type: "geojson", data: { ...empty, features: [] } });
  map.addLayer({ id: "unheard-fill", type: "fill", source: "unheard", paint: { "fill-pattern": "unheard-hatch", "fill-opacity": 0.8, "fill-antialias": false } });
  map.addLayer({ id: "unheard-line", type: "line", source: "unheard", paint: { "line-color": colour("--map-text"), "line-width": 0.5, "line-opacity": ["interpolate", ["linear"], ["zoom"], 9, 0.8, 12, 0] } });
}

// The ways of vehicles differ in their dashes, in widths of the line.
const dashes = [[1, 0], [4, 2], [1, 1.5], [5, 1.5, 1, 1.5]];

/** Adds the source "rounds" and its layers: a line for each vehicle, a number for each stop. */
export function addRounds(map: MapLibre): void {
  map.addSource("rounds", { type: "geojson", data: { ...empty, features: [] } });
  dashes.forEach((dash, i) =>
    map.addLayer({
      id: "rounds-way-" + i,
      type: "line",
      source: "rounds",
      filter: ["all", ["==", ["geometry-type"], "LineString"], ["==", ["%", ["-", ["get", "vehicle"], 1], dashes.length], i]],
      paint: { "line-color": colour("--map-drawing"), "line-width": 3, "line-dasharray": dash },
    }),
  );
  map.addLayer({
    id: "rounds-stops",
    type: "circle",
    source: "rounds",
    filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-radius": 4, "circle-color": colour("--map-own"), "circle-stroke-color": colour("--map-drawing"), "circle-stroke-width": 2 },
  });
  map.addLayer({
    id: "rounds-numbers",
    type: "symbol",
    source: "rounds",
    filter: ["==", ["geometry-type"], "Point"],
    layout: { "text-field": ["get", "label"], "text-font": ["Fira Sans", "sans-serif"], "text-size": 12, "text-anchor": "bottom", "text-offset": [0, -0.4] },
    paint: { "text-color": colour("--map-text"), "text-halo-color": colour("--map-own"), "text-halo-width": 2 },
  });
}
