// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/captext"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/logaudit"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/tlog"
)

type logCommand struct {
	Audit  logAudit  `cmd:"" help:"Check a public log: that nothing in it was changed, and that everything in it is right. Exit code 0: nothing is wrong; 1: something is."`
	Show   logShow   `cmd:"" help:"List what a public log holds, or what was added between two sizes."`
	Key    logKey    `cmd:"" help:"Make the keys of a log in an encrypted file, for a signer in a process of its own; prints the public keys."`
	Signer logSigner `cmd:"" help:"Sign the checkpoints of a log for a node on this machine, in a process of its own."`
}

type logAudit struct {
	Log      string `arg:"" help:"Address of the log, to which /checkpoint can be added, or its directory."`
	trusting `embed:""`
	Messages string `help:"Address or directory of the CAP messages; without it, cap beside the log." placeholder:"URL|DIR"`
	State    string `help:"File that remembers how far the audit came; made when absent." placeholder:"FILE" type:"path"`
	Watch    bool   `help:"Go on, and look again every 30 seconds."`
	JSON     bool   `name:"json" help:"Print a JSON object on a line for each round."`
}

const (
	// watchEvery is how often a log is looked at, several times while a
	// checkpoint counts as fresh.
	watchEvery = 30 * time.Second
	// softMemory makes the collector work harder than grow above it, in bytes. A
	// log of a million messages needs more, and gets it.
	softMemory = 64 << 20
	// largestState bounds the file of an audit's state, in bytes: some 65 for
	// each message in the log.
	largestState = 1 << 30
)

// Run implements the command.
func (c *logAudit) Run(ctx context.Context) error {
	debug.SetMemoryLimit(softMemory)
	audit, err := c.open()
	if err != nil {
		return err
	}
	var failed error // of the newest round
	for said := ""; ; {
		failed = c.round(ctx, audit, &said)
		if !c.Watch {
			return failed
		}
		if _, wrong := errors.AsType[exitCode](failed); failed != nil && !wrong && ctx.Err() == nil {
			report(failed)
		}
		select {
		case <-ctx.Done():
			return failed
		case <-time.After(watchEvery):
		}
	}
}

