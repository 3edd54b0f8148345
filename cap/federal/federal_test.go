// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package federal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/cap"
)

const small = `{
  "identifier": "mow.DE-XX-1",
  "sender": "DE-XX",
  "sent": "2026-11-23T14:05:00+01:00",
  "status": "Actual",
  "msgType": "Alert",
  "scope": "Public",
  "info": [{
    "language": "DE",
    "category": ["Fire"],
    "event": "Gefahrendurchsage",
    "urgency": "Immediate",
    "severity": "Severe",
    "certainty": "Observed",
    "headline": "Rauch",
    "area": [{"areaDesc": "Hafen", "geocode": [{"valueName": "AreaId", "value": "0"}]}]
  }]
}`

var sameAlert = cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b cap.Time) bool { return a.String() == b.String() && a.Equal(b.Time) })}

func TestReadRepairsTheHabitsOfTheForm(t *testing.T) {
	tests := []struct{ name, old, new, path, rule, original, used string }{
		{"an upper-case language", `"DE"`, `"EN"`, "alert/info[1]/language", "federal.language", "EN", "en"},
		{"a language with a region", `"DE"`, `"DE-AT"`, "alert/info[1]/language", "federal.language", "DE-AT", "de-AT"},
		{"Leichte Sprache", `"DE"`, `"DE-LS"`, "alert/info[1]/language", "federal.language", "DE-LS", "de-simple"},
		{"HTML in text", `"Rauch"`, `"Rauch<br/>am &quot;Hafen&quot; &amp; &Ouml;l"`, "alert/info[1]/headline", "federal.html", "Rauch<br/>am &quot;Hafen&quot; &amp; &Ouml;l", "Rauch\nam \"Hafen\" & Öl"},
		{"fillers", `"geocode"`, `"polygon": ["-1.0,-1.0 13.2,52.1 13.3,52.2 13.4,52.1 13.2,52.1 -1.0,-1.0"], "geocode"`, "alert/info[1]/area[1]/polygon[1]", "federal.polygon",
			"-1.0,-1.0 13.2,52.1 13.3,52.2 13.4,52.1 13.2,52.1 -1.0,-1.0", "13.2,52.1 13.3,52.2 13.4,52.1 13.2,52.1"},
		{"longitude first", `"geocode"`, `"circle": ["113.2,52.1 4"], "geocode"`, "alert/info[1]/area[1]/circle[1]", "", "", ""},
		{"latitude that can only be first", `"geocode"`, `"circle": ["13.2,152.1 4"], "geocode"`, "alert/info[1]/area[1]/circle[1]", "federal.polygon", "13.2,152.1 4", "13.2,152.1 4"},
		{"latitude that lies in Germany only if it is first", `"geocode"`, `"circle": ["52.1,13.2 4"], "geocode"`, "alert/info[1]/area[1]/circle[1]", "federal.polygon", "52.1,13.2 4", "52.1,13.2 4"},
		{"longitude that lies in Germany only if it is first", `"geocode"`, `"circle": ["13.2,52.1 4"], "geocode"`, "alert/info[1]/area[1]/circle[1]", "", "", ""},
		{"latitude that may be longitude elsewhere", `"geocode"`, `"circle": ["40.1,13.2 4"], "geocode"`, "alert/info[1]/area[1]/circle[1]", "", "", ""},
		{"a text for a list", `["Fire"]`, `"Fire"`, "alert/info[1]/category", "federal.kind", "Fire", "Fire"},
		{"a list for a text", `"scope": "Public"`, `"scope": "Public", "references": ["a,b,2026-11-23T14:05:00+01:00", "a,c,2026-11-23T14:05:00+01:00"]`, "alert/references", "federal.kind", "an array", "a,b,2026-11-23T14:05:00+01:00 a,c,2026-11-23T14:05:00+01:00"},
		{"an object for a text", `"Rauch"`, `{}`, "alert/info[1]/headline", "federal.kind", "an object", ""},
		{"a text for an object", `"geocode": [{`, `"geocode": ["a", {`, "alert/info[1]/area[1]/geocode[1]", "federal.kind", "a", ""},
		{"an unknown key", `"headline"`, `"bild": "x", "headline"`, "alert/info[1]/bild", "federal.unknown", "x", ""},
		{"a key twice", `"headline"`, `"headline": "a", "headline"`, "alert/info[1]/headline", "federal.unknown", "Rauch", ""},
		{"a character that XML cannot carry", `"Rauch"`, `"R\u0000"`, "alert/info[1]/headline", "federal.characters", "R\x00", "R\uFFFD"},
		{"half a surrogate pair", `"Rauch"`, `"R\uD83D"`, "alert/info[1]/headline", "federal.characters", "R\uFFFD", "R\uFFFD"},
		{"what cap repairs", `"sent": "2026-11-23T14:05:00+01:00"`, `"sent": "2026-11-23T14:05:00.000+01:00"`, "alert/sent", "repair.time", "2026-11-23T14:05:00.000+01:00", "2026-11-23T14:05:00+01:00"},
		{"null and empty", `"headline": "Rauch"`, `"headline": null, "web": "", "expires": "", "parameter": []`, "", "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if strings.Count(small, test.old) != 1 {
				t.Fatalf("%s is not in the message exactly once", test.old)
			}
			raw := strings.Replace(small, test.old, test.new, 1)
			if !strings.Contains(test.new, `"DE`) && !strings.Contains(test.new, `"EN`) {
				raw = strings.Replace(raw, `"DE"`, `"de"`, 1)
			}
			_, findings, err := Read([]byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			var want []cap.Finding
			if test.rule != "" {
				want = []cap.Finding{{Rule: cap.Rule(test.rule), Severity: cap.GravityWarning, Path: test.path, Original: test.original, Used: test.used}}
				want[0].Line = strings.Count(raw[:strings.Index(raw, test.new)], "\n") + 1
			}
			if d := cmp.Diff(want, findings, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(cap.Finding{}, "Message", "Remedy", "Column")); d != "" {
				t.Errorf("other findings (-want +got):\n%s", d)
			}
		})
	}
}

