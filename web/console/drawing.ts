// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Drawing an area on the map: points are set by click, by touch, or with Enter
// under the crosshair while the arrow keys move the map; Backspace takes the last
// one back; "Done" closes the ring. One mechanism serves mouse, touch and keyboard.

import type { MapLibre } from "./map";
import { setFeatures } from "./map";
import { word } from "./words";

export type Position = [number, number];

interface Host {
  map: MapLibre;
  /** Says aloud what happened. */
  announce(text: string): void;
  /** Takes a finished ring of longitudes and latitudes, closed. */
  finished(ring: Position[]): void;
  /** The number of points changed. */
  changed(points: number): void;
}

const source = "drawing";

export class Drawing {
  private points: Position[] = [];
  private active = false;

  constructor(private readonly host: Host) {
    const { map } = host;
    map.addSource(source, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const style = getComputedStyle(document.documentElement).getPropertyValue("--map-drawing").trim();
    map.addLayer({ id: source + "-line", type: "line", source, paint: { "line-color": style, "line-width": 3, "line-dasharray": [2, 1] } });
    map.addLayer({
      id: source + "-points",
      type: "circle",
      source,
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-color": style, "circle-radius": 5 },
    });
    map.on("click", (event: { lngLat: { lng: number; lat: number } }) => {
      if (this.active) this.add([event.lngLat.lng, event.lngLat.lat]);
    });
    map.getCanvas().addEventListener("keydown", (event: KeyboardEvent) => this.key(event));
  }

  /** Begins a new ring; the map takes the focus. */
  start(): void {
    this.active = true;
    this.points = [];
    this.show();
    this.host.map.doubleClickZoom.disable();
    this.host.map.getCanvas().focus();
    this.host.announce(word("draw.started"));
  }

  /** Ends without an area. */
  cancel(): void {
    this.active = false;
    this.points = [];
    this.show();
    this.host.map.doubleClickZoom.enable();
  }

  /** Sets a point in the middle of the map. */
  addCenter(): void {
    const { lng, lat } = this.host.map.getCenter();
    this.add([lng, lat]);
  }

  /** Takes the last point back. */
  removeLast(): void {
    if (!this.points.pop()) return;
    this.show();
    this.host.announce(word("draw.removed", { count: this.points.length }));
  }

  /** Closes the ring and hands it over. */
  finish(): void {
    if (this.points.length < 3) {
      this.host.announce(word("draw.too-few"));
      return;
    }
    const ring = [...this.points, this.points[0]];
    this.cancel();
    this.host.finished(ring);
    this.host.announce(word("draw.finished"));
  }

  private key(event: KeyboardEvent): void {
    if (!this.active) return;
    if (event.key === "Enter") this.addCenter();
    else if (event.key === "Backspace") this.removeLast();
    else return;
    event.preventDefault();
  }

  private add(point: Position): void {
    // About ten centimetres: more digits say nothing.
    const rounded = point.map((value) => Math.round(value * 1e6) / 1e6) as Position;
    this.points.push(rounded);
    this.show();
    const [lon, lat] = rounded;
    this.host.announce(word("draw.added", { count: this.points.length, lat: lat.toFixed(4), lon: lon.toFixed(4) }));
  }

  private show(): void {
    const features: object[] = this.points.map((point) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point } }));
    if (this.points.length > 1) {
      const line = this.points.length > 2 ? [...this.points, this.points[0]] : this.points;
      features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } });
    }
    setFeatures(this.host.map, source, features);
    this.host.changed(this.points.length);
  }
}
