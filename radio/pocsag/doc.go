// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package pocsag writes and reads POCSAG, the paging code of Recommendation
// ITU-R M.584-2, annex 1, by which many sirens and pagers are called.
//
// [Encode] puts calls into one transmission and says how long it will be on the
// air; [Modulation] makes sound of it, as a transmitter's data input takes it and
// a receiver's discriminator gives it back. [Decode] and [Demodulate] read bits
// and sound, to check what went out.
//
// Nothing in POCSAG says who sent a call, and whoever has heard one can send it
// again.
package pocsag

import "fmt"

// MaxAddress is the highest address, also called radio identity code (RIC).
const MaxAddress = 1<<21 - 1

// Function is one of the four alerts that a call can ask for. What each means is
// agreed locally: at one place A to D are trial, fire, warning and all-clear.
type Function uint8

// The functions, in the order of their bits (M.584-2, annex 1, 1.3.2).
const (
	A Function = iota
	B
	C
	D
)

// String gives the letter.
func (f Function) String() string {
	if f > D {
		return fmt.Sprintf("Function(%d)", uint8(f))
	}
	return string('A' + rune(f))
}

// ParseFunction reads a letter, A to D.
func ParseFunction(s string) (Function, error) {
	if len(s) != 1 || s[0] < 'A' || s[0] > 'D' {
		return 0, fmt.Errorf("function %q: it must be A, B, C or D", s)
	}
	return Function(s[0] - 'A'), nil
}

// Kind says how a message is written in bits. Nothing on the air tells kinds
// apart; a pager knows by its programming.
type Kind uint8

// The kinds.
const (
	ToneOnly     Kind = iota // no message
	Numeric                  // 4 bits a character (M.584-2, annex 1, 2.1)
	Alphanumeric             // 7 bits a character (2.2)
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case ToneOnly:
		return "tone-only"
	case Numeric:
		return "numeric"
	case Alphanumeric:
		return "alphanumeric"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Call is one call to one address.
type Call struct {
	Address  uint32 // 0 to MaxAddress
	Function Function
	Kind     Kind
	Message  string
	// Group marks an address that many receivers have. Group calls go first in a
	// transmission, so that one call reaches many before single calls take time.
	Group bool
}

// Baud is a transmission's speed in bits per second.
type Baud int

// The speeds (512 and 1200 in M.584-2; 2400 in use besides).
const (
	Baud512  Baud = 512
	Baud1200 Baud = 1200
	Baud2400 Baud = 2400
)

// Bauds lists the speeds.
func Bauds() []Baud { return []Baud{Baud512, Baud1200, Baud2400} }

func (b Baud) check() error {
	if b != Baud512 && b != Baud1200 && b != Baud2400 {
		return fmt.Errorf("%d baud: it must be 512, 1200 or 2400", int(b))
	}
	return nil
}
