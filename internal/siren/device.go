// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"crypto/rand"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
)

// DeviceConfig is how a device was set up. The same rules run in a real
// device's agent and in the simulator.
type DeviceConfig struct {
	// Number and ARS are the siren's in the registry.
	Number uint32
	ARS    geo.ARS
	// Signer signs what the device says.
	Signer Signer
	// Keyset is the keys that the device obeys at first.
	Keyset Keyset
	// Root is the root that signs newer keysets; with the zero Root it takes none.
	Root Root
	// Signals is what it can sound.
	Signals Signals
	// OneWay is a device that cannot ask its authority for a fresh beacon. It has to
	// rely on its own clock where one that can ask does not.
	OneWay bool
	// Wall is what the device's own clock shows, set by GNSS or a network, or not:
	// a hint alone. Nil takes the time of Step.
	Wall func(now time.Time) time.Time
	// Random is what challenges are made of; nil takes crypto/rand.
	Random io.Reader
}

// The limits of a device, which no frame can lift.
const (
	// MaxSound is the longest signal. Longer ones are refused. The longest that is
	// official anywhere, Switzerland's water alarm, takes 350 s.
	MaxSound = 6 * time.Minute
	// MaxStarts is how many signals may start within StartsWindow; tests do not count.
	MaxStarts    = 6
	StartsWindow = 10 * time.Minute
	// HeartbeatInterval is how often a connected device reports its state unasked.
	HeartbeatInterval = 5 * time.Minute
	// settleInterval is when a device that has just connected reports once more,
	// because the last will of its old connection may arrive after its first report.
	settleInterval = 10 * time.Second
	// complaintInterval bounds answers to frames that nobody has authenticated, so
	// that forgeries are reported but cannot make the fleet talk.
	complaintInterval = 10 * time.Second
	// remembered is how many frames the device can answer for again.
	remembered = 16
)

// Acted is a frame that the device acted on, and what became of it.
type Acted struct {
	Frame   FrameID   `json:"frame"`
	Outcome Outcome   `json:"outcome"`
	Reason  Reason    `json:"reason,omitempty"`
	Start   bool      `json:"start,omitempty"` // counts against MaxStarts
	At      time.Time `json:"at"`
}

// Memory is what a device must not forget.
type Memory struct {
	// Counters is the highest counter acted on or passed over, by key.
	Counters map[KeyID]Mark `json:"counters"`
	// Acted is the last frames acted on, oldest first.
	Acted []Acted `json:"acted,omitempty"`
	// Clock is the time that a beacon told, run on to when this was stored.
	Clock time.Time `json:"clock,omitzero"`
	// Root and Keyset are the bodies of the newest ones taken since the set-up.
	Root   []byte `json:"root,omitempty"`
	Keyset []byte `json:"keyset,omitempty"`
}

// Mark is how far a key's counter has come.
type Mark struct {
	Epoch   uint16 `json:"epoch"`
	Counter uint64 `json:"counter"`
}

func (m Memory) clone() Memory {
	m.Counters, m.Acted = maps.Clone(m.Counters), slices.Clone(m.Acted)
	return m
}

// Input is what happens to a device: one of the types below.
type Input interface{ input() }

// The inputs.
type (
	// FrameReceived brings the bytes of a frame, or of roots and a keyset, which
	// begin with other bytes and come on the same ways.
	FrameReceived struct{ Bytes []byte }
	// Tick says that time passed; see Effects.Wake.
	Tick struct{}
	// ContactsChanged says what the device senses now.
	ContactsChanged struct{ Contacts Contacts }
	// Connected says that the way to the authority is open (again).
	Connected struct{}
	// Disconnected says that it closed.
	Disconnected struct{}
	// NotStored says that the last Effects.Store failed.
	NotStored struct{}
)

func (FrameReceived) input()   {}
func (Tick) input()            {}
func (ContactsChanged) input() {}
func (Connected) input()       {}
func (Disconnected) input()    {}
func (NotStored) input()       {}

// Effects is what the shell around a device must do, in the order of the
// fields: be silent, store, sound, send. If storing fails it must neither sound
// nor send, and must tell the device with NotStored.
type Effects struct {
	// Silence ends what sounds.
	Silence bool
	// Store is to be durable before anything sounds or is sent; nil: nothing to store.
	Store *Memory
	// Sound starts a signal; nil: do not.
	Sound *Sounding
	// Send lists what is to be said, if there is a connection.
	Send []Saying
	// Wake is when Step wants a Tick at the latest; zero: not needed.
	Wake time.Time
	// Dropped says why a frame was ignored without an answer; nil if none was.
	Dropped error
}

// Sounding is a signal that starts now.
type Sounding struct {
	Frame  FrameID
	Signal Signal
	Until  time.Time
}

