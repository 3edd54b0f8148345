// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/report"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

const (
	planPath = "/console/plan"
	// shownNotes is how many notes about a file the page lists.
	shownNotes = 50
	// importTime is how long a file may take to arrive.
	importTime = time.Hour
	// mostCompared is how many studies can stand side by side.
	mostCompared = 4
)

// planData is the planner's first page.
type planData struct {
	Studies  []study.Study
	Datasets []study.Dataset
	// Imports are files that are on their way.
	Imports []study.Importing
	// Kept is what was imported just now, by its digest.
	Kept string
}

// Kinds are what can be asked.
func (planData) Kinds() []study.Kind { return study.Kinds }

// Roles are those for which files can be imported.
func (planData) Roles() []study.Role { return study.Roles }

// Compares reports whether there is anything to compare.
func (d planData) Compares() bool {
	return len(d.Studies)-len(slices.DeleteFunc(slices.Clone(d.Studies), func(s study.Study) bool { return s.State == study.Done })) >= 2
}

// People reports whether there is any population to ask about.
func (d planData) People() bool {
	return slices.ContainsFunc(d.Datasets, func(d study.Dataset) bool { return d.Role == study.Population })
}

// Imported is the file that was imported just now; nil for none.
func (d planData) Imported() *study.Dataset {
	for i := range d.Datasets {
		if d.Datasets[i].SHA256 == d.Kept {
			return &d.Datasets[i]
		}
	}
	return nil
}

// Live reports whether any study is not over.
func (d planData) Live() bool {
	return slices.ContainsFunc(d.Studies, func(s study.Study) bool { return !s.State.Over() })
}

// Notes are the first notes about a file.
func (planData) Notes(d study.Dataset) []planning.Note {
	return d.Notes[:min(len(d.Notes), shownNotes)]
}

// MayPlan reports whether the operator on the page may import files and ask.
func (p *page) MayPlan() bool {
	return p.Is(string(operator.Author)) || p.Is(string(operator.Releaser)) || p.Is(string(operator.Administrator))
}

// StudyTitle is a study's title, or what it asks where it has none.
func (p *page) StudyTitle(q study.Question) string {
	if q.Title != "" {
		return q.Title
	}
	return p.Named("plan-kind", q.Kind)
}

// ShareOf is a part of a whole in per cent, with one decimal.
func (p *page) ShareOf(part, whole float64) string {
	if whole <= 0 {
		return p.Decimal(0)
	}
	return p.Decimal(100 * part / whole)
}

// OwnFile reports whether a file is what the node knows itself.
func (p *page) OwnFile(d study.Dataset) bool { return strings.HasPrefix(d.SHA256, study.OwnPrefix) }

// sure is something that is removed only after a second look.
type sure struct{ Path, Name string }

// Sure is for the piece that asks.
func (p *page) Sure(path, name string) sure { return sure{path, name} }

// Percent1 writes a part of one in per cent, with one decimal.
func (p *page) Percent1(part float64) string { return p.Decimal(100 * part) }

// GapPercent is how far an answer can be from the best, in per cent. It is rounded
// up: no more is claimed than was proved.
func (p *page) GapPercent(gap float64) string { return gapPercent(p.Language, gap) }

func gapPercent(l catalogue.Language, gap float64) string {
	return decimals(l, max(0, math.Ceil(gap*1e4-1e-9))/100, 2)
}

