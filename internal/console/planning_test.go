// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

const planningPath = console.Prefix + "/planning"

// village is a table of the census with twenty cells in a row from the siren of
// fleetOf in Potsdam to the east, and a row that is refused.
func village(t *testing.T) []byte {
	t.Helper()
	at, err := projection.LAEAEurope.Forward(geo.Point{Lat: 52.4, Lon: 13.06})
	if err != nil {
		t.Fatal(err)
	}
	east, north := int(at.Easting)/100*100, int(at.Northing)/100*100
	var b strings.Builder
	b.WriteString("GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner\n")
	for x := range 20 {
		fmt.Fprintf(&b, "CRS3035RES100mN%dE%d;%d;%d;10\n", north, east+100*x, east+100*x+50, north+50)
	}
	fmt.Fprintf(&b, "CRS3035RES100mN%dE%d;%d;%d;-5\n", north, east-100, east-50, north+50)
	return []byte(b.String())
}

// over waits until a study is over.
func (w *world) over(as, id string) study.Study {
	w.Helper()
	var s study.Study
	eventually.Holds(w, "the study is over", func() bool {
		s = study.Study{}
		w.must(as, http.MethodGet, planningPath+"/studies/"+id, nil, &s)
		return s.State.Over()
	})
	return s
}

// get fetches a file.
func (w *world) get(as, path string) (content string, header http.Header) {
	w.Helper()
	request := w.request(http.MethodGet, path, nil)
	request.Header.Set("Authorization", "Bearer "+w.people[as].token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		w.Fatalf("%s: %d %v %s", path, answer.StatusCode, err, raw)
	}
	return string(raw), answer.Header
}

// TestPlanningOverTheAPI goes a planner's way: import, ask, look, fetch, clear up.
func TestPlanningOverTheAPI(t *testing.T) {
	w := newWorld(t, "")
	w.fleetOf("p-1", "cb-1")
	var known console.Datasets
	eventually.Holds(t, "the node offers its own two sirens", func() bool {
		w.must("deniz", http.MethodGet, planningPath+"/datasets", nil, &known)
		return known.Datasets[0].Counts["sirens"] == 2
	})
	var roles []string
	for _, d := range known.Datasets {
		roles = append(roles, d.SHA256)
	}
	if diff := cmp.Diff([]string{"node:sirens", "node:regions"}, roles); diff != "" {
		t.Error(diff)
	}

	var people, twice study.Dataset
	upload := planningPath + "/datasets?role=population&name=zensus2022.csv"
	w.refused("deniz", http.MethodPost, upload, village(t), problem.Forbidden)
	w.must("anna", http.MethodPost, upload, village(t), &people)
	w.must("clara", http.MethodPost, upload, village(t), &twice)
	if people.Counts["people"] != 200 || people.NotesTotal != 1 || people.By != "anna" || people.Licence == "" {
		t.Errorf("%+v", people)
	}
	if diff := cmp.Diff(people, twice); diff != "" {
		t.Errorf("the same file twice: %s", diff)
	}
	w.refused("anna", http.MethodPost, planningPath+"/datasets?role=sirens&name=s.csv", village(t), problem.Conflict)
	w.refused("anna", http.MethodPost, planningPath+"/datasets?role=weather&name=s.csv", village(t), problem.Invalid)
	w.refused("anna", http.MethodPost, upload, []byte{}, problem.Invalid)
	if d := w.refused("anna", http.MethodPost, upload, "Name;Amt\n", problem.Unreadable); len(d.Errors) != 1 || d.Errors[0].Remedy == "" {
		t.Errorf("no remedy: %+v", d)
	}

	question := study.Question{
		Title: "Mehr Sirenen", Kind: study.Sites, Population: people.SHA256, Sirens: "node:sirens", Regions: "node:regions", Candidates: "cells:100", Budget: 20_000,
	}
	w.refused("deniz", http.MethodPost, planningPath+"/studies", question, problem.Forbidden)
	bad := question
	bad.Budget, bad.Population = 0, "node:population"
	if d := w.refused("anna", http.MethodPost, planningPath+"/studies", bad, problem.Invalid); len(d.Errors) != 1 || d.Errors[0].Field != "budget" {
		t.Errorf("%+v", d)
	}
	bad.Budget = 1
	if d := w.refused("anna", http.MethodPost, planningPath+"/studies", bad, problem.Invalid); len(d.Errors) != 1 || d.Errors[0].Rule != "study.no-own" {
		t.Errorf("%+v", d)
	}
	var asked study.Study
	w.must("anna", http.MethodPost, planningPath+"/studies", question, &asked)
	done := w.over("deniz", asked.ID)
	if done.State != study.Done || done.Summary.People != 200 || done.Summary.Before == 0 || done.Summary.Covered <= done.Summary.Before || done.Summary.Sirens != 2 || len(done.Files) != 3 {
		t.Fatalf("%+v, %+v", done, done.Failure)
	}
	var answer study.Answer
	w.must("deniz", http.MethodGet, planningPath+"/studies/"+asked.ID+"/files/answer.json", nil, &answer)
	if answer.Sites.Covered != done.Summary.Covered || answer.Sites.Seconds != 0 {
		t.Errorf("%+v", answer.Sites)
	}
	for _, result := range done.Results {
		content, header := w.get("deniz", planningPath+"/studies/"+asked.ID+"/files/"+result.Name)
		if result.Name != study.ArchiveFile && int64(len(content)) != result.Size || header.Get("Content-Type") == "" {
			t.Errorf("%s: %d bytes of %d, %v", result.Name, len(content), result.Size, header)
		}
		if strings.HasSuffix(result.Name, ".html") && !strings.Contains(header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s could run scripts", result.Name)
		}
	}
	whole, _ := w.get("deniz", planningPath+"/studies/"+asked.ID+"/files/study.zip")
	if archive, err := zip.NewReader(strings.NewReader(whole), int64(len(whole))); err != nil || len(archive.File) != len(done.Results)-1+len(done.Files) {
		t.Errorf("the study as a whole: %v", err)
	}
	for _, name := range []string{"outcome.json", "..%2f..%2ffiles%2f" + people.SHA256, "begun"} {
		w.refused("deniz", http.MethodGet, planningPath+"/studies/"+asked.ID+"/files/"+name, nil, problem.NotFound)
	}
	kept, _ := w.get("deniz", planningPath+"/studies")
	if strings.Contains(kept, "publicKey") {
		t.Error("keys of sirens are in studies")
	}

	w.refused("anna", http.MethodPost, planningPath+"/studies/"+asked.ID+"/cancel", nil, problem.Conflict)
	if d := w.refused("anna", http.MethodDelete, planningPath+"/datasets/"+people.SHA256, nil, problem.Conflict); !strings.Contains(d.Detail, "Mehr Sirenen") {
		t.Errorf("%+v", d)
	}
	w.must("anna", http.MethodDelete, planningPath+"/datasets/"+people.SHA256+"?used=true", nil, nil)
	w.must("anna", http.MethodDelete, planningPath+"/studies/"+asked.ID, nil, nil)
	w.refused("anna", http.MethodGet, planningPath+"/studies/"+asked.ID, nil, problem.NotFound)
	w.must("deniz", http.MethodGet, planningPath+"/datasets", nil, &known)
	if slices.ContainsFunc(known.Datasets, func(d study.Dataset) bool { return d.SHA256 == people.SHA256 }) {
		t.Error("it is still there")
	}
}

