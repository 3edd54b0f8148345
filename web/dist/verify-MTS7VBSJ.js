var __defProp = Object.defineProperty;
var __defNormalProp = (obj, key, value) => key in obj ? __defProp(obj, key, { enumerable: true, configurable: true, writable: true, value }) : obj[key] = value;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __publicField = (obj, key, value) => __defNormalProp(obj, typeof key !== "symbol" ? key + "" : key, value);

// verify/core/index.ts
var core_exports = {};
__export(core_exports, {
  Malformed: () => Malformed,
  UnknownLog: () => UnknownLog,
  factsOf: () => factsOf,
  fromBase64: () => fromBase64,
  parseBundle: () => parseBundle,
  parseCheckpoint: () => parseCheckpoint,
  parseLeaf: () => parseLeaf,
  parseProof: () => parseProof,
  parseShort: () => parseShort,
  parseTrust: () => parseTrust,
  readCAP: () => readCAP,
  utf8: () => utf8,
  verify: () => verify
});

// verify/core/bytes.ts
var Malformed = class extends Error {
};
function utf8(text2) {
  return new TextEncoder().encode(text2);
}
function fromUTF8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed("it is not in UTF-8");
  }
}
function fromLatin1(bytes) {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
function sizeOf(text2) {
  return utf8(text2).length;
}
function join(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
function equal(a, b2) {
  return a.length === b2.length && a.every((byte, i) => byte === b2[i]);
}
async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
}
function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
function fromHex(text2) {
  if (!/^([0-9a-f]{2})*$/.test(text2)) throw new Malformed("it is not in hexadecimal");
  return Uint8Array.from(text2.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
var letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
var alphabets = { standard: letters + "+/", url: letters + "-_" };
function toBase64(bytes, kind = "standard") {
  const alphabet = alphabets[kind];
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = bytes[i] << 16 | (bytes[i + 1] ?? 0) << 8 | (bytes[i + 2] ?? 0);
    for (let n = 0; n < 4 && i + n <= bytes.length; n++) out += alphabet[bits >> 18 - 6 * n & 63];
  }
  return kind === "standard" ? out.padEnd(Math.ceil(out.length / 4) * 4, "=") : out;
}
function fromBase64(text2, kind = "standard", canonical = true) {
  const alphabet = alphabets[kind];
  const digits = kind === "standard" ? text2.replace(/={1,2}$/, "") : text2;
  const out = new Uint8Array(Math.floor(digits.length * 6 / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    const value = alphabet.indexOf(digit);
    if (value < 0) throw new Malformed("it is not in base64");
    bits = (bits << 6 | value) & 65535;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[at++] = bits >> held & 255;
    }
  }
  const whole = toBase64(out, kind);
  const fits = canonical ? whole === text2 : whole.length === text2.length;
  if (!fits) throw new Malformed("it is not in base64");
  return out;
}
function uint32(bytes, at = 0) {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
}
function uint64(bytes, at = 0) {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 8).getBigUint64(0);
}

// verify/core/captime.ts
var mostOffset = 14 * 60;
function parseTime(text2) {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([+-])(\d\d):(\d\d)$/.exec(text2);
  if (match === null) return void 0;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const offset = Number(match[8]) * 60 + Number(match[9]);
  const midnight = hour === 24 && minute === 0 && second === 0;
  if (year === 0 || hour > 23 && !midnight || minute > 59 || second > 59 || Number(match[9]) > 59 || offset > mostOffset) return void 0;
  const date = /* @__PURE__ */ new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return void 0;
  const at = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1e3 - (match[7] === "-" ? -1 : 1) * offset * 6e4;
  if (at === Date.parse("0001-01-01T00:00:00Z")) return void 0;
  return { at, text: offset === 0 ? text2.slice(0, 19) + "-00:00" : text2 };
}

// verify/core/xml.ts
var limits = { bytes: 1 << 20, depth: 16, elements: 5e4, attributes: 32, text: 64 << 10, largeText: 512 << 10 };
var large = ["description", "instruction", "polygon", "derefUri"];
var xmlNamespace = "http://www.w3.org/XML/1998/namespace";
var xmlnsNamespace = "http://www.w3.org/2000/xmlns/";
var typeAttribute = "{http://www.w3.org/2001/XMLSchema-instance}type";
function parseXML(raw) {
  if (raw.length > limits.bytes) throw new Malformed("the document is too large");
  const text2 = fromUTF8(raw);
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text2)) throw new Malformed("a character is not allowed in XML");
  return new Parser(text2.replace(/^\ufeff/, "")).document();
}
var Parser = class {
  constructor(src) {
    __publicField(this, "src", src);
    __publicField(this, "at", 0);
    __publicField(this, "elements", 0);
    __publicField(this, "open", []);
    __publicField(this, "root");
    /** Namespaces by prefix; "" is the default. */
    __publicField(this, "spaces", /* @__PURE__ */ new Map([["xml", xmlNamespace]]));
  }
  document() {
    if (/^<\?xml[ \t\r\n]/.test(this.src)) this.declaration();
    while (this.at < this.src.length) this.piece();
    if (this.root === void 0 || this.open.length > 0) throw new Malformed("the document has no element, or ends inside one");
    return this.root;
  }
  declaration() {
    const quoted = (value) => `[ \\t\\r\\n]*=[ \\t\\r\\n]*(?:"${value}"|'${value}')`;
    const form = new RegExp(
      `^<\\?xml[ \\t\\r\\n]+version${quoted("1\\.0")}(?:[ \\t\\r\\n]+encoding${quoted("[Uu][Tt][Ff]-8")})?(?:[ \\t\\r\\n]+standalone${quoted("(?:yes|no)")})?[ \\t\\r\\n]*\\?>`
    );
    const match = form.exec(this.src);
    if (match === null) throw new Malformed("the XML declaration is malformed, or not for XML 1.0 in UTF-8");
    this.at = match[0].length;
  }
  piece() {
    const { src, at } = this;
    if (src[at] !== "<") this.characters();
    else if (src.startsWith("<!--", at)) this.comment();
    else if (src.startsWith("<![CDATA[", at) && this.open.length > 0) this.cdata();
    else if (src[at + 1] === "!" || src[at + 1] === "?") throw new Malformed("a document type or a processing instruction is not allowed");
    else if (src[at + 1] === "/") this.endTag();
    else if (this.root !== void 0 && this.open.length === 0) throw new Malformed("a second element follows the root");
    else this.startTag();
  }
  characters() {
    const next = this.src.indexOf("<", this.at);
    const run = this.src.slice(this.at, next < 0 ? void 0 : next);
    this.at += run.length;
    if (this.open.length === 0) {
      if (!isBlank(run)) throw new Malformed("text stands outside the root element");
      return;
    }
    if (run.includes("]]>")) throw new Malformed("]]> is not allowed in text");
    this.addText(resolve(run.replace(/\r\n?/g, "\n")));
  }
  comment() {
    const end = this.src.indexOf("--", this.at + 4);
    if (end < 0 || this.src[end + 2] !== ">") throw new Malformed("a comment does not end as it must");
    this.at = end + 3;
  }
  cdata() {
    const from = this.at + "<![CDATA[".length;
    const end = this.src.indexOf("]]>", from);
    if (end < 0) throw new Malformed("a CDATA section does not end");
    this.at = end + 3;
    this.open[this.open.length - 1].element.cdata = true;
    this.addText(this.src.slice(from, end).replace(/\r\n?/g, "\n"));
  }
  addText(text2) {
    const open = this.open[this.open.length - 1];
    open.element.text += text2;
    open.size += sizeOf(text2);
    if (open.size > (large.includes(open.element.local) ? limits.largeText : limits.text)) throw new Malformed("a text is too long");
  }
  startTag() {
    this.at++;
    const raw = this.name();
    if (raw === "") throw new Malformed("< begins no tag");
    if (++this.elements > limits.elements || this.open.length === limits.depth) throw new Malformed("there are too many elements, or too deep ones");
    const outer = this.spaces;
    const written = /* @__PURE__ */ new Map();
    const empty = this.attributes(written);
    this.bind(written);
    const [space, local] = this.resolveName(raw, this.spaces.get("") ?? "");
    const element = { space, local, attributes: /* @__PURE__ */ new Map(), text: "", cdata: false, children: [] };
    for (const [name, value] of written) {
      if (name === "xmlns" || name.startsWith("xmlns:")) continue;
      const key = braced(...this.resolveName(name, ""));
      if (element.attributes.has(key)) throw new Malformed("an attribute stands twice");
      element.attributes.set(key, key === typeAttribute ? this.typeName(value) : value);
    }
    if (this.open.length > 0) this.open[this.open.length - 1].element.children.push(element);
    else this.root = element;
    this.open.push({ element, raw, size: 0, outer });
    if (empty) this.close();
  }
  /** Reads the attributes of a tag and its end, and tells whether it is empty. */
  attributes(into) {
    for (; ; ) {
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
  quoted() {
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
  bind(written) {
    for (const [name, value] of written) {
      if (name !== "xmlns" && !name.startsWith("xmlns:")) continue;
      const prefix = name.slice("xmlns:".length);
      const malformed = name !== "xmlns" && (value === "" || prefix === "xmlns" || !/^[A-Za-z_][^:]*$/.test(prefix));
      if (malformed || value === xmlnsNamespace || prefix === "xml" !== (value === xmlNamespace)) {
        throw new Malformed("a namespace declaration is not allowed");
      }
      this.spaces = new Map(this.spaces).set(prefix, value);
    }
  }
  /** The namespace and local part of a name as written. */
  resolveName(raw, unprefixed) {
    const colon = raw.indexOf(":");
    if (colon < 0) return [unprefixed, raw];
    const local = raw.slice(colon + 1);
    const space = this.spaces.get(raw.slice(0, colon));
    if (colon === 0 || !/^[A-Za-z_][^:]*$/.test(local) || space === void 0) throw new Malformed("a prefix is not declared");
    return [space, local];
  }
  typeName(value) {
    const colon = value.indexOf(":");
    return braced(this.spaces.get(value.slice(0, Math.max(colon, 0))) ?? "", value.slice(colon + 1));
  }
  endTag() {
    this.at += 2;
    const raw = this.name();
    this.space();
    if (this.open[this.open.length - 1]?.raw !== raw || this.src[this.at++] !== ">") throw new Malformed("an end tag ends nothing that is open");
    this.close();
  }
  close() {
    this.spaces = this.open.pop().outer;
  }
  /** Of the names of XML it knows those in ASCII; "" when there is none. */
  name() {
    const pattern = /[A-Za-z_:][A-Za-z0-9_:.-]*/y;
    pattern.lastIndex = this.at;
    const name = pattern.exec(this.src)?.[0] ?? "";
    this.at += name.length;
    return name;
  }
  space() {
    const from = this.at;
    while (isBlank(this.src[this.at] ?? "x")) this.at++;
    return this.at > from;
  }
};
function braced(space, local) {
  return `{${space}}${local}`;
}
var named = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
var mostReference = 64;
function resolve(run) {
  return run.replace(/&([^;]*;)?/g, (whole, body) => {
    const name = (body ?? "").slice(0, -1);
    if (whole.length > mostReference) throw new Malformed("a reference is too long");
    if (Object.hasOwn(named, name)) return named[name];
    const [, hex, decimal2] = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name) ?? [];
    const code = hex !== void 0 ? parseInt(hex, 16) : Number(decimal2 ?? "0");
    const legal = code === 9 || code === 10 || code === 13 || code >= 32 && code <= 55295 || code >= 57344 && code <= 65533 || code >= 65536 && code <= 1114111;
    if (!legal) throw new Malformed("a reference is not known");
    return String.fromCodePoint(code);
  });
}
function isBlank(text2) {
  return /^[ \t\r\n]*$/.test(text2);
}
function trim(text2) {
  return text2.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}
function wordsOf(text2) {
  return text2.split(/[ \t\r\n]+/).filter((word) => word !== "");
}

// verify/core/capvalue.ts
var mostDigits = 24;
function time(text2) {
  const read = parseTime(trim(text2));
  if (read === void 0) throw new Malformed("a time is not as CAP has it");
  return read.text;
}
function language(text2) {
  const tag = trim(text2);
  if (text2 !== "" && !/^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(tag)) throw new Malformed("a language is not a tag");
  return tag;
}
function isToken(text2) {
  return text2 !== "" && !/[ \t\r\n,<&]/.test(text2);
}
function references(text2) {
  const words2 = wordsOf(text2);
  for (const word of words2) {
    const [sender, identifier, sent, ...more] = word.split(",");
    if (sent === void 0 || more.length > 0 || !isToken(sender) || !isToken(identifier) || parseTime(sent) === void 0) {
      throw new Malformed("references are not sender,identifier,sent");
    }
  }
  return words2.join(" ");
}
function decimal(text2) {
  const value = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text2) ? Number(text2) : NaN;
  if (!Number.isFinite(value)) throw new Malformed("it is not a decimal number");
  return value + 0;
}
function decimalText(value) {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point2 = whole.length + shift;
  if (point2 <= 0) return `${sign}0.${"0".repeat(-point2)}${digits}`;
  if (point2 >= digits.length) return sign + digits.padEnd(point2, "0");
  return `${sign}${digits.slice(0, point2)}.${digits.slice(point2)}`;
}
function point(word) {
  const comma = word.indexOf(",");
  if (comma < 0) throw new Malformed("a point is not latitude,longitude");
  const [latitude, longitude] = [decimal(word.slice(0, comma)), decimal(word.slice(comma + 1))];
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw new Malformed("a point is not on the globe");
  return [latitude, longitude];
}
function pointText(pair) {
  return pair.map(decimalText).join(",");
}
function polygon(text2) {
  const ring = wordsOf(text2).map(point).map(pointText);
  if (ring.length < 4 || ring[0] !== ring[ring.length - 1]) throw new Malformed("a polygon is not a closed ring");
  return ring.join(" ");
}
function circle(text2) {
  const [centre, radius, ...more] = wordsOf(text2);
  if (radius === void 0 || more.length > 0) throw new Malformed("a circle is not a point and a radius");
  const kilometres = decimal(radius);
  if (kilometres < 0) throw new Malformed("a radius is below 0");
  return `${pointText(point(centre))} ${decimalText(kilometres)}`;
}
function digitsIn(text2) {
  return text2.replace(/^[^.1-9]*/, "").replace(/[^0-9]/g, "").length;
}
function height(text2) {
  const plain = trim(text2);
  let value = decimal(plain);
  if (digitsIn(plain) > mostDigits) throw new Malformed("a height has too many digits");
  if (digitsIn(decimalText(value)) > mostDigits) {
    const bits = new BigInt64Array(1);
    const number = new Float64Array(bits.buffer);
    number[0] = value;
    bits[0]--;
    value = number[0];
  }
  if (digitsIn(decimalText(value)) > mostDigits) throw new Malformed("a height has too many digits");
  return decimalText(value);
}
function size(text2) {
  const plain = trim(text2);
  if (!/^[+-]?[0-9]+$/.test(plain) || digitsIn(plain) > mostDigits) throw new Malformed("a size is not a whole number");
  const value = BigInt(plain.replace("+", ""));
  if (value < 0n || value >= 1n << 63n) throw new Malformed("a size is not possible");
  return value.toString();
}
function uri(text2) {
  const collapsed = /[ \t\r\n]/.test(text2) ? wordsOf(text2).join(" ") : text2;
  if (!isURI(collapsed)) throw new Malformed("it is not a URI");
  return collapsed;
}
function isAbsolute(text2) {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text2);
}
function isURI(text2) {
  let rest = text2;
  if (isAbsolute(text2)) rest = text2.slice(text2.indexOf(":") + 1);
  else if (skip(text2, "@").startsWith(":")) return false;
  if (rest.startsWith("//")) {
    rest = skipAuthority(rest.slice(2));
    if (!/^([/?#]|$)/.test(rest)) return false;
  }
  rest = skip(rest, ":@/");
  if (rest.startsWith("?")) rest = skip(rest.slice(1), ":@/?");
  if (rest.startsWith("#")) rest = skip(rest.slice(1), ":@/?[]");
  return rest === "";
}
function skip(text2, also) {
  for (let i = 0; i < text2.length; i++) {
    const escape2 = text2[i] === "%" && !/^[0-9A-Fa-f]{2}$/.test(text2.slice(i + 1, i + 3));
    if (escape2 || ":/?#[]@".includes(text2[i]) && !also.includes(text2[i])) return text2.slice(i);
  }
  return "";
}
function skipAuthority(text2) {
  const user = skip(text2, ":");
  let rest = user.startsWith("@") ? user.slice(1) : text2;
  if (rest.startsWith("[")) rest = rest.includes("]") ? rest.slice(rest.indexOf("]") + 1) : rest;
  else rest = skip(rest, "");
  const port = /^:([0-9]+)/.exec(rest);
  return port === null || Number(port[1]) > 2147483647 ? rest : rest.slice(port[0].length);
}

// verify/core/cap.ts
var namespace = "urn:oasis:names:tc:emergency:cap:1.2";
var signatureNamespace = "http://www.w3.org/2000/09/xmldsig#";
var schemaNamespace = "http://www.w3.org/2001/XMLSchema";
var instanceNamespace = "http://www.w3.org/2001/XMLSchema-instance";
var mostBytes = 1 << 20;
function field(text2, kind = "string", read = (plain) => plain, always = false) {
  const [, name, often] = /^(\w+)([?+*]?)$/.exec(text2);
  return { name, least: often === "?" || often === "*" ? 0 : 1, repeats: often === "+" || often === "*", kind, always, read };
}
function needed(text2) {
  return field(text2, "string", void 0, true);
}
function oneOf(text2, ...values) {
  return field(text2, "-", (plain) => {
    if (!values.includes(plain)) throw new Malformed(`${plain} is none of ${values.join(", ")}`);
    return plain;
  });
}
function token(name) {
  return field(name, "string", (plain) => {
    if (!isToken(plain)) throw new Malformed(`${name} is empty, or has a character that it may not have`);
    return plain;
  });
}
function group(text2, fields) {
  return { ...field(text2, ""), fields };
}
var namedValue = [needed("valueName"), needed("value")];
var resource = [
  needed("resourceDesc"),
  needed("mimeType"),
  field("size?", "integer", size),
  field("uri?", "anyURI", uri),
  field("derefUri?"),
  field("digest?")
];
var area = [
  needed("areaDesc"),
  field("polygon*", "string", polygon, true),
  field("circle*", "string", circle, true),
  group("geocode*", namedValue),
  field("altitude?", "decimal", height),
  field("ceiling?", "decimal", height)
];
var info = [
  field("language?", "language", language),
  oneOf("category+", "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"),
  needed("event"),
  oneOf("responseType*", "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"),
  oneOf("urgency", "Immediate", "Expected", "Future", "Past", "Unknown"),
  oneOf("severity", "Extreme", "Severe", "Moderate", "Minor", "Unknown"),
  oneOf("certainty", "Observed", "Likely", "Possible", "Unlikely", "Unknown"),
  field("audience?"),
  group("eventCode*", namedValue),
  field("effective?", "-", time),
  field("onset?", "-", time),
  field("expires?", "-", time),
  field("senderName?"),
  field("headline?"),
  field("description?"),
  field("instruction?"),
  field("web?", "anyURI", uri),
  field("contact?"),
  group("parameter*", namedValue),
  group("resource*", resource),
  group("area*", area)
];
var alert = [
  token("identifier"),
  token("sender"),
  field("sent", "-", time),
  oneOf("status", "Actual", "Exercise", "System", "Test", "Draft"),
  oneOf("msgType", "Alert", "Update", "Cancel", "Ack", "Error"),
  field("source?"),
  oneOf("scope", "Public", "Restricted", "Private"),
  field("restriction?"),
  field("addresses?"),
  needed("code*"),
  field("note?"),
  field("references?", "string", references),
  field("incidents?"),
  group("info*", info)
];
function readCAP(raw) {
  const root = parseXML(raw);
  if (root.space !== namespace || root.local !== "alert") throw new Malformed("it is not a CAP message");
  return readAlert(root);
}
function readAlert(root) {
  const signatures = [];
  const message2 = readGroup(root, alert, signatures);
  const restricted = message2.scope === "Restricted";
  if (restricted ? isBlank(text(message2, "restriction")) : text(message2, "restriction") !== "") throw new Malformed("restriction and scope do not fit");
  if (message2.scope === "Private" && isBlank(text(message2, "addresses"))) throw new Malformed("a private message needs addresses");
  for (const { resource: resource2 = [], area: area2 = [] } of groups(message2, "info")) {
    for (const each of resource2) {
      const uri2 = text(each, "uri");
      if (uri2 !== "" && text(each, "derefUri") === "" && !isAbsolute(uri2)) throw new Malformed("a resource's uri is relative");
    }
    for (const each of area2) {
      if (text(each, "ceiling") !== "" && text(each, "altitude") === "") throw new Malformed("a ceiling needs an altitude");
    }
  }
  signatures.forEach(checkForeign);
  return message2;
}
function readGroup(element, fields, signatures) {
  checkAttributes(element, "");
  if (element.cdata || !isBlank(element.text)) throw new Malformed(`${element.local} has text between its elements`);
  const read = {};
  let last = 0;
  for (const child of element.children) {
    if (signatures !== void 0 && child.space === signatureNamespace) {
      last = fields.length - 1;
      signatures.push(child);
      continue;
    }
    const at = child.space === namespace ? fields.findIndex(({ name: name2 }) => name2 === child.local) : -1;
    if (at < last) throw new Malformed(`${child.local} is not known there, or stands too late`);
    last = at;
    const { name, repeats, fields: inner, read: readText, kind } = fields[at];
    if (read[name] !== void 0 && !repeats) throw new Malformed(`${name} stands twice`);
    const one = inner === void 0 ? readText(leafText(child, kind)) : readGroup(child, inner);
    if (repeats) (read[name] ?? (read[name] = [])).push(one);
    else read[name] = one;
  }
  const missing = fields.find(({ name, least }) => read[name] === void 0 && least > 0);
  if (missing !== void 0) throw new Malformed(`${missing.name} is missing`);
  return read;
}
function leafText(element, kind) {
  checkAttributes(element, kind);
  if (element.children.length > 0) throw new Malformed(`${element.local} may hold text only`);
  return element.text;
}
function checkAttributes(element, kind) {
  const types = kind === "string" ? ["string", "token", "normalizedString"] : [kind];
  for (const [name, type] of element.attributes) {
    if (name.startsWith(`{${instanceNamespace}}`) && name.endsWith("chemaLocation")) continue;
    const fits = kind !== "" && types.some((each) => type === `{${schemaNamespace}}${each}`);
    if (name !== `{${instanceNamespace}}type` || !fits) throw new Malformed(`${element.local} has an attribute that CAP does not know`);
  }
}
function checkForeign(element) {
  for (const child of element.children) {
    const own = child.space === namespace;
    if (own && child.local === "alert") readAlert(child);
    else if (own && (child.local === "value" || child.local === "valueName")) leafText(child, "string");
    else checkForeign(child);
  }
}
function text(group2, name) {
  return group2[name] ?? "";
}
function groups(group2, name) {
  return group2[name] ?? [];
}
async function contentDigest(message2) {
  const lines = [`<alert xmlns="${namespace}">`, ...linesOf(message2, alert, "  "), "</alert>"];
  const whole = utf8(lines.join("\n"));
  if (whole.length > mostBytes) throw new Malformed("the message is too large");
  return toHex(await sha256(utf8(lines.map((line) => line.replace(/^  <sent>[^<]*<\/sent>$/, "  ")).join("\n"))));
}
function linesOf(group2, fields, indent) {
  return fields.flatMap(({ name, always, repeats, fields: inner }) => {
    const values = repeats ? group2[name] ?? [] : [group2[name] ?? ""];
    return values.flatMap((each) => {
      if (typeof each !== "string") return [`${indent}<${name}>`, ...linesOf(each, inner, indent + "  "), `${indent}</${name}>`];
      return each === "" && !always ? [] : [`${indent}<${name}>${escape(each)}</${name}>`];
    });
  });
}
function escape(plain) {
  return plain.replace(/[&<>\r]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;" })[character]);
}

// verify/core/note.ts
var algorithmNote = 1;
var algorithmCosignature = 4;
var mostLines = 100;
var UnknownAlgorithm = class extends Malformed {
};
function isOrigin(text2) {
  return /^[!-*,-~]{1,128}$/.test(text2);
}
async function readKey(text2) {
  const parts = /^([^+]*)\+([^+]*)\+([^]*)$/.exec(text2);
  if (parts === null) throw new Malformed("a key is not name, hash and key");
  const [, name, hash2, base64] = parts;
  const raw = fromBase64(base64);
  if (raw.length === 0 || !isOrigin(name)) throw new Malformed("a key has no name, or is empty");
  const sum = uint32(await sha256(utf8(name + "\n"), raw));
  if (sum.toString(16).padStart(8, "0") !== hash2) throw new Malformed(`the hash of the key ${name} is wrong`);
  if (raw[0] !== algorithmNote && raw[0] !== algorithmCosignature) throw new UnknownAlgorithm(name);
  if (raw.length !== 33) throw new Malformed(`the key ${name} has not 32 bytes`);
  return { name, hash: sum, cosigns: raw[0] === algorithmCosignature, key: raw.slice(1) };
}
function parseNote(raw) {
  const message2 = fromUTF8(raw);
  if (/[\u0000-\u0009\u000b-\u001f]/.test(message2)) throw new Malformed("a note has control characters");
  const split = message2.lastIndexOf("\n\n");
  if (split < 0 || message2.length <= split + 2 || !message2.endsWith("\n")) throw new Malformed("a note has no signatures");
  const written = message2.slice(split + 2, -1).split("\n");
  if (written.length > mostLines) throw new Malformed("a note has too many signatures");
  const lines = written.map((line) => {
    const [, name, base64] = /^— ([^ ]*) (.*)$/u.exec(line) ?? [];
    if (name === void 0 || base64 === void 0 || !isKeyName(name)) throw new Malformed("a signature line is malformed");
    const signed = fromBase64(base64, "standard", false);
    if (signed.length < 5) throw new Malformed("a signature is too short");
    return { name, hash: uint32(signed), signature: signed.slice(4) };
  });
  return { text: message2.slice(0, split + 1), lines };
}
function isKeyName(name) {
  return name !== "" && !/[+\s\u0085]/.test(name.replace(/\ufeff/g, ""));
}
async function signatureBy(note, key) {
  const line = note.lines.find(({ name, hash: hash2 }) => name === key.name && hash2 === key.hash);
  if (line === void 0) return void 0;
  let message2 = utf8(note.text);
  let signature = line.signature;
  if (key.cosigns) {
    if (signature.length !== 8 + 64) return void 0;
    const seconds = uint64(signature);
    if (seconds >= 1n << 63n) return void 0;
    message2 = join(utf8(`cosignature/v1
time ${seconds}
`), message2);
    signature = signature.slice(8);
  }
  return await verifyEd25519(key.key, message2, signature) ? line.signature : void 0;
}
async function verifyEd25519(key, message2, signature) {
  const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", imported, signature, message2);
}

// verify/core/p256.ts
var p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
var b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
var derHead = fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
function decompress(key) {
  if (key.length !== 33 || key[0] !== 2 && key[0] !== 3) return void 0;
  const x = BigInt("0x" + toHex(key.slice(1)));
  if (x >= p) return void 0;
  const square = (x * x % p * x + (p - 3n) * x + b) % p;
  let y = power(square, (p + 1n) / 4n);
  if (y * y % p !== square) return void 0;
  if (y % 2n !== BigInt(key[0] - 2)) y = p - y;
  return join(Uint8Array.of(4), key.slice(1), fromHex(y.toString(16).padStart(64, "0")));
}
function power(base, exponent) {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = result * result % p;
    if (bit === "1") result = result * base % p;
  }
  return result;
}
async function keyId(key) {
  const point2 = decompress(key);
  return point2 === void 0 ? "" : toHex(await sha256(derHead, point2)).slice(0, 16);
}
async function verifyP256(key, message2, signature) {
  const point2 = decompress(key);
  if (point2 === void 0) return false;
  const imported = await crypto.subtle.importKey("raw", point2, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, signature, message2);
}

// verify/core/assertion.ts
var userPresent = 1;
var userVerified = 4;
var backupEligible = 8;
var backedUp = 16;
var moreData = 192;
function parseAssertion(value) {
  const parts = value.split(" ");
  const [action, role, guard, key, signature] = parts;
  const known = (action === "request" || action === "release") && (guard === "software-key" || guard === "passkey");
  if (parts.length < 5 || !known || !isCode(role) || !isKey(key) || signature.length !== 86) {
    throw new Malformed("an assertion is malformed");
  }
  const assertion = { action, role, guard, key: fromBase64(key, "url"), signature: fromBase64(signature, "url") };
  if (guard === "passkey") assertion.ceremony = parseCeremony(parts.slice(5));
  else if (parts.length > 5) throw new Malformed("an assertion of a software key has too many parts");
  return assertion;
}
function parseCeremony([relyingParty, flags, counter, ...rest]) {
  const clientData = rest.join(" ");
  if (relyingParty === void 0 || !isOrigin(relyingParty) || !/^[0-9a-f]{2}$/.test(flags ?? "") || !/^[0-9a-f]{8}$/.test(counter ?? "")) {
    throw new Malformed("an assertion of a passkey is malformed");
  }
  const origin = /^([^"\\ ]+)"(}|,"crossOrigin":false(}|,.*}))$/.exec(clientData)?.[1];
  if (origin === void 0 || clientData.length > 256 || !/^[ -~]*$/.test(clientData)) {
    throw new Malformed("the client data of a passkey is not in its standard form");
  }
  return { relyingParty, flags: parseInt(flags, 16), counter: fromHex(counter), clientData, origin };
}
async function checkAssertion(statement, assertion, rules) {
  const { action, role, warning, identifier, content } = statement;
  if (assertion.action !== action || assertion.role !== role) return "purpose";
  const text2 = utf8(["tocsin/assertion/v1", action, role, warning, identifier, content].join("\n") + "\n");
  let signed = text2;
  if (assertion.ceremony === void 0) {
    if (rules.refuseSoftware) return "guard";
  } else {
    const fault = checkCeremony(assertion.ceremony, rules);
    if (fault !== void 0) return fault;
    signed = await signedByPasskey(assertion.ceremony, text2);
  }
  return await verifyP256(assertion.key, signed, assertion.signature) ? void 0 : "signature";
}
function checkCeremony({ origin, relyingParty, flags }, rules) {
  if (!rules.origins.includes(origin)) return "origin";
  const host = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^@/?#]*@)?\[?([^\]:/?#]*)/.exec(origin)?.[1] ?? "";
  if (host !== relyingParty && !host.endsWith("." + relyingParty)) return "relying-party";
  if ((flags & moreData) !== 0 || (flags & backedUp) !== 0 && (flags & backupEligible) === 0) return "client-data";
  if ((flags & userPresent) === 0) return "user-not-present";
  if ((flags & userVerified) === 0) return "user-not-verified";
  if ((flags & (backupEligible | backedUp)) !== 0 && !rules.allowSynced) return "synced-passkey";
  return void 0;
}
async function signedByPasskey({ relyingParty, flags, counter, clientData }, statement) {
  const challenge = toBase64(await sha256(statement), "url");
  const json = utf8(`{"type":"webauthn.get","challenge":"${challenge}","origin":"${clientData}`);
  return join(await sha256(utf8(relyingParty)), Uint8Array.of(flags), counter, await sha256(json));
}

// verify/core/regions.ts
var lengths = [2, 3, 5, 9, 12];
var federation = "00";
var mostAreas = 24;
function shortest(key) {
  const n = lengths.find((length) => key.length > length && /^0*$/.test(key.slice(length)));
  return n === void 0 ? key : key.slice(0, n);
}
function isShortest(key) {
  return /^[0-9]+$/.test(key) && lengths.includes(key.length) && shortest(key) === key;
}
function within(key, territories) {
  return territories.map(shortest).some((territory) => territory === federation || shortest(key).startsWith(territory));
}
function regions(keys) {
  let areas = keys.map((key) => {
    const plain = key.replaceAll(" ", "");
    if (!/^[0-9]+$/.test(plain) || !lengths.includes(plain.length)) throw new Malformed(`${key} is no regional key`);
    return shortest(plain);
  });
  areas = outermost(areas);
  for (let level = lengths.length - 2; level >= 0 && areas.length > mostAreas; level--) {
    areas = outermost(areas.map((area2) => area2.slice(0, lengths[level])));
  }
  return areas;
}
function outermost(keys) {
  const out = [];
  for (const key of keys.sort()) {
    const last = out[out.length - 1];
    if (last === void 0 || out[0] !== federation && !key.startsWith(last)) out.push(key);
  }
  return out;
}

// verify/core/tree.ts
var hashSize = 32;
var mostCheckpoint = 64 << 10;
var mostSize = (1n << 63n) - 1n;
function checkpointText({ origin, size: size2, root }) {
  return `${origin}
${size2}
${toBase64(root)}
`;
}
function parseCheckpoint(raw) {
  if (raw.length > mostCheckpoint) throw new Malformed("a checkpoint is too long");
  const note = parseNote(raw);
  const [origin, size2, root, rest, ...more] = note.text.split("\n");
  if (!origin || size2 === void 0 || root === void 0 || rest !== "" || more.length > 0) {
    throw new Malformed("a checkpoint is not three lines");
  }
  const tree = { origin, size: wholeNumber(size2), root: hash(root), note };
  return tree;
}
function wholeNumber(text2) {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text2) || BigInt(text2) > mostSize) throw new Malformed("it is not a number");
  return BigInt(text2);
}
function hash(text2) {
  const bytes = fromBase64(text2);
  if (bytes.length !== hashSize) throw new Malformed("it is not a hash");
  return bytes;
}
function leafHash(leaf) {
  return sha256(Uint8Array.of(0), leaf);
}
function pathLength(index, size2) {
  let n = 0;
  for (let last = size2 - 1n; last > 0n; index >>= 1n, last >>= 1n) {
    if (index % 2n === 1n || index < last) n++;
  }
  return n;
}
async function pathRoot(leaf, index, size2, path) {
  let root = await leafHash(leaf);
  let next = 0;
  for (let last = size2 - 1n; last > 0n; index >>= 1n, last >>= 1n) {
    if (index % 2n === 1n) root = await sha256(Uint8Array.of(1), path[next++], root);
    else if (index < last) root = await sha256(Uint8Array.of(1), root, path[next++]);
  }
  return root;
}

