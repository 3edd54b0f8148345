// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The gate in front of all XML, and the one reader behind it (docs/formats/cap.md).
// It reads XML 1.0 in UTF-8 and refuses what attacks on readers are made of.

import { type Bytes, Malformed, fromUTF8, sizeOf } from "./bytes";

const limits = { bytes: 1 << 20, depth: 16, elements: 50_000, attributes: 32, text: 64 << 10, largeText: 512 << 10 };
const large = ["description", "instruction", "polygon", "derefUri"];

const xmlNamespace = "http://www.w3.org/XML/1998/namespace";
const xmlnsNamespace = "http://www.w3.org/2000/xmlns/";
const typeAttribute = "{http://www.w3.org/2001/XMLSchema-instance}type";

/** An element with its own text, that of its children left out. */
export interface Element {
  /** {namespace}local */
  space: string;
  local: string;
  /** Values by {namespace}local; that of an xsi:type is resolved to the same form. */
  attributes: Map<string, string>;
  text: string;
  /** Whether a CDATA section is among its text. */
  cdata: boolean;
  children: Element[];
}

/** Reads a document through the gate. */
export function parseXML(raw: Bytes): Element {
  if (raw.length > limits.bytes) throw new Malformed("the document is too large");
  const text = fromUTF8(raw);
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)) throw new Malformed("a character is not allowed in XML");
  return new Parser(text.replace(/^\ufeff/, "")).document();
}

interface Open {
  element: Element;
  raw: string;
  size: number;
  outer: Map<string, string>;
}

class Parser {
  private at = 0;
  private elements = 0;
  private open: Open[] = [];
  private root: Element | undefined;
  /** Namespaces by prefix; "" is the default. */
  private spaces = new Map<string, string>([["xml", xmlNamespace]]);

  constructor(private readonly src: string) {}

  document(): Element {
    if (/^<\?xml[ \t\r\n]/.test(this.src)) this.declaration();
    while (this.at < this.src.length) this.piece();
    if (this.root === undefined || this.open.length > 0) throw new Malformed("the document has no element, or ends inside one");
    return this.root;
  }

  private declaration(): void {
    const quoted = (value: string) => `[ \\t\\r\\n]*=[ \\t\\r\\n]*(?:"${value}"|'${value}')`;
    const form = new RegExp(
      `^<\\?xml[ \\t\\r\\n]+version${quoted("1\\.0")}(?:[ \\t\\r\\n]+encoding${quoted("[Uu][Tt][Ff]-8")})?` +
        `(?:[ \\t\\r\\n]+standalone${quoted("(?:yes|no)")})?[ \\t\\r\\n]*\\?>`,
    );
    const match = form.exec(this.src);
    if (match === null) throw new Malformed("the XML declaration is malformed, or not for XML 1.0 in UTF-8");
    this.at = match[0].length;
  }

  private piece(): void {
    const { src, at } = this;
    if (src[at] !== "<") this.characters();
    else if (src.startsWith("<!--", at)) this.comment();
    else if (src.startsWith("<![CDATA[", at) && this.open.length > 0) this.cdata();
    else if (src[at + 1] === "!" || src[at + 1] === "?") throw new Malformed("a document type or a processing instruction is not allowed");
    else if (src[at + 1] === "/") this.endTag();
    else if (this.root !== undefined && this.open.length === 0) throw new Malformed("a second element follows the root");
    else this.startTag();
  }

  private characters(): void {
    const next = this.src.indexOf("<", this.at);
    const run = this.src.slice(this.at, next < 0 ? undefined : next);
    this.at += run.length;
    if (this.open.length === 0) {
      if (!isBlank(run)) throw new Malformed("text stands outside the root element");
      return;
    }
    if (run.includes("]]>")) throw new Malformed("]]> is not allowed in text");
    this.addText(resolve(run.replace(/\r\n?/g, "\n")));
  }

  private comment(): void {
    const end = this.src.indexOf("--", this.at + 4);
    if (end < 0 || this.src[end + 2] !== ">") throw new Malformed("a comment does not end as it must");
    this.at = end + 3;
  }

  private cdata(): void {
    const from = this.at + "<![CDATA[".length;
    const end = this.src.indexOf("]]>", from);
    if (end < 0) throw new Malformed("a CDATA section does not end");
    this.at = end + 3;
    this.open[this.open.length - 1]!.element.cdata = true;
    this.addText(this.src.slice(from, end).replace(/\r\n?/g, "\n"));
  }

  private addText(text: string): void {
    const open = this.open[this.open.length - 1]!;
    open.element.text += text;
    open.size += sizeOf(text);
    if (open.size > (large.includes(open.element.local) ? limits.largeText : limits.text)) throw new Malformed("a text is too long");
  }

