// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// What the page may ask of the node that served it. Nothing of the answers is
// believed: they are checked like everything else.

import type { Bytes } from "../core/bytes";

/** The server could not be asked. */
export class Unreachable extends Error {}

/** What the server has at the path; undefined when it has nothing. */
async function get(path: string): Promise<Response | undefined> {
  let response: Response;
  try {
    response = await fetch(path, { cache: "no-cache", credentials: "omit" });
  } catch {
    throw new Unreachable(path);
  }
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Unreachable(path);
  return response;
}

/** The bundle of a message as the server has it. */
export async function fetchBundle(identifier: string): Promise<Bytes | undefined> {
  const response = await get(`/cap/${encodeURIComponent(identifier)}.tocsin`);
  return response && new Uint8Array(await response.arrayBuffer());
}

interface Warning {
  messages: { identifier: string; texts: { headline: string; description: string; instruction: string }[] }[];
}

/** The identifier of the message that an address of the server's is about. */
export async function identifierAt(url: URL): Promise<string | undefined> {
  const message = /^\/cap\/([^/]+?)\.(?:xml|proof|tocsin|qr\.svg)$/.exec(url.pathname)?.[1];
  if (message !== undefined) return decodeURIComponent(message);
  if (/^(?:\/\w+)?\/verify$/.test(url.pathname) && url.hash.length > 1) return decodeURIComponent(url.hash.slice(1));
  const warning = /^(?:\/\w+)?\/warnings\/([^/]+?)(?:\.json)?$/.exec(url.pathname)?.[1];
  if (warning === undefined) return undefined;
  const response = await get(`/warnings/${warning}.json`);
  return response && ((await response.json()) as Warning).messages[0]?.identifier;
}

/** The message whose words the text has most of, by the server's list. */
export async function likeliest(text: string): Promise<string | undefined> {
  const response = await get("/warnings.json");
  if (response === undefined) return undefined;
  const words = new Set(wordsOf(text));
  let best: { identifier: string; share: number } | undefined;
  for (const { messages } of ((await response.json()) as { warnings: Warning[] }).warnings) {
    for (const { identifier, texts } of messages) {
      const own = new Set(texts.flatMap(({ headline, description, instruction }) => wordsOf(`${headline} ${description} ${instruction}`)));
      const share = [...words].filter((word) => own.has(word)).length / words.size;
      if (best === undefined || share > best.share) best = { identifier, share };
    }
  }
  return best !== undefined && best.share > 1 / 3 ? best.identifier : undefined;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
}
