// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
)

const alert = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a1</identifier><sender>s@example.org</sender>` +
	`<sent>2026-11-23T14:05:00+01:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope></alert>`

// seen is an item in a few words.
func seen(item Item) string {
	switch {
	case item.Err != nil:
		return item.Name + " fails: " + item.Err.Error()
	case item.Note != nil:
		return item.Name + " notes: " + item.Note.Message
	case item.Link != "":
		return item.Name + " links " + item.Link
	}
	raw := string(item.Raw)
	if strings.Replace(raw, ` xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2"`, "", 1) == alert {
		raw = "ALERT"
	}
	return fmt.Sprintf("%s is %s at %d: %s", item.Name, item.Form, item.Line, raw)
}

func all(source Source) []string {
	var found []string
	for item := range Messages(source) {
		found = append(found, seen(item))
	}
	return found
}

func compressed(t testing.TB, raw string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const atom = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2">`

var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace

// cases are containers of every kind in small. The file is called x.
var cases = []struct {
	name, raw string
	want      []string
}{
	{"CAP in XML", alert, []string{"x is xml at 1: ALERT"}},
	{"CAP with everything before it", "\uFEFF<?xml version='1.0'?><!-- <feed> --><?a b?>\n<c:alert/>",
		[]string{"x is xml at 1: \uFEFF<?xml version='1.0'?><!-- <feed> --><?a b?>\n<c:alert/>"}},
	{"CAP in UTF-16", "\xFF\xFE<\x00a\x00", []string{"x is xml at 1: \xFF\xFE<\x00a\x00"}},
	{"a document type", "<!DOCTYPE feed><feed/>", []string{"x is xml at 1: <!DOCTYPE feed><feed/>"}},
	{"plain text", "hello", []string{"x is xml at 1: hello"}},
	{"JSON", ` {"identifier": "a"}`, []string{`x is json at 1:  {"identifier": "a"}`}},
	{"GeoJSON", `{"features": [], "type" : "FeatureCollection"}`, []string{`x is geojson at 1: {"features": [], "type" : "FeatureCollection"}`}},
	{"JSON that speaks of GeoJSON", `{"note": "FeatureCollection"}`, []string{`x is json at 1: {"note": "FeatureCollection"}`}},
	{"nothing", "", []string{"x notes: the file is empty"}},
	{"white space", " \n", []string{"x notes: the file is empty"}},
	{"too large a message", "<alert>" + strings.Repeat(" ", MaxMessage), []string{"x fails: the message has more than the 1048576 bytes allowed"}},
	{"two messages", "<?xml version='1.0'?>\n" + alert + "\n<?xml version='1.0'?>\n\n" + alert, []string{
		"x fails: the file is no XML document: 2 messages stand in it one after another; they are read one by one",
		"x#1 is xml at 2: ALERT", "x#2 is xml at 5: ALERT"}},
	{"a message and garbage", alert + "<alert>", []string{"x is xml at 1: " + alert + "<alert>"}},

	{"Atom with an element", atom + "\n<entry><content type='text/xml'>\n<cap:alert a='1'><b/></cap:alert></content></entry></feed>",
		[]string{`x#1 is xml at 3: <cap:alert xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2" xmlns="http://www.w3.org/2005/Atom" a='1'><b/></cap:alert>`}},
	{"namespaces that are hidden", `<p:a xmlns:p="u1" xmlns="v1" xmlns:q="&amp;&quot;"><p:b xmlns:p="u2" xmlns=""><alert p:c='' xmlns:r="w"/></p:b></p:a>`,
		[]string{`x#1 is xml at 1: <alert xmlns:p="u2" xmlns:q="&amp;&quot;" p:c='' xmlns:r="w"/>`}},
	{"Atom with text", atom + "<entry><summary>\n" + escaped("<?xml version='1.0' encoding='ISO-8859-1'?>\n"+alert) + "</summary></entry></feed>",
		[]string{"x#1 is xml at 3: ALERT"}},
	{"Atom with a message in Atom's own namespace", atom + "<entry><content><alert><identifier>7</identifier></alert></content></entry></feed>",
		[]string{`x#1 is xml at 1: <alert xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2" xmlns="http://www.w3.org/2005/Atom"><identifier>7</identifier></alert>`}},
	{"Atom with the same twice", atom + "<entry><summary>" + escaped(alert) + "</summary><content>" + alert + "</content><link href='a'/></entry></feed>",
		[]string{"x#1 is xml at 1: ALERT"}},
	{"RSS with CDATA", "<rss version='2.0'><channel><title>t</title><item><link>http://h/l</link><description><![CDATA[" + alert + "]]></description></item></channel></rss>",
		[]string{"x#1 is xml at 1: ALERT"}},
	{"RSS with content:encoded", "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><item><content:encoded><![CDATA[\n\n" + alert + "\n]]></content:encoded></item></channel></rss>",
		[]string{"x#1 is xml at 3: ALERT"}},
	{"a link to CAP", atom + `<link rel="self" href="no"/><entry><id>http://h/no</id><link href="no"/><link type="text/html" href="no"/><link type="Application/CAP+xml; charset=utf-8" href=" a.xml?b&c "/></entry></feed>`,
		[]string{`x notes: "&" is not known in XML; read as "&"`, "x#1 links http://h/f/a.xml?b&c"}},
	{"a link of the other type", atom + `<entry><link type="text/xml" href="/no"/><link rel="enclosure" type="application/common-alerting-protocol+xml" href="/a"/></entry></feed>`,
		[]string{"x#1 links http://h/a"}},
	{"the only link", atom + `<entry><id>http://h/no</id><link href="a"/><link rel="edit" href="no"/></entry></feed>`, []string{"x#1 links http://h/f/a"}},
	{"a page and an id", atom + `<entry><id>https://h/a</id><link type="text/html" href="no"/></entry></feed>`, []string{"x#1 links https://h/a"}},
	{"an id", atom + `<entry><id>https://h/a</id></entry><entry><id>urn:x:1</id><title>t</title></entry></feed>`,
		[]string{"x#1 links https://h/a", "x entry 2 notes: the entry holds neither a message nor a link to one"}},
	{"bases", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://o/x/"><entry xml:base="y/"><link xml:base="z/" href="a"/></entry><entry><link href="b"/></entry></feed>`,
		[]string{"x#1 links http://o/x/y/z/a", "x#2 links http://o/x/b"}},
	{"content elsewhere", atom + `<entry><content type="application/cap+xml" src="a"/><link href="no"/></entry></feed>`, []string{"x#1 links http://h/f/a"}},
	{"an RSS enclosure", "<rss><channel><link>http://no</link><item><link>http://h/no</link><enclosure url='http://h/a' type='text/xml'/></item><item><guid>http://h/b</guid></item></channel></rss>",
		[]string{"x#1 links http://h/a", "x#2 links http://h/b"}},
	{"an RSS enclosure that is an image", "<rss><channel><item><enclosure url='http://h/no.png' type='image/png'/><link>http://h/a</link></item><item><enclosure url='http://h/no.mp3' type='audio/mpeg'/><link>http://h/no</link><link>http://h/no2</link><guid>http://h/b</guid></item></channel></rss>",
		[]string{"x#1 links http://h/a", "x#2 links http://h/b"}},
	{"an element that names the message, as GDACS has it", "<rss xmlns:g='urn:g'><channel><item><enclosure url='http://h/no.png' type='image/png'/><link>http://h/no</link><g:cap>http://h/a.xml</g:cap></item></channel></rss>",
		[]string{"x#1 links http://h/a.xml"}},
	{"an RSS link", "<rss><channel><item><title>t</title><link> http://h/a </link><guid isPermaLink='false'>1</guid></item></channel></rss>", []string{"x#1 links http://h/a"}},
	{"RSS 1.0", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/><item rdf:about="u"><link>a</link></item></rdf:RDF>`,
		[]string{"x#1 links http://h/f/a"}},
	{"an empty feed", atom + "</feed>", []string{"x notes: the feed has no entries"}},
	{"a feed with a style sheet and entities", "<?xml version='1.0'?>\n<?xml-stylesheet href='a'?>\n" + atom + "<title>a&nbsp;&b; &</title><title>&nbsp;</title><entry><link href='a'/></entry></feed>",
		[]string{`x notes: the processing instruction "xml-stylesheet" was passed over`, "x notes: \"&nbsp;\" is not known in XML; read as \"\\u00a0\"",
			`x notes: "&b;" is not known in XML; read as "&b;"`, `x notes: "&" is not known in XML; read as "&"`, "x#1 links http://h/f/a"}},
	{"a feed with a document type inside", atom + "<!DOCTYPE a [<!ENTITY b 'c'>]></feed>", []string{"x fails: line 1, column 92: a document type declaration is not allowed; remove <!DOCTYPE …>"}},
	{"a feed in ISO-8859-1", "<?xml version='1.0' encoding='ISO-8859-1'?>" + atom + "<entry><content><alert xmlns=''>K\xF6ln \x84a\x93</alert></content></entry></feed>",
		[]string{`x#1 is xml at 1: <alert xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2" xmlns=''>Köln „a“</alert>`}},
	{"a feed that says another encoding", "<?xml version='1.0' encoding='EUC-JP'?>" + atom + "</feed>", []string{`x fails: line 1, column 21: the document says it is in "EUC-JP"; send it in UTF-8 and say so`}},
	{"a cut feed", atom + "<entry><content>" + alert + "</content>", []string{"x#1 is xml at 1: ALERT", "x fails: line 1, column 341: the document ends inside <entry>; send the whole document"}},
	{"too large a message in a feed", atom + "<entry><content><alert xmlns=''>" + strings.Repeat("<a/>", MaxMessage/4) + "</alert></content></entry><entry><content>" + alert + "</content></entry></feed>",
		[]string{"x#1 fails: the message has more than the 1048576 bytes allowed", "x#2 is xml at 1: ALERT"}},

	{"EDXL-DE", `<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"><contentObject><xmlContent><keyXMLContent>` + alert + `</keyXMLContent><embeddedXMLContent>` + alert + "</embeddedXMLContent></xmlContent></contentObject></EDXLDistribution>",
		[]string{"x#1 is xml at 1: ALERT", "x#2 is xml at 1: ALERT"}},
	{"EDXL-DE in base64", `<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"><contentObject><nonXMLContent><mimeType>text/xml</mimeType><contentData>PGFsZXJ0
 Lz4=</contentData></nonXMLContent><nonXMLContent><mimeType>image/png</mimeType><contentData>iVBORw0K</contentData></nonXMLContent><nonXMLContent><mimeType>application/cap+xml</mimeType><uri>a</uri></nonXMLContent><nonXMLContent><mimeType>image/png</mimeType><uri>b</uri></nonXMLContent></contentObject></EDXLDistribution>`,
		[]string{"x#1 is xml at 1: <alert/>", `x notes: a file of type "image/png" was passed over`, "x#2 links http://h/f/a", `x notes: the file of type "image/png" at b is no CAP message`}},
	{"base64 that is none", "<a><contentData>!</contentData></a>", []string{"x#1 fails: contentData is not in base64"}},
	{"SOAP", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` + alert + `</s:Body></s:Envelope>`,
		[]string{"x#1 is xml at 1: " + strings.Replace(alert, "<alert", `<alert xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"`, 1)}},
	{"SOAP with text", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><return>` + escaped(alert) + `</return></s:Body></s:Envelope>`, []string{"x#1 is xml at 1: ALERT"}},
	{"a list", "<alerts>" + alert + alert + "</alerts>", []string{"x#1 is xml at 1: ALERT", "x#2 is xml at 1: ALERT"}},
	{"CAP 1.0 and another alert", `<a><alert xmlns="http://www.incident.com/cap/1.0"/><alert xmlns="urn:x"/></a>`, []string{`x#1 is xml at 1: <alert xmlns="http://www.incident.com/cap/1.0"/>`}},
	{"a document in a text", `<a><b>` + escaped("<alerts>"+alert+"</alerts>") + `</b></a>`, []string{"x#1#1 is xml at 1: ALERT"}},
	{"documents too deep", `<a><b>` + escaped("<a><b>"+escaped("<a><b>"+escaped("<alerts>"+alert+"</alerts>")+"</b></a>")+"</b></a>") + `</b></a>`,
		[]string{"x#1#1#1 fails: the documents lie too deep in each other"}},
	{"a page", "<html xmlns='http://www.w3.org/1999/xhtml'><p>no</p></html>", []string{`x fails: the document holds no CAP message; its root is <html> in the namespace "http://www.w3.org/1999/xhtml"`}},
	{"nothing closed", "<html><p></html>", []string{"x fails: line 1, column 10: the end tag </html> ends nothing that is open; close elements in the order in which they were opened"}},
}

func TestMessages(t *testing.T) {
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			source := Bytes("x", []byte(test.raw))
			source.Address = "http://h/f/feed.xml"
			if d := cmp.Diff(test.want, all(source)); d != "" {
				t.Errorf("other items (-want +got):\n%s", d)
			}
		})
	}
}

func TestEmbeddedMessagesAreDocumentsOfTheirOwn(t *testing.T) {
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			for item := range Messages(Bytes("x", []byte(test.raw))) {
				if item.Form == XML && strings.Contains(item.Name, "#") {
					if err := cap.Gate(item.Raw, cap.DefaultLimits()); err != nil {
						t.Errorf("%s: %v", item.Name, err)
					}
				}
			}
		})
	}
}

