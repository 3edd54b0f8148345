// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// namedThings is how many things a line of trouble names.
const namedThings = 5

// trouble gathers what is wrong, one line per fault: fifty sirens behind one
// dead exchange are one line. The gravest come first: alarms that nobody here set
// off and sirens that do not stop, then break-glass keys in use, then what keeps a warning in force from people, then requests that nobody took
// up, then the public log, keys and the fleet. It is called within View.
func (s *Service) trouble(b Board) []Trouble {
	lines := []Trouble{}
	for _, row := range b.InForce {
		for _, d := range row.Deliveries {
			switch {
			case d.Error != "":
				lines = append(lines, worded(Trouble{Code: "dispatch.failed", Count: 1, Things: []string{d.Channel}, Since: d.Planned, Warning: row.Warning}))
			default:
				if line := s.notReached(row.Warning, d); line.Count > 0 {
					lines = append(lines, worded(line))
				}
			}
		}
	}
	for _, w := range b.Waiting {
		if !w.Escalated.IsZero() {
			lines = append(lines, worded(Trouble{Code: "request.escalated", Count: 1, Things: []string{w.Area}, Since: w.Escalated, Warning: w.Warning}))
		}
	}
	return slices.Concat(s.rogueTrouble(), s.stopTrouble(), s.sealTrouble(), lines, s.logTrouble(), s.keyTrouble(), s.refusedTrouble(), s.fleetTrouble(), s.testTrouble())
}

// notReached is the trouble of a delivery with missing targets.
func (s *Service) notReached(warningID string, d Delivery) Trouble {
	line := Trouble{Code: "dispatch.not-reached", Things: []string{}, Channel: d.Channel, Warning: warningID}
	job, _ := s.view.jobs.Job(d.Job)
	for _, target := range targets(job) {
		if !target.Missing() {
			continue
		}
		line.Count++
		if line.Since.IsZero() || target.At.Before(line.Since) {
			line.Since = target.At
		}
		if len(line.Things) < namedThings {
			line.Things = append(line.Things, cmp.Or(target.Name, target.ID))
		}
	}
	return line
}

// fleetTrouble has a line per trouble; a siren stands in the line of its gravest,
// but for one in a rogue alarm, which has a line of its own.
func (s *Service) fleetTrouble() []Trouble {
	byCode := map[string]*Trouble{}
	var order []string
	add := func(code string, what siren.Siren, since time.Time) {
		line, ok := byCode[code]
		if !ok {
			line = &Trouble{Code: code, Things: []string{}}
			byCode[code] = line
			order = append(order, code)
		}
		line.Count++
		if len(line.Things) < namedThings {
			line.Things = append(line.Things, what.Name)
		}
		if !since.IsZero() && (line.Since.IsZero() || since.Before(line.Since)) {
			line.Since = since
		}
	}
	rogue := map[string]bool{}
	for _, alarm := range s.view.rogues.Open() {
		rogue[alarm.Siren] = true
	}
	for _, registered := range s.view.fleet.All() {
		state := s.view.fleet.State(registered.ID)
		if rogue[registered.ID] {
			continue
		}
		if codes := s.troubles(registered, state); len(codes) > 0 {
			add(codes[0], registered, state.Since)
		}
	}
	lines := make([]Trouble, 0, len(order))
	for _, code := range order {
		lines = append(lines, worded(*byCode[code]))
	}
	slices.SortFunc(lines, func(a, b Trouble) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code)) })
	return lines
}

// worded adds the words of the catalogue: what it is, what still works, what to do.
func worded(line Trouble) Trouble {
	line.Text, line.StillWorks, line.ToDo = Words{}, Words{}, Words{}
	for _, tag := range []string{catalogue.German, catalogue.English} {
		language := catalogue.For(tag)
		key := "api.trouble." + line.Code
		if !language.Has(key) {
			key = "api.trouble.other"
		}
		line.Text[tag] = language.T(key, line.Count)
		line.StillWorks[tag] = language.T(key + ".still-works")
		line.ToDo[tag] = language.T(key + ".to-do")
	}
	return line
}
