// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import type { FilterSpecification } from "maplibre-gl";
import type { MapLibre } from "./map";
import { askJSON } from "./api";

interface Mark {
  type: "Feature";
  properties: { kind: "site" | "gap"; number: number; row: string; people: number };
  geometry: { type: "Point"; coordinates: [number, number] };
}

/** A disc for a number, twice as large as it is shown. */
function disc(fill: string, rim: string, width: number): ImageData {
  const size = 52;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.arc(size / 2, size / 2, size / 2 - width / 2 - 1, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.strokeStyle = rim;
  context.lineWidth = width;
  context.fill();
  context.stroke();
  return context.getImageData(0, 0, size, size);
}

/** How near the map comes to a place of the list. */
const near = 13;

/**
 * How loud it is where people live: <plan-map data-bounds data-tiles data-marks
 * data-sirens> with the choice between now and afterwards inside. Buttons with
 * data-lon and data-lat anywhere on the page lead the map to their place, and a
 * click on a mark leads to its row.
 */
export class PlanMap extends HTMLElement {
  private map?: MapLibre;

  connectedCallback(): void {
    void this.open();
  }

  disconnectedCallback(): void {
    this.map?.remove();
  }

  private async open(): Promise<void> {
    const canvas = document.createElement("div");
    canvas.className = "map-canvas";
    this.prepend(canvas);
    let library: typeof import("./map");
    try {
      library = await import("./map");
      this.map = await library.openMap({ container: canvas, bounds: library.boundsOf(this), label: this.dataset.label ?? "" });
    } catch {
      canvas.remove();
      this.classList.add("without-map");
      // What would lead the map somewhere is a number only.
      for (const button of document.querySelectorAll(".fly")) button.replaceWith(button.textContent ?? "");
      return;
    }
    const map = this.map;
    this.addLevels(map);
    for (const choice of this.querySelectorAll<HTMLInputElement>("input[type=radio]")) {
      choice.addEventListener("change", () => this.showLayer(map));
    }
    await this.addMarks(map, library);
    library.addPlaceNames(map);
    document.addEventListener("click", this.follow);
    map.once("idle", () => this.setAttribute("data-ready", ""));
  }

  /** The levels lie under the boundaries. */
  private addLevels(map: MapLibre): void {
    const dark = getComputedStyle(document.documentElement).getPropertyValue("--map-dim").trim();
    const tiles = new URL(this.dataset.tiles ?? "", location.href).href + "/{z}/{x}/{y}.png";
    for (const [id, query] of this.layers()) {
      map.addSource(id, { type: "raster", tiles: [tiles + query], tileSize: 256, minzoom: 4, maxzoom: 15 });
      map.addLayer(
        { id, type: "raster", source: id, paint: { "raster-resampling": "nearest", "raster-fade-duration": 0, "raster-brightness-max": Number(dark) || 1 } },
        "inner",
      );
    }
    this.showLayer(map);
  }

  private layers(): [string, string][] {
    const builds = this.querySelector("input[value=after]");
    return builds
      ? [
          ["now", ""],
          ["after", "?after=1"],
        ]
      : [["now", ""]];
  }

  private showLayer(map: MapLibre): void {
    const chosen = this.querySelector<HTMLInputElement>("input:checked")?.value ?? "now";
    for (const [id] of this.layers()) map.setLayoutProperty(id, "visibility", id === chosen ? "visible" : "none");
    if (map.getLayer("sites")) map.setLayoutProperty("sites", "visibility", chosen === "after" ? "visible" : "none");
  }

  private async addMarks(map: MapLibre, library: typeof import("./map")): Promise<void> {
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const collection: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
    if (this.dataset.sirens) {
      map.addSource("standing", { type: "geojson", data: new URL(this.dataset.sirens, location.href).href });
      map.addLayer({
        id: "standing",
        type: "circle",
        source: "standing",
        paint: {
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 6, 1.5, 12, 5],
          "circle-color": "#1a1a1a",
          "circle-stroke-color": "#fff",
          "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 6, 0.5, 12, 2],
        },
      });
    }
    map.addSource("marks", { type: "geojson", data: collection });
    map.addSource("found", { type: "geojson", data: collection });
    map.addImage("mark-site", disc("#05356b", "#fff", 4), { pixelRatio: 2 });
    map.addImage("mark-gap", disc("#fff", "#9a1f5e", 6), { pixelRatio: 2 });
    const answer = await askJSON<{ features: Mark[] }>("GET", this.dataset.marks ?? "").catch(() => undefined);
    const marks = answer?.features ?? [];
    // Hundreds of sites are dots from afar, and have their numbers from near.
    const many = marks.filter((mark) => mark.properties.kind === "site").length > 100;
    for (const [id, kind, ink, small, numbered] of [
      ["gaps", "gap", "#6d1142", 0.5, 8],
      ["sites", "site", "#fff", many ? 0.16 : 0.5, many ? 11 : 8],
    ] as const) {
      const ofKind: FilterSpecification = ["==", ["get", "kind"], kind];
      map.addLayer({
        id,
        type: "symbol",
        source: "marks",
        // Of the gaps at first those with most people; nearer all of them.
        filter: id === "sites" ? ofKind : ["all", ofKind, ["<=", ["get", "number"], ["step", ["zoom"], 10, 9, 25, 11, 200]]],
        layout: {
          "icon-image": "mark-" + kind,
          "icon-size": ["interpolate", ["linear"], ["zoom"], 8, small, 12, 1],
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
          "text-field": ["step", ["zoom"], "", numbered, ["to-string", ["get", "number"]]],
          "text-font": ["Fira Sans", "sans-serif"],
          "text-size": ["interpolate", ["linear"], ["zoom"], 8, 7, 12, 13],
          "text-allow-overlap": true,
          "text-ignore-placement": true,
          // The first lie on top.
          "symbol-sort-key": ["-", 0, ["get", "number"]],
        },
        paint: { "text-color": ink },
      });
    }
    map.addLayer({
      id: "found",
      type: "circle",
      source: "found",
      paint: { "circle-radius": 20, "circle-opacity": 0, "circle-stroke-width": 4, "circle-stroke-color": colour("--map-drawing") },
    });
    this.showLayer(map);
    library.setFeatures(map, "marks", marks);
    map.on("click", (event) => {
      const [hit] = map.queryRenderedFeatures(event.point, { layers: ["sites", "gaps"] });
      if (hit) this.openRow(hit.properties as Mark["properties"]);
    });
    for (const layer of ["sites", "gaps"]) {
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    }
  }

  /** Leads from a mark to its row in the list, which says what the mark does. */
  private openRow(mark: Mark["properties"]): void {
    const button = document.getElementById(mark.row)?.querySelector<HTMLButtonElement>(".fly");
    button?.focus({ preventScroll: true });
    button?.scrollIntoView({ block: "nearest" });
    if (button) this.ring(button);
  }

  private follow = (event: Event): void => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button.fly") : null;
    if (!button || !this.map) return;
    const center = this.ring(button);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.flyTo({ center, zoom: Math.max(this.map.getZoom(), near), animate: !calm, duration: 800 });
    // On a telephone the map is above the list.
    const box = this.getBoundingClientRect();
    if (box.bottom < 80 || box.top > innerHeight - 80) this.scrollIntoView({ block: "start" });
  };

  /** Rings the place of a row and says so. */
  private ring(button: HTMLButtonElement): [number, number] {
    const center: [number, number] = [Number(button.dataset.lon), Number(button.dataset.lat)];
    void import("./map").then((library) => {
      if (this.map) library.setFeatures(this.map, "found", [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: center } }]);
    });
    for (const row of document.querySelectorAll("tr.is-shown")) row.classList.remove("is-shown");
    const row = button.closest("tr");
    row?.classList.add("is-shown");
    const said = this.querySelector(".map-said");
    if (said) said.textContent = (button.dataset.name ?? "") + ": " + (row?.querySelector("th")?.innerText.replace(/\s+/g, " ") ?? "");
    return center;
  }
}
