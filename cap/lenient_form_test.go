// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// in16 writes a text in UTF-16.
func in16(text string, order binary.AppendByteOrder, mark bool) string {
	var out []byte
	if mark {
		out = order.AppendUint16(out, 0xFEFF)
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

// inBytes writes a text in a character set of one byte a character.
func inBytes(t *testing.T, text, set string) string {
	t.Helper()
	var out []byte
	for _, r := range text {
		if r < 0x80 {
			out = append(out, byte(r))
			continue
		}
		i := strings.IndexRune(charsets[set], r)
		if i < 0 {
			t.Fatalf("%q is not in %s", r, set)
		}
		out = append(out, byte(0x80+len([]rune(charsets[set][:i]))))
	}
	return string(out)
}

func TestReadLenientEncodings(t *testing.T) {
	with := func(declared, text string) string {
		return strings.NewReplacer("UTF-8", declared, "Rauch am Hafen", text).Replace(small)
	}
	tests := []struct{ name, raw, rules, headline string }{
		{"UTF-8 with a mark", "\uFEFF" + with("UTF-8", "Öl"), "", "Öl"},
		{"UTF-16 with a mark", in16(with("UTF-16", "Öl 😀"), binary.LittleEndian, true), "encoding", "Öl 😀"},
		{"UTF-16, big end first", in16(with("utf-16", "Öl"), binary.BigEndian, true), "encoding", "Öl"},
		{"UTF-16 without a mark", in16(with("UTF-16LE", "Öl"), binary.LittleEndian, false), "encoding", "Öl"},
		{"UTF-16, big end first, without a mark", in16(with("UTF-16BE", "Öl"), binary.BigEndian, false), "encoding", "Öl"},
		{"UTF-16 that says UTF-8", in16(with("UTF-8", "Öl"), binary.LittleEndian, true), "encoding", "Öl"},
		{"UTF-8 that says UTF-16", with("UTF-16", "Öl"), "encoding", "Öl"},
		{"UTF-8 that says ISO-8859-1", with("ISO-8859-1", "Öl"), "encoding", "Öl"},
		{"ASCII that says so", with("US-ASCII", "Oel"), "encoding", "Oel"},
		{"ISO-8859-1", inBytes(t, with("ISO-8859-1", "Öl in Usulután"), "windows1252"), "encoding", "Öl in Usulután"},
		{"ISO-8859-15", inBytes(t, with("iso-8859-15", "5 € für Öl"), "iso885915"), "encoding", "5 € für Öl"},
		{"windows-1252", inBytes(t, with("windows-1252", "„Öl“"), "windows1252"), "encoding", "„Öl“"},
		{"windows-1251", inBytes(t, with("windows-1251", "Пожар в порту"), "windows1251"), "encoding", "Пожар в порту"},
		{"cp1251", inBytes(t, with("cp1251", "Пожар в порту"), "windows1251"), "encoding", "Пожар в порту"},
		{"KOI8-R", inBytes(t, with("KOI8-R", "Пожар в порту"), "koi8r"), "encoding", "Пожар в порту"},
		{"windows-1256", inBytes(t, with("windows-1256", "حريق في الميناء"), "windows1256"), "encoding", "حريق في الميناء"},
		{"windows-1250", inBytes(t, with("windows-1250", "Pożar w porcie"), "windows1250"), "encoding", "Pożar w porcie"},
		{"ISO-8859-2", inBytes(t, with("ISO-8859-2", "Požár v přístavu"), "iso88592"), "encoding", "Požár v přístavu"},
		{"TIS-620", inBytes(t, with("TIS-620", "ไฟไหม้"), "windows874"), "encoding", "ไฟไหม้"},
		{"windows-1252 that says UTF-8", inBytes(t, with("UTF-8", "„Öl“"), "windows1252"), "encoding", "„Öl“"},
		{"windows-1252 in UTF-8", with("UTF-8", "Öl und \xD6l"), "encoding", "Öl und Öl"},
		{"a character cut off", with("UTF-8", "Feuer \xE1\x9E"), "encoding", "Feuer \uFFFD"},
		{"GB2312", with("GB2312", "\xB8\xDB\xBF\xDA\xBB\xF0\xD4\xD6"), "encoding", "港口火灾"},
		{"GB18030 with four bytes", with("GB18030", "\xD6\xD0 \x81\x30\x84\x36"), "encoding", "中 ¥"},
		{"Big5", with("Big5", "\xB4\xE4\xA4\xF5"), "encoding", "港火"},
		{"Shift_JIS", with("Shift_JIS", "\x8D\x60\x82\xCC\x89\xCE\x8E\x96\xB1"), "encoding", "港の火事ｱ"},
		{"EUC-JP", with("EUC-JP", "\xB9\xC1\xA4\xCE\xB2\xD0\xBB\xF6"), "encoding", "港の火事"},
		{"EUC-KR", with("EUC-KR", "\xC7\xD7\xB1\xB8 \xC8\xAD\xC0\xE7"), "encoding", "항구 화재"},
		{"Shift_JIS cut off before a bracket", with("Shift_JIS", "\x89\xCE\x8D"), "encoding", "火\uFFFD"},
		{"windows-1252 without declaration", inBytes(t, strings.TrimPrefix(with("UTF-8", "Öl"), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), "windows1252"), "encoding", "Öl"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkRepairs(t, []byte(test.raw), test.rules, headline, test.headline)
		})
	}
	_, _, err := ReadLenient([]byte(with("EBCDIC-CP-US", "\xC4\xE3")))
	var refusal *Refusal
	if !errors.As(err, &refusal) || !strings.Contains(refusal.Message, "EBCDIC-CP-US") {
		t.Errorf("EBCDIC: %v", err)
	}
}

func TestReadLenientPlaces(t *testing.T) {
	raw := in16(strings.Replace(small, "<headline>", "<title>Ölbrand</title> <onset>heute</onset><headline>", 1), binary.LittleEndian, true)
	_, findings, err := ReadLenient([]byte(raw))
	if err != nil || len(findings) != 3 {
		t.Fatalf("%v %v", findings, err)
	}
	if last := findings[2]; last.Line != 16 || last.Column != 28 || last.Original != "heute" {
		t.Errorf("the place counts not in characters: %+v", last)
	}
}

func TestReadLenientRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		raw  string
		rule Rule
	}{
		"a document type":      {strings.Replace(small, "<alert", "<!DOCTYPE alert><alert", 1), "xml.doctype"},
		"an entity of its own": {strings.Replace(small, "Rauch", "&xxe;", 1), "xml.entity"},
		"a second root":        {small + "<alert/>", "xml.after-root"},
		"text behind the root": {small + "x", "xml.after-root"},
		"an open element":      {strings.TrimSuffix(small, "</alert>"), "xml.syntax"},
		"an attribute twice":   {strings.Replace(small, "<info>", "<info a='1' a='2'>", 1), "xml.attribute"},
		"too large":            {small + strings.Repeat(" ", 1<<20), "xml.size"},
		"nothing":              {"", "xml.syntax"},
	} {
		_, _, err := ReadLenient([]byte(test.raw))
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Rule != test.rule {
			t.Errorf("%s: %v, want %s", name, err, test.rule)
		}
	}
}

