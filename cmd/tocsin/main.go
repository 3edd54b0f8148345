// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Command tocsin is the one binary: a node that warns a population, its demo,
// and the commands by which operators and technicians work with it.
//
// Results go to standard output, words to standard error. Errors take two
// lines: what is wrong, and what to do. The exit code says what kind of error it
// was; docs/formats/problems.md lists them.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/tocsin-alert/tocsin/internal/captext"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// commands is the tree of nouns and verbs.
type commands struct {
	Demo        demoCommand        `cmd:"" help:"Run a node for a made-up authority in Brandenburg, with simulated sirens."`
	Serve       serveCommand       `cmd:"" help:"Run a node."`
	CheckConfig checkConfigCommand `cmd:"" name:"check-config" help:"Read a configuration and say what is wrong with it."`
	Warning     warningCommand     `cmd:"" help:"Request, release and look at warnings."`
	Siren       sirenCommand       `cmd:"" help:"Look at sirens, test, stop and enrol them, keep their registry and keys, and make radio calls."`
	Region      regionCommand      `cmd:"" help:"Give a node an authority's own boundaries."`
	Population  populationCommand  `cmd:"" help:"Give a node the numbers of people of the census."`
	Operator    operatorCommand    `cmd:"" help:"Open the first account, and make signing keys."`
	Verify      verifyCommand      `cmd:"" help:"Check whether a warning is genuine, without a network. Exit code 0: genuine and in force; 1: not genuine; 2: unusable; 3: genuine, but over, an exercise, or of a lower grade."`
	Trust       trustCommand       `cmd:"" help:"Look at a trust file."`
	Log         logCommand         `cmd:"" help:"Look at public logs, and check them."`
	Witness     witnessCommand     `cmd:"" help:"Cosign public logs, so that nobody is shown another history."`
	Cap         capCommand         `cmd:"" help:"Check, show, convert, sign and verify CAP messages."`
	Plan        planCommand        `cmd:"" help:"Plan where sirens are to stand."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

func main() {
	os.Exit(run(os.Args[1:]))
}

// run is main without the process, for tests.
func run(arguments []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var tree commands
	exit := -1
	parser, err := kong.New(&tree,
		kong.Name("tocsin"),
		kong.Description("Warns a population: an author writes, a second person releases, and sirens and all other channels have it within seconds."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return report(fmt.Errorf("build command tree: %w", err))
	}
	parsed, err := parser.Parse(arguments)
	if exit >= 0 {
		return exit // --help has printed and ended
	}
	if err != nil {
		return report(problem.New(problem.Unreadable, "The command line is not right: "+err.Error()+".", "Run tocsin --help, or tocsin COMMAND --help."))
	}
	return report(parsed.Run())
}

// report prints an error, unless all was said already, and gives its exit code.
func report(err error) int {
	if err == nil {
		return 0
	}
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	var text bytes.Buffer
	code := problem.Report(&text, "tocsin", err)
	for line := range strings.Lines(text.String()) {
		// It may quote a file or a node that means ill with the terminal.
		fmt.Fprintln(os.Stderr, captext.Plain(strings.TrimSuffix(line, "\n")))
	}
	return code
}

// exitCode ends the command with a code when everything was said already.
type exitCode int

// Error implements error.
func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }
