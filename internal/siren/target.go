// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
)

// TargetType says how a frame names the sirens that it is meant for.
type TargetType uint8

// The types of targets.
const (
	TargetAll     TargetType = 0 // all sirens that obey the key
	TargetRegions TargetType = 1 // all sirens in regions
	TargetRanges  TargetType = 2 // ranges of the authority's numbering
	// TargetChallenge is the one device that asked with a challenge; of beacons alone.
	TargetChallenge TargetType = 3
)

// Challenge is what a device says when it asks for a fresh beacon: random, and
// zero for none. Only a beacon that was signed after it can hold it.
type Challenge [8]byte

// Range is a run of siren numbers, both ends included.
type Range struct{ First, Last uint32 }

// Target is whom a frame is meant for. Only the list of its type is filled,
// and that of another type than TargetAll is never empty.
type Target struct {
	Type TargetType
	// Regions are in ascending order, and none lies within another.
	Regions []geo.ARS
	// Ranges are in ascending order, with a gap between any two.
	Ranges    []Range
	Challenge Challenge
}

// Answering is the target of the device that asked with the challenge.
func Answering(c Challenge) Target { return Target{Type: TargetChallenge, Challenge: c} }

// All is the target of all sirens.
func All() Target { return Target{} }

// Regions is the target of all sirens in the regions.
func Regions(regions ...geo.ARS) Target {
	sorted := slices.Compact(slices.Sorted(slices.Values(regions)))
	var kept []geo.ARS
	for _, region := range sorted {
		inside := slices.ContainsFunc(sorted, func(whole geo.ARS) bool {
			return whole != region && whole.Contains(region)
		})
		if !inside {
			kept = append(kept, region)
		}
	}
	return Target{Type: TargetRegions, Regions: kept}
}

// Numbers is the target of the sirens with the numbers.
func Numbers(numbers ...uint32) Target {
	t := Target{Type: TargetRanges}
	for _, n := range slices.Compact(slices.Sorted(slices.Values(numbers))) {
		if last := len(t.Ranges) - 1; last >= 0 && t.Ranges[last].Last+1 == n {
			t.Ranges[last].Last = n
			continue
		}
		t.Ranges = append(t.Ranges, Range{n, n})
	}
	return t
}

// Holds reports whether a siren with that number in that region is meant. Who a
// challenge belongs to, only the device knows.
func (t Target) Holds(number uint32, region geo.ARS) bool {
	switch t.Type {
	case TargetAll:
		return true
	case TargetRegions:
		return slices.ContainsFunc(t.Regions, func(whole geo.ARS) bool { return whole.Contains(region) })
	case TargetRanges:
		_, found := slices.BinarySearchFunc(t.Ranges, number, func(r Range, n uint32) int {
			switch {
			case r.Last < n:
				return -1
			case r.First > n:
				return 1
			}
			return 0
		})
		return found
	default:
		return false
	}
}

// Split divides a target into several that each fit one frame. Only ranges and
// regions of very many sirens need it.
func (t Target) Split() []Target {
	parts := []Target{}
	part, size, last := Target{Type: t.Type}, 0, uint32(0)
	next := func(bytes int) {
		if size += bytes; size > partBytes {
			parts = append(parts, part)
			part, size, last = Target{Type: t.Type}, bytes, 0
		}
	}
	for _, region := range t.Regions {
		next(1 + (len(region)+1)/2)
		part.Regions = append(part.Regions, region)
	}
	for _, r := range t.Ranges {
		next(len(appendRange(nil, r, last)))
		if len(part.Ranges) == 0 {
			size = len(appendRange(nil, r, 0))
		}
		part.Ranges = append(part.Ranges, r)
		last = r.Last
	}
	return append(parts, part)
}

func (t Target) encode() ([]byte, error) {
	var b []byte
	for _, region := range t.Regions {
		b = appendRegion(b, region)
	}
	last := uint32(0)
	for _, r := range t.Ranges {
		b = appendRange(b, r, last)
		last = r.Last
	}
	if t.Challenge != (Challenge{}) {
		b = append(b, t.Challenge[:]...)
	}
	if len(b) > maxTargetBytes {
		return nil, fmt.Errorf("%w: a target of %d bytes is over the %d that fit a frame", ErrFrameLength, len(b), maxTargetBytes)
	}
	back, err := parseTarget(t.Type, b)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(back.Regions, t.Regions) || !slices.Equal(back.Ranges, t.Ranges) {
		return nil, fmt.Errorf("%w: the target is not in its one form", ErrFrameField)
	}
	return b, nil
}

