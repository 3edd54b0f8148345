// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package captext

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/cap"
)

var update = flag.Bool("update", false, "write the pages of testdata anew")

func flood() *cap.Alert {
	sent := cap.NewTime(time.Date(2026, 11, 23, 14, 5, 0, 0, time.FixedZone("", 3600)))
	feet := 100.0
	info := cap.Info{
		Language: "de-DE", Category: []cap.Category{cap.CategoryGeo, cap.CategoryMet}, Event: "Hochwasser",
		ResponseType: []cap.ResponseType{cap.ResponseEvacuate, cap.ResponseAvoid},
		Urgency:      cap.UrgencyExpected, Severity: cap.SeveritySevere, Certainty: cap.CertaintyLikely,
		Onset: cap.NewTime(sent.Add(time.Hour)), Expires: cap.NewTime(sent.Add(10 * time.Hour)),
		SenderName: "Leitstelle Potsdam", Headline: "Hochwasser an Havel und Nuthe: Verlassen Sie die Uferwege",
		Description: "Die Havel steigt bis zum Abend um etwa 80 Zentimeter.\nUferwege und Keller laufen voll, der Strom kann ausfallen.",
		Instruction: "Bringen Sie sich nach oben in Sicherheit.\nHelfen Sie Nachbarn.",
		Web:         "https://warnung.example/1", Contact: "0331 115",
		Parameter: []cap.NamedValue{{ValueName: "urn:tocsin:level", Value: "2"}},
		Resource:  []cap.Resource{{ResourceDesc: "Karte", MimeType: "image/png", URI: "https://warnung.example/1.png"}},
		Area: []cap.Area{
			{AreaDesc: "Altstadt", Polygon: []cap.Polygon{{{Lat: 52.4, Lon: 13}, {Lat: 52.4, Lon: 13.1}, {Lat: 52.42, Lon: 13.1}, {Lat: 52.4, Lon: 13}}}, Geocode: []cap.NamedValue{{ValueName: "ARS", Value: "120540000000"}}},
			{AreaDesc: "Insel", Circle: []cap.Circle{{Center: cap.Point{Lat: 52.39, Lon: 13.05}, RadiusKM: 0.75}}, Altitude: &feet},
		},
	}
	english := info
	english.Language, english.Event, english.Headline = "en", "Flood", "Flood of Havel and Nuthe: leave the river banks"
	english.Description, english.Instruction = "The Havel will rise by some 80 centimetres.", "Go to an upper floor."
	return &cap.Alert{
		Identifier: "2.49.0.0.276.1", Sender: "leitstelle@potsdam.example", Sent: sent, Status: cap.StatusActual,
		MsgType: cap.MsgTypeUpdate, Scope: cap.ScopePublic, Info: []cap.Info{info, english},
		References: cap.References{{Sender: "leitstelle@potsdam.example", Identifier: "2.49.0.0.276.0", Sent: "2026-11-23T13:00:00+01:00"}},
	}
}

func TestPage(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	exercise := flood()
	exercise.Status, exercise.MsgType = cap.StatusExercise, cap.MsgTypeCancel
	foreign := flood()
	foreign.Info = foreign.Info[:1]
	foreign.Info[0].Headline, foreign.Info[0].Description = "洪水警告", strings.Repeat("河水上涨请离开河岸", 12)
	foreign.Info[0].Language = "zh"
	coded := flood()
	coded.Info = coded.Info[:1]
	coded.Info[0].Area = []cap.Area{{AreaDesc: "Altstadt", Geocode: []cap.NamedValue{
		{ValueName: "EXCLUDE_POLYGON", Value: strings.Repeat("52.4,13 52.4,13.1 52.42,13.1 ", 20) + "52.4,13"},
		{ValueName: "UGC", Value: strings.Repeat("COZ040 ", 20)},
	}}}
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name  string
		alert *cap.Alert
		o     Options
	}{
		{"all", flood(), Options{Location: berlin, Now: now}},
		{"de", flood(), Options{Language: "de", Location: berlin, Width: 60, Now: now.Add(24 * time.Hour)}},
		{"exercise", exercise, Options{Language: "en", Location: berlin, Faulty: true, Repairs: 3}},
		{"no-spaces", foreign, Options{Language: "en", Width: 48}},
		{"long-codes", coded, Options{Language: "en"}},
		{"bare", &cap.Alert{}, Options{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var page bytes.Buffer
			if err := Page(&page, test.alert, test.o); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", test.name+".txt")
			if *update {
				if err := os.WriteFile(path, page.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), page.String()); diff != "" {
				t.Errorf("run with -update if this is right:\n%s", diff)
			}
		})
	}
}

