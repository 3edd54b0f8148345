// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import type { MapLibre } from "./map";
import { askJSON } from "./api";
import { listen } from "./stream";
import { word } from "./words";

interface SirenRow {
  id: string;
  name: string;
  position: { lat: number; lon: number };
  state: { condition: string };
}

interface AreaFeature {
  type: "Feature";
  properties: { level: number; href?: string };
  geometry: { type: string; coordinates: unknown };
}

/**
 * The situation on a map: <situation-map data-bounds
 * data-sirens="/api/v1/sirens" data-areas="/console/map/areas.json" data-fit>.
 * With data-reload the sirens are read anew at each event: the server marks them.
 * data-unheard gives where nobody hears one, data-rounds the ways of loudspeaker
 * vehicles. A click opens what lies there in the element that data-beside names.
 */
export class SituationMap extends HTMLElement {
  private map?: MapLibre;
  private library?: typeof import("./map");
  private sirens = new Map<string, SirenRow>();
  private dirty = false;
  private unheardDirty = false;
  /** What the map shows at first, where data-fit asks for it. */
  private inSight: AreaFeature[] = [];
  private stops: (() => void)[] = [];

  connectedCallback(): void {
    void this.open();
  }

  disconnectedCallback(): void {
    for (const stop of this.stops) stop();
    this.map?.remove();
  }

  private async open(): Promise<void> {
    const canvas = document.createElement("div");
    canvas.className = "map-canvas";
    this.append(canvas);
    let library: typeof import("./map");
    try {
      library = this.library = await import("./map");
      this.map = await library.openMap({
        container: canvas,
        bounds: library.boundsOf(this),
        label: this.dataset.label ?? "",
      });
    } catch {
      canvas.remove();
      this.classList.add("without-map");
      return;
    }
    const map = this.map;
    library.addAreas(map, "areas");
    const unheard = this.dataset.unheard || this.dataset.rounds ? await import("./unheard") : undefined;
    if (this.dataset.unheard) unheard?.addUnheard(map);
    await this.addSirens(map);
    if (this.dataset.rounds) unheard?.addRounds(map);
    library.addPlaceNames(map);
    await Promise.all([this.loadAreas(), this.loadUnheard(), this.show("rounds", this.dataset.rounds)]);
    if (this.hasAttribute("data-fit")) library.fit(map, this.inSight);
    this.stops.push(
      listen("siren", (data) => this.take(data)),
      listen("warning", () => void this.loadAreas()),
      listen("reach", () => this.unheardSoon()),
    );
    map.once("idle", () => this.setAttribute("data-ready", ""));
  }

  private async loadAreas(): Promise<void> {
    this.inSight = this.inSight.concat((await this.show("areas", this.dataset.areas)) ?? []);
  }

  /** Shows what an address gives; gives it, too. */
  private async show(source: string, address?: string): Promise<AreaFeature[] | undefined> {
    if (!address || !this.map) return;
    const answer = await askJSON<{ features: AreaFeature[] }>("GET", address).catch(() => undefined);
    if (answer && this.map) this.library?.setFeatures(this.map, source, answer.features);
    return answer?.features;
  }

  private async loadUnheard(): Promise<void> {
    const features = await this.show("unheard", this.dataset.unheard);
    if (!features) return;
    const first = features.length > 0 && this.getAttribute("data-unheard-shown") === "0";
    this.inSight = this.inSight.concat(features);
    // A warning that was just released has its first places only now.
    if (first && this.map && this.hasAttribute("data-fit")) this.library?.fit(this.map, this.inSight);
    this.setAttribute("data-unheard-shown", String(features.length));
  }

  private unheardSoon(): void {
    if (this.unheardDirty || !this.dataset.unheard) return;
    this.unheardDirty = true;
    setTimeout(() => {
      this.unheardDirty = false;
      void this.loadUnheard();
    }, 500);
  }

  private async addSirens(map: MapLibre): Promise<void> {
    const { addMarks, conditions } = await import("./marks");
    addMarks(map);
    map.addSource("sirens", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    map.addLayer({
      id: "sirens",
      type: "symbol",
      source: "sirens",
      layout: {
        "icon-image": ["concat", "siren-", ["get", "condition"]],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 5, 0.5, 8, 0.8, 11, 1],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["index-of", ["get", "condition"], ["literal", conditions]],
      },
    });
    map.on("click", (event) => {
      // Sirens lie on top of areas, and so they go first.
      const [hit] = map.queryRenderedFeatures(event.point, { layers: ["sirens", "areas-places", "areas-fill"] });
      if (hit?.layer.id === "sirens") this.openBeside("/console/sirens/" + encodeURIComponent(hit.properties.id));
      else if (hit?.properties.warning) this.openBeside("/console/warnings/" + encodeURIComponent(hit.properties.warning));
    });
    for (const layer of ["sirens", "areas-places", "areas-fill"]) {
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    }
    await this.loadSirens();
  }

  private async loadSirens(): Promise<void> {
    if (!this.dataset.sirens) return;
    const page = await askJSON<{ sirens: SirenRow[] }>("GET", this.dataset.sirens).catch(() => undefined);
    for (const siren of page?.sirens ?? []) this.sirens.set(siren.id, siren);
    this.showSirens();
  }

  /** Takes changed states from the stream; without data everything is read anew. */
  private take(data?: string): void {
    if (data === undefined || this.hasAttribute("data-reload")) {
      this.unheardSoon();
      return this.reloadSoon();
    }
    const { states } = JSON.parse(data) as { states?: { siren: string; condition: string }[] };
    for (const state of states ?? []) {
      const siren = this.sirens.get(state.siren);
      if (siren) siren.state = state;
    }
    if (this.dirty) return;
    this.dirty = true;
    setTimeout(() => {
      this.dirty = false;
      this.showSirens();
    }, 300);
  }

  private reloadSoon(): void {
    if (this.dirty) return;
    this.dirty = true;
    setTimeout(() => {
      this.dirty = false;
      void this.loadSirens();
    }, 500);
  }

  private showSirens(): void {
    const features = [...this.sirens.values()].map((siren) => ({
      type: "Feature",
      properties: { id: siren.id, condition: siren.state.condition || "unknown" },
      geometry: { type: "Point", coordinates: [siren.position.lon, siren.position.lat] },
    }));
    if (this.map) this.library?.setFeatures(this.map, "sirens", features);
  }

  private openBeside(path: string): void {
    const beside = document.getElementById(this.dataset.beside ?? "");
    if (beside instanceof BesidePanel) void beside.show(path);
    else location.assign(path);
  }
}

/** Holds one opened thing beside the map or the list, never over it. */
export class BesidePanel extends HTMLElement {
  async show(path: string): Promise<void> {
    let html: string;
    try {
      const response = await fetch(path + "?part=beside");
      if (!response.ok) throw new Error();
      html = await response.text();
    } catch {
      html = "";
    }
    this.innerHTML = html;
    if (!html) this.textContent = word("unreachable");
    this.hidden = false;
    const heading = this.querySelector<HTMLElement>("h2");
    heading?.focus();
    this.querySelector("[data-close]")?.addEventListener("click", () => {
      this.hidden = true;
      this.replaceChildren();
    });
  }
}
