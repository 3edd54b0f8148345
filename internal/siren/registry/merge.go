// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Verdict is what becomes of a row.
type Verdict string

// The verdicts.
const (
	Added        Verdict = "added"
	Changed      Verdict = "changed"
	Moved        Verdict = "moved" // further than SamePlace; it may have changed otherwise too
	Unchanged    Verdict = "unchanged"
	Duplicate    Verdict = "duplicate" // of another siren or row; not taken
	RowIsRefused Verdict = "refused"
)

// SamePlace is how near two entries of one siren stand, in metres.
const SamePlace = 30.0

// MergeOptions is the registry that a list is held against.
type MergeOptions struct {
	Existing []siren.Siren
	// Highest is the highest number ever given: new sirens are numbered behind it.
	Highest uint32
	// Known reports whether an id was ever given; nil stands for those existing.
	Known func(id string) bool
	// Ground fills in regions and refuses what stands outside the territory; nil
	// leaves positions unchecked.
	Ground *Ground
	// Signals are given to new sirens of which the list says none.
	Signals []string
	// TakeDuplicates takes what looks like a siren that is there already, for
	// several horns at one place.
	TakeDuplicates bool
}

// Entry is what becomes of one row.
type Entry struct {
	Row     int     `json:"row"`
	Verdict Verdict `json:"verdict" enum:"added,changed,moved,unchanged,duplicate,refused"`
	ID      string  `json:"id,omitempty"`
	Number  uint32  `json:"number,omitempty"`
	Name    string  `json:"name,omitempty"`
	// Fields are the members that change, by their JSON names.
	Fields []string `json:"fields,omitempty"`
	// Distance is how far it moved, or how far its twin is, in metres.
	Distance float64 `json:"distance,omitempty"`
	// Other is the siren that the row repeats.
	Other string `json:"other,omitempty"`
	// Faults say why it is refused or a duplicate, by column.
	Faults []problem.Fault `json:"faults,omitempty"`
}

// Merged is what a list makes of a registry.
type Merged struct {
	// Entries are in the order of the rows.
	Entries []Entry         `json:"entries"`
	Counts  map[Verdict]int `json:"counts"`
	// Sirens are the entries to be registered: those added, changed and moved.
	Sirens []siren.Siren `json:"-"`
}

// Merge says what the list changes in a registry. The same list twice changes
// nothing the second time.
func Merge(sheet *Sheet, o MergeOptions) Merged {
	m := &merger{o: o, index: newIndex(), touched: map[string]int{}, numbers: map[uint32]string{}, highest: o.Highest}
	for _, s := range o.Existing {
		m.index.add(s)
		m.numbers[s.Number] = s.ID
		m.highest = max(m.highest, s.Number)
	}
	for _, r := range sheet.Rows {
		m.take(r)
	}
	m.number()
	merged := Merged{Entries: m.entries, Counts: map[Verdict]int{RowIsRefused: sheet.RefusedTotal - len(sheet.Refused)}}
	for _, r := range sheet.Refused {
		merged.Entries = append(merged.Entries, Entry{Row: r.Row, Verdict: RowIsRefused, ID: r.ID, Name: r.Name, Faults: r.Faults})
	}
	slices.SortStableFunc(merged.Entries, func(a, b Entry) int { return cmp.Compare(a.Row, b.Row) })
	for _, e := range merged.Entries {
		merged.Counts[e.Verdict]++
	}
	for _, s := range m.sirens {
		if s.ID != "" {
			merged.Sirens = append(merged.Sirens, s)
		}
	}
	return merged
}

type merger struct {
	o       MergeOptions
	index   *index
	touched map[string]int // id of an existing siren to the row that speaks of it
	numbers map[uint32]string
	highest uint32
	entries []Entry
	// sirens are those to be registered; fresh are the places of new ones in it,
	// and entryOf of their entries. One without id has been refused.
	sirens  []siren.Siren
	fresh   []int
	entryOf map[int]int
}

