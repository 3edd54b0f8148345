// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestReadLenientRepairs(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           Finding
		check          func(*Alert) bool
	}{
		{"CAP 1.1", "cap:1.2", "cap:1.1",
			Finding{Path: "alert", Line: 2, Column: 1, Message: "is not in the namespace of CAP 1.2; read as if it were", Original: namespace11, Used: Namespace}, nil},
		{"no namespace", ` xmlns="urn:oasis:names:tc:emergency:cap:1.2"`, "",
			Finding{Path: "alert", Line: 2, Column: 1, Message: "is not in the namespace of CAP 1.2; read as if it were", Original: "", Used: Namespace}, nil},
		{"order", "<msgType>Alert</msgType>\n  <scope>Public</scope>", "<scope>Public</scope>\n  <msgType>Alert</msgType>",
			Finding{Path: "alert/msgType", Line: 8, Column: 3, Message: "stands too late; moved to its place", Original: "", Used: ""}, nil},
		{"Z", "14:05:00+01:00", "13:05:00Z",
			Finding{Path: "alert/sent", Line: 5, Column: 3, Message: `"2026-11-23T13:05:00Z" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm; rewritten`, Original: "2026-11-23T13:05:00Z", Used: "2026-11-23T13:05:00-00:00"},
			func(a *Alert) bool { return a.Sent.String() == "2026-11-23T13:05:00-00:00" }},
		{"fraction", "14:05:00+01:00", "14:05:00.999+01:00",
			Finding{Path: "alert/sent", Line: 5, Column: 3, Message: `"2026-11-23T14:05:00.999+01:00" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm; rewritten`, Original: "2026-11-23T14:05:00.999+01:00", Used: "2026-11-23T14:05:00+01:00"}, nil},
		{"a time that cannot be read", "<headline>", "<onset>heute</onset><headline>",
			Finding{Path: "alert/info[1]/onset", Line: 16, Column: 5, Message: `"heute" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm; left out`, Original: "heute", Used: ""}, nil},
		{"case of a status", "Actual", "ACTUAL", Finding{Path: "alert/status", Line: 6, Column: 3, Message: `is written "ACTUAL"; rewritten`, Original: "ACTUAL", Used: "Actual"}, nil},
		{"Very Likely", "Observed", "Very Likely", Finding{Path: "alert/info[1]/certainty", Line: 15, Column: 5, Message: `is written "Very Likely"; rewritten`, Original: "Very Likely", Used: "Likely"},
			func(a *Alert) bool { return a.Info[0].Certainty == CertaintyLikely }},
		{"an unknown severity", "Severe", "Heavy", Finding{Path: "alert/info[1]/severity", Line: 14, Column: 5, Message: `has the unknown value "Heavy"; taken as Unknown`, Original: "Heavy", Used: "Unknown"},
			func(a *Alert) bool { return a.Info[0].Severity == SeverityUnknown }},
		{"an unknown category", "Fire", "Feuer", Finding{Path: "alert/info[1]/category[1]", Line: 11, Column: 5, Message: `has the unknown value "Feuer"; taken as Other`, Original: "Feuer", Used: "Other"},
			func(a *Alert) bool { return a.Info[0].Category[0] == CategoryOther }},
		{"an unknown response", "<urgency>", "<responseType>Run</responseType><urgency>",
			Finding{Path: "alert/info[1]/responseType[1]", Line: 13, Column: 5, Message: `has the unknown value "Run"; left out`, Original: "Run", Used: ""}, nil},
		{"no urgency", "<urgency>Immediate</urgency>", "", Finding{Path: "alert/info[1]", Line: 9, Column: 3, Message: "lacks urgency; filled in", Original: "", Used: "Unknown"},
			func(a *Alert) bool { return a.Info[0].Urgency == UrgencyUnknown }},
		{"an open polygon", "52.15,13.4 52.1,13.2", "52.15,13.4",
			Finding{Path: "alert/info[1]/area[1]/polygon[1]", Line: 19, Column: 7, Message: "is not closed; the first point was repeated at the end", Original: "", Used: "52.1,13.2"}, nil},
		{"an impossible polygon", "<polygon>", "<polygon>north</polygon><polygon>",
			Finding{Path: "alert/info[1]/area[1]/polygon[1]", Line: 19, Column: 7, Message: `point 1: "north" is not latitude,longitude; left out`, Original: "north", Used: ""}, nil},
		{"an impossible circle", "</area>", "<circle>far</circle></area>",
			Finding{Path: "alert/info[1]/area[1]/circle[1]", Line: 20, Column: 5, Message: `"far" is not latitude,longitude and a radius; left out`, Original: "far", Used: ""}, nil},
		{"a ceiling without altitude", "</area>", "<ceiling>900</ceiling></area>",
			Finding{Path: "alert/info[1]/area[1]/ceiling", Line: 20, Column: 5, Message: "is given without altitude; left out", Original: "900", Used: ""}, nil},
		{"an area without name", "Hafen</areaDesc>", "</areaDesc>", Finding{Path: "alert/info[1]/area[1]", Line: 17, Column: 5, Message: "lacks areaDesc; filled in", Original: "", Used: "-"}, nil},
		{"HTML in text", "Rauch am Hafen", "Rauch &amp;amp; Feuer&lt;br/&gt;am &amp;quot;Hafen&amp;quot;",
			Finding{Path: "alert/info[1]/headline", Line: 16, Column: 5, Message: "has HTML in its text; resolved", Original: "Rauch &amp; Feuer<br/>am &quot;Hafen&quot;", Used: "Rauch & Feuer\nam \"Hafen\""},
			func(a *Alert) bool { return a.Info[0].Headline == "Rauch & Feuer\nam \"Hafen\"" }},
		{"tags in text", "Rauch am Hafen", "Rauch <b>am</b> Hafen",
			Finding{Path: "alert/info[1]/headline", Line: 16, Column: 5, Message: "holds the element <b>, but may hold text only; its tags were left out", Original: "Rauch  Hafen am", Used: "Rauch  Hafen"}, nil},
		{"an unknown element", "<headline>", "<title>x</title><headline>", Finding{Path: "alert/info[1]/title", Line: 16, Column: 5, Message: "is not known in <info>; left out", Original: "x", Used: ""}, nil},
		{"a foreign element", "<sender>", `<e:sender xmlns:e="urn:evil">x</e:sender><sender>`,
			Finding{Path: "alert/sender", Line: 4, Column: 3, Message: `is in the foreign namespace "urn:evil"; left out`, Original: "x", Used: ""},
			func(a *Alert) bool { return a.Sender == "leitstelle@kreis.example" }},
		{"an element twice", "<status>", "<identifier>b</identifier><status>", Finding{Path: "alert/identifier", Line: 6, Column: 3, Message: "stands twice; left out", Original: "b", Used: ""}, nil},
		{"an attribute", "<headline>", `<headline lang="de">`, Finding{Path: "alert/info[1]/headline", Line: 16, Column: 5, Message: "has the attribute lang, which CAP does not know; left out", Original: "de", Used: ""}, nil},
		{"text between elements", "<info>", "<info>!", Finding{Path: "alert/info[1]", Line: 9, Column: 3, Message: "has text between its elements; left out", Original: "!", Used: ""}, nil},
		{"an empty value", "<area>", "<parameter><valueName>a</valueName><value/></parameter><area>",
			Finding{Path: "alert/info[1]/parameter[1]", Line: 17, Column: 5, Message: "lacks valueName or value; left out", Original: "a", Used: ""}, nil},
		{"a web address with a bad escape", "<area>", "<web>%zz</web><area>",
			Finding{Path: "alert/info[1]/web", Line: 17, Column: 5, Message: "is not a URI: '%' may not stand where it does; left out", Original: "%zz", Used: ""}, nil},
		{"white space in the identifier", "2.49.0.0.276.999.2026.8", " 2.49.0.0.276.999.2026.8\n",
			Finding{Path: "alert/identifier", Line: 3, Column: 3, Message: "has white space around it; removed", Original: " 2.49.0.0.276.999.2026.8\n", Used: "2.49.0.0.276.999.2026.8"}, nil},
		{"an odd language", "de-DE", "de_DE", Finding{Path: "alert/info[1]/language", Line: 10, Column: 5, Message: "is not a language tag; rewritten", Original: "de_DE", Used: "de-DE"}, nil},
		{"a reference with Z", "<info>", "<references>a,b,2026-11-23T12:00:00Z</references><info>",
			Finding{Path: "alert/references", Line: 9, Column: 3, Message: `the time of b: "2026-11-23T12:00:00Z" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm; rewritten`, Original: "a,b,2026-11-23T12:00:00Z", Used: "a,b,2026-11-23T12:00:00-00:00"},
			func(a *Alert) bool { return len(a.References) == 1 }},
		{"a reference that is none", "<info>", "<references>a,b,2026-11-23T12:00:00+00:00 c</references><info>",
			Finding{Path: "alert/references", Line: 9, Column: 3, Message: `"c" is not one sender,identifier,sent triple; left out`, Original: "c", Used: ""},
			func(a *Alert) bool { return len(a.References) == 1 }},
		{"a signature", "</alert>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></alert>`,
			Finding{Path: "alert/Signature", Line: 22, Column: 1, Message: "holds a signature, which was not checked", Original: "", Used: ""}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			alert, findings, err := ReadLenient([]byte(edit(t, test.old, test.new)))
			if err != nil {
				t.Fatal(err)
			}
			test.want.Severity = GravityWarning
			for i, finding := range findings {
				if !slices.ContainsFunc(repairRules, func(r RuleInfo) bool { return r.ID == finding.Rule }) {
					t.Errorf("the rule %q is not listed", finding.Rule)
				}
				findings[i].Rule = ""
			}
			if d := diff([]Finding{test.want}, findings); d != "" {
				t.Errorf("findings differ (-want +got):\n%s", d)
			}
			if test.check != nil && !test.check(alert) {
				t.Errorf("the repair is not in the message: %+v", alert)
			}
			if _, err := Write(alert); err != nil {
				t.Errorf("the repaired message cannot be written: %v", err)
			}
		})
	}
}

