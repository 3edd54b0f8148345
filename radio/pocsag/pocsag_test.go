// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pocsag

import (
	"errors"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSyncAndIdleAreCodewords(t *testing.T) {
	for _, w := range []Codeword{Sync, Idle} {
		if got := encode(uint32(w) >> 11); got != w {
			t.Errorf("the check bits of %08X make it %08X", uint32(w), uint32(got))
		}
	}
}

func TestCorrectRepairsTwoBitsAndRefusesThree(t *testing.T) {
	w := address(1234567, D)
	for i := range 32 {
		for j := range i + 1 {
			flipped := w ^ 1<<i
			if i != j {
				flipped ^= 1 << j
			}
			right, wrong, ok := flipped.Correct()
			if !ok || right != w || wrong != bits.OnesCount32(uint32(flipped^w)) {
				t.Fatalf("bits %d and %d: %08X, %d, %v", i, j, uint32(right), wrong, ok)
			}
			for k := range j {
				if three := flipped ^ 1<<k; i != j {
					if _, _, ok := three.Correct(); ok {
						t.Fatalf("bits %d, %d and %d were taken for a codeword", i, j, k)
					}
				}
			}
		}
	}
}

// drawCall draws a call that can be sent.
func drawCall(t *rapid.T) Call {
	letters := []rune(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ^_`abcdefghijklmnopqrstuvwxyzäöüß\n")
	c := Call{
		Address:  rapid.Uint32Range(0, MaxAddress).Draw(t, "address"),
		Function: Function(rapid.IntRange(0, 3).Draw(t, "function")),
		Kind:     Kind(rapid.IntRange(0, 2).Draw(t, "kind")),
		Group:    rapid.Bool().Draw(t, "group"),
	}
	switch c.Kind {
	case Numeric:
		c.Message = strings.TrimRight(rapid.StringOfN(rapid.RuneFrom([]rune(numeric)), 1, 30, -1).Draw(t, "digits"), " ")
	case Alphanumeric:
		c.Message = rapid.StringOfN(rapid.RuneFrom(letters), 1, 100, -1).Draw(t, "text")
	}
	if substance := c.Address>>3<<2 | uint32(c.Function); substance == idleSubstance || substance == syncSubstance {
		c.Function ^= 1
	}
	return c
}

// said is what of a call can be heard.
func said(c Call) string {
	kind := c.Kind
	if c.Message == "" {
		kind = ToneOnly
	}
	return kind.String() + " " + c.Function.String() + " " + c.Message
}

func heard(r Received, c Call) string {
	got := Call{Function: r.Function, Kind: c.Kind}
	if (r.Words == 0) != (c.Message == "") {
		return "another kind"
	}
	switch c.Kind {
	case Numeric:
		got.Message = r.Numeric
	case Alphanumeric:
		got.Message = r.Alphanumeric
	}
	return said(got)
}

// same wants the calls received to be those sent, in any order.
func same(t interface{ Fatalf(string, ...any) }, calls []Call, received []Received) {
	rest := slices.Clone(received)
	for _, c := range calls {
		i := slices.IndexFunc(rest, func(r Received) bool { return r.Address == c.Address && heard(r, c) == said(c) })
		if i < 0 {
			t.Fatalf("call to %d %q was not received, of %+v", c.Address, said(c), rest)
		}
		rest = slices.Delete(rest, i, i+1)
	}
	if len(rest) > 0 {
		t.Fatalf("calls were received that nobody sent: %+v", rest)
	}
}

func TestDecodeIsTheInverseOfEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		calls := rapid.SliceOfN(rapid.Custom(drawCall), 1, 20).Draw(t, "calls")
		sent, err := Encode(calls, Options{})
		if err != nil {
			t.Fatal(err)
		}
		stream := sent.Bits()
		if len(stream) != sent.Length() {
			t.Fatalf("%d bits, announced %d", len(stream), sent.Length())
		}
		// Up to two bits of every codeword may be wrong, and everything inverted.
		wrong := rapid.SliceOfN(rapid.IntRange(0, 31), 2, 2).Draw(t, "wrong")
		for at := MinPreamble; at < len(stream); at += wordBits {
			for _, bit := range wrong {
				stream[at+bit] = !stream[at+bit]
			}
		}
		inverted := rapid.Bool().Draw(t, "inverted")
		for i := range stream {
			stream[i] = stream[i] != inverted
		}
		received := Decode(stream, German)
		same(t, calls, received)
		for _, r := range received {
			if r.Inverted != inverted {
				t.Fatalf("inverted %v, heard %v", inverted, r.Inverted)
			}
		}
	})
}

func TestEveryCallBeginsInItsFrameAndGroupsGoFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		calls := rapid.SliceOfN(rapid.Custom(drawCall), 1, 30).Draw(t, "calls")
		sent, err := Encode(calls, Options{})
		if err != nil {
			t.Fatal(err)
		}
		group := map[uint32]bool{}
		for _, c := range calls {
			group[c.Address] = group[c.Address] || c.Group
		}
		singles, ended := 0, true
		for i, w := range sent.words {
			if w.message() {
				ended = false
				continue
			}
			if w == Idle {
				ended = true
				continue
			}
			ric := w.data()>>2<<3 | uint32(i/2%8)
			if _, ok := group[ric]; !ok {
				t.Fatalf("codeword %d calls %d, which nobody asked for", i, ric)
			}
			if next := i + 1; !ended && next < len(sent.words) && sent.words[next].message() {
				t.Fatalf("codeword %d begins a message at the end of another", i)
			}
			ended = true
			if !group[ric] {
				singles++
			} else if singles > 0 && !slices.ContainsFunc(calls, func(c Call) bool { return c.Address == ric && !c.Group }) {
				t.Fatalf("group %d is called after a single", ric)
			}
		}
		if !ended {
			t.Fatal("the last message has no end")
		}
	})
}

func TestEncodeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		call    Call
		options Options
		want    string
	}{
		"address too high":    {Call{Address: MaxAddress + 1}, Options{}, "0 to 2097151"},
		"function":            {Call{Function: 4}, Options{}, "A, B, C or D"},
		"kind":                {Call{Kind: 3}, Options{}, "kind 3"},
		"message with tone":   {Call{Message: "x"}, Options{}, "make it numeric"},
		"idle codeword":       {Call{Address: 2007664}, Options{}, "empty codeword"},
		"sync codeword":       {Call{Address: 2045056, Function: C}, Options{}, "begins a batch"},
		"letter in numeric":   {Call{Kind: Numeric, Message: "12a"}, Options{}, `character 3, 'a' (U+0061)`},
		"bracket in German":   {Call{Kind: Alphanumeric, Message: "Fü["}, Options{}, `character 3, '[' (U+005B), is not in the German`},
		"umlaut in ASCII":     {Call{Kind: Alphanumeric, Message: "ü"}, Options{Charset: International}, `U+00FC`},
		"NUL":                 {Call{Kind: Alphanumeric, Message: "\x00"}, Options{}, `U+0000`},
		"no transliteration":  {Call{Kind: Alphanumeric, Message: "火"}, Options{Transliterate: true}, `'火'`},
		"asked to, not known": {Call{Kind: Alphanumeric, Message: "é"}, Options{}, `'é'`},
		"message too long":    {Call{Kind: Numeric, Message: strings.Repeat("1", MaxMessage+1)}, Options{}, "more than 2000"},
		"preamble too short":  {Call{}, Options{Preamble: 575}, "576 to"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Encode([]Call{c.call}, c.options)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	if _, err := Encode(nil, Options{}); err == nil {
		t.Error("a transmission without calls was encoded")
	}
	var character *CharacterError
	if _, err := Encode([]Call{{Kind: Alphanumeric, Message: "x€"}}, Options{}); !errors.As(err, &character) || character.Character != '€' || character.Position != 2 {
		t.Errorf("got %v, want the character and its place", err)
	}
}

func TestTransliterate(t *testing.T) {
	for text, want := range map[string][2]string{
		"Überflutung – „Straße“ [1]": {`Überflutung - "Straße" (1)`, `Ueberflutung - "Strasse" [1]`},
		"Żagań, Český Těšín":         {"Zagan, Cesky Tesin", "Zagan, Cesky Tesin"},
		"20 °C\t3 €":                 {"20  GradC 3 EUR", "20  GradC 3 EUR"},
	} {
		if diff := cmp.Diff(want, [2]string{Transliterate(text, German), Transliterate(text, International)}); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAirtime(t *testing.T) {
	sent, err := Encode([]Call{{Address: 8, Kind: Alphanumeric, Message: strings.Repeat("x", 40)}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if sent.Batches() != 1 || sent.Length() != 576+544 {
		t.Errorf("%d batches, %d bits", sent.Batches(), sent.Length())
	}
	if got := sent.Airtime(Baud512); got != 1120*time.Second/512 {
		t.Errorf("airtime %v", got)
	}
}

func TestDecodeNamesWhatWasLost(t *testing.T) {
	sent, err := Encode([]Call{{Address: 8, Function: B, Kind: Alphanumeric, Message: "SIRENE TEST 1"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	stream := sent.Bits()
	second := MinPreamble + 3*wordBits // the codeword of characters 3 to 6
	for i := range 3 {
		stream[second+5+i*7] = !stream[second+5+i*7]
	}
	got := Decode(stream, German)
	want := []Received{{Address: 8, Function: B, Words: 5, Lost: 1, Bit: MinPreamble + wordBits, Alphanumeric: "SI\ufffd\ufffd\ufffd\ufffd TEST 1"}}
	if len(got) == 1 {
		got[0].Numeric = ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestControlCharactersBecomePictures(t *testing.T) {
	if got := German.character(27); got != '␛' {
		t.Errorf("escape reads %q", got)
	}
	if got := German.character(127); got != '␡' {
		t.Errorf("delete reads %q", got)
	}
}

func TestKindGuesses(t *testing.T) {
	for _, c := range []Call{
		{Kind: ToneOnly}, {Kind: Numeric, Message: "0123456789"}, {Kind: Numeric, Message: "112"},
		{Kind: Alphanumeric, Message: "Warnung der Bevölkerung"}, {Kind: Alphanumeric, Message: "B3 Brand Scheune, Hauptstraße 12"},
	} {
		sent, err := Encode([]Call{c}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := Decode(sent.Bits(), German)[0]
		if got.Kind() != c.Kind || got.Message() != c.Message {
			t.Errorf("%v %q reads %v %q", c.Kind, c.Message, got.Kind(), got.Message())
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0xAA, 0x7C, 0xD2, 0x15, 0xD8, 0x7A, 0x89, 0xC1, 0x97})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		stream := make([]bool, 0, 8*len(raw))
		for _, b := range raw {
			for i := 7; i >= 0; i-- {
				stream = append(stream, b>>i&1 == 1)
			}
		}
		for _, r := range Decode(stream, German) {
			if r.Address > MaxAddress || r.Function > D || r.Bit < 0 || r.Bit > len(stream)-wordBits {
				t.Fatalf("%+v", r)
			}
			_ = r.Message()
		}
	})
}
