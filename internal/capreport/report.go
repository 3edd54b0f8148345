// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package capreport checks any number of CAP messages, each by itself and all
// against each other, and reports what it finds for people or for programs. It
// holds what it needs of the messages, within a bound, and not the messages.
package capreport

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/chain"
	"github.com/tocsin-alert/tocsin/cap/check"
	"github.com/tocsin-alert/tocsin/internal/capfile"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
)

// Options says how messages are checked and reported.
type Options struct {
	Profile check.Profile
	Mode    cap.Mode
	// Language is that of the findings: de or en.
	Language string
	// JSON writes one object for each message on a line of its own, in the form
	// of Result; else text for people.
	JSON bool
	Now  time.Time
	Out  io.Writer
}

// Result is what is reported of one message.
type Result struct {
	// File names the file, and after a ! the place in a container.
	File string `json:"file"`
	// Identifier is empty if it could not be read.
	Identifier string `json:"identifier"`
	// Valid is true if no finding is an error.
	Valid bool `json:"valid"`
	// Findings are at most 1,000, errors first, then warnings, then advice, each
	// in the order of the document. Omitted is how many more there were.
	Findings []Finding `json:"findings"`
	Omitted  int       `json:"omitted,omitempty"`

	unreadable bool
	// line and column are those of the references.
	line, column int
}

// Finding is one finding in a Result.
type Finding struct {
	Rule     cap.Rule    `json:"rule"`
	Severity cap.Gravity `json:"severity"`
	Path     string      `json:"path"`
	// Line and Column are those in the file, from 1, or 0 where there is none.
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
	// Original and Used are those of cap.Finding, cut off after 300 bytes.
	Original string `json:"original,omitempty"`
	Used     string `json:"used,omitempty"`
}

// Outcome counts what was reported.
type Outcome struct {
	Valid, Invalid, Unreadable int
	Errors, Warnings, Advice   int
	// Unchained is true if there was too much to check how messages belong
	// together.
	Unchained bool
}

const (
	// mostFindings bounds what is reported of one message.
	mostFindings = 1_000
	// mostHeld bounds, in bytes, what is kept of all messages until it is known
	// how they belong together.
	mostHeld = 3 << 20
)

// Report is a report that is being made.
type Report struct {
	o       Options
	words   catalogue.Language
	outcome Outcome
	// results wait for outlines to be related; held is about their size.
	results  []*Result
	outlines []*cap.Alert
	of       map[*cap.Alert]*Result
	held     int
}

// New begins a report.
func New(o Options) *Report {
	return &Report{o: o, words: catalogue.For(o.Language), of: map[*cap.Alert]*Result{}}
}

// Add checks one message. The error is that of writing.
func (r *Report) Add(m capfile.Message) error {
	result, alert := r.check(m)
	r.results = append(r.results, result)
	r.held += result.size()
	if alert != nil && !r.outcome.Unchained {
		outline, size := outlined(alert)
		r.outlines = append(r.outlines, outline)
		r.of[outline] = result
		r.held += size
	}
	if r.held > mostHeld && len(r.results) > 1 {
		r.outcome.Unchained = true
	}
	if r.outcome.Unchained {
		r.outlines, r.of = nil, nil
		return r.flush()
	}
	return nil
}

// Close relates the messages to each other and ends the report.
func (r *Report) Close() (Outcome, error) {
	if len(r.outlines) > 1 {
		for _, f := range chain.New(r.outlines).Findings() {
			result := r.of[f.Alert]
			finding := f.In(r.o.Language)
			finding.Line, finding.Column = result.line, result.column
			result.add(finding)
			result.sort()
		}
	}
	if err := r.flush(); err != nil {
		return r.outcome, err
	}
	return r.outcome, r.sum()
}

// check checks a message by itself; the alert is nil if there is none.
func (r *Report) check(m capfile.Message) (*Result, *cap.Alert) {
	result := &Result{File: strings.Clone(m.File), Findings: []Finding{}}
	reading, err := m.Read(r.o.Mode)
	if err != nil {
		result.unreadable = true
		result.add(r.said(r.refusal(err)))
		return result, nil
	}
	result.Identifier = strings.Clone(reading.Alert.Identifier)
	if reading.Place != nil {
		result.line, result.column = reading.Place("alert/references")
	}
	checked := check.Reading(reading.Alert, reading.Findings, check.Options{
		Profile: r.o.Profile, Language: r.o.Language, Now: r.o.Now, Place: reading.Place, Size: len(m.Raw),
	})
	for _, f := range checked.Findings {
		result.add(r.said(f))
	}
	result.Omitted += checked.Omitted + reading.Omitted
	result.Valid = len(checked.Findings) == 0 || checked.Findings[0].Severity != cap.GravityError
	return result, reading.Alert
}

