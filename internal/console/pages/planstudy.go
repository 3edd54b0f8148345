// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/planning/tiles"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

const (
	// shownRows is how many rows of a long table the page lists; files have all.
	shownRows     = 400
	firstFindings = 8
	// curveRows is how many rows the table beside the curve has at most.
	curveRows = 8
	// tilesAtOnce bounds how many tiles are drawn at the same time, so that a map
	// never takes the processors from warnings.
	tilesAtOnce = 2
)

// studyData is one study with what came out.
type studyData struct {
	study.Study
	catalogue.Language
	// Answer is nil until the study is done.
	Answer *study.Answer
	Bounds geo.Box
}

// numberedSite is a site with its place in the order of building.
type numberedSite struct {
	Number, Year int
	planning.Site
}

// Sites are the new sirens in the order of building.
func (d studyData) Sites() []numberedSite { return sitesOf(d.Answer) }

func sitesOf(a *study.Answer) (list []numberedSite) {
	switch {
	case a.Sites != nil:
		for n, s := range a.Sites.Sites {
			list = append(list, numberedSite{n + 1, 0, s})
		}
	case a.Programme != nil:
		for n, s := range a.Programme.Sites {
			list = append(list, numberedSite{n + 1, s.Year, s.Site})
		}
	}
	return list
}

// Now is who hears the sirens that stand, After who hears these and the new ones;
// the same where nothing is built.
func (d studyData) Now() *planning.Coverage { return d.Answer.Coverage }

// After is described at Now.
func (d studyData) After() *planning.Coverage { return cmp.Or(d.Answer.After, d.Answer.Coverage) }

// Builds reports whether new sirens were asked for.
func (d studyData) Builds() bool { return d.Question.Kind != study.Coverage }

// levelRow is how many people hear so many dB(A), now and afterwards.
type levelRow struct {
	Label      string
	Now, After int64
}

// Levels are the rows of the table of levels.
func (d studyData) Levels() []levelRow {
	now, after := d.Now().Count, d.After().Count
	rows := []levelRow{{"65", now.At65, after.At65}, {"70", now.At70, after.At70}, {"75", now.At75, after.At75}}
	if level := d.Question.Filled().Level; level != 65 && level != 70 && level != 75 {
		rows = append(rows, levelRow{short(d.Language, level), now.Covered, after.Covered})
		slices.SortStableFunc(rows, func(a, b levelRow) int { return cmp.Compare(len(a.Label), len(b.Label)) })
	}
	return rows
}

// regionRow is a region, now and afterwards.
type regionRow struct {
	earshot.RegionCount
	After earshot.RegionCount
}

// Missed is how many people of the region hear no siren afterwards.
func (r regionRow) Missed() int64 { return r.After.People - r.After.Covered }

// Gained is how many people more hear one afterwards.
func (r regionRow) Gained() int64 { return r.After.Covered - r.Covered }

// Regions are the Gemeinden, those with most people missed first, and Kreise the
// Kreise.
func (d studyData) Regions() []regionRow { return beside(d.Now().Regions, d.After().Regions) }

// Kreise is described at Regions.
func (d studyData) Kreise() []regionRow { return beside(d.Now().Kreise, d.After().Kreise) }

// regionTable is a table of Kreise or of Gemeinden.
type regionTable struct {
	ID     string
	Rows   []regionRow
	Builds bool
}

// Table is the table of "kreise" or "regions".
func (d studyData) Table(id string) regionTable {
	rows := d.Regions()
	if id == "kreise" {
		rows = d.Kreise()
	}
	return regionTable{id, rows, d.Builds()}
}

// RegionsLeft is how many Gemeinden the page does not list.
func (d studyData) RegionsLeft() int { return max(0, len(d.Now().Regions)-shownRows) }

func beside(now, after []earshot.RegionCount) []regionRow {
	later := map[geo.ARS]earshot.RegionCount{}
	for _, r := range after {
		later[r.ARS] = r
	}
	rows := make([]regionRow, 0, len(now))
	for _, r := range now {
		rows = append(rows, regionRow{r, later[r.ARS]})
	}
	slices.SortStableFunc(rows, func(a, b regionRow) int { return cmp.Compare(b.Missed(), a.Missed()) })
	return rows[:min(len(rows), shownRows)]
}

