// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// EventTested is the journal event that reports a test of sirens.
const EventTested = "siren.tested"

// Tested is the body of EventTested. Sirens stand in it by their numbers, so
// that the nightly test of a whole Land is one short line.
type Tested struct {
	Test   string `json:"test"`
	Signal string `json:"signal"`
	// Results hold every siren of the test once.
	Results []TestResult `json:"results"`
	// Error says, as a catalogue key, why the test as a whole came to nothing.
	Error string `json:"error,omitempty"`
}

// TestResult is what a test showed, and at which sirens.
type TestResult struct {
	Outcome TestOutcome `json:"outcome" enum:"passed,failed,no-answer,not-tested"`
	// Reason is a catalogue key, empty for a test that was passed.
	Reason string       `json:"reason,omitempty"`
	Sirens NumberRanges `json:"sirens"`
}

// TestOutcome is what a test showed of a siren.
type TestOutcome string

// The outcomes of tests.
const (
	TestPassed   TestOutcome = "passed"
	TestFailed   TestOutcome = "failed"    // it answered and did not do it
	TestNoAnswer TestOutcome = "no-answer" // nothing came back in time
	// TestNotTested says nothing about the siren: an alarm came first, or no way
	// to it carries an answer.
	TestNotTested TestOutcome = "not-tested"
)

// LastTest is the last test that said something of a siren.
type LastTest struct {
	Test    string      `json:"test"`
	Signal  string      `json:"signal"`
	At      time.Time   `json:"at"`
	Outcome TestOutcome `json:"outcome" enum:"passed,failed,no-answer"`
	Reason  string      `json:"reason,omitempty"`
}

// Tested is the state with what the last test showed: a siren that seems ready
// and has not passed its test is a fault, until it passes one.
func (s State) Tested(last LastTest) State {
	if last.Outcome == TestPassed || s.Condition != ConditionReady {
		return s
	}
	s.Condition, s.Detail = ConditionFault, DetailTest
	if s.Since.Before(last.At) {
		s.Since = last.At
	}
	return s
}

// NumberRanges is a set of sirens' numbers: ranges in ascending order with a gap
// between any two. Its text is that of "1-12,14,20-40".
type NumberRanges []Range

// NumberSet gathers numbers in any order.
func NumberSet(numbers ...uint32) NumberRanges { return Numbers(numbers...).Ranges }

// Holds reports whether the number is in the set.
func (n NumberRanges) Holds(number uint32) bool {
	return Target{Type: TargetRanges, Ranges: n}.Holds(number, "")
}

// Len is how many numbers the set has.
func (n NumberRanges) Len() int {
	count := 0
	for _, r := range n {
		count += int(r.Last-r.First) + 1
	}
	return count
}

// MarshalText implements encoding.TextMarshaler.
func (n NumberRanges) MarshalText() ([]byte, error) {
	var b []byte
	for i, r := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(r.First), 10)
		if r.Last != r.First {
			b = append(b, '-')
			b = strconv.AppendUint(b, uint64(r.Last), 10)
		}
	}
	return b, nil
}

var errNumbers = errors.New("siren: not a set of numbers")

// UnmarshalText implements encoding.TextUnmarshaler. It takes only what
// MarshalText can have written.
func (n *NumberRanges) UnmarshalText(text []byte) error {
	var set NumberRanges
	if len(text) > 0 {
		for part := range strings.SplitSeq(string(text), ",") {
			first, last, isRange := strings.Cut(part, "-")
			if !isRange {
				last = first
			}
			from, errFrom := strconv.ParseUint(first, 10, 32)
			to, errTo := strconv.ParseUint(last, 10, 32)
			if errFrom != nil || errTo != nil {
				return fmt.Errorf("%w: %.20q", errNumbers, part)
			}
			set = append(set, Range{uint32(from), uint32(to)})
		}
	}
	for i, r := range set {
		if r.Last < r.First || i > 0 && uint64(r.First) <= uint64(set[i-1].Last)+1 {
			return fmt.Errorf("%w: the ranges are out of order", errNumbers)
		}
	}
	if back, _ := set.MarshalText(); !slices.Equal(back, text) {
		return fmt.Errorf("%w: not in its one form", errNumbers)
	}
	*n = set
	return nil
}