// said is a finding in the language of the report.
func (r *Report) said(f cap.Finding) cap.Finding {
	if r.o.Language == "de" {
		return inGerman(f)
	}
	return f
}

// refusal is the finding of what could not be read.
func (r *Report) refusal(err error) cap.Finding {
	if refusal, ok := errors.AsType[*cap.Refusal](err); ok {
		return cap.Finding{Rule: refusal.Rule, Severity: cap.GravityError, Path: "document", Line: refusal.Line, Column: refusal.Column, Message: refusal.Message, Remedy: refusal.Remedy}
	}
	if linked, ok := errors.AsType[*capfile.LinkedError](err); ok {
		return cap.Finding{Rule: capfile.RuleLinked, Severity: cap.GravityError, Path: "document", Message: linked.Error(), Remedy: linked.Remedy}
	}
	return cap.Finding{Rule: capfile.RuleUnreadable, Severity: cap.GravityError, Path: "document", Message: err.Error(), Remedy: r.words.T("cap.check.unreadable.remedy")}
}

func rank(severity cap.Gravity) int {
	return slices.Index([]cap.Gravity{cap.GravityError, cap.GravityWarning, cap.GravityAdvice}, severity)
}

// add takes a finding, without the document in which its texts stand.
func (r *Result) add(f cap.Finding) {
	if len(r.Findings) == mostFindings {
		r.Omitted++
		return
	}
	r.Findings = append(r.Findings, Finding{
		Rule: f.Rule, Severity: f.Severity, Path: strings.Clone(f.Path), Line: f.Line, Column: f.Column,
		Message: strings.Clone(f.Message), Remedy: strings.Clone(f.Remedy), Original: clip(f.Original), Used: clip(f.Used),
	})
}

// clip copies the beginning of a text.
func clip(text string) string {
	const most = 300
	if len(text) <= most {
		return strings.Clone(text)
	}
	end := most
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

func (r *Result) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(rank(a.Severity), rank(b.Severity)) })
}

// size is about how many bytes a result takes in memory.
func (r *Result) size() int {
	size := 300 + len(r.File) + len(r.Identifier)
	for _, f := range r.Findings {
		size += 190 + len(f.Path) + len(f.Message) + len(f.Remedy) + len(f.Original) + len(f.Used)
	}
	return size
}

// outlined keeps of a message what its chain depends on, and says how many
// bytes that takes. A digest stands for all else.
func outlined(a *cap.Alert) (*cap.Alert, int) {
	size := 1000 + len(a.Identifier) + len(a.Sender)
	outline := &cap.Alert{
		Identifier: strings.Clone(a.Identifier), Sender: strings.Clone(a.Sender), Sent: a.Sent,
		Status: cap.Status(strings.Clone(string(a.Status))), MsgType: cap.MsgType(strings.Clone(string(a.MsgType))),
	}
	if raw, err := json.Marshal(a); err == nil {
		digest := sha256.Sum256(raw)
		outline.Note = hex.EncodeToString(digest[:])
	}
	for _, r := range a.References {
		reference := cap.Reference{Sender: strings.Clone(r.Sender), Identifier: strings.Clone(r.Identifier), Sent: strings.Clone(r.Sent)}
		outline.References = append(outline.References, reference)
		size += 100 + len(reference.Sender) + len(reference.Identifier) + len(reference.Sent)
	}
	if len(a.Info) == 0 {
		return outline, size
	}
	// Of the info blocks, one has the same effect as all: the last to run out of
	// those that warn, or an all-clear if none does.
	allClear := cap.Info{ResponseType: []cap.ResponseType{cap.ResponseAllClear}}
	var last *cap.Info
	for i := range a.Info {
		info := &a.Info[i]
		if slices.Contains(info.ResponseType, cap.ResponseAllClear) {
			continue
		}
		if last == nil || !last.Expires.IsZero() && (info.Expires.IsZero() || info.Expires.After(last.Expires.Time)) {
			last = info
		}
	}
	if last != nil {
		allClear = cap.Info{Expires: last.Expires}
	}
	outline.Info = []cap.Info{allClear}
	return outline, size + 600
}