// TestFailureSpeaksBothLanguages words why a study failed as the person reads.
func TestFailureSpeaksBothLanguages(t *testing.T) {
	w := newWorld(t, "")
	var people study.Dataset
	w.must("anna", http.MethodPost, planningPath+"/datasets?role=population&name=zensus2022.csv", village(t), &people)
	var asked study.Study
	w.must("anna", http.MethodPost, planningPath+"/studies", study.Question{
		Kind: study.Programme, Population: people.SHA256, Regions: "node:regions", Within: []geo.ARS{"09"}, Candidates: "cells:100",
		Years: []planning.Year{{Year: 2027, Budget: 1000}},
	}, &asked)
	if s := w.over("anna", asked.ID); s.State != study.Failed || s.Failure.Message != "In 09 wohnt niemand aus diesem Gitter." {
		t.Fatalf("%+v, %+v", s, s.Failure)
	}
	who, err := w.service.Identify(w.as("anna", "en"))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := w.service.Study(who, asked.ID); err != nil || s.Failure.Message != "Nobody of this grid lives in 09." {
		t.Errorf("%+v, %v", s.Failure, err)
	}
}

// as is a request of a person who reads a language.
func (w *world) as(name, language string) *http.Request {
	w.Helper()
	request := w.request(http.MethodGet, "/", nil)
	request.Header.Set("Authorization", "Bearer "+w.people[name].token)
	request.Header.Set("Accept-Language", language)
	return request
}

// TestAhrweilerOverTheAPI asks about the people of a real Kreis.
func TestAhrweilerOverTheAPI(t *testing.T) {
	name := filepath.Join("..", "..", "..", "shared", "data", "population", "ahrweiler_100m.csv.gz")
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Skipf("the population of Ahrweiler is not here: %v", err)
	}
	w := newWorld(t, "")
	var people study.Dataset
	w.must("anna", http.MethodPost, planningPath+"/datasets?role=population&name="+filepath.Base(name), raw, &people)
	if people.Counts["people"] != 127_173 || people.Counts["cells"] != 3836 || people.Counts["year"] != 2022 {
		t.Fatalf("%+v", people)
	}
	var asked study.Study
	w.must("anna", http.MethodPost, planningPath+"/studies", study.Question{Kind: study.Sites, Population: people.SHA256, Candidates: "cells:500", Budget: 1_000_000}, &asked)
	s := w.over("anna", asked.ID)
	if s.State != study.Done || s.Summary.Gap > 0.01 || s.Summary.Cost > 1_000_000 || s.Summary.Covered < 90_000 {
		t.Errorf("%s %+v %+v", s.State, s.Failure, s.Summary)
	}
	t.Logf("%+v", s.Summary)
}
