// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import type { MapLibre } from "./map";
import type { Drawing, Position } from "./drawing";
import { askJSON } from "./api";
import { number, word } from "./words";

interface Point {
  lat: number;
  lon: number;
}

/** The area as the API has it; the hidden form field holds it as JSON. */
interface Area {
  name: string;
  ars?: string[];
  circles?: { center: Point; radius: number }[];
  polygons?: Point[][];
}

interface Hit {
  kind: string;
  name: string;
  within?: string;
  population?: number;
  own: boolean;
  area: Area;
}

interface Check {
  outline?: { type: string; coordinates: unknown };
  reach: { places: { position: Point }[] };
}

/**
 * Three ways to one area: by name, by typed coordinates, by drawing. All of them
 * change the hidden field "area" and nothing else; the map and the chips show it.
 */
export class AreaEditor extends HTMLElement {
  private map?: MapLibre;
  private library?: typeof import("./map");
  private drawing?: Drawing;
  private area: Area = { name: "" };
  private names: Record<string, string> = {};
  private searching?: AbortController;
  private checking?: AbortController;

  private get field(): HTMLInputElement {
    return this.querySelector("input[name=area]") as HTMLInputElement;
  }

  private get nameField(): HTMLInputElement {
    return this.querySelector("input[name='area.name']") as HTMLInputElement;
  }

  connectedCallback(): void {
    this.names = JSON.parse(this.dataset.names ?? "{}");
    this.read();
    this.bindSearch();
    this.bindTyping();
    this.field.addEventListener("restored", () => this.read());
    this.nameField.addEventListener("input", () => {
      this.area.name = this.nameField.value;
      this.field.value = JSON.stringify(this.area);
      this.nameField.dataset.typed = this.nameField.value ? "yes" : "";
    });
    void this.openMap();
  }

  private read(): void {
    this.area = JSON.parse(this.field.value || '{"name":""}');
    this.nameField.value = this.area.name;
    this.show();
  }

  /** Takes a changed area over into the form. */
  private write(): void {
    if (!this.nameField.dataset.typed) {
      this.area.name = this.suggestedName();
      this.nameField.value = this.area.name;
    }
    this.field.value = JSON.stringify(this.area);
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.show();
  }

  private suggestedName(): string {
    const named = (this.area.ars ?? []).map((key) => this.names[key]).filter(Boolean);
    const circles = (this.area.circles ?? []).map((circle) => this.names[circleKey(circle)]).filter(Boolean);
    return [...named, ...circles].join(", ");
  }

  private announce(text: string): void {
    (this.querySelector("[data-announce]") as HTMLElement).textContent = text;
  }

  // By name.

