// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { askJSON, Refusal } from "./api";
import * as key from "./key";
import * as passkey from "./passkey";
import { word } from "./words";

interface EnrolledKey {
  id: string;
  type: "passkey" | "synced-passkey" | "software-key" | "break-glass";
  awaits?: boolean;
  credential?: { id: string };
}

interface Me {
  name: string;
  keys: EnrolledKey[];
  signing: { origin: string; relyingParty: string; release: string[] };
}

/** One way in which the operator can sign here. */
interface Way {
  kind: "passkey" | "software-key" | "break-glass";
  sign(statement: string): Promise<key.Assertion>;
}

/**
 * The ways for an action, the strongest first; and, where there is none, why.
 * Keys that the node would refuse are left out: nobody should touch a key for
 * nothing.
 */
async function ways(action: string): Promise<{ ways: Way[]; why: string }> {
  const me = await askJSON<Me>("GET", "/api/v1/me");
  const allowed = (type: string) => action !== "release" || type === "break-glass" || me.signing.release.includes(type);
  const valid = me.keys.filter((enrolled) => !enrolled.awaits);
  const passkeys = valid.filter((enrolled) => enrolled.credential?.id);
  const fit = passkeys.filter((enrolled) => allowed(enrolled.type));
  const found: Way[] = [];
  const missing = passkey.missing(me.signing.origin);
  if (fit.length > 0 && !missing) {
    found.push({ kind: "passkey", sign: (statement) => signByPasskey(me, fit, statement) });
  }
  const stored = await key.find(me.name);
  const software = stored && valid.find((enrolled) => enrolled.id === stored.id);
  if (stored && software && allowed(software.type)) {
    const kind = software.type === "break-glass" ? "break-glass" : "software-key";
    found.push({ kind, sign: (statement) => key.sign(stored, statement) });
  }
  let why = word("key.missing") + " " + word("key.missing.remedy");
  if (fit.length > 0) why = missing;
  else if (passkeys.length > 0) why = word("passkey.synced") + " " + word("passkey.synced.remedy");
  else if (software) why = word("key.software-refused");
  else if (me.keys.some((enrolled) => enrolled.awaits)) why = word("key.awaits");
  return { ways: found, why };
}

async function signByPasskey(me: Me, keys: EnrolledKey[], statement: string): Promise<key.Assertion> {
  const [, action, role] = statement.split("\n");
  const challenge = await key.sha256(new TextEncoder().encode(statement));
  const credentials = keys.map((enrolled) => enrolled.credential?.id ?? "");
  const { credential, signature, ...evidence } = await passkey.get(me.signing.relyingParty, credentials, challenge);
  const used = keys.find((enrolled) => enrolled.credential?.id === credential);
  if (!used) throw new Refusal(0, word("key.missing"), word("key.missing.remedy"), []);
  return { operator: me.name, role, action, keyId: used.id, keyType: used.type, signature, evidence };
}

/** Signs with the strongest key there is. */
export async function sign(action: string, statement: string): Promise<key.Assertion> {
  const { ways: found, why } = await ways(action);
  if (found.length === 0) throw new Refusal(0, why, "", []);
  return signAs(action, statement, found[0]);
}

/** Signs a statement only when it is for the action that the page is about. */
async function signAs(action: string, statement: string, way: Way): Promise<key.Assertion> {
  if (statement.split("\n")[1] !== action) throw new Refusal(0, word("digest.differs"), word("digest.differs.remedy"), []);
  return way.sign(statement);
}

/**
 * Says with what the operator will sign, and lets them choose where there is a
 * choice: <signing-way data-action="release"><p data-say></p><label
 * hidden><select></select></label></signing-way>.
 */
export class SigningWay extends HTMLElement {
  private found: Way[] = [];
  private why = "";

  connectedCallback(): void {
    this.select.addEventListener("change", () => this.say());
    void this.look();
  }

  private get select(): HTMLSelectElement {
    return this.querySelector("select") as HTMLSelectElement;
  }

  private async look(): Promise<void> {
    try {
      ({ ways: this.found, why: this.why } = await ways(this.dataset.action ?? ""));
    } catch (error) {
      this.why = error instanceof Refusal ? error.sentence() : String(error);
    }
    this.select.replaceChildren(...this.found.map(({ kind }) => new Option(word("way." + kind), kind)));
    (this.select.closest("[data-choice]") as HTMLElement).hidden = this.found.length < 2;
    this.say();
  }

  private say(): void {
    const text = this.querySelector("[data-say]") as HTMLElement;
    const kind = this.found[this.select.selectedIndex]?.kind;
    this.dataset.way = kind ?? "none";
    if (!kind) text.textContent = this.why;
    else text.textContent = word("way." + kind + ".what");
  }

  /** Signs in the way that is shown. */
  async sign(statement: string): Promise<key.Assertion> {
    // A key that was enrolled in another window counts.
    if (this.found.length === 0) await this.look();
    const way = this.found[this.select.selectedIndex];
    if (!way) throw new Refusal(0, this.why, "", []);
    return signAs(this.dataset.action ?? "", statement, way);
  }
}
