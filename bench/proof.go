// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

const (
	// logSize is how many releases are in the log that is proved and audited.
	logSize = 100_000
	// proofCount is how many proofs are measured.
	proofCount = 2000
)

// filled is a log of releases with a checkpoint of all of them.
type filled struct {
	tree       *publiclog.Tree
	trust      *tlog.Trust
	checkpoint []byte
	index      []int64  // of the releases whose messages are kept
	messages   [][]byte // by index
}

// fill makes a log of releases, each signed by two people.
func (r *released) fill() (*filled, error) {
	directory := operator.NewDirectory()
	s, tree, err := scribe(directory)
	if err != nil {
		return nil, err
	}
	f := &filled{tree: tree}
	all := journal.Projections{directory, s}
	record := func(events []journal.Event) error {
		now := time.Now()
		events, err := s.Complete(events, now)
		if err != nil {
			return err
		}
		return all.Apply(journal.Record{Time: now, By: "bench", Events: events})
	}
	for i := range r.events {
		if err := record(r.events[i : i+1]); err != nil {
			return nil, err
		}
	}
	for i := range logSize {
		event, err := r.release()
		if err == nil {
			err = record([]journal.Event{event})
		}
		if err != nil {
			return nil, err
		}
		if i%(logSize/proofCount) == 0 {
			body, err := journal.Decode[warning.Released](event)
			if err != nil {
				return nil, err
			}
			f.index, f.messages = append(f.index, tree.Size()-1), append(f.messages, body.Message.CAP)
		}
	}
	return f, f.sign()
}

func (f *filled) sign() error {
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stateFile := filepath.Join(dir, "signed")
	key, err := signer.Create(logOrigin, filepath.Join(dir, "key"), stateFile)
	if err != nil {
		return err
	}
	by, err := signer.Open(key, stateFile, time.Now)
	if err != nil {
		return err
	}
	defer by.Close()
	root, err := f.tree.At(f.tree.Size())
	if err != nil {
		return err
	}
	if f.checkpoint, err = by.Sign(context.Background(), publiclog.Proposal{Tree: root}); err != nil {
		return err
	}
	_, f.trust, err = logTrust(key.Public())
	return err
}

// proofs measures proofs in a log of 100,000 releases, and the audit of all of it.
// It adds its medians to ours.
func (r *released) proofs(ours map[string]time.Duration) ([]row, error) {
	say("public log: %d releases", logSize)
	f, err := r.fill()
	if err != nil {
		return nil, err
	}
	var build, verify sample
	length := 0
	for range proofCount {
		i := rand.N(len(f.index))
		begun := time.Now()
		proof, err := f.tree.Prove(f.index[i], f.checkpoint)
		if err != nil {
			return nil, err
		}
		text := proof.Text()
		build = append(build, time.Since(begun))
		length = len(text)
		begun = time.Now()
		if proof, err = tlog.ParseProof(text); err != nil {
			return nil, err
		}
		verdict := tlog.Verify(&tlog.Bundle{CAP: f.messages[i], Proof: proof}, f.trust, tlog.Options{Now: time.Now()})
		if verify = append(verify, time.Since(begun)); !verdict.Result.Genuine() {
			return nil, fmt.Errorf("the bench's proof: %s, %s", verdict.Result, verdict.Detail)
		}
	}
	begun := time.Now()
	auditor, err := tlog.NewAuditor(f.trust, logOrigin, nil)
	if err != nil {
		return nil, err
	}
	for i := range f.tree.Size() {
		if findings := auditor.Append(f.tree.Entry(i)); len(findings) > 0 {
			return nil, fmt.Errorf("the bench's log: %+v", findings)
		}
	}
	if findings := auditor.Confirm(f.checkpoint, time.Now()); len(findings) > 0 {
		return nil, fmt.Errorf("the bench's log: %+v", findings)
	}
	audited := time.Since(begun)
	ours["proof built from files"], ours["inclusion and one signature verified"], ours["fsck"] = build.at(0.5), verify.at(0.5), audited
	return []row{
		{fmt.Sprintf("proof built, of %d entries, %d bytes", f.tree.Size(), length), milliseconds(build.at(0.5)), milliseconds(build.at(0.99)), "", ""},
		{"message verified with it, both signatures too", milliseconds(verify.at(0.5)), milliseconds(verify.at(0.99)), "", ""},
		{fmt.Sprintf("audit of %d entries with their signatures", f.tree.Size()), milliseconds(audited), "", "", fmt.Sprintf("%.0f µs each", float64(audited.Microseconds())/float64(f.tree.Size()))},
	}, nil
}

// tessera runs its POSIX driver in a process of its own; where that cannot be
// built, a row says so.
func tessera(ctx context.Context, ours map[string]time.Duration) []row {
	say("public log: tessera")
	run := exec.CommandContext(ctx, "go", "run", "./beside")
	run.Dir = filepath.Join("tlog", "oracle")
	var complaints bytes.Buffer
	run.Stderr = &complaints
	out, err := run.Output()
	var rows []row
	var figures []struct {
		What        string
		Median, P99 time.Duration
		Beside      string
	}
	if err == nil {
		err = json.Unmarshal(out, &figures)
	}
	if err != nil {
		say("%s", complaints.Bytes())
		return []row{{"tessera, POSIX driver", "skipped", "", fmt.Sprintf("it does not run here: %v", err), ""}}
	}
	for _, f := range figures {
		r := row{what: "tessera, POSIX: " + f.What, median: milliseconds(f.Median), p99: milliseconds(f.P99), peer: f.Beside}
		if own, ok := ours[f.What]; ok {
			r.ratio = fmt.Sprintf("ours takes %.3g of it", float64(own)/float64(f.Median))
		}
		rows = append(rows, r)
	}
	return rows
}
