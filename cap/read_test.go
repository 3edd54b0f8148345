// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// small is a message to which the tests below do one thing at a time.
const small = `<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>2.49.0.0.276.999.2026.8</identifier>
  <sender>leitstelle@kreis.example</sender>
  <sent>2026-11-23T14:05:00+01:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
  <info>
    <language>de-DE</language>
    <category>Fire</category>
    <event>Brand</event>
    <urgency>Immediate</urgency>
    <severity>Severe</severity>
    <certainty>Observed</certainty>
    <headline>Rauch am Hafen</headline>
    <area>
      <areaDesc>Hafen</areaDesc>
      <polygon>52.1,13.2 52.2,13.25 52.15,13.4 52.1,13.2</polygon>
    </area>
  </info>
</alert>`

// edit replaces old with new in small, once.
func edit(t testing.TB, old, new string) string {
	t.Helper()
	if strings.Count(small, old) != 1 {
		t.Fatalf("%q is not in the message exactly once", old)
	}
	return strings.Replace(small, old, new, 1)
}

// faulty are documents that Read refuses: what is replaced by what in small,
// and the fault that must be reported. schema says whether the schema sees it
// too; the others break rules of the specification's text.
var faulty = []struct {
	name, old, new string
	rule           Rule
	path, message  string
	line, column   int
	schema         bool
}{
	{"another root", `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">`, `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.1">`,
		RuleRoot, "alert", `is <alert> in the namespace "urn:oasis:names:tc:emergency:cap:1.1", not a CAP message`, 2, 1, true},
	{"a foreign element before", "<sender>", `<e:sender xmlns:e="urn:evil">x</e:sender><sender>`,
		RuleElement, "alert/sender", `is in the foreign namespace "urn:evil"`, 4, 3, true},
	{"an unknown element", "<status>", "<urgent>yes</urgent><status>", RuleElement, "alert/urgent", "is not known in <alert>", 6, 3, true},
	{"an unknown element below", "<headline>", "<title>x</title><headline>", RuleElement, "alert/info[1]/title", "is not known in <info>", 16, 5, true},
	{"an element twice", "<status>", "<identifier>b</identifier><status>", RuleCardinality, "alert/identifier", "stands twice", 6, 3, true},
	{"an element too late", "<msgType>Alert</msgType>\n  <scope>Public</scope>", "<scope>Public</scope>\n  <msgType>Alert</msgType>",
		RuleOrder, "alert/msgType", "stands too late", 8, 3, true},
	{"an attribute", "<headline>", `<headline lang="de">`, RuleAttribute, "alert/info[1]/headline", "has the attribute lang, which CAP does not know", 16, 5, true},
	{"text between elements", "<info>", "<info>!", RuleContent, "alert/info[1]", "has text between its elements", 9, 3, true},
	{"markup in text", "Rauch am Hafen", "Rauch <b>am</b> Hafen", RuleContent, "alert/info[1]/headline", "holds the element <b>, but may hold text only", 16, 5, true},
	{"no identifier", "<identifier>2.49.0.0.276.999.2026.8</identifier>", "", RuleCardinality, "alert/identifier", "is missing", 2, 1, true},
	{"an empty identifier", "2.49.0.0.276.999.2026.8", "", RuleIdentifier, "alert/identifier", "is missing or empty", 3, 3, false},
	{"a space in the identifier", "2.49.0.0.276.999.2026.8", "brand 8", RuleIdentifier, "alert/identifier", `contains " "; spaces, commas, < and & are not allowed`, 3, 3, false},
	{"a comma in the sender", "leitstelle@kreis.example", "leitstelle,kreis", RuleSender, "alert/sender", `contains ","; spaces, commas, < and & are not allowed`, 4, 3, false},
	{"an ampersand in the sender", "leitstelle@kreis.example", "a&amp;b", RuleSender, "alert/sender", `contains "&"; spaces, commas, < and & are not allowed`, 4, 3, false},
	{"no time", "<sent>2026-11-23T14:05:00+01:00</sent>", "", RuleCardinality, "alert/sent", "is missing", 2, 1, true},
	{"an empty time", "2026-11-23T14:05:00+01:00", "", RuleTime, "alert/sent", `"" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm`, 5, 3, true},
	{"a time with Z", "2026-11-23T14:05:00+01:00", "2026-11-23T14:05:00Z", RuleTime, "alert/sent",
		`"2026-11-23T14:05:00Z" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm`, 5, 3, true},
	{"a time with a comma for the sign", "14:05:00+01:00", "14:05:00,01:00", RuleTime, "alert/sent",
		`"2026-11-23T14:05:00,01:00" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm`, 5, 3, true},
	{"a day that is not", "2026-11-23T", "2026-11-31T", RuleTime, "alert/sent", `"2026-11-31T14:05:00+01:00": no such day`, 5, 3, true},
	{"an unknown status", "Actual", "Real", RuleValue, "alert/status", `has the unknown value "Real"`, 6, 3, true},
	{"a status in other case", "Actual", "actual", RuleValue, "alert/status", `has the unknown value "actual"`, 6, 3, true},
	{"white space in an enumeration", "<scope>Public<", "<scope> Public<", RuleValue, "alert/scope", `has the unknown value " Public"`, 8, 3, true},
	{"Restricted without restriction", "<scope>Public<", "<scope>Restricted<", RuleScope, "alert/restriction", "is missing, though the scope is Restricted", 2, 1, false},
	{"a restriction under Public", "<info>", "<restriction>x</restriction><info>", RuleScope, "alert/restriction", "is given, though the scope is not Restricted", 9, 3, false},
	{"Private without addresses", "<scope>Public<", "<scope>Private<", RuleScope, "alert/addresses", "is missing, though the scope is Private", 2, 1, false},
	{"references that are none", "<info>", "<references>a b</references><info>", RuleReferences, "alert/references",
		`"a" is not one sender,identifier,sent triple`, 9, 3, false},
	{"a reference without time", "<info>", "<references>a,b,gestern</references><info>", RuleReferences, "alert/references",
		`the time of b: "gestern" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm`, 9, 3, false},
	{"a language that is none", "de-DE", "de_DE", RuleLanguage, "alert/info[1]/language", `"de_DE" is not a language tag`, 10, 5, true},
	{"no category", "<category>Fire</category>", "", RuleCardinality, "alert/info[1]/category", "is missing", 9, 3, true},
	{"an unknown category", "<event>", "<category>Feuer</category><event>", RuleValue, "alert/info[1]/category[2]", `has the unknown value "Feuer"`, 12, 5, true},
	{"no event", "<event>Brand</event>", "", RuleCardinality, "alert/info[1]/event", "is missing", 9, 3, true},
	{"an unknown response", "<urgency>", "<responseType>Run</responseType><urgency>", RuleValue, "alert/info[1]/responseType[1]", `has the unknown value "Run"`, 13, 5, true},
	{"no severity", "<severity>Severe</severity>", "", RuleCardinality, "alert/info[1]/severity", "is missing", 9, 3, true},
	{"a parameter without value", "<area>", "<parameter><valueName>a</valueName></parameter><area>", RuleCardinality, "alert/info[1]/parameter[1]/value", "is missing", 17, 5, true},
	{"a web address with a bad escape", "<area>", "<web>https://kreis.example/%zz</web><area>", RuleURI, "alert/info[1]/web", `is not a URI: '%' may not stand where it does`, 17, 5, true},
	{"a resource without type", "<area>", "<resource><resourceDesc>a</resourceDesc></resource><area>", RuleCardinality, "alert/info[1]/resource[1]/mimeType", "is missing", 17, 5, true},
	{"a size that is none", "<area>", "<resource><resourceDesc>a</resourceDesc><mimeType>a/b</mimeType><size>2 kB</size></resource><area>",
		RuleNumber, "alert/info[1]/resource[1]/size", `"2 kB" is not a whole number of at most 24 digits`, 17, 69, true},
	{"a relative address of nothing", "<area>", "<resource><resourceDesc>a</resourceDesc><mimeType>a/b</mimeType><uri>a.png</uri></resource><area>",
		RuleResource, "alert/info[1]/resource[1]/uri", "is relative, though derefUri is not there", 17, 69, false},
	{"an area without name", "<areaDesc>Hafen</areaDesc>", "", RuleCardinality, "alert/info[1]/area[1]/areaDesc", "is missing", 17, 5, true},
	{"an open polygon", "52.15,13.4 52.1,13.2", "52.15,13.4 52.2,13.2", RulePolygon, "alert/info[1]/area[1]/polygon[1]",
		"the polygon is not closed: it starts at 52.1,13.2 and ends at 52.2,13.2", 19, 7, false},
	{"a polygon of three points", "52.15,13.4 52.1,13.2", "52.1,13.2", RulePolygon, "alert/info[1]/area[1]/polygon[1]", "a polygon needs four points or more, this has 3", 19, 7, false},
	{"longitude first", "52.15,13.4", "113.4,52.15", RulePolygon, "alert/info[1]/area[1]/polygon[1]", "point 3: latitude 113.4 is not between -90 and 90 (latitude stands first)", 19, 7, false},
	{"a point with an exponent", "52.15,13.4", "5.215e1,13.4", RulePolygon, "alert/info[1]/area[1]/polygon[1]", `point 3: latitude: "5.215e1" is not a decimal number`, 19, 7, false},
	{"a point that is no number", "52.15,13.4", "52.15,NaN", RulePolygon, "alert/info[1]/area[1]/polygon[1]", `point 3: longitude: "NaN" is not a decimal number`, 19, 7, false},
	{"a circle without radius", "</area>", "<circle>52.4,13.06</circle></area>", RuleCircle, "alert/info[1]/area[1]/circle[1]", `"52.4,13.06" is not latitude,longitude and a radius`, 20, 5, false},
	{"a circle of negative radius", "</area>", "<circle>52.4,13.06 -1</circle></area>", RuleCircle, "alert/info[1]/area[1]/circle[1]", "a radius of -1 km is not possible", 20, 5, false},
	{"a ceiling without altitude", "</area>", "<ceiling>100</ceiling></area>", RuleHeight, "alert/info[1]/area[1]/ceiling", "is given without altitude", 20, 5, false},
	{"an altitude that is no number", "</area>", "<altitude>high</altitude></area>", RuleNumber, "alert/info[1]/area[1]/altitude", `"high" is not a decimal number`, 20, 5, true},
	{"an altitude of too many digits", "</area>", "<altitude>0.0000000000000000000000000001</altitude></area>", RuleNumber, "alert/info[1]/area[1]/altitude", "has more than 24 digits", 20, 5, true},
	{"an element after the signature", "</alert>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/><code>x</code></alert>`, RuleOrder, "alert/code[1]", "stands too late", 22, 56, true},
	{"a signature inside info", "</info>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></info>`, RuleElement, "alert/info[1]/Signature",
		`is in the foreign namespace "http://www.w3.org/2000/09/xmldsig#"`, 21, 3, true},
}

func TestReadRefuses(t *testing.T) {
	for _, test := range faulty {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read([]byte(edit(t, test.old, test.new)))
			var invalid *InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("Read gives %v, want an *InvalidError", err)
			}
			if len(invalid.Findings) != 1 {
				t.Fatalf("Read finds %d faults, want 1:\n%v", len(invalid.Findings), err)
			}
			got := invalid.Findings[0]
			if got.Remedy == "" {
				t.Error("the fault has no remedy")
			}
			want := Finding{Rule: test.rule, Severity: GravityError, Path: test.path, Line: test.line, Column: test.column, Message: test.message, Remedy: got.Remedy}
			if got != want {
				t.Errorf("Read reports\n%s %v, want\n%s %v", got.Rule, got, want.Rule, want)
			}
		})
	}
}

