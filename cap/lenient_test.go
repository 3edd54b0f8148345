// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// What the cases look at in the message that was read.
func onset(a *Alert) any   { return a.Info[0].Onset.String() }
func expires(a *Alert) any { return a.Info[0].Expires.String() }
func polygons(a *Alert) any {
	var all []string
	for _, info := range a.Info {
		for _, area := range info.Area {
			for _, polygon := range area.Polygon {
				all = append(all, polygon.String())
			}
		}
	}
	return strings.Join(all, " / ")
}
func circle(a *Alert) any {
	if circles := a.Info[0].Area[0].Circle; len(circles) == 1 {
		return circles[0].String()
	}
	return ""
}
func headline(a *Alert) any { return a.Info[0].Headline }
func note(a *Alert) any     { return a.Note }
func references(a *Alert) any {
	return a.References.String()
}
func kept(name string) func(*Alert) any {
	return func(a *Alert) any {
		for _, p := range a.Info[0].Parameter {
			if p.ValueName == name {
				return p.Value
			}
		}
		return "(no " + name + ")"
	}
}

const (
	square   = "52.1,13.2 52.2,13.25 52.15,13.4 52.1,13.2"
	rootTag  = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">`
	infoTail = "</headline>"
)

// quirks are what issuers write, as changes to the small message: the rules of
// all repairs, and what is read.
var quirks = []struct {
	name, old, new string
	rules          string // with spaces between, without "repair."
	look           func(*Alert) any
	want           any
}{
	// The document.
	{"a style sheet", "<alert xmlns", "<?xml-stylesheet type='text/xsl' href='a.xsl'?><alert xmlns", "instruction", nil, nil},
	{"an instruction behind the root", "</alert>", "</alert><?php x?>", "instruction", nil, nil},
	{"space before the declaration", "<?xml", "\n <?xml", "declaration", nil, nil},
	{"XML 1.1", `version="1.0"`, `version="1.1"`, "declaration", nil, nil},
	{"a declaration without version", `version="1.0" `, ``, "declaration", nil, nil},
	{"zeros behind the root", "</alert>", "</alert>\x00\x00\n\x1a", "around", nil, nil},
	{"a control character", "Rauch am", "Rauch\x0bam", "control", headline, "Rauch am Hafen"},
	{"a number that is no character", "Rauch am", "Rauch&#0;am", "entity", headline, "Rauch am Hafen"},
	{"an entity of HTML", "Rauch am", "&Ouml;lrauch&nbsp;am", "entity entity", headline, "Ölrauch\u00A0am Hafen"},
	{"a bare ampersand", "Rauch am", "Keller & Garagen,", "ampersand", headline, "Keller & Garagen, Hafen"},
	{"a bare less than", "Rauch am", "Wind < 50 km/h", "ampersand", headline, "Wind < 50 km/h Hafen"},
	{"an undeclared prefix", "<alert xmlns", `<alert xsi:schemaLocation="a b" xmlns`, "prefix", nil, nil},
	// Versions and names.
	{"CAP 1.1", "cap:1.2", "cap:1.1", "namespace", nil, nil},
	{"CAP 1.0", "urn:oasis:names:tc:emergency:cap:1.2", "http://www.incident.com/cap/1.0", "namespace", nil, nil},
	{"CAP 1.0 by its urn", "cap:1.2", "cap:1.0", "namespace", nil, nil},
	{"a namespace in capitals", "urn:oasis:names:tc:emergency:cap:1.2", "URN:OASIS:names:tc:emergency:CAP:1.2", "namespace", nil, nil},
	{"a namespace with a space", `cap:1.2"`, `cap:1.2 "`, "namespace", nil, nil},
	{"no namespace", ` xmlns="urn:oasis:names:tc:emergency:cap:1.2"`, "", "namespace", nil, nil},
	{"a name in capitals", "<status>Actual</status>", "<Status>Actual</Status>", "name", nil, nil},
	{"a name with an underscore", "<msgType>Alert</msgType>", "<msg_type>Alert</msg_type>", "name", nil, nil},
	{"a password", "<status>", "<password>secret</password><status>", "password", note, ""},
	{"name=value", infoTail, infoTail + "<parameter>depth=3=4 m</parameter>", "named-value", kept("depth"), "3=4 m"},
	{"a code without a name", "<area>", "<parameter>TOR</parameter><area>", "named-value", kept("parameter"), "TOR"},
	{"a name in an attribute", "<area>", `<parameter name="a">1</parameter><area>`, "named-value", kept("a"), "1"},
	{"two pairs in one", "<area>", "<parameter><valueName>a</valueName><value>1</value><valueName>b</valueName><value>2</value></parameter><area>", "named-value", kept("b"), "2"},
	{"two values of one name", "<area>", "<parameter><valueName>a</valueName><value>1</value><value>2</value></parameter><area>", "named-value",
		func(a *Alert) any { return a.Info[0].Parameter }, []NamedValue{{"a", "1"}, {"a", "2"}}},
	{"an empty value", "<area>", "<parameter><valueName>a</valueName><value/></parameter><area>", "", kept("a"), ""},
	{"a name without value", "<area>", "<parameter><valueName>a</valueName></parameter><area>", "missing", kept("a"), ""},
	{"a value without name", "<area>", "<parameter><value>1</value></parameter><area>", "missing", kept("parameter"), "1"},
	// Places.
	{"order", "<msgType>Alert</msgType>\n  <scope>Public</scope>", "<scope>Public</scope>\n  <msgType>Alert</msgType>", "order", nil, nil},
	{"a geocode outside of its area", "<area>", "<geocode><valueName>ARS</valueName><value>12</value></geocode><area>", "place",
		func(a *Alert) any { return a.Info[0].Area[0].Geocode }, []NamedValue{{"ARS", "12"}}},
	{"an area's elements outside", "<area>\n      <areaDesc>Hafen</areaDesc>", "<areaDesc>Stadt</areaDesc><polygon>1,1 1,2 2,2 1,1</polygon><area><areaDesc>Hafen</areaDesc>", "place place",
		func(a *Alert) any { return a.Info[0].Area[1].AreaDesc }, "Stadt"},
	{"a description outside of the info block", "<info>", "<description>Es brennt.</description><info>", "place", func(a *Alert) any { return a.Info[0].Description }, "Es brennt."},
	{"references in the info block", "<headline>", "<references>a,b,2026-11-23T12:00:00-00:00</references><headline>", "place", references, "a,b,2026-11-23T12:00:00-00:00"},
	{"a pair without parameter", "<area>", "<valueName>a</valueName><value>1</value><area>", "place", kept("a"), "1"},
	{"a wrapper", "<area>", "<areas><area><areaDesc>Stadt</areaDesc></area></areas><area>", "unknown", func(a *Alert) any { return a.Info[0].Area[0].AreaDesc }, "Stadt"},
	{"an unknown element", "<headline>", "<title>x</title><headline>", "unknown", kept("x-title"), "x"},
	{"an unknown element of two", "<headline>", "<person><name>x</name><age>3</age></person><headline>", "unknown unknown", kept("x-person.age"), "3"},
	{"an unknown element of the alert", "<info>", "<title>x</title><info>", "unknown", note, "x-title: x"},
	{"an unknown element of the area", "<areaDesc>", "<zone>x</zone><areaDesc>", "unknown", kept("x-area.zone"), "x"},
	{"a foreign element", "<sender>", `<e:sender xmlns:e="urn:evil">x</e:sender><sender>`, "unknown", func(a *Alert) any { return a.Sender + " " + a.Note }, "leitstelle@kreis.example x-sender: x"},
	{"an attribute", "<headline>", `<headline size="3">`, "attribute", kept("x-headline.size"), "3"},
	{"a language in an attribute", "<info>\n    <language>de-DE</language>", `<info xml:lang="de">`, "attribute", func(a *Alert) any { return a.Info[0].Language }, "de"},
	{"text between elements", "<info>", "<info>!", "stray-text", kept("x-text"), "!"},
	{"an element twice, the same", "<status>", "<identifier>2.49.0.0.276.999.2026.8</identifier><status>", "order twice", note, ""},
	{"an element twice", "<status>", "<identifier>b</identifier><status>", "order twice", note, "x-identifier: b"},
	{"two headlines", infoTail, infoTail + "<headline>Feuer</headline>", "twice", kept("x-headline"), "Feuer"},
	{"two descriptions", infoTail, infoTail + "<description>a</description><description>b</description>", "twice", func(a *Alert) any { return a.Info[0].Description }, "a\nb"},
	{"tags in text", "Rauch am", "Rauch <b>am</b> <i>alten</i>", "tags", headline, "Rauch am alten Hafen"},
	{"a link in text", "Rauch am", `Rauch <a href="https://a.example/?b=1&amp;c=2">am</a>`, "tags", headline, "Rauch  (https://a.example/?b=1&c=2)am Hafen"},
	{"lines in text", "Rauch am", "Rauch<br/>am", "tags", headline, "Rauch\nam Hafen"},
	{"a signature", "</alert>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><a/></Signature></alert>`, "signature", nil, nil},
	// Missing elements.
	{"no identifier", "<identifier>2.49.0.0.276.999.2026.8</identifier>", "", "missing", func(a *Alert) any { return strings.HasPrefix(a.Identifier, "sha256-") }, true},
	{"no sender", "<sender>leitstelle@kreis.example</sender>", "", "missing", func(a *Alert) any { return a.Sender }, "unknown"},
	{"no scope", "<scope>Public</scope>", "", "missing", func(a *Alert) any { return a.Scope }, ScopePublic},
	{"no scope, but a restriction", "<scope>Public</scope>", "<restriction>THW</restriction>", "missing", func(a *Alert) any { return a.Scope }, ScopeRestricted},
	{"a restriction that is none", "<info>", "<restriction>None</restriction><info>", "unusable", note, "x-restriction: None"},
	{"a restriction that is missing", "Public", "Restricted", "missing", func(a *Alert) any { return a.Restriction }, "-"},
	{"no category", "<category>Fire</category>", "", "missing", func(a *Alert) any { return a.Info[0].Category }, []Category{CategoryOther}},
	{"no event", "<event>Brand</event>", "", "missing", func(a *Alert) any { return a.Info[0].Event }, "Rauch am Hafen"},
	{"no urgency", "<urgency>Immediate</urgency>", "", "missing", func(a *Alert) any { return a.Info[0].Urgency }, UrgencyUnknown},
	{"an empty severity", "Severe", "", "unknown-value", func(a *Alert) any { return a.Info[0].Severity }, SeverityUnknown},
	{"no areaDesc", "<areaDesc>Hafen</areaDesc>", "", "missing", func(a *Alert) any { return a.Info[0].Area[0].AreaDesc }, "-"},
	{"an empty expires", "<headline>", "<expires/><headline>", "empty", expires, ""},
	// Values.
	{"case of a status", "Actual", "ACTUAL", "value", func(a *Alert) any { return a.Status }, StatusActual},
	{"space around a scope", "Public", "\n Public ", "value", func(a *Alert) any { return a.Scope }, ScopePublic},
	{"Very Likely", "Observed", "Very Likely", "value", func(a *Alert) any { return a.Info[0].Certainty }, CertaintyLikely},
	{"All Clear", "<urgency>", "<responseType>All_clear</responseType><urgency>", "value", func(a *Alert) any { return a.Info[0].ResponseType }, []ResponseType{ResponseAllClear}},
	{"two responses in one", "<urgency>", "<responseType>Shelter, Prepare</responseType><urgency>", "list", func(a *Alert) any { return a.Info[0].ResponseType }, []ResponseType{ResponseShelter, ResponsePrepare}},
	{"an unknown response", "<urgency>", "<responseType>Run</responseType><urgency>", "unknown-value", kept("x-responseType"), "Run"},
	{"an unknown severity", "Severe", "Heavy", "unknown-value", kept("x-severity"), "Heavy"},
	{"an unknown category", "Fire", "Feuer", "unknown-value", kept("x-category"), "Feuer"},
	{"Meteorological", "Fire", "Meteorological", "value", func(a *Alert) any { return a.Info[0].Category }, []Category{CategoryMet}},
	{"space around the identifier", "2.49.0.0.276.999.2026.8", " 2.49.0.0.276.999.2026.8\n", "space", func(a *Alert) any { return a.Identifier }, "2.49.0.0.276.999.2026.8"},
	{"space in the sender", "leitstelle@kreis.example", "Leitstelle Kreis", "token", func(a *Alert) any { return a.Sender }, "Leitstelle_Kreis"},
	{"an underscore in the language", "de-DE", "de_DE", "language", func(a *Alert) any { return a.Info[0].Language }, "de-DE"},
	{"a language that is none", "de-DE", "Deutsch (leicht)", "language", kept("x-language"), "Deutsch (leicht)"},
	{"HTML in text", "Rauch am Hafen", "Rauch &amp;amp; Feuer&lt;br/&gt;am &amp;quot;&lt;b&gt;Hafen&lt;/b&gt;&amp;quot;", "html", headline, "Rauch & Feuer\nam \"Hafen\""},
	{"HTML in CDATA", "Rauch am Hafen", `<![CDATA[<p>Rauch</p><p>siehe <a href="https://a.example">hier</a></p>]]>`, "html", headline, "Rauch\n\nsiehe hier (https://a.example)"},
	{"no HTML", "Rauch am Hafen", "Wind &lt; 50 &amp; Böen &gt; 60 &lt;x&gt;", "", headline, "Wind < 50 & Böen > 60 <x>"},
	{"an address with an escape of its own", "<area>", "<web>https://a.example/?a=1&amp;amp;b=2</web><area>", "uri", func(a *Alert) any { return a.Info[0].Web }, "https://a.example/?a=1&b=2"},
	{"a percent sign in an address", "<area>", "<web>https://a.example/100%</web><area>", "uri", func(a *Alert) any { return a.Info[0].Web }, "https://a.example/100%25"},
	{"an address that is none", "<area>", "<web>:x</web><area>", "unusable", kept("x-web"), ":x"},
	{"a relative address", "<area>", "<resource><resourceDesc>a</resourceDesc><mimeType>b</mimeType><uri>c.png</uri></resource><area>", "unusable", kept("x-resource.uri"), "c.png"},
	{"a size with its unit", "<area>", "<resource><resourceDesc>a</resourceDesc><mimeType>b</mimeType><size>12 KB</size></resource><area>", "size", func(a *Alert) any { return *a.Info[0].Resource[0].Size }, int64(12000)},
	// Times.
	{"Z", "14:05:00+01:00", "13:05:00Z", "time", func(a *Alert) any { return a.Sent.String() }, "2026-11-23T13:05:00-00:00"},
	{"a fraction", "14:05:00+01:00", "14:05:00.999+01:00", "time", func(a *Alert) any { return a.Sent.String() }, "2026-11-23T14:05:00+01:00"},
	{"an offset without colon", "<headline>", "<onset>2026-11-23T14:05:00+0100</onset><headline>", "time", onset, "2026-11-23T14:05:00+01:00"},
	{"no offset", "<headline>", "<onset>2026-11-23T14:05:00</onset><headline>", "zone", onset, "2026-11-23T14:05:00+01:00"},
	{"no offset at all", "14:05:00+01:00", "14:05:00", "zone", func(a *Alert) any { return a.Sent.String() }, "2026-11-23T14:05:00-00:00"},
	{"a date", "<headline>", "<expires>2026-11-23</expires><headline>", "date", expires, "2026-11-23T23:59:59+01:00"},
	{"a time of RFC 1123", "<headline>", "<onset>Mon, 23 Nov 2026 14:05:00 GMT</onset><headline>", "time", onset, "2026-11-23T14:05:00-00:00"},
	{"a time in Chinese", "<headline>", "<onset>2026/11/23 下午 02:05:00</onset><headline>", "zone", onset, "2026-11-23T14:05:00+01:00"},
	{"a time that cannot be read", "<headline>", "<onset>heute</onset><headline>", "unusable", kept("x-onset"), "heute"},
	{"sent only as effective", "<sent>2026-11-23T14:05:00+01:00</sent>", "", "", nil, nil},
	// References.
	{"a reference with Z", "<info>", "<references>a,b,2026-11-23T12:00:00Z</references><info>", "reference", references, "a,b,2026-11-23T12:00:00-00:00"},
	{"references with blanks", "<info>", "<references>a, b, 2026-11-23T12:00:00-00:00; c,d,2026-11-23T12:00:00+00:00</references><info>", "reference", references, "a,b,2026-11-23T12:00:00-00:00 c,d,2026-11-23T12:00:00+00:00"},
	{"a reference that is none", "<info>", "<references>a,b,2026-11-23T12:00:00+00:00 c</references><info>", "reference", note, "x-references: c"},
	{"a reference that is none first", "<info>", "<references>c a,b,2026-11-23T12:00:00+00:00</references><info>", "reference", note, "x-references: c"},
	// Shapes.
	{"an open polygon", "52.15,13.4 52.1,13.2", "52.15,13.4", "open", polygons, square},
	{"semicolons", square, "52.1,13.2;52.2,13.25;52.15,13.4;52.1,13.2", "polygon", polygons, square},
	{"tabs and line ends", square, "52.1,13.2\t52.2,13.25\n52.15,13.4\n52.1,13.2", "", polygons, square},
	{"a space behind the comma", square, "52.1, 13.2 52.2, 13.25 52.15, 13.4 52.1, 13.2", "polygon", polygons, square},
	{"commas only", square, "52.1,13.2,52.2,13.25,52.15,13.4,52.1,13.2", "polygon", polygons, square},
	{"a comma too many", square, "52.1,13.2 52.2,13.25, 52.15,13.4, 52.1,13.2", "polygon", polygons, square},
	{"parentheses", square, "(52.1,13.2) (52.2,13.25) (52.15,13.4) (52.1,13.2)", "polygon", polygons, square},
	{"blanks only", square, "52.1 13.2 52.2 13.25 52.15 13.4 52.1 13.2", "polygon", polygons, square},
	{"decimal commas", square, "52,1000;13,2000 52,2000;13,2500 52,1500;13,4000 52,1000;13,2000", "polygon", polygons, square},
	{"heights", square, "52.1,13.2,0 52.2,13.25,0 52.15,13.4,0 52.1,13.2,0", "polygon", polygons, square},
	{"directions", square, "52.1°N,13.2°E 52.2°N,13.25°E 52.15°N,13.4°E 52.1°N,13.2°E", "polygon", polygons, square},
	{"longitudes first", square, "113.2,52.1 113.25,52.2 113.4,52.15 113.2,52.1", "swapped", polygons, "52.1,113.2 52.2,113.25 52.15,113.4 52.1,113.2"},
	{"longitudes beyond 180", square, "-18.1,178.5 -18.1,181.5 -17,181.5 -18.1,178.5", "wrapped", polygons, "-18.1,178.5 -18.1,-178.5 -17,-178.5 -18.1,178.5"},
	{"one point beyond the pole", square, "52.1,13.2 95,13.25 52.15,13.4 52.1,13.2", "unusable", polygons, ""},
	{"two points", square, "52.1,13.2 52.2,13.25 52.1,13.2", "unusable", kept("x-area.polygon"), "52.1,13.2 52.2,13.25 52.1,13.2"},
	{"a missing number", square, "52.1,13.2 52.2 52.15,13.4 52.1,13.2", "unusable", polygons, ""},
	{"an impossible polygon", "<polygon>", "<polygon>north</polygon><polygon>", "unusable", kept("x-area.polygon"), "north"},
	{"an empty polygon", "<polygon>", "<polygon/><polygon>", "empty", polygons, square},
	{"a circle with commas", "</area>", "<circle>52.4,13.06,1.5</circle></area>", "circle", circle, "52.4,13.06 1.5"},
	{"a circle with blanks", "</area>", "<circle>52.4, 13.06   1.5 km</circle></area>", "circle", circle, "52.4,13.06 1.5"},
	{"a circle in metres", "</area>", "<circle>52.4,13.06 1500m</circle></area>", "circle", circle, "52.4,13.06 1.5"},
	{"a circle with a decimal comma", "</area>", "<circle>52.4,13.06 1,5</circle></area>", "circle", circle, "52.4,13.06 1.5"},
	{"an impossible circle", "</area>", "<circle>far</circle></area>", "unusable", kept("x-area.circle"), "far"},
	{"a height in metres", "</area>", "<altitude>304.8 m</altitude></area>", "height", func(a *Alert) any { return *a.Info[0].Area[0].Altitude }, 1000.0},
	{"a ceiling without altitude", "</area>", "<ceiling>900</ceiling></area>", "unusable", kept("x-area.ceiling"), "900"},
}

func TestReadLenientRepairs(t *testing.T) {
	for _, test := range quirks {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "sent only as effective" {
				test.new = "<!-- -->"
			}
			raw := []byte(edit(t, test.old, test.new))
			if test.name == "sent only as effective" {
				raw = bytes.Replace(raw, []byte("<headline>"), []byte("<effective>2026-11-23T14:00:00+01:00</effective><headline>"), 1)
				test.rules, test.look, test.want = "missing", func(a *Alert) any { return a.Sent.String() }, "2026-11-23T14:00:00+01:00"
			}
			checkRepairs(t, raw, test.rules, test.look, test.want)
		})
	}
}