// Each are the sirens that stand, those first without whom most would hear none.
func (d studyData) Each() []earshot.SirenCount {
	rows := slices.Clone(d.Now().Each)
	slices.SortStableFunc(rows, func(a, b earshot.SirenCount) int {
		return cmp.Or(cmp.Compare(b.Alone, a.Alone), cmp.Compare(b.Loudest, a.Loudest))
	})
	return rows[:min(len(rows), shownRows)]
}

// EachLeft is how many sirens the page does not list, Idle how many add nobody.
func (d studyData) EachLeft() int { return max(0, len(d.Now().Each)-shownRows) }

// Idle is described at EachLeft.
func (d studyData) Idle() (n int) {
	for _, s := range d.Now().Each {
		if s.Alone == 0 {
			n++
		}
	}
	return n
}

// Findings are those of the answer in words, each once.
func (d studyData) Findings() (list []string) {
	all := slices.Clone(d.Answer.Coverage.Findings)
	if d.Answer.Sites != nil {
		all = append(all, d.Answer.Sites.Findings...)
	}
	if d.Answer.Programme != nil {
		all = append(all, d.Answer.Programme.Findings...)
	}
	for _, f := range all {
		if said := f.Say(d.Language); !slices.Contains(list, said) {
			list = append(list, said)
		}
	}
	return list
}

// FirstFindings are those that are listed at once, MoreFindings the others.
func (d studyData) FirstFindings() []string {
	all := d.Findings()
	return all[:min(len(all), firstFindings)]
}

// MoreFindings is described at FirstFindings.
func (d studyData) MoreFindings() []string {
	all := d.Findings()
	return all[min(len(all), firstFindings):]
}

// Curve draws the people covered against the money; empty where nothing is built.
func (d studyData) Curve() template.HTML {
	points := curveOf(d.Answer)
	if len(points) < 2 {
		return ""
	}
	return plot(d.Language, "curve-title", []plotLine{{"", points}})
}

// CurveRows are some points of the curve for reading.
func (d studyData) CurveRows() []moneyPoint { return sampled(curveOf(d.Answer), curveRows) }

// Band is a range of levels of the legend.
type legendBand struct {
	Index int
	Label string
}

// Bands are the legend of the map.
func (d studyData) Bands() (bands []legendBand) {
	for n, b := range planning.Bands {
		from := strconv.Itoa(int(b.From))
		switch {
		case n == 0:
			bands = append(bands, legendBand{n, d.T("console.plan.band.under", strconv.Itoa(int(planning.Bands[1].From)))})
		case n == len(planning.Bands)-1:
			bands = append(bands, legendBand{n, d.T("console.plan.band.over", from)})
		default:
			bands = append(bands, legendBand{n, d.T("console.plan.band", from, strconv.Itoa(int(planning.Bands[n+1].From)))})
		}
	}
	return bands
}

// Box is where the map opens: west, south, east, north.
func (d studyData) Box() string {
	return fmt.Sprintf("%.4f,%.4f,%.4f,%.4f", d.Bounds.West, d.Bounds.South, d.Bounds.East, d.Bounds.North)
}

// Path is the address of the study, or of something below it.
func (d studyData) Path(parts ...string) string {
	return planPath + "/" + url.PathEscape(d.ID) + strings.Join(append([]string{""}, parts...), "/")
}

// Again is the address of the form with this question.
func (d studyData) Again() string { return planPath + "/new?from=" + url.QueryEscape(d.ID) }

// File is the address of a result; empty where there is none.
func (d studyData) File(name string) string {
	if !slices.ContainsFunc(d.Results, func(f study.ResultFile) bool { return f.Name == name }) {
		return ""
	}
	return "/api/v1/planning/studies/" + url.PathEscape(d.ID) + "/files/" + url.PathEscape(name)
}

// Report is the printable report in the page's language, PDF the same to keep.
func (d studyData) Report() string { return d.File("report." + d.Tag() + ".html") }

// PDF is described at Report.
func (d studyData) PDF() string { return d.File("report." + d.Tag() + ".pdf") }

