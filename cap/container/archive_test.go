// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type file struct{ name, content string }

func pack(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		entry, err := w.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(f.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestArchives(t *testing.T) {
	large := strings.Repeat(" ", MaxMessage-len(alert))
	damaged := pack(t, file{"a.xml", alert}, file{"b.xml", alert})
	damaged[bytes.Index(damaged, []byte("a.xml"))+40] ^= 0xFF
	encrypted := pack(t, file{"a.xml", alert})
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1
	inner := string(pack(t, file{"a.xml", alert}))
	nested := string(pack(t, file{"b.zip", inner}))
	tests := []struct {
		name string
		raw  []byte
		want []string
	}{
		{"files", pack(t, file{"a.xml", alert}, file{"folder/", ""}, file{"folder/b.json", "{}"}, file{"empty", ""}),
			[]string{"x/a.xml is xml at 1: ALERT", "x/folder/b.json is json at 1: {}", "x/empty notes: the file is empty"}},
		{"names that are paths", pack(t, file{"../../etc/passwd", alert}, file{"/a\x1b\n", alert}),
			[]string{"x/../../etc/passwd is xml at 1: ALERT", "x//a\uFFFD\uFFFD is xml at 1: ALERT"}},
		{"the largest file and one too large", pack(t, file{"a", alert + large}, file{"b", alert + large + " "}),
			[]string{"x/a is xml at 1: " + alert + large, "x/b fails: the message has more than the 1048576 bytes allowed"}},
		{"a feed", pack(t, file{"a", atom + "<entry><link href='b'/></entry></feed>"}), []string{"x/a#1 links b"}},
		{"a damaged file", damaged, []string{"x/a.xml fails: reading it: flate: corrupt input before offset 38", "x/b.xml is xml at 1: ALERT"}},
		{"an encrypted file", encrypted, []string{"x/a.xml fails: the file is encrypted"}},
		{"an empty container", pack(t), []string{"x notes: the zip container holds no file"}},
		{"a container in a container", []byte(nested), []string{"x/b.zip/a.xml is xml at 1: ALERT"}},
		{"one more", pack(t, file{"c.zip", nested}), []string{"x/c.zip/b.zip fails: the archives lie too deep in each other"}},
		{"too large a container in a container", pack(t, file{"c.zip", inner + strings.Repeat(" ", maxNested)}),
			[]string{"x/c.zip fails: the archive inside an archive has more than the 8388608 bytes allowed"}},
		{"a cut container", []byte(inner[:len(inner)-10]), []string{"x fails: reading the zip container: zip: not a valid zip file"}},
		{"gzip", []byte(compressed(t, alert)), []string{"x is xml at 1: ALERT"}},
		{"zip in gzip", []byte(compressed(t, inner)), []string{"x/a.xml is xml at 1: ALERT"}},
		{"gzip in zip", pack(t, file{"a.xml.GZ", compressed(t, alert)}), []string{"x/a.xml is xml at 1: ALERT"}},
		{"cut gzip", []byte(compressed(t, alert)[:60]), []string{"x fails: reading it: unexpected EOF"}},
		{"gzip of too much", []byte(compressed(t, strings.Repeat(" ", 2<<20)+alert)), []string{"x fails: the message has more than the 1048576 bytes allowed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(test.want, all(Bytes("x", test.raw))); d != "" {
				t.Errorf("other items (-want +got):\n%s", d)
			}
		})
	}
}

func TestZipBombs(t *testing.T) {
	var bomb []file
	for i := range 130 {
		bomb = append(bomb, file{fmt.Sprint(i), atom + strings.Repeat(" ", 1<<20-len(atom)-7) + "</feed>"})
	}
	got := all(Bytes("x", pack(t, bomb...)))
	if len(got) != 129 || !strings.HasSuffix(got[128], "the files in the archive have more than the 134217728 bytes allowed") {
		t.Errorf("%d items, the last %s", len(got), got[len(got)-1])
	}
	many := make([]file, 5_001)
	for i := range many {
		many[i].name = fmt.Sprint(i)
	}
	want := []string{"x fails: the zip container has more than the 5000 files allowed"}
	if d := cmp.Diff(want, all(Bytes("x", pack(t, many...)))); d != "" {
		t.Error(d)
	}
	if got := all(Bytes("x", pack(t, many[1:]...))); len(got) != 5_000 {
		t.Errorf("5,000 files give %d items", len(got))
	}
	// Directory headers with long comments that the container does not announce.
	header := make([]byte, 46)
	copy(header, "PK\x01\x02")
	binary.LittleEndian.PutUint16(header[32:], 60_000)
	long := bytes.Repeat(header, 100)
	want = []string{"x fails: the directory of the zip container has more than the 4194304 bytes allowed"}
	if d := cmp.Diff(want, all(Bytes("x", append([]byte("PK\x03\x04"), long...)))); d != "" {
		t.Error(d)
	}
}
