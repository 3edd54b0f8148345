// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Key is how money is split among areas.
type Key string

// The keys.
const (
	ByPeople      Key = "people"      // in proportion to those who live there
	ByNeed        Key = "need"        // to those who hear no siren before the programme
	ByKoenigstein Key = "koenigstein" // to the shares of the Länder
	ByShares      Key = "shares"      // to the shares that the programme names
	ByGain        Key = "gain"        // not split: each euro goes where it warns most people
)

// Keys lists the keys.
var Keys = []Key{ByPeople, ByNeed, ByKoenigstein, ByShares, ByGain}

// Koenigstein is the Königsteiner Schlüssel of 2016 in per cent, by Land: two
// thirds tax revenue, one third people. The Gemeinsame Wissenschaftskonferenz
// publishes the one in force; a programme names its shares instead.
var Koenigstein = map[geo.ARS]float64{
	"01": 3.39074, "02": 2.55752, "03": 9.33138, "04": 0.95331, "05": 21.14424, "06": 7.39885, "07": 4.83089, "08": 12.96662,
	"09": 15.53327, "10": 1.21111, "11": 5.08324, "12": 3.03655, "13": 2.01240, "14": 5.05577, "15": 2.79941, "16": 2.69470,
}

// Year is one year's money in euros.
type Year struct {
	Year   int     `json:"year" yaml:"year"`
	Budget float64 `json:"budget" yaml:"budget"`
}

// ProgrammeQuestion asks how to spend money over years.
type ProgrammeQuestion struct {
	SitesQuestion
	Title string `json:"title"`
	Years []Year `json:"years"`
	// Areas are those among which money is split: Länder, Kreise or Gemeinden, none
	// within another. Candidates elsewhere are not built.
	Areas []geo.ARS `json:"areas"`
	Split Key       `json:"split"`
	// Shares are for ByShares and ByKoenigstein, in any unit, by area.
	Shares map[geo.ARS]float64 `json:"shares,omitempty"`
	// Done is told how many areas of how many are planned; may be nil.
	Done func(done, total int) `json:"-"`
}

// Programme is how to spend it.
type Programme struct {
	Basis
	Title   string  `json:"title"`
	Split   Key     `json:"split"`
	People  float64 `json:"people"`
	Before  float64 `json:"before"`
	Covered float64 `json:"covered"`
	Budget  float64 `json:"budget"`
	Spent   float64 `json:"spent"`
	// Gap is the largest of the areas': how far its sites can be from the best for
	// all of its money, 0 to 1.
	Gap   float64         `json:"gap"`
	Areas []ProgrammeArea `json:"areas"`
	Years []ProgrammeYear `json:"years"`
	Sites []BuiltSite     `json:"sites"`
	// Regions are who gains, by the least regions that are known.
	Regions []Gain `json:"regions"`
	// Stages are the years, counted from 1, by cell.
	Stages Stages `json:"-"`
}

// ProgrammeArea is what one area gets and what it does with it.
type ProgrammeArea struct {
	ARS     geo.ARS `json:"ars,omitempty"`
	Name    string  `json:"name"`
	Share   float64 `json:"share"` // of all money, 0 to 1
	Budget  float64 `json:"budget"`
	Spent   float64 `json:"spent"`
	People  int64   `json:"people"`
	Before  int64   `json:"before"`
	Covered int64   `json:"covered"`
	Sites   int     `json:"sites"`
	Gap     float64 `json:"gap"`
}

// ProgrammeYear is what one year buys.
type ProgrammeYear struct {
	Year   int     `json:"year"`
	Budget float64 `json:"budget"`
	Spent  float64 `json:"spent"`
	// Left is what is over and goes into the next year.
	Left  float64 `json:"left"`
	Sites int     `json:"sites"`
	// Gains is how many people more are covered at the year's end, Covered all.
	Gains   float64 `json:"gains"`
	Covered float64 `json:"covered"`
}

// BuiltSite is a site with the year in which to build it and the area that pays.
type BuiltSite struct {
	Year int     `json:"year"`
	Area geo.ARS `json:"area,omitempty"`
	Site
}