// Saying is one signed answer on its way out.
type Saying struct {
	Kind  AnswerKind
	Bytes []byte
}

// Device decides what a siren does. It is a pure state machine: Step gets what
// happened and the time and returns what to do. It never panics on any input,
// and it is not safe for use by several goroutines.
type Device struct {
	config     DeviceConfig
	memory     Memory
	trust      Trust
	contacts   Contacts
	clock      deviceClock
	connected  bool
	heartbeat  time.Time
	complained time.Time
	sounding   *sounding
	// unstored is the frame that waits for its Store to succeed.
	unstored FrameID
	replies  []reply
}

type sounding struct {
	Sounding
	window time.Duration
}

type reply struct {
	due time.Time
	Acted
	kind AnswerKind
}

// NewDevice is a device that remembers what its Effects.Store last stored; the
// zero Memory for a new one. A frame that sounded when the memory was stored
// was interrupted by the restart; it is not taken up again.
func NewDevice(config DeviceConfig, memory Memory) *Device {
	memory = memory.clone()
	if memory.Counters == nil {
		memory.Counters = map[KeyID]Mark{}
	}
	for i := range memory.Acted {
		if memory.Acted[i].Outcome == OutcomeAccepted {
			memory.Acted[i].Outcome, memory.Acted[i].Reason = OutcomeDone, ReasonInterrupted
		}
	}
	if config.Wall == nil {
		config.Wall = func(now time.Time) time.Time { return now }
	}
	if config.Random == nil {
		config.Random = rand.Reader
	}
	return &Device{config: config, memory: memory, trust: config.trust(memory)}
}

// Step takes one input at the time of the device's own clock. The clock may be
// wrong against the world; for the length of signals it must run evenly, as a
// time.Time with a monotonic reading does.
func (d *Device) Step(in Input, now time.Time) Effects {
	var e Effects
	d.clock.start(d.memory.Clock, now)
	if _, failed := in.(NotStored); !failed && !d.unstored.IsZero() {
		d.contacts.StorageFault = false
		d.unstored = FrameID{}
	}
	if d.sounding != nil && !now.Before(d.sounding.Until) {
		d.finish(ReasonNone, now, &e)
	}
	switch in := in.(type) {
	case FrameReceived:
		if IsDocument(in.Bytes) {
			d.believe(in.Bytes, now, &e)
		} else {
			d.receive(in.Bytes, now, &e)
		}
	case ContactsChanged:
		d.sense(in.Contacts, now, &e)
	case Connected:
		d.connected = true
		d.know(now)
		d.say(AnswerState, Acted{}, now, &e)
		d.ask(0, now, &e)
		d.heartbeat = now.Add(settleInterval)
	case Disconnected:
		d.connected = false
	case NotStored:
		d.notStored(now, &e)
	}
	d.speak(now, &e)
	e.Wake = d.wake(now)
	return e
}

func (d *Device) sense(c Contacts, now time.Time, e *Effects) {
	c.StorageFault, c.NoBeacon, c.KeysetExpired = d.contacts.StorageFault, d.contacts.NoBeacon, d.contacts.KeysetExpired
	if c.AllStop && !d.contacts.AllStop {
		e.Silence = true // whatever it is that sounds
	}
	if c == d.contacts {
		return
	}
	d.contacts = c
	if reason := c.refusal(); reason != ReasonNone && d.sounding != nil {
		d.finish(reason, now, e)
	}
	d.say(AnswerState, Acted{}, now, e)
}

// notStored takes back what must not happen without the counter on disk.
func (d *Device) notStored(now time.Time, e *Effects) {
	d.contacts.StorageFault = true
	if d.sounding != nil && d.sounding.Frame == d.unstored {
		d.sounding = nil
		d.settle(d.unstored, OutcomeRefused, ReasonStorage)
		d.replies = slices.DeleteFunc(d.replies, func(r reply) bool { return r.Frame == d.unstored })
		acted, _ := d.acted(d.unstored)
		d.reply(acted, 0, now)
	}
	d.unstored = FrameID{}
	d.say(AnswerState, Acted{}, now, e)
}

// begin starts a signal for a frame that has passed every rule.
func (d *Device) begin(f Frame, signal Signal, now time.Time, e *Effects) {
	if d.sounding != nil {
		d.finish(ReasonSuperseded, now, e)
	}
	acted := Acted{Frame: f.ID(), Outcome: OutcomeAccepted, Start: !signal.Test, At: d.Time(now)}
	d.remember(acted, now, e)
	d.unstored = f.ID()
	start := Sounding{Frame: f.ID(), Signal: signal, Until: now.Add(signal.Duration())}
	d.sounding = &sounding{start, f.ReplyWindow}
	e.Sound = &start
	d.reply(acted, f.ReplyWindow, now)
}

