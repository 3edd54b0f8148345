// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The trust file: who may warn where, and the keys (docs/formats/trust.md).

import { type Bytes, Malformed, fromUTF8 } from "./bytes";
import { type Shape, parseJSON, shaped } from "./json";
import { isCode, isName, mostAssertions } from "./leaf";
import { type NoteKey, UnknownAlgorithm, isOrigin, readKey } from "./note";
import { regions } from "./regions";

const mostTrust = 4 << 20; // bytes

export interface Trust {
  issued: string;
  witnesses: Witness[];
  authorities: Authority[];
}

export interface Witness {
  key: string;
  operator: string;
  /** Absent when this program does not know the key's algorithm. */
  reads?: NoteKey;
}

export interface Authority {
  id: string;
  name: string;
  operator: string;
  territory: string[];
  senders: string[];
  persons: number;
  endPersons: number;
  origins: string[];
  allowSynced: boolean;
  refuseSoftware: boolean;
  logs: Log[];
}

export interface Log {
  origin: string;
  realm: string;
  keys: string[];
  issuerKeys: string[];
  quorum?: { operators: number; witnesses: string[] };
  /** Its keys for notes, for cosignatures, and those that sign while it cannot be reached. */
  signers: NoteKey[];
  clocks: NoteKey[];
  issuers: NoteKey[];
}

const shape: Shape = {
  version: "text",
  issued: "text",
  witnesses: [{ key: "text", operator: "text" }],
  authorities: [
    {
      id: "text",
      name: "text",
      operator: "text",
      territory: "texts",
      senders: "texts",
      persons: "number",
      endPersons: "number",
      origins: "texts",
      allowSynced: "flag",
      refuseSoftware: "flag",
      logs: [{ origin: "text", realm: "text", keys: "texts", issuerKeys: "texts", quorum: { operators: "number", witnesses: "texts" } }],
    },
  ],
};

/** Reads a trust file and checks every value. */
export async function parseTrust(raw: Bytes): Promise<Trust> {
  if (raw.length > mostTrust) throw new Malformed("the trust file is too long");
  const file = shaped(parseJSON(fromUTF8(raw)), shape, "trust file") as Trust & { version: string };
  must(file.version === "tocsin-trust/v1", "version: it is another one");
  must(file.issued === "" || !Number.isNaN(Date.parse(file.issued)), "issued: it is no time");
  unique(file.witnesses.map((witness) => witness.key), "witnesses: one stands there twice");
  for (const witness of file.witnesses) {
    must(isCode(witness.operator), `witnesses: ${witness.operator} is no code`);
    try {
      witness.reads = await readKey(witness.key);
    } catch (error) {
      if (!(error instanceof UnknownAlgorithm)) throw error;
    }
  }
  unique(file.authorities.map((authority) => authority.id), "authorities: one stands there twice");
  unique(file.authorities.flatMap(({ logs }) => logs.map((log) => log.origin)), "logs: one stands there twice");
  for (const authority of file.authorities) {
    checkAuthority(authority);
    for (const log of authority.logs) await linkLog(file, authority, log);
  }
  return file;
}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Malformed(`trust file: ${what}`);
}

function unique(all: string[], what: string): void {
  must(new Set(all).size === all.length, what);
}

function checkAuthority(a: Authority): void {
  must(isCode(a.id) && isCode(a.operator), `${a.id}: id and operator must be codes`);
  must(a.territory.length > 0 && regions(a.territory).length > 0, `${a.id}: it has no territory`);
  must(a.senders.length > 0 && a.senders.every(isName), `${a.id}: it has no senders, or one that CAP does not allow`);
  must(a.logs.length > 0, `${a.id}: it has no logs`);
  const count = (n: number) => Number.isInteger(n) && n >= 0 && n <= mostAssertions;
  must(count(a.persons) && count(a.endPersons), `${a.id}: persons and endPersons are from 1 to ${mostAssertions}`);
}

async function linkLog(trust: Trust, authority: Authority, log: Log): Promise<void> {
  must(isOrigin(log.origin), `${log.origin} is no origin`);
  must(log.realm === "live" || log.realm === "exercise", `${log.origin}: the realm is neither live nor exercise`);
  log.signers = [];
  log.clocks = [];
  for (const text of log.keys) {
    try {
      const key = await readKey(text);
      must(key.name === log.origin, `${log.origin}: a key has another name`);
      (key.cosigns ? log.clocks : log.signers).push(key);
    } catch (error) {
      if (!(error instanceof UnknownAlgorithm)) throw error;
    }
  }
  must(log.signers.length > 0, `${log.origin}: there is no key for notes`);
  log.issuers = await Promise.all(log.issuerKeys.map(readKey));
  if (log.quorum === undefined) return;
  const names = trust.witnesses.map(witnessName);
  must(log.quorum.witnesses.every((name) => names.includes(name)), `${log.origin}: the quorum names a witness that is not there`);
  const others = new Set(trust.witnesses.filter((witness) => counts(log, witness, authority)).map(({ operator }) => operator));
  const { operators } = log.quorum;
  must(Number.isInteger(operators) && operators >= 2 && operators <= others.size, `${log.origin}: the quorum asks for a wrong number of operators`);
}

function witnessName({ key }: Witness): string {
  return key.split("+", 1)[0]!;
}

/** Whether the witness counts for the log's quorum. */
export function counts(log: Log, witness: Witness, authority: Authority): boolean {
  const { quorum } = log;
  return quorum !== undefined && witness.operator !== authority.operator &&
    (quorum.witnesses.length === 0 || quorum.witnesses.includes(witnessName(witness)));
}

export function findLog(trust: Trust, origin: string): [Authority, Log] | undefined {
  for (const authority of trust.authorities) {
    const log = authority.logs.find((each) => each.origin === origin);
    if (log !== undefined) return [authority, log];
  }
  return undefined;
}

/** The names of the logs' and witnesses' keys with that hash. */
export function keyNames(trust: Trust, hash: number): string[] {
  const keys = trust.authorities.flatMap(({ logs }) => logs.flatMap((log) => [...log.signers, ...log.clocks]));
  for (const { reads } of trust.witnesses) if (reads !== undefined) keys.push(reads);
  return keys.filter((key) => key.hash === hash).map((key) => key.name);
}

/** How many must have signed a message of that kind, the author included. */
export function personsFor({ persons, endPersons }: Authority, kind: string): number {
  return (kind === "end" && endPersons) || persons || 2;
}
