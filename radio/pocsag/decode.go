// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pocsag

import (
	"math/bits"
	"strings"
	"unicode"
)

// Received is a call as it was heard.
type Received struct {
	Address  uint32
	Function Function
	// Words is the number of message codewords; without any the call is tone-only.
	Words int
	// Numeric and Alphanumeric are the message read in both ways, because nothing
	// on the air tells which is meant. What was lost reads U+FFFD.
	Numeric, Alphanumeric string
	Corrected             int  // bits that were wrong and could be repaired
	Lost                  int  // message codewords that could not
	Inverted              bool // the bits came inverted
	Bit                   int  // of the address codeword's beginning, from 0
}

// Kind guesses which reading is meant. Digits can be read as letters as well, so
// whoever knows the receiver's programming knows better.
func (r Received) Kind() Kind {
	if r.Words == 0 {
		return ToneOnly
	}
	score := func(text string, odd func(rune) bool) float64 {
		total, wrong := 0, 0
		for _, c := range text {
			total++
			if odd(c) {
				wrong++
			}
		}
		if total == 0 {
			return 0
		}
		return float64(wrong) / float64(total)
	}
	letters := score(r.Alphanumeric, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune(" .,:;-/!?()+\n\r", c)
	})
	digits := score(r.Numeric, func(c rune) bool { return c < '0' || c > '9' })
	if r.Alphanumeric == "" || digits < letters {
		return Numeric
	}
	return Alphanumeric
}

// Message is the reading that [Received.Kind] guesses.
func (r Received) Message() string {
	switch r.Kind() {
	case Numeric:
		return r.Numeric
	case Alphanumeric:
		return r.Alphanumeric
	}
	return ""
}

// Decode reads the calls in a stream of bits. It takes both polarities, repairs
// up to two wrong bits in a codeword and finds batches in any noise: a batch counts
// only if its codewords are a thousand times likelier in a call than in noise.
func Decode(stream []bool, set Charset) []Received {
	d := decoder{set: set}
	for _, bit := range stream {
		d.push(bit)
	}
	return d.finish()
}

const (
	syncTolerance = 2 // wrong bits in a synchronisation codeword, to begin with
	heldTolerance = 4 // and where one is due
)

// evidence is how much likelier a codeword with so many wrong bits is in a call than
// in noise, as a power of two. Of random words one in 2048 is whole, one in 64 has one
// wrong bit at most, one in 4 can be repaired.
var evidence = [...]int{11, 6, 2}

const (
	lostEvidence   = -3
	enoughEvidence = 10
)

// decoder takes bits one by one. Its memory is bounded by one batch and the
// calls found so far.
type decoder struct {
	set      Charset
	n        int    // bits taken
	shift    uint32 // the last 32, as they came
	locked   bool
	inverted bool
	due      int // bits until the next codeword is complete
	batch    []Codeword
	open     *call
	found    []Received
}

// call is a call whose message may go on.
type call struct {
	Received
	words []Codeword
	lost  []bool
}

func (d *decoder) push(bit bool) {
	d.n++
	d.shift <<= 1
	if bit {
		d.shift |= 1
	}
	if !d.locked {
		d.hunt()
		return
	}
	if d.due--; d.due > 0 {
		return
	}
	d.due = wordBits
	word := d.shift
	if d.inverted {
		word = ^word
	}
	if len(d.batch) < batchWords {
		d.batch = append(d.batch, Codeword(word))
		return
	}
	d.settle(d.n - wordBits)
	if bits.OnesCount32(word^uint32(Sync)) > heldTolerance {
		d.close()
		d.locked = false
		d.hunt()
	}
}

// hunt looks for a synchronisation codeword in either polarity.
func (d *decoder) hunt() {
	if d.n < wordBits {
		return
	}
	wrong := bits.OnesCount32(d.shift ^ uint32(Sync))
	d.inverted = wrong > wordBits/2
	if d.inverted {
		wrong = wordBits - wrong
	}
	if wrong <= syncTolerance {
		d.locked, d.due, d.batch = true, wordBits, d.batch[:0]
	}
}

func (d *decoder) finish() []Received {
	if d.locked {
		d.settle(d.n - (wordBits - d.due))
	}
	d.close()
	return d.found
}

// settle reads a batch, or what there is of it. It ended before the bit end.
func (d *decoder) settle(end int) {
	defer func() { d.batch = d.batch[:0] }()
	told := 0
	for _, w := range d.batch {
		if _, wrong, ok := w.Correct(); ok {
			told += evidence[wrong]
		} else {
			told += lostEvidence
		}
	}
	if told < enoughEvidence {
		d.close()
		return
	}
	for i, w := range d.batch {
		right, wrong, ok := w.Correct()
		switch {
		case ok && right == Idle:
			d.close()
		case ok && !right.message():
			d.close()
			d.open = &call{Received: Received{
				Address:   right.data()>>2<<3 | uint32(i/frameWords),
				Function:  Function(right.data() & 3),
				Corrected: wrong,
				Inverted:  d.inverted,
				Bit:       end - (len(d.batch)-i)*wordBits,
			}}
		case d.open != nil:
			d.open.words = append(d.open.words, right)
			d.open.lost = append(d.open.lost, !ok)
			d.open.Corrected += wrong
		}
	}
}

// close ends the message of the open call.
func (d *decoder) close() {
	if d.open == nil {
		return
	}
	r := d.open.Received
	for _, lost := range d.open.lost {
		if lost {
			r.Lost++
		}
	}
	r.Words = len(d.open.words)
	r.Numeric = d.open.read(4, func(code byte) rune { return rune(numeric[code]) })
	r.Numeric = strings.TrimRight(r.Numeric, " ")
	r.Alphanumeric = d.open.read(7, d.set.character)
	r.Alphanumeric = strings.TrimRight(r.Alphanumeric, "␀")
	d.found = append(d.found, r)
	d.open = nil
}

// read cuts the message into characters of a width, lowest bit first. Bits at the
// end that make no whole character are left out.
func (c *call) read(width int, character func(byte) rune) string {
	var out strings.Builder
	var code byte
	var have int
	var damaged bool
	for i, w := range c.words {
		for bit := 19; bit >= 0; bit-- {
			code |= byte(w.data()>>bit&1) << have
			damaged = damaged || c.lost[i]
			if have++; have < width {
				continue
			}
			if damaged {
				out.WriteRune(unicode.ReplacementChar)
			} else {
				out.WriteRune(character(code))
			}
			code, have, damaged = 0, 0, false
		}
	}
	return out.String()
}
