// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// The files that say how far a study is.
const (
	outcomeFile = "outcome.json"
	begunFile   = "begun"
	// mostBegun is how often a study is begun that the node did not outlive.
	mostBegun = 2
)

// outcome is what outcome.json holds: how a study ended.
type outcome struct {
	State    State     `json:"state"`
	Failure  *Failure  `json:"failure,omitempty"`
	Finished time.Time `json:"finished"`
	Summary  Figures   `json:"summary"`
}

// begun is how often the study in a folder was begun and neither ended nor was
// put back.
func begun(folder string) int {
	info, err := os.Stat(filepath.Join(folder, begunFile))
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// errCancelled is why a study stops that someone cancelled.
var errCancelled = errors.New("the study was cancelled")

// Ask keeps a question and puts it at the end of the queue. What it names of the
// node's own knowledge is kept as files first. Its errors are *problem.Error.
func (l *Library) Ask(ctx context.Context, q Question, by string) (Study, error) {
	q = q.Filled()
	if err := q.Check(); err != nil {
		return Study{}, err
	}
	if err := l.free(0); err != nil {
		return Study{}, err
	}
	named := q.files()
	var faults []problem.Fault
	for role, name := range named {
		digest, err := l.digestOf(ctx, role, name, by)
		if p, refused := errors.AsType[*problem.Error](err); refused {
			faults = append(faults, problem.Fault{Field: string(role), Rule: p.Rule, Args: p.Args, Message: p.Message, Remedy: p.Remedy})
		} else if err != nil {
			return Study{}, err
		}
		named[role] = digest
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b problem.Fault) int { return cmp.Compare(a.Field, b.Field) })
		refused := refusal.New(problem.Invalid, "study.question")
		refused.Faults = faults
		return Study{}, refused
	}
	q = q.with(named)
	return l.enqueue(q, by)
}

// digestOf finds the kept file that a question names for a role, and keeps what
// the node knows itself.
func (l *Library) digestOf(ctx context.Context, role Role, name, by string) (string, error) {
	if name == OwnPrefix+string(role) {
		i := slices.IndexFunc(l.own, func(o Own) bool { return o.Role == role })
		if i < 0 {
			return "", refusal.New(problem.NotFound, "study.no-own", string(role))
		}
		var content bytes.Buffer
		if err := l.own[i].Write(&content); err != nil {
			return "", fmt.Errorf("keep what the node knows: %w", err)
		}
		d, err := l.Import(ctx, Upload{Role: role, Name: l.own[i].Name, By: by, Size: int64(content.Len()), Content: &content})
		return d.SHA256, err
	}
	d, ok := l.known(name)
	switch {
	case !ok:
		return "", refusal.New(problem.NotFound, "study.no-dataset", name)
	case d.Role != role && !(role == Candidates && d.Role == Sirens):
		return "", refusal.New(problem.Invalid, "study.other-role", d.Name, string(d.Role))
	}
	return name, nil
}

func (l *Library) enqueue(q Question, by string) (Study, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := 0
	for _, e := range l.studies {
		if e.State == Waiting {
			waiting++
		}
	}
	if waiting >= maxWaiting || len(l.studies) >= maxStudies {
		return Study{}, refusal.New(problem.Conflict, "study.full", fmt.Sprint(maxWaiting), fmt.Sprint(maxStudies))
	}
	now := l.o.Now().UTC()
	var random [4]byte
	rand.Read(random[:])
	k := kept{ID: now.Format("20060102-150405-") + hex.EncodeToString(random[:]), Question: q, By: by, At: now, Files: []planning.File{}}
	for _, role := range Roles {
		if digest, ok := q.files()[role]; ok {
			d, known := l.datasets[digest]
			if !known { // removed while it was asked
				return Study{}, refusal.New(problem.NotFound, "study.no-dataset", digest)
			}
			k.Files = append(k.Files, planning.File{Role: string(role), Name: d.Name, SHA256: digest})
		}
	}
	folder := l.Folder(k.ID)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return Study{}, notWritten(err)
	}
	if err := write(filepath.Join(folder, questionFile), k); err != nil {
		return Study{}, err
	}
	if err := durable.SyncDirectory(l.studiesFolder()); err != nil {
		return Study{}, notWritten(err)
	}
	e := &entry{Study: Study{ID: k.ID, Question: q, Files: k.Files, By: by, At: now, State: Waiting, Results: []ResultFile{}}}
	l.studies[k.ID] = e
	l.change()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return e.Study, nil
}

