// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package catalogue

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Layout names a form of date and time. What it looks like is a text of the
// catalogue, "common.time.layout.NAME".
type Layout string

// The layouts, as German writes them.
const (
	LayoutDate   Layout = "date"   // Mi. 01.10.2025
	LayoutClock  Layout = "clock"  // 11:04 Uhr
	LayoutSecond Layout = "second" // 11:04:37 MESZ
	LayoutShort  Layout = "short"  // Mi. 01.10.2025, 11:04 Uhr
	LayoutLong   Layout = "long"   // Mittwoch, 1. Oktober 2025, 11:04 Uhr MESZ
)

// Time writes a time in a layout, as the clocks of the location show it; nil
// stands for UTC. Zones of Central Europe have their names in the language.
func (l Language) Time(t time.Time, layout Layout, location *time.Location) string {
	if location == nil {
		location = time.UTC
	}
	t = t.In(location)
	weekday := "common.time.weekday." + strings.ToLower(t.Weekday().String())
	month := "common.time.month." + strings.ToLower(t.Month().String())
	zone, _ := t.Zone()
	if key := "common.time.zone." + strings.ToLower(zone); l.Has(key) {
		zone = l.T(key)
	}
	return strings.NewReplacer(
		"{weekday}", l.T(weekday),
		"{wd}", l.T(weekday+".short"),
		"{month}", l.T(month),
		"{zone}", zone,
		"{year}", strconv.Itoa(t.Year()),
		"{mm}", t.Format("01"),
		"{d}", strconv.Itoa(t.Day()),
		"{dd}", t.Format("02"),
		"{clock}", t.Format("15:04"),
		"{clock:ss}", t.Format("15:04:05"),
	).Replace(l.T("common.time.layout." + string(layout)))
}

// Duration writes how long something takes or took in its two largest units,
// rounded down: "45 s", "47 min", "3 h 05 min", "2 Tage 4 h". A negative
// duration counts as none.
func (l Language) Duration(d time.Duration) string {
	d = max(d, 0)
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return l.T("common.duration.seconds", int(d/time.Second))
	case d < time.Hour:
		return l.T("common.duration.minutes", int(d/time.Minute))
	case d < day:
		return l.T("common.duration.hours", int(d/time.Hour), int(d%time.Hour/time.Minute))
	default:
		return l.T("common.duration.days", int(d/day), int(d%day/time.Hour))
	}
}

// Elapsed writes a running time as a stopwatch does: "03:12", "1:03:12". It is
// the same in every language. A negative time counts as none.
func (l Language) Elapsed(d time.Duration) string {
	seconds := int(max(d, 0) / time.Second)
	if seconds < 3600 {
		return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}
