// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// CAP messages, read as strictly as docs/formats/cap.md says, and written in the one
// form whose digest operators sign (docs/formats/content-digest.md).

import { type Bytes, Malformed, sha256, toHex, utf8 } from "./bytes";
import * as value from "./capvalue";
import { type Element, isBlank, parseXML } from "./xml";

const namespace = "urn:oasis:names:tc:emergency:cap:1.2";
const signatureNamespace = "http://www.w3.org/2000/09/xmldsig#";
const schemaNamespace = "http://www.w3.org/2001/XMLSchema";
const instanceNamespace = "http://www.w3.org/2001/XMLSchema-instance";
const mostBytes = 1 << 20;

/** A group of elements: values in their one written form, by the elements' names.
 * Absent is the same as "" or []. */
export interface Group {
  [name: string]: string | string[] | Group[];
}

interface Field {
  name: string;
  least: 0 | 1;
  repeats: boolean;
  /** The name of its type in XML Schema; "" for a group. */
  kind: string;
  /** Whether it is written even if it is empty. */
  always: boolean;
  read(text: string): string;
  fields?: Field[];
}

/** A field by its name with "?" for at most once, "+" for once or more, "*" for any
 * number. */
function field(text: string, kind = "string", read: Field["read"] = (plain) => plain, always = false): Field {
  const [, name, often] = /^(\w+)([?+*]?)$/.exec(text) as unknown as [string, string, string];
  return { name, least: often === "?" || often === "*" ? 0 : 1, repeats: often === "+" || often === "*", kind, always, read };
}

/** A text that is written even if it is empty. */
function needed(text: string): Field {
  return field(text, "string", undefined, true);
}

/** One of the values that the specification lists. */
function oneOf(text: string, ...values: string[]): Field {
  return field(text, "-", (plain) => {
    if (!values.includes(plain)) throw new Malformed(`${plain} is none of ${values.join(", ")}`);
    return plain;
  });
}

function token(name: string): Field {
  return field(name, "string", (plain) => {
    if (!value.isToken(plain)) throw new Malformed(`${name} is empty, or has a character that it may not have`);
    return plain;
  });
}

function group(text: string, fields: Field[]): Field {
  return { ...field(text, ""), fields };
}

const namedValue = [needed("valueName"), needed("value")];

const resource = [
  needed("resourceDesc"), needed("mimeType"), field("size?", "integer", value.size), field("uri?", "anyURI", value.uri),
  field("derefUri?"), field("digest?"),
];

const area = [
  needed("areaDesc"), field("polygon*", "string", value.polygon, true), field("circle*", "string", value.circle, true),
  group("geocode*", namedValue), field("altitude?", "decimal", value.height), field("ceiling?", "decimal", value.height),
];

const info = [
  field("language?", "language", value.language),
  oneOf("category+", "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"),
  needed("event"),
  oneOf("responseType*", "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"),
  oneOf("urgency", "Immediate", "Expected", "Future", "Past", "Unknown"),
  oneOf("severity", "Extreme", "Severe", "Moderate", "Minor", "Unknown"),
  oneOf("certainty", "Observed", "Likely", "Possible", "Unlikely", "Unknown"),
  field("audience?"), group("eventCode*", namedValue),
  field("effective?", "-", value.time), field("onset?", "-", value.time), field("expires?", "-", value.time),
  field("senderName?"), field("headline?"), field("description?"), field("instruction?"), field("web?", "anyURI", value.uri),
  field("contact?"), group("parameter*", namedValue), group("resource*", resource), group("area*", area),
];

const alert = [
  token("identifier"), token("sender"), field("sent", "-", value.time),
  oneOf("status", "Actual", "Exercise", "System", "Test", "Draft"), oneOf("msgType", "Alert", "Update", "Cancel", "Ack", "Error"),
  field("source?"), oneOf("scope", "Public", "Restricted", "Private"), field("restriction?"), field("addresses?"),
  needed("code*"), field("note?"), field("references?", "string", value.references), field("incidents?"), group("info*", info),
];

/** Reads a message. */
export function readCAP(raw: Bytes): Group {
  const root = parseXML(raw);
  if (root.space !== namespace || root.local !== "alert") throw new Malformed("it is not a CAP message");
  return readAlert(root);
}

