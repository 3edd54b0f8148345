// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package logaudit follows public logs over HTTP or in a directory, for those who
// want to know whether an authority keeps its word (docs/formats/log.md). What is
// right and wrong is decided by package tlog; this one fetches, remembers and
// keeps evidence.
package logaudit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"sync"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/tlog"
)

// MissingMessage is what this package finds besides the results of tlog: the
// exact bytes of a message cannot be had.
const MissingMessage tlog.Result = "missing-message"

// Options are what an audit needs; Progress may be nil, all else is required.
type Options struct {
	Log *Source
	// Messages has the messages as IDENTIFIER.xml.
	Messages *Source
	Trust    *tlog.Trust
	Now      func() time.Time
	// Progress is called while entries are read.
	Progress func(done, of int64)
}

// Report is what one round came to.
type Report struct {
	Origin    string `json:"origin"`
	Authority string `json:"authority"`
	// Before and Size are how many entries the log had before and has now.
	Before int64 `json:"before"`
	Size   int64 `json:"size"`
	// Messages is how many were compared with their entries in this round.
	Messages int       `json:"messages"`
	Checked  time.Time `json:"checked"`
	// Findings are all that is wrong, from earlier rounds too, at most 1,000;
	// Omitted is how many more there are.
	Findings []tlog.Finding `json:"findings"`
	Omitted  int            `json:"omitted,omitempty"`
	// Evidence is set when the log showed two histories in this round.
	Evidence *Evidence `json:"evidence,omitempty"`
}

// OK reports whether nothing is wrong.
func (r *Report) OK() bool { return len(r.Findings)+r.Omitted == 0 }

// Audit follows one log. It is for one goroutine.
type Audit struct {
	o       Options
	state   *State // as of the last round that was confirmed; nil before
	encoded []byte // of state
}

// New begins an audit, or goes on from the state of an earlier one, which may be nil.
func New(o Options, state []byte) (*Audit, error) {
	a := &Audit{o: o, encoded: state}
	if state == nil {
		return a, nil
	}
	var err error
	a.state, err = ParseState(state)
	return a, err
}

// State is how far the audit has come, for New; nil before the first round that
// was confirmed.
func (a *Audit) State() []byte { return a.encoded }

// Round reads what is new in the log and says what is wrong. Its error says that
// the log could not be read, or that the trust file does not have it; then nothing
// is known.
func (a *Audit) Round(ctx context.Context) (*Report, error) {
	checkpoint, err := a.o.Log.Read(ctx, tlog.CheckpointPath, maxCheckpoint)
	if err != nil {
		return nil, missing(err, tlog.CheckpointPath)
	}
	r := &round{Audit: a, checkpoint: checkpoint, report: &Report{Checked: a.o.Now().UTC(), Findings: []tlog.Finding{}}}
	if err := r.begin(); err != nil {
		return nil, err
	}
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	r.report.Findings = append(r.report.Findings, r.passing...)
	r.report.Findings = append(r.report.Findings, r.next.Findings...)
	r.report.Omitted = r.next.Omitted
	if len(r.report.Findings) > maxFindings {
		r.report.Omitted += len(r.report.Findings) - maxFindings
		r.report.Findings = r.report.Findings[:maxFindings]
	}
	return r.report, nil
}

// missing makes an absent file of the log an error for people.
func missing(err error, path string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The log has no %s.", path), "Check the address; a log's is the one to which /checkpoint can be added.")
	}
	return err
}

// round is one run of Round.
type round struct {
	*Audit
	checkpoint []byte
	report     *Report
	auditor    *tlog.Auditor
	next       *State         // what the state becomes, if the round is confirmed
	passing    []tlog.Finding // what may be right in the next round
}

