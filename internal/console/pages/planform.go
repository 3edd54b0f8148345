// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

const (
	// usualSpacing is the side in metres of the squares from which one inhabited
	// cell each is a possible site.
	usualSpacing = "500"
	usualEdition = 2024
	usualBudget  = 1_000_000
	usualYears   = 5
	// spareRows is how many empty rows a table has to be filled in.
	spareRows = 2
)

// planForm is a question as it is typed. Its fields are those of the page's form;
// those of a table's rows are repeated.
type planForm struct {
	catalogue.Language
	values url.Values
	faults []problem.Fault
	// find gives the keys of the regions of a name.
	find func(name string) []geo.ARS
}

// usualQuestion is what the form of a kind starts with.
func usualQuestion(kind study.Kind, sets []study.Dataset, year int) study.Question {
	q := study.Question{
		Kind: kind, Assumptions: earshot.Assumptions{Model: earshot.CPG117}, Level: earshot.DefaultLevel,
		Population: latest(sets, study.Population), Regions: latest(sets, study.Regions), Sirens: latest(sets, study.Sirens),
	}
	if kind == study.Coverage {
		return q
	}
	q.Candidates, q.Kinds = "cells:"+usualSpacing, sites.DefaultKinds()
	if kind == study.Sites {
		q.Budget = usualBudget
		return q
	}
	q.Split = planning.ByGain
	for n := range usualYears {
		q.Years = append(q.Years, planning.Year{Year: year + 1 + n, Budget: usualBudget})
	}
	return q
}

// latest is the file of a role that was imported last, or what the node knows
// itself. What was kept of that for a study stands behind what it knows now.
func latest(sets []study.Dataset, role study.Role) string {
	var found, own study.Dataset
	for _, d := range sets {
		if d.Role == role && strings.HasPrefix(d.SHA256, study.OwnPrefix) {
			own = d
		}
	}
	for _, d := range sets {
		if d.Role == role && d.Name != own.Name && d.At.After(found.At) {
			found = d
		}
	}
	return cmp.Or(found.SHA256, own.SHA256)
}

// formOf writes a question into the fields of the form.
func formOf(l catalogue.Language, q study.Question) planForm {
	f := planForm{Language: l, values: url.Values{}}
	filled := q.Assumptions.Filled()
	set := func(name, value string) { f.values.Set(name, value) }
	set("kind", string(q.Kind))
	set("title", q.Title)
	set("population", q.Population)
	set("regions", q.Regions)
	set("sirens", q.Sirens)
	set("terrain", q.Terrain)
	set("within", joined(q.Within))
	set("model", string(filled.Model))
	set("level", f.number(cmp.Or(q.Level, earshot.DefaultLevel)))
	iso := earshot.Assumptions{Model: earshot.ISO9613, Temperature: q.Assumptions.Temperature, Humidity: q.Assumptions.Humidity, Ground: q.Assumptions.Ground}.Filled()
	set("temperature", f.number(*iso.Temperature))
	set("humidity", f.number(*iso.Humidity))
	set("ground", f.number(*iso.Ground))
	set("edition", strconv.Itoa(cmp.Or(q.Assumptions.Edition, usualEdition)))
	set("per-doubling", f.number(earshot.Assumptions{PerDoubling: q.Assumptions.PerDoubling}.Filled().PerDoubling))
	if spacing, spaced := strings.CutPrefix(q.Candidates, "cells:"); spaced || q.Candidates == "" {
		set("candidates", "cells")
		set("spacing", cmp.Or(spacing, usualSpacing))
	} else {
		set("candidates", "list")
		set("list", q.Candidates)
		set("spacing", usualSpacing)
	}
	set("goal", "budget")
	if q.Share > 0 {
		set("goal", "share")
		set("share", f.number(100*q.Share))
	}
	if q.Budget > 0 {
		set("budget", f.money(q.Budget))
	}
	for _, k := range q.Kinds {
		f.values.Add("kind-id", k.ID)
		f.values.Add("kind-mount", k.Mount)
		f.values.Add("kind-rating", f.number(k.Rating))
		f.values.Add("kind-height", f.number(k.Height))
		f.values.Add("kind-cost", f.money(k.Cost))
		f.values.Add("kind-sound", soundOf(k))
	}
	for _, y := range q.Years {
		f.values.Add("year", strconv.Itoa(y.Year))
		f.values.Add("year-budget", f.money(y.Budget))
	}
	set("split", string(cmp.Or(q.Split, planning.ByGain)))
	var areas []string
	for _, a := range q.Areas {
		line := string(a)
		if share, named := q.Shares[a]; named {
			line += " " + f.number(share)
		}
		areas = append(areas, line)
	}
	set("areas", strings.Join(areas, "\n"))
	if q.Steps > 0 {
		set("steps", strconv.Itoa(q.Steps))
	}
	if q.Seed > 0 {
		set("seed", strconv.FormatUint(q.Seed, 10))
	}
	return f
}

func joined(keys []geo.ARS) string {
	var list []string
	for _, k := range keys {
		list = append(list, string(k))
	}
	return strings.Join(list, ", ")
}