func TestReadFindsAllFaultsInOrder(t *testing.T) {
	document := strings.NewReplacer("Actual", "Real", "14:05:00+01:00", "14:05:00Z", "Severe", "Heavy", "<polygon>", "<polygon>x ", "Alert</msg", "</msg").Replace(small)
	_, err := Read([]byte(document))
	var invalid *InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("Read gives %v, want an *InvalidError", err)
	}
	var paths []string
	for _, fault := range invalid.Findings {
		paths = append(paths, fault.Path)
	}
	want := []string{"alert/sent", "alert/status", "alert/msgType", "alert/info[1]/severity", "alert/info[1]/area[1]/polygon[1]"}
	if d := diff(want, paths); d != "" {
		t.Errorf("faults differ (-want +got):\n%s", d)
	}
}

func TestReadBoundsItsFaults(t *testing.T) {
	_, err := Read([]byte(edit(t, "<info>", strings.Repeat("<wrong/>", 10_000)+"<info>")))
	var invalid *InvalidError
	if !errors.As(err, &invalid) || len(invalid.Findings) != 100 || invalid.Omitted != 9_900 {
		t.Errorf("Read gives %v, want 100 faults and 9,900 omitted", err)
	}
}

func TestReadAccepts(t *testing.T) {
	plain, err := Read([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	body := strings.TrimPrefix(small, `<?xml version="1.0" encoding="UTF-8"?>`)
	prefixed := strings.NewReplacer("</", "</c:", "<", "<c:", "xmlns=", "xmlns:c=").Replace(body)
	tests := []struct{ name, document string }{
		{"another prefix", prefixed},
		{"a comment in text", edit(t, "Rauch am Hafen", "Rauch <!-- dichter -->am Hafen")},
		{"CDATA", edit(t, "Rauch am Hafen", "<![CDATA[Rauch am]]> Hafen")},
		{"white space around a time", edit(t, "2026-11-23T14:05:00+01:00", "\n 2026-11-23T14:05:00+01:00\t")},
		{"white space around a language", edit(t, "de-DE", " de-DE ")},
		{"line ends in a polygon", edit(t, "52.15,13.4 ", "\r\n  52.150,+13.40\n")},
		{"empty optional elements", edit(t, "<headline>", "<audience/><senderName></senderName><headline>")},
		{"the schema's address", edit(t, `<alert `, `<alert xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:oasis:names:tc:emergency:cap:1.2 CAP.xsd" `)},
		{"a signature", edit(t, "</alert>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><x/>y</SignedInfo></Signature></alert>`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			read, err := Read([]byte(test.document))
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(plain, read); d != "" {
				t.Errorf("reads differently (-plain +read):\n%s", d)
			}
		})
	}
}

func TestReadKeepsTextAsItStands(t *testing.T) {
	read, err := Read([]byte(edit(t, "Rauch am Hafen", " Rauch\r\n&#13;\tam <![CDATA[<&]]> &#x1F525; ")))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := read.Info[0].Headline, " Rauch\n\r\tam <& 🔥 "; got != want {
		t.Errorf("the headline is %q, want %q", got, want)
	}
}

// data returns a file of real messages, which are not part of this project.
func data(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "cap", name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not here; it is not part of this project", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestReadExamplesOfTheSpecification(t *testing.T) {
	for name, event := range map[string]string{
		"AmberAlert":          "Child Abduction",
		"EarthquakeReport":    "Earthquake",
		"HomelandAlert":       "Homeland Security Advisory System Update",
		"ThunderstormWarning": "SEVERE THUNDERSTORM",
	} {
		t.Run(name, func(t *testing.T) {
			raw := data(t, "Oasis_"+name+".xml")
			read, err := Read(raw)
			if err != nil {
				t.Fatal(err)
			}
			if read.Info[0].Event != event {
				t.Errorf("the event is %q, want %q", read.Info[0].Event, event)
			}
			lenient, findings, err := ReadLenient(raw)
			if err != nil || len(findings) > 0 {
				t.Errorf("the lenient reading finds %v, error %v", findings, err)
			}
			if d := diff(read, lenient); d != "" {
				t.Errorf("the lenient reading differs (-strict +lenient):\n%s", d)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	for _, test := range faulty {
		f.Add([]byte(edit(f, test.old, test.new)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		strict, err := Read(raw)
		lenient, findings, lenientErr := ReadLenient(raw)
		checkReading(t, strict, err)
		checkReading(t, lenient, lenientErr)
		if err == nil && lenientErr != nil {
			t.Errorf("the lenient reading refuses what the strict accepts: %v", lenientErr)
		}
		if err == nil && len(findings) == 0 {
			if d := diff(strict, lenient); d != "" {
				t.Errorf("the lenient reading differs without a finding:\n%s", d)
			}
		}
		if lenientErr == nil && err != nil && len(findings) == 0 {
			t.Errorf("the lenient reading repairs in silence: %v", err)
		}
	})
}

// checkReading holds what every reading promises.
func checkReading(t *testing.T, alert *Alert, err error) {
	t.Helper()
	var invalid *InvalidError
	var refusal *Refusal
	switch {
	case err == nil:
		raw, err := Write(alert)
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if err == nil {
			second, err := Read(raw)
			if err != nil {
				t.Fatalf("what was read and written cannot be read: %v", err)
			}
			if d := diff(alert, second); d != "" {
				t.Fatalf("what was read and written reads differently:\n%s", d)
			}
		}
	case errors.As(err, &invalid):
		if len(invalid.Findings) == 0 {
			t.Error("invalid without a fault")
		}
	case !errors.As(err, &refusal):
		t.Errorf("an error of another kind: %v", err)
	}
}

// large returns a message of about 880 KB, as some services send.
func large(t testing.TB) []byte {
	alert := flood(t)
	ring := make(Polygon, 0, 2_001)
	for i := range 2_000 {
		ring = append(ring, Point{52 + float64(i%997)/1e6, 13 + float64(i*7919%99_991)/1e6})
	}
	ring = append(ring, ring[0])
	for i := range 21 {
		alert.Info[0].Area = append(alert.Info[0].Area, Area{AreaDesc: fmt.Sprintf("Bereich %d", i), Polygon: []Polygon{ring}})
	}
	raw, err := Write(alert)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) < 800_000 || len(raw) > 1<<20 {
		t.Fatalf("the large message has %d bytes", len(raw))
	}
	return raw
}

func BenchmarkRead(b *testing.B) {
	for name, raw := range map[string][]byte{"small": []byte(small), "880KB": large(b)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	raw := large(b)
	alert, err := Read(raw)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Write(alert); err != nil {
			b.Fatal(err)
		}
	}
}
