// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// The test's own program is the process that reckons, where it is told so.
const asProcess = "TOCSIN_TEST_PROCESS"

func TestMain(m *testing.M) {
	switch os.Getenv(asProcess) {
	case "":
		os.Exit(m.Run())
	case "busy":
		busyLibrary(os.Args[1])
	case "node":
		node(os.Args[1])
	case "stuck": // says that it began, and goes on until it is killed
		lines := NewLines(os.Stdout)
		os.WriteFile(filepath.Join(os.Args[3], "pid"), []byte(strconv.Itoa(os.Getpid())), 0o600)
		lines.Progress(Progress{Stage: StageSearching})
		signal.Ignore(os.Interrupt, syscall.SIGTERM)
		select {}
	case "dies":
		os.Stderr.WriteString("fatal: something of ours\n")
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "works":
		lines := NewLines(os.Stdout)
		if os.Args[1] == "study" {
			lines.Finish(nil, Run(context.Background(), os.Args[3], lines.Progress))
			return
		}
		d, err := Inspect(context.Background(), os.Args[5], Role(os.Args[4]), lines.Progress)
		lines.Finish(&d, err)
	}
}

// node is a process that has a study reckoned by one that never ends.
func node(folder string) {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	p := Process{Command: []string{"/usr/bin/env", asProcess + "=stuck", self}}
	err = p.Reckon(context.Background(), folder, func(Progress) { fmt.Println("it runs") })
	panic(fmt.Sprint("it ended: ", err))
}

// processes are those of the test's program, with a part to play.
func processes(t *testing.T, part string) Options {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := Process{Command: []string{"/usr/bin/env", asProcess + "=" + part, self}}
	return Options{Reckon: p.Reckon, Inspect: p.Inspect}
}

// TestProcess has the same said and made by a process as by this one.
func TestProcess(t *testing.T) {
	apart, here := open(t, processes(t, "works")), open(t, Options{Now: func() time.Time { return time.Unix(0, 0) }})
	work(t, apart)
	work(t, here)
	q := questions()[Sites]
	a, b := wait(t, apart, asked(t, apart, q).ID), wait(t, here, asked(t, here, q).ID)
	if a.State != Done || b.State != Done {
		t.Fatalf("%+v %+v", a.Failure, b.Failure)
	}
	if diff := cmp.Diff(results(t, here, b), results(t, apart, a)); diff != "" {
		t.Error(diff)
	}
	d, e := apart.Datasets(), here.Datasets()
	for i := range d {
		d[i].At, e[i].At = time.Time{}, time.Time{}
	}
	if diff := cmp.Diff(e, d); diff != "" {
		t.Error(diff)
	}
	_, err := apart.Import(t.Context(), Upload{Role: Population, Name: "letter.csv", Content: strings.NewReader("Dear Sir or Madam")})
	_, same := here.Import(t.Context(), Upload{Role: Population, Name: "letter.csv", Content: strings.NewReader("Dear Sir or Madam")})
	if diff := cmp.Diff(refused(t, same), refused(t, err)); diff != "" || problem.KindOf(err) != problem.Unreadable {
		t.Errorf("%v: %s", err, diff)
	}
}

// TestProcessThatDies says so with a remedy, and the queue goes on.
func TestProcessThatDies(t *testing.T) {
	o := processes(t, "dies")
	o.Inspect = nil
	l := open(t, o)
	work(t, l)
	for range 2 {
		s := wait(t, l, asked(t, l, Question{Kind: Coverage}).ID)
		if s.State != Failed || s.Failure.Rule != "study.killed" || s.Failure.Remedy == "" || strings.Contains(s.Failure.Message, "fatal") {
			t.Errorf("%s %+v", s.State, s.Failure)
		}
	}
}

