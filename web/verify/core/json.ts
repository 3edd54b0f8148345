// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { Malformed } from "./bytes";

/** Reads JSON as every reader would: it refuses a name that stands twice in one
 * object, of which readers take one or the other. */
export function parseJSON(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed("it is not JSON");
  }
  // The text is well-formed, so that strings and brackets are all there is to see.
  const open: (Set<string> | undefined)[] = [];
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[[\]{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(string!) as string;
      const names = open[open.length - 1]!;
      if (names.has(name)) throw new Malformed(`${name} stands twice`);
      names.add(name);
    }
  }
  return value;
}

/** What a field of an object must be. */
export type Shape = "text" | "texts" | "number" | "flag" | { [name: string]: Shape } | [{ [name: string]: Shape }];

/** Holds a value to a shape: unknown fields and other types are refused. Fields that
 * are absent, or null, become empty. */
export function shaped(value: unknown, shape: Shape, path: string): unknown {
  const wrong = new Malformed(`${path} is not what it must be`);
  if (shape === "text") return expect(value ?? "", "string", wrong);
  if (shape === "number") return expect(value ?? 0, "number", wrong);
  if (shape === "flag") return expect(value ?? false, "boolean", wrong);
  if (shape === "texts" || Array.isArray(shape)) {
    if (!Array.isArray(value ?? [])) throw wrong;
    const item = shape === "texts" ? "text" : shape[0];
    return ((value ?? []) as unknown[]).map((each, i) => shaped(each, item, `${path}[${i}]`));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong;
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(shape, name));
  if (unknown !== undefined) throw new Malformed(`${path} has a field ${unknown}, which there is not`);
  return Object.fromEntries(
    Object.entries(shape).map(([name, inner]) => {
      const field = (value as Record<string, unknown>)[name];
      const absent = field === undefined || field === null;
      return [name, absent && typeof inner === "object" && !Array.isArray(inner) ? undefined : shaped(field, inner, `${path}.${name}`)];
    }),
  );
}

function expect(value: unknown, type: string, wrong: Malformed): unknown {
  if (typeof value !== type) throw wrong;
  return value;
}