// finish ends what sounds. What nobody heard counts as the horn's fault.
func (d *Device) finish(reason Reason, now time.Time, e *Effects) {
	if reason == ReasonNone && d.contacts.Unheard {
		reason = ReasonFault
	}
	ended := *d.sounding
	d.sounding = nil
	e.Silence = true
	d.settle(ended.Frame, OutcomeDone, reason)
	d.store(now, e)
	if acted, known := d.acted(ended.Frame); known {
		d.reply(acted, ended.window, now)
	}
}

// remember takes the frame into the memory and has it stored.
func (d *Device) remember(a Acted, now time.Time, e *Effects) {
	d.memory.Counters[a.Frame.Key] = Mark{a.Frame.Epoch, a.Frame.Counter}
	d.memory.Acted = append(d.memory.Acted, a)
	if over := len(d.memory.Acted) - remembered; over > 0 {
		d.memory.Acted = slices.Delete(d.memory.Acted, 0, over)
	}
	d.store(now, e)
}

// store has what must not be forgotten made durable. The time goes with it, for
// a device that restarts without a clock.
func (d *Device) store(now time.Time, e *Effects) {
	d.memory.Clock = d.clock.told(now)
	memory := d.memory.clone()
	e.Store = &memory
}

func (d *Device) settle(id FrameID, outcome Outcome, reason Reason) {
	for i := range d.memory.Acted {
		if a := &d.memory.Acted[i]; a.Frame == id {
			a.Outcome, a.Reason = outcome, reason
		}
	}
}

func (d *Device) acted(id FrameID) (Acted, bool) {
	i := slices.IndexFunc(d.memory.Acted, func(a Acted) bool { return a.Frame == id })
	if i < 0 {
		return Acted{}, false
	}
	return d.memory.Acted[i], true
}

// reply queues an acknowledgement at this device's place in the window.
func (d *Device) reply(a Acted, window time.Duration, now time.Time) {
	if slices.ContainsFunc(d.replies, func(r reply) bool {
		return r.Frame == a.Frame && r.Outcome == a.Outcome && r.Reason == a.Reason
	}) {
		return
	}
	d.replies = append(d.replies, reply{now.Add(d.place(a.Frame, window)), a, AnswerAck})
}

// place is the device's own moment in a reply window, the same every time for
// one frame and spread evenly over the fleet.
func (d *Device) place(id FrameID, window time.Duration) time.Duration {
	if window <= 0 {
		return 0
	}
	// The finalizer of MurmurHash3: every bit of number and counter moves every bit of the place.
	h := uint64(d.config.Number)<<32 ^ id.Counter
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return time.Duration((h ^ h>>33) % uint64(window))
}

// speak sends the replies that are due, and the heartbeat.
func (d *Device) speak(now time.Time, e *Effects) {
	var later []reply
	for _, r := range d.replies {
		if r.due.After(now) {
			later = append(later, r)
			continue
		}
		d.say(r.kind, r.Acted, now, e)
	}
	d.replies = later
	d.watch(now, e)
	if d.connected && !now.Before(d.heartbeat) {
		d.say(AnswerState, Acted{}, now, e)
	}
}

// say signs an answer. A device that cannot sign stays silent, which its
// authority sees; it still obeys.
func (d *Device) say(kind AnswerKind, about Acted, now time.Time, e *Effects) {
	if !d.connected {
		return
	}
	if kind == AnswerState || kind == AnswerHello {
		d.heartbeat = now.Add(HeartbeatInterval)
		if n := len(d.memory.Acted); n > 0 {
			about = d.memory.Acted[n-1]
		}
	}
	a := Answer{
		Kind: kind, Number: d.config.Number, Time: d.Time(now),
		Condition: d.contacts.condition(d.sounding != nil), Contacts: d.contacts,
		Keyset: d.trust.Keyset.Version,
		Frame:  about.Frame, Outcome: about.Outcome, Reason: about.Reason,
	}
	if d.sounding != nil {
		a.Signal, a.Remaining = d.sounding.Signal.Number, d.sounding.Until.Sub(now)
	}
	if kind == AnswerHello {
		a.Challenge = d.clock.challenge
	}
	if b, err := a.Sign(d.config.Signer); err == nil {
		e.Send = append(e.Send, Saying{kind, b})
	}
}

func (d *Device) wake(now time.Time) time.Time {
	var wake time.Time
	at := func(t time.Time) {
		if !t.IsZero() && (wake.IsZero() || t.Before(wake)) {
			wake = t
		}
	}
	if d.sounding != nil {
		at(d.sounding.Until)
	}
	for _, r := range d.replies {
		at(r.due)
	}
	if d.connected {
		at(d.heartbeat)
		at(d.clock.wake(now, d.config.OneWay))
	}
	return wake
}