// Work reckons the studies that wait, one after the other, the oldest first, until
// the context ends. One that runs then waits again.
func (l *Library) Work(ctx context.Context) {
	for {
		id, running, stop := l.next(ctx)
		if id == "" {
			select {
			case <-ctx.Done():
				return
			case <-l.wake:
			}
			continue
		}
		err := l.reckon(running, id)
		cancelled := errors.Is(context.Cause(running), errCancelled)
		stop(nil)
		switch {
		case ctx.Err() != nil && !cancelled && err != nil:
			l.putBack(id)
			return
		case cancelled && err != nil:
			err = errCancelled
		}
		l.mu.Lock()
		err = l.settle(id, err)
		l.mu.Unlock()
		if err != nil {
			l.o.Logger.LogAttrs(ctx, slog.LevelError, "the outcome of a study cannot be kept", slog.String("study", id), slog.Any("error", err))
		}
	}
}

// next takes the oldest study that waits; none when id is empty.
func (l *Library) next(ctx context.Context) (id string, running context.Context, stop context.CancelCauseFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return "", nil, nil
	}
	var oldest *entry
	for _, e := range l.studies {
		if e.State == Waiting && (oldest == nil || cmp.Or(e.At.Compare(oldest.At), cmp.Compare(e.ID, oldest.ID)) < 0) {
			oldest = e
		}
	}
	if oldest == nil {
		return "", nil, nil
	}
	running, stop = context.WithCancelCause(ctx)
	oldest.State, oldest.stop, oldest.Progress = Running, stop, Progress{}
	l.change()
	return oldest.ID, running, stop
}

// reckon carries out one study.
func (l *Library) reckon(ctx context.Context, id string) error {
	folder := l.Folder(id)
	if err := sweep(folder); err != nil {
		return notWritten(err)
	}
	if err := durable.Replace(filepath.Join(folder, begunFile), bytes.Repeat([]byte("."), begun(folder)+1)); err != nil {
		return notWritten(err)
	}
	if err := l.free(0); err != nil {
		return err
	}
	return l.o.Reckon(ctx, folder, func(p Progress) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if e := l.studies[id]; e != nil && e.State == Running {
			e.Progress = p
			l.change()
		}
	})
}

// sweep removes what an attempt left that did not end.
func sweep(folder string) error {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if e.Name() != questionFile && e.Name() != begunFile {
			err = errors.Join(err, os.RemoveAll(filepath.Join(folder, e.Name())))
		}
	}
	return err
}

// putBack lets a study wait again that the end of the node interrupted.
func (l *Library) putBack(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	os.Remove(filepath.Join(l.Folder(id), begunFile)) // left there, it counts as an attempt
	l.studies[id].State, l.studies[id].stop = Waiting, nil
	l.change()
}

// settle keeps how a study ended; the lock is held, or nobody else has the library.
func (l *Library) settle(id string, failed error) error {
	folder := l.Folder(id)
	o := outcome{State: Done, Finished: l.o.Now().UTC()}
	switch {
	case errors.Is(failed, errCancelled):
		o.State = Cancelled
	case failed == nil:
		var a Answer
		if failed = readJSON(filepath.Join(folder, answerFile), &a); failed == nil && a.Coverage != nil {
			o.Summary = a.Summary()
		}
	}
	if failed != nil && o.State == Done {
		o.State, o.Failure = Failed, failureOf(failed)
		if problem.KindOf(failed) == problem.Internal {
			l.o.Logger.Error("a study failed", slog.String("study", id), slog.Any("error", failed))
		}
	}
	e := l.studies[id]
	e.State, e.stop, e.Progress = o.State, nil, Progress{}
	e.Failure, e.Finished, e.Summary = o.Failure, o.Finished, o.Summary
	e.Results = l.results(e.Study)
	l.change()
	return write(filepath.Join(folder, outcomeFile), o)
}

// Cancel ends a study that waits or runs.
func (l *Library) Cancel(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.studies[id]
	switch {
	case !ok:
		return refusal.New(problem.NotFound, "study.unknown", id)
	case e.State == Waiting:
		return l.settle(id, errCancelled)
	case e.State == Running:
		e.stop(errCancelled)
		return nil
	}
	return refusal.New(problem.Conflict, "study.over")
}

// Delete forgets a study that is over.
func (l *Library) Delete(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.studies[id]
	if !ok {
		return refusal.New(problem.NotFound, "study.unknown", id)
	}
	if !e.State.Over() {
		return refusal.New(problem.Conflict, "study.not-over")
	}
	// Without its question a folder is no study: a crash behind this leaves none.
	if err := os.Remove(filepath.Join(l.Folder(id), questionFile)); err != nil {
		return notWritten(err)
	}
	delete(l.studies, id)
	l.change()
	if err := os.RemoveAll(l.Folder(id)); err != nil {
		return notWritten(err)
	}
	return durable.SyncDirectory(l.studiesFolder())
}

// Wait waits until a study is over.
func (l *Library) Wait(ctx context.Context, id string) (Study, error) {
	for {
		changed := l.Changed()
		s, err := l.Study(id)
		if err != nil || s.State.Over() {
			return s, err
		}
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-changed:
		}
	}
}
