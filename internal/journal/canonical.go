// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journal

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// readCanonical reads a record that is written exactly as EncodeRecord writes
// it; false for any other. It is several times faster than encoding/json, which
// counts because the whole journal is read when a node starts. It finds
// the ends of the bodies but does not check them: EncodeRecord did.
func readCanonical(stored []byte) (record Record, ok bool) {
	s := scanner{rest: stored}
	s.literal(`{"version":` + strconv.Itoa(Version) + `,"seq":`)
	record.Version, record.Seq = Version, s.number()
	s.literal(`,"time":`)
	s.failed = s.failed || record.Time.UnmarshalText(s.text()) != nil
	s.literal(`,"by":`)
	record.By = string(s.text())
	s.literal(`,"events":[`)
	for more := true; more && !s.failed; more = s.optional(',') {
		s.literal(`{"kind":`)
		kind := string(s.text())
		s.literal(`,"body":`)
		record.Events = append(record.Events, Event{Kind: kind, Body: bytes.Clone(s.value())})
		s.literal(`}`)
	}
	s.literal(`],"previous":`)
	s.failed = s.failed || record.Previous.UnmarshalText(s.text()) != nil
	s.literal(`}`)
	return record, !s.failed && len(s.rest) == 0
}

// scanner takes tokens from the front of rest until one does not fit.
type scanner struct {
	rest   []byte
	failed bool
}

func (s *scanner) literal(want string) {
	if s.failed || len(s.rest) < len(want) || string(s.rest[:len(want)]) != want {
		s.failed = true
		return
	}
	s.rest = s.rest[len(want):]
}

func (s *scanner) optional(want byte) bool {
	if s.failed || len(s.rest) == 0 || s.rest[0] != want {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scanner) number() uint64 {
	end := 0
	for end < len(s.rest) && '0' <= s.rest[end] && s.rest[end] <= '9' {
		end++
	}
	n, err := strconv.ParseUint(string(s.rest[:end]), 10, 64)
	if err != nil || s.rest[0] == '0' {
		s.failed = true
	}
	s.rest = s.rest[end:]
	return n
}

// text takes a string without escapes.
func (s *scanner) text() []byte {
	s.literal(`"`)
	end := bytes.IndexByte(s.rest, '"')
	if s.failed || end < 0 {
		s.failed = true
		return nil
	}
	text := s.rest[:end]
	for _, c := range text {
		if c < ' ' || c == '\\' {
			s.failed = true
		}
	}
	if !utf8.Valid(text) {
		s.failed = true
	}
	s.rest = s.rest[end+1:]
	return text
}

// value takes a JSON value, the last of its object, by its brackets and strings.
func (s *scanner) value() []byte {
	depth := 0
	for i := 0; i < len(s.rest) && !s.failed; i++ {
		switch s.rest[i] {
		case '"':
			for i++; i < len(s.rest) && s.rest[i] != '"'; i++ {
				if s.rest[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if depth == 0 && i+1 < len(s.rest) && s.rest[i+1] == '}' {
			value := s.rest[:i+1]
			s.rest = s.rest[i+1:]
			return value
		}
	}
	s.failed = true
	return nil
}
