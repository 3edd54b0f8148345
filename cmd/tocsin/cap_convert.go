// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
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
	var feed []container.Entry
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
		switch {
		case !x.Valid():
			exit.worst(exitInvalid)
		case c.To == "atom":
			feed = append(feed, container.Entry{Alert: x.Alert})
		default:
			raw, err := encode(x.Alert, c.To)
			if err != nil {
				return fmt.Errorf("write %s: %w", m.File, err)
			}
			if err := into.put(x.Alert.Identifier, raw); err != nil {
				return err
			}
		}
		bound(m)
	}
	if len(feed) > 0 {
		raw, err := encodeFeed(feed)
		if err != nil {
			return err
		}
		into.only = raw
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

// encodeFeed writes messages into one feed. The same messages give the same.
func encodeFeed(entries []container.Entry) ([]byte, error) {
	digest := sha256.New()
	for _, e := range entries {
		fmt.Fprintln(digest, e.Alert.Reference())
	}
	raw, err := container.WriteAtom(container.Feed{
		ID: fmt.Sprintf("urn:tocsin:feed:%x", digest.Sum(nil)[:16]), Title: "CAP", Author: entries[0].Alert.Sender, Entries: entries,
	})
	if err != nil {
		return nil, fmt.Errorf("write feed: %w", err)
	}
	return raw, nil
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

// close writes the one document, if there is one.
func (o *outlet) close() error {
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
