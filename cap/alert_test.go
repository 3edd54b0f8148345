// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

func at(t testing.TB, text string) Time {
	t.Helper()
	parsed, err := ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// flood is an update in two languages that uses every element.
func flood(t testing.TB) *Alert {
	size, altitude, ceiling := int64(48213), 0.0, 590.5
	areas := []Area{
		{
			AreaDesc: "Uferstraße & Altstadt",
			Polygon:  []Polygon{{{52.1, 13.2}, {52.2, 13.25}, {52.15, 13.4}, {52.1, 13.2}}},
			Circle:   []Circle{{Point{52.4, 13.06}, 1.5}},
			Geocode:  []NamedValue{{"urn:example:region", "120540000000"}},
			Altitude: &altitude,
			Ceiling:  &ceiling,
		},
		{AreaDesc: "Mühlenwerder", Geocode: []NamedValue{{"urn:example:region", "120540000001"}}},
	}
	return &Alert{
		Identifier:  "2.49.0.0.276.999.2026.7.2",
		Sender:      "leitstelle@kreis.example",
		Sent:        at(t, "2026-11-23T14:05:00+01:00"),
		Status:      StatusExercise,
		MsgType:     MsgTypeUpdate,
		Source:      "Pegel Nord",
		Scope:       ScopeRestricted,
		Restriction: "Only for the staff of the exercise",
		Addresses:   `"Staff Nord" staff@kreis.example`,
		Code:        []string{"profile:example:1.0"},
		Note:        "Exercise High Water 2026",
		References: References{
			{"leitstelle@kreis.example", "2.49.0.0.276.999.2026.7.1", "2026-11-23T13:00:00+01:00"},
			{"leitstelle@kreis.example", "2.49.0.0.276.999.2026.7.0", "2026-11-23T11:30:00-00:00"},
		},
		Incidents: `"High Water 2026"`,
		Info: []Info{
			{
				Language:     "de-DE",
				Category:     []Category{CategoryGeo, CategorySafety},
				Event:        "Hochwasser",
				ResponseType: []ResponseType{ResponsePrepare, ResponseAvoid},
				Urgency:      UrgencyExpected,
				Severity:     SeveritySevere,
				Certainty:    CertaintyLikely,
				Audience:     "Anwohner am Ufer",
				EventCode:    []NamedValue{{"urn:example:event", "flood"}},
				Effective:    at(t, "2026-11-23T14:05:00+01:00"),
				Onset:        at(t, "2026-11-23T18:00:00+01:00"),
				Expires:      at(t, "2026-11-24T06:00:00+01:00"),
				SenderName:   "Leitstelle Kreis Beispiel",
				Headline:     "Übung: Hochwasser am Abend",
				Description:  "Der Pegel steigt bis 18 Uhr über 4 m.\nDanach fällt er langsam: < 3 m gegen Mitternacht.",
				Instruction:  "Räumen Sie Keller & Tiefgaragen.",
				Web:          "https://kreis.example/warnungen?nr=7&sprache=de",
				Contact:      "Bürgertelefon 0331 555-0",
				Parameter:    []NamedValue{{"urn:example:gauge", "Pegel Nord"}},
				Resource: []Resource{
					{ResourceDesc: "Karte", MimeType: "image/png", Size: &size, URI: "https://kreis.example/karte.png", Digest: "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"},
					{ResourceDesc: "Symbol", MimeType: "image/png", URI: "symbol.png", DerefURI: "iVBORw0KGgo="},
				},
				Area: areas,
			},
			{
				Language:    "en",
				Category:    []Category{CategoryGeo, CategorySafety},
				Event:       "Flood",
				Urgency:     UrgencyExpected,
				Severity:    SeveritySevere,
				Certainty:   CertaintyLikely,
				EventCode:   []NamedValue{{"urn:example:event", "flood"}},
				Expires:     at(t, "2026-11-24T05:00:00-00:00"),
				Headline:    "Exercise: high water this evening",
				Instruction: "Clear basements and underground car parks.",
				Area:        areas,
			},
		},
	}
}

// sameAlert compares times by instant and offset, and empty lists as absent.
var sameAlert = cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b Time) bool { return a.String() == b.String() && a.Equal(b.Time) })}

func diff(want, got any) string { return cmp.Diff(want, got, sameAlert) }

// The generators below draw valid messages with text at the edges of XML.

func legalText(least int) *rapid.Generator[string] {
	awkward := rapid.SampledFrom([]rune("ab ä€𝄞<>&\"'];\r\n\t\u0085\u2028\uFFFD-"))
	legal := rapid.OneOf(awkward, rapid.Rune().Filter(lexical.IsLegal))
	return rapid.StringOfN(legal, least, 20, -1)
}

