// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package sites

import (
	"cmp"
	"fmt"
	"math"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/siting"
)

func invalid(remedy, message string, args ...any) error {
	return problem.New(problem.Invalid, fmt.Sprintf(message, args...), remedy)
}

// mostEuros is more than a siren or a candidate costs.
const mostEuros = 1e9

// Check says what is wrong with a kind, and what would be right, as a
// *problem.Error.
func (k Kind) Check() error {
	switch {
	case k.ID == "":
		return invalid("Give each kind an id, such as roof-600.", "A kind of siren has no id.")
	case !(k.Height > 0 && k.Height <= 200):
		return invalid("Give the height of the horns above the ground in metres.", "The kind %s has a height of %g m.", k.ID, k.Height)
	case !(k.Cost > 0 && k.Cost < mostEuros):
		return invalid("Give what one costs in euros.", "The kind %s has a cost of %g euros.", k.ID, k.Cost)
	case k.Mount != "" && k.Mount != "roof" && k.Mount != "mast":
		return invalid("Use roof or mast.", "The kind %s has the mount %q.", k.ID, k.Mount)
	case k.Rating == 0 && k.Spectrum == (acoustics.Spectrum{}):
		return invalid("Give its rating in dB(A) at 30 m, or its spectrum.", "The kind %s has no level.", k.ID)
	}
	return k.source(&Candidate{ID: k.ID}).Validate()
}

// check says what is wrong with the question before anything is reckoned.
func (q Question) check() error {
	switch {
	case len(q.Candidates) == 0:
		return invalid("Give a file with at least one candidate that can be taken, or cells:2000 for inhabited cells.", "There is no candidate.")
	case len(q.Candidates) > MaxCandidates:
		return problem.New(problem.TooLarge, fmt.Sprintf("There are %d candidates; %d are the most that are taken.", len(q.Candidates), MaxCandidates), "Give fewer, or a greater spacing.")
	case len(q.Kinds) == 0:
		return invalid("Name at least one kind with its level and cost.", "There is no kind of siren.")
	case !(q.Share >= 0 && q.Share <= 1):
		return invalid("Give a share above 0 and up to 1, such as 0.9 for 90 per cent of the people.", "A share of %g is none.", q.Share)
	case q.Share == 0 && q.Budget == 0:
		return invalid("Give a budget in euros above 0, or a share of the people above 0 and up to 1.", "A budget of 0 euros buys nothing, and a share of 0 asks for nothing.")
	case q.Share == 0 && !(q.Budget > 0 && q.Budget < math.MaxFloat64):
		return invalid("Give euros above 0.", "A budget of %g euros is none.", q.Budget)
	}
	known := map[string]Kind{}
	for _, k := range q.Kinds {
		if err := k.Check(); err != nil {
			return err
		}
		if _, twice := known[k.ID]; twice {
			return invalid("Give every kind an id of its own.", "The kind %s is given twice.", k.ID)
		}
		known[k.ID] = k
	}
	return q.checkCandidates(known)
}

// checkCandidates looks at the candidates, and at what is required of them together.
func (q Question) checkCandidates(known map[string]Kind) error {
	forbidden, required, money := 0, 0, 0.0
	for i := range q.Candidates {
		c := &q.Candidates[i]
		kinds := c.Kinds
		if len(kinds) == 0 {
			for _, k := range q.Kinds {
				kinds = append(kinds, k.ID)
			}
		}
		for _, id := range kinds {
			k, is := known[id]
			switch {
			case !is:
				return invalid("Use an id of the kinds given, or add the kind to them.", "The candidate %s names a kind of siren %q, which there is not.", c.ID, id)
			case k.Directed() && c.Axis == nil:
				return invalid("Give candidates with the column axis, the bearing in degrees (north is 360); or leave out the kind.", "The kind %s sounds to one side, and the candidate %s does not say to which.", id, c.ID)
			}
		}
		switch {
		case c.Axis != nil && !(*c.Axis >= 0 && *c.Axis <= 360):
			return invalid("Give degrees from north, clockwise, 0 to 360.", "The candidate %s has the axis %g.", c.ID, *c.Axis)
		case c.Cost != 0 && !(c.Cost > 0 && c.Cost < mostEuros):
			return invalid("Give what it costs in euros.", "The candidate %s has a cost of %g euros.", c.ID, c.Cost)
		case c.State == siting.Forbidden:
			forbidden++
		case c.State == siting.Required && len(kinds) > 1:
			return invalid("Name the one kind of siren to build there in the column kinds.", "The candidate %s is required, but not of which kind.", c.ID)
		case c.State == siting.Required:
			required++
			money += cmp.Or(c.Cost, known[kinds[0]].Cost)
		}
	}
	switch {
	case forbidden == len(q.Candidates):
		return invalid("Set the state of some to free.", "All %d candidates are forbidden.", forbidden)
	case q.Share == 0 && money > q.Budget:
		return invalid(fmt.Sprintf("Raise the budget to %.0f euros at least, or set some of them to free.", math.Ceil(money)),
			"The %d required sites cost %.0f euros; the budget is %.0f.", required, money, q.Budget)
	}
	return nil
}

// bytesPerPair is about what a candidate's cell takes: in the problem, and in the
// forms that the search makes of it.
const bytesPerPair = 40

// fits refuses candidates that reach more cells than there is memory for, as soon
// as that shows: so many pairs of a siren and a cell come from so many candidates.
func (q Question) fits(pairs int64, candidates int) error {
	if q.Memory <= 0 || pairs*bytesPerPair <= q.Memory {
		return nil
	}
	all := float64(pairs) * float64(len(q.Candidates)) / float64(candidates)
	return problem.New(problem.TooLarge,
		fmt.Sprintf("%d candidates reach about %.0f million cells together, which need about %.0f MiB of memory; %d MiB are there.", len(q.Candidates), all/1e6, all*bytesPerPair/(1<<20), q.Memory>>20),
		"Give fewer candidates or kinds, a higher level, or the grid of 1 km.")
}

// reachable says so where no choice of sites reaches the share asked for.
func (q Question) reachable(p *Problem) error {
	if q.Share == 0 {
		return nil
	}
	heard := make([]bool, len(p.Siting.Demand))
	all, some := 0.0, 0.0
	for _, s := range p.Siting.Sites {
		if s.State != siting.Forbidden {
			for _, i := range s.Cells {
				heard[i] = true
			}
		}
	}
	for i, people := range p.Siting.Demand {
		all += people
		if heard[i] {
			some += people
		}
	}
	if some >= q.Share*all*(1-1e-12) {
		return nil
	}
	return invalid(fmt.Sprintf("Ask for a share of at most %.3f, or give more candidates, louder kinds or a lower level.", math.Floor(1000*some/all)/1000),
		"All %d candidates and the sirens that stand together reach %.1f %% of the people; %g %% are asked for.", len(q.Candidates), 100*some/all, 100*q.Share)
}
