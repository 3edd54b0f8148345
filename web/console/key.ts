// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The operator's software key: ECDSA on P-256, made in this browser, never
// readable by any script, kept in IndexedDB. The node knows its public half.

interface Stored {
  operator: string;
  id: string;
  privateKey: CryptoKey;
}

/** An operator's signature, as the API takes it. */
export interface Assertion {
  operator: string;
  role: string;
  action: string;
  keyId: string;
  keyType: "passkey" | "synced-passkey" | "software-key" | "break-glass";
  signature: string;
  evidence?: { authenticatorData: string; clientDataJSON: string };
}

const databaseName = "tocsin";
const algorithm = { name: "ECDSA", namedCurve: "P-256" };

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(databaseName, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys", { keyPath: "operator" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function store<T>(mode: IDBTransactionMode, work: (keys: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction("keys", mode);
      const request = work(transaction.objectStore("keys"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    db.close();
  }
}

/** False where the browser gives pages no keys: an address that is neither https nor this machine. */
export function available(): boolean {
  return globalThis.isSecureContext && crypto.subtle !== undefined && globalThis.indexedDB !== undefined;
}

/** The key of an operator in this browser, if there is one. */
export async function find(operator: string): Promise<Stored | undefined> {
  if (!available()) return undefined;
  // Looking must not make the database: a page that is left while it does so
  // would keep the next one waiting.
  const databases = await indexedDB.databases();
  if (!databases.some(({ name }) => name === databaseName)) return undefined;
  return store<Stored | undefined>("readonly", (keys) => keys.get(operator));
}

/** Makes a key and gives its public half; keep it with save once the node has enrolled it. */
export async function generate(operator: string): Promise<{ stored: Stored; publicKey: string }> {
  const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const der = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const id = hex(await sha256(der)).slice(0, 16);
  return { stored: { operator, id, privateKey: pair.privateKey }, publicKey: base64(der) };
}

/** Keeps a key in this browser. */
export async function save(stored: Stored): Promise<void> {
  await store("readwrite", (keys) => keys.put(stored));
}

/**
 * Signs a statement. The statement's own lines say action and role, so that the
 * signature and what is sent beside it cannot differ.
 */
export async function sign(stored: Stored, statement: string): Promise<Assertion> {
  const [, action, role] = statement.split("\n");
  const bytes = new TextEncoder().encode(statement);
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, stored.privateKey, bytes);
  return {
    operator: stored.operator,
    role,
    action,
    keyId: stored.id,
    keyType: "software-key",
    signature: base64(new Uint8Array(signature)),
  };
}

/** SHA-256 of bytes. */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
}

/** Bytes in hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
