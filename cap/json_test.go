// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

const smallJSON = `{
  "identifier": "2.49.0.0.276.999.2026.8",
  "sender": "leitstelle@kreis.example",
  "sent": "2026-11-23T14:05:00+01:00",
  "status": "Actual",
  "msgType": "Alert",
  "scope": "Public",
  "info": [{
    "language": "de-DE",
    "category": ["Fire"],
    "event": "Brand",
    "urgency": "Immediate",
    "severity": "Severe",
    "certainty": "Observed",
    "headline": "Rauch am Hafen",
    "area": [{"areaDesc": "Hafen", "polygon": ["52.1,13.2 52.2,13.25 52.15,13.4 52.1,13.2"]}]
  }]
}`

func TestReadJSONReadsWhatReadReads(t *testing.T) {
	fromXML, err := Read([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := ReadJSON([]byte(smallJSON))
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(fromXML, fromJSON); d != "" {
		t.Errorf("JSON reads differently (-XML +JSON):\n%s", d)
	}
}

func TestDocumentedJSONIsRead(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "formats", "cap.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "```json\n")
	block, _, _ = strings.Cut(block, "```")
	if _, err := ReadJSON([]byte(block)); err != nil {
		t.Error(err)
	}
}

func TestReadJSONRefuses(t *testing.T) {
	tests := []struct{ name, old, new, path, message string }{
		{"an unknown key", `"event":`, `"title": "x", "event":`, "alert/info[1]/title", "is not known in <info>"},
		{"an unknown key with an empty array", `"event":`, `"titles": [], "event":`, "alert/info[1]/titles", "is not known in <info>"},
		{"a key in other case", `"event":`, `"Event":`, "alert/info[1]/Event", "is not known in <info>"},
		{"a key twice", `"status": "Actual"`, `"status": "Test", "status": "Actual"`, "alert/status", "stands twice"},
		{"an array twice", `"category": ["Fire"]`, `"category": ["Fire"], "category": ["Met"]`, "alert/info[1]/category[2]", "is a second value for its key, not a string"},
		{"null", `"headline": "Rauch am Hafen"`, `"headline": null`, "alert/info[1]/headline", "is null, true or false, not a string"},
		{"a number for text", `"headline": "Rauch am Hafen"`, `"headline": 7`, "alert/info[1]/headline", "is a number, not a string"},
		{"an object for text", `"headline": "Rauch am Hafen"`, `"headline": {}`, "alert/info[1]/headline", "is an object, not a string"},
		{"an array for text", `"headline": "Rauch am Hafen"`, `"headline": ["a"]`, "alert/info[1]/headline", "is an array"},
		{"an empty array for text", `"headline": "Rauch am Hafen"`, `"headline": []`, "alert/info[1]/headline", "is an array, not a string"},
		{"text for an array", `["Fire"]`, `"Fire"`, "alert/info[1]/category[1]", "is not in an array"},
		{"text for an object", `[{"areaDesc": "Hafen", "polygon": ["52.1,13.2 52.2,13.25 52.15,13.4 52.1,13.2"]}]`, `["Hafen"]`, "alert/info[1]/area[1]", "is a string, not an object"},
		{"text for a number", `"areaDesc": "Hafen"`, `"areaDesc": "Hafen", "altitude": "3"`, "alert/info[1]/area[1]/altitude", "is a string, not a number"},
		{"a number with an exponent", `"areaDesc": "Hafen"`, `"areaDesc": "Hafen", "altitude": 3e2`, "alert/info[1]/area[1]/altitude", `"3e2" is not a decimal number`},
		{"a size with a fraction", `"area":`, `"resource": [{"resourceDesc": "a", "mimeType": "a/b", "size": 1.5}], "area":`, "alert/info[1]/resource[1]/size", `"1.5" is not a whole number of at most 24 digits`},
		{"a control character", "Rauch am", `Rauch\u0000am`, "alert/info[1]/headline", "has a character at byte 6 that XML cannot carry"},
		{"a time with Z", "14:05:00+01:00", "14:05:00Z", "alert/sent", `"2026-11-23T14:05:00Z" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm`},
		{"no sender", `"sender": "leitstelle@kreis.example",`, "", "alert/sender", "is missing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if strings.Count(smallJSON, test.old) != 1 {
				t.Fatalf("%q is not in the message exactly once", test.old)
			}
			_, err := ReadJSON([]byte(strings.Replace(smallJSON, test.old, test.new, 1)))
			var invalid *InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("ReadJSON gives %v, want an *InvalidError", err)
			}
			for _, fault := range invalid.Findings {
				if fault.Path == test.path && fault.Message == test.message && fault.Line > 0 {
					return
				}
			}
			t.Errorf("ReadJSON gives %v, want %s %s", err, test.path, test.message)
		})
	}
}

