// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Remedy is the nearest thing to do about a siren that does not sound. It is a
// catalogue key under console.remedy.
type Remedy string

// The remedies, from the one that costs least.
const (
	// RemedyWait: another way is tried by itself.
	RemedyWait Remedy = "wait"
	// RemedyListen: a call went out and nobody answers on that way; only an ear tells.
	RemedyListen Remedy = "listen"
	// RemedyHand: nothing is wrong with the horn that is known; start it at the site.
	RemedyHand Remedy = "hand"
	// RemedyVehicle: the siren cannot sound; drive a loudspeaker round its streets.
	RemedyVehicle Remedy = "vehicle"
)

// Remedies lists the remedies.
var Remedies = []Remedy{RemedyWait, RemedyListen, RemedyHand, RemedyVehicle}

// hornFails are reasons and details with which a siren cannot sound, whoever starts it.
var hornFails = []string{
	siren.ReasonFault.Key(), siren.ReasonPower.Key(), siren.ReasonSignal.Key(), siren.DetailHorn, siren.DetailPower,
}

// RemedyFor gives the nearest remedy for a siren that does not sound.
func RemedyFor(t TargetOutcome, registered siren.Siren, state siren.State) Remedy {
	ways := registered.Ways()
	at := slices.IndexFunc(ways, func(p siren.Path) bool { return string(p.Kind) == t.Path })
	switch {
	case slices.Contains(hornFails, t.Reason) || slices.Contains(hornFails, state.Detail):
		return RemedyVehicle
	case t.Outcome == dispatch.Unconfirmed:
		return RemedyListen
	case !t.Outcome.Final() && at+1 < len(ways) && len(ways) > 1:
		return RemedyWait
	default:
		return RemedyHand
	}
}

// targets gives how far a message came with each target of a job, those in
// trouble first, and what to do about sirens among them.
func (s *Service) targets(job *dispatch.JobState) []TargetOutcome {
	list := targets(job)
	if job.Channel != sirenChannel {
		return list
	}
	for i, t := range list {
		if registered, known := s.view.fleet.Siren(t.ID); known && t.Missing() && t.Reason != siren.KeySuperseded {
			list[i].Remedy = RemedyFor(t, registered, s.view.fleet.State(t.ID))
		}
	}
	return list
}

// FieldOrder is what crews in the field do about the sirens that a message did
// not reach.
type FieldOrder struct {
	Warning    string  `json:"warning"`
	Identifier string  `json:"identifier"`
	Summary    Summary `json:"summary"`
	// SignalName words the signal that the sirens were to give.
	SignalName Words     `json:"signalName"`
	At         time.Time `json:"at"`
	// Waiting counts the sirens that another way is tried for; nobody drives there yet.
	Waiting int         `json:"waiting"`
	Tasks   []FieldTask `json:"tasks"`
}

// FieldTask is one siren to drive to. They stand by region, and within one in
// the order of a short round.
type FieldTask struct {
	ARS      geo.ARS   `json:"ars"`
	Region   string    `json:"region"`
	Position geo.Point `json:"position"`
	// UTMREF is the place to the metre; empty outside that grid.
	UTMREF string `json:"utmref,omitempty"`
	Type   string `json:"type,omitempty"`
	TargetOutcome
	// ToDo and Why say it in words.
	ToDo Words `json:"toDo"`
	Why  Words `json:"why"`
}

// FieldOrder gives the order for the field of a warning's newest message.
func (s *Service) FieldOrder(id string) (FieldOrder, error) {
	var out FieldOrder
	err := notFound("warning.unknown", id)
	s.ledger.View(func() {
		w, ok := s.view.book.Warning(id)
		switch {
		case !ok:
			return
		case w.Last() == nil:
			err = refusal.New(problem.Conflict, "warning.unreleased")
			return
		}
		err = nil
		out = s.fieldOrder(w)
	})
	return out, err
}