// The two forms in JSON have the same keys, but not the same order of coordinates.
func TestReadTellsTheFormsApart(t *testing.T) {
	bare := strings.NewReplacer(`"DE"`, `"de"`, `"geocode": [{"valueName": "AreaId", "value": "0"}]`, `"circle": ["13.5,52.25 4"]`).Replace(small)
	tests := []struct {
		name, old, new string
		want           cap.Point
	}{
		{"cap's own form", "{", "{", cap.Point{Lat: 13.5, Lon: 52.25}},
		{"a language in capitals", `"de"`, `"DE"`, cap.Point{Lat: 52.25, Lon: 13.5}},
		{"a code of the federal distribution", `"info": [{`, `"code": "DVN:2", "info": [{`, cap.Point{Lat: 52.25, Lon: 13.5}},
		{"an AreaId", `"circle"`, `"geocode": [{"valueName": "AreaId", "value": "0"}], "circle"`, cap.Point{Lat: 52.25, Lon: 13.5}},
		{"written by WriteDetail", `"scope"`, `"filled": [], "scope"`, cap.Point{Lat: 52.25, Lon: 13.5}},
		{"an unknown key of an area", `"circle"`, `"filled": [], "circle"`, cap.Point{Lat: 13.5, Lon: 52.25}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			raw := []byte(strings.Replace(bare, test.old, test.new, 1))
			alert, _, err := Read(raw)
			if err != nil {
				t.Fatal(err)
			}
			if got := alert.Info[0].Area[0].Circle[0].Center; got != test.want || Is(raw) != (test.want.Lat != 13.5) {
				t.Errorf("the centre is %v, want %v; Is says %v", got, test.want, Is(raw))
			}
		})
	}
}

