// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(string(want), string(got)); d != "" {
		t.Errorf("differs from %s (-want +got); -update writes it anew:\n%s", name, d)
	}
}

func TestWrittenFormsStayAsTheyAre(t *testing.T) {
	raw, err := Write(flood(t))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "flood.xml", raw)
	raw, err = json.MarshalIndent(flood(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "flood.json", append(raw, '\n'))
}

func TestWriteRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Alert)
		path   string
	}{
		{"an empty message", func(a *Alert) { *a = Alert{} }, "alert/identifier"},
		{"a missing time", func(a *Alert) { a.Sent = Time{} }, "alert/sent"},
		{"a time with a fraction", func(a *Alert) { a.Info[0].Onset.Time = a.Sent.Add(time.Millisecond) }, "alert/info[1]/onset"},
		{"a time with an odd offset", func(a *Alert) { a.Sent.Time = a.Sent.In(time.FixedZone("", 30)) }, "alert/sent"},
		{"a year of five digits", func(a *Alert) { a.Sent.Time = a.Sent.AddDate(9000, 0, 0) }, "alert/sent"},
		{"an unknown value", func(a *Alert) { a.Info[1].Severity = "Heavy" }, "alert/info[2]/severity"},
		{"text that is not UTF-8", func(a *Alert) { a.Info[0].Headline = "K\xF6ln" }, "alert/info[1]/headline"},
		{"a control character", func(a *Alert) { a.Note = "a\x00b" }, "alert/note"},
		{"a reference that splits", func(a *Alert) { a.References[0].Sender = "a b" }, "alert/references"},
		{"a reference with a control character", func(a *Alert) { a.References[0].Sender = "a\x01b" }, "alert/references"},
		{"an endless coordinate", func(a *Alert) { a.Info[0].Area[0].Polygon[0][1].Lat = math.Inf(1) }, "alert/info[1]/area[1]/polygon[1]"},
		{"an endless radius", func(a *Alert) { a.Info[0].Area[0].Circle[0].RadiusKM = math.Inf(1) }, "alert/info[1]/area[1]/circle[1]"},
		{"an altitude that is no number", func(a *Alert) { *a.Info[0].Area[0].Altitude = math.NaN() }, "alert/info[1]/area[1]/altitude"},
		{"a negative size", func(a *Alert) { *a.Info[0].Resource[0].Size = -1 }, "alert/info[1]/resource[1]/size"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			alert := flood(t)
			test.change(alert)
			_, err := Write(alert)
			var invalid *InvalidError
			if !errors.As(err, &invalid) || invalid.Findings[0].Path != test.path || invalid.Findings[0].Line != 0 {
				t.Errorf("Write gives %v, want a fault at %s without line", err, test.path)
			}
		})
	}
}

func TestWriteRefusesWhatTheGateWouldRefuse(t *testing.T) {
	for name, change := range map[string]func(*Alert){
		"a long headline": func(a *Alert) { a.Info[0].Headline = strings.Repeat("x", 64<<10+1) },
		"many codes":      func(a *Alert) { a.Code = make([]string, 50_000); fill(a.Code) },
		"many descriptions": func(a *Alert) {
			a.Info[0].Description = strings.Repeat("x", 500<<10)
			a.Info = append(a.Info, a.Info[0], a.Info[0])
		},
	} {
		t.Run(name, func(t *testing.T) {
			alert := flood(t)
			change(alert)
			_, err := Write(alert)
			var refusal *Refusal
			if !errors.As(err, &refusal) {
				t.Errorf("Write gives %v, want a *Refusal", err)
			}
		})
	}
}

func fill(codes []string) {
	for i := range codes {
		codes[i] = "x"
	}
}

func TestNewTimeIsWritable(t *testing.T) {
	berlin := time.FixedZone("LMT", 53*60+28)
	got := NewTime(time.Date(2026, 11, 23, 14, 5, 0, 999, berlin))
	if got.String() != "2026-11-23T14:04:32+00:53" || got.check() != nil {
		t.Errorf("NewTime gives %v, check %v", got, got.check())
	}
	if got := NewTime(time.Date(2026, 11, 23, 13, 5, 0, 0, time.UTC)).String(); got != "2026-11-23T13:05:00-00:00" {
		t.Errorf("UTC is written %s", got)
	}
}

func TestParseTimeRefuses(t *testing.T) {
	for _, text := range []string{
		"", "2026-11-23", "2026-11-23T14:05:00", "2026-11-23T14:05:00Z", "2026-11-23T14:05:00.0+01:00", "2026-11-23t14:05:00+01:00",
		"2026-11-23T14:05:00,01:00", "2026-11-23T24:00:01+01:00", "2026-11-23T24:01:00+01:00", "2026-11-23T14:60:00+01:00",
		"2026-11-23T14:05:60+01:00", "2026-13-01T14:05:00+01:00", "2026-02-29T14:05:00+01:00", "2026-00-10T14:05:00+01:00",
		"2026-11-00T14:05:00+01:00", "0000-11-23T14:05:00+01:00", "2026-11-23T14:05:00+14:01", "2026-11-23T14:05:00+01:60",
		"２026-11-23T14:05:00+01", " 2026-11-23T14:05:00+01:00",
	} {
		if got, err := ParseTime(text); err == nil {
			t.Errorf("ParseTime(%q) gives %v", text, got)
		}
	}
}