func TestReadLenientDoesNotGuess(t *testing.T) {
	tests := []struct{ name, old, new, path string }{
		{"status", "Actual", "Real", "alert/status"},
		{"msgType", ">Alert<", ">Warning<", "alert/msgType"},
		{"scope", "Public", "Everyone", "alert/scope"},
		{"scope without restriction", "Public", "Restricted", "alert/restriction"},
		{"identifier", "2.49.0.0.276.999.2026.8", "a b", "alert/identifier"},
		{"sent", "2026-11-23T14:05:00+01:00", "2026-11-23T14:05:00", "alert/sent"},
		{"too many repairs", "<info>", strings.Repeat("<x/>", 10_001) + "<info>", "alert"},
		{"another document", `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">`, `<alert xmlns="urn:x">`, "alert"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := ReadLenient([]byte(edit(t, test.old, test.new)))
			var invalid *InvalidError
			if !errors.As(err, &invalid) || len(invalid.Findings) != 1 || invalid.Findings[0].Path != test.path {
				t.Errorf("ReadLenient gives %v, want one fault at %s", err, test.path)
			}
		})
	}
}

func TestRepairTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-23T14:05:00Z":             "2026-11-23T14:05:00-00:00",
		"2026-11-23t14:05:00z":             "2026-11-23T14:05:00-00:00",
		"2026-11-23T14:05:00.123456+01:00": "2026-11-23T14:05:00+01:00",
		"2026-11-23T14:05:00+0100":         "2026-11-23T14:05:00+01:00",
		"2026-11-23T14:05:00-07":           "2026-11-23T14:05:00-07:00",
		"2026-11-23T14:05+01:00":           "2026-11-23T14:05:00+01:00",
		"2026-11-23 14:05:00+01:00":        "2026-11-23T14:05:00+01:00",
		"2026-11-23T14:05:00":              "",
		"2026-11-23":                       "",
		"23.11.2026 14:05":                 "",
		"2026-02-30T14:05:00Z":             "",
		"":                                 "",
	} {
		got, ok := repairTime(text)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("repairTime(%q) = %v, %v, want %q", text, got, ok, want)
		}
	}
}