// appendRegion writes the number of digits and the digits, two to a byte; an
// odd last one is followed by 0xF.
func appendRegion(b []byte, region geo.ARS) []byte {
	b = append(b, byte(len(region)))
	for i := 0; i < len(region); i += 2 {
		low := byte(0xf)
		if i+1 < len(region) {
			low = region[i+1] - '0'
		}
		b = append(b, (region[i]-'0')<<4|low&0xf)
	}
	return b
}

// appendRange writes how many numbers lie between the last one named and the
// first of the range, and how many follow the first.
func appendRange(b []byte, r Range, last uint32) []byte {
	b = binary.AppendUvarint(b, uint64(r.First)-uint64(last)-1)
	return binary.AppendUvarint(b, uint64(r.Last)-uint64(r.First))
}

func parseTarget(kind TargetType, b []byte) (Target, error) {
	t := Target{Type: kind}
	bad := func(what string) (Target, error) {
		return Target{}, fmt.Errorf("%w: %s", ErrFrameField, what)
	}
	switch kind {
	case TargetAll:
		if len(b) > 0 {
			return bad("a target of all sirens is followed by something")
		}
		return t, nil
	case TargetRegions:
		for len(b) > 0 {
			region, rest, err := parseRegion(b)
			if err != nil {
				return Target{}, err
			}
			if last := len(t.Regions) - 1; last >= 0 && (t.Regions[last] >= region || t.Regions[last].Contains(region)) {
				return bad("the regions are out of order")
			}
			t.Regions, b = append(t.Regions, region), rest
		}
		if len(t.Regions) == 0 {
			return bad("no regions")
		}
		return t, nil
	case TargetRanges:
		last := uint64(0)
		for len(b) > 0 {
			gap, n := uvarint(b)
			more, m := uvarint(b[n:])
			if n == 0 || m == 0 || gap > 1<<32 || more > 1<<32 {
				return bad("a range cannot be read")
			}
			first := last + 1 + gap
			last = first + more
			if last > 1<<32-1 || gap == 0 && len(t.Ranges) > 0 {
				return bad("the ranges are out of order")
			}
			t.Ranges = append(t.Ranges, Range{uint32(first), uint32(last)})
			b = b[n+m:]
		}
		if len(t.Ranges) == 0 {
			return bad("no ranges")
		}
		return t, nil
	case TargetChallenge:
		if len(b) != len(t.Challenge) || Challenge(b) == (Challenge{}) {
			return bad("a challenge of another length, or none")
		}
		t.Challenge = Challenge(b)
		return t, nil
	default:
		return bad(fmt.Sprintf("there is no target type %d", kind))
	}
}

func parseRegion(b []byte) (geo.ARS, []byte, error) {
	digits := int(b[0])
	size := 1 + (digits+1)/2
	if len(b) < size {
		return "", nil, fmt.Errorf("%w: a region is cut off", ErrFrameField)
	}
	text := make([]byte, 0, digits+1)
	for _, pair := range b[1:size] {
		text = append(text, '0'+pair>>4, '0'+pair&0xf)
	}
	if digits%2 == 1 {
		if text[digits] != '0'+0xf {
			return "", nil, fmt.Errorf("%w: a region is not filled up", ErrFrameField)
		}
		text = text[:digits]
	}
	region, err := geo.ParseARS(string(text))
	if err != nil || string(region) != string(text) {
		return "", nil, fmt.Errorf("%w: %q is no region in its shortest form", ErrFrameField, text)
	}
	return region, b[size:], nil
}

// uvarint reads a varint in its shortest form; the length 0 says that there is none.
func uvarint(b []byte) (uint64, int) {
	v, n := binary.Uvarint(b)
	if n <= 0 || n > 1 && b[n-1] == 0 {
		return 0, 0
	}
	return v, n
}
