// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// town is a table of the census with 20 x 20 cells near Potsdam in which people
// live, and one that is refused.
func town() string {
	var b strings.Builder
	b.WriteString("GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner\n")
	for y := range 20 {
		for x := range 20 {
			east, north := 4_530_050+100*x, 3_260_050+100*y
			fmt.Fprintf(&b, "CRS3035RES100mN%dE%d;%d;%d;%d\n", north-50, east-50, east, north, 5+(x*7+y*3)%40)
		}
	}
	b.WriteString("CRS3035RES100mN3260000E4540000;4540050;3260050;-7\n")
	return b.String()
}

// place is a point of the town in degrees.
func place(t testing.TB, x, y int) geo.Point {
	t.Helper()
	p, err := projection.LAEAEurope.Inverse(projection.Coordinate{Easting: 4_530_050 + 100*float64(x), Northing: 3_260_050 + 100*float64(y)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sirens(t testing.TB) string {
	t.Helper()
	a := place(t, 4, 4)
	return fmt.Sprintf("id,name,lat,lon,level\ns-1,Rathaus,%.6f,%.6f,101\ns-2,Kirche,north,%.6f,101\n", a.Lat, a.Lon, a.Lon)
}

// halves are two Gemeinden, in the west and in the east of the town, and one where
// nobody lives.
func halves(t testing.TB) string {
	t.Helper()
	box := func(ars string, from, to int) string {
		var ring []string
		for _, c := range [][2]int{{from, -5}, {to, -5}, {to, 25}, {from, 25}, {from, -5}} {
			p := place(t, c[0], c[1])
			ring = append(ring, fmt.Sprintf("[%.7f,%.7f]", p.Lon, p.Lat))
		}
		return fmt.Sprintf(`{"type":"Feature","properties":{"ARS":"%s","GEN":"Teil %s"},"geometry":{"type":"Polygon","coordinates":[[%s]]}}`, ars, ars, strings.Join(ring, ","))
	}
	return `{"type":"FeatureCollection","licence":"dl-de/by-2-0","features":[` + box("120690001001", -5, 10) + "," + box("120690001002", 10, 25) + "," + box("120690001003", 200, 210) + "]}"
}

func open(t testing.TB, o Options) *Library {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// work has the library work until the test ends.
func work(t testing.TB, l *Library) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.Work(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return stop
}

func keep(t testing.TB, l *Library, role Role, name, content string) Dataset {
	t.Helper()
	d, err := l.Import(t.Context(), Upload{Role: role, Name: name, By: "anna", Content: strings.NewReader(content)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// wait waits until a study is over.
func wait(t testing.TB, l *Library, id string) Study {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), eventually.Patience)
	defer cancel()
	s, err := l.Wait(ctx, id)
	if err != nil {
		t.Fatalf("%v: %+v", err, s)
	}
	return s
}

// asked imports the town and asks about it.
func asked(t testing.TB, l *Library, q Question) Study {
	t.Helper()
	q.Population = keep(t, l, Population, "zensus2022.csv", town()).SHA256
	q.Sirens = keep(t, l, Sirens, "sirens.csv", sirens(t)).SHA256
	q.Regions = keep(t, l, Regions, "gemeinden.geojson", halves(t)).SHA256
	s, err := l.Ask(t.Context(), q, "anna")
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// results reads every file that came out.
func results(t testing.TB, l *Library, s Study) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, r := range s.Results {
		if r.Name == questionFile || r.Name == ArchiveFile {
			continue
		}
		file, err := l.File(s.ID, r.Name)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(file)
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
		all[r.Name] = string(raw)
	}
	return all
}

func questions() map[Kind]Question {
	return map[Kind]Question{
		Coverage: {Kind: Coverage, Title: "Heute"},
		Sites:    {Kind: Sites, Title: "Mehr", Candidates: "cells:200", Budget: 60_000, Steps: 20},
		Programme: {
			Kind: Programme, Title: "Zwei Jahre", Candidates: "cells:200", Steps: 10, Split: planning.ByNeed,
			Areas: []geo.ARS{"120690001001", "120690001002"}, Years: []planning.Year{{Year: 2027, Budget: 40_000}, {Year: 2028, Budget: 30_000}},
		},
	}
}

func TestEveryKind(t *testing.T) {
	l := open(t, Options{})
	work(t, l)
	for kind, q := range questions() {
		t.Run(string(kind), func(t *testing.T) {
			s := wait(t, l, asked(t, l, q).ID)
			if s.State != Done {
				t.Fatalf("%s: %+v", s.State, s.Failure)
			}
			a, err := l.Answer(s.ID)
			if err != nil {
				t.Fatal(err)
			}
			if a.Coverage.People < 5000 || a.Coverage.Sirens != 1 || len(a.Coverage.Regions) != 2 || a.NotesTotal != 2 || len(a.Files) != 3 {
				t.Errorf("%+v, %d notes, files %+v", a.Coverage.Count, a.NotesTotal, a.Files)
			}
			if s.Summary.People != float64(a.Coverage.People) || s.Summary.Before != float64(a.Coverage.Covered) {
				t.Errorf("summary %+v", s.Summary)
			}
			if kind != Coverage && (s.Summary.Covered <= s.Summary.Before || s.Summary.Covered != float64(a.After.Covered) || s.Summary.Sites == 0) {
				t.Errorf("summary %+v, after %+v", s.Summary, a.After.Count)
			}
			all := results(t, l, s)
			for _, name := range []string{"map.png", "regions.csv", "gaps.csv", "cells.geojson", "levels.cells", "answer.json"} {
				if len(all[name]) == 0 {
					t.Errorf("%s is missing", name)
				}
			}
			if kind != Coverage && (all["sites.csv"] == "" || all["after.cells"] == "" || all["after.cells"] == all["levels.cells"]) {
				t.Error("no sites, or they change nothing")
			}
		})
	}
}

// TestSameBytes reckons each question again, in another library, on another number
// of processors.
func TestSameBytes(t *testing.T) {
	for kind, q := range questions() {
		t.Run(string(kind), func(t *testing.T) {
			var first map[string]string
			for _, processors := range []int{1, 4} {
				before := runtime.GOMAXPROCS(processors)
				l := open(t, Options{})
				work(t, l)
				s := wait(t, l, asked(t, l, q).ID)
				runtime.GOMAXPROCS(before)
				all := results(t, l, s)
				if first == nil {
					first = all
				}
				for name := range maps.Keys(first) {
					if first[name] != all[name] {
						t.Errorf("%s differs", name)
					}
				}
				if len(all) != len(first) || len(all) < 5 {
					t.Errorf("%d and %d files", len(first), len(all))
				}
			}
		})
	}
}

func TestWithin(t *testing.T) {
	l := open(t, Options{})
	work(t, l)
	whole := wait(t, l, asked(t, l, Question{Kind: Coverage}).ID)
	west := wait(t, l, asked(t, l, Question{Kind: Coverage, Within: []geo.ARS{"120690001001"}}).ID)
	east := wait(t, l, asked(t, l, Question{Kind: Sites, Within: []geo.ARS{"120690001002"}, Candidates: "cells:200", Budget: 50_000}).ID)
	if whole.Summary.People != west.Summary.People+east.Summary.People || whole.Summary.Before != west.Summary.Before+east.Summary.Before {
		t.Errorf("%+v is not %+v and %+v", whole.Summary, west.Summary, east.Summary)
	}
	a, err := l.Answer(east.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range a.Sites.Sites {
		if s.ARS != "120690001002" {
			t.Errorf("a site in %s", s.ARS)
		}
	}
	for key, rule := range map[geo.ARS]string{"120690001003": "study.nobody", "07131": "study.no-outline"} {
		failed := wait(t, l, asked(t, l, Question{Kind: Coverage, Within: []geo.ARS{key}}).ID)
		if failed.State != Failed || failed.Failure.Rule != rule || failed.Failure.Remedy == "" {
			t.Errorf("in %s, want %s: %+v", key, rule, failed)
		}
	}
}

// refused gives the rules that an error and its faults break.
func refused(t testing.TB, err error) []string {
	t.Helper()
	p, ok := errors.AsType[*problem.Error](err)
	if !ok || p.Message == "" || p.Remedy == "" {
		t.Fatalf("no refusal with a remedy: %v", err)
	}
	rules := []string{p.Rule}
	for _, f := range p.Faults {
		rules = append(rules, f.Field+" "+f.Rule)
	}
	return rules
}

func TestBadQuestions(t *testing.T) {
	l := open(t, Options{})
	people := keep(t, l, Population, "p.csv", town()).SHA256
	list := keep(t, l, Sirens, "s.csv", sirens(t)).SHA256
	for _, test := range []struct {
		name string
		q    Question
		want []string
	}{
		{"nothing", Question{}, []string{"study.question", "population study.population", "sirens study.sirens"}},
		{"another kind", Question{Kind: "x", Population: people, Sirens: list, Candidates: "cells:500"}, []string{"study.question", "kind study.kind"}},
		{"a file of another role", Question{Population: list, Sirens: list}, []string{"study.question", "population study.other-role"}},
		{"no such file", Question{Population: people, Sirens: "../../etc"}, []string{"study.question", "sirens study.no-dataset"}},
		{"nothing of its own", Question{Population: people, Sirens: "node:sirens"}, []string{"study.question", "sirens study.no-own"}},
		{"no money", Question{Kind: Sites, Population: people, Candidates: "cells:500"}, []string{"study.question", "budget study.budget"}},
		{"no spacing", Question{Kind: Sites, Population: people, Candidates: "cells:many", Share: 0.9}, []string{"study.question", "candidates study.spacing"}},
		{"no years", Question{Kind: Programme, Population: people, Candidates: "cells:500"}, []string{"study.question", "years study.years"}},
		{"within nothing", Question{Population: people, Sirens: list, Within: []geo.ARS{"123456"}}, []string{"study.question", "regions study.within-regions", "within[0] study.ars"}},
		{"no level", Question{Population: people, Sirens: list, Level: 500}, []string{"study.question", "level study.level"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := l.Ask(context.Background(), test.q, "anna")
			if diff := cmp.Diff(test.want, refused(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if n := len(l.Studies()); n != 0 {
		t.Errorf("%d studies were kept", n)
	}
}

// TestAhrweiler asks about real people.
func TestAhrweiler(t *testing.T) {
	name := filepath.Join("..", "..", "..", "..", "shared", "data", "population", "ahrweiler_100m.csv.gz")
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Skipf("the population of Ahrweiler is not here: %v", err)
	}
	l := open(t, Options{})
	work(t, l)
	d, err := l.Import(t.Context(), Upload{Role: Population, Name: filepath.Base(name), By: "anna", Content: bytes.NewReader(raw)})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", d)
	s, err := l.Ask(t.Context(), Question{Kind: Sites, Population: d.SHA256, Candidates: "cells:1000", Budget: 1_000_000}, "anna")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s = wait(t, l, s.ID)
	if s.State != Done || s.Summary.Covered < s.Summary.People/4 || s.Summary.Gap > 0.01 {
		t.Errorf("%s %+v %+v", s.State, s.Failure, s.Summary)
	}
	t.Logf("%.1f s: %+v", time.Since(began).Seconds(), s.Summary)
}