// fieldOrder is called within View.
func (s *Service) fieldOrder(w *warning.Warning) FieldOrder {
	message := w.Last()
	out := FieldOrder{
		Warning: w.ID, Identifier: message.Identifier, Summary: summary(message.Content), SignalName: Words{},
		At: s.o.Now().UTC(), Tasks: []FieldTask{},
	}
	if signal := message.Content.Signal; signal != "" {
		out.SignalName = inBoth("siren.signal." + signal)
	}
	job, ok := s.view.jobs.Job(dispatch.JobID(message.Identifier, sirenChannel))
	if !ok {
		return out
	}
	for _, target := range s.targets(job) {
		registered, known := s.view.fleet.Siren(target.ID)
		switch {
		case !known || !target.Missing() || target.Remedy == "" || s.stopped(target.ID, message.Sent):
			continue
		case target.Remedy == RemedyWait:
			out.Waiting++
			continue
		}
		task := FieldTask{
			ARS: registered.ARS, Region: s.regionName(registered.ARS),
			Position: registered.Position, Type: registered.Type, TargetOutcome: target,
		}
		task.ToDo = inBoth("console.remedy." + string(task.Remedy))
		task.Why = inBoth(cmp.Or(target.Reason, "console.outcome."+cmp.Or(string(target.Outcome), "none")))
		if square, err := projection.ToUTMREF(registered.Position, 1); err == nil {
			task.UTMREF = square.String()
		}
		out.Tasks = append(out.Tasks, task)
	}
	out.Tasks = shortWay(out.Tasks)
	return out
}

// stopped reports whether a siren was ordered to be silent after a time: nobody is
// to start it then. It is called within View.
func (s *Service) stopped(id string, since time.Time) bool {
	return slices.ContainsFunc(s.view.stops.All(), func(o siren.StopOrder) bool {
		return o.At.After(since) && (o.All || slices.Contains(o.Sirens, id))
	})
}

// inBoth is a text of the catalogue in both languages.
func inBoth(key string) Words {
	return Words{catalogue.German: catalogue.For(catalogue.German).T(key), catalogue.English: catalogue.For(catalogue.English).T(key)}
}

// shortWay orders tasks by Kreis, and within one each after the one nearest to it,
// beginning in the north: no best tour, but one that a crew can drive.
func shortWay(tasks []FieldTask) []FieldTask {
	slices.SortStableFunc(tasks, func(a, b FieldTask) int {
		return cmp.Or(cmp.Compare(kreis(a), kreis(b)), cmp.Compare(b.Position.Lat, a.Position.Lat))
	})
	for i := 1; i < len(tasks); i++ {
		nearest := i
		for j := i; j < len(tasks) && kreis(tasks[j]) == kreis(tasks[i-1]); j++ {
			if tasks[i-1].Position.DistanceTo(tasks[j].Position) < tasks[i-1].Position.DistanceTo(tasks[nearest].Position) {
				nearest = j
			}
		}
		if kreis(tasks[nearest]) == kreis(tasks[i-1]) {
			tasks[i], tasks[nearest] = tasks[nearest], tasks[i]
		}
	}
	return tasks
}

func kreis(t FieldTask) geo.ARS { return cmp.Or(t.ARS.Kreis(), t.ARS) }

// CSV is the order as a table (RFC 4180) in a language of the catalogue.
func (o FieldOrder) CSV(tag string) ([]byte, error) {
	words := catalogue.For(tag)
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	var head []string
	for _, column := range []string{"siren", "name", "region", "utmref", "lat", "lon", "to-do", "why", "path", "since"} {
		head = append(head, words.T("console.field-order."+column))
	}
	rows := [][]string{head}
	for _, t := range o.Tasks {
		path := ""
		if t.Path != "" {
			path = words.T("siren.path." + t.Path)
		}
		at := ""
		if !t.At.IsZero() {
			at = t.At.UTC().Format(time.RFC3339)
		}
		rows = append(rows, []string{
			t.ID, text(t.Name), text(t.Region), t.UTMREF, fmt.Sprintf("%.5f", t.Position.Lat), fmt.Sprintf("%.5f", t.Position.Lon),
			t.ToDo[words.Tag()], t.Why[words.Tag()], path, at,
		})
	}
	if err := out.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write order for the field: %w", err)
	}
	return b.Bytes(), nil
}

// text keeps a spreadsheet from taking a text for a formula.
func text(s string) string {
	if strings.ContainsAny(s[:min(1, len(s))], "=+-@\t\r") {
		return "'" + s
	}
	return s
}
