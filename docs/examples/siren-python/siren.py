#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Tocsin Authors
# SPDX-License-Identifier: EUPL-1.2
"""A siren in Python, written from docs/formats/siren-frame.md and siren-mqtt.md.

It needs Debian's python3-paho-mqtt and python3-nacl. README.md says what it does
and what it leaves out.
"""

import json
import os
import random
import ssl
import subprocess
import sys
import time
from base64 import b64decode

import paho.mqtt.client as mqtt
from nacl.signing import SigningKey

import frame as wire
from frame import BEACON, SOUND, STOP, TEST

ACK, STATE, HELLO = 1, 2, 3
READY, TRIGGERED, FAULT = 1, 2, 3
ACCEPTED, DONE, REFUSED = 1, 2, 3
(BAD_SIGNATURE, UNKNOWN_KEY, EPOCH, NOT_ALLOWED, EXPIRED, EARLY, OLDER, NO_SUCH_SIGNAL, TOO_LONG, TOO_OFTEN, BUSY) = range(1, 12)
HORN, STORAGE, STOPPED, SUPERSEDED, INTERRUPTED, SECOND_NEEDED = 12, 15, 16, 17, 18, 19
NOT_STORED_BIT, NO_BEACON_BIT = 1 << 6, 1 << 10
ACTIONS = {"sound": SOUND, "stop": STOP, "test": TEST, "beacon": BEACON}
# number: (name, is a test, seconds)
SIGNALS = {1: ("warning", False, 60), 2: ("all-clear", False, 60), 3: ("fire", False, 59), 4: ("trial", False, 12),
           16: ("silent-test", True, 1), 17: ("growl-test", True, 2)}


class Memory:
    """What must not be forgotten: counters, frames acted on, the time of beacons."""

    def __init__(self, path):
        self.path = path
        self.counters, self.acted, self.clock = {}, [], 0.0
        if os.path.exists(path):
            with open(path, encoding="ascii") as file:
                held = json.load(file)
            self.counters = {bytes.fromhex(k): tuple(v) for k, v in held["counters"].items()}
            self.acted = held["acted"]
            self.clock = held["clock"]
        for a in self.acted:
            if a["outcome"] == ACCEPTED:
                a["outcome"], a["reason"] = DONE, INTERRUPTED

    def find(self, name):
        return next((a for a in self.acted if a["frame"] == name), None)

    def store(self, clock):
        """Returns when it is on the disk."""
        self.acted = self.acted[-16:]
        held = {"counters": {k.hex(): v for k, v in self.counters.items()}, "acted": self.acted, "clock": clock}
        with open(self.path + ".new", "w", encoding="ascii") as file:
            json.dump(held, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.path + ".new", self.path)
        directory = os.open(os.path.dirname(os.path.abspath(self.path)), os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)


class Clock:
    """The time that beacons told, run on; before that, the board's own."""

    def __init__(self, stored):
        self.base, self.at = stored, time.monotonic()
        self.anchored = False
        self.fresh = None
        self.challenge, self.made, self.asked = None, 0.0, None

    def now(self):
        told = self.base + time.monotonic() - self.at
        return told if self.anchored else max(told, time.time())

    def cut_off(self):
        return self.fresh is None or time.monotonic() - self.fresh > 300

    def hear(self, beacon):
        """Returns whether it answers our question, or is fresh; else it is behind."""
        moment = time.monotonic()
        if beacon.target == wire.CHALLENGE:
            clock = self.now()
            self.anchored, self.fresh, self.challenge = True, moment, None
            if not 0 <= clock - beacon.not_before <= 2:
                clock = float(beacon.not_before)
            self.base, self.at = clock, moment
            return True
        behind = self.now() - beacon.not_before
        if behind < 0:
            self.base, self.at = float(beacon.not_before), moment
        if behind > 90:
            return False
        if self.anchored:
            self.fresh = moment
        return True


