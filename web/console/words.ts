// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The words of the page's language. The server puts those that scripts need
// into the root element, so that all texts come from one catalogue.
const catalogue: Record<string, string> = JSON.parse(document.documentElement.dataset.words ?? "{}");

/** The text of a key under "console.script.", with {name} filled in. */
export function word(key: string, values: Record<string, string | number> = {}): string {
  const text = catalogue[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** The page's language tag. */
export const language = document.documentElement.lang || "de";

/** A number as the page's language writes it. */
export function number(value: number): string {
  return new Intl.NumberFormat(language).format(value);
}