// checkRepairs reads a message leniently and compares the repairs, and what
// was read; reading again must find nothing.
func checkRepairs(t *testing.T, raw []byte, rules string, look func(*Alert) any, want any) {
	t.Helper()
	alert, findings, err := ReadLenient(raw)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, strings.TrimPrefix(string(f.Rule), "repair."))
		if f.Line == 0 || f.Severity != GravityWarning || !slices.ContainsFunc(Rules(), func(r RuleInfo) bool { return r.ID == f.Rule }) {
			t.Errorf("finding without place, or with an unknown rule: %+v", f)
		}
	}
	slices.Sort(got)
	if strings.Join(got, " ") != rules {
		t.Errorf("the repairs are %q, want %q: %v", strings.Join(got, " "), rules, findings)
	}
	if look != nil {
		if d := diff(want, look(alert)); d != "" {
			t.Errorf("read differently (-want +got):\n%s", d)
		}
	}
	checkSettled(t, alert)
}

// checkSettled writes a message that was read leniently, and reads it again.
func checkSettled(t *testing.T, alert *Alert) {
	t.Helper()
	raw, err := Write(alert)
	if err != nil {
		t.Fatalf("the repaired message cannot be written: %v", err)
	}
	again, findings, err := ReadLenient(raw)
	if err != nil || len(findings) > 0 {
		t.Fatalf("the repaired message needs repairs again: %v %v\n%s", findings, err, raw)
	}
	if d := diff(alert, again); d != "" {
		t.Errorf("the repaired message reads back differently:\n%s", d)
	}
}

