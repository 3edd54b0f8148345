// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"io"
	"time"
)

const (
	// BeaconLimit is how long a device does without a fresh beacon. After that it
	// says so and acts on no alarm and no test before it has heard one again.
	BeaconLimit = 5 * time.Minute
	// beaconLag is how far a beacon may be behind the device's clock and still be fresh.
	beaconLag = 90 * time.Second
	// challengeLife is how long a beacon may take that answers a challenge.
	challengeLife = 30 * time.Second
	// askAgain is the least time between two questions for a beacon, askInterval
	// that between questions that no frame gave rise to.
	askAgain    = 500 * time.Millisecond
	askInterval = time.Minute
	// clockGrain is by how much a beacon that answers a challenge may be behind
	// without moving the clock back: it tells whole seconds.
	clockGrain = 2 * time.Second
	// clockReport is the move of the clock by a beacon that is worth a report.
	clockReport = 30 * time.Second
)

// deviceClock is what a device knows of the time. Beacons tell it; the device's
// own clock is a hint that counts as long as no beacon answered a challenge.
type deviceClock struct {
	// base is what a beacon told, at the time at of Step. Anchored says that the
	// authority itself told it lately, since a challenge was answered.
	base     time.Time
	at       time.Time
	anchored bool
	// started is the first Step, fresh the last one with a fresh beacon.
	started time.Time
	fresh   time.Time
	// challenge waits for its beacon since made; asked is when it was said last.
	challenge Challenge
	made      time.Time
	asked     time.Time
	// owed says that a frame or a beacon came too soon after the last question to
	// ask again. It is made good by itself, since the question may have been lost.
	owed bool
}

// start takes up the time that was stored, at the first Step.
func (c *deviceClock) start(stored, now time.Time) {
	if c.started.IsZero() {
		c.started = now
		if !stored.IsZero() {
			c.base, c.at = stored, now
		}
	}
}

// told is the time since the last beacon; zero when there was none.
func (c *deviceClock) told(now time.Time) time.Time {
	if c.base.IsZero() {
		return time.Time{}
	}
	return c.base.Add(now.Sub(c.at))
}

// Time is the device's clock: what beacons told, run on. Before one of them
// answered a challenge of the device, its own clock counts where it is later.
func (d *Device) Time(now time.Time) time.Time {
	own, told := d.config.Wall(now).Round(0), d.clock.told(now)
	if d.clock.anchored || told.After(own) {
		return told
	}
	return own
}

// cutOff reports whether the last fresh beacon is so long ago that a frame may
// be one that was held back.
func (c *deviceClock) cutOff(now time.Time) bool {
	return c.fresh.IsZero() || now.Sub(c.fresh) > BeaconLimit
}

// quiet is cutOff for the world to know, which a device that has just started
// need not be told.
func (c *deviceClock) quiet(now time.Time) bool {
	return c.cutOff(now) && now.Sub(c.started) > BeaconLimit
}

// answered reports whether a challenge is the one that waits for its beacon.
func (c *deviceClock) answered(challenge Challenge, now time.Time) bool {
	return challenge != Challenge{} && challenge == c.challenge && now.Sub(c.made) <= challengeLife
}

// hear takes the time of a beacon. One that answers a challenge is right
// whatever the device's clock says; another one moves the clock forward, never
// back, and is fresh if it is not behind. It reports whether the beacon was behind.
func (c *deviceClock) hear(f Frame, clock, now time.Time, oneWay bool) (behind bool) {
	lag := clock.Sub(f.NotBefore)
	if f.Target.Type == TargetChallenge {
		c.anchored, c.fresh, c.challenge = true, now, Challenge{}
		if lag < 0 || lag > clockGrain {
			clock = f.NotBefore
		}
		c.base, c.at = clock, now
		return false
	}
	if lag < 0 {
		c.base, c.at = f.NotBefore, now
	}
	if lag > beaconLag {
		return true
	}
	if c.anchored || oneWay {
		c.fresh = now
	}
	return false
}

// wake is when the clock itself has something to say next; zero for never.
func (c *deviceClock) wake(now time.Time, oneWay bool) time.Time {
	switch {
	case c.owed:
		return c.asked.Add(askAgain)
	case !c.quiet(now) && c.fresh.After(c.started):
		return c.fresh.Add(BeaconLimit + 1)
	case !c.quiet(now):
		return c.started.Add(BeaconLimit + 1)
	case oneWay:
		return time.Time{}
	default:
		return c.asked.Add(askInterval)
	}
}

// ask says hello with a challenge, unless it did so lately. A challenge that
// still can be answered is said again, so that any answer counts.
func (d *Device) ask(lately time.Duration, now time.Time, e *Effects) {
	c := &d.clock
	if !d.connected {
		return
	}
	if !c.asked.IsZero() && now.Sub(c.asked) < lately {
		c.owed = c.owed || lately == askAgain
		return
	}
	if !d.config.OneWay && (c.challenge == Challenge{} || now.Sub(c.made) > challengeLife/2) {
		if _, err := io.ReadFull(d.config.Random, c.challenge[:]); err != nil {
			c.challenge = Challenge{}
		}
		c.made = now
	}
	c.asked, c.owed = now, false
	d.say(AnswerHello, Acted{}, now, e)
}

// know brings what the device knows of itself into its contacts.
func (d *Device) know(now time.Time) {
	d.contacts.NoBeacon = d.clock.quiet(now)
	end := d.trust.Keyset.NotAfter
	d.contacts.KeysetExpired = !end.IsZero() && d.Time(now).After(end)
}

// watch reports that beacons stay away or the keyset ran out, and asks for a beacon.
func (d *Device) watch(now time.Time, e *Effects) {
	before := d.contacts
	d.know(now)
	if before != d.contacts {
		d.say(AnswerState, Acted{}, now, e)
	}
	d.clock.owed = d.clock.owed && d.clock.cutOff(now)
	switch {
	case d.clock.owed:
		d.ask(askAgain, now, e)
	case d.clock.quiet(now) && !d.config.OneWay:
		d.ask(askInterval, now, e)
	}
}
