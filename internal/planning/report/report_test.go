// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// TestReport makes the report of a small programme twice: the same bytes, with
// what a council asks for, in both languages, and every element closed.
func TestReport(t *testing.T) {
	var cells []population.Cell
	for x := range 40 {
		cells = append(cells, population.Cell{Centre: projection.Coordinate{Easting: 4_530_050 + 300*float64(x), Northing: 3_260_050}, People: 1000})
	}
	grid, err := population.New(100, cells)
	if err != nil {
		t.Fatal(err)
	}
	in := planning.Inputs{
		Grid: grid, Sirens: []siren.Siren{{ID: "a", Position: cells[0].Point(), Generated: true, Equipment: siren.Equipment{Level: 101}}},
		Files: []planning.File{{Role: "population", Name: "p.csv", SHA256: "ab"}},
	}
	candidates, err := sites.Inhabited(grid, 300, 100)
	if err != nil {
		t.Fatal(err)
	}
	programme, err := planning.Plan(context.Background(), in, planning.ProgrammeQuestion{
		SitesQuestion: planning.SitesQuestion{Candidates: candidates, Kinds: sites.DefaultKinds(), Steps: 30},
		Title:         "Sirenen <für> alle", Split: planning.ByGain, Years: []planning.Year{{Year: 2027, Budget: 60_000}, {Year: 2028, Budget: 60_000}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for language, words := range map[string][]string{
		"de": {"Heute hören 1.000 von 40.000 Menschen", "Achtung: Eine der Sirenen", "CPG 1-17 mit 10\u00a0dB", "2027", "2028", "33U UU", "SHA-256", ">ab<", "Sirenen &lt;für&gt; alle"},
		"en": {"Today 1,000 of 40,000 people", "Mind: 1 of the sirens", "for each doubling"},
	} {
		report := Report{Language: language, Inputs: in, Programme: programme}
		var first, second bytes.Buffer
		if err := errors.Join(report.WriteHTML(&first), report.WriteHTML(&second)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: two reports of one programme differ", language)
		}
		for _, word := range words {
			if !strings.Contains(first.String(), word) {
				t.Errorf("%s: the report lacks %q", language, word)
			}
		}
		decoder := xml.NewDecoder(&first)
		decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", language, err)
			}
		}
	}
}