// verify/core/leaf.ts
var mostLeaf = 1536;
var mostAssertions = 4;
var message = "time authority realm warning identifier sender type sent expires? references? area+ cap content assertion+";
var shapes = {
  release: message,
  update: message,
  end: message,
  refusal: "time authority realm warning identifier content reason assertion*",
  siren: "time authority realm warning? identifier? area* signal frames",
  "key-enrolled": "time authority realm key guard holder role+",
  "key-revoked": "time authority realm key holder reason?",
  roles: "time authority realm holder role*",
  territory: "time authority realm grantee area*",
  first: "time authority realm origin previous?",
  last: "time authority realm origin next?"
};
var typeOf = { release: "Alert", update: "Update", end: "Cancel" };
function isCode(text2) {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text2);
}
function isName(text2) {
  return /^[!-~]{1,128}$/.test(text2) && !/[,<&]/.test(text2);
}
function isDigest(text2) {
  return /^[0-9a-f]{64}$/.test(text2) && !/^0*$/.test(text2);
}
function isListing(text2) {
  const [, count, digest] = /^([1-9][0-9]{0,6}) (.*)$/.exec(text2) ?? [];
  return Number(count) <= 1e6 && isDigest(digest ?? "");
}
function isPrevious(text2) {
  const [origin, size2, root, ...more] = text2.split(" ");
  if (size2 === void 0 || root === void 0 || more.length > 0) return false;
  hash(root);
  return isOrigin(origin) && wholeNumber(size2) > 0n;
}
function isKey(text2) {
  return text2.length === 44 && decompress(fromBase64(text2, "url")) !== void 0;
}
var checks = {
  time: (value) => stamp(value) !== void 0,
  authority: isCode,
  realm: (value) => value === "live" || value === "exercise",
  warning: isName,
  identifier: isName,
  sender: isName,
  type: (value) => ["Alert", "Update", "Cancel"].includes(value),
  sent: (value) => parseTime(value) !== void 0,
  expires: (value) => parseTime(value) !== void 0,
  references: isListing,
  area: (value, before) => {
    const last = before[before.length - 1];
    return isShortest(value) && before.length < mostAreas && (last === void 0 || last < value && !value.startsWith(last));
  },
  cap: isDigest,
  content: isDigest,
  key: isKey,
  guard: (value) => value === "software-key" || value === "passkey",
  holder: (value) => value.length === 16 && fromHex(value).length === 8,
  role: (value, before) => isCode(value) && (before.length === 0 || before[before.length - 1] < value),
  reason: isCode,
  signal: isCode,
  frames: isListing,
  grantee: isCode,
  origin: isOrigin,
  previous: isPrevious,
  next: isOrigin,
  assertion: (value, before) => before.length < mostAssertions && parseAssertion(value) !== void 0
};
function stamp(text2) {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text2) || text2 === "0001-01-01T00:00:00Z") return void 0;
  const time2 = Date.parse(text2.replace("Z", ".000Z"));
  return Number.isNaN(time2) || new Date(time2).toISOString().replace(".000Z", "Z") !== text2 ? void 0 : time2;
}
function parseLeaf(raw) {
  if (raw.length > mostLeaf) throw new Malformed("a leaf is too long");
  const [first, ...lines] = fromLatin1(raw).split("\n");
  if (lines.pop() !== "") throw new Malformed("the leaf's last line does not end");
  const kind = /^tocsin-leaf\/v1 (.*)$/.exec(first ?? "")?.[1] ?? "";
  if (!Object.hasOwn(shapes, kind)) throw new Malformed("it is no leaf of a known kind");
  const values = /* @__PURE__ */ new Map();
  let at = 0;
  for (const word of shapes[kind].split(" ")) {
    const name = word.replace(/[?+*]$/, "");
    const often = word.slice(name.length);
    const found = [];
    for (; lines[at]?.startsWith(name + " "); at++) {
      const value = lines[at].slice(name.length + 1);
      if (!checks[name](value, found)) throw new Malformed(`line ${at + 2} of the leaf is malformed`);
      found.push(value);
    }
    if (found.length > 1 && (often === "" || often === "?")) throw new Malformed(`the leaf has ${name} twice`);
    if (found.length === 0 && (often === "" || often === "+")) throw new Malformed(`the leaf has no ${name}`);
    values.set(name, found);
  }
  if (at < lines.length) throw new Malformed(`line ${at + 2} of the leaf has no place there`);
  const of = (name) => values.get(name)?.[0] ?? "";
  return {
    kind,
    time: stamp(of("time")),
    assertions: (values.get("assertion") ?? []).map(parseAssertion),
    areas: values.get("area") ?? [],
    of
  };
}

