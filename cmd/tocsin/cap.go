// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/capfile"
	"github.com/tocsin-alert/tocsin/internal/captext"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

type capCommand struct {
	Check   capCheck   `cmd:"" help:"Check CAP messages. Exit code 0: no error; 1: errors found; 2: something is unreadable or refused."`
	Show    capShow    `cmd:"" help:"Show CAP messages as readable pages."`
	Convert capConvert `cmd:"" help:"Write CAP messages in another form."`
	Sign    capSign    `cmd:"" help:"Sign a CAP message."`
	Verify  capVerify  `cmd:"" help:"Check whose signature a CAP message has. Exit code 0: genuine; 1: not; 2: unreadable."`
	Key     capKey     `cmd:"" help:"Make a key pair for signing CAP messages; prints the public key."`
}

// The worst exit code of several messages is that of the command.
const (
	exitInvalid    exitCode = 1
	exitUnreadable exitCode = 2
)

// worst is the graver of two outcomes.
func (c *exitCode) worst(other exitCode) { *c = max(*c, other) }

// err is the exit code as the result of a command.
func (c exitCode) err() error {
	if c == 0 {
		return nil
	}
	return c
}

// boundMemory keeps a command that reads messages of strangers small. What it
// returns is called after each message: a large one leaves so much behind that
// it is cleared away before the next.
func boundMemory() func(capfile.Message) {
	const limit, large = 30 << 20, 256 << 10
	debug.SetMemoryLimit(limit)
	return func(m capfile.Message) {
		if len(m.Raw) > large {
			runtime.GC()
		}
	}
}

// opener opens files and addresses, and tells the person what it passes over.
func opener() *capfile.Opener {
	o := &capfile.Opener{Stdin: os.Stdin, Note: func(file string, note cap.Finding) { say(file, "note", note) }}
	if isTerminal(os.Stderr) {
		o.Progress = func(done, of int) {
			fmt.Fprintf(os.Stderr, "\r%d/%d", done, of)
			if done == of {
				fmt.Fprint(os.Stderr, "\r\x1b[K")
			}
		}
	}
	return o
}

// say writes a finding about a file to standard error.
func say(file, kind string, f cap.Finding) {
	place := captext.Plain(file)
	switch {
	case f.Line > 0 && f.Column > 0:
		place = fmt.Sprintf("%s:%d:%d", place, f.Line, f.Column)
	case f.Line > 0:
		place = fmt.Sprintf("%s:%d", place, f.Line)
	}
	text := captext.Plain(f.Message)
	if f.Path != "" && f.Path != "container" {
		text = captext.Plain(f.Path) + ": " + text
	}
	fmt.Fprintf(os.Stderr, "%s: %s: %s\n", place, kind, text)
	if f.Remedy != "" {
		fmt.Fprintf(os.Stderr, "  what to do: %s\n", captext.Plain(f.Remedy))
	}
}

// sayError says why there is no message, and returns the exit code for it.
func sayError(file string, err error) exitCode {
	found := cap.Finding{Message: err.Error(), Remedy: "check the path, its permissions and the content"}
	if refusal, ok := errors.AsType[*cap.Refusal](err); ok {
		found = cap.Finding{Line: refusal.Line, Column: refusal.Column, Message: refusal.Message, Remedy: refusal.Remedy}
	} else if linked, ok := errors.AsType[*capfile.LinkedError](err); ok {
		found.Remedy = linked.Remedy
	}
	say(file, "unreadable", found)
	return exitUnreadable
}

// written is where a command writes a document to.
type written struct {
	Output string `short:"o" help:"File to write instead of standard output." placeholder:"FILE" type:"path"`
}

func (w written) write(raw []byte) error {
	if w.Output == "" {
		_, err := os.Stdout.Write(raw)
		return err
	}
	return writeFile(w.Output, raw)
}

func writeFile(path string, raw []byte) error {
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		return notWritten(path, err)
	}
	return nil
}

func notWritten(path string, err error) error {
	return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be written.", path), "Check the folder and the disk.")
}

// readDocument reads one document of at most a message's size.
func readDocument(path string) ([]byte, error) {
	raw, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if limit := cap.DefaultLimits().Bytes; len(raw) > limit {
		return nil, problem.New(problem.Unreadable, fmt.Sprintf("%s has %d bytes, more than the %d of a message.", path, len(raw), limit), "Name a file with one message.")
	}
	return raw, nil
}

// invalid is the error of a message that is not valid.
func invalid(file string, findings []cap.Finding) error {
	var faults []problem.Fault
	for _, f := range findings {
		if f.Severity == cap.GravityError {
			faults = append(faults, problem.Fault{Field: fmt.Sprintf("%s:%d:%d", captext.Plain(f.Path), f.Line, f.Column), Rule: string(f.Rule), Message: captext.Plain(f.Message), Remedy: captext.Plain(f.Remedy)})
		}
	}
	return problem.InvalidFaults(captext.Plain(file)+" is not a valid CAP message.", faults)
}

type capShow struct {
	Files []string `arg:"" name:"file" help:"Files, folders, - for standard input, or http(s) addresses of messages and feeds."`
	Lang  string   `help:"Show only this language, as de or en." placeholder:"TAG"`
}

// Run implements the command.
func (c *capShow) Run(ctx context.Context) error {
	var exit exitCode
	first := true
	bound := boundMemory()
	for m := range opener().Messages(ctx, c.Files) {
		x, err := m.Read(cap.Lenient)
		if err != nil {
			exit.worst(sayError(m.File, err))
			continue
		}
		if !x.Valid() {
			exit.worst(exitInvalid)
		}
		if !first {
			fmt.Println()
		}
		first = false
		options := captext.Options{
			Language: c.Lang, Width: columns(os.Stdout), Location: time.Local, Now: time.Now(),
			Faulty: !x.Valid(), Repairs: len(x.Findings),
		}
		if err := captext.Page(os.Stdout, x.Alert, options); err != nil {
			return fmt.Errorf("write page: %w", err)
		}
		bound(m)
	}
	return exit.err()
}
