// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import "fmt"

// Outcome is what became of a frame at one device.
type Outcome uint8

// The outcomes.
const (
	OutcomeNone     Outcome = 0
	OutcomeAccepted Outcome = 1 // acting on it: the siren sounds
	OutcomeDone     Outcome = 2 // nothing more will come; the reason says if it was cut short
	OutcomeRefused  Outcome = 3 // not acted on; the reason says why
)

// String is the outcome's name.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("outcome %d", uint8(o))
}

var outcomeNames = [...]string{"none", "accepted", "done", "refused"}

// Reason says why a device did not act on a frame, or not to the end.
type Reason uint8

// The reasons for a refusal, then those for an early end.
const (
	ReasonNone         Reason = 0
	ReasonBadSignature Reason = 1  // the signature does not fit the key
	ReasonUnknownKey   Reason = 2  // the device does not obey this key
	ReasonEpoch        Reason = 3  // the key is valid in another epoch
	ReasonNotAllowed   Reason = 4  // the key may not command this, or not here
	ReasonExpired      Reason = 5  // too late by the device's clock
	ReasonEarly        Reason = 6  // too early by the device's clock
	ReasonOlder        Reason = 7  // a newer frame of the key was acted on already
	ReasonSignal       Reason = 8  // the device has no such signal
	ReasonTooLong      Reason = 9  // the signal is over the device's limit
	ReasonTooOften     Reason = 10 // too many starts in a short time
	ReasonBusy         Reason = 11 // a test while an alarm sounds
	ReasonFault        Reason = 12 // horn, motor or amplifier broken
	ReasonPower        Reason = 13 // neither mains nor battery
	ReasonOff          Reason = 14 // switched off at the site
	ReasonStorage      Reason = 15 // the counter could not be stored
	ReasonStopped      Reason = 16 // ended by a stop frame
	ReasonSuperseded   Reason = 17 // ended by a newer frame
	ReasonInterrupted  Reason = 18 // the device restarted while it sounded
	ReasonSecond       Reason = 19 // the target is wide, and no second key with that right signed
	ReasonNoBeacon     Reason = 20 // no fresh beacon, so the frame may be one held back
	ReasonAllStop      Reason = 21 // stopped at the site
	// The reasons for a root or keyset that is not taken.
	ReasonKeysetOlder      Reason = 22 // older than the one held
	ReasonKeysetSignatures Reason = 23 // not enough signatures of the root
	ReasonKeysetRoot       Reason = 24 // of a root that the device does not hold
)

var reasonKeys = [...]string{
	ReasonNone:         "",
	ReasonBadSignature: "reason.bad-signature",
	ReasonUnknownKey:   "reason.unknown-key",
	ReasonEpoch:        "reason.wrong-epoch",
	ReasonNotAllowed:   "siren.reason.not-allowed",
	ReasonExpired:      "reason.expired",
	ReasonEarly:        "reason.not-yet-valid",
	ReasonOlder:        "reason.replayed",
	ReasonSignal:       "reason.unknown-signal",
	ReasonTooLong:      "siren.reason.too-long",
	ReasonTooOften:     "siren.reason.too-often",
	ReasonBusy:         "reason.busy",
	ReasonFault:        "reason.fault",
	ReasonPower:        "reason.no-power",
	ReasonOff:          "reason.switched-off",
	ReasonStorage:      "siren.reason.storage",
	ReasonStopped:      "siren.reason.stopped",
	ReasonSuperseded:   "reason.superseded",
	ReasonInterrupted:  "siren.reason.interrupted",
	ReasonSecond:       "siren.reason.second",
	ReasonNoBeacon:     "siren.reason.no-beacon",
	ReasonAllStop:      "siren.reason.all-stop",

	ReasonKeysetOlder:      "siren.reason.keyset-older",
	ReasonKeysetSignatures: "siren.reason.keyset-signatures",
	ReasonKeysetRoot:       "siren.reason.keyset-root",
}

// Key is the catalogue key of the reason, empty for ReasonNone.
func (r Reason) Key() string {
	if int(r) < len(reasonKeys) {
		return reasonKeys[r]
	}
	return "siren.reason.unknown"
}

