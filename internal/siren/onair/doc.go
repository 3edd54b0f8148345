// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package onair listens. Receivers have multimon-ng decode what is on the air;
// the guard holds what they hear, and what sirens say of themselves, against what
// this node sent: our own calls are confirmed, and an alarm with nothing of ours
// behind it is raised as a rogue alarm.
package onair

import (
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Hearing is a call that a receiver heard.
type Hearing struct {
	Receiver string
	// Call has the kind, the address and, where it can be heard, the command.
	Call siren.Call
	At   time.Time
}

// Lengths of what is read of a line.
const (
	leastTones  = 5
	mostTones   = 8
	repeatTone  = 'E'
	pocsagMark  = "POCSAG"
	addressMark = "Address:"
	letterMark  = "Function:"
)

// ParseLine reads a line of multimon-ng (1.2.0), such as
//
//	POCSAG1200: Address: 1234567  Function: 2
//	ZVEI1: 2E4E6
//
// ok is false for lines that name no call. What follows a POCSAG call's function
// is its message, which anyone can choose: nothing is read from there.
func ParseLine(line string) (call siren.Call, ok bool) {
	name, rest, found := strings.Cut(line, ":")
	if !found || name == "" || strings.ContainsAny(name, " \t") {
		return siren.Call{}, false
	}
	if strings.HasPrefix(name, pocsagMark) {
		fields := strings.Fields(rest)
		if len(fields) < 4 || fields[0] != addressMark || fields[2] != letterMark {
			return siren.Call{}, false
		}
		address, function := fields[1], fields[3]
		if len(address) > 7 || strings.Trim(address, "0123456789") != "" || len(function) != 1 || function[0] < '0' || function[0] > '3' {
			return siren.Call{}, false
		}
		return siren.Call{Kind: siren.PathPOCSAG, Address: address, Command: string('A' + rune(function[0]-'0'))}, true
	}
	tones := strings.TrimSpace(rest)
	if len(tones) < leastTones || len(tones) > mostTones || tones[0] == repeatTone || strings.Trim(tones, "0123456789ABCDEF") != "" {
		return siren.Call{}, false
	}
	digits := []byte(tones)
	for i, tone := range digits {
		if tone == repeatTone {
			digits[i] = digits[i-1]
		}
	}
	return siren.Call{Kind: siren.PathTones, Address: string(digits)}, true
}