// verify/core/difference.ts
var mostDifferences = 100;
async function factsOf(raw, message2) {
  const references2 = text(message2, "references");
  const infos = groups(message2, "info");
  let latest;
  for (const info2 of infos) {
    const expires = parseTime(text(info2, "expires"));
    if (expires !== void 0 && (latest === void 0 || expires.at > latest.at)) latest = expires;
  }
  const codes = infos.flatMap((info2) => groups(info2, "area")).flatMap((area2) => groups(area2, "geocode"));
  return {
    identifier: text(message2, "identifier"),
    sender: text(message2, "sender"),
    type: text(message2, "msgType"),
    sent: text(message2, "sent"),
    expires: latest?.text ?? "",
    references: references2 === "" ? "" : `${references2.split(" ").length} ${toHex(await sha256(utf8(references2)))}`,
    areas: regions(codes.filter((code) => isARS(text(code, "valueName"))).map((code) => text(code, "value"))),
    cap: toHex(await sha256(raw)),
    content: await contentDigest(message2)
  };
}
function isARS(name) {
  return name.replace("ſ", "s").toUpperCase() === "ARS";
}
function leafDifferences(leaf, found, message2) {
  const all = [];
  const differ = (field2, logged, seen) => {
    if (logged !== seen) all.push({ field: field2, logged, found: seen });
  };
  const status = text(message2, "status");
  const harmless = status === "Test" || status === "System";
  differ("identifier", leaf.of("identifier"), found.identifier);
  differ("sender", leaf.of("sender"), found.sender);
  differ("sent", leaf.of("sent"), found.sent);
  differ("status", leaf.of("realm") === "exercise" ? "Exercise" : harmless ? status : "Actual", status);
  differ("msgType", leaf.of("type"), found.type);
  if (leaf.of("type") === found.type) differ("msgType", typeOf[leaf.kind], found.type);
  differ("expires", leaf.of("expires"), found.expires);
  if (leaf.of("references") !== found.references) {
    all.push({ field: "references", logged: leaf.of("references") || `0 ${"0".repeat(64)}`, found: text(message2, "references") });
  }
  for (const area2 of found.areas) if (!within(area2, leaf.areas)) differ("area", leaf.areas.join(" "), area2);
  differ("content", leaf.of("content"), found.content);
  return all;
}
function messageDifferences(logged, found) {
  const [a, b2] = [flat(logged), flat(found)];
  const fields = [.../* @__PURE__ */ new Set([...a.keys(), ...b2.keys()])].sort();
  return fields.filter((field2) => (a.get(field2) ?? "") !== (b2.get(field2) ?? "")).slice(0, mostDifferences).map((field2) => ({ field: field2, logged: a.get(field2) ?? "", found: b2.get(field2) ?? "" }));
}
function flat(message2) {
  const values = /* @__PURE__ */ new Map();
  const walk = (path, node) => {
    if (typeof node === "string") values.set(path, isNumber(path) ? general(Number(node)) : node);
    else if (Array.isArray(node)) node.forEach((each, i) => walk(`${path}[${i}]`, each));
    else for (const [name, child] of Object.entries(node)) walk(path === "" ? name : `${path}.${name}`, child);
  };
  walk("", message2);
  return values;
}
function isNumber(path) {
  return /\.(size|altitude|ceiling)$/.test(path);
}
function general(value) {
  const [digits, exponent] = value.toExponential().split("e");
  const power2 = Number(exponent);
  if (value === 0 || power2 >= -4 && power2 < 6) return String(value);
  return `${digits}e${power2 < 0 ? "-" : "+"}${String(Math.abs(power2)).padStart(2, "0")}`;
}

