// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"bytes"
	"context"
	"io"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// TestAnswersWithLittleInThem writes reports in which parts are missing.
func TestAnswersWithLittleInThem(t *testing.T) {
	ctx := context.Background()
	cell := population.Cell{Centre: projection.Coordinate{Easting: 4_530_050, Northing: 3_260_050}, People: 1}
	grid, err := population.New(100, []population.Cell{cell})
	if err != nil {
		t.Fatal(err)
	}
	nobody := planning.Inputs{Grid: grid}
	here := planning.Inputs{Grid: grid, Sirens: []siren.Siren{{ID: "a", Position: cell.Point()}}}
	question := planning.SitesQuestion{Candidates: []sites.Candidate{{ID: "c", Position: cell.Centre}}, Kinds: sites.DefaultKinds(), Steps: 5, Budget: 100}
	reports := map[string]Report{}
	add := func(name string, in planning.Inputs, make func() (Report, error)) {
		r, err := make()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r.Inputs = in
		reports[name] = r
	}
	for name, in := range map[string]planning.Inputs{"no siren": nobody, "no gap": here} {
		add(name+", coverage", in, func() (Report, error) {
			c, err := planning.Cover(ctx, in, planning.CoverageQuestion{})
			return Report{Coverage: c}, err
		})
		add(name+", sites", in, func() (Report, error) {
			s, err := planning.Choose(ctx, in, question)
			return Report{Sites: s}, err
		})
		for _, years := range [][]planning.Year{{{Year: 2027}}, {{Year: 2027}, {Year: 2028, Budget: 20_000}}} {
			add(name+", programme of years", in, func() (Report, error) {
				p, err := planning.Plan(ctx, in, planning.ProgrammeQuestion{SitesQuestion: question, Years: years, Split: planning.ByGain})
				return Report{Programme: p}, err
			})
		}
	}
	for name, r := range reports {
		for _, r.Language = range []string{"de", "en"} {
			t.Run(name+" "+r.Language, func(t *testing.T) {
				read(t, written(t, r.WriteHTML))
				for _, odd := range []string{"%!", "NaN", "Inf", "plan.report."} {
					if html := written(t, r.WriteHTML); bytes.Contains(html, []byte(odd)) {
						t.Errorf("the report says %q", odd)
					}
				}
				written(t, r.WritePDF)
				written(t, r.WritePNG)
				peer(t, r, "qpdf", "--check", "FILE")
			})
		}
	}
}

// TestNamesAreTheirs writes titles and names of all sorts: of other scripts, without
// end, or of no letters at all.
func TestNamesAreTheirs(t *testing.T) {
	all := answers(t)
	for _, title := range []string{"Chóśebuz & Čakovec", "🚨 Sirenen", "\u0000\u0007\r\n\tSteuerzeichen", "سرینا 警笛 סירנה", "(\\)) Tj ET", "\xff\xfe", "a\u0301\u200d\u00ad", "ein" + string(bytes.Repeat([]byte("wort"), 200))} {
		r := all["sites"]
		r.Title = title
		t.Run(title[:min(len(title), 12)], func(t *testing.T) {
			written(t, r.WriteHTML)
			peer(t, r, "qpdf", "--check", "FILE")
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		d := document{words: words{Language: catalogue.For("de")}, Title: rapid.String().Draw(t, "title"), Answer: []string{rapid.String().Draw(t, "sentence")}, Picture: figure{Drawing: drawing.Drawing{Width: 100, Height: 10}}}
		d.add(section{Title: rapid.String().Draw(t, "heading"), Table: table{Columns: []column{text("a"), numbers("b")}, Rows: [][]string{{rapid.String().Draw(t, "cell"), "1"}}}})
		if err := d.writePDF(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
}
