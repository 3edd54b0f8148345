// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// SirenStop orders sirens to be silent.
type SirenStop struct {
	siren.StopCommand
	// Confirmation is what SirenStopEffect asks for, typed; whoever asks by a token
	// may leave it out.
	Confirmation string `json:"confirmation,omitempty" maxLength:"300"`
}

// SirenStopEffect says what an order to be silent would do.
type SirenStopEffect struct {
	// Sirens is how many it is for, Sounding how many of them sound now.
	Sirens   int `json:"sirens"`
	Sounding int `json:"sounding"`
	// Warnings are those in force that sounded these sirens, the gravest first:
	// who stops them takes the warning away from people who need it.
	Warnings []StoppedWarning `json:"warnings"`
	// Confirmation is to be typed where there are such warnings: area and level of
	// the gravest, as for a release.
	Confirmation string `json:"confirmation,omitempty"`
}

// StoppedWarning is a warning in force whose sirens would be stopped.
type StoppedWarning struct {
	Summary
	Warning string `json:"warning"`
}

// SirenStopRow is an order to be silent and what came back.
type SirenStopRow struct {
	siren.StopOrder
	Person Person `json:"person"`
	// Delivery is absent while nothing went out.
	Delivery *Delivery `json:"delivery,omitempty"`
}

// StopEffect says what an order to be silent would do.
func (s *Service) StopEffect(c siren.StopCommand) SirenStopEffect {
	effect := SirenStopEffect{Warnings: []StoppedWarning{}}
	now := s.o.Now()
	s.ledger.View(func() {
		chain, known := s.view.book.Warning(c.Warning)
		var meant []siren.Siren
		for _, registered := range s.view.fleet.All() {
			if !c.All && !slices.Contains(c.Sirens, registered.ID) && !(known && chain.Addressed(registered.Position, registered.ARS)) {
				continue
			}
			meant = append(meant, registered)
			if s.view.fleet.State(registered.ID).Condition == siren.ConditionTriggered {
				effect.Sounding++
			}
		}
		effect.Sirens = len(meant)
		for _, w := range s.view.book.InForce(now) {
			if slices.ContainsFunc(meant, func(r siren.Siren) bool { return w.Addressed(r.Position, r.ARS) }) {
				effect.Warnings = append(effect.Warnings, StoppedWarning{Summary: summary(w.Last().Content), Warning: w.ID})
			}
		}
		slices.SortStableFunc(effect.Warnings, func(a, b StoppedWarning) int { return int(a.Level) - int(b.Level) })
		if len(effect.Warnings) > 0 {
			gravest, _ := s.view.book.Warning(effect.Warnings[0].Warning)
			effect.Confirmation = Confirmation(gravest.Last().Content)
		}
	})
	return effect
}

// StopSirens orders sirens to be silent. One releaser suffices; while a warning
// is in force that sounded them, they have to type which.
func (s *Service) StopSirens(ctx context.Context, who Identity, in SirenStop) (Accepted, error) {
	if err := s.require(who, operator.Releaser); err != nil {
		return Accepted{}, err
	}
	asked := s.StopEffect(in.StopCommand).Confirmation
	if asked != "" && (who.Via == viaSession || in.Confirmation != "") && !sameWords(in.Confirmation, asked) {
		return Accepted{}, problem.InvalidFaults(who.text("api.stop.confirmation"), []problem.Fault{{
			Field: "confirmation", Rule: "stop.confirmation", Message: who.text("api.stop.confirmation"),
			Remedy: who.text("api.confirmation.remedy", asked),
		}})
	}
	return s.do(ctx, who, siren.CommandStop, in.StopCommand)
}

// sameWords compares without regard to case and the number of blanks.
func sameWords(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// keptStops is how many orders to be silent a list shows.
const keptStops = 50

// SirenStops lists the orders to be silent, newest first, at most 50.
func (s *Service) SirenStops() []SirenStopRow {
	rows := []SirenStopRow{}
	s.ledger.View(func() {
		for _, order := range slices.Backward(s.view.stops.All()) {
			if len(rows) == keptStops {
				return
			}
			row := SirenStopRow{StopOrder: order, Person: s.person(order.By)}
			if job, ok := s.view.jobs.Job(dispatch.JobID(order.ID, sirenChannel)); ok {
				d := s.view.delivery(job)
				d.Targets = targets(job)
				row.Delivery = &d
			}
			rows = append(rows, row)
		}
	})
	return rows
}

// stopMatters is for how long after an order somebody has to go where it was not
// taken: longer than any signal sounds by itself.
const stopMatters = 30 * time.Minute

// stopTrouble has a line for sirens that did not take the last order to be
// silent: one that goes on sounding frightens people with each minute. It is
// called within View.
func (s *Service) stopTrouble() []Trouble {
	orders := s.view.stops.All()
	if len(orders) == 0 {
		return nil
	}
	order := orders[len(orders)-1]
	job, ok := s.view.jobs.Job(dispatch.JobID(order.ID, sirenChannel))
	if !ok || s.o.Now().Sub(order.At) > stopMatters {
		return nil
	}
	line := Trouble{Code: "siren.stop-missed", Things: []string{}, Since: order.At}
	for _, target := range targets(job) {
		// One that is not connected and was silent when last heard of has nothing to end.
		if target.Missing() && s.view.fleet.State(target.ID).Condition == siren.ConditionTriggered {
			line.Count++
			if len(line.Things) < namedThings {
				line.Things = append(line.Things, target.Name)
			}
		}
	}
	if line.Count == 0 {
		return nil
	}
	return []Trouble{worded(line)}
}
