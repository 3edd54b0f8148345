// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// maxOffset is the largest distance from UTC that xs:dateTime allows.
const maxOffset = 14 * 60 * 60

// NewTime returns t as a CAP time: cut to whole seconds, in t's own offset
// from UTC, which is cut to whole minutes.
func NewTime(t time.Time) Time {
	_, offset := t.Zone()
	return Time{t.Truncate(time.Second).In(zone(offset - offset%60))}
}

// ParseTime reads a time in CAP's form, YYYY-MM-DDThh:mm:ss±hh:mm (section
// 3.3.2), as the schema has it: it refuses fractions of a second and the letter
// Z, and takes 24:00:00 as the end of a day. CAP asks for UTC to be written
// -00:00; the schema lets +00:00 through, and so does this. The schema's
// pattern lets a comma stand for the sign; xs:dateTime below it does not, and
// neither does this.
func ParseTime(text string) (Time, error) {
	const form = "0000-00-00T00:00:00+00:00"
	if len(text) != len(form) {
		return Time{}, errTimeForm(text)
	}
	for i := range len(form) {
		switch form[i] {
		case '0':
			if text[i] < '0' || text[i] > '9' {
				return Time{}, errTimeForm(text)
			}
		case '+':
			if text[i] != '+' && text[i] != '-' {
				return Time{}, errTimeForm(text)
			}
		default:
			if text[i] != form[i] {
				return Time{}, errTimeForm(text)
			}
		}
	}
	number := func(from, to int) int {
		n := 0
		for _, c := range []byte(text[from:to]) {
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), time.Month(number(5, 7)), number(8, 10)
	hour, minute, second := number(11, 13), number(14, 16), number(17, 19)
	offset := number(20, 22)*3600 + number(23, 25)*60
	midnight := hour == 24 && minute == 0 && second == 0
	if year == 0 || hour > 23 && !midnight || minute > 59 || second > 59 || number(23, 25) > 59 || offset > maxOffset {
		return Time{}, fmt.Errorf("%q: no such time of day, year or offset", text)
	}
	if text[19] == '-' {
		offset = -offset
	}
	where := zone(offset)
	switch {
	case midnight:
		where = time.FixedZone(midnightZone+text[19:], offset)
	case text[19:] == plusZone:
		where = plusUTC
	}
	t := time.Date(year, month, day, 0, 0, 0, 0, where)
	if t.Month() != month || t.Day() != day {
		return Time{}, fmt.Errorf("%q: no such day", text)
	}
	t = t.Add(time.Duration(hour*3600+minute*60+second) * time.Second)
	if t.IsZero() {
		return Time{}, fmt.Errorf("%q: stands for no time in Go", text)
	}
	return Time{t}, nil
}

func errTimeForm(text string) error {
	return fmt.Errorf("%q is not in the form YYYY-MM-DDThh:mm:ss±hh:mm", lexical.Clip(text))
}

// A time remembers in the name of its zone what is odd in how it was written:
// UTC as +00:00, and the end of a day as 24:00:00.
const (
	plusZone     = "+00:00"
	midnightZone = "24:00"
)

var plusUTC = time.FixedZone(plusZone, 0)

func zone(offset int) *time.Location {
	if offset == 0 {
		return time.UTC
	}
	return time.FixedZone("", offset)
}

// check reports why t cannot be written as it is; nil for a zero time.
func (t Time) check() error {
	if t.IsZero() {
		return nil
	}
	_, offset := t.Zone()
	year := t.day().Year()
	switch {
	case t.Nanosecond() != 0:
		return errors.New("has a fraction of a second")
	case offset%60 != 0 || offset > maxOffset || offset < -maxOffset:
		return errors.New("has an offset that is not hours and minutes up to 14:00")
	case year < 1 || year > 9999:
		return errors.New("has a year of other than four digits")
	}
	return nil
}

// endsDay reports whether t is to be written as 24:00:00 of the day before.
func (t Time) endsDay() bool {
	name, _ := t.Zone()
	hour, minute, second := t.Clock()
	return strings.HasPrefix(name, midnightZone) && hour+minute+second == 0
}

// day returns a time of the day to which t is to be written.
func (t Time) day() time.Time {
	if t.endsDay() {
		return t.Add(-time.Second)
	}
	return t.Time
}

// String returns the time in CAP's form, or "" for the zero time.
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	text := []byte(t.day().Format("2006-01-02T15:04:05-07:00"))
	if t.endsDay() {
		copy(text[len("2006-01-02T"):], "24:00:00")
	}
	if _, offset := t.Zone(); offset == 0 {
		text[19] = '-'
	}
	return string(text)
}

// Verbatim returns the time as it stood where it was read: like String, but
// with +00:00 for UTC if that was written. A reference must repeat the time of
// a message so.
func (t Time) Verbatim() string {
	text := t.String()
	if name, offset := t.Zone(); text != "" && offset == 0 && strings.HasSuffix(name, plusZone) {
		return text[:19] + plusZone
	}
	return text
}

// MarshalText returns String, or an error for a time that CAP cannot write.
func (t Time) MarshalText() ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("time %v %w; use NewTime", t.Time, err)
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads what ParseTime reads; empty text is the zero time.
func (t *Time) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = Time{}
		return nil
	}
	parsed, err := ParseTime(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// MarshalJSON returns MarshalText as a JSON string.
func (t Time) MarshalJSON() ([]byte, error) {
	text, err := t.MarshalText()
	if err != nil {
		return nil, err
	}
	return json.Marshal(string(text))
}

// UnmarshalJSON reads a JSON string as UnmarshalText does; null changes
// nothing, as encoding/json asks.
func (t *Time) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("time: %w", err)
	}
	return t.UnmarshalText([]byte(text))
}