// question reads the fields of the form. What cannot be read is among the faults.
func (f *planForm) question() study.Question {
	q := study.Question{
		Title: strings.TrimSpace(f.values.Get("title")), Kind: study.Kind(f.values.Get("kind")),
		Population: f.values.Get("population"), Regions: f.values.Get("regions"), Sirens: f.values.Get("sirens"), Terrain: f.values.Get("terrain"),
		Level: f.read("level", f.values.Get("level")),
	}
	for part := range strings.FieldsFuncSeq(f.values.Get("within"), func(r rune) bool { return strings.ContainsRune(",;\r\n", r) }) {
		q.Within = append(q.Within, f.keys("within", part)...)
	}
	q.Assumptions.Model = earshot.Model(f.values.Get("model"))
	if edition := int(f.read("edition", f.values.Get("edition"))); edition != usualEdition {
		q.Assumptions.Edition = edition
	}
	if q.Assumptions.Model == earshot.ISO9613 {
		for name, into := range map[string]**float64{"temperature": &q.Assumptions.Temperature, "humidity": &q.Assumptions.Humidity, "ground": &q.Assumptions.Ground} {
			if text := strings.TrimSpace(f.values.Get(name)); text != "" {
				value := f.read(name, text)
				*into = &value
			}
		}
	} else {
		q.Assumptions.PerDoubling = f.read("per-doubling", f.values.Get("per-doubling"))
	}
	if q.Kind == study.Coverage {
		return q
	}
	if q.Candidates = f.values.Get("list"); f.values.Get("candidates") == "cells" {
		q.Candidates = "cells:" + strconv.FormatFloat(f.read("spacing", f.values.Get("spacing")), 'g', -1, 64)
	}
	q.Kinds = f.kinds()
	q.Steps = int(f.read("steps", f.values.Get("steps")))
	q.Seed = uint64(max(f.read("seed", f.values.Get("seed")), 0))
	if q.Kind == study.Sites {
		if f.values.Get("goal") == "share" {
			q.Share = f.read("share", f.values.Get("share")) / 100
		} else {
			q.Budget = f.read("budget", f.values.Get("budget"))
		}
		return q
	}
	q.Split = planning.Key(f.values.Get("split"))
	for _, row := range f.YearRows() {
		if row.Get("year") == "" && row.Get("year-budget") == "" {
			continue
		}
		q.Years = append(q.Years, planning.Year{Year: f.year(row.Get("year")), Budget: f.read("years", row.Get("year-budget"))})
	}
	f.areas(&q)
	return q
}

func (f *planForm) kinds() (kinds []sites.Kind) {
	for _, row := range f.KindRows() {
		id := strings.TrimSpace(row.Get("kind-id"))
		if id == "" {
			continue
		}
		kind := sites.Kind{
			ID: id, Mount: row.Get("kind-mount"), Rating: f.read("kinds", row.Get("kind-rating")),
			Height: f.read("kinds", row.Get("kind-height")), Cost: f.read("kinds", row.Get("kind-cost")),
		}
		if sound := row.Get("kind-sound"); sound != "" {
			var known kindSound
			if err := json.Unmarshal([]byte(sound), &known); err != nil {
				f.fault("kinds", "console.plan.fault.sound", id)
			}
			kind.Spectrum, kind.Directivity = known.Spectrum, known.Directivity
		}
		kinds = append(kinds, kind)
	}
	return kinds
}

// kindSound is what the form carries of a kind without showing it.
type kindSound struct {
	Spectrum    acoustics.Spectrum `json:"spectrum,omitzero"`
	Directivity acoustics.Beam     `json:"directivity,omitzero"`
}

// soundOf writes how a kind sounds; empty where nothing is known of it.
func soundOf(k sites.Kind) string {
	sound := kindSound{k.Spectrum, k.Directivity}
	if sound == (kindSound{}) {
		return ""
	}
	// Numbers can always be written.
	raw, _ := json.Marshal(sound)
	return string(raw)
}

// areas reads an area and perhaps its share from each line: "12 60", "Cottbus".
func (f *planForm) areas(q *study.Question) {
	if q.Split == planning.ByGain {
		return
	}
	for line := range strings.Lines(f.values.Get("areas")) {
		name, share := strings.TrimSpace(line), ""
		if i := strings.LastIndexAny(name, " \t"); i >= 0 {
			if _, err := parseNumber(name[i+1:], f.Tag()); err == nil {
				name, share = strings.TrimSpace(name[:i]), name[i+1:]
			}
		}
		for _, key := range f.keys("areas", name) {
			q.Areas = append(q.Areas, key)
			if share == "" {
				continue
			}
			if q.Shares == nil {
				q.Shares = map[geo.ARS]float64{}
			}
			q.Shares[key] = f.read("areas", share)
		}
	}
}

