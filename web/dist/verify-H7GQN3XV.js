var __defProp = Object.defineProperty;
var __defNormalProp = (obj, key, value) => key in obj ? __defProp(obj, key, { enumerable: true, configurable: true, writable: true, value }) : obj[key] = value;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __publicField = (obj, key, value) => __defNormalProp(obj, typeof key !== "symbol" ? key + "" : key, value);

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
  const split2 = message2.lastIndexOf("\n\n");
  if (split2 < 0 || message2.length <= split2 + 2 || !message2.endsWith("\n")) throw new Malformed("a note has no signatures");
  const written = message2.slice(split2 + 2, -1).split("\n");
  if (written.length > mostLines) throw new Malformed("a note has too many signatures");
  const lines = written.map((line) => {
    const [, name, base64] = /^— ([^ ]*) (.*)$/u.exec(line) ?? [];
    if (name === void 0 || base64 === void 0 || !isKeyName(name)) throw new Malformed("a signature line is malformed");
    const signed = fromBase64(base64, "standard", false);
    if (signed.length < 5) throw new Malformed("a signature is too short");
    return { name, hash: uint32(signed), signature: signed.slice(4) };
  });
  return { text: message2.slice(0, split2 + 1), lines };
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
async function canVerify() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
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
  for (const bit2 of exponent.toString(2)) {
    result = result * result % p;
    if (bit2 === "1") result = result * base % p;
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
  const known = (action === "request" || action === "release") && (guard === "software-key" || guard === "passkey" || guard === "break-glass");
  if (parts.length < 5 || !known || !isCode(role) || !isKey(key) || signature.length !== 86) {
    throw new Malformed("an assertion is malformed");
  }
  const assertion = { action, role, guard, key: fromBase64(key, "url"), signature: fromBase64(signature, "url") };
  if (guard === "passkey") assertion.ceremony = parseCeremony(parts.slice(5));
  else if (parts.length > 5) throw new Malformed("an assertion without a passkey has too many parts");
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
  const { action, role, warning: warning2, identifier, content } = statement;
  if (assertion.action !== action || assertion.role !== role) return "purpose";
  const text2 = utf8(["tocsin/assertion/v1", action, role, warning2, identifier, content].join("\n") + "\n");
  let signed = text2;
  if (assertion.ceremony === void 0) {
    if (rules.refuseSoftware && assertion.guard === "software-key") return "guard";
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
  guard: (value) => value === "software-key" || value === "passkey" || value === "break-glass",
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
  for (const word2 of shapes[kind].split(" ")) {
    const name = word2.replace(/[?+*]$/, "");
    const often = word2.slice(name.length);
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
async function linkLog(trust2, authority, log) {
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
  const names = trust2.witnesses.map(witnessName);
  must(log.quorum.witnesses.every((name) => names.includes(name)), `${log.origin}: the quorum names a witness that is not there`);
  const others = new Set(trust2.witnesses.filter((witness) => counts(log, witness, authority)).map(({ operator }) => operator));
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
function findLog(trust2, origin) {
  for (const authority of trust2.authorities) {
    const log = authority.logs.find((each) => each.origin === origin);
    if (log !== void 0) return [authority, log];
  }
  return void 0;
}
function keyNames(trust2, hash2) {
  const keys = trust2.authorities.flatMap(({ logs }) => logs.flatMap((log) => [...log.signers, ...log.clocks]));
  for (const { reads } of trust2.witnesses) if (reads !== void 0) keys.push(reads);
  return keys.filter((key) => key.hash === hash2).map((key) => key.name);
}
function personsFor({ persons, endPersons }, kind) {
  return kind === "end" && endPersons || persons || 2;
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
    const run2 = this.src.slice(this.at, next < 0 ? void 0 : next);
    this.at += run2.length;
    if (this.open.length === 0) {
      if (!isBlank(run2)) throw new Malformed("text stands outside the root element");
      return;
    }
    if (run2.includes("]]>")) throw new Malformed("]]> is not allowed in text");
    this.addText(resolve(run2.replace(/\r\n?/g, "\n")));
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
    const quote2 = this.src[this.at++];
    const end = quote2 === '"' || quote2 === "'" ? this.src.indexOf(quote2, this.at) : -1;
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
function resolve(run2) {
  return run2.replace(/&([^;]*;)?/g, (whole, body) => {
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
  return text2.split(/[ \t\r\n]+/).filter((word2) => word2 !== "");
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
  for (const word2 of words2) {
    const [sender, identifier, sent, ...more] = word2.split(",");
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
function point(word2) {
  const comma = word2.indexOf(",");
  if (comma < 0) throw new Malformed("a point is not latitude,longitude");
  const [latitude, longitude] = [decimal(word2.slice(0, comma)), decimal(word2.slice(comma + 1))];
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
  const split2 = text2.indexOf("\n\n");
  const lines = text2.slice(0, Math.max(split2, 0)).split("\n");
  const leaf = /^extra (.*)$/.exec(lines[1] ?? "")?.[1];
  const index = /^index (.*)$/.exec(lines[2] ?? "")?.[1];
  if (!text2.startsWith(proofHead) || leaf === void 0 || index === void 0 || lines.length > 3 + mostHashes) {
    throw new Malformed("it is not a proof, or cut short");
  }
  const proof = {
    leaf: fromBase64(leaf),
    index: wholeNumber(index),
    hashes: lines.slice(3).map(hash),
    checkpoint: utf8(text2.slice(split2 + 2))
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
async function parseShort(raw, trust2) {
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
  const origin = keyNames(trust2, uint32(logKey))[0];
  if (origin === void 0) throw new UnknownLog("no log is known that has the key");
  const root = await pathRoot(leaf, index, size2, hashes);
  let text2 = checkpointText({ origin, size: size2, root }) + "\n" + signatureLine(origin, join(logKey, signature));
  for (const line of cosignatures) {
    for (const name of keyNames(trust2, uint32(line))) text2 += signatureLine(name, line);
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
  const differ = (field2, logged, seen2) => {
    if (logged !== seen2) all.push({ field: field2, logged, found: seen2 });
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

// verify/core/keyring.ts
async function holderAt(keys, { key, guard, role }, at) {
  const record = keys[await keyId(key)];
  if (record === void 0 || record.guard !== guard) return "key-not-enrolled";
  if (record.revoked !== void 0 && at >= Date.parse(record.revoked)) return "key-revoked";
  const spans = record.roles.filter(({ from }) => at >= Date.parse(from));
  return spans[spans.length - 1]?.roles.includes(role) ? { holder: record.holder } : "key-not-enrolled";
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
async function verify(bundle, trust2, options) {
  const verification = new Verification(trust2, options);
  try {
    await verification.run(bundle);
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    verification.verdict.result = error.result;
  }
  return verification.verdict;
}
var Verification = class _Verification {
  constructor(trust2, options) {
    __publicField(this, "trust", trust2);
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
    const forks = (seen2) => seen2.origin === checkpoint.origin && seen2.size === checkpoint.size && !equal(seen2.root, checkpoint.root);
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
      const [warning2, identifier, content] = [leaf.of("warning"), leaf.of("identifier"), leaf.of("content")];
      const fault = await checkAssertion({ action, role, warning: warning2, identifier, content }, assertion, this.entry);
      if (fault !== void 0) {
        this.verdict.fault = fault;
        throw new Ended("bad-assertion");
      }
      if (assertion.guard !== "passkey") this.note(assertion.guard);
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
    let differences2 = leafDifferences(leaf, found, read);
    if (found.cap === leaf.of("cap")) {
      verdict.differences = differences2;
      if (differences2.length > 0) throw new Ended("contradiction");
      return;
    }
    const known = original && attempt(() => readCAP(original));
    if (known !== void 0) differences2 = messageDifferences(known, read);
    verdict.differences = differences2;
    if (found.identifier !== leaf.of("identifier")) {
      this.resemblance(found.sender);
      throw new Ended("other-message");
    }
    if (differences2.length === 0) throw new Ended("altered-form");
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

// verify/page/given.ts
var given = JSON.parse(document.getElementById("given")?.textContent ?? '{"words":{},"trust":"","regions":{},"saved":false}');
var regionNames = new Map(Object.entries(given.regions).map(([key, name]) => [shortest(key), name]));
function regionName(key) {
  return regionNames.get(shortest(key)) ?? key;
}
function word(key, ...values) {
  return values.reduce((text2, value, i) => text2.replace(`{${i}}`, () => value), given.words[key] ?? key);
}
function hasWord(key) {
  return Object.hasOwn(given.words, key);
}
function timeText(at) {
  return new Date(at).toLocaleString(document.documentElement.lang, {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short"
  });
}

// verify/page/pastedtext.ts
var shortestRun = 3;
var wellBegun = 1e9;
var mostWords = 5e3;
function compareText(pasted, message2) {
  const comparable = (text2) => wordsIn(text2).filter(({ plain }) => plain !== "");
  const fields = textsOf(message2).map(comparable);
  const short = [...timesOf(message2), ...labelsOf(message2)].map(comparable);
  const finding = { pieces: [], genuine: 0, foreign: 0, missing: 0 };
  const words2 = wordsIn(pasted);
  let last;
  for (let at = 0; at < words2.length; ) {
    const { plain, written } = words2[at];
    const run2 = plain === "" || at >= mostWords ? void 0 : longest(words2, at, fields, short, last);
    if (run2 === void 0) {
      add(finding, plain === "" ? "genuine" : "foreign", written);
      if (plain !== "") finding.foreign++;
      at++;
      continue;
    }
    leftOut(finding, last, run2);
    for (const each of words2.slice(at, run2.next)) add(finding, "genuine", each.written);
    finding.genuine += run2.end - run2.from;
    at = run2.next;
    last = run2;
  }
  leftOut(finding, last, void 0);
  return finding;
}
function leftOut(finding, last, next) {
  if (last !== void 0 && next?.field === last.field && next.from >= last.end) {
    const gone = last.field.slice(last.end, next.from);
    if (gone.length > 0 && gone[0].starts && gone[gone.length - 1].ends) add(finding, "skipped", "…");
    else miss(finding, gone);
    return;
  }
  if (last !== void 0 && !last.field[last.end - 1].ends) {
    miss(finding, last.field.slice(last.end, last.field.map(({ ends }) => ends).indexOf(true, last.end) + 1));
  }
  if (next !== void 0 && !next.field[next.from].starts) {
    miss(finding, next.field.slice(next.field.map(({ starts }) => starts).lastIndexOf(true, next.from), next.from));
  }
}
function miss(finding, words2) {
  if (words2.length === 0) return;
  add(finding, "missing", words2.map(({ written }) => written).join(" "));
  finding.missing += words2.length;
}
function longest(words2, at, fields, labels, last) {
  let best;
  for (const field2 of [...fields, ...labels]) {
    for (let from = 0; from < field2.length; from++) {
      if (field2[from].plain !== words2[at].plain) continue;
      const run2 = runFrom(words2, at, field2, from);
      const length = run2.end - from;
      const goesOn = last?.field === field2 && from >= last.end && from - last.end <= 2 * shortestRun;
      const whole = from === 0 && run2.end === field2.length;
      const edge = length > 1 && (field2[from].starts || field2[run2.end - 1].ends);
      if (!whole && (labels.includes(field2) || length < shortestRun && !goesOn && !edge)) continue;
      const rank = (goesOn || field2[from].starts ? wellBegun : 0) + length * 3 + (goesOn ? 2 : whole ? 1 : 0);
      if (best === void 0 || rank > best.rank) best = { ...run2, rank };
    }
  }
  return best;
}
function runFrom(words2, at, field2, from) {
  let [next, end] = [at, from];
  while (next < words2.length && end < field2.length) {
    if (words2[next].plain === field2[end].plain) end++;
    else if (words2[next].plain !== "") break;
    next++;
  }
  return { field: field2, from, end, next };
}
function add({ pieces }, kind, written) {
  const last = pieces[pieces.length - 1];
  if (last?.kind === kind) last.text += " " + written;
  else pieces.push({ kind, text: written });
}
function wordsIn(text2) {
  return text2.split("\n").flatMap((line) => {
    const words2 = line.split(/\s+/).filter((word2) => word2 !== "").map((word2, i, all) => {
      const neutral = i === 0 && all.length > 1 && /^\d{1,2}[.)]$/.test(word2) || word2.startsWith(location.origin + "/");
      const plain = word2.normalize("NFC").toLowerCase().replace(/^[\p{P}\p{S}\ufe0f]+|[\p{P}\p{S}\ufe0f]+$/gu, "");
      return { written: word2, plain: neutral ? "" : plain, starts: false, ends: false };
    });
    const counted = words2.filter(({ plain }) => plain !== "");
    counted.forEach((word2, i) => {
      word2.ends = i === counted.length - 1 || /[.!?]$/.test(word2.written);
      word2.starts = i === 0 || counted[i - 1].ends;
    });
    return words2;
  });
}
function textsOf(message2) {
  const all = [text(message2, "identifier"), text(message2, "sender"), text(message2, "note")];
  for (const info2 of groups(message2, "info")) {
    all.push(...["headline", "description", "instruction", "event", "senderName", "contact", "web", "audience"].map((name) => text(info2, name)));
    all.push(...groups(info2, "area").map((area2) => text(area2, "areaDesc")));
  }
  return [...new Set(all.filter((each) => each !== ""))];
}
function timesOf(message2) {
  const times = groups(message2, "info").flatMap((info2) => ["onset", "effective", "expires"].map((name) => text(info2, name)));
  return [text(message2, "sent"), ...times].filter((time2) => parseTime(time2) !== void 0).flatMap(writtenTimes);
}
function writtenTimes(time2) {
  const language2 = document.documentElement.lang;
  const date = /* @__PURE__ */ new Date(`${time2.slice(0, 19)}Z`);
  const day = (options) => date.toLocaleDateString(language2, { ...options, timeZone: "UTC" });
  const [year, month, days] = time2.slice(0, 10).split("-");
  const parts = {
    weekday: day({ weekday: "long" }),
    wd: day({ weekday: "short" }),
    month: day({ month: "long" }),
    year,
    mm: month,
    dd: days,
    d: String(Number(days)),
    clock: time2.slice(11, 16)
  };
  const asPages = word("verify.page.time").replace(/\{(\w+)\}/g, (whole, name) => parts[name] ?? whole);
  return [asPages, parts.clock, ...["short", "medium", "long"].map((dateStyle) => day({ dateStyle }))];
}
function labelsOf(message2) {
  const severities = groups(message2, "info").map((info2) => `verify.page.severity.${text(info2, "severity")}`);
  return [...word("verify.page.labels").split("|"), ...severities.filter(hasWord).map((key) => word(key))];
}

// verify/page/recognise.ts
function kindOf(raw) {
  const head = fromLatin1(raw.slice(0, 64));
  if (raw[0] === shortVersion || head.startsWith("tocsin-bundle/") || head.startsWith("c2sp.org/tlog-proof@")) return "proof";
  const start2 = head.replace(/^\xef\xbb\xbf/, "").trimStart();
  if (start2.startsWith("{")) return "trust";
  if (start2.startsWith("<")) return "message";
  try {
    return fromUTF8(raw).includes("\0") ? "message" : "text";
  } catch (error) {
    if (error instanceof Malformed) return "message";
    throw error;
  }
}
async function readProof(raw, trust2) {
  if (raw[0] === shortVersion) return { proof: await parseShort(raw, trust2), later: [] };
  const head = fromLatin1(raw.slice(0, 64));
  if (head.startsWith(bundleHead)) return parseBundle(raw);
  if (head.startsWith(proofHead)) return { proof: parseProof(raw), later: [] };
  throw new Malformed("it is a proof of another version");
}

// verify/page/server.ts
var Unreachable = class extends Error {
};
async function get(path) {
  let response;
  try {
    response = await fetch(path, { cache: "no-cache", credentials: "omit" });
  } catch {
    throw new Unreachable(path);
  }
  if (response.status === 404) return void 0;
  if (!response.ok) throw new Unreachable(path);
  return response;
}
async function fetchBundle(identifier) {
  const response = await get(`/cap/${encodeURIComponent(identifier)}.tocsin`);
  return response && new Uint8Array(await response.arrayBuffer());
}
async function identifierAt(url) {
  const message2 = /^\/cap\/([^/]+?)\.(?:xml|proof|tocsin|qr\.svg)$/.exec(url.pathname)?.[1];
  if (message2 !== void 0) return decodeURIComponent(message2);
  if (/^(?:\/\w+)?\/verify$/.test(url.pathname) && url.hash.length > 1) return decodeURIComponent(url.hash.slice(1));
  const warning2 = /^(?:\/\w+)?\/warnings\/([^/]+?)(?:\.json)?$/.exec(url.pathname)?.[1];
  if (warning2 === void 0) return void 0;
  const response = await get(`/warnings/${warning2}.json`);
  return response && (await response.json()).messages[0]?.identifier;
}
async function likeliest(text2) {
  const response = await get("/warnings.json");
  if (response === void 0) return void 0;
  const words2 = new Set(wordsOf2(text2));
  let best;
  for (const { messages } of (await response.json()).warnings) {
    for (const { identifier, texts } of messages) {
      const own = new Set(texts.flatMap(({ headline: headline2, description, instruction }) => wordsOf2(`${headline2} ${description} ${instruction}`)));
      const share = [...words2].filter((word2) => own.has(word2)).length / words2.size;
      if (best === void 0 || share > best.share) best = { identifier, share };
    }
  }
  return best !== void 0 && best.share > 1 / 3 ? best.identifier : void 0;
}
function wordsOf2(text2) {
  return text2.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
}

// verify/page/check.ts
var seen = [];
async function check(handed2, options) {
  const finding = { result: "only-text", asked: "no" };
  let bundle = { later: [] };
  try {
    if (handed2.proof !== void 0) bundle = await readProof(handed2.proof.raw, options.trust);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { ...finding, result: error instanceof UnknownLog ? "unknown-log" : "unreadable-bundle" };
  }
  let fetched;
  try {
    const identifier = identifierOf(bundle, handed2) ?? await identifierInText(finding, handed2, options);
    if (identifier !== void 0 && options.ask) {
      const raw = await fetchBundle(identifier);
      fetched = raw && attempt2(() => parseBundle(raw));
      finding.asked = "yes";
    }
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    finding.asked = "unreachable";
  }
  if (handed2.proof === void 0 && handed2.message === void 0 && fetched === void 0) {
    if (finding.asked === "yes" && finding.result === "only-text") finding.result = "nothing-like-it";
    return finding;
  }
  const verdict = await judge(bundle, handed2.message?.raw, fetched, options.trust);
  finding.verdict = verdict;
  finding.result = verdict.result;
  if (verdict.result === "not-logged" && verdict.message === void 0) finding.result = "unreadable";
  if (hasWords(handed2) && isGenuine(verdict) && verdict.message !== void 0) {
    finding.text = compareText(textOf(handed2.text), verdict.message);
  }
  return finding;
}
function hasWords({ text: text2 }) {
  return text2 !== void 0 && !/^https?:\/\/\S+$/.test(textOf(text2).trim());
}
function isGenuine({ result }) {
  return result.startsWith("genuine-");
}
async function judge(bundle, message2, fetched, trust2) {
  const joined = { ...bundle, later: [...bundle.later, ...fetched?.later ?? []] };
  if (bundle.issuer === void 0) joined.proof ?? (joined.proof = fetched?.proof);
  let given2 = message2;
  if (fetched?.cap !== void 0 && toHex(await sha256(fetched.cap)) === loggedDigest(joined)) {
    given2 ?? (given2 = bundle.cap);
    joined.cap = fetched.cap;
  }
  const options = { now: Date.now(), seen, ...given2 && { message: given2 } };
  const verdict = await verify(joined, trust2, options);
  if (verdict.tree !== void 0 && verdict.result !== "forked-log") seen.push(verdict.tree);
  const newer = fetched?.proof;
  if (!isGenuine(verdict) || newer === void 0 || joined.proof === void 0 || !equal(newer.leaf, joined.proof.leaf)) return verdict;
  const again = await verify({ ...joined, proof: newer }, trust2, options);
  return isGenuine(again) && (again.view ?? 0) >= (verdict.view ?? 0) ? again : verdict;
}
function loggedDigest({ proof }) {
  return proof && attempt2(() => parseLeaf(proof.leaf))?.of("cap");
}
function identifierOf({ proof, cap: cap2 }, { message: message2 }) {
  const leaf = proof && attempt2(() => parseLeaf(proof.leaf));
  if (leaf !== void 0) return leaf.of("identifier");
  const raw = message2?.raw ?? cap2;
  const read = raw && attempt2(() => readCAP(raw));
  return read && text(read, "identifier");
}
async function identifierInText(finding, handed2, options) {
  if (handed2.text === void 0 || handed2.message !== void 0 || handed2.proof !== void 0) return void 0;
  const written = textOf(handed2.text);
  const links = (written.match(/https?:\/\/[^\s<>"]+/g) ?? []).flatMap((link) => attemptURL(link) ?? []);
  const own = links.filter(({ origin }) => origin === location.origin);
  const strange = links.find(({ origin }) => origin !== location.origin);
  if (!options.ask) return void 0;
  for (const link of own) {
    const identifier2 = await identifierAt(link);
    if (identifier2 !== void 0) return identifier2;
  }
  if (strange !== void 0) {
    finding.host = strange.host;
    if (lookalike(strange.host, location.host)) finding.resembles = location.host;
  }
  const identifier = hasWords(handed2) ? await likeliest(written) : void 0;
  finding.asked = "yes";
  if (identifier === void 0) finding.result = strange !== void 0 && !hasWords(handed2) ? "elsewhere" : "nothing-like-it";
  return identifier;
}
function attemptURL(link) {
  return URL.canParse(link) ? new URL(link) : void 0;
}
function textOf({ raw }) {
  return attempt2(() => fromUTF8(raw)) ?? "";
}
function attempt2(parse) {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Malformed) return void 0;
    throw error;
  }
}
function infoOf(message2, language2) {
  const infos = message2.info ?? [];
  return infos.find((info2) => text(info2, "language").toLowerCase().startsWith(language2)) ?? infos[0];
}

// verify/page/elements.ts
function make(selector, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag);
  element.classList.add(...classes);
  element.append(...children);
  return element;
}
function unlessEmpty(element) {
  return element.childNodes.length > 0 ? [element] : [];
}
function byId(id) {
  return document.getElementById(id);
}

// vendor/qr/index.js
var MAX_OUTPUT_SIZE = 1024;
var MAX_COMPACT_OUTPUT_SIZE = MAX_OUTPUT_SIZE * 4;
var BYTES = /* @__PURE__ */ (() => {
  const res = [];
  for (let ver = 1; ver <= 40; ver++) {
    let bits = (16 * ver + 128) * ver + 64;
    if (ver >= 2) {
      const align = Math.floor(ver / 7) + 2;
      bits -= (25 * align - 10) * align - 55;
      if (ver >= 7)
        bits -= 36;
    }
    res.push(bits >>> 3);
  }
  return res;
})();
var ECC_LEVELS = ["low", "medium", "quartile", "high"];
var WORDS_PER_BLOCK = {
  low: [
    7,
    10,
    15,
    20,
    26,
    18,
    20,
    24,
    30,
    18,
    20,
    24,
    26,
    30,
    22,
    24,
    28,
    30,
    28,
    28,
    28,
    28,
    30,
    30,
    26,
    28,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30
  ],
  medium: [
    10,
    16,
    26,
    18,
    24,
    16,
    18,
    22,
    22,
    26,
    30,
    22,
    22,
    24,
    24,
    28,
    28,
    26,
    26,
    26,
    26,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28,
    28
  ],
  quartile: [
    13,
    22,
    18,
    26,
    18,
    24,
    18,
    22,
    20,
    24,
    28,
    26,
    24,
    20,
    30,
    24,
    28,
    28,
    26,
    30,
    28,
    30,
    30,
    30,
    30,
    28,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30
  ],
  high: [
    17,
    28,
    22,
    16,
    22,
    28,
    26,
    26,
    24,
    28,
    24,
    28,
    22,
    24,
    24,
    30,
    28,
    28,
    26,
    28,
    30,
    24,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30,
    30
  ]
};
var ECC_BLOCKS = {
  low: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25],
  medium: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49],
  quartile: [1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68],
  high: [1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81]
};
var EC_CODE = { low: 1, medium: 0, quartile: 3, high: 2 };
var ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
function formatBits(ecc, mask) {
  const data = EC_CODE[ecc] << 3 | mask;
  let d = data;
  for (let i = 0; i < 10; i++)
    d = d << 1 ^ (d >> 9) * 1335;
  return (data << 10 | d) ^ 21522;
}
function versionBits(ver) {
  let d = ver;
  for (let i = 0; i < 12; i++)
    d = d << 1 ^ (d >> 11) * 7973;
  return ver << 12 | d;
}
var GF256 = /* @__PURE__ */ (() => {
  const exp = new Uint8Array(510);
  const log = new Uint8Array(256);
  for (let i = 0, x = 1; i < 255; i++) {
    exp[i] = exp[i + 255] = x;
    log[x] = i;
    x <<= 1;
    if (x & 256)
      x ^= 285;
  }
  return { exp, log };
})();
function maskBits(x, y) {
  const x2 = x % 2;
  const y2 = y % 2;
  const x3 = x % 3;
  const xy3 = x3 * (y % 3) % 3;
  const xy2 = x2 & y2;
  let bits = 0;
  if (x2 === y2)
    bits |= 1;
  if (y2 === 0)
    bits |= 2;
  if (x3 === 0)
    bits |= 4;
  if ((x + y) % 3 === 0)
    bits |= 8;
  if ((Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0)
    bits |= 16;
  if (xy2 + xy3 === 0)
    bits |= 32;
  if ((xy2 + xy3) % 2 === 0)
    bits |= 64;
  if (((x2 ^ y2) + xy3) % 2 === 0)
    bits |= 128;
  return bits;
}
var POP16 = /* @__PURE__ */ (() => {
  const t = new Uint8Array(1 << 16);
  for (let i = 1; i < t.length; i++)
    t[i] = t[i >>> 1] + (i & 1);
  return t;
})();
var popcnt = (n) => POP16[n & 65535] + POP16[n >>> 16];
var CTRL = [10, 27];
var NL = /* @__PURE__ */ String.fromCharCode(CTRL[0]);

// vendor/qr/decode.js
var cap = (value, min, max) => {
  let result = value;
  if (max !== void 0)
    result = Math.min(result, max);
  if (min !== void 0)
    result = Math.max(result, min);
  return result;
};
var { exp: EXP, log: LOG } = GF256;
var mul = (a, b2) => a && b2 ? EXP[LOG[a] + LOG[b2]] : 0;
var inv = (a) => EXP[255 - LOG[a]];
var MAX_IMAGE_SIDE = 4096;
var MAX_ARENA_BYTES = 64 * 1024 * 1024;
var validateSize = (size2, name) => {
  if (!Number.isSafeInteger(size2.width) || !Number.isSafeInteger(size2.height))
    throw new TypeError(`${name} expected safe integer width and height`);
  if (size2.width <= 0 || size2.height <= 0)
    throw new RangeError(`${name} expected positive width and height`);
  if (size2.width > MAX_IMAGE_SIDE || size2.height > MAX_IMAGE_SIDE)
    throw new RangeError(`${name} expected width and height <= ${MAX_IMAGE_SIDE}, got ${size2.width}x${size2.height}`);
  return size2.width * size2.height;
};
function darkToImage(width, height2, dk) {
  const data = new Uint8Array(width * height2 * 4);
  let i = 0;
  for (let y = 0; y < height2; y++)
    for (let x = 0; x < width; x++) {
      const color = dk(x, y) ? 0 : 255;
      data[i] = color;
      data[i + 1] = color;
      data[i + 2] = color;
      data[i + 3] = 255;
      i += 4;
    }
  return { width, height: height2, data };
}
var FAIL = Object.freeze({
  data: Object.freeze(new Error("data")),
  dimension: Object.freeze(new Error("dimension")),
  finder: Object.freeze(new Error("finder")),
  format: Object.freeze(new Error("format")),
  alignment: Object.freeze(new Error("alignment")),
  rs: Object.freeze(new Error("rs")),
  timing: Object.freeze(new Error("timing")),
  version: Object.freeze(new Error("version"))
});
var ECI_ENCODINGS = {
  1: "iso-8859-1",
  2: "ibm437",
  3: "iso-8859-1",
  4: "iso-8859-2",
  5: "iso-8859-3",
  6: "iso-8859-4",
  7: "iso-8859-5",
  8: "iso-8859-6",
  9: "iso-8859-7",
  10: "iso-8859-8",
  11: "iso-8859-9",
  13: "iso-8859-11",
  15: "iso-8859-13",
  16: "iso-8859-14",
  17: "iso-8859-15",
  18: "iso-8859-16",
  20: "shift-jis",
  21: "windows-1250",
  22: "windows-1251",
  23: "windows-1252",
  24: "windows-1256",
  25: "utf-16be",
  26: "utf-8",
  28: "big5",
  29: "gbk",
  30: "euc-kr"
};
var ECI_DECODERS = {};
for (const [id, name] of Object.entries(ECI_ENCODINGS)) {
  try {
    ECI_DECODERS[+id] = new TextDecoder(name);
  } catch {
    ECI_DECODERS[+id] = void 0;
  }
}
var NUMERIC_LENGTH_BITS = Uint8Array.of(10, 12, 14);
var ALPHANUMERIC_LENGTH_BITS = Uint8Array.of(9, 11, 13);
var BYTE_LENGTH_BITS = Uint8Array.of(8, 16, 16);
var Payload = {
  create(capacity) {
    const bytes = new Uint8Array(capacity);
    const views = new Array(capacity + 1);
    for (let i = 0; i < views.length; i++)
      views[i] = new Uint8Array(bytes.buffer, 0, i);
    let state;
    const read = (bits) => {
      const start2 = state.position;
      if (start2 + bits > state.dataLen * 8)
        return -1;
      let value = 0;
      let pos = start2;
      for (let i = 0; i < bits; i++) {
        value = value << 1 | state.data[pos >> 3] >> 7 - (pos & 7) & 1;
        pos++;
      }
      state.position = pos;
      return value;
    };
    state = { position: 0, data: new Uint8Array(0), dataLen: 0, bytes, read, views };
    return state;
  },
  decode(state, data, dataLen, version, deferText = false) {
    state.position = 0;
    state.data = data;
    state.dataLen = dataLen;
    const read = state.read;
    const cls = version < 10 ? 0 : version < 27 ? 1 : 2;
    let eci = 26;
    let res = "";
    const parts = deferText ? [] : void 0;
    while (state.position + 4 <= dataLen * 8) {
      const mode = read(4);
      if (!mode)
        break;
      if (mode === 7) {
        const b0 = read(8);
        if (b0 < 0)
          return FAIL.data;
        if ((b0 & 128) === 0)
          eci = b0;
        else {
          const len = (b0 & 192) === 128 ? 8 : 16;
          const value = read(len);
          if (value < 0)
            return FAIL.data;
          eci = (b0 & (len === 8 ? 63 : 31)) << len;
          eci |= value;
        }
        continue;
      }
      if (mode === 1) {
        let length = read(NUMERIC_LENGTH_BITS[cls]);
        if (length < 0)
          return FAIL.data;
        for (; length >= 3; length -= 3) {
          const value = read(10);
          if (value < 0 || value >= 1e3)
            return FAIL.data;
          res += String(value).padStart(3, "0");
        }
        if (length) {
          const value = read(length === 2 ? 7 : 4);
          if (value < 0 || value >= 10 ** length)
            return FAIL.data;
          res += String(value).padStart(length, "0");
        }
      } else if (mode === 2) {
        let length = read(ALPHANUMERIC_LENGTH_BITS[cls]);
        if (length < 0)
          return FAIL.data;
        for (; length >= 2; length -= 2) {
          const value = read(11);
          if (value < 0 || value >= 45 * 45)
            return FAIL.data;
          res += ALPHANUMERIC[value / 45 | 0] + ALPHANUMERIC[value % 45];
        }
        if (length) {
          const value = read(6);
          if (value < 0 || value >= 45)
            return FAIL.data;
          res += ALPHANUMERIC[value];
        }
      } else if (mode === 4) {
        const length = read(BYTE_LENGTH_BITS[cls]);
        if (length < 0 || state.position + 8 * length > dataLen * 8)
          return FAIL.data;
        if (parts) {
          const segment = new Uint8Array(length);
          for (let i = 0; i < length; i++)
            segment[i] = read(8);
          if (res)
            parts.push(res);
          parts.push([segment, eci]);
          res = "";
        } else {
          const encoding = ECI_ENCODINGS[eci];
          if (!encoding || length >= state.views.length)
            return FAIL.data;
          const decoder = ECI_DECODERS[eci] || new TextDecoder(encoding);
          for (let i = 0; i < length; i++)
            state.bytes[i] = read(8);
          res += decoder.decode(state.views[length]);
        }
      } else
        return FAIL.data;
    }
    if (!parts)
      return res;
    if (res)
      parts.push(res);
    return parts;
  },
  finish(decoded, textDecoder) {
    if (typeof decoded === "string")
      return decoded;
    if (!textDecoder)
      throw new Error("text decoder");
    let res = "";
    for (const part of decoded)
      res += typeof part === "string" ? part : textDecoder(part[0], part[1]);
    return res;
  }
};
var dist2 = (pts, a, b2) => (pts[a] - pts[b2]) ** 2 + (pts[a + 1] - pts[b2 + 1]) ** 2;
var distance = (first, second) => Math.hypot(second.x - first.x, second.y - first.y);
var checkVersion = (m, size2) => {
  const ver = (size2 - 17) / 4;
  if (ver < 7)
    return true;
  let v1 = 0;
  let v2 = 0;
  for (let i = 0; i < 18; i++) {
    const x = size2 - 11 + i % 3;
    const y = i / 3 | 0;
    v1 |= m[y * size2 + x] << i;
    v2 |= m[x * size2 + y] << i;
  }
  const expected = versionBits(ver);
  const d1 = popcnt(expected ^ v1);
  const d2 = popcnt(expected ^ v2);
  return d1 <= 3 || d2 <= 3;
};
function squareToQuad(out, points) {
  const x1 = points[0];
  const y1 = points[1];
  const x2 = points[2];
  const y2 = points[3];
  const x3 = points[4];
  const y3 = points[5];
  const x4 = points[6];
  const y4 = points[7];
  const dx3 = x1 - x2 + x3 - x4;
  const dy3 = y1 - y2 + y3 - y4;
  if (dx3 === 0 && dy3 === 0) {
    out[0] = x2 - x1;
    out[1] = x3 - x2;
    out[2] = x1;
    out[3] = y2 - y1;
    out[4] = y3 - y2;
    out[5] = y1;
    out[6] = 0;
    out[7] = 0;
    out[8] = 1;
    return;
  }
  const dx1 = x2 - x3;
  const dx2 = x4 - x3;
  const dy1 = y2 - y3;
  const dy2 = y4 - y3;
  const den = dx1 * dy2 - dx2 * dy1;
  const a31 = (dx3 * dy2 - dx2 * dy3) / den;
  const a32 = (dx1 * dy3 - dx3 * dy1) / den;
  out[0] = x2 - x1 + a31 * x2;
  out[1] = x4 - x1 + a32 * x4;
  out[2] = x1;
  out[3] = y2 - y1 + a31 * y2;
  out[4] = y4 - y1 + a32 * y4;
  out[5] = y1;
  out[6] = a31;
  out[7] = a32;
  out[8] = 1;
}
var adjugate = (o, m) => {
  for (let i = 0; i < 9; i++) {
    const r = i / 3 | 0;
    const c = i % 3;
    const r1 = (c + 1) % 3 * 3;
    const r2 = (c + 2) % 3 * 3;
    const c1 = (r + 1) % 3;
    const c2 = (r + 2) % 3;
    o[i] = m[r1 + c1] * m[r2 + c2] - m[r1 + c2] * m[r2 + c1];
  }
};
var ptMul = (o, a, b2) => {
  for (let r = 0; r < 9; r += 3) {
    const a0 = a[r];
    const a1 = a[r + 1];
    const a2 = a[r + 2];
    for (let c = 0; c < 3; c++)
      o[r + c] = a0 * b2[c] + a1 * b2[c + 3] + a2 * b2[c + 6];
  }
};
var makePattern = () => ({ x: 0.1, y: 0.1, ms: 0.1 });
var LUMA8 = { step: 1, bits: 8 };
var LUMA10 = { step: 2, bits: 10 };
var LUMA12 = { step: 2, bits: 12 };
var RGB = { step: 3, bits: 8 };
var RGBA = { step: 4, bits: 8 };
var FORMATS = {
  RGB,
  RGBA,
  RGBX: RGBA,
  BGRA: RGBA,
  BGRX: RGBA,
  I420: LUMA8,
  I420A: LUMA8,
  I422: LUMA8,
  I444: LUMA8,
  NV12: LUMA8,
  I420P10: LUMA10,
  I420P12: LUMA12
};
var inputFormat = (format) => FORMATS[format];
var validateOpts = (opts) => {
  if (opts === null || typeof opts !== "object" || Array.isArray(opts))
    throw new TypeError(`"opts" expected object, got type=${typeof opts}`);
  if (opts.format !== void 0 && !inputFormat(opts.format))
    throw new TypeError(`invalid opts.format=${opts.format} (${typeof opts.format})`);
  if (opts.effort !== void 0 && opts.effort !== Infinity && (!Number.isSafeInteger(opts.effort) || opts.effort < 1))
    throw new TypeError(`invalid opts.effort=${opts.effort} (${typeof opts.effort})`);
  if (opts.timeLimit !== void 0 && opts.timeLimit !== Infinity && (typeof opts.timeLimit !== "number" || !Number.isFinite(opts.timeLimit) || opts.timeLimit < 0))
    throw new TypeError(`invalid opts.timeLimit=${opts.timeLimit} (${typeof opts.timeLimit})`);
  for (const name of ["textDecoder", "pointsOnDetect", "imageOnResult", "imageOnBitmap"])
    if (opts[name] !== void 0 && typeof opts[name] !== "function")
      throw new TypeError(`invalid opts.${name}=${opts[name]} (${typeof opts[name]})`);
};
var validateImage = (img, named2, layout, capacity) => {
  const px = validateSize(img, '"img"');
  if (capacity && (img.width > capacity.width || img.height > capacity.height))
    throw new RangeError(`"img" expected dimensions <= ${capacity.width}x${capacity.height}, got ${img.width}x${img.height}`);
  const data = img.data;
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray))
    throw new TypeError(`"img.data" expected Uint8Array or Uint8ClampedArray, got ${typeof data}`);
  const bytes = data;
  let format;
  if (named2 !== void 0) {
    format = inputFormat(named2);
    if (!format)
      throw new TypeError(`invalid opts.format=${named2} (${typeof named2})`);
    if (layout) {
      const { offset, stride } = layout;
      const row = format.step * img.width;
      const end = offset + (img.height - 1) * stride + row;
      if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(stride) || offset < 0 || stride < row || end > bytes.length)
        throw new RangeError(`"img.data" expected valid offset/stride for format=${named2}, got offset=${offset}, stride=${stride}, length=${bytes.length}`);
    } else {
      const expected = format.step * px;
      const planar = format.step <= 2;
      if (planar && bytes.length < expected || !planar && bytes.length !== expected)
        throw new RangeError(`"img.data" expected ${planar ? "at least " : ""}${expected} bytes for format=${named2}, got ${bytes.length}`);
    }
  } else if (bytes.length === 3 * px)
    format = RGB;
  else if (bytes.length === 4 * px)
    format = RGBA;
  else
    throw new RangeError(`"img.data" expected ${3 * px} or ${4 * px} bytes without opts.format, got ${bytes.length}`);
  return format;
};
var copyLuma = (out, maxSize, img, named2, layout) => {
  const { step, bits } = validateImage(img, named2, layout, maxSize);
  const { width, height: height2, data } = img;
  const stride = layout?.stride || width * step;
  const offset = layout?.offset || 0;
  if (data === out && !offset && stride === width && step === 1)
    return;
  for (let y = 0; y < height2; y++) {
    let src = offset + y * stride;
    let dst = y * width;
    if (step === 1)
      for (let x = 0; x < width; x++) {
        out[dst++] = data[src];
        src++;
      }
    else if (step === 2)
      for (let x = 0; x < width; x++) {
        out[dst++] = (data[src] | data[src + 1] << 8) >>> bits - 8;
        src += step;
      }
    else
      for (let x = 0; x < width; x++) {
        out[dst++] = data[src] + 2 * data[src + 1] + data[src + 2] >> 2;
        src += step;
      }
  }
};
var packQuad = (quad, x0, y0, x1, y1, x2, y2, x3, y3) => {
  quad[0] = x0;
  quad[1] = y0;
  quad[2] = x1;
  quad[3] = y1;
  quad[4] = x2;
  quad[5] = y2;
  quad[6] = x3;
  quad[7] = y3;
};
var bit = (layer, x, y) => {
  if (x < 0 || y < 0 || x >= layer.width || y >= layer.height)
    return -1;
  return layer.bitmap[y * layer.words + (x >>> 5)] >>> (x & 31) & 1;
};
var ratio = (a, b2, c, d, e) => {
  const total = a + b2 + c + d + e;
  if (total < 7)
    return 0;
  const ms = total / 7;
  const tol = ms * 0.5;
  return Math.abs(ms - a) < tol && Math.abs(ms - b2) < tol && Math.abs(3 * ms - c) < 3 * tol && Math.abs(ms - d) < tol && Math.abs(ms - e) < tol ? ms : 0;
};
var run = (layer, x, y, dx, dy, color, cap2) => {
  let n = 0;
  if (dy) {
    while (bit(layer, x, y) === color && n <= cap2) {
      n++;
      y += dy;
    }
    return n;
  }
  if (y < 0 || y >= layer.height)
    return 0;
  const row = y * layer.words;
  while (x >= 0 && x < layer.width && n <= cap2) {
    const shift = x & 31;
    const stops = (color ? ~layer.bitmap[row + (x >>> 5)] : layer.bitmap[row + (x >>> 5)]) >>> 0;
    const w = dx > 0 ? stops >>> shift : stops << 31 - shift >>> 0;
    const span = dx > 0 ? Math.min(32 - shift, layer.width - x) : shift + 1;
    const first = !w ? 32 : dx > 0 ? 31 - Math.clz32((w & -w) >>> 0) : Math.clz32(w);
    const len = Math.min(first, span);
    n += len;
    x += dx * len;
    if (first < span)
      break;
  }
  return Math.min(n, Math.floor(cap2) + 1);
};
var cross = (layer, cx, cy, dx, dy, maxMs, inverted, measure = false) => {
  const center = +!inverted;
  const side = +inverted;
  let r2 = run(layer, cx, cy, -dx, -dy, center, Infinity);
  let back = r2;
  const r1 = run(layer, cx - dx * back, cy - dy * back, -dx, -dy, side, maxMs);
  back += r1;
  const r0 = run(layer, cx - dx * back, cy - dy * back, -dx, -dy, center, maxMs);
  back += r0;
  const start2 = (dx ? cx : cy) - back;
  const forward = run(layer, cx + dx, cy + dy, dx, dy, center, Infinity);
  r2 += forward;
  let ahead = 1 + forward;
  const r3 = run(layer, cx + dx * ahead, cy + dy * ahead, dx, dy, side, maxMs);
  ahead += r3;
  const r4 = run(layer, cx + dx * ahead, cy + dy * ahead, dx, dy, center, maxMs);
  if (!ratio(r0, r1, r2, r3, r4))
    return -1;
  return measure ? (r0 + r1 + r2 + r3 + r4) / 7 : start2 + 1 + r0 + r1 + r2 / 2;
};
var vertical = (layer, pattern, inverted, measure = false) => {
  const limit = 3 * pattern.ms;
  return cross(layer, Math.round(pattern.x), Math.round(pattern.y), 0, 1, limit, inverted, measure);
};
var refinePattern = (layer, pattern, inverted) => {
  const y = vertical(layer, pattern, inverted);
  if (y < 0)
    return -1;
  const limit = 3 * pattern.ms;
  const x = cross(layer, Math.round(pattern.x), Math.round(y), 1, 0, limit, inverted);
  if (x < 0)
    return -1;
  const movement = Math.abs(x - pattern.x) + Math.abs(y - pattern.y);
  pattern.x = x;
  pattern.y = y;
  return movement;
};
var refineTriple = (layer, triple) => {
  const tl = refinePattern(layer, triple.tl, triple.inverted);
  if (tl < 0)
    return false;
  const tr = refinePattern(layer, triple.tr, triple.inverted);
  if (tr < 0)
    return false;
  const bl = refinePattern(layer, triple.bl, triple.inverted);
  return bl >= 0 && tl + tr + bl > 0;
};
var fitPattern = (layer, pattern, inverted) => {
  const luma = layer.luma;
  const fit = (axis) => {
    const center = axis ? pattern.y : pattern.x;
    const other = axis ? pattern.x : pattern.y;
    const radius = Math.ceil(pattern.ms);
    const lo = Math.round(center) - radius;
    const hi = Math.round(center) + radius;
    let best = center;
    let bestScore = -Infinity;
    for (let candidate = lo; candidate <= hi; candidate++)
      for (let scale = 5; scale <= 15; scale += 2) {
        const pitch = pattern.ms * scale / 10;
        const crossRadius = Math.round(pitch / 2);
        const side = Math.ceil(3.5 * pitch);
        let dark = 0;
        let darkCount = 0;
        let light = 0;
        let lightCount = 0;
        for (let along = -side; along <= side; along++) {
          const module = Math.abs(along / pitch);
          const expectedDark = module < 1.5 || module >= 2.5;
          for (let across = -crossRadius; across <= crossRadius; across++) {
            const x = Math.round(axis ? other + across : candidate + along);
            const y = Math.round(axis ? candidate + along : other + across);
            if (x < 0 || y < 0 || x >= layer.width || y >= layer.height)
              continue;
            const value = luma[y * layer.width + x];
            if (expectedDark) {
              dark += value;
              darkCount++;
            } else {
              light += value;
              lightCount++;
            }
          }
        }
        let score = light / lightCount - dark / darkCount;
        if (inverted)
          score = -score;
        if (score > bestScore) {
          best = candidate;
          bestScore = score;
        }
      }
    return best;
  };
  pattern.x = fit(0);
  pattern.y = fit(1);
};
var mapPoint = (map, x, y) => {
  const den = map[6] * x + map[7] * y + map[8];
  return {
    x: (map[0] * x + map[1] * y + map[2]) / den,
    y: (map[3] * x + map[4] * y + map[5]) / den
  };
};
var crossPitch = (layer, pattern, inverted) => {
  const pitch = vertical(layer, pattern, inverted, true);
  return pitch < 0 ? 0 : pitch;
};
var finderPitch = (layer, pattern) => {
  const vertical2 = crossPitch(layer, pattern, false);
  return vertical2 ? Math.sqrt(pattern.ms * vertical2) : 0;
};
var edgePitch = (layer, first, second, inverted) => {
  const dx = second.x - first.x;
  const dy = second.y - first.y;
  const length = distance(first, second);
  if (!length)
    return 0;
  const pitch = (pattern) => {
    const vertical2 = crossPitch(layer, pattern, inverted);
    if (!vertical2)
      return 0;
    return Math.sqrt((dx / length * pattern.ms) ** 2 + (dy / length * vertical2) ** 2);
  };
  const firstPitch = pitch(first);
  const secondPitch = pitch(second);
  return firstPitch && secondPitch ? (firstPitch + secondPitch) / 2 : 0;
};
var copyPattern = (layer, index, out) => {
  const pos = index * 4;
  out.x = layer.patterns[pos];
  out.y = layer.patterns[pos + 1];
  out.ms = layer.patterns[pos + 2];
};
var swapSet = (layer, a, b2) => {
  const sets = layer.sets;
  const ap = a * 5;
  const bp = b2 * 5;
  for (let i = 0; i < 5; i++) {
    const value = sets[ap + i];
    sets[ap + i] = sets[bp + i];
    sets[bp + i] = value;
  }
};
var siftDown = (layer, end) => {
  const sets = layer.sets;
  for (let index = 0; ; ) {
    const left = index * 2 + 1;
    if (left >= end)
      return;
    const right = left + 1;
    const child = right < end && sets[right * 5] > sets[left * 5] ? right : left;
    if (sets[index * 5] >= sets[child * 5])
      return;
    swapSet(layer, index, child);
    index = child;
  }
};
var evalLow = (poly, offset, length, x) => {
  let value = 0;
  for (let i = length - 1; i >= 0; i--)
    value = mul(value, x) ^ poly[offset + i];
  return value;
};
var scanRows = {
  // Downsample two source rows into one pyramid row with a 2x2 box filter.
  resize(src, dst, width, dstWidth, from, to) {
    for (let y = from; y < to; y++) {
      let srcPos = (y << 1) * width;
      let dstPos = y * dstWidth;
      for (let x = 0; x < dstWidth; x++) {
        dst[dstPos++] = src[srcPos] + src[srcPos + 1] + src[srcPos + width] + src[srcPos + width + 1] + 2 >> 2;
        srcPos += 2;
      }
    }
  },
  // Compute one local threshold per 8x8 block, including low-contrast predecessor propagation.
  blocks(layer, from, to) {
    const brightness = layer.luma;
    const block = 8;
    const bWidth = layer.blockWidth;
    const maxY = layer.height - block;
    const maxX = layer.width - block;
    const blocks = layer.blocks;
    for (let y = from; y < to; y++) {
      const yPos = cap(y * block, 0, maxY);
      for (let x = 0; x < bWidth; x++) {
        const xPos = cap(x * block, 0, maxX);
        let sum = 0;
        let min = 255;
        let max = 0;
        let pos = yPos * layer.width + xPos;
        for (let yy = 0; yy < block; yy++) {
          for (let xx = 0; xx < block; xx++) {
            const pixel = brightness[pos + xx];
            sum += pixel;
            min = Math.min(min, pixel);
            max = Math.max(max, pixel);
          }
          pos += layer.width;
        }
        let average = Math.floor(sum / block ** 2);
        if (max - min <= 24) {
          average = min / 2;
          if (y > 0 && x > 0) {
            const top = blocks[(y - 1) * bWidth + x];
            const left = blocks[y * bWidth + x - 1];
            const topLeft = blocks[(y - 1) * bWidth + x - 1];
            const previous = (2 * top + left + topLeft) / 4;
            if (min < previous)
              average = previous;
          }
        }
        blocks[bWidth * y + x] = average >>> 0;
      }
    }
  },
  // Smooth block thresholds and write their 8x8 binary pixels into the packed bitmap.
  bitmap(layer, from, to) {
    const brightness = layer.luma;
    const block = 8;
    const bWidth = layer.blockWidth;
    const bHeight = layer.blockHeight;
    const maxY = layer.height - block;
    const maxX = layer.width - block;
    const blocks = layer.blocks;
    for (let y = from; y < to; y++) {
      const yPos = cap(y * block, 0, maxY);
      const top = cap(y, 2, bHeight - 3);
      for (let x = 0; x < bWidth; x++) {
        const xPos = cap(x * block, 0, maxX);
        const left = cap(x, 2, bWidth - 3);
        let sum = 0;
        for (let yy = -2; yy <= 2; yy++) {
          const row = bWidth * (top + yy) + left;
          for (let xx = -2; xx <= 2; xx++)
            sum += blocks[row + xx];
        }
        const average = sum / 25;
        layer.cuts[y * bWidth + x] = Math.floor(average);
        let pos = yPos * layer.width + xPos;
        for (let yy = 0; yy < block; yy++) {
          let value = 0;
          for (let xx = 0; xx < block; xx++)
            value |= +(brightness[pos + xx] <= average) << xx;
          const shift = xPos & 31;
          const word2 = (yPos + yy) * layer.words + (xPos >>> 5);
          const lowMask = 255 << shift >>> 0;
          layer.bitmap[word2] = (layer.bitmap[word2] & ~lowMask | value << shift >>> 0) >>> 0;
          if (shift > 24) {
            const highMask = (1 << shift - 24) - 1;
            layer.bitmap[word2 + 1] = (layer.bitmap[word2 + 1] & ~highMask | value >>> 32 - shift) >>> 0;
          }
          pos += layer.width;
        }
      }
    }
  },
  // Find and merge horizontally seeded finder crosses in every second row.
  find(layer, from, to) {
    for (let y = from; y < to; y += 2) {
      let r0 = 0;
      let r1 = 0;
      let r2 = 0;
      let r3 = 0;
      let r4 = 0;
      let runs = 0;
      let previous = !!bit(layer, 0, y | 0);
      for (let x = 0; x < layer.width; ) {
        const length = run(layer, x, y, 1, 0, +previous, Infinity);
        x += length;
        r0 = r1;
        r1 = r2;
        r2 = r3;
        r3 = r4;
        r4 = length;
        runs++;
        const black = previous;
        previous = !previous;
        candidate: {
          if ((runs | 0) < 5)
            break candidate;
          const inverted = !black;
          const ms = ratio(r0, r1, r2, r3, r4);
          if (!ms)
            break candidate;
          const start2 = (x | 0) - r0 - r1 - r2 - r3 - r4;
          const cx = Math.round(start2 + r0 + r1 + r2 / 2);
          const limit = ms * 3;
          const cy = cross(layer, cx, y | 0, 0, 1, limit, inverted);
          if (cy < 0)
            break candidate;
          const refinedX = cross(layer, cx, Math.round(cy), 1, 0, limit, inverted);
          if (refinedX < 0)
            break candidate;
          const patterns = layer.patterns;
          const polarity = +inverted;
          for (let i = 0; i < layer.patternCount; i++) {
            const pos2 = i * 4;
            if ((layer.inverted[i] & 1) !== polarity || // Merge observations within two modules of the same finder center.
            Math.abs(patterns[pos2] - refinedX) >= 2 * ms || Math.abs(patterns[pos2 + 1] - cy) >= 2 * ms)
              continue;
            const count = patterns[pos2 + 3] + 1;
            patterns[pos2] = (patterns[pos2] * patterns[pos2 + 3] + refinedX) / count;
            patterns[pos2 + 1] = (patterns[pos2 + 1] * patterns[pos2 + 3] + cy) / count;
            patterns[pos2 + 2] = (patterns[pos2 + 2] * patterns[pos2 + 3] + ms) / count;
            patterns[pos2 + 3] = count;
            break candidate;
          }
          const index = layer.patternCount++;
          const pos = index * 4;
          if (pos + 3 >= patterns.length)
            throw new Error(`finder storage exhausted at ${layer.width}x${layer.height}`);
          patterns[pos] = refinedX;
          patterns[pos + 1] = cy;
          patterns[pos + 2] = ms;
          patterns[pos + 3] = 1;
          layer.inverted[index] = polarity;
        }
      }
    }
  }
};
var snapSize = (estimate) => Math.round((estimate - 17) / 4) * 4 + 17 | 0;
var runDecode = (walk) => {
  let step = walk.next();
  while (!step.done)
    step = walk.next(0);
  return step.value;
};
var nextTick = () => {
  const host = globalThis;
  if (typeof host.scheduler?.yield === "function")
    return host.scheduler.yield();
  return new Promise((resolve2) => host.setTimeout(resolve2, 0));
};
var runDecodeAsync = async (walk, timeLimit) => {
  const tick = Math.min(timeLimit, 8);
  let started = Date.now();
  try {
    let step = walk.next();
    for (; ; ) {
      if (step.done)
        return step.value;
      let waited = 0;
      if (Date.now() - started >= tick) {
        const waiting = Date.now();
        await nextTick();
        waited = Date.now() - waiting;
        started = Date.now();
      }
      step = walk.next(waited);
    }
  } catch (error) {
    walk.return(void 0);
    throw error;
  }
};
var _QRScanner = class {
  constructor(init) {
    __publicField(this, "layers");
    __publicField(this, "opts");
    __publicField(this, "width");
    __publicField(this, "height");
    __publicField(this, "luma");
    __publicField(this, "grid", new Uint8Array(177 * 177));
    __publicField(this, "tmp8", new Uint8Array(177 * 177));
    __publicField(this, "codewords", new Uint8Array(BYTES[40 - 1]));
    __publicField(this, "tmp32", new Uint32Array(4 * 16 * 3 + 16));
    __publicField(this, "tmp64", new Float64Array(7 * 7 * 2 + (7 * 7 - 3) * 4));
    __publicField(this, "payload", Payload.create(BYTES[40 - 1]));
    __publicField(this, "image");
    __publicField(this, "input");
    __publicField(this, "inFlight", false);
    __publicField(this, "staged", false);
    __publicField(this, "resized", false);
    // Finder selection and projection reuse the same typed temporaries by phase. Three homographies
    // stay separate because decode fallbacks retain them across a failed payload attempt.
    __publicField(this, "triple", {
      tl: makePattern(),
      tr: makePattern(),
      bl: makePattern(),
      inverted: false,
      tlIndex: 0,
      trIndex: 0,
      blIndex: 0
    });
    __publicField(this, "blocked", 0);
    __publicField(this, "effort");
    __publicField(this, "timeLimit");
    __publicField(this, "retryStart", 0);
    __publicField(this, "retries", 0);
    __publicField(this, "points");
    // Homography phases do not overlap: `map` holds the active result while `from` and `to` are
    // scratch; `to` doubles as the fine-plane map until the next homography build.
    __publicField(this, "map", new Float64Array(9));
    __publicField(this, "from", new Float64Array(9));
    __publicField(this, "to", new Float64Array(9));
    __publicField(this, "alignPoint", { x: 0.1, y: 0.1 });
    __publicField(this, "finePlane", {
      d: new Uint8Array(0),
      cut: new Int16Array(0),
      W: 0,
      H: 0,
      bw: 0,
      sh: 0
    });
    __publicField(this, "invertedProjection", false);
    __publicField(this, "decodedSize", 0);
    validateOpts(init);
    const maxPixels = validateSize(init.maxSize, '"maxSize"');
    const maxSize = Object.freeze({ ...init.maxSize });
    const stride = init.stride === void 0 ? 1 : init.stride;
    if (!Number.isSafeInteger(stride) || stride < 1)
      throw new RangeError(`"stride" expected positive safe integer, got ${stride}`);
    const bytes = maxPixels * stride;
    if (!Number.isSafeInteger(bytes) || bytes > MAX_ARENA_BYTES)
      throw new RangeError(`input arena expected <= ${MAX_ARENA_BYTES} bytes, got ${maxPixels}*${stride}`);
    this.effort = init.effort === void 0 ? 1 : init.effort;
    this.timeLimit = init.timeLimit === void 0 ? 1e3 / 60 : init.timeLimit;
    this.opts = Object.freeze({
      ...init,
      effort: this.effort,
      maxSize,
      timeLimit: this.timeLimit
    });
    this.width = 0;
    this.height = 0;
    this.luma = new Uint8Array(bytes);
    this.image = { data: this.luma, height: 0, width: 0 };
    this.input = { data: this.luma, height: 0, width: 0 };
    const layers = [];
    let width = maxSize.width;
    let height2 = maxSize.height;
    for (let i = 0; i < 4; i++) {
      if (i && Math.min(width, height2) < 64)
        break;
      const blockWidth = Math.ceil(width / 8);
      const blockHeight = Math.ceil(height2 / 8);
      const centers = Math.ceil(width / 7) * Math.ceil(height2 / 7);
      const luma = i ? new Uint8Array(width * height2) : this.luma;
      const blocks = new Uint8Array(blockWidth * blockHeight);
      const cuts = new Int16Array(blockWidth * blockHeight);
      const fine = i ? { luma: this.image, r: i } : void 0;
      layers.push({
        bitmap: new Uint32Array(Math.ceil(width / 32) * height2),
        blockHeight: 0,
        blockWidth: 0,
        blocks,
        cuts,
        height: 0,
        luma,
        patternCount: 0,
        patterns: new Float64Array(centers * 4),
        used: false,
        width: 0,
        words: 0,
        plane: {
          d: luma,
          cut: cuts,
          W: width,
          H: height2,
          bw: Math.ceil(width / 8),
          sh: Math.log2(8)
        },
        context: {
          opts: this.opts,
          scale: 1 << i,
          ox: 0,
          oy: 0,
          fine
        },
        found: false,
        inverted: new Uint8Array(centers),
        setCount: 0,
        setCursor: 0,
        sets: new Float64Array(256 * 5),
        setsReady: false,
        pickSum: -1,
        pickLo: 0,
        pickHi: 0
      });
      width >>= 1;
      height2 >>= 1;
    }
    this.layers = layers;
  }
  beginOperation() {
    if (this.inFlight)
      throw new Error("scanner operation already in flight");
    this.inFlight = true;
  }
  endOperation() {
    this.inFlight = false;
  }
  // Decode corrected bytes through the shared QR payload/ECI parser; Awasm overrides this hook.
  decodePayload(data, dataLen, version) {
    const decoded = Payload.decode(this.payload, data, dataLen, version, !!this.opts.textDecoder);
    return decoded instanceof Error ? decoded : Payload.finish(decoded, this.opts.textDecoder);
  }
  // Compose the square-to-output and input-to-square homographies from `from` and `to`.
  mapQuad(out) {
    squareToQuad(out, this.to);
    squareToQuad(this.to, this.from);
    adjugate(this.from, this.to);
    ptMul(out, out, this.from);
  }
  // Build the module-to-plane map from the finder-center square (BR is the alignment inset).
  mapFinderQuad(out, size2, t, brX, brY) {
    const c = 3.5;
    packQuad(this.from, c, c, size2 - c, c, size2 - 6.5, size2 - 6.5, c, size2 - c);
    packQuad(this.to, t.tl.x, t.tl.y, t.tr.x, t.tr.y, brX, brY, t.bl.x, t.bl.y);
    this.mapQuad(out);
  }
  // Fill the reusable alignment-position prefix for one QR version and return its length.
  setAlignments(ver) {
    if (ver === 1)
      return 0;
    const last = 17 + 4 * ver - 7;
    const count = Math.ceil((last - 6) / 28);
    let interval = Math.floor((last - 6) / count);
    if (interval & 1)
      interval++;
    else if ((last - 6) % count * 2 >= count)
      interval += 2;
    const positions = this.tmp8;
    positions[0] = 6;
    for (let i = 1; i < count; i++)
      positions[i] = last - (count - i) * interval;
    positions[count] = last;
    return count + 1;
  }
  /** Convert one source image into the preallocated native luma layer. */
  addImage(img, format = this.opts.format) {
    this.beginOperation();
    try {
      copyLuma(this.luma, this.opts.maxSize, img, format);
      this.stage(img);
    } finally {
      this.endOperation();
    }
  }
  // Reset every per-image field after copied or direct-written pixels become active.
  stage({ width, height: height2 }) {
    this.width = width;
    this.image.width = width;
    this.height = height2;
    this.image.height = height2;
    let aw = width;
    let ah = height2;
    for (let i = 0; i < this.layers.length; i++) {
      const layer = this.layers[i];
      const used = !i || Math.min(aw, ah) >= 64;
      layer.used = used;
      layer.width = used ? aw : 0;
      layer.height = used ? ah : 0;
      layer.words = used ? Math.ceil(aw / 32) : 0;
      layer.blockWidth = used ? Math.ceil(aw / 8) : 0;
      layer.blockHeight = used ? Math.ceil(ah / 8) : 0;
      layer.patternCount = 0;
      layer.plane.W = layer.width;
      layer.plane.H = layer.height;
      layer.plane.bw = layer.blockWidth;
      layer.context.ox = 0;
      layer.context.oy = 0;
      layer.found = false;
      layer.setCount = 0;
      layer.setCursor = 0;
      layer.setsReady = false;
      layer.pickSum = -1;
      aw >>= 1;
      ah >>= 1;
    }
    this.staged = true;
    this.resized = false;
    this.blocked = 0;
    this.retryStart = 0;
    this.retries = 0;
  }
  clean() {
    this.beginOperation();
    try {
      this.payload.position = 0;
      this.payload.bytes.fill(0);
      for (const v of Object.values(this))
        if (ArrayBuffer.isView(v))
          v.fill(0);
      for (const layer of this.layers) {
        for (const v of Object.values(layer))
          if (ArrayBuffer.isView(v))
            v.fill(0);
        layer.blockHeight = 0;
        layer.blockWidth = 0;
        layer.height = 0;
        layer.width = 0;
        layer.words = 0;
        layer.patternCount = 0;
        layer.setCount = 0;
        layer.setCursor = 0;
        layer.used = false;
        layer.found = false;
        layer.setsReady = false;
      }
      this.width = 0;
      this.image.width = 0;
      this.height = 0;
      this.image.height = 0;
      this.staged = false;
      this.resized = false;
      this.blocked = 0;
      this.points = void 0;
    } finally {
      this.endOperation();
    }
  }
  /** Process pixels that an integration wrote directly into {@link luma}. */
  processImage(size2, format = "I420", layout = { offset: 0, stride: size2.width * (inputFormat(format)?.step || 0) }) {
    this.beginOperation();
    try {
      this.input.width = size2.width;
      this.input.height = size2.height;
      copyLuma(this.luma, this.opts.maxSize, this.input, format, layout);
      this.stage(size2);
    } finally {
      this.endOperation();
    }
  }
  // Project a module center, then classify its source pixel against the owning threshold block.
  read(s, map, mx, my) {
    const point2 = mapPoint(map, mx, my);
    const px = Math.floor(point2.x);
    const py = Math.floor(point2.y);
    if (px < 0 || py < 0 || px >= s.W || py >= s.H)
      return 0;
    const dark = s.d[py * s.W + px] <= s.cut[(py >> s.sh) * s.bw + (px >> s.sh)];
    return dark !== this.invertedProjection ? 1 : 0;
  }
  // Recover the fourth corner of a projective finder square from its three local pitches.
  perspective(t, p0, p1, p2) {
    const { tl, tr, bl } = t;
    const wx = Math.cbrt(p0 / p1) ** 2;
    const wy = Math.cbrt(p0 / p2) ** 2;
    const cornerDen = wx + wy - 1;
    if (!cornerDen)
      return false;
    const brX = (wx * tr.x + wy * bl.x - tl.x) / cornerDen;
    const brY = (wx * tr.y + wy * bl.y - tl.y) / cornerDen;
    const dx3 = tl.x - tr.x + brX - bl.x;
    const dy3 = tl.y - tr.y + brY - bl.y;
    if ((dx3 || dy3) && !((tr.x - brX) * (bl.y - brY) - (bl.x - brX) * (tr.y - brY)))
      return false;
    packQuad(this.to, tl.x, tl.y, tr.x, tr.y, brX, brY, bl.x, bl.y);
    squareToQuad(this.map, this.to);
    return true;
  }
  // Best 5x5-template placement on a 7x7 offset lattice around (bx,by): offsets are sx*mul
  // (grid: half-module steps, ties broken toward the smallest offset; perspective: unit
  // steps — the c6 doubled pixel offsets -6..6 step 2 pre-divided — first best wins).
  searchAlign(s, map, scale, side, bx, by, mul2, tie) {
    let bestX = 0;
    let bestY = 0;
    let bestErrors = tie ? Infinity : 5 + 1;
    for (let sy = -3; sy <= 3; sy++)
      for (let sx = -3; sx <= 3; sx++) {
        const dx = sx * mul2;
        const dy = sy * mul2;
        const cap2 = bestErrors + +tie;
        let errors = 0;
        for (let y = -2; y <= 2 && errors < cap2; y++)
          for (let x = -2; x <= 2; x++) {
            const dark = !!this.read(s, map, scale + (bx + dx + x) / side, scale + (by + dy + y) / side);
            const edge = Math.abs(x) === 2 || Math.abs(y) === 2;
            if (dark !== (edge || x === 0 && y === 0) && ++errors >= cap2)
              break;
          }
        if (errors > bestErrors || !tie && errors === bestErrors)
          continue;
        if (errors === bestErrors && dx * dx + dy * dy >= bestX * bestX + bestY * bestY)
          continue;
        bestX = dx;
        bestY = dy;
        bestErrors = errors;
      }
    if (bestErrors > 5)
      return false;
    const p2 = mapPoint(map, scale + (bx + bestX) / side, scale + (by + bestY) / side);
    this.alignPoint.x = p2.x;
    this.alignPoint.y = p2.y;
    return true;
  }
  // Test whether a finder lies inside an affine QR region already decoded on any pyramid layer.
  excluded(layer, index) {
    if (!this.blocked)
      return false;
    const scale = layer.context.scale;
    const offset = (scale - 1) / 2;
    const pos = 4 * index;
    const x = scale * layer.patterns[pos] + offset;
    const y = scale * layer.patterns[pos + 1] + offset;
    for (const source of this.layers) {
      if (!source.found)
        continue;
      const sourceScale = source.context.scale;
      const sourceOffset = (sourceScale - 1) / 2;
      const s = source.patterns;
      for (let i = 0; i < source.patternCount; i++) {
        const state = source.inverted[i];
        if (!(state & 2))
          continue;
        if (!(state & 4))
          continue;
        const tl = 4 * i;
        const tr = 4 * s[tl + 2];
        const bl = 4 * s[tl + 3];
        const ux = sourceScale * (s[tr] - s[tl]);
        const uy = sourceScale * (s[tr + 1] - s[tl + 1]);
        const vx = sourceScale * (s[bl] - s[tl]);
        const vy = sourceScale * (s[bl + 1] - s[tl + 1]);
        const determinant = ux * vy - uy * vx;
        const dx = x - (sourceScale * s[tl] + sourceOffset);
        const dy = y - (sourceScale * s[tl + 1] + sourceOffset);
        const across = (dx * vy - dy * vx) / determinant;
        const down = (dy * ux - dx * uy) / determinant;
        const padding = s[tr + 2];
        if (across >= -padding && across <= 1 + padding && down >= -padding && down <= 1 + padding)
          return true;
      }
    }
    return false;
  }
  // Mark this layer's finders that fall inside any already decoded QR region.
  exclude(layer) {
    for (let i = 0; i < layer.patternCount; i++) {
      if (layer.inverted[i] & 2 || !this.excluded(layer, i))
        continue;
      layer.inverted[i] |= 2;
      this.blocked++;
    }
  }
  // Bounded candidate retention is identical for mandatory and retry selection; they differ only
  // in their rank expression and capacity. Equal ranks keep the earlier slot.
  retain(index, rank, count, capacity, offset = 0) {
    const ranks = this.tmp64;
    if (count < capacity) {
      this.tmp32[count] = index;
      ranks[offset + count] = rank;
      return count + 1;
    }
    let worst = 0;
    for (let i = 1; i < count; i++)
      if (ranks[offset + worst] < ranks[offset + i])
        worst = i;
    if (rank >= ranks[offset + worst])
      return count;
    this.tmp32[worst] = index;
    ranks[offset + worst] = rank;
    return count;
  }
  // Assign three finder records to TL/TR/BL by longest side, then enforce clockwise orientation.
  makeTriple(layer, i0, i1, i2) {
    const pts = layer.patterns;
    const p0 = i0 * 4;
    const p1 = i1 * 4;
    const p2 = i2 * 4;
    const d01 = dist2(pts, p0, p1);
    const d12 = dist2(pts, p1, p2);
    const d02 = dist2(pts, p0, p2);
    let tl = i2;
    let bl = i0;
    let tr = i1;
    if (d12 >= d01 && d12 >= d02) {
      tl = i0;
      bl = i1;
      tr = i2;
    } else if (d02 >= d12 && d02 >= d01) {
      tl = i1;
      bl = i0;
      tr = i2;
    }
    copyPattern(layer, tl, this.triple.tl);
    copyPattern(layer, bl, this.triple.bl);
    copyPattern(layer, tr, this.triple.tr);
    const { tl: topLeft, tr: topRight, bl: bottomLeft } = this.triple;
    if ((topRight.x - topLeft.x) * (bottomLeft.y - topLeft.y) - (topRight.y - topLeft.y) * (bottomLeft.x - topLeft.x) < 0) {
      const index = tr;
      tr = bl;
      bl = index;
      copyPattern(layer, tr, topRight);
      copyPattern(layer, bl, bottomLeft);
    }
    this.triple.tlIndex = tl;
    this.triple.trIndex = tr;
    this.triple.blIndex = bl;
    return this.triple;
  }
  // Best triple of one polarity for the mandatory attempt, into tmp64[polarity * 4..] as
  // (i0, i1, i2, relative error). Raw error rejects square cross-symbol mixes in dense grids;
  // sparse scenes use relative error minus row confidence to reject small data pseudo-squares.
  pickPolarity(layer, polarity) {
    const pts = layer.patterns;
    const candidates = this.tmp32;
    let confirmed = 0;
    for (let i = 0; i < layer.patternCount; i++) {
      const state2 = layer.inverted[i];
      if ((state2 & 1) !== polarity || state2 & 2)
        continue;
      if (pts[i * 4 + 3] >= 2)
        confirmed++;
    }
    const minimum = confirmed >= 3 ? 2 : 1;
    let count = 0;
    for (let i = 0; i < layer.patternCount; i++) {
      const state2 = layer.inverted[i];
      if ((state2 & 1) !== polarity || state2 & 2)
        continue;
      const confidence = pts[i * 4 + 3];
      if (confidence < minimum)
        continue;
      count = this.retain(i, -confidence, count, 16, 8);
    }
    if (count < 3)
      return false;
    const found = this.tmp32;
    found.fill(0, 16);
    const lowerIndex = this.layers.indexOf(layer);
    for (let upperIndex = lowerIndex + 1; upperIndex < this.layers.length; upperIndex++) {
      const upper = this.layers[upperIndex];
      if (!upper.used || !upper.found)
        continue;
      const scale = upper.context.scale / layer.context.scale;
      const offset = (scale - 1) / 2;
      for (let slot = 0; slot < count; slot++) {
        const at = 4 * candidates[slot];
        const ms = pts[at + 2];
        let b0 = -1;
        let b1 = -1;
        let b2 = -1;
        let d0 = Infinity;
        let d1 = Infinity;
        let d2 = Infinity;
        for (let i = 0; i < upper.patternCount; i++) {
          if ((upper.inverted[i] & 1) !== polarity)
            continue;
          if (upper.inverted[i] & 2)
            continue;
          const pos = 4 * i;
          const mappedMs = scale * upper.patterns[pos + 2];
          const smallest = Math.min(ms, mappedMs);
          const largest = Math.max(ms, mappedMs);
          if (largest > 2 * smallest)
            continue;
          const dx = scale * upper.patterns[pos] + offset - pts[at];
          const dy = scale * upper.patterns[pos + 1] + offset - pts[at + 1];
          const distance2 = dx * dx + dy * dy;
          if (distance2 >= 4 * largest ** 2 || distance2 >= d2)
            continue;
          if (distance2 < d0) {
            b2 = b1;
            d2 = d1;
            b1 = b0;
            d1 = d0;
            b0 = i;
            d0 = distance2;
          } else if (distance2 < d1) {
            b2 = b1;
            d2 = d1;
            b1 = i;
            d1 = distance2;
          } else {
            b2 = i;
            d2 = distance2;
          }
        }
        const base2 = 16 + (upperIndex * 16 + slot) * 3;
        found[base2] = b0 + 1;
        found[base2 + 1] = b1 + 1;
        found[base2 + 2] = b2 + 1;
      }
    }
    const moduleRatioMax = count === 3 ? 1.8 : 1.4;
    let best0 = -1;
    let best1 = -1;
    let best2 = -1;
    let bestScale = 0;
    let bestScore = Infinity;
    let bestConfidence = 0;
    let rankedScore = Infinity;
    let rankedConfidence = 0;
    let ranked0 = -1;
    let ranked1 = -1;
    let ranked2 = -1;
    let rankedRelative = Infinity;
    for (let i = 0; i < count - 2; i++) {
      const i0 = candidates[i];
      const p0 = i0 * 4;
      for (let j = i + 1; j < count - 1; j++) {
        const i1 = candidates[j];
        const p1 = i1 * 4;
        const d01 = dist2(pts, p0, p1);
        for (let k = j + 1; k < count; k++) {
          const i2 = candidates[k];
          const p2 = i2 * 4;
          const minMs = Math.min(pts[p0 + 2], pts[p1 + 2], pts[p2 + 2]);
          const maxMs = Math.max(pts[p0 + 2], pts[p1 + 2], pts[p2 + 2]);
          const nativeConfidence = Math.min(pts[p0 + 3], pts[p1 + 3], pts[p2 + 3]);
          if (maxMs > moduleRatioMax * minMs && // The measured sparse ambiguity has eight eligible centers.
          (count !== 8 || nativeConfidence < 4)) {
            let matched = false;
            upper: for (let upperIndex = lowerIndex + 1; upperIndex < this.layers.length; upperIndex++) {
              let first = 0;
              let second = 0;
              for (let role = 0; role < 3; role++) {
                const slot = role ? role === 1 ? j : k : i;
                const base2 = 16 + (upperIndex * 16 + slot) * 3;
                let selected = 0;
                for (let rank = 0; rank < 3; rank++) {
                  const candidate = found[base2 + rank];
                  if (!candidate || candidate === first || candidate === second)
                    continue;
                  selected = candidate;
                  break;
                }
                if (!selected)
                  continue upper;
                if (!role)
                  first = selected;
                else if (role === 1)
                  second = selected;
              }
              matched = true;
              break;
            }
            if (!matched)
              continue;
          }
          const d12 = dist2(pts, p1, p2);
          const d02 = dist2(pts, p0, p2);
          const a = Math.min(d01, d12, d02);
          const c = Math.max(d01, d12, d02);
          const b2 = d01 + d12 + d02 - a - c;
          const geometry = Math.abs(c - 2 * b2) + Math.abs(c - 2 * a);
          const confidence = pts[p0 + 3] + pts[p1 + 3] + pts[p2 + 3];
          if (geometry < bestScore) {
            bestScore = geometry;
            bestScale = c;
            bestConfidence = confidence;
            best0 = i0;
            best1 = i1;
            best2 = i2;
          }
          if (count > 8)
            continue;
          const score = geometry / c - 0.01 * confidence;
          if (score >= rankedScore)
            continue;
          rankedScore = score;
          rankedConfidence = confidence;
          rankedRelative = geometry / c;
          ranked0 = i0;
          ranked1 = i1;
          ranked2 = i2;
        }
      }
    }
    if (best0 < 0)
      return false;
    let relative = bestScore / bestScale;
    if (count <= 7 && // 0.08..0.12 isolates the measured ambiguous-triplet band.
    relative >= 0.08 && relative <= 0.12 || count > 7 && count <= 8 && rankedConfidence >= 2 * bestConfidence && rankedConfidence <= 4 * bestConfidence) {
      best0 = ranked0;
      best1 = ranked1;
      best2 = ranked2;
      relative = rankedRelative;
    }
    const base = polarity * 4;
    const state = this.tmp64;
    state[base] = best0;
    state[base + 1] = best1;
    state[base + 2] = best2;
    state[base + 3] = relative;
    return true;
  }
  // Reject wrong triples/dimensions from their alternating timing tracks before full sampling.
  timing(s, map, size2) {
    let gh = 0;
    let gv = 0;
    let n = 0;
    const N = size2 - 2 * 8;
    const track = 6 + 0.5;
    for (let i = 8; i < size2 - 8; i++) {
      const c = i + 0.5;
      const e = 1 - (i & 1);
      if (this.read(s, map, c, track) === e)
        gh++;
      if (this.read(s, map, track, c) === e)
        gv++;
      n++;
      if (100 * (gh + gv + 2 * (N - n)) < 150 * N && gh !== n && gv !== n)
        return false;
    }
    return 100 * (gh + gv) >= 150 * N || gh === N || gv === N;
  }
  // Search a window around the expected bottom-right alignment pattern center for a dark run
  // of ~1 module flanked by light, cross-checked vertically. Alignment detection is finder
  // detection with a [1] pattern instead of 1:1:3:1:1, so it shares run(); keep the layer explicit
  // because this search reads the native bitmap even when projection later samples a fine plane.
  findBasicAlign(layer, ex, ey, ms) {
    const R = Math.max(Math.round(5 * ms), 8);
    let found = false;
    let bestD = Infinity;
    const yLo = Math.max(1, Math.round(ey - R));
    const yHi = Math.min(layer.height - 2, Math.round(ey + R));
    const xLo = Math.max(1, Math.round(ex - R));
    const xHi = Math.min(layer.width - 2, Math.round(ex + R));
    const dark = +!this.invertedProjection;
    const capV = Math.ceil(3 * ms) - 1;
    for (let y = yLo; y <= yHi; y++) {
      let x = xLo;
      if (bit(layer, x - 1, y) === dark)
        x += run(layer, x, y, 1, 0, dark, Infinity);
      while (x <= xHi) {
        x += run(layer, x, y, 1, 0, 1 - dark, Infinity);
        if (x > xHi)
          break;
        const w = run(layer, x, y, 1, 0, dark, xHi + 1 - x);
        const cx = x + w / 2;
        const cxi = Math.round(cx);
        x += w + 1;
        if (w < 0.4 * ms || w > 2.5 * ms)
          continue;
        const up = run(layer, cxi, y - 1, 0, -1, dark, capV);
        const down = run(layer, cxi, y + 1, 0, 1, dark, capV);
        const h = up + down + 1;
        if (h < 0.4 * ms || h > 2.5 * ms)
          continue;
        const cy = y - up + h / 2;
        const dist = (cx - ex) * (cx - ex) + (cy - ey) * (cy - ey);
        if (dist < bestD) {
          bestD = dist;
          found = true;
          this.alignPoint.x = cx;
          this.alignPoint.y = cy;
        }
      }
    }
    return found;
  }
  // Map detected geometry into caller coordinates and cache the one terminal callback payload.
  report(t, br, aligners, ms, size2, ctx) {
    if (!ctx.opts.pointsOnDetect)
      return;
    const { tl, tr, bl } = t;
    const { scale, ox, oy } = ctx;
    const pt = (point2, moduleSize) => {
      const mapped = {
        x: point2.x * scale + ox,
        y: point2.y * scale + oy
      };
      if (moduleSize !== void 0)
        mapped.moduleSize = moduleSize * scale;
      return mapped;
    };
    const map = this.map;
    this.mapFinderQuad(map, size2, t, br.x, br.y);
    const project = (x, y) => pt(mapPoint(map, x, y));
    const quad = (left, top, right, bottom) => [
      project(left, top),
      project(right, top),
      project(right, bottom),
      project(left, bottom)
    ];
    const marker = (point2, moduleSize, x, y, radius) => {
      const center = pt(point2, moduleSize);
      const expected = project(x, y);
      const corners = quad(x - radius, y - radius, x + radius, y + radius);
      const dx = center.x - expected.x;
      const dy = center.y - expected.y;
      if (dx || dy)
        for (const corner of corners) {
          corner.x += dx;
          corner.y += dy;
        }
      return { ...center, corners };
    };
    const c = 3.5;
    const pad = 1;
    const bounds = quad(0, 0, size2, size2);
    const xs = bounds.map((point2) => point2.x);
    const ys = bounds.map((point2) => point2.y);
    const minX = Math.min(...xs);
    const minY = Math.min(...ys);
    this.points = {
      tl: marker(tl, tl.ms, c, c, c),
      tr: marker(tr, tr.ms, size2 - c, c, c),
      br: project(size2 - c, size2 - c),
      bl: marker(bl, bl.ms, c, size2 - c, c),
      aligners: aligners.map(({ point: point2, x, y }) => marker(point2, ms, x, y, 5 / 2)),
      bounds,
      outline: quad(-pad, -pad, size2 + pad, size2 + pad),
      boundingBox: {
        x: minX,
        y: minY,
        width: Math.max(...xs) - minX,
        height: Math.max(...ys) - minY
      }
    };
  }
  // Retarget a coarse-layer homography and threshold grid to its native-resolution luma.
  upgrade(p2, map, ctx) {
    const fine = ctx.fine;
    if (!fine)
      return 0;
    const sc = 1 << fine.r;
    const off = (sc - 1) / 2;
    const scaled = this.to;
    for (let i = 0; i < 6; i++)
      scaled[i] = sc * map[i] + off * map[6 + i % 3];
    scaled[6] = map[6];
    scaled[7] = map[7];
    scaled[8] = map[8];
    const plane = this.finePlane;
    const sh = p2.sh + fine.r;
    plane.d = fine.luma.data;
    plane.cut = p2.cut;
    plane.W = Math.min(fine.luma.width, p2.bw << sh);
    plane.H = Math.min(fine.luma.height, (p2.cut.length / p2.bw | 0) << sh);
    plane.bw = p2.bw;
    plane.sh = sh;
    return sc;
  }
  // Parse format/function bits, deinterleave and correct codewords, then decode the payload.
  decodeGrid(size2, _ctx) {
    let decoded = FAIL.format;
    if (!checkVersion(this.grid, size2))
      decoded = FAIL.version;
    else {
      const m = this.grid;
      let f1 = 0;
      let f2 = 0;
      for (let i = 0; i < 15; i++) {
        const b1 = i < 6 ? m[i * size2 + 8] : i < 8 ? m[(i + 1) * size2 + 8] : i === 8 ? m[8 * size2 + 7] : m[8 * size2 + 14 - i];
        const b2 = i < 8 ? m[8 * size2 + size2 - 1 - i] : m[(size2 - 15 + i) * size2 + 8];
        f1 |= b1 << i;
        f2 |= b2 << i;
      }
      let aEcc = -1;
      let bEcc = -1;
      let aMask = 0;
      let bMask = 0;
      let aDistance = 0;
      let bDistance = 0;
      for (let ecc = 0; ecc < ECC_LEVELS.length; ecc++)
        for (let mask = 0; mask < 8; mask++) {
          const bits = formatBits(ECC_LEVELS[ecc], mask);
          const d1 = popcnt(bits ^ f1);
          const d2 = popcnt(bits ^ f2);
          if (d1 <= 3) {
            aEcc = ecc;
            aMask = mask;
            aDistance = d1;
          }
          if (d2 <= 3) {
            bEcc = ecc;
            bMask = mask;
            bDistance = d2;
          }
        }
      const same = aEcc === bEcc && aMask === bMask;
      const firstB = bEcc >= 0 && (aEcc < 0 || !same && bDistance < aDistance);
      const aFormat = aEcc < 0 ? -1 : aEcc << 3 | aMask;
      const bFormat = bEcc < 0 ? -1 : bEcc << 3 | bMask;
      const first = firstB ? bFormat : aFormat;
      const second = firstB ? aFormat : bEcc >= 0 && !same ? bFormat : -1;
      for (let formatValue = first; formatValue >= 0; ) {
        format: {
          const eccIndex = formatValue >> 3;
          const mask = formatValue & 7;
          const ver = (size2 - 17) / 4;
          const fun = this.tmp8;
          fun.fill(0, 0, size2 * size2);
          for (let finder = 0; finder < 3; finder++) {
            const fx = finder === 1 ? size2 - 7 : 0;
            const fy = finder === 2 ? size2 - 7 : 0;
            for (let dy = -1; dy < 8; dy++)
              for (let dx = -1; dx < 8; dx++) {
                const x = fx + dx;
                const y2 = fy + dy;
                if (x >= 0 && y2 >= 0 && x < size2 && y2 < size2)
                  fun[y2 * size2 + x] = 1;
              }
          }
          const count = this.setAlignments(ver);
          const align = this.tmp8;
          for (let yi = 0; yi < count; yi++)
            for (let xi = 0; xi < count; xi++) {
              const ax = align[xi];
              const ay = align[yi];
              if (fun[ay * size2 + ax])
                continue;
              for (let dy = -2; dy <= 2; dy++)
                for (let dx = -2; dx <= 2; dx++)
                  fun[(ay + dy) * size2 + ax + dx] = 1;
            }
          for (let i = 0; i < size2; i++) {
            fun[6 * size2 + i] = 1;
            fun[i * size2 + 6] = 1;
          }
          for (let i = 0; i <= 8; i++) {
            fun[i * size2 + 8] = 1;
            fun[8 * size2 + i] = 1;
            if (i < 8) {
              fun[8 * size2 + size2 - 1 - i] = 1;
              fun[(size2 - 1 - i) * size2 + 8] = 1;
            }
          }
          if (ver >= 7)
            for (let i = 0; i < 18; i++) {
              const x = size2 - 11 + i % 3;
              const y2 = i / 3 | 0;
              fun[y2 * size2 + x] = 1;
              fun[x * size2 + y2] = 1;
            }
          const bytes = this.codewords;
          const total = BYTES[ver - 1];
          bytes.fill(0, 0, total);
          let bit2 = 0;
          let dir = -1;
          let y = size2 - 1;
          for (let xOffset = size2 - 1; xOffset > 0; xOffset -= 2) {
            if (xOffset === 6)
              xOffset = 6 - 1;
            for (; ; ) {
              for (let j = 0; j < 2; j++) {
                const x = xOffset - j;
                if (fun[y * size2 + x])
                  continue;
                if (bit2 < 8 * total && (this.grid[y * size2 + x] ^ maskBits(x, y) >> mask & 1) === 1)
                  bytes[bit2 >> 3] |= 128 >> (bit2 & 7);
                bit2++;
              }
              if (y + dir < 0 || y + dir >= size2)
                break;
              y += dir;
            }
            dir = -dir;
          }
          const ecc = ECC_LEVELS[eccIndex];
          const words2 = WORDS_PER_BLOCK[ecc][ver - 1];
          const blocks = ECC_BLOCKS[ecc][ver - 1];
          const shortLen = Math.floor(total / blocks) - words2;
          const shortBlocks = blocks - total % blocks;
          const syndromes = 0;
          const sigma = words2;
          const previous = 2 * words2 + 1;
          const next = 3 * words2 + 2;
          const blockBase = 4 * words2 + 3;
          const blockLen = shortLen + words2;
          const blockBytes = fun;
          let pos = 0;
          for (let ecc2 = 0; ecc2 < 2; ecc2++)
            for (let i = 0; i < (ecc2 ? words2 : shortLen + 1); i++)
              for (let block = 0; block < blocks; block++) {
                const length = blockLen + +(block >= shortBlocks);
                if (!ecc2 && i >= length - words2)
                  continue;
                const offset = blockBase + block * blockLen + Math.max(0, block - shortBlocks);
                blockBytes[offset + (ecc2 ? length - words2 : 0) + i] = bytes[pos++];
              }
          const dataLen = total - words2 * blocks;
          const data = bytes;
          pos = 0;
          for (let block = 0; block < blocks; block++) {
            const offset = blockBase + block * blockLen + Math.max(0, block - shortBlocks);
            const length = blockLen + +(block >= shortBlocks);
            let corrected = false;
            correct: {
              let hasError = false;
              for (let i = 0; i < words2; i++) {
                let value = 0;
                for (let j = 0; j < length; j++)
                  value = mul(value, EXP[i]) ^ blockBytes[offset + j];
                fun[syndromes + i] = value;
                if (value)
                  hasError = true;
              }
              if (!hasError) {
                corrected = true;
                break correct;
              }
              fun.fill(0, sigma, sigma + words2 + 1);
              fun.fill(0, previous, previous + words2 + 1);
              fun[sigma] = 1;
              fun[previous] = 1;
              let sigmaLength = 1;
              let previousLength = 1;
              let degree = 0;
              let shift = 1;
              let discrepancy = 1;
              for (let n = 0; n < words2; n++) {
                let delta = fun[syndromes + n];
                for (let i = 1; i <= degree; i++)
                  delta ^= mul(fun[sigma + i], fun[syndromes + n - i]);
                if (!delta) {
                  shift++;
                  continue;
                }
                const coefficient = mul(delta, inv(discrepancy));
                const nextLength = Math.max(sigmaLength, previousLength + shift);
                for (let i = 0; i < nextLength; i++)
                  fun[next + i] = (i < sigmaLength ? fun[sigma + i] : 0) ^ (i >= shift && i - shift < previousLength ? mul(coefficient, fun[previous + i - shift]) : 0);
                if (2 * degree <= n) {
                  fun.copyWithin(previous, sigma, sigma + sigmaLength);
                  previousLength = sigmaLength;
                  degree = n + 1 - degree;
                  discrepancy = delta;
                  shift = 1;
                } else
                  shift++;
                fun.copyWithin(sigma, next, next + nextLength);
                sigmaLength = nextLength;
              }
              while (sigmaLength > 1 && !fun[sigma + sigmaLength - 1])
                sigmaLength--;
              const errors = sigmaLength - 1;
              if (!errors || 2 * errors > words2)
                break correct;
              const omega = previous;
              fun.fill(0, omega, omega + words2);
              for (let i = 0; i < sigmaLength; i++)
                for (let j = 0; i + j < words2; j++)
                  fun[omega + i + j] ^= mul(fun[sigma + i], fun[syndromes + j]);
              const locations = next;
              let locationCount = 0;
              for (let i = 1; i < 256 && locationCount < errors; i++)
                if (!evalLow(fun, sigma, sigmaLength, i))
                  fun[locations + locationCount++] = inv(i);
              if (locationCount !== errors)
                break correct;
              for (let i = 0; i < locationCount; i++) {
                const location2 = fun[locations + i];
                const blockPos = length - 1 - LOG[location2];
                if (blockPos < 0)
                  break correct;
                const inverse = inv(location2);
                let denominator = 1;
                for (let j = 0; j < locationCount; j++)
                  if (i !== j)
                    denominator = mul(denominator, 1 ^ mul(fun[locations + j], inverse));
                blockBytes[offset + blockPos] ^= mul(evalLow(fun, omega, words2, inverse), inv(denominator));
              }
              corrected = true;
            }
            if (!corrected) {
              decoded = FAIL.rs;
              break format;
            }
            const end = offset + length - words2;
            for (let i = offset; i < end; i++)
              data[pos++] = blockBytes[i];
          }
          decoded = this.decodePayload(data, dataLen, ver);
        }
        if (!(decoded instanceof Error))
          break;
        formatValue = formatValue === first ? second : -1;
      }
    }
    return decoded;
  }
  // Project one global symbol or one alignment-lattice tile directly into
  // the scanner-owned maximum-version grid; adjacent tile regions never overlap.
  projectQuad(s, map, size2, left = 0, right = size2, top = 0, bottom = size2) {
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) {
        this.grid[y * size2 + x] = this.read(s, map, x + 0.5, y + 0.5);
      }
  }
  // Timing prefilter + global grid projection against one plane.
  projectMap(s, map, size2, ctx) {
    const ok = this.timing(s, map, size2);
    if (ok)
      this.projectQuad(s, map, size2);
    return ok ? this.decodeGrid(size2, ctx) : FAIL.timing;
  }
  // Sample only timing and redundant version bits to gate expensive Version 7+ tiled projection.
  confirm(s, map, size2) {
    let ok = this.timing(s, map, size2);
    if (ok) {
      for (let i = 0; i < 18; i++) {
        const x = size2 - 11 + i % 3;
        const y = i / 3 | 0;
        this.grid[y * size2 + x] = this.read(s, map, x + 0.5, y + 0.5);
        this.grid[x * size2 + y] = this.read(s, map, y + 0.5, x + 0.5);
      }
      ok = checkVersion(this.grid, size2);
    }
    return ok;
  }
  // One path for both polarities: inverted sampling flips read() and the aligner's dark color;
  // perspective state is cleared after every value-returning projection path.
  projectWith(layer, triple, pitch) {
    const inverted = triple.inverted;
    this.invertedProjection = inverted;
    const p2 = layer.plane;
    const t = triple;
    const ctx = layer.context;
    let failed = FAIL.dimension;
    project: {
      const { tl, tr, bl } = t;
      const ms = (tl.ms + tr.ms + bl.ms) / 3;
      const minMs = Math.min(tl.ms, tr.ms, bl.ms);
      const maxMs = Math.max(tl.ms, tr.ms, bl.ms);
      const ax = tr.x - tl.x;
      const ay = tr.y - tl.y;
      const bx = bl.x - tl.x;
      const by = bl.y - tl.y;
      const area2 = Math.abs(ax * by - ay * bx);
      const span = Math.max(Math.abs(ay), Math.abs(by));
      const medianMs = tl.ms + tr.ms + bl.ms - minMs - maxMs;
      const medianEst = span > 0 && medianMs > 0 ? area2 / (span * medianMs) + 7 : Infinity;
      const length = distance(tl, tr);
      const est = pitch ? length / pitch + 7 : (
        // 1.105, 10/9, 1.125, and 1.15 were tested; 10/9 is the best gain plateau.
        maxMs > 10 / 9 * minMs ? length * 2 / (tl.ms + tr.ms) + 7 : medianEst
      );
      const snapped = snapSize(est);
      const meanEst = span > 0 && ms > 0 ? area2 / (span * ms) + 7 : Infinity;
      const mean = snapSize(meanEst);
      for (let i = 0; i < 4; i++) {
        const size2 = i === 0 ? snapped : i === 1 ? mean : i === 2 ? snapped - 4 : snapped + 4;
        const estimate = i === 1 ? meanEst : est;
        if (i > 0 && size2 === snapped || i > 1 && size2 === mean)
          continue;
        if (size2 < 21 || size2 > 177 || // Reject estimates more than six modules from their snapped QR size.
        Math.abs(size2 - estimate) > 6)
          continue;
        this.decodedSize = size2;
        const f = 1 - (3.5 - 0.5) / (size2 - 7);
        const brEstX = tl.x + (tr.x - tl.x + bl.x - tl.x) * f;
        const brEstY = tl.y + (tr.y - tl.y + bl.y - tl.y) * f;
        let found = false;
        if (size2 >= 21 + 4) {
          if (inverted || !this.perspective(t, t.tl.ms, t.tr.ms, t.bl.ms))
            found = this.findBasicAlign(layer, brEstX, brEstY, ms);
          else {
            const ax2 = tr.x + bl.x - 2 * tl.x;
            const ay2 = tr.y + bl.y - 2 * tl.y;
            const scale = (ax2 * (brEstX - tl.x) + ay2 * (brEstY - tl.y)) / (ax2 * ax2 + ay2 * ay2);
            const map = this.map;
            const predictedDen = (map[6] + map[7]) * scale + map[8];
            const dx = ((map[0] + map[1]) * scale + map[2]) / predictedDen - brEstX;
            const dy = ((map[3] + map[4]) * scale + map[5]) / predictedDen - brEstY;
            if (dx * dx + dy * dy <= 9 * ms * ms)
              found = this.findBasicAlign(layer, brEstX, brEstY, ms);
            else {
              const tlMs = finderPitch(layer, tl);
              const trMs = finderPitch(layer, tr);
              const blMs = finderPitch(layer, bl);
              if (tlMs && trMs && blMs && this.perspective(t, tlMs, trMs, blMs)) {
                const side = (3.5 - 0.5) / (1 - scale);
                found = this.searchAlign(p2, map, scale, side, 0, 0, 1, false);
              }
            }
          }
        }
        failed = FAIL.alignment;
        const attempts = found ? 2 : 1;
        for (let attempt3 = 0; attempt3 < attempts; attempt3++) {
          const align = !attempt3 && found;
          const brX = align ? this.alignPoint.x : brEstX;
          const brY = align ? this.alignPoint.y : brEstY;
          const brPoint = ctx.opts.pointsOnDetect ? { x: brX, y: brY } : void 0;
          if (ctx.opts.pointsOnDetect) {
            const inset = size2 - 6.5;
            const aligners = align ? [{ point: this.alignPoint, x: inset, y: inset }] : [];
            this.report(t, brPoint, aligners, ms, size2, ctx);
          }
          const map = this.map;
          this.mapFinderQuad(map, size2, t, brX, brY);
          const version = (size2 - 17) / 4;
          if (version < 7) {
            failed = this.projectMap(p2, map, size2, ctx);
            if (!(failed instanceof Error))
              break project;
            if (this.upgrade(p2, map, ctx)) {
              failed = this.projectMap(this.finePlane, this.to, size2, ctx);
              if (!(failed instanceof Error))
                break project;
            }
          } else {
            const fine = this.upgrade(p2, map, ctx);
            const sp = fine ? this.finePlane : p2;
            const sm = fine ? this.to : map;
            let confirmed = this.confirm(sp, sm, size2);
            if (!confirmed && fine)
              confirmed = this.confirm(p2, map, size2);
            if (confirmed) {
              tiles: {
                const tileFine = sp === this.finePlane;
                const sc = tileFine ? fine : 1;
                const off = (sc - 1) / 2;
                const count = this.setAlignments(version);
                const positions = this.tmp8;
                const nodes = this.tmp64;
                const located = this.tmp64;
                const last = positions[count - 1];
                const c = 0.5;
                let locatedCount = 0;
                let tileBrX = 0;
                let tileBrY = 0;
                let hasTileBr = false;
                for (let yi = 0; yi < count; yi++)
                  for (let xi = 0; xi < count; xi++) {
                    const x = positions[xi];
                    const y = positions[yi];
                    const overlapsFinder = x === 6 && (y === 6 || y === last) || x === last && y === 6;
                    const node = (yi * count + xi) * 2;
                    if (!overlapsFinder && this.searchAlign(sp, sm, c, 1, x, y, c, true)) {
                      const pos = 7 * 7 * 2 + locatedCount * 4;
                      located[pos] = this.alignPoint.x;
                      located[pos + 1] = this.alignPoint.y;
                      located[pos + 2] = x + c;
                      located[pos + 3] = y + c;
                      locatedCount++;
                      if (x === last && y === last) {
                        hasTileBr = true;
                        tileBrX = this.alignPoint.x;
                        tileBrY = this.alignPoint.y;
                      }
                      nodes[node] = this.alignPoint.x;
                      nodes[node + 1] = this.alignPoint.y;
                    } else {
                      const q = mapPoint(sm, x + c, y + c);
                      nodes[node] = q.x;
                      nodes[node + 1] = q.y;
                    }
                  }
                if (!locatedCount) {
                  failed = FAIL.alignment;
                  break tiles;
                }
                for (let yi = 0; yi < count - 1; yi++)
                  for (let xi = 0; xi < count - 1; xi++) {
                    const left = positions[xi];
                    const right = positions[xi + 1];
                    const top = positions[yi];
                    const bottom = positions[yi + 1];
                    const tlNode = (yi * count + xi) * 2;
                    const trNode = tlNode + 2;
                    const blNode = ((yi + 1) * count + xi) * 2;
                    const brNode = blNode + 2;
                    const tile = this.map;
                    packQuad(this.from, left + c, top + c, right + c, top + c, right + c, bottom + c, left + c, bottom + c);
                    packQuad(this.to, nodes[tlNode], nodes[tlNode + 1], nodes[trNode], nodes[trNode + 1], nodes[brNode], nodes[brNode + 1], nodes[blNode], nodes[blNode + 1]);
                    this.mapQuad(tile);
                    this.projectQuad(sp, tile, size2, xi ? left : 0, xi === count - 2 ? size2 : right, yi ? top : 0, yi === count - 2 ? size2 : bottom);
                  }
                if (ctx.opts.pointsOnDetect) {
                  const reportAligners = [];
                  for (let i2 = 0; i2 < locatedCount; i2++) {
                    const pos = 7 * 7 * 2 + i2 * 4;
                    reportAligners.push({
                      point: { x: (located[pos] - off) / sc, y: (located[pos + 1] - off) / sc },
                      x: located[pos + 2],
                      y: located[pos + 3]
                    });
                  }
                  this.report(t, hasTileBr ? { x: (tileBrX - off) / sc, y: (tileBrY - off) / sc } : brPoint, reportAligners, ms, size2, ctx);
                }
                failed = this.decodeGrid(size2, ctx);
              }
              if (!(failed instanceof Error)) {
                break project;
              }
              failed = this.projectMap(sp, sm, size2, ctx);
              if (!(failed instanceof Error))
                break project;
              if (fine) {
                failed = this.projectMap(p2, map, size2, ctx);
                if (!(failed instanceof Error))
                  break project;
              }
            } else
              failed = FAIL.version;
          }
        }
      }
    }
    this.invertedProjection = false;
    return failed;
  }
  // Lazily build pyramid stages, then try one mandatory and any budgeted retry triples.
  *scan(cooperative) {
    if (!this.staged)
      throw new Error("expected addImage before decode");
    const layers = this.layers;
    this.points = void 0;
    let failed = FAIL.finder;
    if (!this.resized) {
      for (let i = 1; i < layers.length; i++) {
        const layer = layers[i];
        if (!layer.used)
          break;
        const src = layers[i - 1].luma;
        const dst = layer.luma;
        const width = layers[i - 1].width;
        const rows = cooperative ? 64 : layer.height;
        for (let y = 0; y < layer.height; y += rows) {
          scanRows.resize(src, dst, width, layer.width, y, Math.min(layer.height, y + rows));
          if (cooperative && y + rows < layer.height)
            this.retryStart += yield;
        }
      }
      this.resized = true;
    }
    walk: for (let mandatory = true; ; mandatory = false) {
      let attempted = false;
      for (let i = layers.length - 1; i >= 0; i--) {
        if (!mandatory && (!this.retries || this.timeLimit !== Infinity && Date.now() - this.retryStart >= this.timeLimit))
          break walk;
        const layer = layers[i];
        if (!layer.used)
          continue;
        if (!layer.found) {
          const bHeight = layer.blockHeight;
          const blockRows = cooperative ? 16 : bHeight;
          for (let y = 0; y < bHeight; y += blockRows) {
            scanRows.blocks(layer, y, Math.min(bHeight, y + blockRows));
            if (cooperative && y + blockRows < bHeight)
              this.retryStart += yield;
          }
          const matrix = layer.bitmap;
          matrix.fill(0, 0, layer.words * layer.height);
          for (let y = 0; y < bHeight; y += blockRows) {
            scanRows.bitmap(layer, y, Math.min(bHeight, y + blockRows));
            if (cooperative && y + blockRows < bHeight)
              this.retryStart += yield;
          }
          if (this.opts.imageOnBitmap)
            this.opts.imageOnBitmap(darkToImage(layer.width, layer.height, (x, y) => bit(layer, x, y)));
          layer.patternCount = 0;
          const finderRows = cooperative ? 32 : layer.height;
          for (let y = 0; y < layer.height; y += finderRows) {
            scanRows.find(layer, y, Math.min(layer.height, y + finderRows));
            if (cooperative && y + finderRows < layer.height)
              this.retryStart += yield;
          }
          layer.found = true;
        }
        let triple;
        if (mandatory) {
          this.exclude(layer);
          const ordinary = this.pickPolarity(layer, 0);
          const inverted = this.pickPolarity(layer, 1);
          if (ordinary || inverted) {
            const state = this.tmp64;
            const pts = layer.patterns;
            let polarity = 0;
            if (inverted) {
              const ordConfidence = ordinary ? pts[state[0] * 4 + 3] + pts[state[1] * 4 + 3] + pts[state[2] * 4 + 3] : 0;
              const invConfidence = pts[state[4] * 4 + 3] + pts[state[5] * 4 + 3] + pts[state[6] * 4 + 3];
              if (!ordinary || (state[7] + 0.1) * ordConfidence < (state[3] + 0.1) * invConfidence)
                polarity = 1;
            }
            const base = polarity * 4;
            const w0 = state[base] | 0;
            const w1 = state[base + 1] | 0;
            const w2 = state[base + 2] | 0;
            layer.pickSum = w0 + w1 + w2;
            layer.pickLo = Math.min(w0, w1, w2);
            layer.pickHi = Math.max(w0, w1, w2);
            triple = this.makeTriple(layer, w0, w1, w2);
            triple.inverted = polarity === 1;
          }
        } else {
          schedule: {
            if (layer.setsReady)
              break schedule;
            layer.setsReady = true;
            layer.setCount = 0;
            layer.setCursor = 0;
            let eligible = 0;
            for (let i2 = 0; i2 < layer.patternCount; i2++) {
              if (layer.inverted[i2] & 2)
                continue;
              eligible++;
            }
            if (eligible < 3)
              break schedule;
            const pts = layer.patterns;
            const neighbors = this.tmp32;
            const useFilters = eligible > 5;
            for (let i2 = 0; i2 < layer.patternCount - 2; i2++) {
              if (cooperative && i2 && !(i2 & 7))
                this.retryStart += yield;
              const state = layer.inverted[i2];
              if (state & 2)
                continue;
              const inverted = !!(state & 1);
              const p0 = i2 * 4;
              const maxDistance = pts[p0 + 2] * 177 * 1.5;
              const maxDistance2 = maxDistance * maxDistance;
              let count = 0;
              for (let index = i2 + 1; index < layer.patternCount; index++) {
                const otherState = layer.inverted[index];
                if (otherState & 2 || !!(otherState & 1) !== inverted)
                  continue;
                const pos = index * 4;
                const smallest = Math.min(pts[p0 + 2], pts[pos + 2]);
                const largest = Math.max(pts[p0 + 2], pts[pos + 2]);
                if (useFilters && // The 2.4 ratio preserves upper-layer-confirmed perspective triples.
                largest > 2.4 * smallest + 2 / 7)
                  continue;
                const dx = pts[p0] - pts[pos];
                const dy = pts[p0 + 1] - pts[pos + 1];
                const distance2 = dx * dx + dy * dy;
                if (distance2 > maxDistance2)
                  continue;
                const rank = distance2 / pts[pos + 3];
                count = this.retain(index, rank, count, 15);
              }
              for (let u = 0; u < count - 1; u++) {
                const i1 = neighbors[u];
                const p1 = i1 * 4;
                const d01 = dist2(pts, p0, p1);
                for (let v = u + 1; v < count; v++) {
                  const i22 = neighbors[v];
                  const p2 = i22 * 4;
                  const d12 = dist2(pts, p1, p2);
                  const d02 = dist2(pts, p0, p2);
                  const a = Math.min(d01, d12, d02);
                  const c = Math.max(d01, d12, d02);
                  const b2 = d01 + d12 + d02 - a - c;
                  if (!a || !b2 || useFilters && (a > 4 * b2 || b2 > 4 * a))
                    continue;
                  const da = Math.sqrt(a);
                  const db = Math.sqrt(b2);
                  const moduleCount = (da + db) / (2 * ((pts[p0 + 2] + pts[p1 + 2] + pts[p2 + 2]) / 3)) + 7;
                  if (
                    // Center-line pitch can overestimate small finders; allow 0.8..1.5 scaling.
                    moduleCount < 21 * 0.8 || moduleCount > 177 * 1.5
                  )
                    continue;
                  const cosine = (a + b2 - c) / (2 * Math.sqrt(a * b2));
                  if (useFilters && Math.abs(cosine) > 0.5)
                    continue;
                  const confidence = pts[p0 + 3] + pts[p1 + 3] + pts[p2 + 3];
                  const score = (da + db + Math.abs(da - db)) / confidence;
                  retain: {
                    const sets2 = layer.sets;
                    let index = layer.setCount;
                    if (index < 256)
                      layer.setCount++;
                    else {
                      if (score >= sets2[0])
                        break retain;
                      index = 0;
                    }
                    const pos = index * 5;
                    sets2[pos] = score;
                    sets2[pos + 1] = +inverted;
                    sets2[pos + 2] = i2;
                    sets2[pos + 3] = i1;
                    sets2[pos + 4] = i22;
                    while (index) {
                      const parent = index - 1 >> 1;
                      if (sets2[parent * 5] >= sets2[index * 5])
                        break retain;
                      swapSet(layer, parent, index);
                      index = parent;
                    }
                    siftDown(layer, layer.setCount);
                  }
                }
              }
            }
            for (let end = layer.setCount - 1; end > 0; end--) {
              swapSet(layer, 0, end);
              siftDown(layer, end);
            }
          }
          const sets = layer.sets;
          while (layer.setCursor < layer.setCount) {
            const pos = layer.setCursor++ * 5;
            const i0 = sets[pos + 2] | 0;
            const i1 = sets[pos + 3] | 0;
            const i2 = sets[pos + 4] | 0;
            if (layer.inverted[i0] & 2 || layer.inverted[i1] & 2 || layer.inverted[i2] & 2)
              continue;
            if (i0 + i1 + i2 === layer.pickSum && Math.min(i0, i1, i2) === layer.pickLo && Math.max(i0, i1, i2) === layer.pickHi)
              continue;
            triple = this.makeTriple(layer, i0, i1, i2);
            triple.inverted = !!sets[pos + 1];
            break;
          }
        }
        if (!triple) {
          if (cooperative)
            this.retryStart += yield;
          continue;
        }
        if (!mandatory && this.retries !== Infinity)
          this.retries--;
        attempted = true;
        let pitch = !this.blocked && Math.abs(triple.tr.y - triple.tl.y) > Math.abs(triple.tr.x - triple.tl.x) ? edgePitch(layer, triple.tl, triple.tr, triple.inverted) : 0;
        const fit = !!(pitch && distance(triple.tl, triple.tr) / pitch + 7 >= 21 + (7 - 1) * 4);
        if (fit) {
          fitPattern(layer, triple.tl, triple.inverted);
          fitPattern(layer, triple.tr, triple.inverted);
          fitPattern(layer, triple.bl, triple.inverted);
          refineTriple(layer, triple);
          pitch = edgePitch(layer, triple.tl, triple.tr, triple.inverted);
        }
        let done = this.projectWith(layer, triple, pitch);
        if (done instanceof Error && !fit && refineTriple(layer, triple))
          done = this.projectWith(layer, triple, pitch);
        const opts = layer.context.opts;
        const result = done;
        if (!(done instanceof Error)) {
          if (opts.imageOnResult)
            opts.imageOnResult(darkToImage(this.decodedSize, this.decodedSize, (x, y) => this.grid[y * this.decodedSize + x]));
          const padding = 3.5 / (this.decodedSize - 7);
          const p2 = layer.patterns;
          const tl = 4 * triple.tlIndex;
          const tr = 4 * triple.trIndex;
          const bl = 4 * triple.blIndex;
          p2[tl] = triple.tl.x;
          p2[tl + 1] = triple.tl.y;
          p2[tl + 2] = triple.trIndex;
          p2[tl + 3] = triple.blIndex;
          p2[tr] = triple.tr.x;
          p2[tr + 1] = triple.tr.y;
          p2[tr + 2] = padding;
          p2[bl] = triple.bl.x;
          p2[bl + 1] = triple.bl.y;
          if (!(layer.inverted[triple.tlIndex] & 2))
            this.blocked++;
          if (!(layer.inverted[triple.trIndex] & 2))
            this.blocked++;
          if (!(layer.inverted[triple.blIndex] & 2))
            this.blocked++;
          layer.inverted[triple.tlIndex] |= 2 | 4;
          layer.inverted[triple.trIndex] |= 2 | 8;
          layer.inverted[triple.blIndex] |= 2 | 8;
          for (const source of layers) {
            if (!source.found)
              continue;
            this.exclude(source);
          }
          if (this.points)
            this.opts.pointsOnDetect?.(this.points, result);
        }
        if (!(result instanceof Error))
          return result;
        failed = result;
        if (cooperative)
          this.retryStart += yield;
      }
      if (!mandatory && !attempted)
        break;
    }
    if (this.points)
      this.opts.pointsOnDetect?.(this.points, failed);
    return failed;
  }
  // Re-run the scan after each success for decode-all while sharing one retry deadline/budget.
  *walk(cooperative, all) {
    this.retryStart = Date.now();
    this.retries = this.effort === Infinity ? Infinity : this.effort - 1;
    const results = [];
    for (; ; ) {
      const result = yield* this.scan(cooperative);
      results.push(result);
      if (!all)
        return results;
      if (result instanceof Error)
        return results;
      if (cooperative)
        this.retryStart += yield;
    }
  }
  decode(all = false) {
    this.beginOperation();
    try {
      return runDecode(this.walk(false, all));
    } finally {
      this.endOperation();
    }
  }
  async decodeAsync(all = false) {
    this.beginOperation();
    try {
      return await runDecodeAsync(this.walk(true, all), this.timeLimit);
    } finally {
      this.endOperation();
    }
  }
};
var decodeQR = (img, opts = {}) => {
  validateOpts(opts);
  validateImage(img, opts.format);
  const scanner = new _QRScanner({ ...opts, maxSize: { height: img.height, width: img.width } });
  try {
    scanner.addImage(img, opts.format);
    const result = scanner.decode()[0];
    if (result instanceof Error)
      throw new Error(result.message);
    return result;
  } finally {
    scanner.clean();
  }
};
var decode_default = decodeQR;

// verify/page/picture.ts
var sides = [2400, 1200, 700];
var drawingSide = 1200;
async function codeInFile(file) {
  const image = new Image();
  image.src = await asAddress(file);
  await image.decode();
  const drawing = file.type === "image/svg+xml";
  const [width, height2] = drawing ? [drawingSide, drawingSide] : [image.naturalWidth, image.naturalHeight];
  for (const side of sides) {
    const code = codeIn(image, width, height2, side);
    if (code !== void 0) return code;
    if (Math.max(width, height2) <= side && side === sides[sides.length - 1]) break;
  }
  return void 0;
}
function asAddress(file) {
  return new Promise((resolve2, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve2(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
var canvas = document.createElement("canvas");
function codeIn(source, width, height2, side) {
  const scale = Math.min(1, side / Math.max(width, height2));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height2 * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  try {
    const text2 = decode_default(context.getImageData(0, 0, canvas.width, canvas.height), { textDecoder: fromLatin1 });
    return Uint8Array.from(text2, (character) => character.charCodeAt(0));
  } catch {
    return void 0;
  }
}
var Camera = class {
  constructor(video, found) {
    __publicField(this, "video", video);
    __publicField(this, "found", found);
    __publicField(this, "stream");
  }
  /** Throws what the browser throws when there is no camera, or none is allowed. */
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } }, audio: false });
    this.video.srcObject = this.stream;
    await this.video.play();
    this.look();
  }
  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = void 0;
    this.video.srcObject = null;
  }
  look() {
    if (this.stream === void 0) return;
    const { videoWidth, videoHeight } = this.video;
    const code = videoWidth > 0 ? codeIn(this.video, videoWidth, videoHeight, sides[1]) : void 0;
    if (code === void 0) window.setTimeout(() => this.look(), 150);
    else {
      this.stop();
      this.found(code);
    }
  }
};

// verify/page/worddifference.ts
var mostSteps = 4e6;
function wordDifference(first, second) {
  const [a, b2] = [split(first), split(second)];
  let head = 0;
  while (head < a.length && head < b2.length && a[head] === b2[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b2.length - head && a[a.length - 1 - tail] === b2[b2.length - 1 - tail]) tail++;
  const runs = [];
  add2(runs, "both", a.slice(0, head));
  middle(runs, a.slice(head, a.length - tail), b2.slice(head, b2.length - tail));
  add2(runs, "both", a.slice(a.length - tail));
  return runs;
}
function split(text2) {
  return text2.split(/\s+/).filter((word2) => word2 !== "");
}
function add2(runs, side, words2) {
  if (words2.length === 0) return;
  const last = runs[runs.length - 1];
  if (last?.side === side) last.words.push(...words2);
  else runs.push({ side, words: [...words2] });
}
function middle(runs, a, b2) {
  if (a.length * b2.length > mostSteps) {
    add2(runs, "first", a);
    add2(runs, "second", b2);
    return;
  }
  const wide = b2.length + 1;
  const common = new Uint16Array((a.length + 1) * wide);
  for (let i2 = a.length - 1; i2 >= 0; i2--) {
    for (let j2 = b2.length - 1; j2 >= 0; j2--) {
      const longer = Math.max(common[(i2 + 1) * wide + j2], common[i2 * wide + j2 + 1]);
      common[i2 * wide + j2] = a[i2] === b2[j2] ? common[(i2 + 1) * wide + j2 + 1] + 1 : longer;
    }
  }
  let [i, j] = [0, 0];
  while (i < a.length || j < b2.length) {
    if (i < a.length && j < b2.length && a[i] === b2[j]) {
      add2(runs, "both", [a[i]]);
      i++;
      j++;
    } else if (j === b2.length || i < a.length && common[(i + 1) * wide + j] >= common[i * wide + j + 1]) add2(runs, "first", [a[i++]]);
    else add2(runs, "second", [b2[j++]]);
  }
}

// verify/page/show.ts
var symbols = { yes: "✓", over: "◷", part: "◐", open: "?", no: "✕", fault: "!" };
var forged = ["altered", "bad-proof", "bad-checkpoint", "bad-issuer"];
var unproved = ["altered-form", "other-message", "unreadable", "unreadable-bundle", "not-logged", "unknown-log", "nothing-like-it", "elsewhere", "only-text"];
function toneOf({ result, verdict, text: words2 }, hasText) {
  if (forged.includes(result) || words2 !== void 0 && words2.foreign + words2.missing > 0) return "no";
  if (unproved.includes(result)) return "open";
  if (!isGenuine({ result })) return "fault";
  if (result !== "genuine-in-force") return "over";
  return verdict?.message === void 0 || hasText && words2 === void 0 ? "part" : "yes";
}
function show(finding, hasText) {
  const tone = toneOf(finding, hasText);
  const heading = make("h2", headline(finding, hasText));
  heading.tabIndex = -1;
  const badge = make("p.badge", make("span", symbols[tone]));
  badge.firstElementChild.ariaHidden = "true";
  const meaning = word(`verify.page.tone.${tone}`);
  if (!heading.textContent.startsWith(meaning)) badge.append(" ", meaning);
  const { verdict } = finding;
  return make(
    `div.verdict.${tone}`,
    badge,
    heading,
    make("p.do", make("strong", word("verify.label.todo"), ": "), todo(finding, hasText)),
    ...verdict === void 0 ? [] : differences(verdict),
    ...finding.text === void 0 ? [] : comparison(finding.text),
    ...verdict === void 0 || !isGenuine(verdict) ? [] : warning(verdict, finding.text !== void 0),
    ...unlessEmpty(facts(finding)),
    ...unlessEmpty(notes(finding)),
    details(finding)
  );
}
function headline({ result, verdict, text: words2, host }, hasText) {
  if (words2 !== void 0 && words2.foreign > 0) return word("verify.page.text.foreign");
  if (words2 !== void 0 && words2.missing > 0) return word("verify.page.text.missing");
  if (result === "elsewhere") return word("verify.page.elsewhere", host ?? "");
  if (verdict !== void 0 && isGenuine(verdict) && verdict.message === void 0) return word(hasText ? "verify.page.text.unknown" : "verify.page.entry-only", resultText(result, verdict));
  return resultText(result, verdict);
}
function resultText(result, verdict) {
  if (result === "genuine-ended" && verdict?.ended !== void 0) return word("verify.page.ended", timeText(verdict.ended));
  const key = `verify.result.${result}`;
  return hasWord(key) ? word(key) : word(`verify.page.${result}`);
}
function todo({ result, verdict, text: words2, asked }, hasText) {
  if (words2 !== void 0 && words2.foreign + words2.missing > 0) return word("verify.page.text.todo");
  if (verdict !== void 0 && isGenuine(verdict) && verdict.message === void 0) return word(hasText ? "verify.page.text.unknown.todo" : "verify.page.entry-only.todo");
  if (result === "not-logged" && asked === "yes") return word("verify.page.not-here.todo");
  for (const key of [`verify.todo.${result}`, `verify.page.${result}.todo`]) if (hasWord(key)) return word(key);
  return word("verify.todo.authority-at-fault");
}
function differences({ result, differences: all }) {
  if (all.length === 0 || result !== "altered" && result !== "contradiction") return [];
  const worded = all.filter(({ field: field2 }) => field2 !== "content");
  const part = make("section.differences", make("h3", word("verify.page.differences")));
  for (const each of worded) part.append(sides2(each));
  if (worded.length < all.length) part.append(make("p", word("verify.page.difference.content")));
  return [part];
}
function sides2({ field: field2, logged, found }) {
  const runs = wordDifference(logged, found);
  const side = (own, label) => make("div", make("p.label", word(label)), runs.some(({ side: each }) => each === own || each === "both") ? marked(runs, own) : make("p", make("em", word("verify.difference.nothing"))));
  return make(
    "div.difference",
    make("h4", fieldName(field2)),
    ...sentences(runs),
    make("div.sides", side("first", "verify.page.logged"), side("second", "verify.page.found"))
  );
}
var mostSentences = 3;
var longestQuote = 12;
function sentences(runs) {
  const all = [];
  runs.forEach((run2, i) => {
    const [before, after] = [runs[i - 1], runs[i + 1]];
    if (run2.side === "both" || run2.side === "second" && before?.side === "first") return;
    const other = after !== void 0 && after.side !== "both" ? after : void 0;
    const [first, second] = run2.side === "first" ? [run2, other] : [other, run2];
    const key = first === void 0 ? "added" : second === void 0 ? "removed" : "replaced";
    all.push(make("p.change", word(`verify.page.difference.${key}`, ...[first, second].flatMap((each) => each === void 0 ? [] : quote(each.words)))));
  });
  return all.slice(0, mostSentences);
}
function quote(words2) {
  return words2.slice(0, longestQuote).join(" ") + (words2.length > longestQuote ? " …" : "");
}
var around = 8;
function marked(runs, own) {
  const part = make("p");
  runs.forEach(({ side, words: words2 }, i) => {
    if (side === own) part.append(make("mark", words2.join(" ")), " ");
    else if (side === "both") part.append(shortened(words2, i > 0, i < runs.length - 1), " ");
  });
  return part;
}
function shortened(words2, after, before) {
  if (words2.length <= 2 * around + 2) return words2.join(" ");
  return [...after ? words2.slice(0, around) : [], "…", ...before ? words2.slice(-around) : []].join(" ");
}
function fieldName(path) {
  const parts = path.replace(/\[\d+\]/g, "").toLowerCase().split(".").reverse();
  const key = parts.map((part) => `verify.field.${part}`).find(hasWord);
  return key === void 0 ? path : word(key);
}
function comparison({ pieces, foreign, missing }) {
  const part = make("section.comparison", make("h3", word(foreign + missing > 0 ? "verify.page.text.marked" : "verify.page.text.same")));
  const shown = make("p.pasted");
  for (const { kind, text: words2 } of pieces) {
    if (kind === "genuine" || kind === "skipped") shown.append(words2, " ");
    else if (kind === "foreign") shown.append(make("mark", words2), " ");
    else shown.append(make("del", quote(words2.split(" "))), " ");
  }
  part.append(shown);
  if (foreign > 0) part.append(make("p.key", make("mark", word("verify.page.text.mark")), " ", word("verify.page.text.mark.meaning")));
  if (missing > 0) part.append(make("p.key", make("del", word("verify.page.text.mark")), " ", word("verify.page.text.del.meaning")));
  return [part];
}
function warning({ message: message2, leaf }, besideText) {
  if (message2 === void 0) return [];
  const language2 = document.documentElement.lang;
  const info2 = infoOf(message2, language2);
  if (info2 === void 0) return [];
  const part = make("section.words");
  if (besideText) part.append(make("h3", word("verify.page.words")));
  const said = make("blockquote");
  said.lang = text(info2, "language") || language2;
  said.append(...unlessEmpty(make("h3", text(info2, "headline") || text(info2, "event"))));
  for (const name of ["instruction", "description"]) {
    for (const line of text(info2, name).split("\n")) if (line.trim() !== "") said.append(make("p", line));
  }
  const where = [...new Set(groups(info2, "area").map((area2) => text(area2, "areaDesc")))].filter((each) => each !== "");
  part.append(said);
  if (where.length > 0) part.append(make("p", make("strong", word("verify.field.area"), ": "), where.join(", ")));
  if (leaf?.kind === "end") part.append(make("p", word("verify.page.all-clear")));
  return [part];
}
function facts({ verdict, resembles, host }) {
  const list = make("dl");
  const row = (label, ...value) => {
    const shown = value.filter((each) => each !== void 0 && each !== "").join(", ");
    if (shown !== "") list.append(make("div", make("dt", word(`verify.label.${label}`)), make("dd", shown)));
  };
  const leaf = verdict?.leaf;
  row("authority", verdict?.authority?.name);
  if (leaf !== void 0) {
    row("released", word(`verify.signed.${leaf.assertions.length}`, timeText(leaf.time)));
    const expires = parseTime(leaf.of("expires"));
    row("expires", expires && timeText(expires.at));
    if (verdict?.message === void 0) row("areas", ...leaf.areas.map(regionName));
  }
  row("ended", verdict?.ended !== void 0 ? timeText(verdict.ended) : "");
  row("grade", verdict?.grade && word(`verify.grade.${verdict.grade.toLowerCase()}`));
  row("witnesses", ...verdict?.witnesses ?? []);
  row("view", verdict?.view !== void 0 ? timeText(verdict.view) : "");
  row("resembles", verdict?.resembles ?? resembles);
  row("host", resembles === void 0 ? void 0 : host);
  return list;
}
function notes({ verdict, asked, result, resembles }) {
  const list = make("ul.notes");
  for (const note of verdict?.notes ?? []) {
    if (note === "lookalike-sender") list.append(make("li", make("strong", word("verify.note.lookalike-sender"))));
    else if (note !== "keys-unchecked" && note !== "message-absent") list.append(make("li", word(`verify.note.${note}`)));
  }
  if (resembles !== void 0) list.append(make("li", make("strong", word("verify.page.host.resembles"))));
  if (asked === "unreachable") list.append(make("li", word("verify.page.unreachable")));
  if (result === "genuine-in-force" && asked !== "yes") list.append(make("li", word("verify.page.not-asked")));
  return list;
}
function details({ result, verdict }) {
  const list = make("dl");
  const row = (label, value) => {
    if (value) list.append(make("div", make("dt", word(label)), make("dd", value)));
  };
  row("verify.page.result", result);
  row("verify.page.fault", verdict?.fault && `${verdict.fault}: ${word(`verify.fault.${verdict.fault}`)}`);
  row("verify.label.identifier", verdict?.leaf?.of("identifier") ?? (verdict?.message && text(verdict.message, "identifier")));
  row("verify.label.place", verdict?.log && verdict.tree && word("verify.place", String(verdict.index + 1n), verdict.log.origin));
  row("verify.page.digest", verdict?.leaf?.of("content"));
  for (const { action, role, guard } of verdict?.leaf?.assertions ?? []) row("verify.page.signature", `${action}, ${role}, ${guard}`);
  if (verdict?.notes.includes("keys-unchecked")) row("verify.label.note", word("verify.note.keys-unchecked"));
  return make("details", make("summary", word("verify.page.details")), list);
}

// verify/page/page.ts
var mostBytes2 = 32 << 20;
var trust;
var trustName = "";
var handed = {};
async function start() {
  if (!isSecureContext || !await canVerify()) {
    const cannot = byId("cannot");
    cannot.textContent = word(isSecureContext ? "verify.page.old-browser" : "verify.page.insecure");
    cannot.hidden = false;
    return;
  }
  byId("give").hidden = false;
  if (given.trust !== "") await believe(utf8(given.trust), "");
  showTrust();
  takeFiles();
  takeText();
  takeCamera();
  const fromAddress = () => {
    if (location.hash.length > 1 && !given.saved) void take(utf8(location.href), location.hash.slice(1));
  };
  addEventListener("hashchange", fromAddress);
  fromAddress();
  document.body.dataset.ready = "";
}
function takeFiles() {
  const chooser = byId("file");
  chooser.addEventListener("change", () => {
    const files = [...chooser.files ?? []];
    void takeAll(files).then(() => chooser.value = "");
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    byId("drop").classList.add("over");
  });
  document.addEventListener("dragleave", () => byId("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    byId("drop").classList.remove("over");
    const files = [...event.dataTransfer?.files ?? []];
    const text2 = event.dataTransfer?.getData("text/uri-list") || event.dataTransfer?.getData("text/plain") || "";
    if (files.length > 0) void takeAll(files);
    else if (text2 !== "") void take(utf8(text2), word("verify.page.pasted"));
  });
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData?.files ?? []];
    if (files.length === 0) return;
    event.preventDefault();
    void takeAll(files);
  });
}
function takeText() {
  byId("paste").addEventListener("submit", (event) => {
    event.preventDefault();
    const text2 = byId("text").value;
    if (text2.trim() === "") byId("text").focus();
    else void take(utf8(text2), word("verify.page.pasted"));
  });
}
function takeCamera() {
  if (navigator.mediaDevices === void 0) return;
  const [button, part] = [byId("scan"), byId("camera")];
  const camera = new Camera(part.querySelector("video"), (code) => {
    part.hidden = true;
    button.hidden = false;
    void take(code, word("verify.page.code"));
  });
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.hidden = true;
    part.hidden = false;
    try {
      await camera.start();
      byId("scan-stop").focus();
    } catch {
      part.hidden = true;
      button.hidden = false;
      say(word("verify.page.no-camera"));
    }
  });
  byId("scan-stop").addEventListener("click", () => {
    camera.stop();
    part.hidden = true;
    button.hidden = false;
    button.focus();
  });
}
async function takeAll(files) {
  let changed = false;
  for (const file of files) {
    const raw = file.size > mostBytes2 ? void 0 : file.type.startsWith("image/") ? await codeInFile(file).catch(() => void 0) : new Uint8Array(await file.arrayBuffer());
    if (raw === void 0) say(word(file.size > mostBytes2 ? "verify.page.too-large" : "verify.page.no-code", file.name));
    else if (await put(raw, file.name)) changed = true;
  }
  if (changed) await judge2();
}
async function take(raw, name) {
  if (await put(raw, name)) await judge2();
}
async function put(raw, name) {
  const kind = kindOf(raw);
  if (kind === "trust") {
    const believed = await believe(raw, name);
    showTrust();
    return believed && Object.keys(handed).length > 0;
  }
  if (handed[kind] !== void 0 && kind !== "text") handed = {};
  handed[kind] = { raw, name };
  return true;
}
async function believe(raw, name) {
  try {
    trust = await parseTrust(raw);
    trustName = name;
    return true;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    say(word("verify.page.bad-trust", name));
    return false;
  }
}
var round = 0;
async function judge2() {
  showHanded();
  const own = ++round;
  if (trust === void 0) return say(word("verify.page.no-trust"));
  say(word("verify.page.checking"));
  const finding = await check(handed, { trust, ask: !given.saved });
  if (own !== round) return;
  const shown = show(finding, hasWords(handed));
  byId("result").replaceChildren(shown);
  shown.querySelector("h2").focus();
  shown.scrollIntoView({ block: "start" });
}
function say(text2) {
  const message2 = make("p.say", text2);
  byId("result").replaceChildren(message2);
  message2.scrollIntoView({ block: "center" });
}
function showHanded() {
  const list = byId("handed");
  list.replaceChildren();
  for (const kind of ["message", "proof", "text"]) {
    const each = handed[kind];
    if (each === void 0) continue;
    const remove = make("button.small", word("verify.page.remove"));
    remove.type = "button";
    remove.ariaLabel = `${word("verify.page.remove")}: ${word(`verify.page.kind.${kind}`)}`;
    remove.addEventListener("click", () => {
      delete handed[kind];
      if (Object.keys(handed).length > 0) void judge2();
      else {
        round++;
        byId("result").replaceChildren();
        showHanded();
        byId("file").focus();
      }
    });
    list.append(make("li", make("span", make("strong", word(`verify.page.kind.${kind}`)), ` ${each.name}`), " ", remove));
  }
  byId("handed-part").hidden = list.childElementCount === 0;
}
function showTrust() {
  const part = byId("trusted");
  part.replaceChildren();
  if (trust === void 0) {
    part.append(make("p", word("verify.page.no-trust")));
    return;
  }
  for (const { name, territory, logs } of trust.authorities) {
    const exercise = logs.every(({ realm }) => realm === "exercise");
    part.append(make("p", make("strong", name), exercise ? ` (${word("verify.page.exercise-only")})` : "", ` – ${word("verify.page.territory", territory.map(regionName).join(", "))}`));
  }
  const operators = new Set(trust.witnesses.map(({ operator }) => operator));
  part.append(make("p", word("verify.page.trust-facts", String(operators.size), trust.issued === "" ? "–" : timeText(Date.parse(trust.issued)))));
  if (trustName !== "") part.append(make("p", word("verify.page.own-trust", trustName)));
}

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

// verify/verify.ts
if (document.getElementById("verify") !== null) void start();
export {
  core_exports as core
};
/*!
 * Copyright (c) 2023 Paul Miller (paulmillr.com)
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
//# sourceMappingURL=/assets/verify-H7GQN3XV.js.map