func TestReadLenientJSON(t *testing.T) {
	const base = `{"identifier":"a","sender":"b","sent":"2026-11-23T14:05:00+01:00","status":"Actual","msgType":"Alert","scope":"Public",` +
		`"info":[{"category":["Fire"],"event":"Brand","urgency":"Immediate","severity":"Severe","certainty":"Observed","headline":"Rauch"}]}`
	tests := []struct {
		name, old, new, rules string
		look                  func(*Alert) any
		want                  any
	}{
		{"as it is", "{", "{", "", headline, "Rauch"},
		{"a key in capitals", `"status"`, `"Status"`, "name", nil, nil},
		{"a number for a text", `"Rauch"`, `12`, "", headline, "12"},
		{"a literal", `"Rauch"`, `true`, "", headline, "true"},
		{"null", `"Rauch"`, `null`, "empty", headline, ""},
		{"one value without array", `["Fire"]`, `"Fire"`, "", func(a *Alert) any { return a.Info[0].Category }, []Category{CategoryFire}},
		{"an array for one value", `"Rauch"`, `["Rauch"]`, "", headline, "Rauch"},
		{"references in an array", `"info"`, `"references":["a,b,2026-11-23T12:00:00-00:00","c,d,2026-11-23T12:00:00-00:00"],"info"`, "twice", references, "a,b,2026-11-23T12:00:00-00:00 c,d,2026-11-23T12:00:00-00:00"},
		{"an unknown key", `"Rauch"`, `"Rauch","color":"red"`, "unknown", kept("x-color"), "red"},
		{"an unknown object", `"Rauch"`, `"Rauch","x":{"y":{"z":3}}`, "unknown", kept("x-x.y.z"), "3"},
		{"an open polygon", `"Rauch"`, `"Rauch","area":[{"areaDesc":"x","polygon":["52.1,13.2 52.2,13.25 52.15,13.4"]}]`, "open", polygons, square},
		{"in windows-1252", "Rauch", "\xD6l", "encoding", headline, "Öl"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkRepairs(t, []byte(strings.Replace(base, test.old, test.new, 1)), test.rules, test.look, test.want)
		})
	}
}

func TestParseLooseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-23t14:05:00z":                  "2026-11-23T14:05:00-00:00",
		"2026-11-23T14:05:00.123456+01:00":      "2026-11-23T14:05:00+01:00",
		"2026-11-23T14:05:00,5Z":                "2026-11-23T14:05:00-00:00",
		"2026-11-23T14:05:00 +0100":             "2026-11-23T14:05:00+01:00",
		"2026-11-23T14:05:00-07":                "2026-11-23T14:05:00-07:00",
		"2026-11-23T14:05+01:00":                "2026-11-23T14:05:00+01:00",
		"2026-11-23 14:05:00+01:00":             "2026-11-23T14:05:00+01:00",
		"2026-11-23T14:05:00\u221204:00":        "2026-11-23T14:05:00-04:00",
		"2026-11-23T14:05:00 UTC":               "2026-11-23T14:05:00-00:00",
		"2026-11-23T14:05:00+01:00[Europe/Rom]": "2026-11-23T14:05:00+01:00",
		"2026-11-23 14:05:00 UTC+3":             "2026-11-23T14:05:00+03:00",
		"20261123T140500Z":                      "2026-11-23T14:05:00-00:00",
		"20261123140500":                        "2026-11-23T14:05:00+02:00",
		"2026-11-23T14:05:00":                   "2026-11-23T14:05:00+02:00",
		"2026/11/23 14:05":                      "2026-11-23T14:05:00+02:00",
		"2026-11-23 02:05:00 PM":                "2026-11-23T14:05:00+02:00",
		"2026-11-23 PM 02:05":                   "2026-11-23T14:05:00+02:00",
		"2026/11/23 上午 12:05:00":                "2026-11-23T00:05:00+02:00",
		"2026年11月23日14時05分":                     "2026-11-23T14:05:00+02:00",
		"٢٠٢٦-١١-٢٣T١٤:٠٥:٠٠Z":                  "2026-11-23T14:05:00-00:00",
		"23.11.2026 14:05 Uhr":                  "2026-11-23T14:05:00+02:00",
		"23.11.2026 14:05 CET":                  "2026-11-23T14:05:00+01:00",
		"23/11/2026 14:05":                      "2026-11-23T14:05:00+02:00",
		"11/23/2026 2:05 p.m.":                  "2026-11-23T14:05:00+02:00",
		"Mon, 23 Nov 2026 14:05:00 +0100":       "2026-11-23T14:05:00+01:00",
		"Monday, November 23, 2026 2:05 PM EST": "2026-11-23T14:05:00-05:00",
		"2026-11-23":                            "2026-11-23T23:59:59+02:00",
		"2026-11-23+01:00":                      "2026-11-23T23:59:59+01:00",
		"2026-11-23T24:00:00Z":                  "2026-11-24T00:00:00-00:00",
		"2026-12-31T23:59:60Z":                  "2026-12-31T23:59:59-00:00",
		"11/12/2026 14:05":                      "",
		"2026-11-23T14:05:00 BST":               "",
		"2026-02-30T14:05:00Z":                  "",
		"2026-11-23T25:05:00Z":                  "",
		"2026-11-23 14:05 AM":                   "",
		"2026-11-23T14:05:00+19:00":             "",
		"14:05":                                 "",
		"in 2 hours":                            "",
		"":                                      "",
	} {
		loose, ok := parseLooseTime(text)
		got, valid := loose.time(2*3600, true)
		if ok = ok && valid; ok != (want != "") || ok && got.String() != want {
			t.Errorf("%q: %v, %v, want %q", text, got, ok, want)
		}
	}
}