func TestCancel(t *testing.T) {
	o := processes(t, "stuck")
	o.Inspect = nil
	l := open(t, o)
	stop := work(t, l)
	first, second := asked(t, l, Question{Kind: Coverage}), asked(t, l, Question{Kind: Coverage})
	until(t, l, first.ID, func(s Study) bool { return s.State == Running && s.Progress.Stage == StageSearching })
	if err := l.Delete(first.ID); err == nil {
		t.Error("a study was deleted that runs")
	}
	// The one that waits never begins, the one that runs is killed.
	for _, id := range []string{second.ID, first.ID} {
		if err := l.Cancel(id); err != nil {
			t.Fatal(err)
		}
		if s := wait(t, l, id); s.State != Cancelled || s.Finished.IsZero() {
			t.Errorf("%+v", s)
		}
		if err := l.Cancel(id); problem.KindOf(err) != problem.Conflict {
			t.Errorf("cancelled twice: %v", err)
		}
	}
	if err := l.Delete(second.ID); err != nil {
		t.Error(err)
	}
	// One that runs when the node ends waits again.
	third := asked(t, l, Question{Kind: Coverage})
	until(t, l, third.ID, func(s Study) bool { return s.Progress.Stage == StageSearching })
	stop()
	again := open(t, Options{Dir: l.o.Dir})
	if s, err := again.Study(third.ID); err != nil || s.State != Waiting || begun(again.Folder(third.ID)) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	work(t, again)
	if s := wait(t, again, third.ID); s.State != Done {
		t.Errorf("%+v", s)
	}
	if s, err := again.Study(first.ID); err != nil || s.State != Cancelled {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := again.Study(second.ID); problem.KindOf(err) != problem.NotFound {
		t.Errorf("deleted: %v", err)
	}
}

// until waits for a study to be as it should.
func until(t *testing.T, l *Library, id string, is func(Study) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), eventually.Patience)
	defer cancel()
	for {
		changed := l.Changed()
		s, err := l.Study(id)
		if err != nil {
			t.Fatal(err)
		}
		if is(s) {
			return
		}
		if s.State.Over() {
			t.Fatalf("it is over: %+v", s)
		}
		select {
		case <-ctx.Done():
			t.Fatalf("it did not come to that: %+v", s)
		case <-changed:
		}
	}
}

// TestNodeThatEndsTwice does not try for ever what may have brought it down.
func TestNodeThatEndsTwice(t *testing.T) {
	l := open(t, Options{})
	s := asked(t, l, Question{Kind: Coverage})
	folder := l.Folder(s.ID)
	for _, test := range []struct {
		begun string
		want  State
	}{{"", Waiting}, {".", Waiting}, {"..", Failed}} {
		if err := os.WriteFile(filepath.Join(folder, begunFile), []byte(test.begun), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := open(t, Options{Dir: l.o.Dir}).Study(s.ID)
		if err != nil || again.State != test.want {
			t.Errorf("begun %d times: %+v, %v", len(test.begun), again, err)
		}
		if test.want == Failed && again.Failure.Rule != "study.restarted" {
			t.Errorf("%+v", again.Failure)
		}
	}
}

// downloaded unpacks a study that was fetched as a whole, and gives its folder.
func downloaded(t *testing.T, l *Library, id string) string {
	t.Helper()
	var packed bytes.Buffer
	if err := l.WriteArchive(&packed, id); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, archive); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, id)
}

// TestAgain makes a study again that was downloaded, and finds what was changed.
func TestAgain(t *testing.T) {
	l := open(t, Options{})
	work(t, l)
	s := wait(t, l, asked(t, l, questions()[Programme]).ID)
	away := downloaded(t, l, s.ID)
	if differ, err := Again(t.Context(), away, nil); err != nil || len(differ) != 0 {
		t.Errorf("%v differ, %v", differ, err)
	}
	if err := os.WriteFile(filepath.Join(away, "sites.csv"), []byte("order,id\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(away, "map.png")); err != nil {
		t.Fatal(err)
	}
	differ, err := Again(t.Context(), away, nil)
	if diff := cmp.Diff([]string{"map.png", "sites.csv"}, differ); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if err := os.RemoveAll(filepath.Join(away, "files", s.Question.Sirens)); err != nil {
		t.Fatal(err)
	}
	if _, err := Again(t.Context(), away, nil); refused(t, err)[0] != "study.file-missing" {
		t.Errorf("without its files: %v", err)
	}
}
