// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package capfile

import (
	"slices"

	"github.com/tocsin-alert/tocsin/cap"
)

// Reading is what reading a message found. All places are those in its file.
type Reading struct {
	// Alert is the message as far as it could be read, never nil.
	Alert    *cap.Alert
	Findings []cap.Finding
	// Omitted is how many more errors there were.
	Omitted int
	// Place returns the line and column of the element at a path: zeros if lines
	// of the message are not lines of the file.
	Place func(path string) (line, column int)
}

// Valid reports whether no finding is an error.
func (r *Reading) Valid() bool {
	return !slices.ContainsFunc(r.Findings, func(f cap.Finding) bool { return f.Severity == cap.GravityError })
}

// Read reads the message. The error is that of the Message, or a *cap.Refusal.
func (m Message) Read(mode cap.Mode) (*Reading, error) {
	if m.Err != nil {
		return nil, m.Err
	}
	x, err := cap.Examine(m.Raw, mode)
	if refusal, ok := err.(*cap.Refusal); ok {
		moved := *refusal
		moved.Line, moved.Column = m.place(refusal.Line, refusal.Column)
		return nil, &moved
	}
	if err != nil {
		return nil, err
	}
	for i := range x.Findings {
		f := &x.Findings[i]
		f.Line, f.Column = m.place(f.Line, f.Column)
	}
	return &Reading{Alert: x.Alert, Findings: x.Findings, Omitted: x.Omitted,
		Place: func(path string) (int, int) { return m.place(x.Place(path)) }}, nil
}

// place turns a place in the message into one in its file.
func (m Message) place(line, column int) (int, int) {
	if m.Line == 0 || line == 0 {
		return 0, 0
	}
	return m.Line - 1 + line, column
}
