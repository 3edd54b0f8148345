// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// looseTime is a time in another form than CAP's.
type looseTime struct {
	year, month, day     int
	hour, minute, second int
	dateOnly             bool
	offset               *int // in seconds; nil if none is named
}

var (
	// timeMarks are written for what stands between the numbers of a time.
	timeMarks = strings.NewReplacer("年", "-", "月", "-", "日", " ", "時", ":", "时", ":", "點", ":", "点", ":", "分", ":", "秒", " ",
		"上午", " AM ", "下午", " PM ", "：", ":", "−", "-", "‐", "-", "‑", "-", "–", "-", "\u00A0", " ", "\u202F", " ", "\u3000", " ", "\u200E", "", "\u200F", "",
		"A.M.", "AM", "P.M.", "PM")
	spaces    = regexp.MustCompile(`\s+`)
	dateForms = []struct {
		form             *regexp.Regexp
		year, month, day int // which group
	}{
		{regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b`), 1, 2, 3},
		{regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})T`), 1, 2, 3},
		{regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})`), 1, 2, 3},
		{regexp.MustCompile(`^(\d{1,2})\.(\d{1,2})\.(\d{4})\b`), 3, 2, 1},
		{regexp.MustCompile(`^(1[3-9]|2\d|3[01])/(\d{1,2})/(\d{4})\b`), 3, 2, 1},
		{regexp.MustCompile(`^(\d{1,2})/(1[3-9]|2\d|3[01])/(\d{4})\b`), 3, 1, 2},
		{regexp.MustCompile(`^(?:[A-Z]{3,9},? )?(\d{1,2})[ -]([A-Z]{3})[A-Z]*\.?[ -](\d{4})\b`), 3, 2, 1},
		{regexp.MustCompile(`^(?:[A-Z]{3,9},? )?([A-Z]{3})[A-Z]*\.? (\d{1,2}),? (\d{4})\b`), 3, 1, 2},
	}
	clockForm  = regexp.MustCompile(`^[T, ]*(AM|PM)? ?(\d{1,2})[:H](\d{2})(?::(\d{2})(?:[.,]\d+)?)?:? ?(AM|PM)?(?:UHR)?`)
	basicClock = regexp.MustCompile(`^[T ]?()(\d{2})(\d{2})(\d{2})?(?:[.,]\d+)?()`)
	offsetForm = regexp.MustCompile(`^ ?(?:UTC|GMT)? ?([-+])(\d{1,2})(?::?(\d{2}))?(?::00)?$`)
	remark     = regexp.MustCompile(` ?(\([A-Z /_+:0-9-]*\)|\[[A-Z /_+:0-9-]*\])$`)

	months = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	// zones are those of RFC 5322, section 4.3, and Central Europe's.
	zones = map[string]int{"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
		"CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2}
)

// digit returns an ASCII digit for one of another script.
func digit(r rune) rune {
	for _, zero := range []rune{'\u0660', '\u06F0', '\u0966', '\u09E6', '\u0E50', '\u1040', '\u17E0', '\uFF10'} {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}
	return r
}

// parseLooseTime reads a time in any form whose order of day and month is
// plain.
func parseLooseTime(text string) (looseTime, bool) {
	const longest = 100
	if len(text) > longest {
		return looseTime{}, false
	}
	text = timeMarks.Replace(strings.ToUpper(timeMarks.Replace(strings.Map(digit, text))))
	text = strings.Trim(spaces.ReplaceAllString(text, " "), " ")
	text = remark.ReplaceAllString(text, "")
	for _, date := range dateForms {
		match := date.form.FindStringSubmatch(text)
		if match == nil {
			continue
		}
		t := looseTime{year: number(match[date.year]), month: number(match[date.month]), day: number(match[date.day])}
		if t.month == 0 {
			t.month = slices.Index(months, match[date.month]) + 1
		}
		if t.clock(text[len(strings.TrimSuffix(match[0], "T")):]) && t.month > 0 {
			return t, true
		}
	}
	return looseTime{}, false
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// clock reads the time of day and the offset.
func (t *looseTime) clock(rest string) bool {
	match := clockForm.FindStringSubmatch(rest)
	if match == nil {
		match = basicClock.FindStringSubmatch(rest)
	}
	if t.dateOnly = match == nil; !t.dateOnly {
		rest = rest[len(match[0]):]
		t.hour, t.minute, t.second = number(match[2]), number(match[3]), number(match[4])
		half := match[1] + match[5]
		switch {
		case half == "PM" && t.hour < 12:
			t.hour += 12
		case half == "AM" && t.hour == 12:
			t.hour = 0
		case half == "AM" && t.hour > 12 || half == "AMPM" || half == "PMAM":
			return false
		}
	}
	rest = strings.TrimLeft(rest, " ")
	if hours, ok := zones[rest]; ok {
		seconds := hours * 3600
		t.offset = &seconds
		return true
	}
	if match := offsetForm.FindStringSubmatch(rest); match != nil {
		seconds := number(match[2])*3600 + number(match[3])*60
		if match[1] == "-" {
			seconds = -seconds
		}
		t.offset = &seconds
		return number(match[3]) < 60
	}
	return rest == ""
}

// time returns the time with the offset given if it names none. A date alone
// is its first second, or its last if it says when something ends.
func (t looseTime) time(offset int, isEnd bool) (Time, bool) {
	if t.offset != nil {
		offset = *t.offset
	}
	if t.dateOnly && isEnd {
		t.hour, t.minute, t.second = 23, 59, 59
	}
	midnight := t.hour == 24 && t.minute == 0 && t.second == 0
	if t.second == 60 {
		t.second = 59 // a leap second
	}
	if t.hour > 23 && !midnight || t.minute > 59 || t.second > 59 || offset%60 != 0 {
		return Time{}, false
	}
	day := time.Date(t.year, time.Month(t.month), t.day, 0, 0, 0, 0, time.UTC)
	if day.Month() != time.Month(t.month) || day.Day() != t.day {
		return Time{}, false
	}
	got := Time{Time: time.Date(t.year, time.Month(t.month), t.day, t.hour, t.minute, t.second, 0, zone(offset))}
	return got, got.check() == nil && !got.IsZero()
}
