// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// The files of a study's folder.
const (
	questionFile = "study.json"
	answerFile   = "answer.json"
)

// kept is what study.json holds: it never changes.
type kept struct {
	ID       string          `json:"id"`
	Question Question        `json:"question"`
	Files    []planning.File `json:"files"`
	By       string          `json:"by"`
	At       time.Time       `json:"at"`
}

// run is the reckoning of one study.
type run struct {
	// folder has the question, out takes what comes out, names the files under the
	// names that they were given with.
	folder, out, names string

	kept   kept
	tell   func(Progress)
	answer Answer
	inputs planning.Inputs
	places []sites.Candidate
}

// Run reckons the study in a folder and writes there what comes out, answer.json
// last. The kept files are looked for in files beside study.json, as a downloaded
// study has them, and two folders up, as a library has them. The same question and
// files make the same bytes. Its errors are *problem.Error, or the context's.
// Progress may be nil; it is called by one goroutine at a time.
func Run(ctx context.Context, folder string, progress func(Progress)) error {
	return reckon(ctx, &run{folder: folder, out: folder, tell: serial(progress)})
}

// Again reckons the study in a folder once more, beside what came out before, and
// names the files that differ or are not there any more.
func Again(ctx context.Context, folder string, progress func(Progress)) (differ []string, err error) {
	out, err := os.MkdirTemp(folder, "again-")
	if err != nil {
		return nil, notWritten(err)
	}
	defer os.RemoveAll(out)
	if err := reckon(ctx, &run{folder: folder, out: out, tell: serial(progress)}); err != nil {
		return nil, err
	}
	for _, name := range resultFiles {
		made, err := os.ReadFile(filepath.Join(out, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if before, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Equal(before, made) {
			differ = append(differ, name)
		}
	}
	return differ, nil
}

func reckon(ctx context.Context, r *run) error {
	// Reports and maps first, the answer last: where it is, all is.
	return r.stages(ctx, r.read, r.reckon, r.draw, r.finish)
}

// stages goes through the stages of a study whose question is in order.
func (r *run) stages(ctx context.Context, stages ...func(context.Context) error) error {
	if err := readJSON(filepath.Join(r.folder, questionFile), &r.kept); err != nil {
		return err
	}
	question := r.kept.Question.Filled()
	if err := question.Check(); err != nil {
		return err
	}
	r.answer = Answer{Question: question, Files: r.kept.Files, Notes: []planning.Note{}}
	// What is read stays open until all is reckoned, under the names that it was given with.
	names, err := os.MkdirTemp(r.out, "reading-")
	if err != nil {
		return notWritten(err)
	}
	defer os.RemoveAll(names)
	r.names = names
	for _, stage := range stages {
		if err := stage(ctx); err != nil {
			return err
		}
	}
	return nil
}

// often is how much time is between two words of how far it is.
const often = 100 * time.Millisecond

// serial makes a progress function, which may be nil, safe for many callers, and
// calls it for a new stage and else now and then.
func serial(progress func(Progress)) func(Progress) {
	if progress == nil {
		return func(Progress) {}
	}
	var mu sync.Mutex
	var stage string
	var last time.Time
	return func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		if p.Stage == stage && time.Since(last) < often {
			return
		}
		stage, last = p.Stage, time.Now()
		progress(p)
	}
}

// read reads the kept files under the names that they were given with.
func (r *run) read(ctx context.Context) error {
	paths := planning.Paths{Progress: func(what string, done, total int64) {
		r.tell(Progress{Stage: StageReading, Done: done, Total: total})
	}}
	q := r.answer.Question
	candidates := q.Candidates
	for role, digest := range q.files() {
		path, err := r.link(role, digest)
		if err != nil {
			return err
		}
		switch role {
		case Population:
			paths.Population = path
		case Regions:
			paths.Regions = path
		case Sirens:
			paths.Sirens = path
		case Candidates:
			candidates = path
		case Terrain:
			if path, err = elevations(ctx, path); err != nil {
				return err
			}
			paths.Terrain = []string{path}
		}
	}
	in, notes, err := planning.Open(ctx, paths)
	if err != nil {
		return r.unusable(ctx, err)
	}
	if err := r.within(&in); err != nil {
		return err
	}
	r.inputs = in
	if q.Kind != Coverage {
		more, err := r.candidates(candidates)
		if err != nil {
			return r.unusable(ctx, err)
		}
		notes = append(notes, more...)
	}
	r.answer.NotesTotal = len(notes)
	r.answer.Notes = append(r.answer.Notes, notes[:min(len(notes), listedNotes)]...)
	return ctx.Err()
}

// unusable says what is wrong with a file by the name that it was given with, and
// nothing of where it lies here.
func (r *run) unusable(ctx context.Context, err error) error {
	err = unusable(ctx, err)
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return err
	}
	here := *p
	here.Message = strings.ReplaceAll(p.Message, r.names+string(filepath.Separator), "")
	return &here
}

// link gives a kept file the name that it was given with, since readers go by it.
func (r *run) link(role Role, digest string) (string, error) {
	i := slices.IndexFunc(r.kept.Files, func(f planning.File) bool { return f.Role == string(role) && f.SHA256 == digest })
	if i < 0 || !digestForm.MatchString(digest) {
		return "", refusal.New(problem.Unreadable, "study.damaged", questionFile)
	}
	folder := filepath.Join(r.names, string(role))
	path := filepath.Join(folder, fileName(r.kept.Files[i].Name))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", notWritten(err)
	}
	for _, beside := range []string{filepath.Join(r.folder, "files"), filepath.Join(r.folder, "..", "..", "files")} {
		source, err := filepath.Abs(filepath.Join(beside, digest))
		if err != nil {
			return "", notWritten(err)
		}
		if _, err := os.Stat(source); err != nil {
			continue
		}
		if err := os.Symlink(source, path); err != nil {
			return "", notWritten(err)
		}
		return path, nil
	}
	return "", refusal.New(problem.Conflict, "study.file-missing", r.kept.Files[i].Name, digest)
}

