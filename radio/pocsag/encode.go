// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pocsag

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Bounds of a transmission.
const (
	// MinPreamble is the least number of reversals before the first batch
	// (M.584-2, annex 1, 1.1).
	MinPreamble = 576
	// MaxPreamble bounds what is asked for: a minute at 512 baud.
	MaxPreamble = 30_720
	// MaxMessage is the length of a message in characters. Pagers hold fewer.
	MaxMessage = 2000
	// MaxCalls is how many calls one transmission holds.
	MaxCalls = 10_000
)

const (
	frames        = 8
	frameWords    = 2
	batchWords    = frames * frameWords // without the synchronisation codeword
	wordBits      = 32
	idleSubstance = 0x7A89C197 >> 11
	syncSubstance = 0x7CD215D8 >> 11
)

// Options say how calls are encoded. The zero value is right for Germany.
type Options struct {
	Charset Charset
	// Transliterate writes characters that the set lacks with those that it has,
	// as far as [Transliterate] knows how. Without it they are refused.
	Transliterate bool
	// Preamble is the number of reversals; 0 stands for MinPreamble.
	Preamble int
}

// Transmission is a preamble and batches of codewords.
type Transmission struct {
	preamble int
	words    []Codeword // batches without their synchronisation codewords
}

// Encode puts calls into one transmission: all group calls before all others,
// and among these each in the first free frame of its address, in the order
// given. An idle codeword or a call without message stands behind every message,
// so that a receiver that missed the next address does not run on.
//
// The error names the first call that cannot be sent; a character that cannot be
// encoded is a [CharacterError] in its chain.
func Encode(calls []Call, o Options) (*Transmission, error) {
	if o.Preamble == 0 {
		o.Preamble = MinPreamble
	}
	if o.Preamble < MinPreamble || o.Preamble > MaxPreamble {
		return nil, fmt.Errorf("preamble of %d bits: it must have %d to %d", o.Preamble, MinPreamble, MaxPreamble)
	}
	if len(calls) == 0 {
		return nil, errors.New("no calls: a transmission needs at least one")
	}
	if len(calls) > MaxCalls {
		return nil, fmt.Errorf("%d calls: a transmission holds at most %d", len(calls), MaxCalls)
	}
	var groups, singles queue
	for i, c := range calls {
		words, err := c.encode(o)
		if err != nil {
			return nil, fmt.Errorf("call %d to %07d: %w", i+1, c.Address, err)
		}
		into := &singles
		if c.Group {
			into = &groups
		}
		frame := c.Address % frames
		into.waiting[frame] = append(into.waiting[frame], words)
		into.count++
	}
	t := &Transmission{preamble: o.Preamble}
	t.schedule(&groups)
	t.schedule(&singles)
	for len(t.words)%batchWords != 0 || t.words[len(t.words)-1].message() {
		t.words = append(t.words, Idle)
	}
	return t, nil
}

// queue holds calls by their frames, each as its codewords.
type queue struct {
	waiting [frames][][]Codeword
	count   int
}

// schedule appends the calls of a queue, each where its frame comes next.
func (t *Transmission) schedule(q *queue) {
	for q.count > 0 {
		frame := len(t.words) / frameWords % frames
		if len(q.waiting[frame]) == 0 {
			t.words = append(t.words, Idle)
			continue
		}
		next := q.waiting[frame][0]
		if len(next) > 1 && len(t.words) > 0 && t.words[len(t.words)-1].message() {
			t.words = append(t.words, Idle)
			continue
		}
		t.words = append(t.words, next...)
		q.waiting[frame] = q.waiting[frame][1:]
		q.count--
	}
}

// encode gives the codewords of a call.
func (c Call) encode(o Options) ([]Codeword, error) {
	if c.Address > MaxAddress {
		return nil, fmt.Errorf("the address must be 0 to %d", MaxAddress)
	}
	if c.Function > D {
		return nil, errors.New("the function must be A, B, C or D")
	}
	switch c.Address>>3<<2 | uint32(c.Function) {
	case idleSubstance:
		return nil, fmt.Errorf("address %d with function %s is what stands for an empty codeword: choose another function or address", c.Address, c.Function)
	case syncSubstance:
		return nil, fmt.Errorf("address %d with function %s is what begins a batch: choose another function or address", c.Address, c.Function)
	}
	words := []Codeword{address(c.Address, c.Function)}
	if length := utf8.RuneCountInString(c.Message); length > MaxMessage {
		return nil, fmt.Errorf("the message has %d characters, more than %d", length, MaxMessage)
	}
	var stream []bool
	var err error
	switch c.Kind {
	case ToneOnly:
		if c.Message != "" {
			return nil, errors.New("a call without message has a message: make it numeric or alphanumeric")
		}
	case Numeric:
		stream, err = numericBits(c.Message)
	case Alphanumeric:
		text := c.Message
		if o.Transliterate {
			text = Transliterate(text, o.Charset)
		}
		stream, err = alphanumericBits(text, o.Charset)
	default:
		err = fmt.Errorf("kind %d: it must be tone-only, numeric or alphanumeric", c.Kind)
	}
	if err != nil {
		return nil, err
	}
	for ; len(stream) > 0; stream = stream[20:] {
		var data uint32
		for _, bit := range stream[:20] {
			data <<= 1
			if bit {
				data |= 1
			}
		}
		words = append(words, message(data))
	}
	return words, nil
}

// Batches is the number of batches.
func (t *Transmission) Batches() int { return len(t.words) / batchWords }

// Length is the number of bits: the preamble, and 544 for each batch.
func (t *Transmission) Length() int {
	return t.preamble + t.Batches()*(batchWords+1)*wordBits
}

// Airtime is how long the transmission takes at a speed, without the time that a
// transmitter needs to come up.
func (t *Transmission) Airtime(b Baud) time.Duration {
	return time.Duration(t.Length()) * time.Second / time.Duration(b)
}

// Bits gives the bits in the order in which they are sent.
func (t *Transmission) Bits() []bool {
	out := make([]bool, 0, t.Length())
	for i := range t.preamble {
		out = append(out, i%2 == 0)
	}
	for i, w := range t.words {
		if i%batchWords == 0 {
			out = highestFirst(out, Sync)
		}
		out = highestFirst(out, w)
	}
	return out
}

func highestFirst(out []bool, w Codeword) []bool {
	for i := wordBits - 1; i >= 0; i-- {
		out = append(out, w>>i&1 == 1)
	}
	return out
}