func TestReadLenientDoesNotGuess(t *testing.T) {
	tests := []struct{ name, old, new, path string }{
		{"status", "Actual", "Real", "alert/status"},
		{"no status", "<status>Actual</status>", "", "alert/status"},
		{"two statuses", "<status>Actual", "<status>Test</status><status>Actual", "alert/status"},
		{"msgType", ">Alert<", ">Warning<", "alert/msgType"},
		{"no msgType", "<msgType>Alert</msgType>", "", "alert/msgType"},
		{"scope", "Public", "Everyone", "alert/scope"},
		{"no scope, but addresses", "<scope>Public</scope>", "<addresses>a</addresses>", "alert/scope"},
		{"a restriction of what is public", "<info>", "<restriction>THW</restriction><info>", "alert/restriction"},
		{"no sent", "<sent>2026-11-23T14:05:00+01:00</sent>", "", "alert/sent"},
		{"sent", "2026-11-23T14:05:00+01:00", "11/12/2026", "alert/sent"},
		{"too many repairs", "<info>", strings.Repeat("<x/>", 10_001) + "<info>", "alert"},
		{"another document", rootTag, `<alert xmlns="urn:x">`, "alert"},
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

func TestReadLenientWeatherWarnings(t *testing.T) {
	raw := data(t, "dwd_Z_CAP_C_EDZW_MUL.zip")
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.File) != 3 {
		t.Fatalf("the container has %d files, want 3", len(archive.File))
	}
	for _, file := range archive.File {
		t.Run(file.Name, func(t *testing.T) {
			content, err := fs.ReadFile(archive, file.Name)
			if err != nil {
				t.Fatal(err)
			}
			alert, findings, err := ReadLenient(content)
			if err != nil {
				t.Fatal(err)
			}
			if len(findings) > 0 {
				t.Errorf("the reading finds %v", findings)
			}
			if len(alert.Info) != 8 || !strings.HasPrefix(file.Name, alert.Identifier) {
				t.Errorf("message %s has %d languages, want 8 of the message that the file is named for", alert.Identifier, len(alert.Info))
			}
			strict, err := Read(content)
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
		if finding.Rule != RuleRepairHTML {
			t.Errorf("unexpected finding: %v", finding)
		}
	}
	if len(findings) == 0 || strings.Contains(alert.Info[0].Description, "&quot;") {
		t.Errorf("the markup was not resolved: %q", alert.Info[0].Description)
	}
}
