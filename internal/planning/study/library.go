// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// The limits of a library.
const (
	// MaxFile is the largest file taken, in bytes, and maxKept that of all.
	MaxFile = 1 << 30
	maxKept = 20 << 30
	// maxDatasets and maxStudies are kept, and maxWaiting studies wait at most.
	maxDatasets = 200
	maxStudies  = 500
	maxWaiting  = 20
	// maxImports files come at a time.
	maxImports = 4
	// leastFree bytes stay free on the disk, for what warns.
	leastFree = 1 << 30
)

// Options are what a library needs.
type Options struct {
	// Dir is the folder; it is made when absent and belongs to one library at a time.
	Dir string
	// Reckon carries out a study in its folder, and Inspect looks into a file, such
	// as those of a Process; nil stands for Run and Inspect in this process.
	Reckon  func(ctx context.Context, folder string, progress func(Progress)) error
	Inspect func(ctx context.Context, path string, role Role, progress func(Progress)) (Dataset, error)
	// FreeSpace is how many bytes are free on the disk; nil where nobody knows.
	FreeSpace func() (uint64, error)
	Now       func() time.Time
	Logger    *slog.Logger
}

// Own is something that the node knows itself, and keeps as a file when a study
// uses it.
type Own struct {
	Role Role
	// Name is that of the file; its ending says its form.
	Name string
	// Describe says how much it is now.
	Describe func() Dataset
	Write    func(io.Writer) error
}

// Library keeps datasets and studies. Any number of goroutines may use it.
type Library struct {
	o   Options
	own []Own

	mu        sync.Mutex
	datasets  map[string]Dataset
	studies   map[string]*entry
	importing map[int]Importing
	// inspecting has room for one file that is looked into.
	inspecting chan struct{}
	imports    int
	changed    chan struct{}
	// wake has a value when there may be a study to begin.
	wake chan struct{}
}

// entry is a study, and how to stop it.
type entry struct {
	Study
	stop context.CancelCauseFunc
}

// Importing is a file that is being taken.
type Importing struct {
	Role Role   `json:"role"`
	Name string `json:"name"`
	By   string `json:"by"`
	// Size is how many bytes have come, of Total or, where that is 0, of nobody
	// knows how many; then Progress says how far it is read.
	Size     int64    `json:"size"`
	Total    int64    `json:"total,omitempty"`
	Progress Progress `json:"progress"`
}

// Open opens the library in a folder and sweeps away what a crash left half done.
// Studies that were waiting wait again, and so does one that was running: once. If
// the node ended twice while it ran, it has failed.
func Open(o Options) (*Library, error) {
	if o.Reckon == nil {
		o.Reckon = Run
	}
	if o.Inspect == nil {
		o.Inspect = Inspect
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Library{
		o: o, datasets: map[string]Dataset{}, studies: map[string]*entry{}, importing: map[int]Importing{}, inspecting: make(chan struct{}, 1),
		changed: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	for _, folder := range []string{l.filesFolder(), l.studiesFolder()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The folder %s cannot be made.", folder), "Check the permissions of the node's directory.")
		}
	}
	if err := errors.Join(l.loadDatasets(), l.loadStudies()); err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The planning data in %s cannot be read.", o.Dir), "Check the disk and the permissions.")
	}
	l.wake <- struct{}{}
	return l, nil
}

func (l *Library) filesFolder() string   { return filepath.Join(l.o.Dir, "files") }
func (l *Library) studiesFolder() string { return filepath.Join(l.o.Dir, "studies") }

// Folder is that of a study.
func (l *Library) Folder(id string) string { return filepath.Join(l.studiesFolder(), id) }

// Offer adds what the node knows itself to the datasets. It is called before the
// library is used by many.
func (l *Library) Offer(own ...Own) { l.own = append(l.own, own...) }

// Changed is closed when anything changes after the call.
func (l *Library) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// change tells those who watch; the lock is held.
func (l *Library) change() {
	close(l.changed)
	l.changed = make(chan struct{})
}