  private bindSearch(): void {
    const input = this.querySelector("[data-search]") as HTMLInputElement;
    const list = this.querySelector("[data-hits]") as HTMLElement;
    let timer = 0;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void this.search(input.value.trim(), list), 200);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") (list.querySelector("button") as HTMLElement | null)?.focus();
      else if (event.key === "Enter") list.querySelector("button")?.click();
      else return;
      event.preventDefault();
    });
    list.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (!step) return;
      const buttons = [...list.querySelectorAll("button")];
      const next = buttons[buttons.indexOf(document.activeElement as HTMLButtonElement) + step];
      (next ?? input).focus();
      event.preventDefault();
    });
  }

  private async search(query: string, list: HTMLElement): Promise<void> {
    this.searching?.abort();
    this.searching = new AbortController();
    list.replaceChildren();
    if (query.length < 2) return;
    try {
      const hits = await askJSON<Hit[]>("GET", "/api/v1/areas?q=" + encodeURIComponent(query), undefined, this.searching.signal);
      for (const hit of hits) list.append(this.hitItem(hit, list));
      this.announce(hits.length ? word("search.hits", { count: hits.length }) : word("search.none"));
    } catch (error) {
      if (!(error instanceof DOMException)) this.announce(word("unreachable"));
    }
  }

  private hitItem(hit: Hit, list: HTMLElement): HTMLElement {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    const label = document.createElement("strong");
    label.textContent = hit.name;
    const about = [word("kind." + hit.kind), hit.within, hit.population ? word("people", { count: number(hit.population) }) : ""];
    button.append(label, " " + about.filter(Boolean).join(" · "));
    if (!hit.own) button.append(" · " + word("search.foreign"));
    button.addEventListener("click", () => {
      this.add(hit);
      const input = this.querySelector("[data-search]") as HTMLInputElement;
      input.value = "";
      list.replaceChildren();
      input.focus();
    });
    item.append(button);
    return item;
  }

  private add(hit: Hit): void {
    for (const key of hit.area.ars ?? []) {
      this.names[key] = hit.name;
      if (!this.area.ars?.includes(key)) (this.area.ars ??= []).push(key);
    }
    for (const circle of hit.area.circles ?? []) {
      const typed = this.querySelector("[data-radius]") as HTMLInputElement;
      const radius = parseNumber(typed.value);
      const added = radius > 0 ? { ...circle, radius: radius * 1000 } : circle;
      this.names[circleKey(added)] = hit.name;
      (this.area.circles ??= []).push(added);
    }
    this.write();
    this.announce(word("area.added", { name: hit.name }));
  }

  // By coordinates.

  private bindTyping(): void {
    const value = (name: string) => (this.querySelector("[data-" + name + "]") as HTMLInputElement).value;
    this.querySelector("[data-add-circle]")?.addEventListener("click", () => {
      const center = parsePosition(value("center"));
      const radius = parseNumber(value("radius"));
      if (!center) return this.announce(word("area.bad-position"));
      if (!(radius > 0)) return this.announce(word("area.bad-radius"));
      (this.area.circles ??= []).push({ center, radius: radius * 1000 });
      this.write();
      this.announce(word("area.added", { name: word("area.circle", circleWords({ center, radius: radius * 1000 })) }));
    });
    this.querySelector("[data-add-ring]")?.addEventListener("click", () => {
      const lines = value("ring").split("\n").filter((line) => line.trim());
      const points = lines.map(parsePosition);
      const bad = points.findIndex((point) => !point);
      if (bad >= 0) return this.announce(word("area.bad-line", { line: bad + 1 }));
      if (points.length < 3) return this.announce(word("draw.too-few"));
      this.addRing(points as Point[]);
    });
  }

  private addRing(points: Point[]): void {
    const [first, last] = [points[0], points[points.length - 1]];
    if (first.lat !== last.lat || first.lon !== last.lon) points = [...points, first];
    (this.area.polygons ??= []).push(points);
    this.write();
  }

  // By drawing.

  private async openMap(): Promise<void> {
    const holder = this.querySelector("[data-map]") as HTMLElement;
    try {
      this.library = await import("./map");
      this.map = await this.library.openMap({
        container: holder,
        bounds: this.library.boundsOf(this),
        label: this.dataset.label ?? "",
      });
    } catch {
      this.classList.add("without-map");
      return;
    }
    this.library.addAreas(this.map, "areas");
    this.library.addPlaceNames(this.map);
    const { Drawing } = await import("./drawing");
    const button = (name: string) => this.querySelector("[data-" + name + "]") as HTMLButtonElement;
    this.drawing = new Drawing({
      map: this.map,
      announce: (text) => this.announce(text),
      finished: (ring: Position[]) => {
        this.classList.remove("drawing");
        this.addRing(ring.map(([lon, lat]) => ({ lat, lon })));
      },
      changed: (points) => {
        this.dataset.points = String(points);
        button("draw-undo").disabled = points === 0;
        button("draw-finish").disabled = points < 3;
      },
    });
    button("draw-start").addEventListener("click", () => {
      this.classList.add("drawing");
      this.drawing?.start();
    });
    button("draw-point").addEventListener("click", () => this.drawing?.addCenter());
    button("draw-undo").addEventListener("click", () => this.drawing?.removeLast());
    button("draw-finish").addEventListener("click", () => this.drawing?.finish());
    button("draw-cancel").addEventListener("click", () => {
      this.drawing?.cancel();
      this.classList.remove("drawing");
      button("draw-start").focus();
    });
    this.map.once("idle", () => this.setAttribute("data-ready", ""));
    this.map.on("movestart", () => this.removeAttribute("data-resting"));
    this.map.on("moveend", () => this.setAttribute("data-resting", ""));
    void this.showOnMap(true);
  }

  // What is chosen.

  private show(): void {
    const chips = this.querySelector("[data-chips]") as HTMLElement;
    chips.replaceChildren(
      ...(this.area.ars ?? []).map((key, i) => this.chip(this.names[key] ?? key, () => this.area.ars?.splice(i, 1))),
      ...(this.area.circles ?? []).map((circle, i) => {
        const text = word("area.circle", circleWords(circle));
        const name = this.names[circleKey(circle)];
        return this.chip(name ? name + ": " + text : text, () => this.area.circles?.splice(i, 1));
      }),
      ...(this.area.polygons ?? []).map((ring, i) =>
        this.chip(word("area.ring", { count: ring.length - 1 }), () => this.area.polygons?.splice(i, 1)),
      ),
    );
    void this.showOnMap(true);
  }

  private chip(text: string, remove: () => void): HTMLElement {
    const item = document.createElement("li");
    item.className = "chip";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "×";
    button.setAttribute("aria-label", word("area.remove", { name: text }));
    button.addEventListener("click", () => {
      remove();
      this.write();
      this.announce(word("area.removed", { name: text }));
      (this.querySelector("[data-search]") as HTMLElement).focus();
    });
    item.append(text, " ", button);
    return item;
  }

  private async showOnMap(fit: boolean): Promise<void> {
    if (!this.map || !this.library) return;
    this.checking?.abort();
    const empty = !this.area.ars?.length && !this.area.circles?.length && !this.area.polygons?.length;
    if (empty) return this.library.setFeatures(this.map, "areas", []);
    this.checking = new AbortController();
    try {
      const { outline, reach } = await askJSON<Check>("POST", "/api/v1/areas/check", this.area, this.checking.signal);
      const properties = { level: Number(document.querySelector<HTMLInputElement>("input[name=level]:checked")?.value || 2) };
      // A region whose outline is not known shows by its places.
      const places = reach.places.map(({ position }) => ({ type: "Point", coordinates: [position.lon, position.lat] }));
      const features = (outline ? [outline] : places).map((geometry) => ({ type: "Feature", properties, geometry }));
      this.library.setFeatures(this.map, "areas", features);
      if (fit) this.library.fit(this.map, features);
    } catch {
      // Superseded, or no answer: the effect column says so in words.
    }
  }
}

function circleKey(circle: { center: Point; radius: number }): string {
  return circle.center.lat + " " + circle.center.lon;
}

function circleWords(circle: { center: Point; radius: number }): Record<string, string> {
  return { lat: number(circle.center.lat), lon: number(circle.center.lon), radius: number(circle.radius / 1000) };
}

/** Reads a number with a comma or a point; NaN for anything else. */
function parseNumber(text: string): number {
  return text.trim() === "" ? NaN : Number(text.trim().replace(",", "."));
}

/** Reads "52.40, 13.06", "52,40 13,06" or "52,40; 13,06": latitude, then longitude. */
export function parsePosition(text: string): Point | undefined {
  const numbers = text.match(/-?\d+(?:[.,]\d+)?/g);
  if (numbers?.length !== 2) return undefined;
  const [lat, lon] = numbers.map(parseNumber);
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : undefined;
}
