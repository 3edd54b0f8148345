// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"encoding/xml"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
)

func TestParseNumber(t *testing.T) {
	for _, test := range []struct {
		text, language string
		want           float64
	}{
		{"1.000.000", "de", 1e6}, {"1 000 000", "de", 1e6}, {"1.000.000,5 €", "de", 1e6 + 0.5}, {"2,5", "de", 2.5}, {"2.5", "de", 2.5},
		{"1.000", "de", 1000}, {"0.125", "de", 0.125}, {"90 %", "de", 90}, {"-20", "de", -20},
		{"1,000,000", "en", 1e6}, {"1,000,000.5", "en", 1e6 + 0.5}, {"2.5", "en", 2.5}, {"2,5", "en", 2.5}, {"1,000", "en", 1000}, {"1.000.000", "en", 1e6},
	} {
		if got, err := parseNumber(test.text, test.language); err != nil || got != test.want {
			t.Errorf("%q in %s is %g, want %g (%v)", test.text, test.language, got, test.want, err)
		}
	}
	for _, text := range []string{"eine Million", "1e", "NaN", "inf", "--1", ""} {
		if got, err := parseNumber(text, "de"); err == nil {
			t.Errorf("%q is read as %g", text, got)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	f.Add("1.000,5", "de")
	f.Add("1,000.5", "en")
	f.Fuzz(func(t *testing.T, text, language string) {
		if value, err := parseNumber(text, language); err == nil && value != value {
			t.Errorf("%q is no number and was read as one", text)
		}
	})
}

// TestFormAsksWhatItShows writes questions into the form and reads them again.
func TestFormAsksWhatItShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decimal := func(name string, low, high int) float64 {
			return float64(rapid.IntRange(low*10, high*10).Draw(t, name)) / 10
		}
		q := study.Question{
			Title: rapid.StringMatching(`[A-Za-zäöü ]{0,20}[a-z]`).Draw(t, "title"), Kind: rapid.SampledFrom(study.Kinds).Draw(t, "kind"),
			Population: "node:population", Regions: "abc", Sirens: rapid.SampledFrom([]string{"", "def"}).Draw(t, "sirens"), Level: decimal("level", 50, 90),
		}
		q.Title = strings.TrimSpace(q.Title)
		if rapid.Bool().Draw(t, "within") {
			q.Within = []geo.ARS{"07131", "12"}
		}
		q.Assumptions = earshot.Assumptions{Model: earshot.CPG117, PerDoubling: decimal("loss", 6, 12)}
		if rapid.Bool().Draw(t, "iso") {
			temperature, humidity, ground := decimal("temperature", -20, 40), decimal("humidity", 20, 90), decimal("ground", 0, 1)
			q.Assumptions = earshot.Assumptions{Model: earshot.ISO9613, Temperature: &temperature, Humidity: &humidity, Ground: &ground}
		}
		q.Assumptions.Edition = rapid.SampledFrom([]int{0, 1996}).Draw(t, "edition")
		if q.Kind != study.Coverage {
			q.Candidates = rapid.SampledFrom([]string{"cells:500", "cells:2500", "123abc"}).Draw(t, "candidates")
			q.Kinds = sites.DefaultKinds()[:rapid.IntRange(1, 4).Draw(t, "kinds")]
			if rapid.Bool().Draw(t, "spectrum") {
				q.Kinds[0].Spectrum[3], q.Kinds[0].Directivity[6] = 101.5, 12
			}
			q.Steps, q.Seed = rapid.IntRange(0, 5000).Draw(t, "steps"), uint64(rapid.IntRange(0, 99).Draw(t, "seed"))
		}
		switch q.Kind {
		case study.Sites:
			if rapid.Bool().Draw(t, "cheapest") {
				q.Share = 0.75
			} else {
				q.Budget = decimal("budget", 1, 9_000_000)
			}
		case study.Programme:
			q.Split = rapid.SampledFrom(planning.Keys).Draw(t, "split")
			q.Years = []planning.Year{{Year: 2027, Budget: decimal("first", 1, 9_000_000)}, {Year: 2029, Budget: 1000}}
			if q.Split != planning.ByGain {
				q.Areas, q.Shares = []geo.ARS{"07131", "12"}, map[geo.ARS]float64{"12": 2.5}
			}
		}
		form := formOf(catalogue.For(rapid.SampledFrom([]string{"de", "en"}).Draw(t, "language")), q)
		got := form.question()
		if diff := cmp.Diff(q, got); diff != "" || len(form.faults) > 0 {
			t.Fatalf("asked otherwise: %v\n%s", form.faults, diff)
		}
	})
}