// verify/core/proof.ts
var proofHead = "c2sp.org/tlog-proof@v1\n";
var bundleHead = "tocsin-bundle/v1\n";
var mostHashes = 63;
var mostProof = 4 * mostLeaf / 3 + mostHashes * 45 + (64 << 10) + 128;
var mostMessage = 1 << 20;
var mostLater = 8;
var mostBundleHead = 512;
var mostBundle = mostMessage + (mostLater + 2) * mostProof + mostBundleHead;
function parseProof(raw) {
  if (raw.length > mostProof) throw new Malformed("a proof is too long");
  const text2 = fromUTF8(raw);
  const split = text2.indexOf("\n\n");
  const lines = text2.slice(0, Math.max(split, 0)).split("\n");
  const leaf = /^extra (.*)$/.exec(lines[1] ?? "")?.[1];
  const index = /^index (.*)$/.exec(lines[2] ?? "")?.[1];
  if (!text2.startsWith(proofHead) || leaf === void 0 || index === void 0 || lines.length > 3 + mostHashes) {
    throw new Malformed("it is not a proof, or cut short");
  }
  const proof = {
    leaf: fromBase64(leaf),
    index: wholeNumber(index),
    hashes: lines.slice(3).map(hash),
    checkpoint: utf8(text2.slice(split + 2))
  };
  if (proof.leaf.length > mostLeaf) throw new Malformed("the proof's leaf is too long");
  parseCheckpoint(proof.checkpoint);
  return proof;
}
function parseBundle(raw) {
  if (raw.length > mostBundle) throw new Malformed("a bundle is too long");
  const head = fromLatin1(raw.slice(0, mostBundleHead));
  const end = head.indexOf("\n\n");
  if (!head.startsWith(bundleHead) || end < 0) throw new Malformed("it is not a bundle");
  const order = ["cap", "proof", "issuer", "later"];
  const bundle = { later: [] };
  let at = end + 2;
  let last = -1;
  for (const line of head.slice(0, end).split("\n").slice(1)) {
    const [, name, digits] = /^([a-z]+) ([1-9][0-9]{0,7})$/.exec(line) ?? [];
    const place = order.indexOf(name ?? "");
    if (place < last || place === last && name !== "later" || place < 0) throw new Malformed("the bundle's parts are not as they must be");
    last = place;
    const length = Number(digits);
    if (length > raw.length - at) throw new Malformed("the bundle is cut short");
    const part = raw.slice(at, at + length);
    at += length;
    if (name === "cap") bundle.cap = part;
    else if (name === "issuer") bundle.issuer = part;
    else if (name === "proof") bundle.proof = parseProof(part);
    else bundle.later.push(parseProof(part));
  }
  if (at !== raw.length || (bundle.cap?.length ?? 0) > mostMessage || bundle.later.length > mostLater) {
    throw new Malformed("the bundle holds more than it says, or than it may");
  }
  return bundle;
}