// Downloads are the results for other programs.
func (d studyData) Downloads() (list []study.ResultFile) {
	for _, f := range d.Results {
		if !strings.HasPrefix(f.Name, "report.") && !strings.HasSuffix(f.Name, ".cells") {
			list = append(list, f)
		}
	}
	return list
}

func (s *server) study(c *call) error {
	data, err := s.studyData(c, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	page := &page{Language: c.Language}
	return c.show(view{Template: "plan-study", Title: page.StudyTitle(data.Question), Data: data})
}

func (s *server) studyData(c *call, id string) (studyData, error) {
	found, err := s.Service.Study(c.who, id)
	if err != nil {
		return studyData{}, err
	}
	data := studyData{Study: found, Language: c.Language}
	if found.State != study.Done {
		return data, nil
	}
	answer, err := s.Service.StudyAnswer(id)
	if err != nil {
		return data, err
	}
	data.Answer = &answer
	return data, s.levels(id, false, func(l *tiles.Levels) error {
		data.Bounds, err = l.Bounds()
		return err
	})
}

// levels opens the file from which a study's tiles are drawn.
func (s *server) levels(id string, after bool, use func(*tiles.Levels) error) error {
	name := study.LevelsFile
	if after {
		name = study.AfterFile
	}
	file, err := s.Service.StudyFile(id, name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open the levels of a study: %w", err)
	}
	l, err := tiles.Open(file, info.Size())
	if err != nil {
		return fmt.Errorf("open the levels of a study: %w", err)
	}
	return use(l)
}

// studyTile draws one tile of a study's map.
func (s *server) studyTile(c *call) error {
	missing := problem.New(problem.NotFound, c.T("console.not-found"), c.T("console.not-found.remedy"))
	var at [3]int
	for i, text := range []string{c.r.PathValue("z"), c.r.PathValue("x"), strings.TrimSuffix(c.r.PathValue("y"), ".png")} {
		value, err := strconv.Atoi(text)
		if err != nil {
			return missing
		}
		at[i] = value
	}
	select {
	case s.drawing <- struct{}{}:
		defer func() { <-s.drawing }()
	case <-c.r.Context().Done():
		return nil
	}
	var out bytes.Buffer
	err := s.levels(c.r.PathValue("id"), c.r.URL.Query().Has("after"), func(l *tiles.Levels) error { return l.Draw(&out, at[0], at[1], at[2]) })
	if errors.Is(err, tiles.ErrNoTile) {
		return missing
	}
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "image/png")
	// A study that is done does not change.
	c.w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
	_, _ = c.w.Write(out.Bytes())
	return nil
}

// mark is something on a study's map.
type mark struct {
	Type     string `json:"type"`
	Geometry struct {
		Type        string     `json:"type"`
		Coordinates [2]float64 `json:"coordinates"`
	} `json:"geometry"`
	Properties markProperties `json:"properties"`
}

type markProperties struct {
	// Kind is "site" or "gap", Row the element of the list that says the same.
	Kind   string  `json:"kind"`
	Number int     `json:"number"`
	Row    string  `json:"row"`
	People float64 `json:"people"`
}

func newMark(at geo.Point, properties markProperties) mark {
	m := mark{Type: "Feature", Properties: properties}
	m.Geometry.Type, m.Geometry.Coordinates = "Point", [2]float64{at.Lon, at.Lat}
	return m
}

// studyMarks are the sites and gaps of a study as GeoJSON.
func (s *server) studyMarks(c *call) error {
	answer, err := s.Service.StudyAnswer(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	marks := []mark{}
	for _, site := range sitesOf(&answer) {
		marks = append(marks, newMark(site.Position, markProperties{"site", site.Number, fmt.Sprintf("site-%d", site.Number), site.Gains}))
	}
	for n, gap := range cmp.Or(answer.After, answer.Coverage).Gaps {
		marks = append(marks, newMark(gap.Position, markProperties{"gap", n + 1, fmt.Sprintf("gap-%d", n+1), float64(gap.People)}))
	}
	raw, err := json.Marshal(struct {
		Type     string `json:"type"`
		Features []mark `json:"features"`
	}{"FeatureCollection", marks})
	if err != nil {
		return fmt.Errorf("write the marks of a study: %w", err)
	}
	c.w.Header().Set("Content-Type", "application/geo+json")
	c.w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(raw)
	return nil
}