// Plan spends the money: each area chooses the best sites for all that it gets,
// and builds them in the order of people per euro as its money comes in; what is
// left over waits for the next year. Its errors are of kind Invalid, or the
// context's.
func Plan(ctx context.Context, in Inputs, q ProgrammeQuestion) (*Programme, error) {
	q.CoverageQuestion = q.filled()
	if err := problem.InvalidFaults("The programme is not in order.", q.faults(in)); err != nil {
		return nil, err
	}
	before, err := Cover(ctx, in, q.CoverageQuestion)
	if err != nil {
		return nil, err
	}
	p := &Programme{
		Basis: before.Basis, Title: q.Title, Split: q.Split, People: float64(before.People), Before: float64(before.Covered),
		Areas: []ProgrammeArea{}, Sites: []BuiltSite{},
	}
	for _, y := range q.Years {
		p.Budget += y.Budget
		p.Years = append(p.Years, ProgrammeYear{Year: y.Year, Budget: y.Budget})
	}
	p.Areas = q.areas(in, before)
	money := make([]float64, len(q.Years)) // unspent of each year, over all areas
	for i := range p.Areas {
		if q.Done != nil {
			q.Done(i, len(p.Areas))
		}
		area := &p.Areas[i]
		area.Budget = area.Share * p.Budget
		chosen, err := q.chosen(ctx, in, area, before.Map)
		if err != nil {
			return nil, err
		}
		p.spend(area, chosen, money)
		p.Gap = max(p.Gap, area.Gap)
	}
	for i := range p.Years {
		p.Years[i].Left = money[i]
	}
	return p, p.settle(in, before)
}

// chosen is the best sites of one area for all of its money, in the order in which
// to build them, beside the sirens that stand.
func (q ProgrammeQuestion) chosen(ctx context.Context, in Inputs, area *ProgrammeArea, before *earshot.Map) ([]Site, error) {
	question := q.SitesQuestion
	question.Budget, question.Share = area.Budget, 0
	question.Candidates = q.within(in, area.ARS)
	if len(question.Candidates) == 0 || question.Budget <= 0 {
		return nil, nil
	}
	answer, err := in.choose(ctx, question, before, time.Now())
	if err != nil {
		return nil, err
	}
	area.Gap = answer.Gap
	return answer.Sites, nil
}

// spend gives each site of an area its year, as the area's money comes in.
func (p *Programme) spend(area *ProgrammeArea, chosen []Site, money []float64) {
	left := 0.0
	for y := range p.Years {
		year := &p.Years[y]
		left += area.Share * year.Budget
		for len(chosen) > 0 && chosen[0].Cost <= left+0.005 {
			site := chosen[0]
			chosen = chosen[1:]
			left -= site.Cost
			area.Spent += site.Cost
			area.Sites++
			p.Spent += site.Cost
			year.Spent += site.Cost
			year.Sites++
			p.Sites = append(p.Sites, BuiltSite{Year: year.Year, Area: area.ARS, Site: site})
		}
		money[y] += left
	}
}

// within is the candidates of an area; all of them for the empty one.
func (q ProgrammeQuestion) within(in Inputs, area geo.ARS) []sites.Candidate {
	if area == "" {
		return q.Candidates
	}
	var list []sites.Candidate
	for _, c := range q.Candidates {
		p, err := projection.LAEAEurope.Inverse(c.Position)
		if err != nil {
			continue
		}
		if r, ok := in.Regions.At(p); ok && area.Contains(r.ARS) {
			list = append(list, c)
		}
	}
	return list
}

// settle reckons who is covered at the end of each year, with all that stands
// then: a siren is heard beyond the area that paid for it.
func (p *Programme) settle(in Inputs, before *Coverage) error {
	slices.SortStableFunc(p.Sites, func(a, b BuiltSite) int { return cmp.Compare(a.Year, b.Year) })
	p.Covered, p.Stages, p.Regions = p.Before, heardNow(before.Map), []Gain{}
	next := 0
	for i := range p.Years {
		year := &p.Years[i]
		for ; next < len(p.Sites) && p.Sites[next].Year == year.Year; next++ {
			gained, err := p.Stages.build(before.Map, p.Sites[next].Site, i+1)
			if err != nil {
				return err
			}
			year.Gains += float64(gained)
		}
		p.Covered += year.Gains
		year.Covered = p.Covered
	}
	if before.joined != nil {
		p.Regions = append(p.Regions, p.Stages.gains(in.Grid, before.joined, in.Regions)...)
	}
	for a := range p.Areas {
		area := &p.Areas[a]
		if area.ARS == "" {
			area.Covered = int64(p.Covered)
			continue
		}
		for _, r := range p.Regions {
			if area.ARS.Contains(r.ARS) {
				area.Covered += r.After
			}
		}
	}
	return nil
}

