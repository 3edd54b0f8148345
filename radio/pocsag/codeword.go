// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pocsag

import "math/bits"

// Codeword is 32 bits, sent from the highest: a flag (0 address, 1 message), 20
// bits of data, 10 check bits of a BCH(31,21) code and one bit of even parity
// (M.584-2, annex 1, 1.3 and 1.4).
type Codeword uint32

// Codewords of their own meaning.
const (
	Sync Codeword = 0x7CD215D8 // begins every batch
	Idle Codeword = 0x7A89C197 // fills what is not used
)

const (
	messageFlag = 1 << 31
	// generator is x^10 + x^9 + x^8 + x^6 + x^5 + x^3 + 1.
	generator = 0b111_0110_1001
	checkBits = 10
	dataMask  = 1<<20 - 1
)

// encode adds check bits and parity to the upper 21 bits.
func encode(data uint32) Codeword {
	word := data<<11 | syndrome(data<<10)<<1
	return Codeword(word | uint32(bits.OnesCount32(word)&1))
}

// syndrome divides 31 bits by the generator and gives the rest, 0 for a codeword.
func syndrome(word uint32) uint32 {
	for i := 30; i >= checkBits; i-- {
		if word&(1<<i) != 0 {
			word ^= generator << (i - checkBits)
		}
	}
	return word
}

// patterns holds, for each syndrome, the one or two wrong bits that cause it; 0
// where more than two are wrong. The code's least distance of 5 makes them unique.
var patterns = func() (table [1 << checkBits]uint32) {
	for i := range 31 {
		table[syndrome(1<<i)] = 1 << i
		for j := range i {
			table[syndrome(1<<i|1<<j)] = 1<<i | 1<<j
		}
	}
	return table
}()

// Correct repairs up to two wrong bits and says how many there were. With three
// or more, ok is false in most cases and the word comes back as it was.
func (w Codeword) Correct() (right Codeword, wrong int, ok bool) {
	upper := uint32(w) >> 1
	s := syndrome(upper)
	pattern := patterns[s]
	if s != 0 && pattern == 0 {
		return w, 0, false
	}
	word := (upper ^ pattern) << 1
	word |= uint32(bits.OnesCount32(word) & 1)
	wrong = bits.OnesCount32(word ^ uint32(w))
	if wrong > 2 {
		return w, 0, false
	}
	return Codeword(word), wrong, true
}

func (w Codeword) message() bool { return w&messageFlag != 0 }

// data is the 20 bits that a codeword carries.
func (w Codeword) data() uint32 { return uint32(w) >> 11 & dataMask }

// address makes the codeword that begins a call. It holds the upper 18 bits of
// the address; the frame stands for the lower three.
func address(ric uint32, f Function) Codeword { return encode(ric>>3<<2 | uint32(f)) }

// message makes a codeword of 20 bits of a message.
func message(data uint32) Codeword { return encode(1<<20 | data) }