// begin finds out which log it is and takes up the state of the last round. It
// reads the state anew, because an auditor that fails spoils its own.
func (r *round) begin() error {
	claimed, err := tlog.UnsignedCheckpoint(r.checkpoint)
	if err != nil && r.state == nil {
		return problem.Wrap(err, problem.Unreadable, "The log's checkpoint cannot be read.", "Check the address of the log.")
	}
	r.report.Origin = claimed.Origin
	r.next = &State{Version: stateVersion}
	var from *tlog.AuditState
	if r.state != nil {
		if r.next, err = ParseState(r.encoded); err != nil {
			return err
		}
		from, r.report.Origin = &r.next.Audit, r.next.Audit.Origin
	}
	if r.auditor, err = tlog.NewAuditor(r.o.Trust, r.report.Origin, from); err != nil {
		return problem.Wrap(err, problem.NotFound, fmt.Sprintf("The log %s cannot be audited.", r.report.Origin), "Name a trust file that has this log, and the state of this log, if any.")
	}
	authority, _, _ := r.o.Trust.Log(r.report.Origin)
	r.report.Authority = authority.ID
	r.report.Before, r.report.Size = r.auditor.State().Size, r.auditor.State().Size
	return nil
}

func (r *round) run(ctx context.Context) error {
	target, findings := r.auditor.Target(r.checkpoint)
	if len(findings) > 0 {
		r.broken(findings, target)
		return nil
	}
	if goesOn, err := r.consistent(ctx, target); err != nil || !goesOn {
		return err
	}
	reopened := r.next.Open
	r.next.Open = nil
	if err := r.compare(ctx, reopened); err != nil {
		return err
	}
	err := r.o.Log.Entries(ctx, Span{r.report.Before, target.Size, target.Size}, func(first int64, entries [][]byte) error {
		return r.take(ctx, first, entries, target.Size)
	})
	if broken, ok := errors.AsType[*tileError](err); ok {
		r.passing = append(r.passing, tlog.Finding{Index: -1, Result: tlog.WrongRoot, Detail: broken.Error()})
		return nil
	}
	if err != nil {
		return missing(err, "such entries, though its checkpoint stands for them")
	}
	return r.confirm(target)
}

// confirm holds the entries to the checkpoint, and makes the new state.
func (r *round) confirm(target tlog.Tree) error {
	for _, f := range r.auditor.Confirm(r.checkpoint, r.report.Checked) {
		switch {
		case f.Result == tlog.StaleCheckpoint && r.auditor.State().Closed:
			continue // a log that has ended signs nothing any more
		case f.Result != tlog.StaleCheckpoint:
			r.passing = append(r.passing, f)
			return nil // the old state stays
		}
		r.passing = append(r.passing, f)
	}
	r.next.Audit, r.next.Checkpoint = r.auditor.State(), string(r.checkpoint)
	raw, err := json.Marshal(r.next)
	if err != nil {
		return fmt.Errorf("write state of the audit: %w", err)
	}
	r.state, r.encoded, r.report.Size = r.next, raw, target.Size
	return nil
}

// broken reports a checkpoint that does not go on from the last one.
func (r *round) broken(findings []tlog.Finding, found tlog.Tree) {
	r.passing = append(r.passing, findings...)
	if r.state != nil && found.Origin == r.report.Origin {
		r.report.Evidence = &Evidence{Version: forkVersion, Older: r.state.Checkpoint, Newer: string(r.checkpoint)}
	}
}