// areas lists what each area is to get.
func (q ProgrammeQuestion) areas(in Inputs, before *Coverage) []ProgrammeArea {
	if q.Split == ByGain {
		return []ProgrammeArea{{Name: "all", Share: 1, People: before.People, Before: before.Count.Covered}}
	}
	list := make([]ProgrammeArea, len(q.Areas))
	total := 0.0
	for i, ars := range q.Areas {
		count := sum(before, ars)
		list[i] = ProgrammeArea{ARS: ars, Name: in.regionName(ars), People: count.People, Before: count.Covered}
		switch q.Split {
		case ByPeople:
			list[i].Share = float64(count.People)
		case ByNeed:
			list[i].Share = float64(count.People - count.Covered)
		case ByKoenigstein:
			list[i].Share = Koenigstein[ars.Land()]
		}
		if share, named := q.Shares[ars]; named {
			list[i].Share = share
		}
		total += list[i].Share
	}
	for i := range list {
		if total > 0 {
			list[i].Share /= total
		}
	}
	return list
}

// sum counts the people of an area; everyone for the empty one.
func sum(c *Coverage, area geo.ARS) earshot.Count {
	if area == "" {
		return c.Count
	}
	var total earshot.Count
	for _, r := range c.Regions {
		if area.Contains(r.ARS) {
			total.People += r.People
			total.Covered += r.Covered
		}
	}
	return total
}

// faults are everything that is wrong with the question.
func (q ProgrammeQuestion) faults(in Inputs) []problem.Fault {
	var faults []problem.Fault
	fault := func(field, message, remedy string) {
		faults = append(faults, problem.Fault{Field: field, Rule: "programme." + field, Message: message, Remedy: remedy})
	}
	if len(q.Years) == 0 {
		fault("years", "there is no year", "Name each year with its budget.")
	}
	for i, y := range q.Years {
		if !(y.Budget >= 0 && y.Budget < 1e12) {
			fault(fmt.Sprintf("years[%d].budget", i), fmt.Sprintf("%g euros are no budget", y.Budget), "Give euros, 0 or more.")
		}
		if i > 0 && y.Year <= q.Years[i-1].Year {
			fault(fmt.Sprintf("years[%d].year", i), fmt.Sprintf("%d does not come after %d", y.Year, q.Years[i-1].Year), "Name the years in their order, each once.")
		}
	}
	if !slices.Contains(Keys, q.Split) {
		fault("split", fmt.Sprintf("there is no key %q", q.Split), "Use people, need, koenigstein, shares or gain.")
	}
	if q.Split == ByGain {
		return faults
	}
	if in.Regions == nil {
		fault("regions", "money cannot be split without boundaries", "Give the regions, or split by gain.")
		return faults
	}
	if len(q.Areas) == 0 {
		fault("areas", "there is no area to split among", "Name the areas by their keys (ARS), or split by gain.")
	}
	for i, a := range q.Areas {
		field := fmt.Sprintf("areas[%d]", i)
		if ars, err := geo.ParseARS(string(a)); err != nil || ars != a {
			fault(field, fmt.Sprintf("%q is no regional key in its shortest form", a), "Give 2 digits for a Land, 5 for a Kreis, 12 for a Gemeinde.")
			continue
		}
		if len(in.Regions.Under(a, geo.LevelNone)) == 0 {
			fault(field, fmt.Sprintf("%s is not among the regions", a), "Give boundaries that hold it.")
		}
		for _, other := range q.Areas[:i] {
			if a.Contains(other) || other.Contains(a) {
				fault(field, fmt.Sprintf("%s and %s lie one within the other", other, a), "Name areas that do not overlap.")
			}
		}
		share, named := q.Shares[a]
		if q.Split == ByShares && !named || named && !(share >= 0 && share < 1e12) {
			fault(field, fmt.Sprintf("%s has no share", a), "Give a share for every area, 0 or more.")
		}
		if q.Split == ByKoenigstein && !named && a.Level() != geo.LevelLand {
			fault(field, fmt.Sprintf("the Königstein key is for Länder, and %s is none", a), "Name Länder, or split by need or people.")
		}
	}
	return faults
}