func TestFormKeepsWhatWasTyped(t *testing.T) {
	form := planForm{Language: catalogue.For("de"), values: url.Values{
		"kind": {"sites"}, "budget": {"eine Million"}, "goal": {"budget"}, "level": {"siebzig"}, "candidates": {"cells"}, "spacing": {"500"},
		"kind-id": {"", "mast-600"}, "kind-rating": {"", "109"}, "kind-mount": {"roof", "mast"}, "kind-height": {"", "12"}, "kind-cost": {"", "viel"},
	}}
	form.question()
	if diff := cmp.Diff([]string{"level", "kinds", "budget"}, form.Wrong()); diff != "" {
		t.Errorf("other fields are wrong: %s", diff)
	}
	rows := form.KindRows()
	if len(rows) != 1+spareRows || rows[0].Get("kind-cost") != "viel" || form.Get("budget") != "eine Million" {
		t.Errorf("something typed is lost: %v", rows)
	}
	if said := form.Faults("budget")[0].Message; !strings.Contains(said, "eine Million") {
		t.Errorf("the fault says %q", said)
	}
}

func TestAreasByName(t *testing.T) {
	known := map[string][]geo.ARS{"Cottbus": {"12052"}, "Bad Neuenahr-Ahrweiler": {"071310007007"}, "Neustadt": {"012", "034"}}
	form := planForm{Language: catalogue.For("de"), find: func(name string) []geo.ARS { return known[name] }, values: url.Values{
		"kind": {"programme"}, "split": {"shares"}, "within": {"Cottbus, 12051 12054; Bad Neuenahr-Ahrweiler"},
		"areas": {"Cottbus 60\r\n12051 40,5\nBad Neuenahr-Ahrweiler\n\nNeustadt 3\nNirgendwo"},
	}}
	q := form.question()
	if diff := cmp.Diff([]geo.ARS{"12052", "12051", "12054", "071310007007"}, q.Within); diff != "" {
		t.Errorf("within: %s", diff)
	}
	if diff := cmp.Diff([]geo.ARS{"12052", "12051", "071310007007"}, q.Areas); diff != "" {
		t.Errorf("areas: %s", diff)
	}
	if diff := cmp.Diff(map[geo.ARS]float64{"12052": 60, "12051": 40.5}, q.Shares); diff != "" {
		t.Errorf("shares: %s", diff)
	}
	if faults := form.Faults("areas"); len(faults) != 2 || !strings.Contains(faults[0].Message, "012, 034") || !strings.Contains(faults[1].Message, "Nirgendwo") {
		t.Errorf("faults: %v", faults)
	}
}

func TestFieldOf(t *testing.T) {
	for path, want := range map[string]string{
		"years[0].budget": "years", "assumptions.temperature": "temperature", "assumptions.perDoubling": "per-doubling", "assumptions": "model",
		"kinds[2]": "kinds", "shares": "areas", "areas[1]": "areas", "elsewhere": "", "": "",
	} {
		if got := fieldOf(path); got != want {
			t.Errorf("%q is about %q, want %q", path, got, want)
		}
	}
}

func TestLatestFileIsOffered(t *testing.T) {
	day := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	sets := []study.Dataset{
		{SHA256: "node:population", Role: study.Population, Name: "population.cells"}, {SHA256: "old", Role: study.Population, At: day},
		{SHA256: "new", Role: study.Population, At: day.Add(time.Hour)}, {SHA256: "node:sirens", Role: study.Sirens, Name: "registry.csv"},
		{SHA256: "kept", Role: study.Sirens, Name: "registry.csv", At: day},
	}
	q := usualQuestion(study.Programme, sets, 2026)
	if q.Population != "new" || q.Sirens != "node:sirens" || q.Regions != "" || q.Years[0].Year != 2027 {
		t.Errorf("offered are %q, %q, %q from %d on", q.Population, q.Sirens, q.Regions, q.Years[0].Year)
	}
}

func TestTicksHoldTheRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(0, 1e7).Draw(t, "low")
		high := low + rapid.Float64Range(1, 1e8).Draw(t, "more")
		list := ticks(low, high, 5)
		if list[0] > low || list[len(list)-1] < high || len(list) < 2 || len(list) > 8 {
			t.Fatalf("%g to %g has the ticks %v", low, high, list)
		}
	})
}

// TestPlotIsWellFormed reads a plot as XML, as a browser does.
func TestPlotIsWellFormed(t *testing.T) {
	line := []moneyPoint{{People: 1000}, {Money: 400_000, People: 52_000, Sites: 20}, {Money: 790_000, People: 71_500, Sites: 51}}
	drawn := plot(catalogue.For("de"), "t", []plotLine{{"A", line}, {"B", line[:2]}})
	reader := xml.NewDecoder(strings.NewReader(string(drawn)))
	lines := 0
	for {
		token, err := reader.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, drawn)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "polyline" {
			lines++
		}
	}
	if lines != 2 {
		t.Errorf("%d lines are drawn", lines)
	}
	if !strings.Contains(string(drawn), "Tausend Euro") {
		t.Error("the money has no unit")
	}
	if plot(catalogue.For("de"), "t", nil) != "" {
		t.Error("nothing was drawn")
	}
}

func TestSampledKeepsTheEnds(t *testing.T) {
	points := make([]moneyPoint, 100)
	for i := range points {
		points[i].Sites = i
	}
	few := sampled(points, 8)
	if len(few) != 8 || few[0].Sites != 0 || few[7].Sites != 99 {
		t.Errorf("%v", few)
	}
}