func TestReadLenientWeatherWarnings(t *testing.T) {
	files, err := ReadZip(data(t, "dwd_Z_CAP_C_EDZW_MUL.zip"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Fatalf("the container has %d files, want 3", len(files))
	}
	for _, file := range files {
		t.Run(file.Name, func(t *testing.T) {
			if file.Err != nil {
				t.Fatal(file.Err)
			}
			alert, findings, err := ReadLenient(file.Raw)
			if err != nil {
				t.Fatal(err)
			}
			if len(findings) > 0 {
				t.Errorf("the reading finds %v", findings)
			}
			if len(alert.Info) != 8 || !strings.HasPrefix(file.Name, alert.Identifier) {
				t.Errorf("message %s has %d languages, want 8 of the message that the file is named for", alert.Identifier, len(alert.Info))
			}
			strict, err := Read(file.Raw)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(strict, alert); d != "" {
				t.Errorf("the strict reading differs:\n%s", d)
			}
		})
	}
}

func TestReadLenientFederalJSON(t *testing.T) {
	alert, findings, err := ReadLenient(data(t, "mowas_api31_mow.DE-HE-KS-SE106-20250313-106-001.json"))
	if err != nil {
		t.Fatal(err)
	}
	if alert.MsgType != MsgTypeCancel || len(alert.Info) != 9 || len(alert.References) != 1 {
		t.Errorf("read a %s with %d languages and %d references, want a Cancel with 9 and 1", alert.MsgType, len(alert.Info), len(alert.References))
	}
	for _, finding := range findings {
		if finding.Message != "has HTML in its text; resolved" {
			t.Errorf("unexpected finding: %v", finding)
		}
	}
	if len(findings) == 0 || strings.Contains(alert.Info[0].Description, "&quot;") {
		t.Errorf("the markup was not resolved: %q", alert.Info[0].Description)
	}
}
