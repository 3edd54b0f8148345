// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tetra

import (
	"encoding/binary"
	"fmt"
)

// SirenStatus is a status message of a siren's controller: its states of
// operation and the outcome of triggers, as German control rooms read them.
type SirenStatus uint16

// The statuses, 57344 to 57359.
const (
	Triggered SirenStatus = 0xE000 + iota
	NotTriggered
	BusyStored   // busy; the trigger is kept
	BusyRejected // busy; the trigger is lost
	Ready
	Fault
	Off // for the time being
	Sabotage
	MainsFault
	BatteryFault
	Overheated
	SabotageOver
	MainsRestored
	BatteryRestored
	CooledDown
	ManualTrigger
)

var sirenStatuses = [...]string{
	"triggered", "not-triggered", "busy-stored", "busy-rejected", "ready", "fault", "off", "sabotage",
	"mains-fault", "battery-fault", "overheated", "sabotage-over", "mains-restored", "battery-restored", "cooled-down", "manual-trigger",
}

// Known says whether the number is one of the statuses.
func (s SirenStatus) Known() bool { return s >= Triggered && s <= ManualTrigger }

// String is the status's stable name.
func (s SirenStatus) String() string {
	if !s.Known() {
		return fmt.Sprintf("status-%d", uint16(s))
	}
	return sirenStatuses[s-Triggered]
}

// Message makes the command that sends the status.
func (s SirenStatus) Message(to Identity) Send {
	return Send{To: to, Bits: 16, Data: binary.BigEndian.AppendUint16(nil, uint16(s))}
}

// ReadStatus gives the number in a status message.
func ReadStatus(m Message) (SirenStatus, error) {
	if m.Service != Status || len(m.Data) != 2 {
		return 0, fmt.Errorf("a message of service %d with %d octets is no status", m.Service, len(m.Data))
	}
	return SirenStatus(binary.BigEndian.Uint16(m.Data)), nil
}
