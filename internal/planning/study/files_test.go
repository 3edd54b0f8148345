// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func TestDatasets(t *testing.T) {
	l := open(t, Options{})
	d := keep(t, l, Population, "../../C:\\data\\zensus\x002022.csv", town())
	if d.Name != "zensus2022.csv" || d.Counts["cells"] != 400 || d.Counts["refused"] != 1 || len(d.Notes) != 1 || d.Licence == "" {
		t.Errorf("%+v", d)
	}
	if again := keep(t, l, Population, "other.csv", town()); again.Name != d.Name || len(l.Datasets()) != 1 {
		t.Errorf("the same file twice: %+v", again)
	}
	list := keep(t, l, Sirens, "sirens.csv", sirens(t))
	if n := list.Notes; len(n) != 1 || n[0].Row != 3 || !strings.Contains(n[0].Text, "lat") || list.Counts["sirens"] != 1 {
		t.Errorf("row, column and remedy: %+v", list)
	}
	regions := keep(t, l, Regions, "gemeinden.geojson", halves(t))
	if regions.Counts["regions"] != 3 || regions.Licence != "dl-de/by-2-0" {
		t.Errorf("%+v", regions)
	}
	s, err := l.Ask(t.Context(), Question{Title: "Heute", Population: d.SHA256, Sirens: list.SHA256}, "anna")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Remove(d.SHA256, true); refused(t, err)[0] != "study.in-use" {
		t.Errorf("a file was removed that a study waits for: %v", err)
	}
	work(t, l)
	wait(t, l, s.ID)
	if err := l.Remove(d.SHA256, false); refused(t, err)[0] != "study.in-use" || !strings.Contains(err.Error(), "Heute") {
		t.Errorf("a file was removed that a study used: %v", err)
	}
	if err := l.Remove(d.SHA256, true); err != nil {
		t.Error(err)
	}
	if err := l.Remove(regions.SHA256, false); err != nil {
		t.Error(err)
	}
	if err := l.Remove("../library", false); refused(t, err)[0] != "study.no-dataset" {
		t.Errorf("%v", err)
	}
	if again := open(t, Options{Dir: l.o.Dir}).Datasets(); len(again) != 1 || again[0].SHA256 != list.SHA256 {
		t.Errorf("opened again: %+v", again)
	}
	if a, err := l.Answer(s.ID); err != nil || a.Coverage.People == 0 {
		t.Errorf("the study cannot be read any more: %v", err)
	}
}

// broken gives some bytes, then an error.
type broken struct{ rest string }