func TestMessagesStopsWhenAsked(t *testing.T) {
	for _, raw := range []string{
		"<a>" + strings.Repeat(alert, 10) + "</a>", strings.Repeat(alert, 10),
		string(pack(t, file{"a", alert}, file{"b", alert})),
	} {
		n := 0
		for range Messages(Bytes("x", []byte(raw))) {
			if n++; n == 2 {
				break
			}
		}
		if n > 2 {
			t.Errorf("%d items after the second was the last", n)
		}
	}
}

func TestTooManyItems(t *testing.T) {
	raw := atom + strings.Repeat("<entry><id>http://h/a</id></entry>", 60_000) + "</feed>"
	n, last := 0, Item{}
	for item := range Messages(Bytes("x", []byte(raw))) {
		n++
		last = item
	}
	if n != maxItems+1 || last.Err == nil {
		t.Errorf("%d items, the last %v", n, seen(last))
	}
	notes := 0
	for item := range Messages(Bytes("x", []byte(atom+strings.Repeat("<entry/>", 1_000_000)+"</feed>"))) {
		notes++
		last = item
	}
	if notes != maxNotes+1 || last.Note == nil || last.Note.Message != "and 999900 more things were passed over" {
		t.Errorf("%d notes, the last %v", notes, seen(last))
	}
}

