// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// polledFeed is the feed as pollers read it: by namespaces, not by prefixes.
type polledFeed struct {
	XMLName xml.Name     `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string       `xml:"http://www.w3.org/2005/Atom id"`
	Title   string       `xml:"http://www.w3.org/2005/Atom title"`
	Updated string       `xml:"http://www.w3.org/2005/Atom updated"`
	Author  string       `xml:"http://www.w3.org/2005/Atom author>name"`
	Links   []polledLink `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		ID         string       `xml:"http://www.w3.org/2005/Atom id"`
		Title      string       `xml:"http://www.w3.org/2005/Atom title"`
		Updated    string       `xml:"http://www.w3.org/2005/Atom updated"`
		Links      []polledLink `xml:"http://www.w3.org/2005/Atom link"`
		Identifier string       `xml:"urn:oasis:names:tc:emergency:cap:1.2 identifier"`
		Sent       string       `xml:"urn:oasis:names:tc:emergency:cap:1.2 sent"`
		Expires    string       `xml:"urn:oasis:names:tc:emergency:cap:1.2 expires"`
		MsgType    string       `xml:"urn:oasis:names:tc:emergency:cap:1.2 msgType"`
		Severity   string       `xml:"urn:oasis:names:tc:emergency:cap:1.2 severity"`
		AreaDesc   string       `xml:"urn:oasis:names:tc:emergency:cap:1.2 areaDesc"`
		Geocode    []struct {
			Value string `xml:"urn:oasis:names:tc:emergency:cap:1.2 value"`
		} `xml:"urn:oasis:names:tc:emergency:cap:1.2 geocode"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

type polledLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

func (s *station) feedAt(path string) polledFeed {
	s.t.Helper()
	var f polledFeed
	if err := xml.Unmarshal([]byte(s.page(path)), &f); err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
	return f
}

func (f polledFeed) identifiers() []string {
	found := []string{}
	for _, e := range f.Entries {
		found = append(found, e.Identifier)
	}
	return found
}

func TestFeedIsWhatPollersNeed(t *testing.T) {
	s := newStation(t)
	s.alert("w1", flood)
	s.at(start.Add(time.Hour))
	s.release("w1", s.compose("w1", warning.KindUpdate, 2, flood))
	f := s.feedAt("/feed.atom")
	if f.ID != testBase+"/feed.atom" || f.Author != "Lagezentrum Brandenburg" || f.Title == "" {
		t.Errorf("feed %+v", f)
	}
	if self := f.Links[0]; self.Rel != "self" || self.Href != f.ID {
		t.Errorf("the feed does not say where it is: %+v", f.Links)
	}
	if updated, err := time.Parse(time.RFC3339, f.Updated); err != nil || !updated.Equal(start.Add(time.Hour)) {
		t.Errorf("updated %q, %v", f.Updated, err)
	}
	if len(f.Entries) != 2 {
		t.Fatalf("entries %v", f.identifiers())
	}
	for _, e := range f.Entries {
		if len(e.Links) != 1 || e.Links[0].Href != e.ID || e.Links[0].Type != "application/cap+xml" {
			t.Errorf("the entry's id and only link differ: %+v", e)
		}
		if !strings.HasPrefix(e.ID, "https://") || !strings.HasSuffix(e.ID, ".xml") {
			t.Errorf("the entry's id is no address of an .xml: %q", e.ID)
		}
		response := s.get(strings.TrimPrefix(e.ID, testBase))
		if got := response.Header.Get("Content-Type"); got != cap.MediaType {
			t.Errorf("%s is served as %q", e.ID, got)
		}
		alert, err := cap.Read([]byte(text(t, response)))
		if err != nil {
			t.Fatalf("%s: %v", e.ID, err)
		}
		want := []string{alert.Identifier, alert.Sent.String(), alert.Info[0].Expires.String(), string(alert.MsgType), "Severe", "Potsdam", "120540000000", alert.Info[0].Headline}
		got := []string{e.Identifier, e.Sent, e.Expires, e.MsgType, e.Severity, e.AreaDesc, e.Geocode[0].Value, e.Title}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestFeedKeepsWhatStoppedToHoldFor48Hours(t *testing.T) {
	s := newStation(t)
	s.at(start)
	if f := s.feedAt("/feed.atom"); len(f.Entries) != 0 || f.Updated == "" {
		t.Errorf("empty feed %+v", f)
	}
	first := s.alert("w1", flood).Identifier
	s.at(start.Add(time.Hour))
	second := s.release("w1", s.compose("w1", warning.KindUpdate, 2, flood)).Identifier
	s.at(start.Add(2 * time.Hour))
	m := s.compose("w1", warning.KindAllClear, 3, allClear()) // expires four hours later
	third := s.release("w1", m).Identifier
	for _, test := range []struct {
		at   time.Time
		want []string
	}{
		{start.Add(3 * time.Hour), []string{third, second, first}},
		{start.Add(49*time.Hour - time.Second), []string{third, second, first}},
		{start.Add(49 * time.Hour), []string{third, second}},
		{start.Add(50 * time.Hour), []string{third}},
		{m.Content.Expires.Add(48*time.Hour - time.Second), []string{third}},
		{m.Content.Expires.Add(48 * time.Hour), []string{}},
	} {
		s.at(test.at)
		if diff := cmp.Diff(test.want, s.feedAt("/feed.atom").identifiers()); diff != "" {
			t.Errorf("after %v:\n%s", test.at.Sub(start), diff)
		}
	}
}

func TestFeedsOfRegions(t *testing.T) {
	s := newStation(t)
	potsdam := s.alert("w1", flood).Identifier
	content := flood
	content.Area = geo.Area{Name: "Umkreis von Cottbus", Circles: []geo.Circle{{Center: geo.Point{Lat: 51.76, Lon: 14.33}, Radius: 5000}}}
	s.clock = s.clock.Add(time.Second)
	cottbus := s.alert("w2", content).Identifier
	for path, want := range map[string][]string{
		"/feed/12.atom":           {cottbus, potsdam}, // the whole
		"/feed/120000000000.atom": {cottbus, potsdam},
		"/feed/12054.atom":        {potsdam},
		"/feed/120540000000.atom": {potsdam}, // a part
		"/feed/12052.atom":        {cottbus},
		"/feed/00.atom":           {cottbus, potsdam},
		"/feed/11.atom":           {},
		"/feed/12060.atom":        {},
	} {
		if diff := cmp.Diff(want, s.feedAt(path).identifiers()); diff != "" {
			t.Errorf("%s:\n%s", path, diff)
		}
	}
	if self := s.feedAt("/feed/120540000000.atom").Links[0].Href; self != testBase+"/feed/12054.atom" {
		t.Errorf("self is %s", self)
	}
}

// noHoles fails for a null anywhere.
func noHoles(t *testing.T, path string, value any) {
	switch v := value.(type) {
	case nil:
		t.Errorf("%s is null", path)
	case map[string]any:
		for key, part := range v {
			if key != "geometry" {
				noHoles(t, path+"."+key, part)
			}
		}
	case []any:
		for _, part := range v {
			noHoles(t, path+"[]", part)
		}
	}
}

func TestJSON(t *testing.T) {
	s := newStation(t)
	s.alert("w1", flood)
	bare := warning.Content{Event: "BBK-EVC-001", Level: warning.LevelInformation, Area: geo.Area{Name: "hier", ARS: []geo.ARS{"12054"}},
		Texts: map[string]warning.Text{"de": {Headline: "Nur das"}}}
	s.alert("w2", bare)
	var list map[string]any
	if err := json.Unmarshal([]byte(s.page("/warnings.json")), &list); err != nil {
		t.Fatal(err)
	}
	noHoles(t, "warnings.json", list)
	var keys []map[string]any
	for _, w := range list["warnings"].([]any) {
		message := w.(map[string]any)["messages"].([]any)[0].(map[string]any)
		keys = append(keys, map[string]any{})
		for key := range message {
			keys[len(keys)-1][key] = nil
		}
	}
	if diff := cmp.Diff(keys[0], keys[1]); diff != "" {
		t.Errorf("a bare message has other fields than a full one:\n%s", diff)
	}

	var one warningDocument
	if err := json.Unmarshal([]byte(s.page("/warnings/w1.json")), &one); err != nil {
		t.Fatal(err)
	}
	if one.Status != warning.StatusInForce || one.URL != testBase+"/warnings/w1" || len(one.Messages) != 1 {
		t.Fatalf("%+v", one)
	}
	m := one.Messages[0]
	if diff := cmp.Diff([]string{"Meiden Sie das Ufer.", "Gehen Sie nicht in Keller.", "Helfen Sie Nachbarn.", "Hören Sie Radio."}, m.Texts[0].Actions); diff != "" {
		t.Error(diff)
	}
	if !m.Onset.Equal(start) || m.Area.ARS[0] != "120540000000" || m.Texts[1].Language != "en" {
		t.Errorf("%+v", m)
	}
}

func TestGeoJSON(t *testing.T) {
	s := newStation(t)
	content := flood
	content.Area = geo.Area{
		Name: "Land und Kreis", ARS: []geo.ARS{"12054"},
		Circles:  []geo.Circle{{Center: geo.Point{Lat: 52.4, Lon: 13.06}, Radius: 15000}},
		Polygons: []geo.Ring{{{Lat: 52, Lon: 13}, {Lat: 52.1, Lon: 13}, {Lat: 52.1, Lon: 13.1}, {Lat: 52, Lon: 13}}}, // clockwise
	}
	s.alert("w1", content)
	land := flood
	land.Area = geo.Area{Name: "Land Brandenburg", ARS: []geo.ARS{"12"}}
	s.alert("w2", land)
	var collection featureCollection
	if err := json.Unmarshal([]byte(s.page("/warnings.geojson")), &collection); err != nil {
		t.Fatal(err)
	}
	if len(collection.Features) != 2 {
		t.Fatalf("%d features", len(collection.Features))
	}
	for _, f := range collection.Features {
		if f.Geometry == nil || f.Geometry.Type != "MultiPolygon" {
			t.Fatalf("%s has no shape", f.ID)
		}
		// Only the Länder have outlines without an import.
		if f.Properties.Complete != (f.ID == "w2") {
			t.Errorf("%s: complete is %v", f.ID, f.Properties.Complete)
		}
		for _, polygon := range f.Geometry.Coordinates {
			for i, ring := range polygon {
				var points geo.Ring
				for _, p := range ring {
					points = append(points, geo.Point{Lat: p[1], Lon: p[0]})
					if p[0] < 11 || p[0] > 15 || p[1] < 51 || p[1] > 54 {
						t.Fatalf("%s: %v is not in Brandenburg: longitude stands first", f.ID, p)
					}
				}
				if anticlockwise(points) != (i == 0) {
					t.Errorf("%s: ring %d turns the wrong way", f.ID, i)
				}
			}
		}
	}
	if got := s.get("/warnings.geojson").Header.Get("Content-Type"); got != "application/geo+json" {
		t.Errorf("Content-Type %q", got)
	}
}

func TestMaps(t *testing.T) {
	s := newStation(t)
	content := flood
	content.Area = geo.Area{Name: "Cottbus", Circles: []geo.Circle{{Center: geo.Point{Lat: 51.76, Lon: 14.33}, Radius: 15000}}}
	s.alert("w1", content)
	s.clock = s.clock.Add(-time.Second)
	s.alert("w2", flood) // of a Kreis without an outline
	for path, want := range map[string][]string{
		"/map.svg":             {`class="l"`, `class="w2"`, "Potsdam", `class="s s2"`, ">1</text>", `class="s s2"`, ">2</text>"},
		"/warnings/w1/map.svg": {`class="w2"`, "Cottbus", `class="s s2"`},
		"/warnings/w2/map.svg": {"Potsdam", `class="s s2"`},
	} {
		raw := s.page(path)
		if err := xml.Unmarshal([]byte(raw), new(struct{ XMLName xml.Name })); err != nil {
			t.Errorf("%s is not XML: %v", path, err)
		}
		within(t, raw, want...)
		if len(raw) > 60_000 {
			t.Errorf("%s has %d bytes", path, len(raw))
		}
	}
}

func TestActions(t *testing.T) {
	for name, test := range map[string]struct {
		instruction string
		want        []string
	}{
		"nothing":             {"", nil},
		"lines":               {"Gehen Sie ins Haus.\n\n - Fenster zu.\n• Radio an.", []string{"Gehen Sie ins Haus.", "Fenster zu.", "Radio an."}},
		"sentences":           {"Gehen Sie ins Haus. Schließen Sie Fenster und Türen! Warten Sie.", []string{"Gehen Sie ins Haus.", "Schließen Sie Fenster und Türen!", "Warten Sie."}},
		"abbreviations":       {"Nehmen Sie z. B. Decken mit. Rufen Sie ggf. Nachbarn an. Radio an.", []string{"Nehmen Sie z. B. Decken mit.", "Rufen Sie ggf. Nachbarn an.", "Radio an."}},
		"ordinals":            {"Kochen Sie Wasser bis zum 3. Mai ab. Danke.", []string{"Kochen Sie Wasser bis zum 3. Mai ab.", "Danke."}},
		"no end":              {"Fenster schließen", []string{"Fenster schließen"}},
		"a dash and no words": {"-", []string{"-"}},
	} {
		if diff := cmp.Diff(test.want, actions(test.instruction)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func FuzzActions(f *testing.F) {
	f.Add("Gehen Sie ins Haus. Warten Sie z. B. im Keller.\n- Radio")
	f.Add(". . . A! B?")
	f.Fuzz(func(t *testing.T, instruction string) {
		compact := func(text string) string {
			return strings.NewReplacer("-", "", "–", "", "•", "", "*", "").Replace(strings.Join(strings.Fields(text), ""))
		}
		if got, want := compact(strings.Join(actions(instruction), " ")), compact(instruction); got != want {
			t.Errorf("words were lost: %q of %q", got, want)
		}
	})
}

func FuzzCleanQuery(f *testing.F) {
	f.Add("Potsdam \n\t\x00 ä")
	f.Add(strings.Repeat("ü ", 100))
	f.Add("\xff\xfe")
	f.Fuzz(func(t *testing.T, query string) {
		cleaned := cleanQuery(query)
		if len([]rune(cleaned)) > longestQuery || strings.ContainsAny(cleaned, "\n\t\x00") || cleanQuery(cleaned) != cleaned {
			t.Errorf("%q becomes %q", query, cleaned)
		}
	})
}
