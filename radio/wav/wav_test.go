// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wav

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReadIsTheInverseOfBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Sound{Rate: rapid.IntRange(MinRate, MaxRate).Draw(t, "rate"), Samples: rapid.SliceOfN(rapid.Int16(), 1, 70_000).Draw(t, "samples")}
		raw, err := s.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Read(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(s, back) {
			t.Fatal("the sound that was read is another one")
		}
	})
}

// edit makes a file of two samples and changes it.
func edit(t testing.TB, change func([]byte) []byte) []byte {
	t.Helper()
	raw, err := Sound{Rate: DefaultRate, Samples: []int16{1, -2}}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return change(raw)
}

func TestReadTakesWhatOtherProgramsWrite(t *testing.T) {
	extensible := append(binary.LittleEndian.AppendUint32([]byte("fmt "), 40), edit(t, func(b []byte) []byte { return b[20:36] })...)
	binary.LittleEndian.PutUint16(extensible[8:], formatExtensible)
	extensible = append(append(extensible, 22, 0, 16, 0, 4, 0, 0, 0), pcm...)
	for name, raw := range map[string][]byte{
		"chunk of odd length before the data": edit(t, func(b []byte) []byte {
			return bytes.Join([][]byte{b[:36], []byte("LIST\x03\x00\x00\x00abc\x00"), b[36:]}, nil)
		}),
		"length unknown": edit(t, func(b []byte) []byte {
			binary.LittleEndian.PutUint32(b[40:], 0xFFFF_FFFF)
			return b
		}),
		"extensible form":       edit(t, func(b []byte) []byte { return bytes.Join([][]byte{b[:12], extensible, b[36:]}, nil) }),
		"chunks after the data": edit(t, func(b []byte) []byte { return append(b, "LIST"...) }),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Read(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Sound{Rate: DefaultRate, Samples: []int16{1, -2}}, s); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func([]byte) []byte
		want   string
	}{
		"nothing":      {func([]byte) []byte { return nil }, "read header"},
		"no RIFF":      {func(b []byte) []byte { b[0] = 'X'; return b }, "does not begin with RIFF"},
		"no data":      {func(b []byte) []byte { return b[:36] }, "no data chunk"},
		"data first":   {func(b []byte) []byte { return append(b[:12:12], b[36:]...) }, "no fmt chunk"},
		"stereo":       {func(b []byte) []byte { b[22] = 2; return b }, "2 channels of 16 bits"},
		"8 bits":       {func(b []byte) []byte { b[34] = 8; return b }, "sox IN"},
		"float":        {func(b []byte) []byte { b[20] = 3; return b }, "format 3"},
		"rate 0":       {func(b []byte) []byte { copy(b[24:], "\x00\x00\x00\x00"); return b }, "rate 0"},
		"rate 2^32-1":  {func(b []byte) []byte { copy(b[24:], "\xff\xff\xff\xff"); return b }, "rate 0"},
		"cut short":    {func(b []byte) []byte { return b[:46] }, "ends after 1 of 2"},
		"odd length":   {func(b []byte) []byte { b[40] = 3; return b }, "must be even"},
		"too long":     {func(b []byte) []byte { b[43] = 0x10; return b }, "at most"},
		"fmt too long": {func(b []byte) []byte { b[18] = 1; return b }, "not 16 to 256"},
		"endless chunk": {func(b []byte) []byte {
			return append(b[:36:36], "junk\xff\xff\xff\xff"...)
		}, `chunk "junk"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(edit(t, c.change)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(edit(f, func(b []byte) []byte { return b }))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := Read(bytes.NewReader(raw))
		if err != nil {
			return
		}
		if len(s.Samples) > len(raw)/2 || CheckRate(s.Rate) != nil {
			t.Fatalf("%d samples at %d from %d bytes", len(s.Samples), s.Rate, len(raw))
		}
	})
}
