// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Gravity says what follows from a finding. It is called severity in JSON; the
// Go name keeps it apart from the severity of an event.
type Gravity string

// The gravities, the gravest first.
const (
	// GravityError: the message is not valid, or must not go out as it is.
	GravityError Gravity = "error"
	// GravityWarning: likely wrong or misread somewhere; whoever wrote it may
	// know better. Everything that a lenient reading repaired is one.
	GravityWarning Gravity = "warning"
	// GravityAdvice: would be better otherwise.
	GravityAdvice Gravity = "advice"
)

// Finding is one thing that a rule found in a message.
type Finding struct {
	// Rule is the id of the rule.
	Rule     Rule    `json:"rule"`
	Severity Gravity `json:"severity"`
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
	Remedy  string `json:"remedy,omitempty"`
	// Original is the text as it stood before a lenient reading repaired it,
	// Used what was taken in its place; "" if it was left out.
	Original string `json:"original,omitempty"`
	Used     string `json:"used,omitempty"`
}

func (f Finding) String() string {
	text := f.Path + " " + f.Message
	if f.Line > 0 {
		text = fmt.Sprintf("%s (line %d, column %d) %s", f.Path, f.Line, f.Column, f.Message)
	}
	if f.Remedy != "" {
		text += "; " + f.Remedy
	}
	return text
}

// InvalidError is the error for what is well-formed but not a valid CAP 1.2
// message.
type InvalidError struct {
	// Findings holds all errors in the order of the document, but at most 100;
	// Omitted is how many more there were.
	Findings []Finding
	Omitted  int
}

// maxFaults bounds the answer to a hostile document.
const maxFaults = 100

func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, finding := range e.Findings {
		lines[i] = finding.String()
	}
	if e.Omitted > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", e.Omitted))
	}
	return "not a valid CAP 1.2 message: " + strings.Join(lines, "\n")
}

// placed is a finding with its offset in the document.
type placed struct {
	offset int
	what   Finding
}

// inOrder returns all findings in the order of the document, with their places.
func (d *decoder) inOrder() []Finding {
	list := append(d.faults, d.repairs...)
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b placed) int { return a.offset - b.offset })
	sorted := make([]Finding, len(list))
	line, column, last := 1, 1, 0
	for i, p := range list {
		passed := d.doc.src[last:p.offset]
		if end := strings.LastIndexByte(passed, '\n'); end >= 0 {
			line += strings.Count(passed, "\n")
			column, passed = 1, passed[end+1:]
		}
		column += utf8.RuneCountInString(passed)
		last = p.offset
		sorted[i] = p.what
		sorted[i].Line, sorted[i].Column = line, column
	}
	return sorted
}
