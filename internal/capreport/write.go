// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package capreport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/captext"
)

// flush counts and writes the results that wait.
func (r *Report) flush() error {
	var out bytes.Buffer
	for _, result := range r.results {
		r.count(result)
		out.Reset()
		if r.o.JSON {
			line, err := result.encode()
			if err != nil {
				return err
			}
			out.Write(line)
		} else {
			r.text(&out, result)
		}
		if _, err := r.o.Out.Write(out.Bytes()); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	r.results, r.held = nil, 0
	return nil
}

func (r *Report) count(result *Result) {
	switch {
	case result.unreadable:
		r.outcome.Unreadable++
	case result.Valid:
		r.outcome.Valid++
	default:
		r.outcome.Invalid++
	}
	for _, f := range result.Findings {
		switch f.Severity {
		case cap.GravityError:
			r.outcome.Errors++
		case cap.GravityWarning:
			r.outcome.Warnings++
		default:
			r.outcome.Advice++
		}
	}
}

// encode gives a result as a line of JSON. Control characters are escaped beyond
// what JSON asks for, so that the line does no harm in a terminal.
func (r *Result) encode() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return nil, fmt.Errorf("write result: %w", err)
	}
	raw := out.Bytes()
	if !bytes.ContainsFunc(raw[:len(raw)-1], harmful) {
		return raw, nil
	}
	var safe strings.Builder
	for _, c := range string(raw[:len(raw)-1]) {
		if harmful(c) {
			fmt.Fprintf(&safe, `\u%04x`, c)
		} else {
			safe.WriteRune(c)
		}
	}
	return []byte(safe.String() + "\n"), nil
}

func harmful(r rune) bool { return r != 0xFFFD && captext.Plain(string(r)) != string(r) }

// text writes a result for people: a line with the verdict, then the findings.
func (r *Report) text(out *bytes.Buffer, result *Result) {
	verdict := "invalid"
	switch {
	case result.unreadable:
		verdict = "unreadable"
	case result.Valid:
		verdict = "valid"
	}
	file := captext.Plain(result.File)
	out.WriteString(file)
	if result.Identifier != "" {
		out.WriteString(" " + captext.Plain(result.Identifier))
	}
	fmt.Fprintf(out, ": %s\n", r.words.T("cap.check."+verdict))
	for _, f := range result.Findings {
		place := file
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", file, f.Line, f.Column)
		}
		fmt.Fprintf(out, "%s: %s %s: %s: %s\n", place, r.words.T("cap.check."+string(f.Severity)), f.Rule, captext.Plain(f.Path), captext.Plain(f.Message))
		for _, line := range r.change(f) {
			fmt.Fprintf(out, "    %s\n", captext.Plain(line))
		}
		if f.Remedy != "" {
			fmt.Fprintf(out, "    %s\n", captext.Plain(f.Remedy))
		}
	}
	if result.Omitted > 0 {
		fmt.Fprintf(out, "%s: %s\n", file, r.words.T("cap.check.omitted", result.Omitted))
	}
}

// change says what stood there and what was taken in its place, where that is
// not the same.
func (r *Report) change(f Finding) (lines []string) {
	if f.Original == f.Used {
		return nil
	}
	if f.Original != "" {
		lines = append(lines, r.words.T("cap.check.original", oneLine(f.Original)))
	}
	if f.Used != "" {
		lines = append(lines, r.words.T("cap.check.used", oneLine(f.Used)))
	}
	return lines
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// sum ends a text for people.
func (r *Report) sum() error {
	if r.o.JSON {
		return nil
	}
	o := r.outcome
	line := r.words.T("cap.check.sum", o.Valid+o.Invalid+o.Unreadable, o.Valid, o.Invalid, o.Unreadable, o.Errors, o.Warnings, o.Advice) + "\n"
	if _, err := r.o.Out.Write([]byte(line)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