func (m *merger) take(r Row) {
	e := Entry{Row: r.Row, ID: r.Siren.ID, Name: r.Siren.Name}
	old, known := m.find(r.Siren)
	s := r.onto(old)
	s.ID, s.Number = old.ID, old.Number
	switch row, again := m.touched[old.ID]; {
	case known && again:
		e.Verdict, e.Other = Duplicate, old.ID
		e.Faults = append(e.Faults, refusal.Fault("", "registry.repeats-row", strconv.Itoa(row)))
	case known:
		m.touched[old.ID] = r.Row
		e.ID, e.Number, e.Name = old.ID, old.Number, s.Name
		e.Faults = append(m.fixed(r.Siren, old), m.settle(r, &s)...)
		e.Distance = old.Position.DistanceTo(s.Position)
	default:
		s.ID, s.Number = r.Siren.ID, r.Siren.Number
		if !m.o.TakeDuplicates {
			e.Other, e.Distance, e.Faults = m.twin(r.Siren)
		}
		if e.Other != "" {
			e.Verdict = Duplicate
			break
		}
		e.Faults = m.settle(r, &s)
	}
	switch e.Fields = siren.Difference(old, s); {
	case e.Verdict == Duplicate:
		e.Fields = nil
	case len(e.Faults) > 0:
		e.Verdict, e.Fields = RowIsRefused, nil
	case !known:
		m.add(&e, s)
	case len(e.Fields) == 0:
		e.Verdict = Unchanged
	case e.Distance > SamePlace:
		e.Verdict = Moved
	default:
		e.Verdict = Changed
	}
	if e.Verdict == Changed || e.Verdict == Moved {
		m.sirens = append(m.sirens, s)
	}
	if e.Verdict != Moved && e.Verdict != Duplicate {
		e.Distance = 0
	}
	m.entries = append(m.entries, e)
}

// find is the siren that is there already of which the row speaks: that of its
// id, or where it names none, that of its hardware, place or name.
func (m *merger) find(s siren.Siren) (siren.Siren, bool) {
	if s.ID != "" {
		old, known := m.index.byID[s.ID]
		return old, known
	}
	if id, _ := m.index.hardware(s); id != "" {
		return m.index.byID[id], true
	}
	if id, _ := m.index.near(s.Position); id != "" {
		return m.index.byID[id], true
	}
	if id := m.index.byName[m.nameOf(s)]; id != "" {
		return m.index.byID[id], true
	}
	return siren.Siren{}, false
}

// twin is another siren that a new one seems to be, why, and how far it is.
func (m *merger) twin(s siren.Siren) (other string, distance float64, faults []problem.Fault) {
	if id, what := m.index.hardware(s); id != "" {
		faults = append(faults, refusal.Fault(what, "registry.duplicate-hardware", id))
		return id, s.Position.DistanceTo(m.index.byID[id].Position), faults
	}
	if id, metres := m.index.near(s.Position); id != "" {
		return id, metres, append(faults, refusal.Fault("lat", "registry.duplicate-near", id, strconv.Itoa(int(metres))))
	}
	if id := m.index.byName[m.nameOf(s)]; id != "" {
		return id, s.Position.DistanceTo(m.index.byID[id].Position), append(faults, refusal.Fault("name", "registry.duplicate-name", id))
	}
	return "", 0, nil
}

// nameOf is what a name is found by: the same name in another Kreis is another siren.
func (m *merger) nameOf(s siren.Siren) string {
	if s.Name == "" {
		return ""
	}
	key := s.ARS
	if key == "" && m.o.Ground != nil {
		key, _ = m.o.Ground.at(s.Position)
	}
	return nameKey(s.Name, key)
}

// fixed refuses what a list cannot change: a device knows its number and its key.
func (m *merger) fixed(said, old siren.Siren) []problem.Fault {
	var faults []problem.Fault
	if said.Number != 0 && said.Number != old.Number {
		faults = append(faults, refusal.Fault("number", "registry.number-fixed", plainUint(old.Number)))
	}
	if len(said.PublicKey) > 0 && len(old.PublicKey) > 0 && !bytes.Equal(said.PublicKey, old.PublicKey) {
		faults = append(faults, refusal.Fault("key", "registry.key-fixed"))
	}
	return faults
}

