// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Brings an element to a new state with as few changes as possible, so that
// focus, selection, scroll position and opened details survive a live update.

/** Makes the children of target like those of source. */
export function morphChildren(target: Element, source: Element): void {
  const keyed = new Map<string, Element>();
  for (const child of target.children) {
    const key = keyOf(child);
    if (key) keyed.set(key, child);
  }
  let place: ChildNode | null = target.firstChild;
  for (const wanted of [...source.childNodes]) {
    const key = wanted instanceof Element ? keyOf(wanted) : "";
    const kept = key ? (keyed.get(key) ?? null) : place && !keyOf(place) && alike(place, wanted) ? place : null;
    if (!kept) {
      target.insertBefore(wanted, place);
      continue;
    }
    if (kept === place) place = place.nextSibling;
    else target.insertBefore(kept, place);
    if (key) keyed.delete(key);
    morphNode(kept, wanted);
  }
  while (place) {
    const next: ChildNode | null = place.nextSibling;
    place.remove();
    place = next;
  }
}

function keyOf(node: Node): string {
  return node instanceof Element ? node.getAttribute("data-key") || node.id : "";
}

function alike(one: Node, other: Node): boolean {
  return one.nodeName === other.nodeName;
}

function morphNode(target: Node, source: Node): void {
  if (!(target instanceof Element) || !(source instanceof Element)) {
    if (target.nodeValue !== source.nodeValue) target.nodeValue = source.nodeValue;
    return;
  }
  // An element that draws itself keeps its content; only its attributes follow.
  const own = target.hasAttribute("data-own");
  for (const { name } of [...target.attributes]) {
    if (!source.hasAttribute(name) && !(name === "open" || own)) target.removeAttribute(name);
  }
  for (const { name, value } of source.attributes) {
    if (name !== "open" && target.getAttribute(name) !== value) target.setAttribute(name, value);
  }
  if (!own && document.activeElement !== target) morphChildren(target, source);
  else if (!own && !(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) morphChildren(target, source);
}