function readAlert(root: Element): Group {
  const signatures: Element[] = [];
  const message = readGroup(root, alert, signatures);
  const restricted = message.scope === "Restricted";
  if (restricted ? isBlank(text(message, "restriction")) : text(message, "restriction") !== "") throw new Malformed("restriction and scope do not fit");
  if (message.scope === "Private" && isBlank(text(message, "addresses"))) throw new Malformed("a private message needs addresses");
  for (const { resource = [], area = [] } of groups(message, "info")) {
    for (const each of resource as Group[]) {
      const uri = text(each, "uri");
      if (uri !== "" && text(each, "derefUri") === "" && !value.isAbsolute(uri)) throw new Malformed("a resource's uri is relative");
    }
    for (const each of area as Group[]) {
      if (text(each, "ceiling") !== "" && text(each, "altitude") === "") throw new Malformed("a ceiling needs an altitude");
    }
  }
  signatures.forEach(checkForeign);
  return message;
}

/** Reads the children of an element. Signatures may end the root; they are put aside. */
function readGroup(element: Element, fields: Field[], signatures?: Element[]): Group {
  checkAttributes(element, "");
  if (element.cdata || !isBlank(element.text)) throw new Malformed(`${element.local} has text between its elements`);
  const read: Group = {};
  let last = 0;
  for (const child of element.children) {
    if (signatures !== undefined && child.space === signatureNamespace) {
      last = fields.length - 1; // info may follow, as the schema's readers have it
      signatures.push(child);
      continue;
    }
    const at = child.space === namespace ? fields.findIndex(({ name }) => name === child.local) : -1;
    if (at < last) throw new Malformed(`${child.local} is not known there, or stands too late`);
    last = at;
    const { name, repeats, fields: inner, read: readText, kind } = fields[at]!;
    if (read[name] !== undefined && !repeats) throw new Malformed(`${name} stands twice`);
    const one = inner === undefined ? readText(leafText(child, kind)) : readGroup(child, inner);
    if (repeats) ((read[name] ??= []) as (string | Group)[]).push(one);
    else read[name] = one as string;
  }
  const missing = fields.find(({ name, least }) => read[name] === undefined && least > 0);
  if (missing !== undefined) throw new Malformed(`${missing.name} is missing`);
  return read;
}

function leafText(element: Element, kind: string): string {
  checkAttributes(element, kind);
  if (element.children.length > 0) throw new Malformed(`${element.local} may hold text only`);
  return element.text;
}

/** Refuses all attributes but those that XML Schema allows on any element. */
function checkAttributes(element: Element, kind: string): void {
  const types = kind === "string" ? ["string", "token", "normalizedString"] : [kind];
  for (const [name, type] of element.attributes) {
    if (name.startsWith(`{${instanceNamespace}}`) && name.endsWith("chemaLocation")) continue;
    const fits = kind !== "" && types.some((each) => type === `{${schemaNamespace}}${each}`);
    if (name !== `{${instanceNamespace}}type` || !fits) throw new Malformed(`${element.local} has an attribute that CAP does not know`);
  }
}

/** Anything may stand in a signature, but what CAP's schema declares must be as declared. */
function checkForeign(element: Element): void {
  for (const child of element.children) {
    const own = child.space === namespace;
    if (own && child.local === "alert") readAlert(child);
    else if (own && (child.local === "value" || child.local === "valueName")) leafText(child, "string");
    else checkForeign(child);
  }
}

export function text(group: Group, name: string): string {
  return (group[name] as string | undefined) ?? "";
}

export function groups(group: Group, name: string): Group[] {
  return (group[name] as Group[] | undefined) ?? [];
}

/** The SHA-256 of the message as Tocsin writes it, but for the time of sending. */
export async function contentDigest(message: Group): Promise<string> {
  const lines = [`<alert xmlns="${namespace}">`, ...linesOf(message, alert, "  "), "</alert>"];
  const whole = utf8(lines.join("\n"));
  if (whole.length > mostBytes) throw new Malformed("the message is too large");
  return toHex(await sha256(utf8(lines.map((line) => line.replace(/^  <sent>[^<]*<\/sent>$/, "  ")).join("\n"))));
}

function linesOf(group: Group, fields: Field[], indent: string): string[] {
  return fields.flatMap(({ name, always, repeats, fields: inner }) => {
    const values = (repeats ? (group[name] ?? []) : [group[name] ?? ""]) as (string | Group)[];
    return values.flatMap((each) => {
      if (typeof each !== "string") return [`${indent}<${name}>`, ...linesOf(each, inner!, indent + "  "), `${indent}</${name}>`];
      return each === "" && !always ? [] : [`${indent}<${name}>${escape(each)}</${name}>`];
    });
  });
}

function escape(plain: string): string {
  return plain.replace(/[&<>\r]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;" })[character]!);
}