func (b *broken) Read(p []byte) (int, error) {
	if b.rest == "" {
		return 0, errors.New("the line broke")
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func TestFilesThatCannotBeKept(t *testing.T) {
	free := uint64(1 << 40)
	l := open(t, Options{FreeSpace: func() (uint64, error) { return free, nil }})
	for _, test := range []struct {
		name   string
		upload Upload
		want   string
	}{
		{"no role", Upload{Content: strings.NewReader(town())}, "study.role"},
		{"nothing", Upload{Role: Population, Content: strings.NewReader("")}, "study.file-empty"},
		{"too large", Upload{Role: Population, Size: MaxFile + 1, Content: strings.NewReader(town())}, "study.file-large"},
		{"a line that broke", Upload{Role: Population, Content: &broken{town()}}, "study.upload"},
		{"a letter", Upload{Role: Population, Content: strings.NewReader("Dear Sir")}, "study.file"},
		{"no regions", Upload{Role: Regions, Content: strings.NewReader(`{"type":"FeatureCollection","features":[]}`)}, "study.file"},
		{"a shapefile alone", Upload{Role: Regions, Content: strings.NewReader("\x00\x00\x27\x0a and more to come")}, "study.file"},
		{"no row that can be used", Upload{Role: Sirens, Content: strings.NewReader("id,lat,lon\ns,here,there\n")}, "study.list-empty"},
		{"no elevations", Upload{Role: Terrain, Name: "N52E013.hgt", Content: strings.NewReader("flat")}, "study.file"},
		{"an archive of nothing", Upload{Role: Terrain, Name: "a.zip", Content: strings.NewReader("PK\x03\x04 no archive")}, "study.file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := l.Import(t.Context(), test.upload)
			if got := refused(t, err); got[0] != test.want {
				t.Errorf("%v: %v", got, err)
			}
		})
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Import(cancelled, Upload{Role: Population, Content: strings.NewReader(town())}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	free = leastFree
	if _, err := l.Import(t.Context(), Upload{Role: Population, Size: 1, Content: strings.NewReader(town())}); refused(t, err)[0] != "study.disk" {
		t.Errorf("a disk that is nearly full: %v", err)
	}
	entries, err := os.ReadDir(l.filesFolder())
	if err != nil || len(entries) != 0 || len(l.Imports()) != 0 {
		t.Errorf("something was left: %v, %v", entries, err)
	}
}

// TestMemory refuses what does not fit, and says what it needs.
func TestMemory(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(512 << 20))
	err := planning.Fits(planning.Memory(), 12_000_000)
	if p, ok := errors.AsType[*problem.Error](err); !ok || p.Rule != "study.memory" || p.Args[0] != "12000000" || p.Remedy == "" {
		t.Errorf("%v", err)
	}
	if err := planning.Fits(planning.Memory(), 80_000); err != nil {
		t.Error(err)
	}
}

// hill is a .hgt of three arc-seconds with a ridge along a meridian.
func hill() []byte {
	const side = 1201
	var b bytes.Buffer
	for range side {
		for x := range side {
			height := int16(30)
			if x%10 == 5 {
				height = 230
			}
			binary.Write(&b, binary.BigEndian, height)
		}
	}
	return b.Bytes()
}

// TestTerrain puts hills into the way, from an archive of elevations.
func TestTerrain(t *testing.T) {
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, name := range []string{"../../tiles/N52E013.hgt", "README.txt"} {
		w, err := archive.Create(name)
		if err == nil {
			_, err = w.Write(hill())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	l := open(t, Options{})
	work(t, l)
	d := keep(t, l, Terrain, "hills.zip", packed.String())
	if d.Counts["elevations"] != 1 || d.Counts["spacing"] == 0 {
		t.Errorf("%+v", d)
	}
	flat := Question{Kind: Coverage, Assumptions: earshot.Assumptions{Model: earshot.ISO9613}}
	hilly := flat
	hilly.Terrain = d.SHA256
	a, b := wait(t, l, asked(t, l, flat).ID), wait(t, l, asked(t, l, hilly).ID)
	if a.State != Done || b.State != Done || b.Summary.Before >= a.Summary.Before {
		t.Errorf("%+v %+v: %+v, behind hills %+v", a.Failure, b.Failure, a.Summary, b.Summary)
	}
	left, err := filepath.Glob(filepath.Join(l.Folder(b.ID), "reading-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestFailureNamesNoFolder says what is wrong with a file by its name alone.
func TestFailureNamesNoFolder(t *testing.T) {
	l := open(t, Options{Inspect: func(_ context.Context, _ string, role Role, _ func(Progress)) (Dataset, error) {
		return Dataset{Role: role}, nil
	}})
	work(t, l)
	people := keep(t, l, Population, "letter.csv", "Dear Sir")
	list := keep(t, l, Sirens, "sirens.csv", sirens(t))
	s, err := l.Ask(t.Context(), Question{Population: people.SHA256, Sirens: list.SHA256}, "anna")
	if err != nil {
		t.Fatal(err)
	}
	if s = wait(t, l, s.ID); s.State != Failed || !strings.Contains(s.Failure.Message, "letter.csv") || strings.Contains(fmt.Sprint(s.Failure), l.o.Dir) {
		t.Errorf("%+v", s.Failure)
	}
}

// FuzzFolder reads studies whose files anyone may have written.
func FuzzFolder(f *testing.F) {
	f.Add([]byte(`{"id":"a","question":{"kind":"coverage","population":"P","sirens":"S"},"files":[{"role":"population","name":"p.csv","sha256":"P"},{"role":"sirens","name":"s.csv","sha256":"S"}]}`), []byte("GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner\nCRS3035RES100mN3260000E4530000;4530050;3260050;300\n"), []byte("id,lat,lon\na,52.41,13.07\n"))
	f.Add([]byte(`{"question":{"kind":"sites","population":"P","candidates":"cells:100","budget":20000,"steps":1},"files":[{"role":"population","name":"../p.csv","sha256":"P"}]}`), []byte("GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner\nCRS3035RES100mN3260000E4530000;4530050;3260050;300\n"), []byte(""))
	f.Add([]byte(`{"question":{"kind":"programme","population":"P","candidates":"S","years":[{"year":2027,"budget":1e9}],"split":"need","areas":["12"]},"files":null}`), []byte(""), []byte("{}"))
	f.Fuzz(func(t *testing.T, question, people, list []byte) {
		folder := t.TempDir()
		p, s := strings.Repeat("a", 64), strings.Repeat("b", 64)
		question = bytes.ReplaceAll(bytes.ReplaceAll(question, []byte(`"P"`), []byte(`"`+p+`"`)), []byte(`"S"`), []byte(`"`+s+`"`))
		for name, content := range map[string][]byte{"study.json": question, "files/" + p: people, "files/" + s: list} {
			if err := errors.Join(os.MkdirAll(filepath.Join(folder, "files"), 0o700), os.WriteFile(filepath.Join(folder, name), content, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		r := &run{folder: folder, out: folder, tell: serial(nil)}
		err := r.stages(t.Context(), r.read)
		if err == nil && r.inputs.Grid.Len() == 0 {
			t.Error("a study about nobody")
		}
		if _, ok := errors.AsType[*problem.Error](err); err != nil && !ok {
			t.Errorf("no refusal: %v", err)
		}
	})
}
