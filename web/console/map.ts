// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The map itself: outlines and places from the node, no tiles, no glyphs, no
// foreign origin. This module is loaded only where a map is shown.

import { type GeoJSONSource, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import workerURL from "../vendor/maplibre-gl/maplibre-gl.worker.mjs";
import { word } from "./words";

setWorkerUrl(workerURL);

export type { MapLibre };

/** What a map needs to know to open. */
export interface MapOptions {
  container: HTMLElement;
  /** West, south, east, north: what the map shows at first. */
  bounds: [number, number, number, number];
  label: string;
}

/** The worker that reads the data has no page to be relative to. */
function absolute(path: string): string {
  return new URL(path, location.href).href;
}

/** The box that an element's data-bounds gives: "west,south,east,north". */
export function boundsOf(element: HTMLElement): MapOptions["bounds"] {
  return (element.dataset.bounds ?? "").split(",").map(Number) as MapOptions["bounds"];
}

/** A colour of the style sheet as the map reads it. */
export function colour(name: string): string {
  // The tokens are in OKLCH, which MapLibre does not read; a canvas does.
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
  context.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
  return "rgba(" + r + "," + g + "," + b + "," + a / 255 + ")";
}

/**
 * Opens a map. Throws where the browser has no WebGL: the caller then says so,
 * and everything the map shows stays in the lists.
 */
export async function openMap(options: MapOptions): Promise<MapLibre> {
  const map = new MapLibre({
    container: options.container,
    bounds: options.bounds,
    fitBoundsOptions: { padding: 16 },
    minZoom: 4,
    maxZoom: 15,
    attributionControl: { compact: true },
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    locale: {
      "NavigationControl.ZoomIn": word("map.zoom-in"),
      "NavigationControl.ZoomOut": word("map.zoom-out"),
      "AttributionControl.ToggleAttribution": word("map.attribution"),
      "Map.Title": options.label,
    },
    style: {
      version: 8,
      sources: {
        background: { type: "geojson", data: absolute("/api/v1/map/background.geojson") },
        regions: { type: "geojson", data: absolute("/api/v1/map/regions.geojson"), attribution: word("map.sources") },
        places: { type: "geojson", data: absolute("/api/v1/map/places.geojson") },
      },
      layers: [
        { id: "background", type: "background", paint: { "background-color": colour("--map-outside") } },
        { id: "abroad", type: "fill", source: "background", paint: { "fill-color": colour("--map-land") } },
        {
          id: "regions",
          type: "fill",
          source: "regions",
          filter: ["==", ["get", "kind"], "land"],
          paint: { "fill-color": ["case", ["get", "own"], colour("--map-own"), colour("--map-land")] },
        },
        {
          id: "inner",
          type: "line",
          source: "regions",
          filter: ["!=", ["get", "kind"], "land"],
          paint: { "line-color": colour("--map-line"), "line-width": ["match", ["get", "kind"], "kreis", 1, 0.5] },
        },
        {
          id: "borders",
          type: "line",
          source: "regions",
          filter: ["==", ["get", "kind"], "land"],
          paint: { "line-color": colour("--map-border"), "line-width": ["case", ["get", "own"], 2, 1] },
        },
      ],
    },
  });
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  await new Promise<void>((resolve) => map.once("load", () => resolve()));
  // The sources stay one click away; opened, they would cover a small map.
  options.container.querySelector(".maplibregl-ctrl-attrib")?.classList.remove("maplibregl-compact-show");
  return map;
}

/** The names of places above everything else; call it last. */
export function addPlaceNames(map: MapLibre): void {
  map.addLayer({
    id: "places",
    type: "symbol",
    source: "places",
    layout: {
      "text-field": ["get", "name"],
      "text-font": ["Fira Sans", "sans-serif"],
      "text-size": ["interpolate", ["linear"], ["get", "population"], 1000, 11, 100000, 15],
      "symbol-sort-key": ["-", ["get", "population"]],
      "text-padding": 12,
      "text-anchor": "top",
      "text-offset": [0, 0.5],
    },
    paint: { "text-color": colour("--map-text"), "text-halo-color": colour("--map-own"), "text-halo-width": 1.5 },
  });
}

const hatchSize = 16;

/**
 * Makes the hatching of a level: the lines' direction and distance differ, so
 * that the level is seen without its colour.
 */
function hatch(level: number): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = hatchSize;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.strokeStyle = colour("--level-" + level);
  context.lineWidth = level === 1 ? 4 : 2.5;
  context.beginPath();
  for (const shift of [-hatchSize, 0, hatchSize]) {
    if (level !== 3) {
      context.moveTo(shift, hatchSize);
      context.lineTo(shift + hatchSize, 0);
    }
    if (level === 1 || level === 3) {
      context.moveTo(shift, 0);
      context.lineTo(shift + hatchSize, hatchSize);
    }
  }
  context.stroke();
  return context.getImageData(0, 0, hatchSize, hatchSize);
}

/** Adds a source of areas (features with the property level) and the layers that show them: hatched outlines. */
export function addAreas(map: MapLibre, id: string): void {
  for (const level of [1, 2, 3]) map.addImage(id + "-hatch-" + level, hatch(level));
  map.addSource(id, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({
    id: id + "-fill",
    type: "fill",
    source: id,
    paint: { "fill-pattern": ["concat", id + "-hatch-", ["to-string", ["get", "level"]]] },
  });
  map.addLayer({
    id: id + "-line",
    type: "line",
    source: id,
    paint: {
      "line-color": ["match", ["get", "level"], 1, colour("--level-1"), 2, colour("--level-2"), colour("--level-3")],
      "line-width": 3,
    },
  });
  // Where no outline is known, rings mark the places of the area.
  map.addLayer({
    id: id + "-places",
    type: "circle",
    source: id,
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": 12,
      "circle-opacity": 0,
      "circle-stroke-width": 4,
      "circle-stroke-color": ["match", ["get", "level"], 1, colour("--level-1"), 2, colour("--level-2"), colour("--level-3")],
    },
  });
}

/** Sets the data of a source that addAreas or addPoints made. */
export function setFeatures(map: MapLibre, id: string, features: object[]): void {
  const source = map.getSource(id) as GeoJSONSource | undefined;
  source?.setData({ type: "FeatureCollection", features } as GeoJSON.FeatureCollection);
}

/** Moves the view so that the features are in sight. */
export function fit(map: MapLibre, features: { geometry: { coordinates: unknown } }[]): void {
  let [west, south, east, north] = [180, 90, -180, -90];
  const visit = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] !== "number") return value.forEach(visit);
    const [lon, lat] = value as [number, number];
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  };
  for (const feature of features) visit(feature.geometry.coordinates);
  if (west > east) return;
  map.fitBounds([west, south, east, north], { padding: 40, maxZoom: 12, animate: false });
}
