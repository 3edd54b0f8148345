// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

type Position = [longitude: number, latitude: number];

interface Feature {
  id: string;
  geometry: { coordinates: Position[][][] } | null;
  properties: { complete: boolean; area: string; headlines: Record<string, string> };
}

/** Shows the button "Where I am". The position never leaves the device: the
 * areas of all warnings come to it. */
export function offerNearMe(): void {
  const button = document.getElementById("near");
  const answer = document.getElementById("near-answer");
  if (button === null || answer === null || !("geolocation" in navigator)) return;
  button.hidden = false;
  const say = (word: string) => (answer.textContent = button.dataset[word] ?? "");
  button.addEventListener("click", () => {
    say("asking");
    navigator.geolocation.getCurrentPosition(
      async ({ coords }) => {
        try {
          const response = await fetch("/warnings.geojson");
          if (!response.ok) throw new Error(response.statusText);
          const { features } = (await response.json()) as { features: Feature[] };
          const inside = features.filter((feature) => contains(feature, [coords.longitude, coords.latitude]));
          const unknown = features.filter((feature) => !inside.includes(feature) && !feature.properties.complete);
          answer.textContent = "";
          if (inside.length > 0) answer.append(listOf(button.dataset.inside, inside, false));
          if (unknown.length > 0) answer.append(listOf(button.dataset.unknown, unknown, true));
          if (inside.length + unknown.length === 0) say("outside");
        } catch {
          say("failed");
        }
      },
      () => say("failed"),
      { maximumAge: 60_000, timeout: 20_000 },
    );
  });
}

function listOf(title: string | undefined, features: Feature[], withArea: boolean): DocumentFragment {
  const part = document.createDocumentFragment();
  const heading = document.createElement("p");
  heading.textContent = title ?? "";
  const list = document.createElement("ul");
  const language = document.documentElement.lang;
  for (const { id, properties } of features) {
    const link = document.createElement("a");
    link.href = `/${language}/warnings/${encodeURIComponent(id)}`;
    link.textContent = properties.headlines[language] ?? Object.values(properties.headlines)[0] ?? id;
    const item = document.createElement("li");
    item.append(link);
    if (withArea) item.append(` – ${properties.area}`);
    list.append(item);
  }
  part.append(heading, list);
  return part;
}

function contains({ geometry }: Feature, point: Position): boolean {
  return (geometry?.coordinates ?? []).some(
    ([outer, ...holes]) => inRing(outer ?? [], point) && !holes.some((hole) => inRing(hole, point)),
  );
}

/** The even-odd rule. */
function inRing(ring: Position[], [x, y]: Position): boolean {
  let inside = false;
  ring.forEach(([x2, y2], i) => {
    const [x1, y1] = ring[(i + ring.length - 1) % ring.length] as Position;
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
  });
  return inside;
}
