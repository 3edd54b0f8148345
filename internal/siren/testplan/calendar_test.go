// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package testplan

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// The national day of the years that the Federal Office has announced.
func TestNationalDay(t *testing.T) {
	national := Usual("Europe/Berlin")[2].rule()
	at := time.Date(2022, 12, 31, 0, 0, 0, 0, time.UTC)
	var got []string
	for range 5 {
		at = national.next(at)
		got = append(got, at.UTC().Format(time.RFC3339))
	}
	want := []string{
		"2023-09-14T09:00:00Z", "2024-09-12T09:00:00Z", "2025-09-11T09:00:00Z", "2026-09-10T09:00:00Z", "2027-09-09T09:00:00Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("national days (-want +got):\n%s", diff)
	}
}

// Over fifty years the day is a second Thursday of September at eleven by the
// clocks of Berlin, once a year.
func TestNationalDayForFiftyYears(t *testing.T) {
	national := Usual("Europe/Berlin")[2].rule()
	zone := berlin(t)
	at := time.Date(2019, 12, 31, 23, 0, 0, 0, time.UTC)
	for year := 2020; year < 2070; year++ {
		at = national.next(at)
		local := at.In(zone)
		if local.Year() != year || local.Month() != time.September || local.Weekday() != time.Thursday ||
			local.Day() < 8 || local.Day() > 14 || local.Format("15:04:05") != "11:00:00" {
			t.Errorf("%d: %v", year, local)
		}
	}
}

// drawn is a recurrence that check finds nothing wrong with.
func drawn(t *rapid.T) Recurrence {
	r := Recurrence{
		At:   time.Date(0, 1, 1, rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), 0, 0, time.UTC).Format(clockLayout),
		Zone: rapid.SampledFrom([]string{"Europe/Berlin", "UTC", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu"}).Draw(t, "zone"),
	}
	if rapid.Bool().Draw(t, "some months") {
		r.Months = rapid.SliceOfNDistinct(rapid.IntRange(1, 12), 1, 12, rapid.ID).Draw(t, "months")
	}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 1:
		r.Weekday = rapid.SampledFrom(weekdays).Draw(t, "weekday")
	case 2:
		r.Weekday, r.Week = rapid.SampledFrom(weekdays).Draw(t, "weekday"), rapid.SampledFrom([]int{-1, 1, 2, 3, 4}).Draw(t, "week")
	case 3:
		r.Day = rapid.IntRange(1, 28).Draw(t, "day")
	}
	return r
}

// Whatever recurs falls on every date that matches, once, and the clocks show
// its time, but in the hour that they skip.
func TestEveryDateOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t)
		if faults := r.check(); len(faults) > 0 {
			t.Fatalf("%+v: %v", r, faults)
		}
		rule := r.rule()
		from := time.Unix(rapid.Int64Range(1_577_836_800, 3_155_760_000).Draw(t, "from"), 0) // 2020 to 2070
		at := from
		for range 40 {
			before := at
			at = rule.next(at)
			if !at.After(before) {
				t.Fatalf("%+v: after %v comes %v", r, before, at)
			}
			local := at.In(rule.zone)
			if shown := local.Format(clockLayout); shown != r.At && !skipped(local) {
				t.Fatalf("%+v: the clocks show %s, in no skipped hour", r, shown)
			}
			if date := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC); !rule.matches(date) {
				t.Fatalf("%+v falls on %v", r, date)
			}
			first := before.In(rule.zone)
			for d := first.AddDate(0, 0, 1); before != from && d.Format(time.DateOnly) < local.Format(time.DateOnly); d = d.AddDate(0, 0, 1) {
				if rule.matches(time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC)) {
					t.Fatalf("%+v leaves out %v", r, d)
				}
			}
			if before != from && first.Format(time.DateOnly) == local.Format(time.DateOnly) {
				t.Fatalf("%+v falls on %v twice", r, first)
			}
		}
	})
}

// skipped reports whether the clocks were moved forward on that day.
func skipped(local time.Time) bool {
	_, morning := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, local.Location()).Zone()
	_, evening := time.Date(local.Year(), local.Month(), local.Day()-1, 12, 0, 0, 0, local.Location()).Zone()
	return morning > evening
}

// The clocks of Berlin on the days on which they are moved.
func TestMovedClocks(t *testing.T) {
	for _, c := range []struct{ name, at, after, want string }{
		{"a time that is skipped", "02:30", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"},
		{"a time before it", "01:59", "2026-03-28T12:00:00Z", "2026-03-29T00:59:00Z"},
		{"a time after it", "03:00", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		{"a time that comes twice, first", "02:30", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		{"a time that comes twice, not again", "02:30", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		{"between the two", "02:30", "2026-10-25T01:00:00Z", "2026-10-26T01:30:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			after, _ := time.Parse(time.RFC3339, c.after)
			got := Recurrence{At: c.at, Zone: "Europe/Berlin"}.rule().next(after)
			if got.UTC().Format(time.RFC3339) != c.want {
				t.Errorf("got %v, want %s", got.UTC(), c.want)
			}
		})
	}
}

func TestRecurrenceRefuses(t *testing.T) {
	for _, c := range []struct {
		field string
		r     Recurrence
	}{
		{"at", Recurrence{At: "24:00", Zone: "UTC"}},
		{"at", Recurrence{At: "3:30", Zone: "UTC"}},
		{"zone", Recurrence{At: "03:30", Zone: "Europe/Atlantis"}},
		{"zone", Recurrence{At: "03:30", Zone: "Local"}},
		{"months", Recurrence{At: "03:30", Zone: "UTC", Months: []int{13}}},
		{"weekday", Recurrence{At: "03:30", Zone: "UTC", Weekday: "thu"}},
		{"week", Recurrence{At: "03:30", Zone: "UTC", Week: 2}},
		{"week", Recurrence{At: "03:30", Zone: "UTC", Weekday: "friday", Week: 5}},
		{"day", Recurrence{At: "03:30", Zone: "UTC", Day: 29}},
		{"day", Recurrence{At: "03:30", Zone: "UTC", Weekday: "friday", Day: 13}},
	} {
		faults := c.r.check()
		if len(faults) != 1 || faults[0].Field != c.field || faults[0].Remedy == "" {
			t.Errorf("%+v: %v", c.r, faults)
		}
	}
}