// within leaves out the people elsewhere.
func (r *run) within(in *planning.Inputs) error {
	areas := r.answer.Question.Within
	if len(areas) == 0 {
		return nil
	}
	joined, all := in.Grid.Join(in.Regions), in.Regions.All()
	for _, a := range areas {
		if !slices.ContainsFunc(all, func(region geo.Region) bool { return len(region.Outline) > 0 && a.Contains(region.ARS) }) {
			return refusal.New(problem.Invalid, "study.no-outline", string(a))
		}
	}
	in.Grid = in.Grid.Part(func(i int) bool {
		region := joined.Region[i]
		return region != population.Nowhere && inside(areas, all[region].ARS)
	})
	if in.Grid.Len() == 0 {
		names := make([]string, len(areas))
		for i, a := range areas {
			names[i] = string(a)
		}
		return refusal.New(problem.Invalid, "study.nobody", strings.Join(names, ", "))
	}
	return nil
}

func inside(areas []geo.ARS, key geo.ARS) bool {
	return slices.ContainsFunc(areas, func(a geo.ARS) bool { return a.Contains(key) })
}

// candidates reads where sirens could stand.
func (r *run) candidates(source string) ([]planning.Note, error) {
	q := r.answer.Question
	list, notes, err := r.inputs.Candidates(source, q.Kinds)
	if err != nil {
		return nil, err
	}
	if len(q.Within) > 0 {
		list = slices.DeleteFunc(list, func(c sites.Candidate) bool {
			p, err := projection.LAEAEurope.Inverse(c.Position)
			if err != nil {
				return true
			}
			region, ok := r.inputs.Regions.At(p)
			return !ok || !inside(q.Within, region.ARS)
		})
	}
	r.places = list
	return notes, nil
}

// reckon finds the answer.
func (r *run) reckon(ctx context.Context) error {
	q := r.answer.Question
	question := planning.CoverageQuestion{Assumptions: q.Assumptions, Level: q.Level, Progress: func(done, total int) {
		r.tell(Progress{Stage: StageReckoning, Done: int64(done), Total: int64(total)})
	}}
	var err error
	if r.answer.Coverage, err = planning.Cover(ctx, r.inputs, question); err != nil {
		return err
	}
	best := Progress{Stage: StageSearching}
	searched := planning.SitesQuestion{
		CoverageQuestion: question, Candidates: r.places, Kinds: q.Kinds, Budget: q.Budget, Share: q.Share, Steps: q.Steps, Seed: q.Seed,
		Found: func(covered, bound, gap, cost float64) {
			best.Covered, best.Bound, best.Gap, best.Cost = covered, bound, gap, cost
			r.tell(best)
		},
	}
	searched.Progress = nil
	var built []planning.Site
	switch q.Kind {
	case Sites:
		if r.answer.Sites, err = planning.Choose(ctx, r.inputs, searched); err != nil {
			return err
		}
		if ctx.Err() != nil { // the search ends with what it has
			return ctx.Err()
		}
		r.answer.Sites.Seconds = 0 // it is not the same every time
		built = r.answer.Sites.Sites
	case Programme:
		if r.answer.Programme, err = planning.Plan(ctx, r.inputs, planning.ProgrammeQuestion{
			SitesQuestion: searched, Title: q.Title, Years: q.Years, Areas: q.Areas, Split: q.Split, Shares: q.Shares,
			Done: func(done, total int) {
				best = Progress{Stage: StageSearching, Done: int64(done), Total: int64(total)}
				r.tell(best)
			},
		}); err != nil {
			return err
		}
		for _, site := range r.answer.Programme.Sites {
			built = append(built, site.Site)
		}
	default:
		return nil
	}
	after := r.inputs
	after.Sirens = slices.Clone(after.Sirens)
	for n, s := range built {
		stands := s.Siren()
		stands.ID = fmt.Sprintf("new-%d", n+1)
		after.Sirens = append(after.Sirens, stands)
	}
	if r.answer.After, err = planning.Cover(ctx, after, question); err != nil {
		return err
	}
	return ctx.Err()
}

// finish writes the answer.
func (r *run) finish(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	raw, err := json.MarshalIndent(r.answer, "", " ")
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return r.write(answerFile, func(w io.Writer) error {
		_, err := w.Write(append(raw, '\n'))
		return err
	})
}

func (r *run) write(name string, content func(io.Writer) error) error {
	if err := durable.ReplaceWith(filepath.Join(r.out, name), content); err != nil {
		return notWritten(err)
	}
	return nil
}

// notWritten is that a result cannot be kept.
func notWritten(err error) error {
	if _, said := errors.AsType[*problem.Error](err); said {
		return err
	}
	out := refusal.New(problem.Unavailable, "study.write")
	out.Err = err
	return out
}

// maxJSON is the longest file of JSON that is read, in bytes.
const maxJSON = 256 << 20

// readJSON reads a file of a study.
func readJSON(path string, into any) error {
	file, err := os.Open(path)
	if err == nil {
		defer file.Close()
		err = json.NewDecoder(io.LimitReader(file, maxJSON)).Decode(into)
	}
	if err != nil {
		out := refusal.New(problem.Unreadable, "study.damaged", filepath.Base(path))
		out.Err = err
		return out
	}
	return nil
}
