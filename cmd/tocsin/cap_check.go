// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
	"github.com/tocsin-alert/tocsin/internal/capreport"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
)

type capCheck struct {
	Files   []string `arg:"" name:"file" help:"Files (XML, JSON, zip, gzip, Atom, RSS, EDXL-DE), folders, - for standard input, or http(s) addresses of messages and feeds."`
	Profile string   `default:"cap" enum:"cap,public,de" help:"For whom: cap, anybody who reads CAP; public, pages, apps and feed readers; de, the German warning system."`
	Lenient bool     `help:"Read as one reads other issuers: what can be repaired is a warning."`
	Lang    string   `default:"en" enum:"en,de" help:"Language of the findings: en or de."`
	JSON    bool     `name:"json" help:"Print JSON Lines: one object for each message."`
}

// Run implements the command.
func (c *capCheck) Run(ctx context.Context) error {
	o := capreport.Options{Profile: check.Profile(c.Profile), Mode: cap.Strict, Language: c.Lang, JSON: c.JSON, Now: time.Now()}
	if c.Lenient {
		o.Mode = cap.Lenient
	}
	out := bufio.NewWriter(os.Stdout)
	o.Out = out
	report := capreport.New(o)
	bound := boundMemory()
	for m := range opener().Messages(ctx, c.Files) {
		if err := report.Add(m); err != nil {
			return err
		}
		bound(m)
	}
	outcome, err := report.Close()
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if outcome.Unchained {
		fmt.Fprintln(os.Stderr, catalogue.For(c.Lang).T("cap.check.chainless"))
	}
	var exit exitCode
	if outcome.Invalid > 0 {
		exit.worst(exitInvalid)
	}
	if outcome.Unreadable > 0 {
		exit.worst(exitUnreadable)
	}
	return exit.err()
}
