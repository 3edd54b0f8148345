// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The live connection: one event stream per page. When it breaks, the page says
// so and since when; when it is back, everything is read anew.

/** Gets the event's data, or nothing where all of it has to be read anew. */
type Listener = (data?: string) => void;

const listeners = new Map<string, Set<Listener>>();
const stateListeners = new Set<(connected: boolean, since: Date) => void>();
let source: EventSource | undefined;
let connected = true;
let since = new Date();

function setConnected(now: boolean): void {
  if (now === connected) return;
  connected = now;
  since = new Date();
  for (const tell of stateListeners) tell(connected, since);
}

function open(): EventSource {
  const stream = new EventSource("/api/v1/stream");
  let opened = false;
  stream.addEventListener("open", () => {
    setConnected(true);
    // Whatever happened while the line was down is in the pages, not in the stream.
    if (opened) for (const set of listeners.values()) for (const tell of set) tell();
    opened = true;
  });
  stream.addEventListener("error", () => setConnected(false));
  return stream;
}

/** Calls back on each event of that name, and after a reconnection. */
export function listen(name: string, listener: Listener): () => void {
  source ??= open();
  let set = listeners.get(name);
  if (!set) {
    const created = new Set<Listener>();
    set = created;
    listeners.set(name, created);
    source.addEventListener(name, (event) => {
      for (const tell of created) tell((event as MessageEvent<string>).data);
    });
  }
  set.add(listener);
  return () => set.delete(listener);
}

/** Calls back when the connection breaks or returns. */
export function onConnection(listener: (connected: boolean, since: Date) => void): void {
  source ??= open();
  stateListeners.add(listener);
}

// A page that is left must not hold one of the browser's few connections.
addEventListener("pagehide", () => {
  source?.close();
  source = undefined;
});
