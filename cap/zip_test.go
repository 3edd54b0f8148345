// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// pack makes a container; sizes are of files of zeros.
func pack(t testing.TB, files map[string]string, zeros ...int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	create := func(name string, content io.Reader) {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(f, content); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		create(name, strings.NewReader(content))
	}
	for i, size := range zeros {
		create(fmt.Sprintf("zeros-%d", i), bytes.NewReader(make([]byte, size)))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadZip(t *testing.T) {
	files, err := ReadZip(pack(t, map[string]string{"a.xml": small, "folder/": ""}, 1<<20, 1<<20+1))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Fatalf("ReadZip gives %d files, want 3", len(files))
	}
	for _, file := range files {
		switch file.Name {
		case "a.xml":
			if file.Err != nil || string(file.Raw) != small {
				t.Errorf("a.xml came out as %q, error %v", file.Raw, file.Err)
			}
		case "zeros-0":
			if file.Err != nil || len(file.Raw) != 1<<20 {
				t.Errorf("a file of 1 MiB came out with %d bytes, error %v", len(file.Raw), file.Err)
			}
		case "zeros-1":
			if file.Err == nil || file.Raw != nil {
				t.Errorf("a file above 1 MiB came out with %d bytes", len(file.Raw))
			}
		}
	}
}

func TestReadZipFindsDamage(t *testing.T) {
	raw := pack(t, map[string]string{"a.xml": small})
	at := bytes.Index(raw, []byte("a.xml")) + 40
	raw[at] ^= 0xFF
	files, err := ReadZip(raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 || files[0].Err == nil || files[0].Raw != nil {
		t.Errorf("a damaged file came out: %+v", files)
	}
}

func TestReadZipRefuses(t *testing.T) {
	many := map[string]string{}
	for i := range 5_001 {
		many[fmt.Sprintf("%d.xml", i)] = ""
	}
	bomb := make([]int, 130)
	for i := range bomb {
		bomb[i] = 1<<20 + 1
	}
	for name, raw := range map[string][]byte{
		"nothing":           nil,
		"XML":               []byte(small),
		"too many files":    pack(t, many),
		"too much together": pack(t, nil, bomb...),
		"too large":         make([]byte, 32<<20+1),
	} {
		t.Run(name, func(t *testing.T) {
			if files, err := ReadZip(raw); err == nil {
				t.Errorf("ReadZip gives %d files", len(files))
			}
		})
	}
}

func FuzzReadZip(f *testing.F) {
	f.Add(pack(f, map[string]string{"a.xml": "<a/>"}))
	f.Add(pack(f, map[string]string{"b/": "", "b/c.xml": ""}, 100))
	f.Fuzz(func(t *testing.T, raw []byte) {
		files, err := ReadZip(raw)
		if err != nil && files != nil {
			t.Error("files and an error for the whole container")
		}
		for _, file := range files {
			if file.Err != nil && file.Raw != nil || len(file.Raw) > 1<<20 {
				t.Errorf("%q has %d bytes and the error %v", file.Name, len(file.Raw), file.Err)
			}
		}
	})
}
