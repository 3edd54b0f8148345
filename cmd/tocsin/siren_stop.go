// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

type sirenStop struct {
	Sirens  []string `arg:"" optional:"" help:"Ids of the sirens to stop." name:"siren"`
	All     bool     `help:"Stop every siren."`
	Warning string   `help:"Stop the sirens of this warning." placeholder:"ID"`
	Reason  string   `required:"" help:"Why; it is recorded." placeholder:"TEXT"`
	Confirm string   `help:"Area and level of the warning in force, which is asked for where there is one." placeholder:"\"AREA LEVEL\""`
	access  `embed:""`
	output  `embed:""`
}

// Run implements the command.
func (c *sirenStop) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	command := siren.StopCommand{All: c.All, Warning: c.Warning, Sirens: c.Sirens, Reason: c.Reason}
	var effect console.SirenStopEffect
	if err := node.Call(ctx, http.MethodPost, "/stops/effect", command, &effect); err != nil {
		return err
	}
	if effect.Confirmation != "" && c.Confirm == "" {
		return problem.New(problem.Conflict, fmt.Sprintf("A warning is in force for these sirens: %s. Whoever stops them takes it away from people.", effect.Confirmation),
			fmt.Sprintf("If that is meant, add --confirm %q.", effect.Confirmation))
	}
	var accepted console.Accepted
	if err := node.Call(ctx, http.MethodPost, "/stops", console.SirenStop{StopCommand: command, Confirmation: c.Confirm}, &accepted); err != nil {
		return err
	}
	return c.print(accepted, func(w io.Writer) {
		fmt.Fprintf(w, "Ordered %d sirens to be silent; %d of them were sounding. tocsin siren stops shows what came back.\n", effect.Sirens, effect.Sounding)
	})
}

type sirenStops struct {
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *sirenStops) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	var orders []console.SirenStopRow
	if err := node.Call(ctx, http.MethodGet, "/stops", nil, &orders); err != nil {
		return err
	}
	return c.print(orders, func(w io.Writer) {
		rows := [][]string{{"ORDER", "AT", "BY", "SIRENS", "TOOK IT", "DID NOT", "OPEN", "REASON"}}
		for _, o := range orders {
			total, good, bad, open := "-", "-", "-", "-"
			if d := o.Delivery; d != nil {
				total, good, bad, open = fmt.Sprint(d.Total), fmt.Sprint(d.Good), fmt.Sprint(d.Bad), fmt.Sprint(d.Open)
			}
			rows = append(rows, []string{o.ID, clock(o.At), o.By, total, good, bad, open, o.Reason})
		}
		table(w, rows)
	})
}