// settle fills in region, name and signals, and holds the entry to its ground
// and to the rules of the registry.
func (m *merger) settle(r Row, s *siren.Siren) []problem.Fault {
	if g := m.o.Ground; g != nil {
		at, own := g.at(s.Position)
		switch {
		case at == "":
			return []problem.Fault{refusal.Fault("lat", "registry.sea")}
		case !own:
			return []problem.Fault{refusal.Fault("lat", "registry.outside", g.name(at))}
		case s.ARS == "" || r.Siren.ARS == "" && !g.fits(s.Position, s.ARS):
			s.ARS = at
		case !g.fits(s.Position, s.ARS):
			return []problem.Fault{refusal.Fault("ars", "registry.region-differs", g.name(at), string(s.ARS))}
		case !g.own(s.ARS):
			return []problem.Fault{refusal.Fault("ars", "registry.outside", g.name(s.ARS))}
		}
	}
	if s.Name == "" && m.o.Ground != nil {
		s.Name = m.o.Ground.place(s.Position)
	}
	s.Name = cmp.Or(s.Name, utmref(s.Position), fmt.Sprintf("%.5f %.5f", s.Position.Lat, s.Position.Lon))
	if r.Siren.Name == "" {
		s.Name = m.index.free(s.Name, s.ARS, s.ID)
	}
	if len(s.Signals) == 0 {
		s.Signals = slices.Clone(m.o.Signals)
	}
	if s.Number != 0 {
		if id := m.numbers[s.Number]; id != "" && id != s.ID {
			return []problem.Fault{refusal.Fault("number", "registry.number-taken", plainUint(s.Number), id)}
		}
	}
	whole := *s
	whole.ID, whole.Number, whole.ARS = cmp.Or(s.ID, "new"), max(s.Number, 1), cmp.Or(s.ARS, geo.Federation)
	return whole.Check()
}

// add takes a new siren; its number and id may have to wait for the others.
func (m *merger) add(e *Entry, s siren.Siren) {
	e.Verdict, e.Name, e.Fields = Added, s.Name, nil
	if m.entryOf == nil {
		m.entryOf = map[int]int{}
	}
	place := len(m.sirens)
	m.fresh, m.entryOf[place] = append(m.fresh, place), len(m.entries)
	if s.ID == "" {
		s.ID = m.freeID(s.ARS)
	}
	if s.Number != 0 {
		m.numbers[s.Number] = s.ID
		m.highest = max(m.highest, s.Number)
	}
	m.sirens = append(m.sirens, s)
	m.index.add(s)
	m.touched[s.ID] = e.Row
}

// freeID is the next id of a Kreis.
func (m *merger) freeID(key geo.ARS) string {
	area := string(cmp.Or(key.Kreis(), key, geo.Federation))
	for {
		m.index.serial[area]++
		id := fmt.Sprintf("%s-%04d", area, m.index.serial[area])
		if _, taken := m.index.byID[id]; !taken && (m.o.Known == nil || !m.o.Known(id)) {
			return id
		}
	}
}

// number gives numbers to new sirens that have none, by region, so that frames
// that name the sirens of a region stay short.
func (m *merger) number() {
	slices.SortStableFunc(m.fresh, func(a, b int) int {
		x, y := m.sirens[a], m.sirens[b]
		return cmp.Or(cmp.Compare(x.ARS, y.ARS), strings.Compare(x.Name, y.Name))
	})
	for _, place := range m.fresh {
		s := &m.sirens[place]
		if s.Number == 0 {
			m.highest++
			s.Number = m.highest
		}
		e := &m.entries[m.entryOf[place]]
		e.ID, e.Number = s.ID, s.Number
	}
}