// verify/core/json.ts
function parseJSON(text2) {
  let value;
  try {
    value = JSON.parse(text2);
  } catch {
    throw new Malformed("it is not JSON");
  }
  const open = [];
  for (const [token2, string, colon] of text2.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[[\]{}]/g)) {
    if (token2 === "{") open.push(/* @__PURE__ */ new Set());
    else if (token2 === "[") open.push(void 0);
    else if (token2 === "}" || token2 === "]") open.pop();
    else if (colon !== void 0) {
      const name = JSON.parse(string);
      const names = open[open.length - 1];
      if (names.has(name)) throw new Malformed(`${name} stands twice`);
      names.add(name);
    }
  }
  return value;
}
function shaped(value, shape2, path) {
  const wrong = new Malformed(`${path} is not what it must be`);
  if (shape2 === "text") return expect(value ?? "", "string", wrong);
  if (shape2 === "number") return expect(value ?? 0, "number", wrong);
  if (shape2 === "flag") return expect(value ?? false, "boolean", wrong);
  if (shape2 === "texts" || Array.isArray(shape2)) {
    if (!Array.isArray(value ?? [])) throw wrong;
    const item = shape2 === "texts" ? "text" : shape2[0];
    return (value ?? []).map((each, i) => shaped(each, item, `${path}[${i}]`));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong;
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(shape2, name));
  if (unknown !== void 0) throw new Malformed(`${path} has a field ${unknown}, which there is not`);
  return Object.fromEntries(
    Object.entries(shape2).map(([name, inner]) => {
      const field2 = value[name];
      const absent = field2 === void 0 || field2 === null;
      return [name, absent && typeof inner === "object" && !Array.isArray(inner) ? void 0 : shaped(field2, inner, `${path}.${name}`)];
    })
  );
}
function expect(value, type, wrong) {
  if (typeof value !== type) throw wrong;
  return value;
}

