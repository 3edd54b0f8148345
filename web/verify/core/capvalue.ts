// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The values in a CAP message that are not plain text: each is read strictly and
// written in one form (docs/formats/cap.md).

import { Malformed } from "./bytes";
import { parseTime } from "./captime";
import { trim, wordsOf } from "./xml";

const mostDigits = 24;

export function time(text: string): string {
  const read = parseTime(trim(text));
  if (read === undefined) throw new Malformed("a time is not as CAP has it");
  return read.text;
}

/** The form of RFC 3066. An empty element stands for the default. */
export function language(text: string): string {
  const tag = trim(text);
  if (text !== "" && !/^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(tag)) throw new Malformed("a language is not a tag");
  return tag;
}

export function isToken(text: string): boolean {
  return text !== "" && !/[ \t\r\n,<&]/.test(text);
}

/** sender,identifier,sent triples with one space between; "" for none. */
export function references(text: string): string {
  const words = wordsOf(text);
  for (const word of words) {
    const [sender, identifier, sent, ...more] = word.split(",");
    if (sent === undefined || more.length > 0 || !isToken(sender!) || !isToken(identifier!) || parseTime(sent) === undefined) {
      throw new Malformed("references are not sender,identifier,sent");
    }
  }
  return words.join(" ");
}

/** Digits with at most one point, no exponent. */
function decimal(text: string): number {
  const value = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) throw new Malformed("it is not a decimal number");
  return value + 0; // -0 becomes 0
}

/** The shortest decimal that reads back as the value, without exponent. */
export function decimalText(value: number): string {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value))!;
  const shift = Number(exponent);
  const digits = whole! + fraction;
  const point = whole!.length + shift;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, "0");
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function point(word: string): [number, number] {
  const comma = word.indexOf(",");
  if (comma < 0) throw new Malformed("a point is not latitude,longitude");
  const [latitude, longitude] = [decimal(word.slice(0, comma)), decimal(word.slice(comma + 1))];
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw new Malformed("a point is not on the globe");
  return [latitude, longitude];
}

function pointText(pair: [number, number]): string {
  return pair.map(decimalText).join(",");
}

export function polygon(text: string): string {
  const ring = wordsOf(text).map(point).map(pointText);
  if (ring.length < 4 || ring[0] !== ring[ring.length - 1]) throw new Malformed("a polygon is not a closed ring");
  return ring.join(" ");
}

export function circle(text: string): string {
  const [centre, radius, ...more] = wordsOf(text);
  if (radius === undefined || more.length > 0) throw new Malformed("a circle is not a point and a radius");
  const kilometres = decimal(radius);
  if (kilometres < 0) throw new Malformed("a radius is below 0");
  return `${pointText(point(centre!))} ${decimalText(kilometres)}`;
}

/** How many digits a number has, without leading zeros before the point. */
function digitsIn(text: string): number {
  return text.replace(/^[^.1-9]*/, "").replace(/[^0-9]/g, "").length;
}

/** An altitude or a ceiling. */
export function height(text: string): string {
  const plain = trim(text);
  let value = decimal(plain);
  if (digitsIn(plain) > mostDigits) throw new Malformed("a height has too many digits");
  // The nearest number may have a digit more than the text: then the next one towards 0.
  if (digitsIn(decimalText(value)) > mostDigits) {
    const bits = new BigInt64Array(1);
    const number = new Float64Array(bits.buffer);
    number[0] = value;
    bits[0]!--;
    value = number[0];
  }
  if (digitsIn(decimalText(value)) > mostDigits) throw new Malformed("a height has too many digits");
  return decimalText(value);
}

/** A number of bytes. */
export function size(text: string): string {
  const plain = trim(text);
  if (!/^[+-]?[0-9]+$/.test(plain) || digitsIn(plain) > mostDigits) throw new Malformed("a size is not a whole number");
  const value = BigInt(plain.replace("+", ""));
  if (value < 0n || value >= 1n << 63n) throw new Malformed("a size is not possible");
  return value.toString();
}

/** A URI or relative reference (RFC 3986, appendix A), in which characters that the
 * grammar leaves out may stand for themselves. */
export function uri(text: string): string {
  const collapsed = /[ \t\r\n]/.test(text) ? wordsOf(text).join(" ") : text;
  if (!isURI(collapsed)) throw new Malformed("it is not a URI");
  return collapsed;
}

export function isAbsolute(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text);
}

function isURI(text: string): boolean {
  let rest = text;
  if (isAbsolute(text)) rest = text.slice(text.indexOf(":") + 1);
  else if (skip(text, "@").startsWith(":")) return false;
  if (rest.startsWith("//")) {
    rest = skipAuthority(rest.slice(2));
    if (!/^([/?#]|$)/.test(rest)) return false;
  }
  rest = skip(rest, ":@/");
  if (rest.startsWith("?")) rest = skip(rest.slice(1), ":@/?");
  if (rest.startsWith("#")) rest = skip(rest.slice(1), ":@/?[]");
  return rest === "";
}

/** What follows the characters that may stand in any part of a URI, and those in also. */
function skip(text: string, also: string): string {
  for (let i = 0; i < text.length; i++) {
    const escape = text[i] === "%" && !/^[0-9A-Fa-f]{2}$/.test(text.slice(i + 1, i + 3));
    if (escape || (":/?#[]@".includes(text[i]!) && !also.includes(text[i]!))) return text.slice(i);
  }
  return "";
}

/** What follows user, host and port, or what is wrong there. */
function skipAuthority(text: string): string {
  const user = skip(text, ":");
  let rest = user.startsWith("@") ? user.slice(1) : text;
  if (rest.startsWith("[")) rest = rest.includes("]") ? rest.slice(rest.indexOf("]") + 1) : rest;
  else rest = skip(rest, "");
  const port = /^:([0-9]+)/.exec(rest);
  return port === null || Number(port[1]) > 0x7fffffff ? rest : rest.slice(port[0].length);
}
