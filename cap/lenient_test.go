// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
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
			Finding{"alert", 2, 1, "is not in the namespace of CAP 1.2; read as if it were", namespace11, Namespace}, nil},
		{"no namespace", ` xmlns="urn:oasis:names:tc:emergency:cap:1.2"`, "",
			Finding{"alert", 2, 1, "is not in the namespace of CAP 1.2; read as if it were", "", Namespace}, nil},
		{"order", "<msgType>Alert</msgType>\n  <scope>Public</scope>", "<scope>Public</scope>\n  <msgType>Alert</msgType>",
			Finding{"alert/msgType", 8, 3, "stands too late; moved to its place", "", ""}, nil},
		{"Z", "14:05:00+01:00", "13:05:00Z",
			Finding{"alert/sent", 5, 3, `"2026-11-23T13:05:00Z" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm; rewritten`, "2026-11-23T13:05:00Z", "2026-11-23T13:05:00-00:00"},
			func(a *Alert) bool { return a.Sent.String() == "2026-11-23T13:05:00-00:00" }},
		{"fraction", "14:05:00+01:00", "14:05:00.999+01:00",
			Finding{"alert/sent", 5, 3, `"2026-11-23T14:05:00.999+01:00" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm; rewritten`, "2026-11-23T14:05:00.999+01:00", "2026-11-23T14:05:00+01:00"}, nil},
		{"UTC with a plus", "14:05:00+01:00", "13:05:00+00:00",
			Finding{"alert/sent", 5, 3, `"2026-11-23T13:05:00+00:00": CAP writes UTC as -00:00; rewritten`, "2026-11-23T13:05:00+00:00", "2026-11-23T13:05:00-00:00"},
			func(a *Alert) bool { return a.Sent.String() == "2026-11-23T13:05:00-00:00" }},
		{"a time that cannot be read", "<headline>", "<onset>heute</onset><headline>",
			Finding{"alert/info[1]/onset", 16, 5, `"heute" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm; left out`, "heute", ""}, nil},
		{"case of a status", "Actual", "ACTUAL", Finding{"alert/status", 6, 3, `is written "ACTUAL"; rewritten`, "ACTUAL", "Actual"}, nil},
		{"Very Likely", "Observed", "Very Likely", Finding{"alert/info[1]/certainty", 15, 5, `is written "Very Likely"; rewritten`, "Very Likely", "Likely"},
			func(a *Alert) bool { return a.Info[0].Certainty == CertaintyLikely }},
		{"an unknown severity", "Severe", "Heavy", Finding{"alert/info[1]/severity", 14, 5, `has the unknown value "Heavy"; taken as Unknown`, "Heavy", "Unknown"},
			func(a *Alert) bool { return a.Info[0].Severity == SeverityUnknown }},
		{"an unknown category", "Fire", "Feuer", Finding{"alert/info[1]/category[1]", 11, 5, `has the unknown value "Feuer"; taken as Other`, "Feuer", "Other"},
			func(a *Alert) bool { return a.Info[0].Category[0] == CategoryOther }},
		{"an unknown response", "<urgency>", "<responseType>Run</responseType><urgency>",
			Finding{"alert/info[1]/responseType[1]", 13, 5, `has the unknown value "Run"; left out`, "Run", ""}, nil},
		{"no urgency", "<urgency>Immediate</urgency>", "", Finding{"alert/info[1]", 9, 3, "lacks urgency; filled in", "", "Unknown"},
			func(a *Alert) bool { return a.Info[0].Urgency == UrgencyUnknown }},
		{"an open polygon", "52.15,13.4 52.1,13.2", "52.15,13.4",
			Finding{"alert/info[1]/area[1]/polygon[1]", 19, 7, "is not closed; the first point was repeated at the end", "", "52.1,13.2"}, nil},
		{"an impossible polygon", "<polygon>", "<polygon>north</polygon><polygon>",
			Finding{"alert/info[1]/area[1]/polygon[1]", 19, 7, `point 1: "north" is not latitude,longitude; left out`, "north", ""}, nil},
		{"an impossible circle", "</area>", "<circle>far</circle></area>",
			Finding{"alert/info[1]/area[1]/circle[1]", 20, 5, `"far" is not latitude,longitude and a radius; left out`, "far", ""}, nil},
		{"a ceiling without altitude", "</area>", "<ceiling>900</ceiling></area>",
			Finding{"alert/info[1]/area[1]/ceiling", 20, 5, "is given without altitude; left out", "900", ""}, nil},
		{"an area without name", "Hafen</areaDesc>", "</areaDesc>", Finding{"alert/info[1]/area[1]", 17, 5, "lacks areaDesc; filled in", "", "-"}, nil},
		{"HTML in text", "Rauch am Hafen", "Rauch &amp;amp; Feuer&lt;br/&gt;am &amp;quot;Hafen&amp;quot;",
			Finding{"alert/info[1]/headline", 16, 5, "has HTML in its text; resolved", "Rauch &amp; Feuer<br/>am &quot;Hafen&quot;", "Rauch & Feuer\nam \"Hafen\""},
			func(a *Alert) bool { return a.Info[0].Headline == "Rauch & Feuer\nam \"Hafen\"" }},
		{"tags in text", "Rauch am Hafen", "Rauch <b>am</b> Hafen",
			Finding{"alert/info[1]/headline", 16, 5, "holds the element <b>, but may hold text only; its tags were left out", "Rauch  Hafen am", "Rauch  Hafen"}, nil},
		{"an unknown element", "<headline>", "<title>x</title><headline>", Finding{"alert/info[1]/title", 16, 5, "is not known in <info>; left out", "x", ""}, nil},
		{"a foreign element", "<sender>", `<e:sender xmlns:e="urn:evil">x</e:sender><sender>`,
			Finding{"alert/sender", 4, 3, `is in the foreign namespace "urn:evil"; left out`, "x", ""},
			func(a *Alert) bool { return a.Sender == "leitstelle@kreis.example" }},
		{"an element twice", "<status>", "<identifier>b</identifier><status>", Finding{"alert/identifier", 6, 3, "stands twice; left out", "b", ""}, nil},
		{"an attribute", "<headline>", `<headline lang="de">`, Finding{"alert/info[1]/headline", 16, 5, "has the attribute lang, which CAP does not know; left out", "de", ""}, nil},
		{"text between elements", "<info>", "<info>!", Finding{"alert/info[1]", 9, 3, "has text between its elements; left out", "!", ""}, nil},
		{"an empty value", "<area>", "<parameter><valueName>a</valueName><value/></parameter><area>",
			Finding{"alert/info[1]/parameter[1]", 17, 5, "lacks valueName or value; left out", "a", ""}, nil},
		{"a web address without scheme", "<area>", "<web>www.kreis.example</web><area>",
			Finding{"alert/info[1]/web", 17, 5, "is not an absolute URI such as https://example.org/page; left out", "www.kreis.example", ""}, nil},
		{"white space in the identifier", "2.49.0.0.276.999.2026.8", " 2.49.0.0.276.999.2026.8\n",
			Finding{"alert/identifier", 3, 3, "has white space around it; removed", " 2.49.0.0.276.999.2026.8\n", "2.49.0.0.276.999.2026.8"}, nil},
		{"an odd language", "de-DE", "de_DE", Finding{"alert/info[1]/language", 10, 5, "is not a language tag; rewritten", "de_DE", "de-DE"}, nil},
		{"a reference with Z", "<info>", "<references>a,b,2026-11-23T12:00:00Z</references><info>",
			Finding{"alert/references", 9, 3, `the time of b: "2026-11-23T12:00:00Z" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm; rewritten`, "a,b,2026-11-23T12:00:00Z", "a,b,2026-11-23T12:00:00-00:00"},
			func(a *Alert) bool { return len(a.References) == 1 }},
		{"a reference that is none", "<info>", "<references>a,b,2026-11-23T12:00:00+00:00 c</references><info>",
			Finding{"alert/references", 9, 3, `"c" is not one sender,identifier,sent triple; left out`, "c", ""},
			func(a *Alert) bool { return len(a.References) == 1 }},
		{"a signature", "</alert>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></alert>`,
			Finding{"alert/Signature", 22, 1, "holds a signature, which was not checked", "", ""}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			alert, findings, err := ReadLenient([]byte(edit(t, test.old, test.new)))
			if err != nil {
				t.Fatal(err)
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
		{"event", "Brand", "", "alert/info[1]/event"},
		{"too many repairs", "<info>", strings.Repeat("<x/>", 10_001) + "<info>", "alert"},
		{"another document", `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">`, `<alert xmlns="urn:x">`, "alert"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := ReadLenient([]byte(edit(t, test.old, test.new)))
			var invalid *InvalidError
			if !errors.As(err, &invalid) || len(invalid.Faults) != 1 || invalid.Faults[0].Path != test.path {
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
