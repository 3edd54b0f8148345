// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package radio

import (
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/radio/tetra"
)

// keyDelivered: the siren's radio got the call, which says nothing of the horn.
const keyDelivered = "siren.reason.delivered"

// hear takes a message from a siren: the network vouches for its address, nothing
// else does.
func (t *TETRA) hear(m tetra.Message, now time.Time) {
	s, known := t.sender(m.From)
	if !known {
		t.o.Log.Debug("a TETRA message from a stranger", "transmitter", t.o.Name, "from", string(m.From))
		return
	}
	news := siren.Progress{Siren: s.ID, Path: siren.PathTETRA, At: now.UTC()}
	if m.Service == tetra.SDS4 {
		pdu, err := tetra.ParsePDU(m.Data)
		if report, ok := pdu.(tetra.Report); err == nil && ok && report.Status.Delivered() {
			news.Status, news.Reason = siren.StatusWaiting, keyDelivered
			t.o.Report(news)
		}
		return
	}
	status, err := tetra.ReadStatus(m)
	if err != nil || !status.Known() {
		return
	}
	state := heard(t.o.Fleet.State(s.ID), status, now)
	t.o.Observe(state)
	news.State = state
	switch status {
	case tetra.Triggered:
		news.Status = siren.StatusSounding
	case tetra.NotTriggered:
		news.Status, news.Reason = siren.StatusRefused, route.KeyNotTriggered
	case tetra.BusyStored:
		news.Status, news.Reason = siren.StatusWaiting, siren.ReasonBusy.Key()
	case tetra.BusyRejected:
		news.Status, news.Reason = siren.StatusRefused, siren.ReasonBusy.Key()
	case tetra.Ready:
		news.Status = siren.StatusDone
	default:
		return
	}
	t.o.Report(news)
}

// sender finds the siren that has an address of its own.
func (t *TETRA) sender(from tetra.Identity) (siren.Siren, bool) {
	number := string(from)
	number = strings.TrimLeft(number[max(0, len(number)-8):], "0")
	if number == "" {
		return siren.Siren{}, false
	}
	for _, s := range t.o.Fleet.All() {
		for _, p := range s.Paths {
			ssi, _, _ := strings.Cut(p.Address, "/")
			if p.Kind == siren.PathTETRA && strings.TrimLeft(ssi, "0") == number {
				return s, true
			}
		}
	}
	return siren.Siren{}, false
}

// heard is the state of a siren after a status.
func heard(s siren.State, status tetra.SirenStatus, at time.Time) siren.State {
	before := s.Condition
	if before == siren.ConditionUnknown || before == siren.ConditionOffline {
		s.Mains, s.Battery = true, true // a siren says what fails, and when it is over
	}
	set := func(c siren.Condition, detail string) { s.Condition, s.Detail = c, detail }
	switch status {
	case tetra.Triggered:
		set(siren.ConditionTriggered, "")
	case tetra.ManualTrigger:
		set(siren.ConditionTriggered, siren.DetailLocal)
	case tetra.BusyStored, tetra.BusyRejected:
		set(siren.ConditionBusy, "")
	case tetra.Ready, tetra.SabotageOver, tetra.CooledDown:
		set(siren.ConditionReady, "")
	case tetra.Fault:
		set(siren.ConditionFault, siren.DetailHorn)
	case tetra.Overheated:
		set(siren.ConditionFault, siren.DetailHot)
	case tetra.Off:
		set(siren.ConditionOff, siren.DetailOff)
	case tetra.Sabotage:
		set(siren.ConditionSabotage, siren.DetailSabotage)
	case tetra.MainsFault, tetra.MainsRestored:
		s.Mains = status == tetra.MainsRestored
	case tetra.BatteryFault, tetra.BatteryRestored:
		s.Battery = status == tetra.BatteryRestored
	}
	if s.Condition == siren.ConditionUnknown || s.Condition == siren.ConditionOffline {
		s.Condition = siren.ConditionReady
	}
	if s.Condition == siren.ConditionReady {
		switch {
		case !s.Mains && !s.Battery:
			set(siren.ConditionFault, siren.DetailPower)
		case !s.Mains:
			s.Detail = siren.DetailMains
		case !s.Battery:
			s.Detail = siren.DetailBattery
		default:
			s.Detail = ""
		}
	}
	s.SoundingUntil = time.Time{}
	if s.Condition != before {
		s.Since = at
	}
	s.LastContact, s.Path = at, siren.PathTETRA
	return s
}
