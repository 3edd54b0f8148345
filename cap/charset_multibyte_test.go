// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"bytes"
	"compress/gzip"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

var updateCharsets = flag.Bool("update-charsets", false, "write the tables of the character sets anew")

var multibyteOracles = map[string]encoding.Encoding{
	"gb18030": simplifiedchinese.GB18030, "big5": traditionalchinese.Big5, "euckr": korean.EUCKR,
	"shiftjis": japanese.ShiftJIS, "eucjp": japanese.EUCJP,
}

// decoded is what the oracle makes of bytes.
func decoded(t *testing.T, set string, raw []byte) string {
	t.Helper()
	out, err := multibyteOracles[set].NewDecoder().Bytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestMultibytePairs(t *testing.T) {
	for set := range multibyteOracles {
		t.Run(set, func(t *testing.T) {
			if *updateCharsets {
				writeCharset(t, set)
			}
			var raw []byte
			for lead := 0x80; lead <= 0xFF; lead++ {
				for trail := 0; trail <= 0xFF; trail++ {
					if trail == '\n' || lead == 0x8F && set == "eucjp" || trail >= '0' && trail <= '9' && set == "gb18030" {
						continue // three and four bytes
					}
					// The line end keeps what follows out of a pair.
					raw = append(raw, byte(lead), byte(trail), '\n')
				}
			}
			text, err := decodeMultibyte(string(raw), set)
			if err != nil {
				t.Fatal(err)
			}
			got, want := strings.Split(text, "\n"), strings.Split(decoded(t, set, raw), "\n")
			if len(got) != len(want) {
				t.Fatalf("%d lines, want %d", len(got), len(want))
			}
			for i, line := range got {
				// What stands for nothing may be one replacement or two, and Big5 has
				// four pairs that stand for two characters.
				nothing := strings.ContainsRune(line, utf8.RuneError) && strings.ContainsRune(want[i], utf8.RuneError)
				double := set == "big5" && len([]rune(want[i])) == 2 && strings.HasPrefix(line, "\uFFFD")
				if line != want[i] && !nothing && !double {
					t.Errorf("% X: %q, want %q", raw[3*i:3*i+2], line, want[i])
				}
			}
		})
	}
}

// writeCharset writes the table of a set from what the oracle says of each pair.
func writeCharset(t *testing.T, set string) {
	t.Helper()
	var text, packed bytes.Buffer
	for lead := firstLead; lead <= lastLead; lead++ {
		for trail := firstTrail; trail <= lastTrail; trail++ {
			pair := []rune(decoded(t, set, []byte{byte(lead), byte(trail)}))
			if len(pair) != 1 || set == "shiftjis" && lead >= 0xA1 && lead <= 0xDF || set == "eucjp" && (lead == 0x8E || lead == 0x8F) {
				pair = []rune{utf8.RuneError}
			}
			text.WriteRune(pair[0])
		}
	}
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(text.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("charsets", set+".gz"), packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFourBytesOfGB18030(t *testing.T) {
	var raw []byte
	for r := rune(0x80); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) || r > 0x10FFF && r%257 != 0 {
			continue
		}
		out, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(string(r)))
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, out...)
	}
	got, err := decodeMultibyte(string(raw), "gb18030")
	if err != nil {
		t.Fatal(err)
	}
	want := []rune(decoded(t, "gb18030", raw))
	for i, r := range []rune(got) {
		if r != want[i] {
			t.Fatalf("character %d: %U, want %U", i, r, want[i])
		}
	}
	if n := utf8.RuneCountInString(got); n != len(want) {
		t.Errorf("%d characters, want %d", n, len(want))
	}
}
