// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package capfile

import (
	"errors"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/container"
	"github.com/tocsin-alert/tocsin/cap/federal"
)

// Reading is what reading a message found. All places are those in its file.
type Reading struct {
	// Alert is the message as far as it could be read, never nil.
	Alert    *cap.Alert
	Findings []cap.Finding
	// Omitted is how many more errors there were.
	Omitted int
	// Place returns the line and column of the element at a path: zeros if lines
	// of the message are not lines of the file. It may be nil.
	Place func(path string) (line, column int)
}

// Valid reports whether no finding is an error.
func (r *Reading) Valid() bool {
	return !slices.ContainsFunc(r.Findings, func(f cap.Finding) bool { return f.Severity == cap.GravityError })
}

// Read reads the message. The forms of the federal API have habits that no
// other has; they are repaired, and reported as warnings, in a strict reading
// too. The error is that of the Message, or a *cap.Refusal.
func (m Message) Read(mode cap.Mode) (*Reading, error) {
	if m.Err != nil {
		return nil, m.Err
	}
	reading := &Reading{Alert: &cap.Alert{}}
	if m.Form != container.GeoJSON {
		x, err := cap.Examine(m.Raw, mode)
		if err != nil {
			return nil, m.moved(err)
		}
		reading = &Reading{Alert: x.Alert, Findings: x.Findings, Omitted: x.Omitted, Place: x.Place}
	}
	if m.Form == container.GeoJSON || m.Form == container.JSON && federal.Is(m.Raw) {
		if err := reading.federal(m.Raw, mode); err != nil {
			return nil, m.moved(err)
		}
	}
	for i := range reading.Findings {
		f := &reading.Findings[i]
		f.Line, f.Column = m.place(f.Line, f.Column)
	}
	if place := reading.Place; place != nil {
		reading.Place = func(path string) (int, int) { return m.place(place(path)) }
	}
	return reading, nil
}

// federal reads the message again, in a form of the federal API. What is broken
// there beyond the habits of the form is an error to a strict reading.
func (r *Reading) federal(raw []byte, mode cap.Mode) error {
	alert, findings, err := federal.Read(raw)
	if broken, ok := errors.AsType[*cap.InvalidError](err); ok {
		// The alert is what cap read of it, if it did.
		*r = Reading{Alert: r.Alert, Findings: broken.Findings, Omitted: broken.Omitted, Place: r.Place}
		return nil
	}
	if err != nil {
		return err
	}
	*r = Reading{Alert: alert, Findings: findings, Place: r.Place}
	for i := range findings {
		if mode == cap.Strict && strings.HasPrefix(string(findings[i].Rule), "repair.") {
			findings[i].Severity = cap.GravityError
		}
	}
	return nil
}

// moved gives a refusal its place in the file.
func (m Message) moved(err error) error {
	refusal, ok := errors.AsType[*cap.Refusal](err)
	if !ok {
		return err
	}
	moved := *refusal
	moved.Line, moved.Column = m.place(refusal.Line, refusal.Column)
	return &moved
}

// place turns a place in the message into one in its file.
func (m Message) place(line, column int) (int, int) {
	if m.Line == 0 || line == 0 {
		return 0, 0
	}
	return m.Line - 1 + line, column
}