// verify/core/trust.ts
var mostTrust = 4 << 20;
var shape = {
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
      logs: [{ origin: "text", realm: "text", keys: "texts", issuerKeys: "texts", quorum: { operators: "number", witnesses: "texts" } }]
    }
  ]
};
async function parseTrust(raw) {
  if (raw.length > mostTrust) throw new Malformed("the trust file is too long");
  const file = shaped(parseJSON(fromUTF8(raw)), shape, "trust file");
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
function must(holds, what) {
  if (!holds) throw new Malformed(`trust file: ${what}`);
}
function unique(all, what) {
  must(new Set(all).size === all.length, what);
}
function checkAuthority(a) {
  must(isCode(a.id) && isCode(a.operator), `${a.id}: id and operator must be codes`);
  must(a.territory.length > 0 && regions(a.territory).length > 0, `${a.id}: it has no territory`);
  must(a.senders.length > 0 && a.senders.every(isName), `${a.id}: it has no senders, or one that CAP does not allow`);
  must(a.logs.length > 0, `${a.id}: it has no logs`);
  const count = (n) => Number.isInteger(n) && n >= 0 && n <= mostAssertions;
  must(count(a.persons) && count(a.endPersons), `${a.id}: persons and endPersons are from 1 to ${mostAssertions}`);
}
async function linkLog(trust, authority, log) {
  must(isOrigin(log.origin), `${log.origin} is no origin`);
  must(log.realm === "live" || log.realm === "exercise", `${log.origin}: the realm is neither live nor exercise`);
  log.signers = [];
  log.clocks = [];
  for (const text2 of log.keys) {
    try {
      const key = await readKey(text2);
      must(key.name === log.origin, `${log.origin}: a key has another name`);
      (key.cosigns ? log.clocks : log.signers).push(key);
    } catch (error) {
      if (!(error instanceof UnknownAlgorithm)) throw error;
    }
  }
  must(log.signers.length > 0, `${log.origin}: there is no key for notes`);
  log.issuers = await Promise.all(log.issuerKeys.map(readKey));
  if (log.quorum === void 0) return;
  const names = trust.witnesses.map(witnessName);
  must(log.quorum.witnesses.every((name) => names.includes(name)), `${log.origin}: the quorum names a witness that is not there`);
  const others = new Set(trust.witnesses.filter((witness) => counts(log, witness, authority)).map(({ operator }) => operator));
  const { operators } = log.quorum;
  must(Number.isInteger(operators) && operators >= 2 && operators <= others.size, `${log.origin}: the quorum asks for a wrong number of operators`);
}
function witnessName({ key }) {
  return key.split("+", 1)[0];
}
function counts(log, witness, authority) {
  const { quorum } = log;
  return quorum !== void 0 && witness.operator !== authority.operator && (quorum.witnesses.length === 0 || quorum.witnesses.includes(witnessName(witness)));
}
function findLog(trust, origin) {
  for (const authority of trust.authorities) {
    const log = authority.logs.find((each) => each.origin === origin);
    if (log !== void 0) return [authority, log];
  }
  return void 0;
}
function keyNames(trust, hash2) {
  const keys = trust.authorities.flatMap(({ logs }) => logs.flatMap((log) => [...log.signers, ...log.clocks]));
  for (const { reads } of trust.witnesses) if (reads !== void 0) keys.push(reads);
  return keys.filter((key) => key.hash === hash2).map((key) => key.name);
}
function personsFor({ persons, endPersons }, kind) {
  return kind === "end" && endPersons || persons || 2;
}

// verify/core/short.ts
var shortVersion = 1;
var mostShort = 2953;
var signatureSize = 64;
var cosignatureSize = 4 + 8 + signatureSize;
var UnknownLog = class extends Malformed {
};
var Reader = class {
  constructor(rest) {
    __publicField(this, "rest", rest);
  }
  take(n) {
    if (this.rest.length < n) throw new Malformed("it is cut short");
    const head = this.rest.slice(0, n);
    this.rest = this.rest.slice(n);
    return head;
  }
  byte() {
    return this.take(1)[0];
  }
  /** An unsigned LEB128 of at most 10 bytes. */
  number() {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new Malformed("a number is too long");
  }
  get empty() {
    return this.rest.length === 0;
  }
};
async function parseShort(raw, trust) {
  if (raw.length > mostShort) throw new Malformed("it is too long");
  const reader = new Reader(raw);
  if (reader.byte() !== shortVersion) throw new Malformed("it is no short proof");
  const logKey = reader.take(4);
  const size2 = reader.number();
  const index = reader.number();
  if (size2 === 0n || size2 >= 1n << 62n || index >= size2) throw new Malformed("it has no size, or no index within it");
  const hashes = Array.from({ length: pathLength(index, size2) }, () => reader.take(hashSize));
  const signature = reader.take(signatureSize);
  const cosignatures = Array.from({ length: reader.byte() }, () => reader.take(cosignatureSize));
  const leaf = unpack(reader);
  const origin = keyNames(trust, uint32(logKey))[0];
  if (origin === void 0) throw new UnknownLog("no log is known that has the key");
  const root = await pathRoot(leaf, index, size2, hashes);
  let text2 = checkpointText({ origin, size: size2, root }) + "\n" + signatureLine(origin, join(logKey, signature));
  for (const line of cosignatures) {
    for (const name of keyNames(trust, uint32(line))) text2 += signatureLine(name, line);
  }
  return { leaf, index, hashes, checkpoint: utf8(text2) };
}
function signatureLine(name, signed) {
  return `— ${name} ${toBase64(signed)}
`;
}
var words = [
  "tocsin-leaf/v1 release\ntime ",
  "tocsin-leaf/v1 update\ntime ",
  "tocsin-leaf/v1 end\ntime ",
  "Z\nauthority ",
  "\nrealm live\nwarning ",
  "\nrealm exercise\nwarning ",
  "\nidentifier ",
  "\nsender ",
  "\ntype Alert\nsent ",
  "\ntype Update\nsent ",
  "\ntype Cancel\nsent ",
  "\nexpires ",
  "\nreferences ",
  "\narea ",
  "\ncap ",
  "\ncontent ",
  "\nassertion request author software-key ",
  "\nassertion release releaser software-key ",
  "\nassertion request author passkey ",
  "\nassertion release releaser passkey ",
  " 05 ",
  " 00000000 https://",
  " https://",
  '","crossOrigin":false}',
  '"}',
  "+01:00",
  "+02:00",
  "-00:00"
];
function unpack(reader) {
  let out = "";
  while (!reader.empty) {
    const code = reader.byte();
    if (code === 10 || code >= 32 && code <= 126) out += String.fromCharCode(code);
    else if (code === 1) out += toHex(reader.take(reader.byte()));
    else if (code === 2) out += toBase64(reader.take(reader.byte()), "url");
    else if (code === 3) out += new Date(uint32(reader.take(4)) * 1e3).toISOString().slice(0, 19);
    else if (code === 4) {
      const [high, low, n] = reader.take(3);
      const from = out.length - (high * 256 + low);
      if (from < 0 || from + n > out.length) throw new Malformed("it copies what is not there");
      out += out.slice(from, from + n);
    } else if (code >= 128 && code - 128 < words.length) out += words[code - 128];
    else throw new Malformed("a code is not known");
    if (out.length > mostLeaf) throw new Malformed("its leaf is too long");
  }
  return utf8(out);
}

// verify/core/keyring.ts
async function holderAt(keys, { key, guard, role }, at) {
  const record = keys[await keyId(key)];
  if (record === void 0 || record.guard !== guard) return "key-not-enrolled";
  if (record.revoked !== void 0 && at >= Date.parse(record.revoked)) return "key-revoked";
  const spans = record.roles.filter(({ from }) => at >= Date.parse(from));
  return spans[spans.length - 1]?.roles.includes(role) ? { holder: record.holder } : "key-not-enrolled";
}

// verify/core/lookalike.ts
var confusable = new Map(
  [
    ..."аaсcеeоoрpхxуyіiјjѕsԁdһh".matchAll(/../gu),
    // Cyrillic
    ..."αaοoνvρpιiκk".matchAll(/../gu),
    // Greek
    ..."0o1lil".matchAll(/../gu)
  ].map(([pair]) => [pair[0], pair[1]])
);
for (const nothing of "-_.") confusable.set(nothing, "");
confusable.set("rn", "m");
confusable.set("vv", "w");
function skeleton(name) {
  let plain = "";
  for (const letter of name) {
    if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(letter) && !/\p{Mn}/u.test(letter)) plain += [...letter.toLowerCase()][0];
  }
  const replace = (text2) => text2.replace(/rn|vv|[^]/gu, (key) => confusable.get(key) ?? key);
  return [...replace(replace(plain))];
}
function lookalike(a, b2) {
  if (sizeOf(a) > 256) return false;
  let [long, short] = [skeleton(a), skeleton(b2)];
  if (long.length < short.length) [long, short] = [short, long];
  if (long.length - short.length > 1 || short.length < 4) return false;
  const i = short.findIndex((letter, at) => letter !== long[at]);
  if (i < 0) return true;
  const rest = long.length > short.length ? short.slice(i) : short.slice(i + 1);
  return long.slice(i + 1).join("") === rest.join("");
}

