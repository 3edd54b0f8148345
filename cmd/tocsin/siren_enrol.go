// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/tocsin-alert/tocsin/internal/console"
)

type sirenEnrol struct {
	IDs    []string `arg:"" name:"id" help:"Ids of the sirens."`
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *sirenEnrol) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	enrolments := []console.SirenEnrolment{}
	for _, id := range c.IDs {
		var e console.SirenEnrolment
		if err = node.Call(ctx, http.MethodPost, "/sirens/"+url.PathEscape(id)+"/enrolment", nil, &e); err != nil {
			break // the codes that were given are shown all the same
		}
		enrolments = append(enrolments, e)
	}
	if len(enrolments) == 0 {
		return err
	}
	return errors.Join(err, c.print(enrolments, func(w io.Writer) {
		rows := [][]string{{"SIREN", "CODE", "UNTIL"}}
		for _, e := range enrolments {
			rows = append(rows, []string{e.Siren, e.Code, clock(e.Expires)})
		}
		table(w, rows)
		fmt.Fprintf(w, "address      %s\nfingerprint  %s\n", enrolments[0].URL, enrolments[0].Fingerprint)
		fmt.Fprintln(os.Stderr, "each code is for one device, and shown only now")
	}))
}

type sirenRevoke struct {
	ID     string `arg:"" help:"Id of the siren."`
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *sirenRevoke) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	var accepted console.Accepted
	if err := node.Call(ctx, http.MethodDelete, "/sirens/"+url.PathEscape(c.ID)+"/certificates", nil, &accepted); err != nil {
		return err
	}
	return c.print(accepted, func(w io.Writer) {
		fmt.Fprintf(w, "%s has no certificate any more\n", c.ID)
	})
}