// Contacts is what a device senses about itself. The zero value is a sound
// device with nothing to report.
type Contacts struct {
	MainsFailed   bool
	BatteryFailed bool
	HornFault     bool // horn, motor or amplifier broken
	Tamper        bool // the cabinet was opened
	Off           bool // switched off at the site
	Local         bool // someone sounds it at the site
	StorageFault  bool // the counter could not be stored last time
	Overheated    bool // warmer than its set-up allows
	// Unheard is a horn that was told to sound and that its monitor does not hear.
	// The monitor may be wrong, so nothing is refused or cut short for it. On the
	// wire it is HornFault.
	Unheard bool
	// Rogue is a horn that sounds although neither a frame nor a hand asked for it.
	// On the wire it is a siren that is triggered with no signal and not Local.
	Rogue bool
	// Busy is a device that does something else, such as being serviced, and
	// refuses commands meanwhile.
	Busy bool
	// AllStop is the switch at the site that ends whatever sounds. Nothing sounds
	// while it is closed.
	AllStop bool
	// NoBeacon and KeysetExpired are the device's own knowledge; what a shell says
	// of them does not count.
	NoBeacon      bool
	KeysetExpired bool
}

// contactBits is how many contacts are on the wire.
const contactBits = 12

// bits is the form of the contacts on the wire.
func (c Contacts) bits() (b uint16) {
	for i, set := range [...]bool{
		c.MainsFailed, c.BatteryFailed, c.HornFault || c.Unheard, c.Tamper, c.Off, c.Local, c.StorageFault, c.Overheated,
		c.Busy, c.AllStop, c.NoBeacon, c.KeysetExpired,
	} {
		if set {
			b |= 1 << i
		}
	}
	return b
}

func contactsOf(b uint16) Contacts {
	bit := func(i int) bool { return b>>i&1 == 1 }
	return Contacts{
		MainsFailed: bit(0), BatteryFailed: bit(1), HornFault: bit(2), Tamper: bit(3),
		Off: bit(4), Local: bit(5), StorageFault: bit(6), Overheated: bit(7),
		Busy: bit(8), AllStop: bit(9), NoBeacon: bit(10), KeysetExpired: bit(11),
	}
}

// refusal is why a device with these contacts cannot sound. An open cabinet is
// no reason: a warning is worth more than the suspicion.
func (c Contacts) refusal() Reason {
	switch {
	case c.AllStop:
		return ReasonAllStop
	case c.Off:
		return ReasonOff
	case c.HornFault:
		return ReasonFault
	case c.MainsFailed && c.BatteryFailed:
		return ReasonPower
	default:
		return ReasonNone
	}
}

// condition is the state of the device in one word.
func (c Contacts) condition(sounding bool) Condition {
	switch {
	case sounding || c.Local || c.Rogue:
		return ConditionTriggered
	case c.Off || c.AllStop:
		return ConditionOff
	case c.Busy:
		return ConditionBusy
	case c.refusal() != ReasonNone || c.StorageFault || c.Unheard || c.NoBeacon:
		return ConditionFault
	case c.Tamper:
		return ConditionSabotage
	default:
		return ConditionReady
	}
}

// The catalogue keys of troubles in State.Detail.
const (
	DetailOff       = "siren.detail.off"
	DetailHorn      = "siren.detail.horn"
	DetailPower     = "siren.detail.power"
	DetailStorage   = "siren.detail.storage"
	DetailSabotage  = "siren.detail.sabotage"
	DetailLocal     = "siren.detail.local"
	DetailRogue     = "siren.detail.rogue"
	DetailHot       = "siren.detail.hot"
	DetailMains     = "siren.detail.mains"
	DetailBattery   = "siren.detail.battery"
	DetailClock     = "siren.detail.clock"
	DetailForged    = "siren.detail.forged"
	DetailOffline   = "siren.detail.offline"
	DetailSilent    = "siren.detail.silent"
	DetailSignature = "siren.detail.signature"
	DetailTest      = "siren.detail.test"
	DetailAllStop   = "siren.detail.all-stop"
	DetailBusy      = "siren.detail.busy"
	DetailNoBeacon  = "siren.detail.no-beacon"
	DetailKeyset    = "siren.detail.keyset-expired"
)

// Detail is the catalogue key of the gravest trouble that the contacts tell, empty for none.
func (c Contacts) Detail() string {
	for _, d := range [...]struct {
		set bool
		key string
	}{
		{c.Rogue, DetailRogue},
		{c.Local, DetailLocal},
		{c.AllStop, DetailAllStop},
		{c.Off, DetailOff},
		{c.Busy, DetailBusy},
		{c.HornFault || c.Unheard, DetailHorn},
		{c.MainsFailed && c.BatteryFailed, DetailPower},
		{c.StorageFault, DetailStorage},
		{c.Tamper, DetailSabotage},
		{c.NoBeacon, DetailNoBeacon},
		{c.MainsFailed, DetailMains},
		{c.BatteryFailed, DetailBattery},
		{c.Overheated, DetailHot},
		{c.KeysetExpired, DetailKeyset},
	} {
		if d.set {
			return d.key
		}
	}
	return ""
}