// verify/core/verdict.ts
var freshFor = 5 * 6e4;
var skew = 5 * 6e4;
var Ended = class extends Error {
  constructor(result) {
    super(result);
    __publicField(this, "result", result);
  }
};
async function verify(bundle, trust, options) {
  const verification = new Verification(trust, options);
  try {
    await verification.run(bundle);
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    verification.verdict.result = error.result;
  }
  return verification.verdict;
}
var Verification = class _Verification {
  constructor(trust, options) {
    __publicField(this, "trust", trust);
    __publicField(this, "options", options);
    __publicField(this, "verdict", { result: "not-logged", index: 0n, differences: [], notes: [], witnesses: [] });
    __publicField(this, "entry");
  }
  note(note) {
    if (!this.verdict.notes.includes(note)) this.verdict.notes.push(note);
  }
  async run(bundle) {
    const message2 = this.options.message ?? bundle.cap;
    if (bundle.proof === void 0 && bundle.issuer === void 0) {
      if (message2 !== void 0) this.verdict.message = attempt(() => readCAP(message2));
      if (this.verdict.message !== void 0) this.resemblance(text(this.verdict.message, "sender"));
      throw new Ended("not-logged");
    }
    const leaf = bundle.proof !== void 0 ? await this.inLog(bundle.proof) : await this.byIssuer(bundle.issuer);
    this.entitled(leaf);
    await this.signed(leaf);
    this.verdict.leaf = leaf;
    await this.compare(leaf, message2, bundle.cap);
    await this.count(bundle.proof);
    await this.judge(leaf, bundle.later);
  }
  /** Finds out that the leaf is in the log of an authority. */
  async inLog(proof) {
    const checkpoint = attempt(() => parseCheckpoint(proof.checkpoint));
    if (checkpoint === void 0) throw new Ended("bad-checkpoint");
    const found = findLog(this.trust, checkpoint.origin);
    if (found === void 0) throw new Ended("unknown-log");
    const [authority, log] = found;
    this.entry = authority;
    Object.assign(this.verdict, { authority, log, index: proof.index });
    if (!await some(log.signers, (key) => signatureBy(checkpoint.note, key))) throw new Ended("bad-checkpoint");
    const { index, hashes } = proof;
    const complete = index < checkpoint.size && hashes.length === pathLength(index, checkpoint.size);
    if (!complete || !equal(await pathRoot(proof.leaf, index, checkpoint.size, hashes), checkpoint.root)) throw new Ended("bad-proof");
    const forks = (seen) => seen.origin === checkpoint.origin && seen.size === checkpoint.size && !equal(seen.root, checkpoint.root);
    if (this.options.seen?.some(forks)) throw new Ended("forked-log");
    this.verdict.tree = checkpoint;
    const leaf = attempt(() => parseLeaf(proof.leaf));
    if (leaf === void 0) throw new Ended("bad-proof");
    return leaf;
  }
  /** Finds out that a key of the authority signed the leaf. */
  async byIssuer(raw) {
    const note = attempt(() => parseNote(raw));
    const leaf = note && attempt(() => parseLeaf(utf8(note.text)));
    if (note === void 0 || leaf === void 0) throw new Ended("bad-issuer");
    const authority = this.trust.authorities.find(({ id }) => id === leaf.of("authority"));
    if (authority === void 0) throw new Ended("unknown-log");
    this.entry = authority;
    this.verdict.authority = authority;
    const keys = authority.logs.filter(({ realm }) => realm === leaf.of("realm")).flatMap(({ issuers }) => issuers);
    if (!await some(keys, (key) => signatureBy(note, key))) throw new Ended("bad-issuer");
    return leaf;
  }
  /** Checks that the authority may say what the leaf says. */
  entitled(leaf) {
    const { entry, verdict } = this;
    if (!Object.hasOwn(typeOf, leaf.kind)) throw new Ended("wrong-kind");
    if (leaf.of("authority") !== entry.id) throw new Ended("wrong-authority");
    if (verdict.log !== void 0 && leaf.of("realm") !== verdict.log.realm) throw new Ended("wrong-realm");
    if (!entry.senders.includes(leaf.of("sender"))) {
      this.resemblance(leaf.of("sender"));
      throw new Ended("wrong-sender");
    }
    if (!leaf.areas.every((area2) => within(area2, entry.territory))) throw new Ended("wrong-territory");
  }
  /** Checks the operators' signatures, and how many they are. */
  async signed(leaf) {
    const { keys } = this.options;
    const holders = /* @__PURE__ */ new Set();
    for (const [i, assertion] of leaf.assertions.entries()) {
      const [action, role] = i === 0 ? ["request", "author"] : ["release", "releaser"];
      const [warning, identifier, content] = [leaf.of("warning"), leaf.of("identifier"), leaf.of("content")];
      const fault = await checkAssertion({ action, role, warning, identifier, content }, assertion, this.entry);
      if (fault !== void 0) {
        this.verdict.fault = fault;
        throw new Ended("bad-assertion");
      }
      if (assertion.guard === "software-key") this.note("software-key");
      let holder = await keyId(assertion.key);
      if (keys !== void 0) {
        const found = await holderAt(keys, assertion, leaf.time);
        if (typeof found === "string") throw new Ended(found);
        holder = found.holder;
      }
      if (holders.has(holder)) throw new Ended("author-is-releaser");
      holders.add(holder);
    }
    if (keys === void 0) this.note("keys-unchecked");
    if (leaf.assertions.length < personsFor(this.entry, leaf.kind)) throw new Ended("too-few-persons");
  }
  /** Holds the message in question to the leaf. The bundle's own message may be the same,
   * absent or wrong. */
  async compare(leaf, message2, own) {
    const { verdict } = this;
    if (message2 === void 0 || message2.length === 0) {
      this.note("message-absent");
      return;
    }
    let original = own;
    if (own === void 0 || toHex(await sha256(own)) !== leaf.of("cap")) {
      if (own !== void 0 && (this.options.message?.length ?? 0) > 0) this.note("own-message-wrong");
      original = void 0;
    }
    let found;
    let read;
    try {
      read = readCAP(message2);
      found = await factsOf(message2, read);
    } catch (error) {
      if (error instanceof Malformed) throw new Ended("unreadable");
      throw error;
    }
    verdict.message = read;
    let differences = leafDifferences(leaf, found, read);
    if (found.cap === leaf.of("cap")) {
      verdict.differences = differences;
      if (differences.length > 0) throw new Ended("contradiction");
      return;
    }
    const known = original && attempt(() => readCAP(original));
    if (known !== void 0) differences = messageDifferences(known, read);
    verdict.differences = differences;
    if (found.identifier !== leaf.of("identifier")) {
      this.resemblance(found.sender);
      throw new Ended("other-message");
    }
    if (differences.length === 0) throw new Ended("altered-form");
    this.resemblance(found.sender);
    throw new Ended("altered");
  }
  resemblance(sender) {
    const trusted = this.trust.authorities.flatMap(({ senders }) => senders).find((each) => sender !== each && lookalike(sender, each));
    if (trusted === void 0) return;
    this.note("lookalike-sender");
    this.verdict.resembles = trusted;
  }
  /** Counts the witnesses, and finds out when the log was last seen. */
  async count(proof) {
    const { verdict, entry } = this;
    const { log } = verdict;
    verdict.grade = "C";
    if (log === void 0 || proof === void 0) return;
    const { note } = parseCheckpoint(proof.checkpoint);
    const operators = /* @__PURE__ */ new Set();
    for (const witness of this.trust.witnesses) {
      if (witness.reads === void 0 || witness.operator === entry.operator) continue;
      if (await this.sawIt(note, witness.reads) && counts(log, witness, entry)) {
        operators.add(witness.operator);
        verdict.witnesses.push(witness.reads.name);
      }
    }
    for (const clock of log.clocks) await this.sawIt(note, clock);
    verdict.grade = log.quorum !== void 0 && operators.size >= log.quorum.operators ? "A" : "B";
  }
  /** Whether the key cosigned, and not in the future; it moves the view. */
  async sawIt(note, key) {
    const signature = await signatureBy(note, key);
    if (signature === void 0 || signature.length < 8) return false;
    const seconds = uint64(signature);
    if (seconds > BigInt(Math.floor((this.options.now + skew) / 1e3))) return false;
    this.verdict.view = Math.max(this.verdict.view ?? -Infinity, Number(seconds) * 1e3);
    return true;
  }
  /** Decides among the genuine results. */
  async judge(leaf, laters) {
    const { verdict, options: { now, maxAge = 0 } } = this;
    verdict.result = "genuine-in-force";
    const expires = parseTime(leaf.of("expires"))?.at;
    if (expires !== void 0 && now >= expires) {
      verdict.result = "genuine-ended";
      verdict.ended = expires;
    }
    if (leaf.kind === "end") {
      verdict.result = "genuine-ended";
      verdict.ended = leaf.time;
    }
    let last = verdict.index;
    for (const proof of laters) {
      const later = await this.later(leaf, proof);
      if (later === void 0) {
        this.note("later-ignored");
        continue;
      }
      if (proof.index < last) continue;
      last = proof.index;
      verdict.result = later.kind === "end" ? "genuine-ended" : "genuine-replaced";
      verdict.ended = later.time;
    }
    if ((parseTime(leaf.of("sent"))?.at ?? now) > now + skew) this.note("from-the-future");
    const age = now - (verdict.view ?? -Infinity);
    if (verdict.view === void 0) this.note("no-time");
    else if (age > freshFor) this.note("stale-view");
    if (verdict.result === "genuine-in-force" && maxAge > 0 && age > maxAge) verdict.result = "genuine-stale";
    if (leaf.of("realm") === "exercise") verdict.result = "genuine-exercise";
  }
  /** Verifies a proof of a later leaf of the same warning, in a run of its own, so that
   * what is wrong with it does not become the verdict. */
  async later(leaf, proof) {
    const { verdict } = this;
    if (verdict.log === void 0 || proof.index <= verdict.index) return void 0;
    const other = new _Verification(this.trust, this.options);
    let later;
    try {
      later = await other.inLog(proof);
      if (other.verdict.log !== verdict.log || later.of("warning") !== leaf.of("warning") || later.kind === "release") return void 0;
      other.entitled(later);
      await other.signed(later);
    } catch (error) {
      if (error instanceof Ended) return void 0;
      throw error;
    }
    const { note } = parseCheckpoint(proof.checkpoint);
    const witnesses = this.trust.witnesses.flatMap(({ reads }) => reads ?? []);
    for (const key of [...witnesses, ...verdict.log.clocks]) await this.sawIt(note, key);
    return later;
  }
};
function attempt(parse) {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Malformed) return void 0;
    throw error;
  }
}
async function some(items, holds) {
  for (const item of items) if (await holds(item) !== void 0) return true;
  return false;
}
export {
  core_exports as core
};