// consistent asks the log for the proof that it goes on from the tree of the last
// round. Reading all its entries would find the same, but would not tell a fork
// from a fault in one entry, and would leave no evidence.
func (r *round) consistent(ctx context.Context, target tlog.Tree) (bool, error) {
	if r.state == nil || r.state.Audit.Size == 0 || r.state.Audit.Size == target.Size {
		return true, nil
	}
	tiles := &hashTiles{ctx: ctx, source: r.o.Log}
	older := r.state.Tree()
	err := tlog.CheckConsistency(older, target, tiles)
	if fork, ok := errors.AsType[*tlog.ForkError](err); ok {
		r.broken([]tlog.Finding{{Index: -1, Result: tlog.ForkedLog, Detail: fork.Error()}}, target)
		proof, err := merkle.ProveTree(target.Size, older.Size, merkle.TileHashReader(merkle.Tree{N: target.Size, Hash: target.Root}, tiles))
		if err != nil {
			return false, fmt.Errorf("prove the fork: %w", err)
		}
		r.report.Evidence.Root, r.report.Evidence.Consistency = &fork.Other.Root, proof
		return false, nil
	}
	if tiles.failed != nil {
		return false, missing(tiles.failed, "tiles of hashes, though its checkpoint stands for them")
	}
	if err != nil {
		r.passing = append(r.passing, tlog.Finding{Index: -1, Result: tlog.WrongRoot, Detail: err.Error()})
	}
	return err == nil, nil
}

// take checks the entries of one tile, and compares their messages.
func (r *round) take(ctx context.Context, first int64, entries [][]byte, of int64) error {
	var about []OpenEntry
	for i, entry := range entries {
		r.next.find(r.auditor.Append(entry)...)
		if l, err := tlog.ParseLeaf(entry); err == nil && l.Kind.Carries() {
			about = append(about, OpenEntry{first + int64(i), string(entry)})
		}
	}
	if r.o.Progress != nil {
		r.o.Progress(first+int64(len(entries)), of)
	}
	return r.compare(ctx, about)
}

// atOnce is how many messages are fetched together; memory follows from it.
const atOnce = 8

// compare fetches the messages of entries and holds them to their leaves.
func (r *round) compare(ctx context.Context, about []OpenEntry) error {
	findings, failures := make([]*tlog.Finding, len(about)), make([]error, len(about))
	seats := make(chan struct{}, atOnce)
	var work sync.WaitGroup
	for i, entry := range about {
		seats <- struct{}{}
		work.Go(func() {
			defer func() { <-seats }()
			findings[i], failures[i] = r.o.message(ctx, entry)
		})
	}
	work.Wait()
	for i, f := range findings {
		switch {
		case failures[i] != nil:
			return failures[i]
		case f == nil:
		case f.Result == tlog.Contradiction:
			r.next.find(*f) // the digest is right, so the entry is wrong for ever
		default:
			r.passing = append(r.passing, *f)
			if len(r.next.Open) < maxFindings {
				r.next.Open = append(r.next.Open, about[i])
			}
		}
	}
	r.report.Messages += len(about)
	return nil
}

// message says what is wrong with the message of an entry; nil if nothing is.
func (o Options) message(ctx context.Context, entry OpenEntry) (*tlog.Finding, error) {
	l, err := tlog.ParseLeaf([]byte(entry.Entry))
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", entry.Index, err)
	}
	name := url.PathEscape(l.Identifier) + ".xml"
	raw, err := o.Messages.Read(ctx, name, maxMessage)
	if errors.Is(err, fs.ErrNotExist) {
		return &tlog.Finding{Index: entry.Index, Result: MissingMessage, Detail: "there is no " + name}, nil
	}
	if err != nil {
		return nil, err
	}
	differences, err := tlog.CheckMessage(l, raw)
	switch {
	case err != nil:
		return &tlog.Finding{Index: entry.Index, Result: tlog.Unreadable, Detail: fmt.Sprintf("%s: %v", name, err)}, nil
	case len(differences) == 0:
		return nil, nil
	}
	f := &tlog.Finding{Index: entry.Index, Result: tlog.Contradiction, Detail: fmt.Sprintf("%s has the entry's digest and differs from it in %s", name, differences[0].Field)}
	if last := differences[len(differences)-1]; last.Field == "cap" {
		f.Result, f.Detail = tlog.Altered, fmt.Sprintf("%s is not the message of that entry: the digest is %s, in the log %s", name, last.Found, last.Logged)
	}
	return f, nil
}