func absentOr[T any](t *rapid.T, name string, g *rapid.Generator[T]) T {
	var absent T
	return rapid.OneOf(rapid.Just(absent), g).Draw(t, name)
}

var (
	drawnToken = rapid.StringMatching(`[A-Za-z0-9._@;:"'>äß-]{1,12}`)
	drawnTime  = rapid.Custom(func(t *rapid.T) Time {
		zone := time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, "offset"))
		return NewTime(time.Unix(rapid.Int64Range(-1e9, 1e10).Draw(t, "unix"), 0).In(zone))
	})
	drawnPoint = rapid.Custom(func(t *rapid.T) Point {
		return Point{rapid.Float64Range(-90, 90).Draw(t, "lat"), rapid.Float64Range(-180, 180).Draw(t, "lon")}
	})
	drawnPolygon = rapid.Custom(func(t *rapid.T) Polygon {
		ring := rapid.SliceOfN(drawnPoint, 3, 6).Draw(t, "ring")
		return append(ring, ring[0])
	})
	drawnCircle = rapid.Custom(func(t *rapid.T) Circle {
		return Circle{drawnPoint.Draw(t, "center"), rapid.Float64Range(0, 1e4).Draw(t, "radius")}
	})
	drawnPair = rapid.Custom(func(t *rapid.T) NamedValue {
		return NamedValue{legalText(0).Draw(t, "valueName"), legalText(0).Draw(t, "value")}
	})
	drawnPairs     = rapid.SliceOfN(drawnPair, 0, 2)
	drawnURI       = rapid.SampledFrom([]string{"https://example.org/a?b=c&d=%20#e", "urn:oid:2.49.0.0.276", "mailto:a@example.org", "http://[::1]:80/ü", "https://a:b@example.org/{c} |d"})
	drawnReference = rapid.Custom(func(t *rapid.T) Reference {
		return Reference{drawnToken.Draw(t, "sender"), drawnToken.Draw(t, "identifier"), drawnTime.Draw(t, "sent").String()}
	})
	drawnResource = rapid.Custom(func(t *rapid.T) Resource {
		r := Resource{ResourceDesc: legalText(0).Draw(t, "resourceDesc"), MimeType: legalText(0).Draw(t, "mimeType")}
		if rapid.Bool().Draw(t, "sized") {
			size := rapid.Int64Min(0).Draw(t, "size")
			r.Size = &size
		}
		r.URI = absentOr(t, "uri", drawnURI)
		if rapid.Bool().Draw(t, "embedded") {
			r.URI, r.DerefURI = "a/b.png", legalText(1).Draw(t, "derefUri")
		}
		r.Digest = absentOr(t, "digest", legalText(1))
		return r
	})
	drawnHeight = rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-1e7, 1e7).Draw(t, "height")) / 100 })
	drawnArea   = rapid.Custom(func(t *rapid.T) Area {
		a := Area{
			AreaDesc: legalText(0).Draw(t, "areaDesc"),
			Polygon:  rapid.SliceOfN(drawnPolygon, 0, 2).Draw(t, "polygon"),
			Circle:   rapid.SliceOfN(drawnCircle, 0, 2).Draw(t, "circle"),
			Geocode:  drawnPairs.Draw(t, "geocode"),
		}
		if rapid.Bool().Draw(t, "high") {
			altitude, ceiling := drawnHeight.Draw(t, "altitude"), drawnHeight.Draw(t, "ceiling")
			a.Altitude, a.Ceiling = &altitude, &ceiling
		}
		return a
	})
	drawnInfo = rapid.Custom(func(t *rapid.T) Info {
		prose := func(name string) string { return absentOr(t, name, legalText(1)) }
		return Info{
			Language:     absentOr(t, "language", rapid.SampledFrom([]string{"de", "de-DE", "DE-LS", "x-klingon", "en-US-1994"})),
			Category:     rapid.SliceOfN(rapid.SampledFrom(categories), 1, 3).Draw(t, "category"),
			Event:        legalText(0).Draw(t, "event"),
			ResponseType: rapid.SliceOfN(rapid.SampledFrom(responseTypes), 0, 3).Draw(t, "responseType"),
			Urgency:      rapid.SampledFrom(urgencies).Draw(t, "urgency"),
			Severity:     rapid.SampledFrom(severities).Draw(t, "severity"),
			Certainty:    rapid.SampledFrom(certainties).Draw(t, "certainty"),
			Audience:     prose("audience"),
			EventCode:    drawnPairs.Draw(t, "eventCode"),
			Effective:    absentOr(t, "effective", drawnTime),
			Onset:        absentOr(t, "onset", drawnTime),
			Expires:      absentOr(t, "expires", drawnTime),
			SenderName:   prose("senderName"),
			Headline:     prose("headline"),
			Description:  prose("description"),
			Instruction:  prose("instruction"),
			Web:          absentOr(t, "web", rapid.OneOf(drawnURI, rapid.Just("www.example.org/?a#b"))),
			Contact:      prose("contact"),
			Parameter:    drawnPairs.Draw(t, "parameter"),
			Resource:     rapid.SliceOfN(drawnResource, 0, 2).Draw(t, "resource"),
			Area:         rapid.SliceOfN(drawnArea, 0, 2).Draw(t, "area"),
		}
	})
	drawnAlert = rapid.Custom(func(t *rapid.T) *Alert {
		prose := func(name string) string { return absentOr(t, name, legalText(1)) }
		a := &Alert{
			Identifier: drawnToken.Draw(t, "identifier"),
			Sender:     drawnToken.Draw(t, "sender"),
			Sent:       drawnTime.Draw(t, "sent"),
			Status:     rapid.SampledFrom(statuses).Draw(t, "status"),
			MsgType:    rapid.SampledFrom(msgTypes).Draw(t, "msgType"),
			Source:     prose("source"),
			Scope:      rapid.SampledFrom(scopes).Draw(t, "scope"),
			Code:       rapid.SliceOfN(legalText(0), 0, 2).Draw(t, "code"),
			Note:       prose("note"),
			References: rapid.SliceOfN(drawnReference, 0, 3).Draw(t, "references"),
			Incidents:  prose("incidents"),
			Info:       rapid.SliceOfN(drawnInfo, 0, 2).Draw(t, "info"),
		}
		switch a.Scope {
		case ScopeRestricted:
			a.Restriction = "for " + legalText(0).Draw(t, "restriction")
		case ScopePrivate:
			a.Addresses = "to " + legalText(0).Draw(t, "addresses")
		}
		return a
	})
)

func TestWrittenMessageReadsBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alert := drawnAlert.Draw(t, "alert")
		raw, err := Write(alert)
		if err != nil {
			t.Fatal(err)
		}
		read, err := Read(raw)
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		if d := diff(alert, read); d != "" {
			t.Fatalf("read back differs (-written +read):\n%s\n%s", d, raw)
		}
		checkTaken(t, raw)
	})
}

// FuzzTimes, polygons, circles and references: what is parsed is written as
// something that parses to the same.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{
		"2026-11-23T14:05:00+01:00", "2026-11-23T14:05:00-00:00", "2024-02-29T23:59:59,14:00", "0001-01-01T00:00:00-14:00",
		"52.1,13.2 52.2,13.25 52.15,13.4 52.1,13.2", "-90,-180 +90,180 .5,5. -90,-180", "52.4,13.06 1.5", "52.4,13.06\t0",
		"a@b.example,c-1,2026-11-23T14:05:00+01:00 d,e,2026-11-23T14:05:00+00:00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if parsed, err := ParseTime(text); err == nil && parsed.Verbatim() != text {
			t.Errorf("ParseTime(%q) repeats %q", text, parsed.Verbatim())
		}
		if loose, ok := parseLooseTime(text); ok {
			if parsed, ok := loose.time(0, false); ok {
				if _, err := ParseTime(parsed.String()); err != nil {
					t.Errorf("parseLooseTime(%q): %v", text, err)
				}
			}
		}
		if shape, ok := parseLoosePoints(text); ok && !shape.points.onGlobe() {
			t.Errorf("parseLoosePoints(%q) leaves the globe: %v", text, shape.points)
		}
		if circle, ok := parseLooseCircle(text); ok && circle.check() != nil {
			t.Errorf("parseLooseCircle(%q): %v", text, circle.check())
		}
		again(t, text, ParsePolygon)
		again(t, text, ParseCircle)
		if utf8.ValidString(text) {
			again(t, text, ParseReferences)
		}
	})
}

func again[V interface{ String() string }](t *testing.T, text string, parse func(string) (V, error)) {
	parsed, err := parse(text)
	if err != nil {
		return
	}
	second, err := parse(parsed.String())
	if err != nil {
		t.Errorf("%q was read from %q but cannot be read itself: %v", parsed.String(), text, err)
	}
	if d := cmp.Diff(parsed, second); d != "" {
		t.Errorf("%q reads back differently:\n%s", text, d)
	}
}
