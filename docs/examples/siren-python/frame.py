# SPDX-FileCopyrightText: 2026 The Tocsin Authors
# SPDX-License-Identifier: EUPL-1.2
"""Frames and answers as bytes, after docs/formats/siren-frame.md."""

import hashlib
import struct
from dataclasses import dataclass

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

SOUND, STOP, TEST, BEACON = 1, 2, 3, 4
ALL, REGIONS, RANGES, CHALLENGE = 0, 1, 2, 3
FEDERATION = "00"

HEAD = struct.Struct(">B4sH6sIHBBBB")


class Malformed(Exception):
    """The bytes are no frame."""


def key_id(public: bytes) -> bytes:
    return hashlib.sha256(public).digest()[:4]


@dataclass(frozen=True)
class Frame:
    version: int
    key: bytes
    epoch: int
    counter: int
    not_before: int
    ttl: int
    action: int
    signal: int
    window: float
    target: int
    # regions, (first, last) pairs, or the bytes of a challenge
    addressed: object
    second: bytes
    signed: bytes
    signatures: tuple

    @property
    def id(self):
        return (self.key, self.epoch, self.counter)

    def name(self) -> str:
        return f"{self.key.hex()}-{self.epoch}-{self.counter}"

    def verify(self, publics) -> bool:
        text = b"tocsin siren frame v%d\n" % self.version + self.signed
        try:
            for public, signature in zip(publics, self.signatures, strict=True):
                VerifyKey(public).verify(text, signature)
        except BadSignatureError:
            return False
        return True


def need(holds: bool, what: str):
    if not holds:
        raise Malformed(what)


def parse(b: bytes) -> Frame:
    """Reads a frame and verifies nothing."""
    need(len(b) > 0 and b[0] in (1, 2), "version")
    tail = 64 if b[0] == 1 else 4 + 128
    need(HEAD.size + tail <= len(b) <= 1000, "length")
    version, key, epoch, counter, start, ttl, action, signal, window, kind = HEAD.unpack_from(b)
    need(ttl >= 1 and SOUND <= action <= BEACON, "ttl or action")
    need((signal != 0) == (action in (SOUND, TEST)), "signal")
    need(action != BEACON or window == 0 and version == 1, "beacon")
    need(kind != CHALLENGE or action == BEACON, "challenge")
    target = b[HEAD.size : len(b) - tail]
    readers = {ALL: read_all, REGIONS: read_regions, RANGES: read_ranges, CHALLENGE: read_challenge}
    need(kind in readers, "target type")
    addressed = readers[kind](target)
    if version == 1:
        second, signed, signatures = b"", b[:-64], (b[-64:],)
    else:
        second, signed, signatures = b[-132:-128], b[:-128], (b[-128:-64], b[-64:])
        need(second not in (key, bytes(4)), "second key")
    return Frame(version, key, epoch, int.from_bytes(counter, "big"), start, ttl, action, signal,
                 window / 10, kind, addressed, second, signed, signatures)


def read_all(b: bytes):
    need(b == b"", "bytes after a target without any")


def read_challenge(b: bytes) -> bytes:
    need(len(b) == 8 and b != bytes(8), "challenge")
    return b


def shortest(region: str) -> bool:
    """No level at the end of the key is all zeros."""
    return all(len(region) <= n or region[n:].strip("0") for n in (2, 3, 5, 9))


def contains(whole: str, part: str) -> bool:
    return whole == FEDERATION or part.startswith(whole)


def read_regions(b: bytes) -> list:
    regions, at = [], 0
    while at < len(b):
        digits = b[at]
        need(digits in (2, 3, 5, 9, 12), "region")
        half = b[at + 1 : at + 1 + (digits + 1) // 2].hex()
        at += 1 + (digits + 1) // 2
        need(len(half) == digits + digits % 2 and half[digits:] in ("", "f"), "region")
        region = half[:digits]
        need(region.isdecimal() and shortest(region), "region")
        need(not regions or regions[-1] < region, "order of regions")
        need(not any(contains(r, region) for r in regions), "region within a region")
        regions.append(region)
    need(regions, "no region")
    return regions


def leb128(b: bytes, at: int):
    value = shift = 0
    while True:
        need(at < len(b) and shift <= 28, "range")
        value |= (b[at] & 0x7F) << shift
        at, shift, last = at + 1, shift + 7, b[at]
        if last < 0x80:
            need(last or shift == 7, "number that is not in its shortest form")
            return value, at


def read_ranges(b: bytes) -> list:
    ranges, at, end = [], 0, 0
    while at < len(b):
        gap, at = leb128(b, at)
        more, at = leb128(b, at)
        need(gap or not ranges, "ranges that touch")
        first = end + gap + 1
        end = first + more
        need(end < 1 << 32, "number of a siren")
        ranges.append((first, end))
    need(ranges, "no range")
    return ranges


@dataclass(frozen=True)
class Answer:
    kind: int
    number: int
    millis: int
    condition: int
    contacts: int
    challenge: bytes = bytes(8)
    frame: tuple = (bytes(4), 0, 0)
    outcome: int = 0
    reason: int = 0
    signal: int = 0
    remaining: float = 0

    def sign(self, key: SigningKey) -> bytes:
        issuer, epoch, counter = self.frame
        body = struct.pack(">BBI", 2, self.kind, self.number) + self.millis.to_bytes(6, "big")
        body += struct.pack(">BHI", self.condition, self.contacts, 0) + self.challenge
        body += issuer + struct.pack(">H", epoch) + counter.to_bytes(6, "big")
        body += struct.pack(">BBBH", self.outcome, self.reason, self.signal, min(int(self.remaining * 10), 0xFFFF))
        return body + key.sign(b"tocsin siren answer v2\n" + body).signature


def place(number: int, counter: int, window: float) -> float:
    """A siren's own moment in a reply window, in seconds."""
    units = int(round(window * 1e9))
    if units <= 0:
        return 0.0
    mask = (1 << 64) - 1
    h = (number << 32) ^ counter
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCD & mask
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53 & mask
    return ((h ^ h >> 33) % units) / 1e9