// hostileText draws text with what a terminal would obey or be confused by.
var hostileText = rapid.Custom(func(t *rapid.T) string {
	parts := rapid.SliceOfN(rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"\x1b[2J", "\x1b]0;title\x07", "\u009b31m", "\x00", "\x7f", "\u202e", "\u2066", "\ufeff", "\r", "\n", "\t", "\xff\xfe", "\u2028", "ว่า", "漢字", "e\u0301"}),
	), 0, 12).Draw(t, "parts")
	return strings.Join(parts, "")
})

func checkHarmless(t *rapid.T, text string, width int) {
	if !utf8.ValidString(text) {
		t.Fatalf("%q is not UTF-8", text)
	}
	for line := range strings.SplitSeq(text, "\n") {
		for _, r := range line {
			if unicode.IsControl(r) || r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' {
				t.Fatalf("%q has %U", line, r)
			}
		}
		if cells(line) > width {
			t.Fatalf("%q is wider than %d", line, width)
		}
	}
}

func TestNoTextCommandsTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string { return hostileText.Draw(t, name) }
		a := flood()
		a.Identifier, a.Sender, a.Note, a.Addresses = text("identifier"), text("sender"), text("note"), text("addresses")
		a.Status, a.Scope = cap.Status(text("status")), cap.Scope(text("scope"))
		a.References[0].Sent = text("reference")
		for i := range a.Info {
			info := &a.Info[i]
			info.Event, info.Headline, info.Description, info.Instruction = text("event"), text("headline"), text("description"), text("instruction")
			info.Severity, info.Category = cap.Severity(text("severity")), []cap.Category{cap.Category(text("category"))}
			info.Web, info.Contact, info.SenderName, info.Audience = text("web"), text("contact"), text("senderName"), text("audience")
			info.ResponseType = []cap.ResponseType{cap.ResponseType(text("response"))}
			info.Area[0].AreaDesc, info.Area[0].Geocode[0].Value = text("area"), text("code")
			info.Parameter[0].Value = text("level")
			info.Resource[0].URI = text("uri")
		}
		width := rapid.IntRange(40, 100).Draw(t, "width")
		var page bytes.Buffer
		if err := Page(&page, a, Options{Width: width, Language: rapid.SampledFrom([]string{"", "de", "en", "\x1b"}).Draw(t, "language")}); err != nil {
			t.Fatal(err)
		}
		checkHarmless(t, page.String(), width)
	})
}

func TestPlainIsOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := Plain(hostileText.Draw(t, "text"))
		checkHarmless(t, plain, 1<<30)
		if strings.ContainsAny(plain, "\n\r\t") {
			t.Fatalf("%q has several lines", plain)
		}
	})
}

func TestExtent(t *testing.T) {
	for _, test := range []struct {
		name        string
		polygon     cap.Polygon
		east, north string
	}{
		{"at the equator", cap.Polygon{{Lat: -0.5, Lon: 10}, {Lat: 0.5, Lon: 10}, {Lat: 0, Lon: 11}, {Lat: -0.5, Lon: 10}}, "111", "111"},
		{"at 60 degrees", cap.Polygon{{Lat: 60, Lon: 10}, {Lat: 60, Lon: 11}, {Lat: 60, Lon: 10}}, "56", "0"},
		{"across 180 degrees", cap.Polygon{{Lat: 0, Lon: 179.9}, {Lat: 0.01, Lon: -179.9}, {Lat: 0, Lon: 179.9}}, "22", "1.1"},
		{"none", nil, "0", "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if east, north := extent(test.polygon); kilometres(east) != test.east || kilometres(north) != test.north {
				t.Errorf("%s by %s km, want %s by %s", kilometres(east), kilometres(north), test.east, test.north)
			}
		})
	}
}
