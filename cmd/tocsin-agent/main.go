// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Command tocsin-agent is the program of a small Linux board at a siren: the
// verbs of tocsin siren agent alone, so that it stays small.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren/agent"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var tree agent.Commands
	parser := kong.Must(&tree,
		kong.Name("tocsin-agent"),
		kong.Description("Runs a siren: takes signed orders, sounds the horn, reports what it senses."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	parsed, err := parser.Parse(os.Args[1:])
	if err != nil {
		err = problem.New(problem.Unreadable, "The command line is not right: "+err.Error()+".", "Run tocsin-agent --help, or tocsin-agent COMMAND --help.")
	} else {
		err = parsed.Run()
	}
	os.Exit(problem.Report(os.Stderr, "tocsin-agent", err))
}