// keys reads keys of regions, or the name of one.
func (f *planForm) keys(field, text string) (keys []geo.ARS) {
	text = strings.TrimSpace(text)
	if strings.Trim(text, "0123456789 ") == "" {
		for key := range strings.FieldsSeq(text) {
			keys = append(keys, geo.ARS(key))
		}
		return keys
	}
	found := f.find(text)
	switch len(found) {
	case 0:
		f.fault(field, "console.plan.fault.area", text)
	case 1:
		return found
	default:
		f.fault(field, "console.plan.fault.areas", text, joined(found))
	}
	return nil
}

// fault notes something that cannot be read.
func (f *planForm) fault(field, key string, args ...any) {
	f.faults = append(f.faults, problem.Fault{Field: field, Message: f.T(key, args...), Remedy: f.T(key + ".remedy")})
}

func (f *planForm) year(text string) int {
	year, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || year < 1900 || year > 2999 {
		f.fault("years", "console.plan.fault.year", text)
	}
	return year
}

// read reads a number as people write it; 0 for none.
func (f *planForm) read(field, text string) float64 {
	if strings.TrimSpace(text) == "" {
		return 0
	}
	value, err := parseNumber(text, f.Tag())
	if err != nil {
		f.fault(field, "console.plan.fault.number", text)
	}
	return value
}

// number writes a number so that read reads it again.
func (f *planForm) number(value float64) string {
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if f.Tag() != catalogue.English {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// money writes euros so that read reads them again.
func (f *planForm) money(euros float64) string {
	if euros == math.Trunc(euros) {
		return f.Number(int(euros))
	}
	return f.number(euros)
}

// parseNumber reads a number with the marks of a language or without any:
// "1.000.000", "1 000 000", "1,5 %", "2.5". A single mark before exactly three
// digits groups them where the language groups so.
func parseNumber(text, language string) (float64, error) {
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune("  \t€%'", r) {
			return -1
		}
		return r
	}, text)
	decimal, group := ",", "."
	if language == catalogue.English {
		decimal, group = ".", ","
	}
	point, comma := strings.LastIndex(text, "."), strings.LastIndex(text, ",")
	switch {
	case point >= 0 && comma >= 0: // the last one begins the decimals
		decimal, group = ",", "."
		if point > comma {
			decimal, group = ".", ","
		}
	case strings.Count(text, group) == 1 && (len(text)-1-strings.Index(text, group) != 3 || strings.HasPrefix(text, "0")):
		decimal, group = group, decimal
	case strings.Count(text, decimal) > 1:
		decimal, group = group, decimal
	}
	value, err := strconv.ParseFloat(strings.Replace(strings.ReplaceAll(text, group, ""), decimal, ".", 1), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return value, nil
}

// rows puts the repeated fields of a table together, row by row, with some empty
// ones.
func (f *planForm) rows(spare int, names ...string) []url.Values {
	var rows []url.Values
	for _, name := range names {
		for n, value := range f.values[name] {
			for len(rows) <= n {
				rows = append(rows, url.Values{})
			}
			rows[n].Set(name, value)
		}
	}
	// Rows that were empty need not be kept, since there are new ones.
	rows = slices.DeleteFunc(rows, func(row url.Values) bool { return strings.TrimSpace(row.Get(names[0])+row.Get(names[1])) == "" })
	for range spare {
		rows = append(rows, url.Values{})
	}
	return rows
}

// KindRows are the rows of the table of kinds.
func (f *planForm) KindRows() []url.Values {
	return f.rows(spareRows, "kind-id", "kind-rating", "kind-mount", "kind-height", "kind-cost", "kind-sound")
}

// YearRows are the rows of the table of years.
func (f *planForm) YearRows() []url.Values { return f.rows(spareRows, "year", "year-budget") }

// Get is what stands in a field.
func (f *planForm) Get(name string) string { return f.values.Get(name) }

// formFields are the fields beside which faults are shown.
var formFields = []string{
	"title", "population", "regions", "sirens", "terrain", "within", "model", "temperature", "humidity", "ground", "edition", "per-doubling", "level",
	"candidates", "spacing", "kinds", "budget", "share", "years", "areas", "split", "steps", "seed",
}

// fieldOf is the field of the form that a path of the question is about; empty
// for none: "years[0].budget" is about the table of years.
func fieldOf(path string) string {
	name := path
	if rest, ok := strings.CutPrefix(path, "assumptions."); ok {
		name = rest
	}
	if end := strings.IndexAny(name, "[."); end >= 0 {
		name = name[:end]
	}
	switch name {
	case "perDoubling":
		name = "per-doubling"
	case "assumptions":
		name = "model"
	case "shares":
		name = "areas"
	}
	if slices.Contains(formFields, name) {
		return name
	}
	return ""
}

// Faults are those of a field; those of no field for "".
func (f *planForm) Faults(field string) (faults []problem.Fault) {
	for _, fault := range f.faults {
		if fieldOf(fault.Field) == field {
			faults = append(faults, fault)
		}
	}
	return faults
}

// Wrong are the fields with faults, in the form's order.
func (f *planForm) Wrong() (fields []string) {
	for _, name := range formFields {
		if len(f.Faults(name)) > 0 {
			fields = append(fields, name)
		}
	}
	return fields
}
