// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/captext"
	"github.com/tocsin-alert/tocsin/internal/logaudit"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/verification"
	"github.com/tocsin-alert/tocsin/internal/witness"
	"github.com/tocsin-alert/tocsin/tlog"
)

// exitNotNow is the exit code for a warning that is genuine but nothing to act on.
const exitNotNow exitCode = 3

// trusting is how a command finds its trust file.
type trusting struct {
	Trust string `env:"TOCSIN_TRUST" help:"Trust file: whose warnings you believe. Without it, tocsin/trust.json in your folder for settings (~/.config on Linux)." placeholder:"FILE" type:"path"`
}

// read reads the trust file that was named, or the person's own.
func (t trusting) read() (*tlog.Trust, error) {
	path := t.Trust
	if path == "" {
		folder, err := os.UserConfigDir()
		if err != nil {
			return nil, problem.Wrap(err, problem.Unreadable, "There is no folder for settings to look for a trust file in.", "Name one with --trust FILE.")
		}
		path = filepath.Join(folder, "tocsin", "trust.json")
		if _, err := os.Stat(path); os.IsNotExist(err) {
			return nil, problem.New(problem.Unreadable, fmt.Sprintf("There is no trust file %s, so nobody's warnings are believed.", path),
				"Get the trust file of your authorities in a way that you trust already. Put it there, or name it with --trust FILE; tocsin trust show FILE says what is in it.")
		}
	}
	return readTrust(path)
}

func readTrust(path string) (*tlog.Trust, error) {
	raw, err := readFile(path)
	if err != nil {
		return nil, err
	}
	trust, err := tlog.ParseTrust(raw, witness.NewVerifier)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is no trust file.", captext.Plain(path)), "Get it anew from where it came from; docs/formats/trust.md has the form.")
	}
	return trust, nil
}

type verifyCommand struct {
	File     string `arg:"" help:"CAP message, bundle (.tocsin) or proof; - reads standard input."`
	trusting `embed:""`
	Proof    string        `help:"Proof or bundle that the authority gives out for the message, when FILE does not hold it." placeholder:"FILE" type:"path"`
	MinGrade string        `default:"C" enum:"A,B,C" help:"Lowest grade that is enough: A, B or C."`
	MaxAge   time.Duration `help:"Oldest proof that still shows a warning to be in force, such as 10m; any age without it." placeholder:"DURATION"`
	State    string        `help:"State of an audit of the log (tocsin log audit): with it keys and forks are checked too." placeholder:"FILE" type:"path"`
	At       time.Time     `help:"Time to judge by instead of now, such as 2026-11-23T14:00:00Z." placeholder:"TIME"`
	Lang     string        `default:"en" enum:"en,de" help:"Language: en or de."`
	output   `embed:""`
}

// Run implements the command.
func (c *verifyCommand) Run() error {
	trust, err := c.read()
	if err != nil {
		return err
	}
	request := verification.Request{File: captext.Plain(c.File), Trust: trust, MinGrade: tlog.Grade(c.MinGrade)}
	request.Options.Now, request.Options.MaxAge = c.At, c.MaxAge
	if c.At.IsZero() {
		request.Options.Now = time.Now()
	}
	if request.Raw, err = readFile(c.File); err != nil {
		return unusable(err)
	}
	if c.Proof != "" {
		if request.Proof, err = readFile(c.Proof); err != nil {
			return unusable(err)
		}
	}
	if request.Audited, err = c.audited(); err != nil {
		return err
	}
	report := verification.Verify(request)
	options := verification.TextOptions{Language: c.Lang, Location: time.Local}
	if err := c.print(report, func(w io.Writer) { report.Text(w, options) }); err != nil {
		return err
	}
	return outcomes[report.Outcome()].err()
}

// audited is what an audit found out, if one is named.
func (c *verifyCommand) audited() (*verification.Audited, error) {
	if c.State == "" {
		return nil, nil
	}
	raw, err := readState(c.State)
	var state *logaudit.State
	if err == nil {
		state, err = logaudit.ParseState(raw)
	}
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is not the state of an audit.", c.State), "Name the file that tocsin log audit --state wrote.")
	}
	return &verification.Audited{Tree: state.Tree(), Keys: state.Audit.Keys}, nil
}

// outcomes are the exit codes of tocsin verify; docs/formats/problems.md has them.
var outcomes = map[verification.Outcome]exitCode{
	verification.InForce: 0, verification.NotGenuine: exitInvalid, verification.Unusable: exitUnreadable, verification.NotNow: exitNotNow,
}

// unusable makes every failure to read the input one of exit code 2, so that no
// other code of a verification can be taken for a verdict.
func unusable(err error) error {
	if p, ok := errors.AsType[*problem.Error](err); ok {
		unreadable := *p
		unreadable.Kind = problem.Unreadable
		return &unreadable
	}
	return err
}

type trustCommand struct {
	Show trustShow `cmd:"" help:"Show whom a trust file believes."`
}

type trustShow struct {
	File   string `arg:"" help:"Trust file." type:"path"`
	output `embed:""`
}

// Run implements the command.
func (c *trustShow) Run() error {
	trust, err := readTrust(c.File)
	if err != nil {
		return err
	}
	return c.print(trust, func(w io.Writer) { showTrust(w, trust) })
}

func showTrust(w io.Writer, trust *tlog.Trust) {
	fmt.Fprintf(w, "put together %s\n", clock(trust.Issued))
	for _, a := range trust.Authorities {
		fmt.Fprintf(w, "\n%s (%s)\n", captext.Plain(a.Name), a.ID)
		rows := [][]string{{"  operator", a.Operator}, {"  may warn in", strings.Join(a.Territory, " ")}, {"  senders", captext.Plain(strings.Join(a.Senders, " "))}}
		for _, l := range a.Logs {
			rows = append(rows, []string{"  log (" + string(l.Realm) + ")", captext.Plain(l.Origin)})
			for _, key := range l.Keys {
				rows = append(rows, []string{"    key", captext.Plain(key)})
			}
			if l.Quorum == nil {
				rows = append(rows, []string{"    grade A", "never: no quorum of witnesses"})
				continue
			}
			rows = append(rows, []string{"    grade A", fmt.Sprintf("witnesses of %d operators", l.Quorum.Operators)})
		}
		table(w, rows)
	}
	if len(trust.Witnesses) > 0 {
		fmt.Fprintln(w, "\nwitnesses")
	}
	var rows [][]string
	for _, witness := range trust.Witnesses {
		rows = append(rows, []string{"  " + captext.Plain(witness.Name()), witness.Operator})
	}
	table(w, rows)
}
