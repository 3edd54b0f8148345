// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { word } from "./words";

/** One broken rule, as the node names it (RFC 9457 extension "errors"). */
export interface Fault {
  field?: string;
  rule?: string;
  message: string;
  remedy?: string;
}

/** A refusal by the node, or no answer at all (status 0). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly remedy: string,
    readonly faults: Fault[],
  ) {
    super(message);
  }

  /** What is wrong and what to do, in one paragraph. */
  sentence(): string {
    const faults = this.faults.map((fault) => [fault.message, fault.remedy].filter(Boolean).join(" "));
    return [this.message, ...faults, this.remedy].filter(Boolean).join(" ");
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  try {
    const problem = await response.json();
    return new Refusal(response.status, problem.detail || problem.title, problem.remedy ?? "", problem.errors ?? []);
  } catch {
    return new Refusal(response.status, word("refused", { status: response.status }), word("refused.remedy"), []);
  }
}

/** Asks the node and throws a Refusal where it says no or nothing. */
export async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal(0, word("unreachable"), word("unreachable.remedy"), []);
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

/** Asks for JSON. */
export async function askJSON<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return (await ask(method, path, body, signal)).json();
}