  private startTag(): void {
    this.at++;
    const raw = this.name();
    if (raw === "") throw new Malformed("< begins no tag");
    if (++this.elements > limits.elements || this.open.length === limits.depth) throw new Malformed("there are too many elements, or too deep ones");
    const outer = this.spaces;
    const written = new Map<string, string>();
    const empty = this.attributes(written);
    this.bind(written);
    const [space, local] = this.resolveName(raw, this.spaces.get("") ?? "");
    const element: Element = { space, local, attributes: new Map(), text: "", cdata: false, children: [] };
    for (const [name, value] of written) {
      if (name === "xmlns" || name.startsWith("xmlns:")) continue;
      const key = braced(...this.resolveName(name, ""));
      if (element.attributes.has(key)) throw new Malformed("an attribute stands twice");
      element.attributes.set(key, key === typeAttribute ? this.typeName(value) : value);
    }
    if (this.open.length > 0) this.open[this.open.length - 1]!.element.children.push(element);
    else this.root = element;
    this.open.push({ element, raw, size: 0, outer });
    if (empty) this.close();
  }

  /** Reads the attributes of a tag and its end, and tells whether it is empty. */
  private attributes(into: Map<string, string>): boolean {
    for (;;) {
      const spaced = this.space();
      if (this.src[this.at] === ">") {
        this.at++;
        return false;
      }
      if (this.src.startsWith("/>", this.at)) {
        this.at += 2;
        return true;
      }
      const name = this.name();
      const value = this.quoted();
      if (name === "" || !spaced || value.includes("<") || sizeOf(value) > limits.text) throw new Malformed("a tag is malformed");
      if (into.size === limits.attributes || into.has(name)) throw new Malformed("there are too many attributes, or one twice");
      into.set(name, resolve(value.replace(/\r\n|[\t\r\n]/g, " ")));
    }
  }

  private quoted(): string {
    this.space();
    if (this.src[this.at++] !== "=") throw new Malformed("an attribute has no value");
    this.space();
    const quote = this.src[this.at++];
    const end = quote === '"' || quote === "'" ? this.src.indexOf(quote, this.at) : -1;
    if (end < 0) throw new Malformed("an attribute's value is not quoted");
    const value = this.src.slice(this.at, end);
    this.at = end + 1;
    return value;
  }

  /** Takes up the namespace declarations of a tag. */
  private bind(written: Map<string, string>): void {
    for (const [name, value] of written) {
      if (name !== "xmlns" && !name.startsWith("xmlns:")) continue;
      const prefix = name.slice("xmlns:".length);
      const malformed = name !== "xmlns" && (value === "" || prefix === "xmlns" || !/^[A-Za-z_][^:]*$/.test(prefix));
      if (malformed || value === xmlnsNamespace || (prefix === "xml") !== (value === xmlNamespace)) {
        throw new Malformed("a namespace declaration is not allowed");
      }
      this.spaces = new Map(this.spaces).set(prefix, value);
    }
  }

  /** The namespace and local part of a name as written. */
  private resolveName(raw: string, unprefixed: string): [string, string] {
    const colon = raw.indexOf(":");
    if (colon < 0) return [unprefixed, raw];
    const local = raw.slice(colon + 1);
    const space = this.spaces.get(raw.slice(0, colon));
    if (colon === 0 || !/^[A-Za-z_][^:]*$/.test(local) || space === undefined) throw new Malformed("a prefix is not declared");
    return [space, local];
  }

  private typeName(value: string): string {
    const colon = value.indexOf(":");
    return braced(this.spaces.get(value.slice(0, Math.max(colon, 0))) ?? "", value.slice(colon + 1));
  }

  private endTag(): void {
    this.at += 2;
    const raw = this.name();
    this.space();
    if (this.open[this.open.length - 1]?.raw !== raw || this.src[this.at++] !== ">") throw new Malformed("an end tag ends nothing that is open");
    this.close();
  }

  private close(): void {
    this.spaces = this.open.pop()!.outer;
  }

  /** Of the names of XML it knows those in ASCII; "" when there is none. */
  private name(): string {
    const pattern = /[A-Za-z_:][A-Za-z0-9_:.-]*/y;
    pattern.lastIndex = this.at;
    const name = pattern.exec(this.src)?.[0] ?? "";
    this.at += name.length;
    return name;
  }

  private space(): boolean {
    const from = this.at;
    while (isBlank(this.src[this.at] ?? "x")) this.at++;
    return this.at > from;
  }
}

function braced(space: string, local: string): string {
  return `{${space}}${local}`;
}

const named: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const mostReference = 64; // characters

/** Resolves references to characters and XML's five entities; others are refused. */
function resolve(run: string): string {
  return run.replace(/&([^;]*;)?/g, (whole, body: string | undefined) => {
    const name = (body ?? "").slice(0, -1);
    if (whole.length > mostReference) throw new Malformed("a reference is too long");
    if (Object.hasOwn(named, name)) return named[name]!;
    const [, hex, decimal] = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name) ?? [];
    const code = hex !== undefined ? parseInt(hex, 16) : Number(decimal ?? "0");
    const legal = code === 9 || code === 10 || code === 13 || (code >= 0x20 && code <= 0xd7ff) ||
      (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
    if (!legal) throw new Malformed("a reference is not known");
    return String.fromCodePoint(code);
  });
}

/** White space as XML has it. */
export function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

export function trim(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

/** The words of a text between white space. */
export function wordsOf(text: string): string[] {
  return text.split(/[ \t\r\n]+/).filter((word) => word !== "");
}
