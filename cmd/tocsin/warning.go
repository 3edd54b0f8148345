// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/client"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/demo"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

type warningCommand struct {
	Request  warningRequest  `cmd:"" help:"Ask for the release of a warning in a CAP or JSON file; prints its id."`
	Release  warningRelease  `cmd:"" help:"Release what waits of a warning."`
	Refuse   warningRefuse   `cmd:"" help:"Send a request back with a reason."`
	Withdraw warningWithdraw `cmd:"" help:"Take your own request back."`
	Stop     warningStop     `cmd:"" help:"Stop a request; anyone on shift may."`
	Update   warningUpdate   `cmd:"" help:"Ask for the release of an update."`
	End      warningEnd      `cmd:"" help:"Ask for the release of the all-clear."`
	List     warningList     `cmd:"" help:"List warnings."`
	Show     warningShow     `cmd:"" help:"Show one warning and who was reached."`
	Import   warningImport   `cmd:"" help:"Hand in foreign CAP messages (a file or a zip) as proposals."`
}

// signing is the key that a command signs with.
type signing struct {
	Key string `env:"TOCSIN_KEY" help:"File of your signing key." placeholder:"FILE" type:"path"`
}

func (s signing) load(o *demo.Operator) (*ecdsa.PrivateKey, error) {
	path := s.Key
	if path == "" && o != nil {
		path = o.KeyFile
	}
	if path == "" {
		return nil, problem.New(problem.Invalid, "No signing key is named.", "Give --key FILE; tocsin operator key makes one.")
	}
	return operator.LoadKey(path)
}

// signed is what commands share that sign something.
type signed struct {
	access  `embed:""`
	signing `embed:""`
	output  `embed:""`
}

func (s *signed) open() (*client.Client, *ecdsa.PrivateKey, error) {
	node, person, err := s.access.open()
	if err != nil {
		return nil, nil, err
	}
	key, err := s.load(person)
	return node, key, err
}

// request asks and prints the warning's id.
func (s *signed) request(ctx context.Context, in console.PrepareRequest) error {
	node, key, err := s.open()
	if err != nil {
		return err
	}
	draft, err := node.Request(ctx, in, key)
	if err != nil {
		return err
	}
	for _, finding := range draft.Findings {
		fmt.Fprintf(os.Stderr, "advice: %s: %s\n", finding.Field, finding.Message)
	}
	return s.print(draft, func(w io.Writer) {
		fmt.Fprintln(w, draft.Warning)
		fmt.Fprintf(os.Stderr, "requested %s, content code %s; it now waits for a second person\n", draft.Identifier, draft.Code)
	})
}

type warningRequest struct {
	File   string `arg:"" help:"CAP message (XML) or content (JSON); - reads standard input."`
	signed `embed:""`
}

// Run implements the command.
func (c *warningRequest) Run(ctx context.Context) error {
	in, err := readContent(c.File)
	if err != nil {
		return err
	}
	in.Kind = warning.KindAlert
	return c.request(ctx, in)
}

type warningUpdate struct {
	ID     string `arg:"" help:"Id of the warning."`
	File   string `arg:"" help:"CAP message (XML) or content (JSON); - reads standard input."`
	signed `embed:""`
}

// Run implements the command.
func (c *warningUpdate) Run(ctx context.Context) error {
	in, err := readContent(c.File)
	if err != nil {
		return err
	}
	in.Kind, in.Warning = warning.KindUpdate, c.ID
	return c.request(ctx, in)
}

type warningEnd struct {
	ID     string `arg:"" help:"Id of the warning."`
	File   string `help:"All-clear of your own instead of the prefilled one: CAP or JSON." placeholder:"FILE"`
	signed `embed:""`
}

// Run implements the command.
func (c *warningEnd) Run(ctx context.Context) error {
	in := console.PrepareRequest{}
	if c.File != "" {
		var err error
		if in, err = readContent(c.File); err != nil {
			return err
		}
	} else {
		node, _, err := c.access.open()
		if err != nil {
			return err
		}
		var prefilled console.Prefilled
		if err := node.Call(ctx, http.MethodGet, "/warnings/"+url.PathEscape(c.ID)+"/all-clear", nil, &prefilled); err != nil {
			return err
		}
		in.Content = &prefilled.Content
	}
	in.Kind, in.Warning = warning.KindAllClear, c.ID
	return c.request(ctx, in)
}

// largestFile bounds what is read of a file that is handed in.
const largestFile = 16 << 20

func readFile(path string) ([]byte, error) {
	in := os.Stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", path), "Check the path and its permissions.")
		}
		defer file.Close()
		in = file
	}
	raw, err := io.ReadAll(io.LimitReader(in, largestFile+1))
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", path), "Check the file.")
	}
	if len(raw) > largestFile {
		return nil, problem.New(problem.TooLarge, fmt.Sprintf("%s is larger than %d MiB.", path, largestFile>>20), "Hand in a smaller file.")
	}
	return raw, nil
}