class Siren:
    def __init__(self, config):
        self.config = config
        self.number, self.region = config["number"], config["ars"]
        self.key = SigningKey(bytes.fromhex(config["seed"]))
        self.keys = {}
        for k in config["keys"]:
            public = b64decode(k["publicKey"])
            actions = [ACTIONS[a] for a in k.get("actions", ACTIONS)]
            self.keys[wire.key_id(public)] = (public, k["epoch"], k["territory"], actions)
        self.memory = Memory(config["memory"])
        self.clock = Clock(self.memory.clock)
        self.sounding = None  # (frame, signal number, end, window, process)
        self.replies = []  # (due, what became of a frame)
        self.complained = None
        self.stored = True
        self.started = time.monotonic()
        self.heartbeat = None
        self.topics = f"tocsin/v1/{config['authority']}/"
        self.own = self.topics + f"siren/{config['siren']}/"
        self.connect()

    # The line to the broker.

    def connect(self):
        c = self.config
        self.client = mqtt.Client(c["siren"], clean_session=True, protocol=mqtt.MQTTv311)
        if "password" in c:
            self.client.username_pw_set(c["siren"], c["password"])
        if "ca" in c:
            self.client.tls_set(c["ca"], c["certificate"], c["certificateKey"], tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self.client.will_set(self.own + "state", "offline", retain=True)
        self.client.on_connect = self.on_connect
        self.client.on_subscribe = self.on_subscribe
        self.client.on_disconnect = self.on_disconnect
        self.client.on_message = lambda _client, _data, message: self.receive(message.payload)

    def on_connect(self, client, _data, _flags, code):
        if code == 0:
            client.subscribe([(self.topics + "cmd", 0), (self.own + "cmd", 0)])

    def on_subscribe(self, *_):
        self.heartbeat = time.monotonic() + 10
        self.say(STATE)
        self.ask(0)

    def on_disconnect(self, *_):
        self.heartbeat = None

    def run(self):
        wait = 0.5
        while True:
            try:
                self.client.connect(self.config["host"], self.config["port"], keepalive=30)
                while self.client.loop(0.02) == mqtt.MQTT_ERR_SUCCESS:
                    if self.heartbeat is not None:
                        wait = 0.5
                    self.tick()
            except OSError as error:
                print("no broker:", error, file=sys.stderr)
            self.heartbeat = None
            until = time.monotonic() + random.uniform(0, wait)
            while time.monotonic() < until:
                self.tick()
                time.sleep(0.02)
            wait = min(2 * wait, 30)

    # What the siren says.

    def say(self, kind, about=None, challenge=bytes(8)):
        if self.heartbeat is None:
            return
        if kind != ACK and self.memory.acted:
            about = self.memory.acted[-1]
        quiet = self.clock.cut_off() and time.monotonic() - self.started > 300
        condition = TRIGGERED if self.sounding else READY
        if (quiet or not self.stored) and not self.sounding:
            condition = FAULT
        contacts = (0 if self.stored else NOT_STORED_BIT) | (NO_BEACON_BIT if quiet else 0)
        _, signal, end, *_ = self.sounding or (None, 0, 0.0)
        answer = wire.Answer(
            kind, self.number, int(self.clock.now() * 1000), condition, contacts, challenge,
            unname(about["frame"]) if about else (bytes(4), 0, 0), about["outcome"] if about else 0,
            about["reason"] if about else 0, signal, max(0.0, end - time.monotonic()) if signal else 0.0)
        leaf = {ACK: "ack", STATE: "state", HELLO: "hello"}[kind]
        self.client.publish(self.own + leaf, answer.sign(self.key), retain=kind == STATE)

    def ask(self, least):
        """Says hello with a challenge, unless it did so less than a time ago."""
        moment, c = time.monotonic(), self.clock
        if self.heartbeat is None or c.asked is not None and moment - c.asked < least:
            return
        if c.challenge is None or moment - c.made > 15:
            c.challenge, c.made = os.urandom(8), moment
        c.asked = moment
        self.say(HELLO, challenge=c.challenge)

    def reply(self, about, number, window):
        self.replies.append((time.monotonic() + wire.place(self.number, number, window), dict(about)))

    def refuse(self, f, reason):
        self.reply({"frame": f.name(), "outcome": REFUSED, "reason": reason}, f.counter, f.window)

    def complain(self, f, reason):
        """Nobody has authenticated the frame: an answer now and then is enough."""
        moment = time.monotonic()
        if self.complained is None or moment - self.complained >= 10:
            self.complained = moment
            self.reply({"frame": f.name(), "outcome": REFUSED, "reason": reason}, 0, 0)

    def tick(self):
        moment = time.monotonic()
        if self.sounding:
            _, _, end, _, process = self.sounding
            if moment >= end:
                self.finish(0)
            elif process is not None and process.poll() not in (None, 0):
                self.finish(HORN)
        due = [about for at, about in self.replies if at <= moment]
        self.replies = [r for r in self.replies if r[0] > moment]
        for about in due:
            self.say(ACK, about)
        if self.heartbeat is not None and moment >= self.heartbeat:
            self.heartbeat = moment + 300
            self.say(STATE)
        if self.clock.cut_off() and moment - self.started > 300:
            self.ask(60)

    # The rules, in the order of the document.

    def receive(self, payload):
        try:
            f = wire.parse(payload)
        except wire.Malformed:
            return  # rule 1; roots and keysets too, as this siren's keys are part of its set-up
        ids = [f.key] if f.version == 1 else [f.key, f.second]
        if any(i not in self.keys for i in ids):
            return self.complain(f, UNKNOWN_KEY)
        if not f.verify([self.keys[i][0] for i in ids]):
            return self.complain(f, BAD_SIGNATURE)
        if not self.addressed(f):
            return
        _, epoch, territory, actions = self.keys[f.key]
        held_epoch, counter = self.memory.counters.get(f.key, (epoch, 0))
        reason = 0
        if f.epoch != epoch or f.epoch < held_epoch:
            reason = EPOCH
        elif f.action not in actions or not any(wire.contains(t, self.region) for t in territory):
            reason = NOT_ALLOWED
        if f.action == BEACON:
            return None if reason else self.beacon(f)
        if reason:
            return self.refuse(f, reason)
        if f.epoch > held_epoch:
            counter = 0
        known = self.memory.find(f.name())
        if known:
            return self.reply(known, f.counter, f.window)
        if f.action != STOP and self.clock.cut_off():
            return self.ask(0.5)
        now = self.clock.now()
        if now < f.not_before:
            reason = EARLY
        elif now >= f.not_before + f.ttl:
            reason = EXPIRED
        elif f.counter <= counter:
            reason = OLDER
        elif f.action != STOP:
            reason = self.unable(f)
        if reason:
            return self.refuse(f, reason)
        return self.stop(f) if f.action == STOP else self.sound(f)

    def addressed(self, f):
        if f.target == wire.REGIONS:
            return any(wire.contains(r, self.region) for r in f.addressed)
        if f.target == wire.RANGES:
            return any(first <= self.number <= last for first, last in f.addressed)
        if f.target == wire.CHALLENGE:
            c = self.clock
            return f.addressed == c.challenge and time.monotonic() - c.made <= 30
        return True

    def beacon(self, f):
        before = self.clock.now()
        if not self.clock.hear(f):
            self.ask(60)
        epoch, counter = self.memory.counters.get(f.key, (f.epoch, 0))
        if (f.epoch, f.counter) > (epoch, counter):
            self.memory.counters[f.key] = (f.epoch, f.counter)
            self.store()
        if abs(self.clock.now() - before) >= 30:
            self.say(STATE)

    def unable(self, f):
        _, test, _ = SIGNALS.get(f.signal, (None, f.action != TEST, 0))
        if f.signal not in SIGNALS or test != (f.action == TEST):
            return NO_SUCH_SIGNAL
        if test and self.sounding:
            return BUSY
        lately = [a for a in self.memory.acted if a.get("start", 0) > self.clock.now() - 600]
        return TOO_OFTEN if not test and len(lately) >= 6 else 0

    def stop(self, f):
        if self.sounding:
            self.finish(STOPPED)
        self.act(f, DONE)
        self.store()  # a stop counts whether or not it can be stored
        self.reply(self.memory.acted[-1], f.counter, f.window)

    def sound(self, f):
        if self.sounding:
            self.finish(SUPERSEDED)
        name, test, seconds = SIGNALS[f.signal]
        about = self.act(f, ACCEPTED, 0 if test else self.clock.now())
        if not self.store():
            about["outcome"], about["reason"] = REFUSED, STORAGE
            self.reply(about, f.counter, 0)
            return
        process = None
        if name != "silent-test":
            process = subprocess.Popen(self.config["horn"] + [name, f.name()])
        end = time.monotonic() + seconds / self.config.get("speed", 1)
        self.sounding = (f, f.signal, end, f.window, process)
        self.reply(about, f.counter, f.window)

    def act(self, f, outcome, start=0):
        self.memory.counters[f.key] = (f.epoch, f.counter)
        about = {"frame": f.name(), "outcome": outcome, "reason": 0, "start": start}
        self.memory.acted.append(about)
        return about

    def finish(self, reason):
        f, _, _, window, process = self.sounding
        self.sounding = None
        if process is not None:
            process.kill()
            process.wait()
        about = self.memory.find(f.name())
        about["outcome"], about["reason"] = DONE, reason
        self.store()
        self.reply(about, f.counter, window)

    def store(self):
        try:
            self.memory.store(self.clock.now())
            self.stored = True
        except OSError as error:
            print("not stored:", error, file=sys.stderr)
            self.stored = False
            self.say(STATE)
        return self.stored


def unname(name):
    key, epoch, counter = name.split("-")
    return bytes.fromhex(key), int(epoch), int(counter)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as config_file:
        Siren(json.load(config_file)).run()
