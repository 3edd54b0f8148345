// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// What the rules of CAP messages find is said at the field of the form that it
// comes from, also while the message cannot be composed yet.
func TestFindingsStandAtTheirFields(t *testing.T) {
	w := newWorld(t, "")
	german := func(change func(*warning.Text)) func(*warning.Content) {
		return func(c *warning.Content) {
			text := c.Texts["de"]
			change(&text)
			c.Texts["de"] = text
		}
	}
	for _, test := range []struct {
		name   string
		change func(*warning.Content)
		want   string
	}{
		{"nothing", func(*warning.Content) {}, ""},
		{"a text", german(func(t *warning.Text) { t.Headline = "Hochwasser – Potsdam" }), "texts.de.headline warning texts.typographic"},
		{"a text before the event is chosen", func(c *warning.Content) {
			c.Event = ""
			german(func(t *warning.Text) { t.Headline = "Hochwasser – Potsdam" })(c)
		}, "texts.de.headline warning texts.typographic"},
		{"an address", func(c *warning.Content) { c.Web = "http://potsdam.example/flut" }, "web advice web.insecure"},
		{"an outline", func(c *warning.Content) {
			var ring geo.Ring
			for i := range 121 {
				angle := float64(i%120) / 60 * math.Pi
				ring = append(ring, geo.Point{Lat: 52.4 + 0.01*math.Sin(angle), Lon: 13.06 + 0.01*math.Cos(angle)})
			}
			c.Area = geo.Area{Name: "Potsdam", Polygons: []geo.Ring{ring}}
		}, "area warning polygon.many-points"},
		{"a forbidden text is among the faults only", german(func(t *warning.Text) { t.Description += " {place}" }), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			content := w.flood()
			english := content.Texts["en"]
			english.Description = strings.Replace(english.Description, "The Brandenburg situation centre", "Lagezentrum Brandenburg", 1)
			content.Texts["en"] = english
			test.change(&content)
			var draft console.Draft
			w.must("anna", http.MethodPost, "/api/v1/prepare", console.PrepareRequest{Kind: warning.KindAlert, Content: &content}, &draft)
			var got []string
			for _, f := range draft.Findings {
				got = append(got, fmt.Sprintf("%s %s %s", f.Field, f.Severity, f.Rule))
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%+v", diff, draft.Findings)
			}
		})
	}
}
