// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Fault is one thing wrong with a message.
type Fault struct {
	// Path names the element: alert/info[1]/area[2]/polygon[1]. Elements that
	// may stand more than once are counted from 1.
	Path string `json:"path"`
	// Line and Column say where in the document, from 1, columns in
	// characters. They are 0 for an Alert that was not read from a document.
	// A missing element has the place of the element that lacks it.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Message says in plain words what is wrong, Remedy what to do.
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

func (f Fault) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s %s; %s", f.Path, f.Message, f.Remedy)
	}
	return fmt.Sprintf("%s (line %d, column %d) %s; %s", f.Path, f.Line, f.Column, f.Message, f.Remedy)
}

// InvalidError is the error for what is well-formed but not a valid CAP 1.2
// message.
type InvalidError struct {
	// Faults holds all faults in the order of the document, but at most 100;
	// Omitted is how many more there were.
	Faults  []Fault
	Omitted int
}

// maxFaults bounds the answer to a hostile document.
const maxFaults = 100

func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, fault := range e.Faults {
		lines[i] = fault.String()
	}
	if e.Omitted > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", e.Omitted))
	}
	return "not a valid CAP 1.2 message: " + strings.Join(lines, "\n")
}

// Finding is one thing that a lenient reading repaired or left out.
type Finding struct {
	// Path, Line, Column and Message are those of a Fault.
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	// Original is the text as it stood, Used what was taken in its place; ""
	// if it was left out.
	Original string `json:"original,omitempty"`
	Used     string `json:"used,omitempty"`
}

func (f Finding) String() string {
	return fmt.Sprintf("%s (line %d, column %d) %s", f.Path, f.Line, f.Column, f.Message)
}

// maxFindings is how many repairs make a message unreadable.
const maxFindings = 10_000

// placed is a Fault or a Finding with its offset in the document.
type placed[T any] struct {
	offset int
	what   T
}

// inOrder returns the contents in the order of the document, with their places.
func inOrder[T any](list []placed[T], src string, place func(what *T, line, column int)) []T {
	slices.SortStableFunc(list, func(a, b placed[T]) int { return a.offset - b.offset })
	sorted := make([]T, len(list))
	line, column, last := 1, 1, 0
	for i, p := range list {
		passed := src[last:p.offset]
		if end := strings.LastIndexByte(passed, '\n'); end >= 0 {
			line += strings.Count(passed, "\n")
			column, passed = 1, passed[end+1:]
		}
		column += utf8.RuneCountInString(passed)
		last = p.offset
		sorted[i] = p.what
		place(&sorted[i], line, column)
	}
	return sorted
}
