// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// street is a made-up row of 40 villages in two Gemeinden of one Kreis and one of
// another, with a made-up siren at its west end.
func street(t *testing.T) planning.Inputs {
	t.Helper()
	at := func(x, y float64) geo.Point {
		p, err := projection.LAEAEurope.Inverse(projection.Coordinate{Easting: 4_530_050 + x, Northing: 3_260_050 + y})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	var cells []population.Cell
	for x := range 40 {
		cells = append(cells, population.Cell{Centre: projection.Coordinate{Easting: 4_530_050 + 300*float64(x), Northing: 3_260_050}, People: 1000 + x})
	}
	grid, err := population.New(100, cells)
	if err != nil {
		t.Fatal(err)
	}
	box := func(west, east float64) geo.MultiPolygon {
		return geo.MultiPolygon{{{at(west, -2000), at(east, -2000), at(east, 2000), at(west, 2000), at(west, -2000)}}}
	}
	regions, err := geo.NewRegions([]geo.Region{
		{ARS: "120690001001", Name: "Westheim", Outline: box(-1000, 4000)},
		{ARS: "120690001002", Name: "Mittel & Söhne", Outline: box(4000, 8000)},
		{ARS: "120700001001", Name: "Ostheim", Outline: box(8000, 13000)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return planning.Inputs{
		Grid: grid, Regions: regions, Sirens: []siren.Siren{{ID: "a<1>", Position: at(0, 0), Generated: true, Equipment: siren.Equipment{Level: 101}}},
		Files: []planning.File{{Role: "population", Name: "people.csv", SHA256: strings.Repeat("ab", 32)}},
	}
}

// answers are one of each kind. They are reckoned once: nobody changes them.
func answers(t *testing.T) map[string]Report {
	t.Helper()
	once.Do(func() { reckoned = reckon(t) })
	return maps.Clone(reckoned)
}

var (
	once     sync.Once
	reckoned map[string]Report
)

func reckon(t *testing.T) map[string]Report {
	t.Helper()
	in := street(t)
	ctx := context.Background()
	covered, err := planning.Cover(ctx, in, planning.CoverageQuestion{})
	if err != nil {
		t.Fatal(err)
	}
	candidates, err := sites.Inhabited(in.Grid, 300, 100)
	if err != nil {
		t.Fatal(err)
	}
	question := planning.SitesQuestion{Candidates: candidates, Kinds: sites.DefaultKinds(), Steps: 30, Budget: 90_000}
	chosen, err := planning.Choose(ctx, in, question)
	if err != nil {
		t.Fatal(err)
	}
	programme, err := planning.Plan(ctx, in, planning.ProgrammeQuestion{
		SitesQuestion: question, Title: "Sirenen <für> alle", Split: planning.ByNeed, Areas: []geo.ARS{"12069", "12070"},
		Years: []planning.Year{{Year: 2027, Budget: 60_000}, {Year: 2028, Budget: 60_000}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(chosen.Sites) < 5 || len(programme.Sites) < 5 {
		t.Fatalf("%d and %d sites say too little", len(chosen.Sites), len(programme.Sites))
	}
	return map[string]Report{
		"coverage": {Inputs: in, Coverage: covered}, "sites": {Inputs: in, Sites: chosen}, "programme": {Inputs: in, Programme: programme},
	}
}

// written is what a report is in a form.
func written(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// each runs a test for every kind of report in both languages.
func each(t *testing.T, test func(t *testing.T, kind string, r Report)) {
	t.Helper()
	for kind, r := range answers(t) {
		for _, language := range []string{"de", "en"} {
			r.Language = language
			t.Run(kind+" "+language, func(t *testing.T) { test(t, kind, r) })
		}
	}
}

func TestTheSameAnswerMakesTheSameBytes(t *testing.T) {
	again := reckon(t)
	each(t, func(t *testing.T, kind string, r Report) {
		other := again[kind]
		other.Language = r.Language
		for form, writes := range map[string][2]func(io.Writer) error{
			"HTML": {r.WriteHTML, other.WriteHTML}, "PDF": {r.WritePDF, other.WritePDF}, "PNG": {r.WritePNG, other.WritePNG},
		} {
			if !bytes.Equal(written(t, writes[0]), written(t, writes[1])) {
				t.Errorf("two reports of one answer differ as %s", form)
			}
		}
	})
}

// parsed is a report's HTML as elements: the text of paragraphs and rows of tables,
// in their order. It fails where an element is not closed.
type parsed struct {
	paragraphs []string
	rows       [][]string
}

func read(t *testing.T, html []byte) parsed {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(html))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var p parsed
	var text strings.Builder
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return p
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.StartElement:
			text.Reset()
			if token.Name.Local == "tr" {
				p.rows = append(p.rows, nil)
			}
		case xml.EndElement:
			switch token.Name.Local {
			case "p":
				p.paragraphs = append(p.paragraphs, text.String())
			case "th", "td":
				p.rows[len(p.rows)-1] = append(p.rows[len(p.rows)-1], text.String())
			}
		}
	}
}

func TestHTMLStandsAlone(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|@import|\b(src|href)=|url\([^#)]|javascript:|https?:`)
	ids := regexp.MustCompile(`\sid="([^"]+)"`)
	named := regexp.MustCompile(`aria-labelledby="([^"]+)"|url\(#([^)]+)\)`)
	each(t, func(t *testing.T, kind string, r Report) {
		html := written(t, r.WriteHTML)
		if found := foreign.Find(html); found != nil {
			t.Errorf("%q asks for something outside of the file", found)
		}
		known := map[string]bool{}
		for _, m := range ids.FindAllSubmatch(html, -1) {
			if known[string(m[1])] {
				t.Errorf("the id %s is there twice", m[1])
			}
			known[string(m[1])] = true
		}
		for _, m := range named.FindAllSubmatch(html, -1) {
			if name := string(m[1]) + string(m[2]); !known[name] {
				t.Errorf("there is no %s", name)
			}
		}
		if !bytes.Contains(html, []byte(`<html lang="`+r.Language+`">`)) {
			t.Error("the language is not said")
		}
		read(t, html)
	})
}

// TestNumbersAreTheAnswers compares what the tables say with the answer, cell by
// cell.
func TestNumbersAreTheAnswers(t *testing.T) {
	all := answers(t)
	number := func(n float64) string { // English
		text := fmt.Sprintf("%.0f", n)
		for i := len(text) - 3; i > 0; i -= 3 {
			text = text[:i] + "," + text[i:]
		}
		return text
	}
	whole := func(n int64) string { return number(float64(n)) }
	share := func(part, all int64) string { return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(all)) }
	for kind, r := range all {
		r.Language = "en"
		got := read(t, written(t, r.WriteHTML))
		var want [][]string
		switch kind {
		case "coverage":
			other := r.Coverage.Other.Regions
			for n, k := range r.Coverage.Kreise {
				byOther := other["120690001001"] + other["120690001002"]
				if n == 1 {
					byOther = other["120700001001"]
				}
				want = append(want, []string{"Kreis " + string(k.ARS), string(k.ARS), whole(k.People), whole(k.Covered), share(k.Covered, k.People), whole(byOther), whole(k.At65), whole(k.At70), whole(k.At75), whole(k.TooLoud)})
			}
			for _, g := range r.Coverage.Regions {
				want = append(want, []string{g.Name, string(g.ARS), whole(g.People), whole(g.Covered), share(g.Covered, g.People), whole(other[g.ARS]), whole(g.At65), whole(g.At70), whole(g.At75), whole(g.TooLoud)})
			}
			for _, g := range r.Coverage.Gaps {
				want = append(want, []string{g.UTMREF, g.Region, whole(g.People), fmt.Sprint(g.Cells)})
			}
			want = append(want, []string{"a<1>", whole(r.Coverage.Each[0].Alone), whole(r.Coverage.Each[0].Loudest)})
		case "sites":
			for n, s := range r.Sites.Sites {
				want = append(want, []string{fmt.Sprint(n + 1), s.ID, s.Region, fmt.Sprintf("%s, %g\u00a0dB(A)", s.Mount, s.Rating), s.UTMREF, number(s.Cost), number(s.Gains), number(s.Covered)})
			}
		case "programme":
			p := r.Programme
			for _, y := range p.Years {
				want = append(want, []string{fmt.Sprint(y.Year), number(y.Budget), number(y.Spent), number(y.Left), fmt.Sprint(y.Sites), number(y.Gains), number(y.Covered)})
			}
			for _, a := range p.Areas {
				want = append(want, []string{"Kreis " + string(a.ARS), string(a.ARS), fmt.Sprintf("%.2f %%", 100*a.Share), number(a.Budget), number(a.Spent), fmt.Sprint(a.Sites), whole(a.People), whole(a.Before), whole(a.Covered), fmt.Sprintf("%.2f %%", 100*a.Gap)})
			}
			for _, s := range p.Sites {
				want = append(want, []string{fmt.Sprint(s.Year), s.ID, s.Region, fmt.Sprintf("%s, %g\u00a0dB(A)", s.Mount, s.Rating), s.UTMREF, number(s.Cost), number(s.Gains)})
			}
		}
		var gains []planning.Gain
		if r.Sites != nil {
			gains = r.Sites.Regions
		} else if r.Programme != nil {
			gains = r.Programme.Regions
		}
		gains = slices.Clone(gains)
		slices.SortStableFunc(gains, func(a, b planning.Gain) int { return int(b.After - b.Before - a.After + a.Before) })
		for _, g := range gains {
			want = append(want, []string{g.Name, string(g.ARS), whole(g.People), whole(g.Before), whole(g.After), whole(g.After - g.Before), share(g.After, g.People)})
		}
		want = append(want, []string{"Population", "people.csv", strings.Repeat("ab", 32)})
		rows := slices.DeleteFunc(got.rows, func(row []string) bool {
			return slices.Contains([]string{"Region", "UTM reference", "Siren", "No.", "Year", "Area", "File"}, row[0])
		})
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%s (-answer +report):\n%s", kind, diff)
		}
	}
}

// TestTheFirstPageAnswers checks that the sentences are few, and what they say.
func TestTheFirstPageAnswers(t *testing.T) {
	all := answers(t)
	for _, test := range []struct {
		kind, language string
		sentences      []string
	}{
		{"coverage", "de", []string{"Achtung: Eine der Sirenen", "1.000 von 40.780 Menschen hören dort, wo sie wohnen, eine Sirene mit 70 dB(A) oder mehr (2,5 %); 39.780 hören keine.", "(ISO 9613-2 bei 10 °C", "In 39 Lücken ist keine Sirene zu hören; in der größten leben 1.039 Menschen, am dichtesten bei Ostheim (33U ", "Ostheim (", "1.000 Menschen wohnen, wo eine Sirene lauter als 97 dB(A) ist"}},
		{"sites", "en", []string{"Mind: 1 of the sirens", " new sirens are proposed, for ", "Today 1,000 of 40,780 people (2.5 %) hear a siren at 70 dB(A) or more, afterwards ", "from the 40 possible sites", "Half of what all of them bring", "By the other model (ISO 9613-2"}},
		{"programme", "de", []string{"Achtung: Eine der Sirenen", "Heute hören 1.000 von 40.780 Menschen", "Das erste Jahr (2027) erreicht für ", "nach der Zahl der Menschen verteilt, die heute keine Sirene hören", "Das ist bewiesen, nicht geschätzt.", "Nach dem anderen Modell"}},
	} {
		t.Run(test.kind, func(t *testing.T) {
			r := all[test.kind]
			r.Language = test.language
			p := read(t, written(t, r.WriteHTML))
			for i, want := range test.sentences {
				if got := strings.ReplaceAll(p.paragraphs[i], "\u00a0", " "); !strings.Contains(got, want) {
					t.Errorf("sentence %d is %q, and lacks %q", i, got, want)
				}
			}
		})
	}
}

func TestAReportNeedsAnAnswer(t *testing.T) {
	for _, write := range []func(io.Writer) error{Report{}.WriteHTML, Report{}.WritePDF, Report{}.WritePNG} {
		if err := write(io.Discard); err == nil {
			t.Error("there is a report without an answer")
		}
	}
}

func TestPNG(t *testing.T) {
	each(t, func(t *testing.T, kind string, r Report) {
		picture, err := png.Decode(bytes.NewReader(written(t, r.WritePNG)))
		if err != nil {
			t.Fatal(err)
		}
		if size := picture.Bounds().Size(); size.X != 1530 || size.Y < 100 {
			t.Errorf("the picture has %v", size)
		}
	})
}
