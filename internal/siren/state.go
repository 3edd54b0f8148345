// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"slices"
	"time"
)

// minorDetails are troubles that say less than a wrong clock, which explains some of them.
var minorDetails = []string{"", DetailMains, DetailBattery, DetailNoBeacon, DetailHot, DetailKeyset}

// The limits by which the node judges what devices say.
const (
	// ClockTolerance is how far a device's clock may be ahead before the siren
	// counts as faulty: it will take frames for expired. A clock that is behind is
	// put right by the next beacon.
	ClockTolerance = time.Minute
	// SilenceLimit is how long a device may say nothing before it counts as offline.
	SilenceLimit = 3*HeartbeatInterval + time.Minute
)

// Hear is the state after the siren said a, at the node's time at.
func (s State) Hear(a Answer, signals Signals, at time.Time) State {
	before := s.Condition
	s.Condition = a.Condition
	s.Mains, s.Battery = !a.Contacts.MainsFailed, !a.Contacts.BatteryFailed
	s.Overheated, s.Manual, s.Keyset = a.Contacts.Overheated, a.Contacts.Local, a.Keyset
	s.ClockOffset = a.Time.Sub(at).Round(time.Millisecond)
	s.Detail = a.Contacts.Detail()
	if s.ClockOffset > ClockTolerance && slices.Contains(minorDetails, s.Detail) {
		s.Detail = DetailClock
		if s.Condition == ConditionReady {
			s.Condition = ConditionFault
		}
	}
	if a.Kind == AnswerKeyset {
		s.Detail = a.Reason.Key()
	} else if a.Outcome == OutcomeRefused && (a.Reason == ReasonBadSignature || a.Reason == ReasonUnknownKey) {
		s.Detail = DetailForged
	} else if a.Outcome == OutcomeAccepted || a.Outcome == OutcomeDone {
		s.Frame = a.Frame.String()
	}
	s.SoundingUntil = time.Time{}
	if signal, sounding := signals.Numbered(a.Signal); sounding {
		s.Signal, s.SoundingUntil = signal.Name, at.Add(a.Remaining)
	}
	if s.Condition != before {
		s.Since = at
	}
	s.LastContact = at
	return s
}

// Lost is the state after the connection ended or went silent, which detail tells.
func (s State) Lost(detail string, at time.Time) State {
	if s.Condition == ConditionOffline {
		return s
	}
	s.Condition, s.Detail, s.Since, s.SoundingUntil = ConditionOffline, detail, at, time.Time{}
	return s
}