var (
	digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	idForm     = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}-[0-9a-f]{8}$`)
)

// loadDatasets lists the kept files, and removes those that were not whole.
func (l *Library) loadDatasets() error {
	entries, err := os.ReadDir(l.filesFolder())
	if err != nil {
		return err
	}
	for _, e := range entries {
		digest, described := strings.CutSuffix(e.Name(), ".json")
		var d Dataset
		if described && digestForm.MatchString(digest) && readJSON(filepath.Join(l.filesFolder(), e.Name()), &d) == nil && d.SHA256 == digest {
			if info, err := os.Stat(filepath.Join(l.filesFolder(), digest)); err == nil && info.Size() == d.Size {
				l.datasets[digest] = d
			}
		}
	}
	for _, e := range entries {
		if _, kept := l.datasets[strings.TrimSuffix(e.Name(), ".json")]; !kept {
			if err := os.RemoveAll(filepath.Join(l.filesFolder(), e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadStudies lists the studies, and removes folders that never were one.
func (l *Library) loadStudies() error {
	entries, err := os.ReadDir(l.studiesFolder())
	if err != nil {
		return err
	}
	for _, e := range entries {
		folder := l.Folder(e.Name())
		var k kept
		if !idForm.MatchString(e.Name()) || readJSON(filepath.Join(folder, questionFile), &k) != nil || k.ID != e.Name() {
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
			continue
		}
		s := Study{ID: k.ID, Question: k.Question, Files: k.Files, By: k.By, At: k.At, State: Waiting}
		var o outcome
		if err := readJSON(filepath.Join(folder, outcomeFile), &o); err == nil {
			s.State, s.Failure, s.Finished, s.Summary = o.State, o.Failure, o.Finished, o.Summary
		} else if !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if s.Results = []ResultFile{}; s.State.Over() {
			s.Results = l.results(s)
		}
		l.studies[s.ID] = &entry{Study: s}
		if s.State == Waiting && begun(folder) >= mostBegun {
			if err := l.settle(s.ID, refusal.New(problem.Unavailable, "study.restarted")); err != nil {
				return err
			}
		}
	}
	return nil
}

// Studies lists the studies, the newest first.
func (l *Library) Studies() []Study {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Study, 0, len(l.studies))
	for _, e := range l.studies {
		list = append(list, e.Study)
	}
	slices.SortFunc(list, func(a, b Study) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	return list
}

// Study is one of them.
func (l *Library) Study(id string) (Study, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.studies[id]
	if !ok {
		return Study{}, refusal.New(problem.NotFound, "study.unknown", id)
	}
	return e.Study, nil
}

// results are the files that a study has which is over, and all of them as one.
func (l *Library) results(s Study) []ResultFile {
	list := []ResultFile{}
	whole := ResultFile{Name: ArchiveFile}
	for _, name := range resultFiles {
		info, err := os.Stat(filepath.Join(l.Folder(s.ID), name))
		if err == nil && (s.State == Done || name == questionFile) {
			list = append(list, ResultFile{name, info.Size()})
			whole.Size += info.Size()
		}
	}
	for _, f := range s.Files {
		whole.Size += l.datasets[f.SHA256].Size
	}
	return append(list, whole)
}

// Answer is what came out of a study that is done.
func (l *Library) Answer(id string) (Answer, error) {
	s, err := l.Study(id)
	if err != nil {
		return Answer{}, err
	}
	if s.State != Done {
		return Answer{}, refusal.New(problem.Conflict, "study.not-done", id)
	}
	var a Answer
	err = readJSON(filepath.Join(l.Folder(id), answerFile), &a)
	return a, err
}

// File opens a file that came out of a study. The caller closes it.
func (l *Library) File(id, name string) (*os.File, error) {
	if _, err := l.Study(id); err != nil {
		return nil, err
	}
	if slices.Contains(resultFiles, name) {
		if file, err := os.Open(filepath.Join(l.Folder(id), name)); err == nil {
			return file, nil
		}
	}
	return nil, refusal.New(problem.NotFound, "study.no-file", name)
}

// write keeps a small file as JSON.
func write(path string, content any) error {
	raw, err := json.MarshalIndent(content, "", " ")
	if err != nil {
		return err
	}
	if err := durable.Replace(path, append(raw, '\n')); err != nil {
		return notWritten(err)
	}
	return nil
}
