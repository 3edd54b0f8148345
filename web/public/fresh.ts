// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

interface Change {
  version: string;
  spread: number;
}

const pollEvery = 30_000; // milliseconds, where there is no stream
const tryStreamEvery = 60_000;

/** Keeps the list of warnings up to date from the address of its fragment. */
export function keepFresh(address: string): void {
  let waiting = 0;
  let fetchedAt = Date.now();

  async function refresh(): Promise<void> {
    clearTimeout(waiting);
    waiting = 0;
    try {
      const response = await fetch(address, { cache: "no-cache" });
      if (!response.ok) throw new Error(response.statusText);
      show(new DOMParser().parseFromString(await response.text(), "text/html"));
      fetchedAt = Date.now();
      connected(true);
    } catch {
      connected(false);
    }
  }

  function refreshWithin(milliseconds: number): void {
    if (waiting === 0) waiting = window.setTimeout(refresh, Math.random() * milliseconds);
  }

  function listen(): void {
    const stream = new EventSource("/events");
    stream.addEventListener("changed", (event) => {
      const change = JSON.parse((event as MessageEvent<string>).data) as Change;
      if (change.version !== shownVersion()) refreshWithin(change.spread);
      else connected(true);
    });
    stream.onerror = () => {
      // A stream that the server refused does not come back by itself.
      if (stream.readyState === EventSource.CLOSED) window.setTimeout(listen, tryStreamEvery * (1 + Math.random()));
    };
    window.addEventListener("pagehide", () => stream.close(), { once: true });
  }

  window.setInterval(() => {
    // The minute's age is fetched as well, so that a page left open shows that
    // it is alive; a hidden page waits until somebody looks at it.
    if (!document.hidden && Date.now() - fetchedAt >= pollEvery) refreshWithin(5_000);
    markExpired();
  }, 10_000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refreshWithin(500);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      listen();
      refreshWithin(500);
    }
  });
  listen();
}

function shownVersion(): string | undefined {
  return document.getElementById("list")?.dataset.version;
}

/** Takes the fetched list into the page: warnings that stay are not touched, so
 * that nothing that somebody reads or has opened moves under their eyes. */
function show(fetched: Document): void {
  const stand = fetched.getElementById("stand");
  if (stand !== null) document.getElementById("stand")?.replaceWith(stand);

  const now = document.getElementById("list");
  const next = fetched.getElementById("list");
  if (now === null || next === null || now.dataset.version === next.dataset.version) return;
  const shown = new Map<string, Element>();
  for (const article of now.querySelectorAll("article[data-message]")) shown.set(keyOf(article), article);
  const fresh: string[] = [];
  for (const article of next.querySelectorAll("article[data-message]")) {
    const same = shown.get(keyOf(article));
    if (same !== undefined) {
      takeSeal(same, article);
      article.replaceWith(same);
    } else fresh.push(article.querySelector("h2")?.textContent ?? "");
  }
  const heading = next.querySelector("h1")?.textContent ?? "";
  const silent = fresh.length === 0 && heading === now.querySelector("h1")?.textContent;
  now.replaceWith(next);
  if (!silent) announce([heading, ...fresh.map((headline) => phrase("new", headline))].join(". "));
}

/** Takes over a seal that has risen, and leaves it open where it was. */
function takeSeal(shown: Element, fetched: Element): void {
  const before = shown.querySelector(".seal");
  const after = fetched.querySelector(".seal");
  if (before === null || after === null || before.innerHTML === after.innerHTML) return;
  if (after instanceof HTMLDetailsElement && before instanceof HTMLDetailsElement) after.open = before.open;
  before.replaceWith(after);
}

function keyOf(article: Element): string {
  return `${article.className} ${(article as HTMLElement).dataset.message}`;
}

function announce(text: string): void {
  const news = document.getElementById("news");
  if (news !== null) news.textContent = text.trim();
}

function phrase(name: string, value: string): string {
  return (document.body.dataset[name] ?? "%s").replace("%s", value);
}

/** Says that what is shown may be old; the page's age stands above the list. */
function connected(yes: boolean): void {
  let note = document.getElementById("lost");
  if (yes) {
    note?.remove();
  } else if (note === null) {
    note = document.createElement("p");
    note.id = "lost";
    note.setAttribute("role", "status");
    note.textContent = document.body.dataset.lost ?? "";
    document.getElementById("now")?.before(note);
  }
}

/** Marks warnings that ran out while no new list could be fetched. */
function markExpired(): void {
  for (const article of document.querySelectorAll<HTMLElement>("article[data-expires]:not(.all-clear):not(.expired)")) {
    if (Date.parse(article.dataset.expires ?? "") > Date.now()) continue;
    article.classList.add("expired");
    const word = document.createElement("span");
    word.className = "kind";
    word.textContent = document.body.dataset.expired ?? "";
    article.querySelector(".badge")?.append(" ", word);
  }
}