// readContent reads a CAP message or a content.
func readContent(path string) (console.PrepareRequest, error) {
	raw, err := readFile(path)
	if err != nil {
		return console.PrepareRequest{}, err
	}
	if trimmed := bytes.TrimLeft(raw, "\ufeff \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		decoder := json.NewDecoder(bytes.NewReader(trimmed))
		decoder.DisallowUnknownFields()
		var content warning.Content
		if err := decoder.Decode(&content); err != nil {
			return console.PrepareRequest{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is no content in JSON.", path), "Compare it with docs/formats/api.md.")
		}
		return console.PrepareRequest{Content: &content}, nil
	}
	return console.PrepareRequest{CAP: string(raw)}, nil
}

type warningRelease struct {
	ID     string `arg:"" help:"Id of the warning."`
	signed `embed:""`
}

// Run implements the command.
func (c *warningRelease) Run(ctx context.Context) error {
	node, key, err := c.open()
	if err != nil {
		return err
	}
	w, err := node.Release(ctx, c.ID, key)
	if err != nil {
		return err
	}
	return c.print(w, func(out io.Writer) { showWarning(out, w) })
}

type reasoned struct {
	ID     string `arg:"" help:"Id of the warning."`
	Reason string `help:"Why, in words for the author." placeholder:"TEXT"`
	access `embed:""`
	output `embed:""`
}

func (r *reasoned) drop(ctx context.Context, verb string) error {
	node, _, err := r.access.open()
	if err != nil {
		return err
	}
	w, err := node.Warning(ctx, r.ID)
	if err != nil {
		return err
	}
	if w.Pending == nil {
		return problem.New(problem.Conflict, fmt.Sprintf("Nothing of %s waits for release.", r.ID), "See tocsin warning show "+r.ID+".")
	}
	var done console.Accepted
	body := console.Drop{Identifier: w.Pending.Identifier, Reason: r.Reason}
	if err := node.Call(ctx, http.MethodPost, "/warnings/"+url.PathEscape(r.ID)+"/"+verb, body, &done); err != nil {
		return err
	}
	return r.print(done, func(out io.Writer) { fmt.Fprintln(out, r.ID) })
}

type warningRefuse struct {
	reasoned `embed:""`
}

// Run implements the command.
func (c *warningRefuse) Run(ctx context.Context) error { return c.drop(ctx, "refuse") }

type warningWithdraw struct {
	reasoned `embed:""`
}

// Run implements the command.
func (c *warningWithdraw) Run(ctx context.Context) error { return c.drop(ctx, "withdraw") }

type warningStop struct {
	reasoned `embed:""`
}

// Run implements the command.
func (c *warningStop) Run(ctx context.Context) error { return c.drop(ctx, "stop") }

type warningList struct {
	Status string `help:"Only those that are waiting, in-force, ended, expired or dropped." placeholder:"STATUS"`
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *warningList) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	var rows []console.WarningRow
	if err := node.Call(ctx, http.MethodGet, "/warnings?status="+url.QueryEscape(c.Status), nil, &rows); err != nil {
		return err
	}
	return c.print(rows, func(w io.Writer) {
		lines := [][]string{{"WARNING", "STATUS", "LEVEL", "EVENT", "AREA", "UNTIL"}}
		for _, r := range rows {
			lines = append(lines, []string{r.Warning, string(r.Status), strconv.Itoa(int(r.Level)), r.EventName["en"], r.Area, clock(r.Expires)})
		}
		table(w, lines)
	})
}

type warningShow struct {
	ID     string `arg:"" help:"Id of the warning."`
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *warningShow) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	w, err := node.Warning(ctx, c.ID)
	if err != nil {
		return err
	}
	return c.print(w, func(out io.Writer) { showWarning(out, w) })
}

func showWarning(out io.Writer, w console.Warning) {
	fmt.Fprintf(out, "%s  %s\n", w.ID, w.Status)
	for _, m := range w.Messages {
		fmt.Fprintf(out, "\n%s %s, sent %s, until %s\n", m.Kind, m.Identifier, clock(m.Sent), clock(m.Content.Expires))
		for _, tag := range []string{"de", "en"} {
			if text, ok := m.Content.Texts[tag]; ok {
				fmt.Fprintf(out, "  %s: %s\n", tag, text.Headline)
			}
		}
		var names []string
		for _, a := range m.Assertions {
			names = append(names, fmt.Sprintf("%s (%s, %s)", a.Operator, a.Action, a.Marking))
		}
		fmt.Fprintf(out, "  content code %s, signed by %s\n", m.Code, strings.Join(names, ", "))
	}
	if p := w.Pending; p != nil {
		fmt.Fprintf(out, "\nwaiting: %s %s by %s since %s, content code %s\n", p.Kind, p.Identifier, p.Author.Name, clock(p.At), p.Code)
	}
	if len(w.Deliveries) > 0 {
		fmt.Fprintln(out)
		lines := [][]string{{"CHANNEL", "MESSAGE", "TARGETS", "GOOD", "OPEN", "BAD"}}
		for _, d := range w.Deliveries {
			lines = append(lines, []string{d.Channel, d.Message, strconv.Itoa(d.Total), strconv.Itoa(d.Good), strconv.Itoa(d.Open), strconv.Itoa(d.Bad)})
		}
		table(out, lines)
	}
}

type warningImport struct {
	File   string `arg:"" help:"CAP message, or a zip of them."`
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *warningImport) Run(ctx context.Context) error {
	raw, err := readFile(c.File)
	if err != nil {
		return err
	}
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	mediaType := "application/cap+xml"
	if bytes.HasPrefix(raw, []byte("PK\x03\x04")) {
		mediaType = "application/zip"
	}
	var imported console.Imported
	if err := node.Upload(ctx, "/proposals/import", mediaType, bytes.NewReader(raw), &imported); err != nil {
		return err
	}
	return c.print(imported, func(w io.Writer) {
		for _, id := range imported.Proposals {
			fmt.Fprintln(w, id)
		}
		fmt.Fprintf(os.Stderr, "%d new, %d known before, %d refused\n", len(imported.Proposals), imported.Known, len(imported.Failed))
		for _, f := range imported.Failed {
			fmt.Fprintf(os.Stderr, "  %s: %s\n", f.Field, f.Message)
		}
	})
}
