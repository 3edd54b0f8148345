// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/demo"
	"github.com/tocsin-alert/tocsin/internal/siren/agent"
)

type sirenCommand struct {
	List     sirenList      `cmd:"" help:"List sirens and their states."`
	Show     sirenShow      `cmd:"" help:"Show one siren and what it did."`
	Test     sirenTest      `cmd:"" help:"Test sirens now, in silence unless told otherwise."`
	Tests    sirenTests     `cmd:"" help:"List tests of sirens, report on one, and set when they recur."`
	Stop     sirenStop      `cmd:"" help:"Order sirens to be silent."`
	Stops    sirenStops     `cmd:"" help:"List the orders to be silent and what came back."`
	Import   sirenImport    `cmd:"" help:"Take a list of sirens into the registry."`
	Export   sirenExport    `cmd:"" help:"Write the registry as CSV or GeoJSON."`
	Remove   sirenRemove    `cmd:"" help:"Take a siren out of the registry, with a reason."`
	Generate sirenGenerate  `cmd:"" help:"Make up a plausible fleet, for trying and planning."`
	Signals  sirenSignals   `cmd:"" help:"List the tables of signals: what sirens sound where."`
	Enrol    sirenEnrol     `cmd:"" help:"Let devices enrol as sirens: a one-time code for each (administrator)."`
	Revoke   sirenRevoke    `cmd:"" help:"End a siren's certificates (administrator)."`
	Simulate sirenSimulate  `cmd:"" help:"Connect the simulated sirens of a fleet file to an MQTT broker."`
	Agent    agent.Commands `cmd:"" help:"Run the siren at which this board stands."`
	Root     sirenRoot      `cmd:"" help:"Make and sign the root that says whose keys sirens obey."`
	Keyset   sirenKeyset    `cmd:"" help:"Make, sign and check the keys that sirens obey."`
	Firmware sirenFirmware  `cmd:"" help:"Sign and check what sirens install."`
	Cosigner sirenCosigner  `cmd:"" help:"Hold the key of second signatures in a process of its own."`
	Encode   sirenEncode    `cmd:"" help:"Make the sound of a radio call, for a transmitter."`
	Decode   sirenDecode    `cmd:"" help:"Say which radio calls a sound holds."`
}

type sirenList struct {
	Condition string `help:"Only those in this condition, such as offline or fault." placeholder:"CONDITION"`
	Limit     int    `default:"1000" help:"How many at most."`
	access    `embed:""`
	output    `embed:""`
}

// Run implements the command.
func (c *sirenList) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	var page console.SirenPage
	query := url.Values{"condition": {c.Condition}, "limit": {strconv.Itoa(c.Limit)}}
	if err := node.Call(ctx, http.MethodGet, "/sirens?"+query.Encode(), nil, &page); err != nil {
		return err
	}
	return c.print(page, func(w io.Writer) {
		rows := [][]string{{"SIREN", "NAME", "REGION", "CONDITION", "LAST CONTACT"}}
		for _, s := range page.Sirens {
			rows = append(rows, []string{s.ID, s.Name, s.Region, string(s.State.Condition), clock(s.State.LastContact)})
		}
		table(w, rows)
		fmt.Fprintf(w, "%d of %d ready\n", page.Counts.Ready, page.Counts.Total)
	})
}

type sirenShow struct {
	ID     string `arg:"" help:"Id of the siren."`
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *sirenShow) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	var s console.SirenDetail
	if err := node.Call(ctx, http.MethodGet, "/sirens/"+url.PathEscape(c.ID), nil, &s); err != nil {
		return err
	}
	return c.print(s, func(w io.Writer) {
		printSiren(w, s)
	})
}

func printSiren(w io.Writer, s console.SirenDetail) {
	condition := string(s.State.Condition)
	if s.State.Detail != "" {
		condition += ": " + reasonText(s.State.Detail)
	}
	var paths []string
	for _, p := range s.Paths {
		path := strings.TrimSpace(string(p.Kind) + " " + p.Address)
		if p.Unauthenticated {
			path += " (not authenticated)"
		}
		paths = append(paths, path)
	}
	tested := "never"
	if t := s.LastTest; t != nil {
		tested = strings.TrimSpace(fmt.Sprintf("%s %s, %s %s", clock(t.At), t.Signal, t.Outcome, reasonText(t.Reason)))
	}
	rows := [][]string{
		{"place", fmt.Sprintf("%.5f, %.5f  %s", s.Position.Lat, s.Position.Lon, s.UTMREF)},
		{"condition", condition},
		{"last contact", clock(s.State.LastContact)},
		{"last test", tested},
		{"signals", strings.Join(s.Signals, ", ")},
		{"paths", strings.Join(paths, ", ")},
		{"hardware", s.Type},
		{"power", s.Equipment.Power},
		{"operator", s.Equipment.Operator},
		{"keyset", strconv.Itoa(int(s.State.Keyset))},
	}
	fmt.Fprintf(w, "%s %s, %s\n", s.ID, s.Name, s.Region)
	table(w, slices.DeleteFunc(rows, func(r []string) bool { return r[1] == "" || r[0] == "keyset" && r[1] == "0" }))
	for _, o := range s.Outcomes {
		fmt.Fprintf(w, "%s  %s %s %s\n", clock(o.At), o.Message, o.Outcome, reasonText(o.Reason))
	}
}

type sirenSimulate struct {
	Fleet string `arg:"" help:"Fleet file, as the demo writes it (fleet.json)." type:"path"`
	MQTT  string `name:"mqtt" help:"Address of the broker instead of the file's." placeholder:"URL"`
}

// Run implements the command.
func (c *sirenSimulate) Run(ctx context.Context) error {
	return demo.Simulate(ctx, c.Fleet, c.MQTT)
}