func (c *logAudit) open() (*logaudit.Audit, error) {
	trust, err := c.read()
	if err != nil {
		return nil, err
	}
	o := logaudit.Options{Trust: trust, Now: time.Now}
	if o.Log, err = logaudit.Open(c.Log); err != nil {
		return nil, err
	}
	o.Messages = o.Log.Beside("cap")
	if c.Messages != "" {
		if o.Messages, err = logaudit.Open(c.Messages); err != nil {
			return nil, err
		}
	}
	if isTerminal(os.Stderr) {
		o.Progress = progress
	}
	var state []byte
	if c.State != "" {
		if state, err = readState(c.State); errors.Is(err, os.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	audit, err := logaudit.New(o, state)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is not the state of an audit.", c.State), "Name the file that an earlier audit wrote, or a new one to begin anew.")
	}
	return audit, nil
}

func progress(done, of int64) {
	fmt.Fprintf(os.Stderr, "\r%d/%d", done, of)
	if done == of {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}

// readState reads the file of a state; nil when it is not there.
func readState(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > largestState {
		return nil, problem.New(problem.Unreadable, fmt.Sprintf("%s is too large for the state of an audit.", path), "Name the file that an earlier audit wrote.")
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// round runs one, keeps its state and says what it came to. said is what the last
// one said, which is not repeated.
func (c *logAudit) round(ctx context.Context, audit *logaudit.Audit, said *string) error {
	before := audit.State()
	result, err := audit.Round(ctx)
	if err != nil {
		return err
	}
	evidence, err := c.keepEvidence(result.Evidence)
	if err != nil {
		return err
	}
	if after := audit.State(); c.State != "" && !bytes.Equal(before, after) {
		if err := replaceFile(c.State, after); err != nil {
			return err
		}
	}
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	} else if text := auditText(result, evidence); result.Size > result.Before || text != *said {
		fmt.Print(text)
		*said = text
	}
	if !result.OK() {
		return exitInvalid
	}
	return nil
}

func auditText(r *logaudit.Report, evidence string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s (%s): %d entries, %d new, %d messages compared", captext.Plain(r.Origin), r.Authority, r.Size, r.Size-r.Before, r.Messages)
	if r.OK() {
		out.WriteString(": nothing is wrong\n")
		return out.String()
	}
	fmt.Fprintf(&out, ": %d things are wrong\n", len(r.Findings)+r.Omitted)
	for _, f := range r.Findings {
		place := "log"
		if f.Index >= 0 {
			place = "entry " + strconv.FormatInt(f.Index, 10)
		}
		fmt.Fprintf(&out, "  %s: %s: %s\n", place, f.Result, captext.Plain(f.Detail))
	}
	if r.Omitted > 0 {
		fmt.Fprintf(&out, "  and %d more\n", r.Omitted)
	}
	if evidence != "" {
		fmt.Fprintf(&out, "  the evidence is in %s: send it to the authority, to its witnesses and to a newspaper\n", evidence)
	}
	return out.String()
}

// keepEvidence writes the first evidence of a log with two histories beside the
// state. It never replaces one.
func (c *logAudit) keepEvidence(e *logaudit.Evidence) (path string, err error) {
	if e == nil {
		return "", nil
	}
	path = cmp.Or(c.State, "tocsin-audit") + ".fork.json"
	raw, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write evidence: %w", err)
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, replaceFile(path, append(raw, '\n'))
}

// replaceFile writes a file as a whole: a crash leaves the old one or the new one.
func replaceFile(path string, content []byte) error {
	if err := durable.Replace(path, content); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be written.", path), "Check the folder and the disk.")
	}
	return nil
}

type logShow struct {
	Log  string `arg:"" help:"Address of the log, to which /checkpoint can be added, or its directory."`
	From int64  `help:"Index of the first entry to list; the size of an older checkpoint lists what was added since." placeholder:"N"`
	To   int64  `help:"Index after the last entry to list; the size of a checkpoint. Without it, all." placeholder:"N"`
	Lang string `default:"en" enum:"en,de" help:"Language: en or de."`
	JSON bool   `name:"json" help:"Print a JSON object on a line for each entry."`
}

// shown is an entry in JSON.
type shown struct {
	Index int64     `json:"index"`
	Kind  tlog.Kind `json:"kind,omitempty"`
	// Leaf is the entry's text; absent if it is none.
	Leaf string `json:"leaf,omitempty"`
}

// Run implements the command.
func (c *logShow) Run(ctx context.Context) error {
	source, err := logaudit.Open(c.Log)
	if err != nil {
		return err
	}
	size, err := source.Size(ctx)
	if err != nil {
		return err
	}
	to := min(cmp.Or(c.To, size), size)
	if c.From < 0 || c.From > to {
		return problem.New(problem.Invalid, fmt.Sprintf("There are no entries from %d to %d in a log of %d.", c.From, to, size), "Name indexes from 0 up to the size of the log.")
	}
	out := bufio.NewWriter(os.Stdout)
	encoder, words := json.NewEncoder(out), catalogue.For(c.Lang)
	err = source.Entries(ctx, logaudit.Span{From: c.From, To: to, Size: size}, func(first int64, entries [][]byte) error {
		for i, entry := range entries {
			index := first + int64(i)
			leaf, err := tlog.ParseLeaf(entry)
			if err != nil {
				leaf = nil
			}
			switch {
			case c.JSON && leaf == nil:
				err = encoder.Encode(shown{Index: index})
			case c.JSON:
				err = encoder.Encode(shown{index, leaf.Kind, string(entry)})
			default:
				_, err = fmt.Fprintln(out, logaudit.Line(words, index, leaf))
			}
			if err != nil {
				return fmt.Errorf("write entry: %w", err)
			}
		}
		return nil
	})
	if err := errors.Join(err, out.Flush()); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, words.T("log.unchecked"))
	return nil
}
