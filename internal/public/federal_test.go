// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/federal"
	"github.com/tocsin-alert/tocsin/geo"
)

func TestFederalFormsSayWhatTheMessageSays(t *testing.T) {
	s := newStation(t)
	content := flood
	content.Area = geo.Area{Name: "Land Brandenburg", ARS: []geo.ARS{"12"}} // without an import, only the Länder have outlines
	identifier := s.alert("w1", content).Identifier
	want, err := cap.Read([]byte(s.page(capPath(identifier))))
	if err != nil {
		t.Fatal(err)
	}
	for ending, contentType := range map[string]string{".json": contentJSON, ".geojson": contentGeoJSON} {
		response := s.get(federalPath + identifier + ending)
		if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != contentType || response.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s answers %s, %v", ending, response.Status, response.Header)
		}
		got, findings, err := federal.Read([]byte(text(t, response)))
		if err != nil || len(findings) > 0 {
			t.Fatalf("%s: %v, %v", ending, err, findings)
		}
		if d := cmp.Diff(want, got, cmp.Comparer(func(a, b cap.Time) bool { return a.String() == b.String() })); d != "" {
			t.Errorf("%s says something else:\n%s", ending, d)
		}
	}
	var areas struct {
		Features []struct{ Geometry *struct{ Type string } }
	}
	if err := json.Unmarshal([]byte(s.page(federalPath+identifier+".geojson")), &areas); err != nil {
		t.Fatal(err)
	}
	if len(areas.Features) != 1 || areas.Features[0].Geometry == nil {
		t.Errorf("the region's outline is missing: %+v", areas)
	}
	for _, path := range []string{"none.json", identifier, identifier + ".xml", identifier + ".json.geojson"} {
		if response := s.get(federalPath + path); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %s", path, response.Status)
		}
	}
}
