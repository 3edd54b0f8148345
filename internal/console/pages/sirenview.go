// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// RogueSteps are the keys of what to do about an alarm that nobody here set off.
func (p *page) RogueSteps() []string {
	return []string{"console.rogues.step.call", "console.rogues.step.stop", "console.rogues.step.tell", "console.rogues.step.keys"}
}

// SirenTrouble reports whether a code is one by which the fleet can be filtered.
func (p *page) SirenTrouble(code string) bool { return slices.Contains(console.SirenTroubles(), code) }

// Count is the place of a thing in a list, from 1.
func (p *page) Count(i int) string { return p.Number(i + 1) }

// MostMissing is how many targets in trouble a warning's page names; the list of
// all sirens has the rest.
func (p *page) MostMissing() int { return 50 }

// IsStop reports whether a delivery is that of an order to be silent.
func (p *page) IsStop(message string) bool { return strings.HasPrefix(message, "stop-") }

// RegionName names a region by its key.
func (p *page) RegionName(key geo.ARS) string { return p.region(key) }

// Passed is how many sirens passed a test.
func (p *page) Passed(t console.SirenTest) string { return p.Number(t.Counts[siren.TestPassed]) }

// NotPassed is how many sirens failed a test or did not answer to it; who was
// not tested is no fault.
func (p *page) NotPassed(t console.SirenTest) string {
	return p.Number(t.Counts[siren.TestFailed] + t.Counts[siren.TestNoAnswer])
}

// Chosen is a value of the page's address.
func (p *page) Chosen(name string) string { return p.query.Get(name) }

// Week names which week of a month a test is in.
func (p *page) Week(week int) string {
	if week < 0 {
		return p.Named("week", "last")
	}
	return p.Named("week", strconv.Itoa(week))
}

// NotTested is how many sirens were to be tested and were not.
func (p *page) NotTested(t console.SirenTest) int { return t.Counts[siren.TestNotTested] }
