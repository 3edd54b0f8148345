// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
)

const head = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>example.org.1</identifier><sender>example.org</sender>
<sent>2025-10-01T11:30:00+02:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
`

const block = `<info><language>en</language><category>Geo</category><event>Flood</event><responseType>Avoid</responseType>
<urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>
<expires>2025-10-01T19:30:00+02:00</expires><senderName>Town</senderName><headline>Flood</headline>
<description>%s</description><instruction>Go upstairs.</instruction><web>https://example.org</web><contact>1</contact>
<area><areaDesc>Town</areaDesc><circle>52,13 3</circle></area></info>
`

func document(info string) string { return head + info + "</alert>" }

func described(text string) string { return document(fmt.Sprintf(block, text)) }

type documentCase struct{ name, document, path string }

// documentCases are for rules that need the document.
var documentCases = map[cap.Rule][]documentCase{
	"size.large":     {{"100 kB", described(strings.Repeat("flood ", 20_000)), "alert"}, {"small", described("A flood."), ""}},
	"size.too-large": {{"900 kB", document(strings.Repeat(fmt.Sprintf(block, strings.Repeat("flood ", 40_000)), 4)), "alert"}, {"100 kB", described(strings.Repeat("flood ", 20_000)), ""}},
	"time.utc": {
		{"sent", strings.Replace(described("A flood."), "11:30:00+02:00", "09:30:00+00:00", 1), "alert/sent"},
		{"expires", strings.Replace(described("A flood."), "19:30:00+02:00", "17:30:00+00:00", 1), "alert/info[1]/expires"},
		{"minus", strings.Replace(described("A flood."), "11:30:00+02:00", "09:30:00-00:00", 1), ""},
	},
}

func TestDocumentRules(t *testing.T) {
	for rule, cases := range documentCases {
		for _, test := range cases {
			t.Run(string(rule)+"/"+test.name, func(t *testing.T) {
				result, err := check.Document([]byte(test.document), check.Options{Profile: check.ProfilePublic})
				if err != nil || !result.Valid {
					t.Fatalf("%v, %+v", err, result)
				}
				var paths []string
				for _, f := range result.Findings {
					if f.Rule == rule {
						paths = append(paths, f.Path)
					}
				}
				if diff := cmp.Diff(strings.Fields(test.path), paths, cmpEmpty); diff != "" {
					t.Errorf("paths (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestDocument holds how the findings of reading and of the rules come together.
func TestDocument(t *testing.T) {
	type found struct {
		Rule         cap.Rule
		Severity     cap.Gravity
		Path         string
		Line, Column int
	}
	for _, test := range []struct {
		name     string
		document string
		options  check.Options
		valid    bool
		want     []found
	}{
		{"valid", described("A flood."), check.Options{}, true, nil},
		{
			"places", strings.Replace(described("A &lt;b&gt;flood&lt;/b&gt;."), "circle>52,13 3", "circle>52,13 0", 1),
			check.Options{Profile: check.ProfilePublic}, true,
			[]found{
				{"texts.markup", cap.GravityError, "alert/info[1]/description", 7, 1},
				{"circle.zero", cap.GravityWarning, "alert/info[1]/area[1]/circle[1]", 8, 32},
			},
		},
		{
			"a missing element has the place of its parent", strings.Replace(described("A flood."), "<contact>1</contact>", "", 1),
			check.Options{Profile: check.ProfilePublic}, true,
			[]found{{"contact.missing", cap.GravityAdvice, "alert/info[1]/contact", 4, 1}},
		},
		{
			"errors of reading come first, and rules do not repeat them", strings.NewReplacer("<sender>example.org", "<sender>", "52,13 3", "52,13 0").Replace(described("A flood.")),
			check.Options{}, false,
			[]found{
				{"cap.sender", cap.GravityError, "alert/sender", 2, 39},
				{"circle.zero", cap.GravityWarning, "alert/info[1]/area[1]/circle[1]", 8, 32},
			},
		},
		{
			"a lenient reading", strings.Replace(described("A flood."), "11:30:00+02:00", "09:30:00Z", 1),
			check.Options{Mode: cap.Lenient}, true,
			[]found{{"repair.time", cap.GravityWarning, "alert/sent", 3, 1}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			result, err := check.Document([]byte(test.document), test.options)
			if err != nil {
				t.Fatal(err)
			}
			var got []found
			for _, f := range result.Findings {
				got = append(got, found{f.Rule, f.Severity, f.Path, f.Line, f.Column})
			}
			if diff := cmp.Diff(test.want, got); diff != "" || result.Valid != test.valid || result.Alert == nil {
				t.Errorf("valid %v, findings (-want +got):\n%s", result.Valid, diff)
			}
		})
	}
}

func TestDocumentRefused(t *testing.T) {
	_, err := check.Document([]byte("<!DOCTYPE alert><alert/>"), check.Options{})
	if _, refused := errors.AsType[*cap.Refusal](err); !refused {
		t.Errorf("error %v", err)
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(described("A flood.")), byte(0))
	f.Add([]byte(document("<info><language>de</language><category>Met</category><event>Gefahrendurchsage</event><urgency>Past</urgency><severity>Extreme</severity><certainty>Unknown</certainty><eventCode><valueName>profile:DE-BBK-EVENTCODE</valueName><value>BBK-EVC-078</value></eventCode><headline/><area><areaDesc/><polygon>52,13 53,14 53,13 52,14 52,13</polygon><geocode><valueName>ARS</valueName><value>12</value></geocode></area></info>")), byte(5))
	f.Add([]byte(`{"identifier":"a","info":[{}]}`), byte(2))
	f.Fuzz(func(t *testing.T, raw []byte, choice byte) {
		profiles := check.Profiles()
		o := check.Options{Profile: profiles[int(choice)%len(profiles)], Mode: cap.Mode(choice / 128), Language: "de"}
		result, err := check.Document(raw, o)
		if err != nil {
			return
		}
		for _, f := range result.Findings {
			if f.Path == "" || f.Message == "" || f.Line < 1 || f.Column < 1 || !strings.HasPrefix(f.Path, "alert") && result.Valid {
				t.Errorf("incomplete finding %+v", f)
			}
		}
		if result.Valid && slices.ContainsFunc(result.Findings, func(f cap.Finding) bool { return f.Severity == cap.GravityError && o.Profile == check.ProfileCAP }) {
			t.Errorf("an error in a valid message under the profile cap: %+v", result.Findings)
		}
	})
}