// decimals writes a number with so many decimals.
func decimals(l catalogue.Language, value float64, digits int) string {
	text := strconv.FormatFloat(value, 'f', digits, 64)
	if l.Tag() != catalogue.English {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// PercentDone is how much of a stage is done, in whole per cent.
func (p *page) PercentDone(progress study.Progress) string {
	return p.T("console.plan.percent-done", p.Number(int(100*progress.Done/max(progress.Total, 1))))
}

// Short writes a number with at most one decimal.
func (p *page) Short(n float64) string { return short(p.Language, n) }

// Assumed names a model with its settings.
func (p *page) Assumed(a earshot.Assumptions) string { return report.Model(p.Language, a, false) }

// AssumedOf is the same for a study, with its terrain.
func (p *page) AssumedOf(q study.Question, a earshot.Assumptions) string {
	return report.Model(p.Language, a, q.Terrain != "")
}

// Spacing is that of candidates from inhabited cells in metres; empty for a list.
func (p *page) Spacing(candidates string) string {
	spacing, _ := strings.CutPrefix(candidates, "cells:")
	if spacing == candidates {
		return ""
	}
	return spacing
}

// Rounded writes people or euros.
func (p *page) Rounded(n float64) string { return p.Number(int(n + 0.5)) }

// refused is a refusal in the words of the page's language.
func (c *call) refused(err error) (*problem.Error, bool) {
	return errors.AsType[*problem.Error](refusal.In(c.Language, err))
}

func (s *server) plan(c *call) error { return s.showPlan(c, nil) }

func (s *server) showPlan(c *call, p *problem.Error) error {
	data := planData{Kept: c.r.URL.Query().Get("kept")}
	var err error
	if data.Studies, err = s.Service.Studies(c.who); err != nil {
		return err
	}
	sets, err := s.Service.Datasets()
	if err != nil {
		return err
	}
	data.Datasets, data.Imports = sets.Datasets, sets.Imports
	v := view{Template: "plan", Title: c.T("console.plan.title"), Problem: p, Data: data}
	if p != nil {
		v.Status = p.Kind.Status()
	}
	return c.show(v)
}

// importDataset keeps a file that a form without scripts sends. The role comes
// before the file, so that the file streams to the disk.
func (s *server) importDataset(c *call) error {
	unreadable := problem.New(problem.Unreadable, c.T("console.form.unreadable"), c.T("console.plan.import.file"))
	// A large file takes longer than other requests. Where the connection has no
	// deadlines, none are needed.
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(importTime))
	parts, err := c.r.MultipartReader()
	if err != nil {
		return s.showPlan(c, unreadable)
	}
	var role study.Role
	for {
		part, err := parts.NextPart()
		if err != nil {
			return s.showPlan(c, unreadable)
		}
		switch part.FormName() {
		case "role":
			raw := make([]byte, 40)
			n, _ := part.Read(raw)
			role = study.Role(raw[:n])
		case "file":
			kept, err := s.Service.ImportDataset(c.r.Context(), c.who, study.Upload{Role: role, Name: part.FileName(), Content: http.MaxBytesReader(c.w, part, study.MaxFile+1)})
			if p, ok := c.refused(err); ok {
				return s.showPlan(c, p)
			}
			if err != nil {
				return err
			}
			return c.redirect(planPath + "?kept=" + url.QueryEscape(kept.SHA256) + "#kept")
		}
	}
}

func (s *server) removeDataset(c *call) error {
	return s.afterwards(c, s.Service.RemoveDataset(c.who, c.r.PathValue("digest"), false))
}

func (s *server) deleteStudy(c *call) error {
	return s.afterwards(c, s.Service.DeleteStudy(c.who, c.r.PathValue("id")))
}

// afterwards goes back to the list, which says what was refused.
func (s *server) afterwards(c *call, err error) error {
	if p, ok := c.refused(err); ok {
		return s.showPlan(c, p)
	}
	if err != nil {
		return err
	}
	return c.redirect(planPath)
}

func (s *server) cancelStudy(c *call) error {
	id := c.r.PathValue("id")
	// A study that ended meanwhile is as good as cancelled.
	if err := s.Service.CancelStudy(c.who, id); err != nil && !errors.Is(err, problem.Conflict) {
		return err
	}
	return c.redirect(planPath + "/" + url.PathEscape(id))
}

// newPlan is the form for a question: empty, or filled with that of another study.
type newPlan struct {
	*planForm
	Kind     study.Kind
	Datasets []study.Dataset
}

// Kinds are what can be asked.
func (newPlan) Kinds() []study.Kind { return study.Kinds }

// Splits are the keys by which money is split.
func (newPlan) Splits() []planning.Key { return planning.Keys }

// Mounts are where a siren is put up.
func (newPlan) Mounts() []string { return []string{"roof", "mast"} }

// Editions are those of ISO 9613-2.
func (newPlan) Editions() []string { return []string{"2024", "1996"} }

// Sets are the kept files of a role.
func (d newPlan) Sets(role string) (sets []study.Dataset) {
	for _, s := range d.Datasets {
		if string(s.Role) == role {
			sets = append(sets, s)
		}
	}
	return sets
}

func (s *server) newPlan(c *call) error {
	query := c.r.URL.Query()
	sets, err := s.Service.Datasets()
	if err != nil {
		return err
	}
	kind := study.Kind(query.Get("kind"))
	if !slices.Contains(study.Kinds, kind) {
		kind = study.Coverage
	}
	q := usualQuestion(kind, sets.Datasets, s.Now().Year())
	if from := query.Get("from"); from != "" {
		before, err := s.Service.Study(c.who, from)
		if err != nil {
			return err
		}
		q = taken(before.Question, q, query.Has("kind"))
	}
	form := formOf(c.Language, q)
	return s.showNewPlan(c, &form, nil)
}

// taken is the question of another study, for asking it again. If it is to be of
// another kind, what belongs to that is as usual.
func taken(before, usual study.Question, ofKind bool) study.Question {
	if !ofKind || before.Kind == usual.Kind {
		return before
	}
	usual.Title, usual.Population, usual.Regions, usual.Sirens, usual.Terrain = before.Title, before.Population, before.Regions, before.Sirens, before.Terrain
	usual.Within, usual.Assumptions, usual.Level = before.Within, before.Assumptions, before.Level
	if before.Candidates != "" && usual.Candidates != "" {
		usual.Candidates, usual.Kinds = before.Candidates, before.Kinds
	}
	return usual
}

func (s *server) showNewPlan(c *call, form *planForm, p *problem.Error) error {
	sets, err := s.Service.Datasets()
	if err != nil {
		return err
	}
	kind := study.Kind(form.Get("kind"))
	v := view{Template: "plan-new", Title: c.T("console.plan.new." + string(kind)), Data: newPlan{form, kind, sets.Datasets}}
	if p != nil {
		v.Status = p.Kind.Status()
		// What belongs to a field stands beside it.
		shown := *p
		shown.Faults = form.Faults("")
		v.Problem = &shown
	}
	return c.show(v)
}

// regionsOf gives the keys of the regions of a name. One that holds the others, as a
// Kreis its only Gemeinde, stands for them.
func (s *server) regionsOf(name string) (keys []geo.ARS) {
	for _, hit := range s.Service.SearchAreas(name) {
		if hit.Kind == "place" || !strings.EqualFold(hit.Name, name) && !strings.EqualFold(hit.Area.Name, name) {
			continue
		}
		if slices.ContainsFunc(keys, func(k geo.ARS) bool { return k.Contains(hit.ARS) }) {
			continue
		}
		keys = append(slices.DeleteFunc(keys, hit.ARS.Contains), hit.ARS)
	}
	return keys
}

// askPlan keeps the question, and leaves the form as it was where it cannot be.
func (s *server) askPlan(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	form := &planForm{Language: c.Language, values: c.r.PostForm, find: s.regionsOf}
	if !slices.Contains(study.Kinds, study.Kind(form.Get("kind"))) {
		form.values.Set("kind", string(study.Coverage))
	}
	question := form.question()
	if len(form.faults) > 0 {
		return s.showNewPlan(c, form, problem.New(problem.Invalid, c.T("console.plan.faulty"), ""))
	}
	asked, err := s.Service.AskStudy(c.r.Context(), c.who, question)
	if p, ok := c.refused(err); ok {
		form.faults = p.Faults
		return s.showNewPlan(c, form, p)
	}
	if err != nil {
		return err
	}
	http.Redirect(c.w, c.r, planPath+"/"+url.PathEscape(asked.ID), http.StatusSeeOther)
	return nil
}
