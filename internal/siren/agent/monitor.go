// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// monitor compares what the horn was told with what is heard. It is pure.
type monitor struct {
	heardWithin, coast time.Duration
	// began is when the agent started: a motor may still run down from before.
	began time.Time

	heard   time.Time // when the horn was last heard
	manual  time.Time // when somebody last sounded it by hand
	unheard bool
}

// judge takes what the inputs and the horn say now. Without a horn input nothing
// is ever unheard but what the horn itself failed to do, and nothing rogue.
func (m *monitor) judge(inputs map[string]reading, h hornState, now time.Time) (unheard, rogue bool) {
	in := inputs[inputHorn]
	works := in.Known && in.Error == ""
	sounds := works && in.On
	if inputs[inputManual].On {
		m.manual = now
	}
	if sounds {
		m.heard = now
		if h.Audible {
			m.unheard = false
		}
	}
	if works && h.Audible && now.Sub(later(h.Since, m.heard)) >= m.heardWithin {
		m.unheard = true
	}
	allowed := later(m.began, later(m.manual, h.Off))
	return m.unheard || h.Failure != nil, sounds && now.Sub(allowed) > m.coast
}

// contacts is what the inputs say in the words of the device rules.
func contacts(inputs map[string]reading) siren.Contacts {
	on := func(name string) bool { return inputs[name].On }
	absent := func(name string) bool { r := inputs[name]; return r.Known && !r.On }
	return siren.Contacts{
		MainsFailed: absent(inputMains), BatteryFailed: absent(inputBattery), HornFault: on(inputFault),
		Tamper: on(inputDoor) || inputs[inputDoor].Error != "", AllStop: on(inputStop), Local: on(inputManual),
		Overheated: on(inputTemperature),
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
