// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { ask, askJSON, Refusal } from "./api";
import * as key from "./key";
import { sign } from "./signing";
import { word } from "./words";

// Break-glass keys: made, encrypted and opened here, so that the node has neither
// the code on the sheet nor the key. docs/formats/api.md has the form.

/** Letters and digits that nobody takes for another. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const codeLength = 26; // of 5 bits: 130
const ivBytes = 12;
const secretBytes = 32;
const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const numberPrefix = "break-glass-";

function newCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(codeLength));
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join("");
}

/** A code as the key follows from it: without blanks, and what looks alike made one. */
function normal(code: string): string {
  return code.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
}

/** A code as people read it. */
function grouped(code: string): string {
  return (code.match(/.{1,4}/g) ?? []).join("-");
}

async function boxKey(code: string): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(normal(code)), "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode("tocsin/break-glass/v1");
  return crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info }, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function statement(action: string, role: string, subject: string, message: string, digest: Uint8Array): string {
  return ["tocsin/assertion/v1", action, role, subject, message, key.hex(digest)].join("\n") + "\n";
}

/** A form that says in [data-message] what went wrong. */
abstract class Form extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector("form") as HTMLFormElement;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit(form);
    });
    if (!key.available()) {
      this.say(word("key.insecure"));
      this.button.disabled = true;
    }
  }

  private get button(): HTMLButtonElement {
    return this.querySelector("button") as HTMLButtonElement;
  }

  private say(text: string): void {
    (this.querySelector("[data-message]") as HTMLElement).textContent = text;
  }

  private async submit(form: HTMLFormElement): Promise<void> {
    this.button.disabled = true;
    this.say("");
    try {
      const data = new FormData(form);
      await this.work((name) => String(data.get(name) ?? "").trim());
    } catch (error) {
      this.say(error instanceof Refusal ? error.sentence() : String(error));
    }
    this.button.disabled = false;
  }

  protected abstract work(field: (name: string) => string): Promise<void>;
}

/**
 * Makes a break-glass key and shows its sheet, once: <break-glass-preparation>
 * with a form of label and role, and [data-sheet] with [data-number] and [data-code].
 */
export class BreakGlassPreparation extends Form {
  protected async work(field: (name: string) => string): Promise<void> {
    const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
    const id = key.hex(await key.sha256(publicKey)).slice(0, 16);
    const name = numberPrefix + id.slice(0, 8);
    const code = newCode();
    const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
    const secret = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await boxKey(code), secret));
    const [label, role] = [field("label"), field("role")];
    const what = new Uint8Array([...publicKey, ...new TextEncoder().encode("\n" + role + "\n" + label)]);
    const assertion = await sign("seal", statement("seal", "administrator", name, id, await key.sha256(what)));
    await askJSON("POST", "/api/v1/seals", { label, role, publicKey: base64(publicKey), box: base64(new Uint8Array([...iv, ...sealed])), assertion });
    const sheet = this.querySelector("[data-sheet]") as HTMLElement;
    const show = (part: string, text: string): void => {
      (sheet.querySelector(part) as HTMLElement).textContent = text;
    };
    show("[data-number]", id.slice(0, 8));
    show("[data-code]", grouped(code));
    show("[data-label]", label);
    sheet.hidden = false;
    sheet.focus();
    (this.querySelector("form") as HTMLFormElement).reset();
  }
}

interface SealedKey {
  name: string;
  keyId: string;
  box: string;
}

/** Opens a session by a break-glass key: <break-glass-opening> with a form of number, code, by and reason. */
export class BreakGlassOpening extends Form {
  protected async work(field: (name: string) => string): Promise<void> {
    const number = field("number").toLowerCase().replace(numberPrefix, "");
    const path = "/api/v1/seals/" + encodeURIComponent(numberPrefix + number);
    const sealed = await askJSON<SealedKey>("GET", path);
    const stored = { operator: sealed.name, id: sealed.keyId, privateKey: await unseal(sealed.box, field("code")) };
    const secret = crypto.getRandomValues(new Uint8Array(secretBytes));
    const [by, reason] = [field("by"), field("reason")];
    const digest = await key.sha256(new TextEncoder().encode(by + "\n" + reason));
    const hash = key.hex(await key.sha256(secret));
    const assertion = await key.sign(stored, statement("break-seal", "owner", sealed.name, hash, digest));
    const text = base64(secret).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
    await ask("POST", path + "/session", { secret: text, by, reason, assertion });
    await key.save(stored);
    location.assign("/console/");
  }
}

/** The private key, which no script can read from here on. */
async function unseal(box: string, code: string): Promise<CryptoKey> {
  const bytes = bytesOf(box);
  let secret: ArrayBuffer;
  try {
    secret = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, ivBytes) }, await boxKey(code), bytes.slice(ivBytes));
  } catch {
    throw new Refusal(0, word("break-glass.code"), word("break-glass.code.remedy"), []);
  }
  return crypto.subtle.importKey("pkcs8", secret, algorithm, false, ["sign"]);
}
