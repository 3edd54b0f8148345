// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package coverage says whom a warning reaches: the people who live in its area,
// the sirens that stand in it and would sound, and who of the people hears them.
//
// It counts residents, not people present: at noon a business district holds many
// more, a suburb fewer. Of tells before a release whom a message would reach. Where
// the node has a census, Audience knows who lives in which cell, and Listeners
// follow who hears the sirens while these begin and end: to the person what the
// planner's map gives for the same sirens, model and level. Without a census
// the people are estimated from official populations and places (Method says
// which), and nobody is said to hear anything: the sirens in the area are listed,
// and that is all.
package coverage

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// TopPlaces is how many places a Reach names.
const TopPlaces = 10

// Reach is whom a message can reach.
type Reach struct {
	// People is the estimated number of residents in the area.
	People int `json:"people"`
	// Method says how People came about.
	Method Method `json:"method" enum:"reach.official,reach.places,reach.partial"`
	// Unknown are regions of the area that People leaves out, since nothing is
	// known of them.
	Unknown []geo.ARS `json:"unknown,omitempty"`
	// Places are the largest places in the area, at most TopPlaces; PlaceCount is all.
	Places     []PlaceReach `json:"places"`
	PlaceCount int          `json:"placeCount"`
	Sirens     SirenReach   `json:"sirens"`
	// Hearing is who in the area would hear the sirens, by the census; nil where no
	// siren would sound or no census of the area was imported.
	Hearing *Hearing `json:"hearing,omitempty"`
}

// Method says how a number of people was estimated; it is a catalogue key.
type Method string

// The methods, from the best to the least.
const (
	// Official: the sum of official populations of whole regions.
	Official Method = "reach.official"
	// Places: by the populated places in the area; an order of magnitude, no census.
	Places Method = "reach.places"
	// Partial: as Places, and regions are left out of which nothing is known.
	Partial Method = "reach.partial"
)

// PlaceReach is a place in the area.
type PlaceReach struct {
	Name       string    `json:"name"`
	ARS        geo.ARS   `json:"ars,omitempty"`
	Population int       `json:"population"`
	Position   geo.Point `json:"position"`
}

// SirenReach is the sirens in the area. Ready + len(NotReady) make the total.
type SirenReach struct {
	// Signal is what they would give; empty when none is asked for, and then the
	// sirens are counted as for any signal.
	Signal string `json:"signal,omitempty"`
	Total  int    `json:"total"`
	Ready  int    `json:"ready"`
	// WillSound is Ready when a signal is asked for, else zero.
	WillSound int `json:"willSound"`
	// NotReady lists every siren that would not sound, and why, by id.
	NotReady []SirenTrouble `json:"notReady"`
	// IDs are all sirens in the area, sorted.
	IDs []string `json:"ids"`
}

// SirenTrouble is a siren that would not sound.
type SirenTrouble struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Condition siren.Condition `json:"condition"`
	// Detail is a catalogue key when more is known than the condition.
	Detail string    `json:"detail,omitempty"`
	Since  time.Time `json:"since,omitzero"`
}

// DetailNoSignal marks a siren that cannot give the signal asked for.
const DetailNoSignal = "reason.no-signal"

// Input is what Of asks about.
type Input struct {
	Area geo.Area
	// Signal is the siren signal of the message, empty for none.
	Signal    string
	Gazetteer *geo.Gazetteer
	Sirens    []siren.Siren
	// State gives what is known of a siren, such as siren.Fleet.State.
	State func(id string) siren.State
	// Audience knows where people live; nil where no census was imported.
	Audience *Audience
}

// Of estimates the reach of a message. The area must have passed geo.ValidateArea.
func Of(in Input) Reach {
	reach := Reach{Places: []PlaceReach{}, Sirens: sirens(in)}
	if in.Area.Empty() {
		reach.Method = Official
		return reach
	}
	estimate := in.Gazetteer.PopulationIn(in.Area)
	reach.People, reach.Unknown = estimate.People, estimate.Unknown
	switch {
	case len(estimate.Unknown) > 0:
		reach.Method = Partial
	case estimate.Official:
		reach.Method = Official
	default:
		reach.Method = Places
	}
	places := in.Gazetteer.PlacesIn(in.Area)
	reach.PlaceCount = len(places)
	if in.Audience != nil && in.Signal != "" {
		reach.Hearing = in.hearing(reach.Sirens)
	}
	for _, p := range places[:min(TopPlaces, len(places))] {
		reach.Places = append(reach.Places, PlaceReach{Name: p.Name, ARS: p.ARS, Population: p.Population, Position: p.Point})
	}
	return reach
}

// hearing is who would hear the sirens that are ready, and whom the others would
// have reached alone; nil where nobody knows who lives in the area.
func (in Input) hearing(reach SirenReach) *Hearing {
	listeners, err := in.Audience.Listen(in.Area, in.Sirens)
	if err != nil || listeners == nil {
		return nil // the error is a level that the registry would have refused
	}
	silent := map[string]bool{}
	for _, s := range reach.NotReady {
		silent[s.ID] = true
	}
	for _, id := range reach.IDs {
		if !silent[id] {
			listeners.Set(id, true)
		}
	}
	h := listeners.Hearing()
	for id := range silent {
		listeners.Set(id, true)
	}
	h.Bereft = listeners.Numbers().Reached - h.Reached
	return &h
}

func sirens(in Input) SirenReach {
	reach := SirenReach{Signal: in.Signal, NotReady: []SirenTrouble{}, IDs: []string{}}
	if in.Area.Empty() {
		return reach
	}
	regions := in.Gazetteer.Regions()
	for _, s := range in.Sirens {
		if !regions.Covers(in.Area, s.Position, s.ARS) {
			continue
		}
		reach.Total++
		reach.IDs = append(reach.IDs, s.ID)
		state := in.State(s.ID)
		trouble := SirenTrouble{ID: s.ID, Name: s.Name, Condition: state.Condition, Detail: state.Detail, Since: state.Since}
		switch {
		case !Ready(state.Condition):
			reach.NotReady = append(reach.NotReady, trouble)
		case in.Signal != "" && !slices.Contains(s.Signals, in.Signal):
			trouble.Detail = DetailNoSignal
			reach.NotReady = append(reach.NotReady, trouble)
		default:
			reach.Ready++
		}
	}
	if in.Signal != "" {
		reach.WillSound = reach.Ready
	}
	slices.Sort(reach.IDs)
	slices.SortFunc(reach.NotReady, func(a, b SirenTrouble) int { return cmp.Compare(a.ID, b.ID) })
	return reach
}

// Ready reports whether a siren in that condition takes an order to sound now.
// One that sounds or is busy does: it takes the order up after what it does.
func Ready(c siren.Condition) bool {
	return c == siren.ConditionReady || c == siren.ConditionTriggered || c == siren.ConditionBusy
}
