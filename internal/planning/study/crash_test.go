// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// acknowledged is what the process of a busy library says of what it has done.
type acknowledged struct {
	Did string // kept, removing, removed, asked, over, deleting or deleted
	ID  string
}

// busyLibrary opens the library in a folder, works, and keeps, asks, removes and
// deletes without end. It says what it has done, each when it is done.
func busyLibrary(dir string) {
	o := Options{Dir: dir, Reckon: func(ctx context.Context, folder string, _ func(Progress)) error {
		for _, name := range []string{"map.png", "regions.csv", answerFile} { // as Run writes them
			r := run{out: folder, answer: Answer{}}
			if err := r.write(name, func(w io.Writer) error {
				_, err := w.Write([]byte("{}\n"))
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	}}
	l, err := Open(o)
	if err != nil {
		panic(err)
	}
	go l.Work(context.Background())
	say := json.NewEncoder(os.Stdout)
	did := func(what, id string, err error) {
		if err != nil {
			panic(fmt.Sprint(what, ": ", err))
		}
		say.Encode(acknowledged{what, id})
	}
	for n := 0; ; n++ {
		people := fmt.Sprintf("GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner\nCRS3035RES100mN3260000E4530000;4530050;3260050;%d\n", 1+rand.IntN(1_000_000))
		d, err := l.Import(context.Background(), Upload{Role: Population, Name: "p.csv", Content: strings.NewReader(people)})
		did("kept", d.SHA256, err)
		s, err := l.Ask(context.Background(), Question{Kind: Sites, Population: d.SHA256, Candidates: "cells:500", Share: 0.5}, "anna")
		did("asked", s.ID, err)
		if n%3 == 0 {
			continue
		}
		_, err = l.Wait(context.Background(), s.ID)
		did("over", s.ID, err)
		if n%3 == 1 {
			did("deleting", s.ID, nil)
			did("deleted", s.ID, l.Delete(s.ID))
			did("removing", d.SHA256, nil)
			did("removed", d.SHA256, l.Remove(d.SHA256, false))
		}
		if len(l.Datasets()) > 100 {
			select {}
		}
	}
}

// interrupted is what processes had acknowledged that were ended in their work.
type interrupted struct{ datasets, studies map[string]string }

// run lets a process work with the library in a folder until it has acknowledged so
// much, and has it ended. What it says after that is as good as unsaid.
func (i interrupted) run(t *testing.T, dir string, after int, end func(*exec.Cmd)) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self, dir)
	command.Env = append(os.Environ(), asProcess+"=busy")
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		var a acknowledged
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		of := i.studies
		if a.Did == "kept" || a.Did == "removing" || a.Did == "removed" {
			of = i.datasets
		}
		switch ended := a.Did == "deleted" || a.Did == "removed"; {
		case n <= after:
			of[a.ID] = a.Did
		case ended || strings.HasSuffix(a.Did, "ing"):
			of[a.ID] = "going" // or gone, or not begun
		}
		if n == after {
			end(command)
		}
	}
	command.Process.Kill() // it may have seen its disk fail
	if err := command.Wait(); err == nil {
		t.Fatal("it ended by itself")
	}
}

// TestKilledAtAnyMoment kills a process that works with a library, again and again
// in the same folder: what it had acknowledged is there, and nothing else is.
func TestKilledAtAnyMoment(t *testing.T) {
	dir, so := t.TempDir(), interrupted{map[string]string{}, map[string]string{}}
	random := rand.New(rand.NewPCG(1, 2))
	for range 25 {
		so.run(t, dir, 1+random.IntN(12), func(c *exec.Cmd) {
			time.AfterFunc(time.Duration(random.IntN(20_000))*time.Microsecond, func() { c.Process.Kill() })
		})
		so.check(t, dir)
	}
	if len(so.studies) < 25 {
		t.Errorf("only %d studies were asked for", len(so.studies))
	}
}

// check opens a library and holds it against what was acknowledged. What was under
// way when the process died may be there or not, but whole.
func (i interrupted) check(t *testing.T, dir string) {
	t.Helper()
	datasets, studies := i.datasets, i.studies
	l := open(t, Options{Dir: dir})
	there := map[string]bool{}
	for _, d := range l.Datasets() {
		there[d.SHA256] = true
		raw, err := os.ReadFile(filepath.Join(l.filesFolder(), d.SHA256))
		sum := sha256.Sum256(raw)
		if err != nil || hex.EncodeToString(sum[:]) != d.SHA256 || d.Counts["cells"] != 1 {
			t.Errorf("dataset %+v: %v", d, err)
		}
		datasets[d.SHA256] = cmp.Or(datasets[d.SHA256], "kept")
	}
	settled(t, datasets, there, "kept", "removed")
	found := map[string]bool{}
	for _, s := range l.Studies() {
		found[s.ID] = true
		if studies[s.ID] == "over" && s.State != Done || s.State == Running || s.Question.Candidates != "cells:500" {
			t.Errorf("study %+v, last heard: %s", s, studies[s.ID])
		}
		studies[s.ID] = cmp.Or(studies[s.ID], "asked")
	}
	settled(t, studies, found, "asked", "deleted")
	for _, folder := range []string{l.filesFolder(), l.studiesFolder()} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if name := strings.TrimSuffix(e.Name(), ".json"); !there[name] && !found[name] {
				t.Errorf("%s was left behind", e.Name())
			}
		}
	}
}

// settled holds what was acknowledged against what is there, and forgets what was
// under way.
func settled(t *testing.T, said map[string]string, there map[string]bool, begun, ended string) {
	t.Helper()
	for id, did := range said {
		switch {
		case did == ended && there[id]:
			t.Errorf("%s was %s and is back", id, ended)
		case strings.HasSuffix(did, "ing") && there[id]:
			said[id] = begun
		case strings.HasSuffix(did, "ing"):
			said[id] = ended
		case did != ended && !there[id]:
			t.Errorf("%s was %s and is gone", id, did)
		}
	}
}