func TestReadSaysWhere(t *testing.T) {
	raw := strings.ReplaceAll(strings.ReplaceAll(strings.Replace(small, `"Rauch"`, `"Räuch<br>"`, 1), "\n", ""), "  ", "")
	_, findings, err := Read([]byte("\n" + raw))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{}
	for _, text := range []string{`"DE"`, `"Räuch`} {
		want = append(want, fmt.Sprintf("2:%d", len([]rune(raw[:strings.Index(raw, text)]))+1))
	}
	var got []string
	for _, f := range findings {
		got = append(got, fmt.Sprintf("%d:%d", f.Line, f.Column))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	_, _, err = Read([]byte(strings.Replace(small, `"Actual"`, `"Echt"`, 1)))
	invalid, ok := errors.AsType[*cap.InvalidError](err)
	if !ok || len(invalid.Findings) != 1 || invalid.Findings[0].Line != 5 || invalid.Findings[0].Path != "alert/status" {
		t.Errorf("an unknown status gives %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing": "", "an array": "[]", "a number": "7", "cut off": small[:100], "two": small + small,
		"too deep": `{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}", "Latin-1": "{\"a\":\"\xF6\"}",
		"too many": `{"code":["` + strings.Repeat(`","`, 50_000) + `"]}`, "too much text": strings.Replace(small, "Rauch", strings.Repeat("a", 65<<10), 1),
		"too large": strings.Repeat(" ", 1<<20) + small,
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Read([]byte(raw))
			if _, refused := errors.AsType[*cap.Refusal](err); !refused {
				t.Errorf("Read gives %v, want a *cap.Refusal", err)
			}
		})
	}
	_, _, err := Read([]byte(`{"type": "FeatureCollection", "features": []}`))
	if _, invalid := errors.AsType[*cap.InvalidError](err); !invalid {
		t.Errorf("GeoJSON without a message gives %v", err)
	}
}

func real(t *testing.T, ending string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "cap", "mowas_api31_mow.DE-HE-KS-SE106-20250313-106-001."+ending))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("the data for tests is not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestReadsAndJoinsWhatTheFederalAPIServes(t *testing.T) {
	alert, findings, err := Read(real(t, "json"))
	if err != nil {
		t.Fatal(err)
	}
	var languages []string
	for _, i := range alert.Info {
		languages = append(languages, i.Language)
	}
	if d := cmp.Diff([]string{"de", "de-simple", "en", "ar", "es", "fr", "pl", "ru", "tr"}, languages); d != "" {
		t.Error(d)
	}
	for _, f := range findings {
		if f.Rule != RuleLanguage && f.Rule != RuleHTML {
			t.Errorf("another finding than expected: %v", f)
		}
	}
	if text := alert.Info[0].Description; strings.ContainsAny(text, "<&") || !strings.Contains(text, `"Probealarm - Land Hessen"`) || !strings.Contains(text, "\n\n") {
		t.Errorf("the description is %q", text)
	}
	if _, err := cap.Write(alert); err != nil {
		t.Error(err)
	}
	joined, err := Join(alert, real(t, "geojson"))
	if err != nil {
		t.Fatal(err)
	}
	if len(joined) != 9 {
		t.Errorf("joining finds %v", joined)
	}
	for n, i := range alert.Info {
		if len(i.Area[0].Polygon) != 25 {
			t.Errorf("info %d has %d polygons", n, len(i.Area[0].Polygon))
		}
	}
	if err := cap.Validate(alert); err != nil {
		t.Error(err)
	}
	written, err := WriteGeoJSON(alert, GeoJSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var collection struct{ Features []json.RawMessage }
	if err := json.Unmarshal(written, &collection); err != nil || len(collection.Features) != 1 {
		t.Errorf("%d features, %v", len(collection.Features), err)
	}
}

func TestJoinLeavesOutWhatDoesNotFit(t *testing.T) {
	message := func() *cap.Alert {
		alert, _, err := Read([]byte(small))
		if err != nil {
			t.Fatal(err)
		}
		return alert
	}
	feature := func(id, geometry string) string {
		return `{"type":"FeatureCollection","features":[{"properties":{"warnId":"mow.DE-XX-1","areaId":` + id + `},"geometry":` + geometry + `}]}`
	}
	const square = `[[13,52],[14,52],[14,53],[13,52]]`
	tests := []struct {
		name, raw string
		polygons  int
		want      []string
	}{
		{"a polygon", feature("0", `{"type":"Polygon","coordinates":[`+square+`]}`), 1, []string{"has its shape from 1 polygons of the GeoJSON"}},
		{"an id in text, an open ring, heights", feature(`"0"`, `{"type":"Polygon","coordinates":[[[13,52,7],[14,52,7],[14,53,7]]]}`), 1, []string{"has its shape from 1 polygons of the GeoJSON"}},
		{"a hole", feature("0", `{"type":"MultiPolygon","coordinates":[[`+square+","+square+`],[],[`+square+`]]}`), 2,
			[]string{"has 1 holes, which CAP cannot say; the areas are larger by them", "has its shape from 2 polygons of the GeoJSON"}},
		{"another area", feature("1", `{"type":"Polygon","coordinates":[`+square+`]}`), 0, []string{"has no shape in the GeoJSON"}},
		{"a point", feature("0", `{"type":"Point","coordinates":[13,52]}`), 0, []string{`is a "Point", not a Polygon or MultiPolygon; left out`, "has no shape in the GeoJSON"}},
		{"off the globe", feature("0", `{"type":"Polygon","coordinates":[[[13,152],[14,52],[14,53]]]}`), 0,
			[]string{"point 1: latitude 152 is not between -90 and 90 (latitude stands first); left out", "has no shape in the GeoJSON"}},
		{"no geometry", feature("0", `null`), 0, []string{"has no shape in the GeoJSON"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			alert := message()
			findings, err := Join(alert, []byte(test.raw))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range findings {
				got = append(got, f.Message)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
			if n := len(alert.Info[0].Area[0].Polygon); n != test.polygons {
				t.Errorf("the area has %d polygons, want %d", n, test.polygons)
			}
		})
	}
	for name, raw := range map[string]string{
		"no JSON": "<a/>", "another kind": `{"type":"Feature"}`, "another warning": `{"type":"FeatureCollection","features":[{"properties":{"warnId":"x"}}]}`,
		"broken coordinates": feature("0", `{"type":"Polygon","coordinates":7}`), "too large": strings.Repeat(" ", MaxGeoJSON+1),
	} {
		if _, err := Join(message(), []byte(raw)); err == nil {
			t.Errorf("%s is joined", name)
		}
	}
}

// noHoles fails for a key that is not there, and for null where it may not be.
func noHoles(t *rapid.T, path string, value any) {
	switch v := value.(type) {
	case nil:
		if !slices.ContainsFunc([]string{"expires", "size", "altitude", "ceiling", "geometry"}, func(key string) bool { return strings.HasSuffix(path, key) }) {
			t.Errorf("%s is null", path)
		}
	case map[string]any:
		for key, part := range v {
			noHoles(t, path+"."+key, part)
		}
	case []any:
		for _, part := range v {
			noHoles(t, path+"[]", part)
		}
	}
}

func TestWhatIsWrittenReadsBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alert := drawnAlert.Draw(t, "alert")
		forms := map[string][]byte{}
		var err error
		if forms["detail"], err = WriteDetail(alert); err != nil {
			t.Fatal(err)
		}
		if forms["GeoJSON"], err = WriteGeoJSON(alert, GeoJSONOptions{}); err != nil {
			t.Fatal(err)
		}
		for name, raw := range forms {
			var document map[string]any
			if err := json.Unmarshal(raw, &document); err != nil {
				t.Fatal(err)
			}
			noHoles(t, name, document)
			read, findings, err := Read(raw)
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, raw)
			}
			if d := cmp.Diff(alert, read, sameAlert); d != "" {
				t.Fatalf("%s reads back differently (-written +read):\n%s\n%s", name, d, raw)
			}
			if len(findings) > 0 {
				t.Fatalf("%s: what was written needs repairs: %v", name, findings)
			}
		}
		if _, err := Join(alert, forms["GeoJSON"]); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWriteRefusesWhatIsNotValid(t *testing.T) {
	if _, err := WriteDetail(&cap.Alert{}); err == nil {
		t.Error("WriteDetail writes an empty message")
	}
	if _, err := WriteGeoJSON(&cap.Alert{}, GeoJSONOptions{}); err == nil {
		t.Error("WriteGeoJSON writes an empty message")
	}
}

func TestGeoJSONDrawsAreas(t *testing.T) {
	alert, _, err := Read([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	alert.Info = append(alert.Info, alert.Info[0])
	alert.Info[1].Area = []cap.Area{{AreaDesc: "Kreis", Circle: []cap.Circle{{Center: cap.Point{Lat: 52, Lon: 13}, RadiusKM: 10}}},
		{AreaDesc: "Feld", Polygon: []cap.Polygon{{{Lat: 52, Lon: 13}, {Lat: 53, Lon: 13}, {Lat: 53, Lon: 14}, {Lat: 52, Lon: 13}}}}}
	raw, err := WriteGeoJSON(alert, GeoJSONOptions{Outline: func(a *cap.Area) [][]cap.Polygon {
		if a.AreaDesc != "Feld" {
			return nil
		}
		return [][]cap.Polygon{{a.Polygon[0], a.Polygon[0]}}
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Features []struct {
			Geometry *struct {
				Type        string
				Coordinates json.RawMessage
			}
			Properties struct {
				WarnID   string
				AreaID   int
				AreaDesc string
			}
		}
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Features) != 3 || got.Features[0].Geometry != nil || got.Features[1].Geometry.Type != "Polygon" || got.Features[2].Geometry.Type != "MultiPolygon" {
		t.Fatalf("the features are %s", raw)
	}
	for n, f := range got.Features {
		if f.Properties.AreaID != n || f.Properties.WarnID != "mow.DE-XX-1" {
			t.Errorf("feature %d has the properties %+v", n, f.Properties)
		}
	}
	want := `[[[[13,52],[14,53],[13,53],[13,52]]],[[[13,52],[14,53],[13,53],[13,52]],[[13,52],[13,53],[14,53],[13,52]]]]`
	if d := cmp.Diff(want, string(got.Features[2].Geometry.Coordinates)); d != "" {
		t.Error(d)
	}
	var circle [][][2]float64
	if err := json.Unmarshal(got.Features[1].Geometry.Coordinates, &circle); err != nil || len(circle[0]) != corners+1 {
		t.Fatalf("the circle is %v, %v", circle, err)
	}
	if north := circle[0][0]; north[0] != 13 || north[1] < 52.0899 || north[1] > 52.09 {
		t.Errorf("10 km north of 52 is %v", north)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"type":"FeatureCollection","features":[],"message":{"identifier":"a","filled":["info[0].onset"]}}`))
	f.Add([]byte(`{"code":[1,null,{}],"info":{"area":[{"polygon":["-1.0,-1.0 1,2"]}],"headline":"<br>&amp;\ud83d"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		alert, _, err := Read(raw)
		if err != nil {
			return
		}
		written, err := WriteDetail(alert)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, _, err := Read(written); err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, written)
		}
	})
}

func FuzzJoin(f *testing.F) {
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"properties":{"warnId":"mow.DE-XX-1","areaId":0},"geometry":{"type":"Polygon","coordinates":[[[13,52],[14,52],[14,53],[13,52]]]}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		alert, _, err := Read([]byte(small))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Join(alert, raw); err != nil {
			return
		}
		if err := cap.Validate(alert); err != nil {
			t.Errorf("joining makes an invalid message: %v", err)
		}
	})
}