func TestReadJSONRefusesText(t *testing.T) {
	tests := map[string]struct {
		text string
		rule Rule
	}{
		"nothing":               {"", lexical.RuleSyntax},
		"an array":              {"[]", lexical.RuleSyntax},
		"XML":                   {"<alert/>", lexical.RuleSyntax},
		"cut off":               {smallJSON[:200], lexical.RuleSyntax},
		"a comma too many":      {`{"a": "b",}`, lexical.RuleSyntax},
		"two messages":          {smallJSON + smallJSON, lexical.RuleAfterRoot},
		"something behind":      {smallJSON + " x", lexical.RuleAfterRoot},
		"Latin-1":               {"{\"a\": \"K\xF6ln\"}", lexical.RuleEncoding},
		"half a surrogate pair": {`{"note": "\ud83d"}`, lexical.RuleEncoding},
		"too deep":              {`{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "}", lexical.RuleDepth},
		"too many values":       {`{"code":["` + strings.Repeat(`a","`, 50_000) + `"]}`, lexical.RuleElements},
		"too much text":         {`{"note":"` + strings.Repeat("a", 64<<10+1) + `"}`, lexical.RuleText},
		"too large":             {strings.Repeat(" ", 1<<20) + "{}", lexical.RuleSize},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := ReadJSON([]byte(test.text))
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Rule != test.rule {
				t.Errorf("ReadJSON gives %v, want a refusal by rule %s", err, test.rule)
			}
		})
	}
}

func TestMarshalledMessageReadsBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alert := drawnAlert.Draw(t, "alert")
		raw, err := json.Marshal(alert)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ReadJSON(raw)
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		if d := diff(alert, read); d != "" {
			t.Fatalf("read back differs (-written +read):\n%s\n%s", d, raw)
		}
		var plain Alert
		if err := json.Unmarshal(raw, &plain); err != nil {
			t.Fatal(err)
		}
		if d := diff(alert, &plain); d != "" {
			t.Fatalf("encoding/json reads it differently (-written +read):\n%s", d)
		}
	})
}

func TestMarshalRefusesWhatCAPCannotWrite(t *testing.T) {
	for name, change := range map[string]func(*Alert){
		"a fraction of a second": func(a *Alert) { a.Sent.Time = a.Sent.Add(1) },
		"an open polygon":        func(a *Alert) { a.Info[0].Area[0].Polygon[0][0].Lat++ },
		"an impossible circle":   func(a *Alert) { a.Info[0].Area[0].Circle[0].RadiusKM = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			alert := flood(t)
			change(alert)
			if raw, err := json.Marshal(alert); err == nil {
				t.Errorf("json.Marshal writes %s", raw)
			}
			if _, err := Write(alert); err == nil {
				t.Error("Write writes it")
			}
		})
	}
}

func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(smallJSON))
	f.Add([]byte(`{"info":[[{}]],"code":["a"],"code":[],"a":null}`))
	f.Add([]byte(`{"note":"\ud83d\ude00\ufffd"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		alert, err := ReadJSON(raw)
		checkReading(t, alert, err)
		if err != nil {
			return
		}
		again, err := json.Marshal(alert)
		if err != nil {
			t.Fatal(err)
		}
		second, err := ReadJSON(again)
		if err != nil {
			t.Fatal(fmt.Errorf("what was read and marshalled cannot be read: %w", err))
		}
		if d := diff(alert, second); d != "" {
			t.Fatalf("what was read and marshalled reads differently:\n%s", d)
		}
	})
}
