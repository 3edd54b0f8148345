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
	"path/filepath"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/container"
	"github.com/tocsin-alert/tocsin/cap/federal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

type capConvert struct {
	Files  []string `arg:"" name:"file" help:"Files, folders, - for standard input, or http(s) addresses of messages and feeds."`
	To     string   `required:"" enum:"xml,json,api31,geojson,atom" help:"Form to write: xml; json; api31 or geojson, those of the federal API; atom, one feed that carries all messages."`
	Strict bool     `help:"Refuse messages that are not valid, instead of repairing them."`
	Output string   `short:"o" help:"File to write instead of standard output; or a folder, where each message gets a file named after its identifier." placeholder:"FILE" type:"path"`
}

// Run implements the command.
func (c *capConvert) Run(ctx context.Context) error {
	mode := cap.Lenient
	if c.Strict {
		mode = cap.Strict
	}
	into := outlet{path: c.Output, form: c.To}
	var exit exitCode
	bound := boundMemory()
	for m := range opener().Messages(ctx, c.Files) {
		x, err := m.Read(mode)
		if err != nil {
			exit.worst(sayError(m.File, err))
			continue
		}
		for _, f := range x.Findings {
			kind := "repaired"
			if f.Severity == cap.GravityError {
				kind = "error"
			}
			say(m.File, kind, f)
		}
		if x.Valid() {
			err = into.write(x.Alert)
		} else {
			exit.worst(exitInvalid)
		}
		if refusal, ok := errors.AsType[*cap.Refusal](err); ok {
			say(m.File, "error", cap.Finding{Message: "it cannot be written in this form: " + refusal.Message, Remedy: refusal.Remedy})
			exit.worst(exitInvalid)
		} else if err != nil {
			return err
		}
		bound(m)
	}
	if err := into.close(); err != nil {
		return err
	}
	return exit.err()
}

// encode writes a valid message in a form.
func encode(a *cap.Alert, form string) ([]byte, error) {
	switch form {
	case "xml":
		raw, err := cap.Write(a)
		return append(raw, '\n'), err
	case "api31":
		return federal.WriteDetail(a)
	case "geojson":
		return federal.WriteGeoJSON(a, federal.GeoJSONOptions{})
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(a)
	return out.Bytes(), err
}

// endings of files by form.
var endings = map[string]string{"xml": ".xml", "json": ".json", "api31": ".json", "geojson": ".geojson"}

// outlet is where documents go: one to standard output or a file, any number
// into a folder.
type outlet struct {
	path, form string
	// only is the one document that does not go into a folder.
	only []byte
	used map[string]bool
	// feed is the one feed, written while messages are read.
	feed   *container.AtomWriter
	buffer *bufio.Writer
	file   *os.File
}

// write writes a valid message. The error is a *cap.Refusal, maybe wrapped, if
// the message is too large for the form.
func (o *outlet) write(a *cap.Alert) error {
	if o.form == "atom" {
		return o.add(a)
	}
	raw, err := encode(a, o.form)
	if err != nil {
		return fmt.Errorf("write %s: %w", a.Identifier, err)
	}
	return o.put(a.Identifier, raw)
}

// add writes a message into the feed.
func (o *outlet) add(a *cap.Alert) error {
	if o.feed == nil {
		o.file = os.Stdout
		if o.path != "" {
			file, err := os.Create(o.path)
			if err != nil {
				return notWritten(o.path, err)
			}
			o.file = file
		}
		o.buffer = bufio.NewWriter(o.file)
		o.feed = &container.AtomWriter{Writer: o.buffer, Title: "CAP"}
	}
	return o.feed.Add(container.Entry{Alert: a})
}

func (o *outlet) put(identifier string, raw []byte) error {
	if info, err := os.Stat(o.path); o.path != "" && err == nil && info.IsDir() {
		return writeFile(filepath.Join(o.path, o.name(identifier)+endings[o.form]), raw)
	}
	if o.only != nil {
		return problem.New(problem.Invalid, "There are several messages, and one document holds one.", "Name a folder that exists with -o; each message gets a file in it.")
	}
	o.only = raw
	return nil
}

// close writes the one document, if there is one, or ends the feed.
func (o *outlet) close() error {
	if o.feed != nil {
		err := cmp.Or(o.feed.Close(), o.buffer.Flush())
		if o.path != "" {
			err = cmp.Or(err, o.file.Close())
		}
		if err != nil {
			return notWritten(cmp.Or(o.path, "the feed"), err)
		}
	}
	if o.only == nil {
		return nil
	}
	return written{o.path}.write(o.only)
}

// name makes a file's name of an identifier, one that was not used yet.
func (o *outlet) name(identifier string) string {
	// A clone, since the identifier is a part of the message's text.
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("._-", r)) {
			return r
		}
		return '_'
	}, strings.Clone(identifier))
	name = strings.TrimLeft(name[:min(len(name), 150)], ".")
	if o.used == nil {
		o.used = map[string]bool{}
	}
	unique := name
	for i := 2; o.used[unique] || unique == ""; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	o.used[unique] = true
	return unique
}
