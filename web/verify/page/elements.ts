// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

type Child = Node | string;

/** Makes an element by its tag, with classes after points as in "p.badge". */
export function make<Tag extends keyof HTMLElementTagNameMap>(selector: Tag | `${Tag}.${string}`, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const [tag, ...classes] = selector.split(".") as [Tag, ...string[]];
  const element = document.createElement(tag);
  element.classList.add(...classes);
  element.append(...children);
  return element;
}

/** Leaves the element out when there is nothing in it. */
export function unlessEmpty<Kind extends Element>(element: Kind): Kind[] {
  return element.childNodes.length > 0 ? [element] : [];
}

export function byId<Kind extends HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind;
}