// TestReadLenientUndoesQuirks writes random messages, does to them what
// issuers do without changing what is said, and expects the same messages back.
func TestReadLenientUndoesQuirks(t *testing.T) {
	damage := []func(string) string{
		func(s string) string { return strings.Replace(s, "cap:1.2", "cap:1.1", 1) },
		func(s string) string { return strings.Replace(s, ` xmlns="`+Namespace+`"`, "", 1) },
		func(s string) string {
			return strings.Replace(strings.NewReplacer("</", "</cap:", "<", "<cap:").Replace(s), "xmlns=", "xmlns:cap=", 1)
		},
		func(s string) string { return "<?xml-stylesheet href='a'?>" + s },
		func(s string) string { return "\uFEFF\n<?xml version='1.1' encoding='latin1'?>\n" + s + "\x00\n" },
		func(s string) string { return strings.ReplaceAll(s, "-00:00<", "Z<") },
		func(s string) string { return strings.ReplaceAll(s, "status>", "Status>") },
		func(s string) string { return strings.ReplaceAll(s, ">Actual<", ">\n ACTUAL <") },
		func(s string) string { return strings.ReplaceAll(s, "<urgency>Immediate</urgency>", "") },
		func(s string) string { return in16(s, binary.BigEndian, true) },
	}
	rapid.Check(t, func(t *rapid.T) {
		alert := drawnAlert.Draw(t, "alert")
		for i := range alert.Info {
			if alert.Info[i].Urgency == UrgencyImmediate {
				alert.Info[i].Urgency = UrgencyUnknown // which is what a missing one becomes
			}
		}
		raw, err := Write(alert)
		if err != nil {
			t.Fatal(err)
		}
		if _, findings, err := ReadLenient(raw); err != nil || len(findings) > 0 {
			t.Skip("the text itself looks like HTML")
		}
		text := string(raw)
		for _, quirk := range damage {
			if rapid.Bool().Draw(t, "quirk") {
				text = quirk(text)
			}
		}
		got, _, err := ReadLenient([]byte(text))
		if err != nil {
			t.Fatalf("%v\n%q", err, text)
		}
		if d := diff(alert, got); d != "" {
			t.Fatalf("the message differs (-written +read):\n%s\n%s", d, text)
		}
	})
}

// FuzzReadLenient: every result can be written, and is then read without
// repairs as the same message.
func FuzzReadLenient(f *testing.F) {
	f.Add([]byte(small))
	for _, c := range lenientCases(f) {
		f.Add(c.document)
	}
	f.Add([]byte(in16("<alert><a/></alert>", binary.LittleEndian, false)))
	f.Add([]byte(`{"identifier":"a","info":[{"polygon":[[1,2],[3,4]],"area":{"circle":"1,2 3km"}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		alert, findings, err := ReadLenient(raw)
		if err != nil {
			return
		}
		if len(findings) > maxRepairs+2_000 {
			t.Errorf("%d findings", len(findings))
		}
		checkSettled(t, alert)
	})
}

// A document of many elements is read as it is if it is valid, and else not
// mended, since that would take much memory.
func TestManyElementsAreNotMended(t *testing.T) {
	html := strings.Replace(small, "<area>", strings.Repeat("<parameter><valueName>a</valueName><value>1</value></parameter>", 8_400)+"<resource><resourceDesc>&lt;b></resourceDesc><mimeType>a</mimeType></resource><area>", 1)
	for name, test := range map[string]struct{ raw, rules string }{
		"valid":   {html, ""},
		"invalid": {strings.Replace(html, "<area>", "<are/><area>", 1), "repair.limit cap.element"},
		"refused": {strings.Replace(html, "<area>", "<?a b?><area>", 1), "repair.limit"},
	} {
		x, err := Examine([]byte(test.raw), Lenient)
		if err != nil {
			t.Fatal(err)
		}
		var rules []string
		for _, f := range x.Findings {
			rules = append(rules, string(f.Rule))
			if f.Line < 1 || f.Column < 1 || f.Severity != GravityError {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if got := strings.Join(rules, " "); got != test.rules || x.Valid() != (test.rules == "") {
			t.Errorf("%s: %s, want %s", name, got, test.rules)
		}
	}
}

// TestReadLenientKeepsMemory reads what makes the most of its size.
func TestReadLenientKeepsMemory(t *testing.T) {
	for name, raw := range map[string]string{
		"elements": strings.Replace(small, "<info>", strings.Repeat("<x/>", 49_000)+"<info>", 1),
		"UTF-16":   in16(strings.Replace(small, "<info>", "<!--"+strings.Repeat("漢", 300_000)+"--><info>", 1), binary.BigEndian, true),
		"values":   strings.Replace(small, "<area>", strings.Repeat("<parameter>a=b</parameter>", 9_000)+"<area>", 1),
		"copies":   strings.Replace(small, "<info>", strings.Repeat("<parameter>a=b</parameter>", 9_000)+strings.Repeat("<info/>", 9_000)+"<info>", 1),
		"tags":     strings.Replace(small, "Rauch", strings.Repeat("<b>x</b>", 49_000), 1),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, _ = ReadLenient([]byte(raw)) // whatever it says, it must stay small
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 150<<20 {
			t.Errorf("%s: %d bytes took %d MiB of allocations", name, len(raw), used>>20)
		}
	}
}

func TestEveryRepairHasACase(t *testing.T) {
	used := []string{string(RuleRepairEncoding), string(RuleRepairLimit)} // which have tests of their own
	for _, c := range lenientCases(t) {
		used = append(used, c.rules...)
	}
	for _, rule := range repairRules {
		if !slices.Contains(used, string(rule.ID)) {
			t.Errorf("no case is for %s", rule.ID)
		}
	}
}