func TestTimeIsKeptAsWritten(t *testing.T) {
	for verbatim, written := range map[string]string{
		"2026-11-23T14:05:00+01:00": "2026-11-23T14:05:00+01:00",
		"2026-11-23T14:05:00+00:00": "2026-11-23T14:05:00-00:00",
		"2026-11-23T14:05:00-00:00": "2026-11-23T14:05:00-00:00",
		"2026-11-23T24:00:00+00:00": "2026-11-23T24:00:00-00:00",
		"9999-12-31T24:00:00+01:00": "9999-12-31T24:00:00+01:00",
		"2024-02-29T00:00:00-14:00": "2024-02-29T00:00:00-14:00",
	} {
		parsed, err := ParseTime(verbatim)
		if err != nil || parsed.check() != nil {
			t.Errorf("ParseTime(%q): %v, %v", verbatim, err, parsed.check())
		}
		if parsed.Verbatim() != verbatim || parsed.String() != written {
			t.Errorf("ParseTime(%q) gives %q and writes %q, want %q", verbatim, parsed.Verbatim(), parsed, written)
		}
	}
	moved, err := ParseTime("2026-11-23T24:00:00+00:00")
	if err != nil {
		t.Fatal(err)
	}
	moved.Time = moved.Add(time.Hour).In(zone(3600))
	if got, want := moved.Verbatim(), "2026-11-24T02:00:00+01:00"; got != want {
		t.Errorf("a time moved on is written %q, want %q", got, want)
	}
}

func TestTimeUnmarshals(t *testing.T) {
	var got struct{ A, B, C Time }
	if err := json.Unmarshal([]byte(`{"A":"2026-11-23T14:05:00-00:00","B":null,"C":""}`), &got); err != nil {
		t.Fatal(err)
	}
	if got.A.String() != "2026-11-23T14:05:00-00:00" || !got.B.IsZero() || !got.C.IsZero() {
		t.Errorf("unmarshalled %v", got)
	}
	for _, raw := range []string{`{"A":5}`, `{"A":"2026-11-23T14:05:00Z"}`} {
		if err := json.Unmarshal([]byte(raw), &got); err == nil {
			t.Errorf("%s is accepted", raw)
		}
	}
}

// TestContentDigestVector holds docs/formats/content-digest.md to its word: the
// message there is one that Write emits, and its digest and code are those
// that the page gives, both by the page's rule and by ContentDigest.
func TestContentDigestVector(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "formats", "content-digest.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```xml\n(.*?)\n```").FindSubmatch(page)
	if block == nil {
		t.Fatal("the page has no message")
	}
	message := block[1]
	alert, err := Read(message)
	if err != nil {
		t.Fatal(err)
	}
	written, err := Write(alert)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(string(message), string(written)); d != "" {
		t.Errorf("the page's message is not as Write emits it:\n%s", d)
	}
	byRule := sha256.Sum256(regexp.MustCompile(`<sent>[^<]*</sent>`).ReplaceAll(message, nil))
	digest, err := ContentDigest(alert)
	if err != nil {
		t.Fatal(err)
	}
	if digest != byRule {
		t.Errorf("ContentDigest is %x, by the documented rule it is %x", digest, byRule)
	}
	for _, value := range []string{hex.EncodeToString(digest[:]), "`" + ContentCode(digest) + "`"} {
		if !strings.Contains(string(page), value) {
			t.Errorf("the page does not have %s", value)
		}
	}
}

func TestContentDigestCoversAllButSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alert := drawnAlert.Draw(t, "alert")
		first, err := ContentDigest(alert)
		if err != nil {
			t.Fatal(err)
		}
		moved := *alert
		moved.Sent = absentOr(t, "sent", drawnTime)
		if second, err := ContentDigest(&moved); err != nil || second != first {
			t.Fatalf("another time of sending changes the digest, or fails: %v", err)
		}
		moved.Note += "x"
		if second, err := ContentDigest(&moved); err != nil || second == first {
			t.Fatalf("another note does not change the digest, or fails: %v", err)
		}
	})
}

func TestContentDigestOfText(t *testing.T) {
	alert := flood(t)
	alert.Identifier = "%3Csent%3E" // comes before the element itself
	alert.Note = "<sent>x</sent>"
	content, err := Content(alert)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), "&lt;sent&gt;x&lt;/sent&gt;") || strings.Contains(string(content), "<sent>") {
		t.Errorf("the wrong bytes were cut out:\n%s", content)
	}
}

func TestContentCode(t *testing.T) {
	for want, digest := range map[string][32]byte{
		"000000": {},
		"000007": {7: 7, 8: 0xFF},
		"551615": {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
	} {
		if got := ContentCode(digest); got != want {
			t.Errorf("ContentCode(%x) = %s, want %s", digest, got, want)
		}
	}
}