func TestTooLargeASource(t *testing.T) {
	source := Bytes("x", nil)
	source.Size = MaxSize + 1
	if got := all(source); len(got) != 1 || got[0] != "x fails: it has 33554433 bytes, more than the 33554432 allowed" {
		t.Errorf("got %v", got)
	}
}

func TestNamesArePrintable(t *testing.T) {
	got := all(Bytes("a\x1b[2J\u202Eb\xFF"+strings.Repeat("c", 300), nil))
	want := "a\uFFFD[2J\uFFFDb\uFFFD" + strings.Repeat("c", 192) + "… notes: the file is empty"
	if d := cmp.Diff([]string{want}, got); d != "" {
		t.Error(d)
	}
}

func TestFederalAndWeatherServiceFiles(t *testing.T) {
	files := map[string]int{"dwd_Z_CAP_C_EDZW_MUL.zip": 3, "Oasis_AmberAlert.xml": 1, "mowas_api31_mow.DE-HE-KS-SE106-20250313-106-001.json": 1, "mowas_api31_mow.DE-HE-KS-SE106-20250313-106-001.geojson": 1}
	for name, want := range files {
		raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "cap", name))
		if errors.Is(err, os.ErrNotExist) {
			t.Skipf("the data for tests is not here: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		messages := 0
		for item := range Messages(Bytes(name, raw)) {
			if item.Raw == nil {
				t.Errorf("%s", seen(item))
				continue
			}
			messages++
			if item.Form != XML {
				continue
			}
			if _, _, err := cap.ReadLenient(item.Raw); err != nil {
				t.Errorf("%s: %v", item.Name, err)
			}
		}
		if messages != want {
			t.Errorf("%s has %d messages, want %d", name, messages, want)
		}
	}
}

func FuzzMessages(f *testing.F) {
	for _, test := range cases {
		if len(test.raw) < 2048 {
			f.Add([]byte(test.raw))
		}
	}
	f.Add(pack(f, file{"a.xml", alert}, file{"b/", ""}))
	f.Add([]byte(compressed(f, alert)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for item := range Messages(Bytes("x", raw)) {
			set := 0
			for _, is := range []bool{item.Raw != nil, item.Link != "", item.Err != nil, item.Note != nil} {
				if is {
					set++
				}
			}
			if set != 1 || len(item.Raw) > MaxMessage+1024 {
				t.Errorf("%d things in one item: %s", set, seen(item))
			}
			if item.Form == XML && strings.Contains(item.Name, "#") && item.Line > 0 {
				_ = cap.Gate(item.Raw, cap.DefaultLimits()) // never panics
			}
		}
	})
}
