// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package problem is the one table of error kinds. A kind decides the HTTP
// status and the title of a problem document (RFC 9457) and the exit code of a
// command. Everything that refuses something says what is wrong and what to do.
package problem

import (
	"errors"
	"net/http"
	"strings"
)

// Kind says what sort of refusal or failure an error is. A Kind is itself an
// error, so that errors.Is(err, problem.NotFound) works through wrapping.
type Kind string

// The kinds.
const (
	// Invalid: the input breaks a rule; Faults name fields and remedies.
	Invalid Kind = "invalid"
	// Unreadable: the input is not what it should be at all (not CAP, not JSON).
	Unreadable Kind = "unreadable"
	// Unauthenticated: nobody is signed in, or the token or password is wrong.
	Unauthenticated Kind = "unauthenticated"
	// Forbidden: a rule says that this person or node may not do this.
	Forbidden Kind = "forbidden"
	// NotFound: there is no such thing.
	NotFound Kind = "not-found"
	// Conflict: the thing is not in a state that allows this.
	Conflict Kind = "conflict"
	// Stale: someone changed the thing meanwhile; read it again.
	Stale Kind = "stale"
	// TooLarge: the input is over a stated limit.
	TooLarge Kind = "too-large"
	// RateLimited: too many attempts; wait.
	RateLimited Kind = "rate-limited"
	// Unavailable: something that is needed does not answer, or the disk is full.
	Unavailable Kind = "unavailable"
	// Internal: a defect of ours. Details stay in the node's own record.
	Internal Kind = "internal"
)

// Error implements error.
func (k Kind) Error() string { return string(k) }

type row struct {
	status, exit int
	title        string
}

// table is the only place where kinds become HTTP statuses and exit codes.
// docs/formats/problems.md repeats it for readers; a test compares the two.
var table = map[Kind]row{
	Invalid:         {http.StatusUnprocessableEntity, 1, "The input breaks a rule"},
	Unreadable:      {http.StatusBadRequest, 2, "The input cannot be read"},
	Unauthenticated: {http.StatusUnauthorized, 3, "Sign in first"},
	Forbidden:       {http.StatusForbidden, 4, "Not allowed"},
	NotFound:        {http.StatusNotFound, 5, "Not found"},
	Conflict:        {http.StatusConflict, 6, "Not possible in this state"},
	Stale:           {http.StatusPreconditionFailed, 7, "Changed meanwhile"},
	TooLarge:        {http.StatusRequestEntityTooLarge, 8, "Too large"},
	RateLimited:     {http.StatusTooManyRequests, 9, "Too many attempts"},
	Unavailable:     {http.StatusServiceUnavailable, 10, "Not available now"},
	Internal:        {http.StatusInternalServerError, 70, "Internal fault"},
}

// Status is the HTTP status of the kind.
func (k Kind) Status() int { return table[k].status }

// ExitCode is the exit code of a command that ends with this kind.
func (k Kind) ExitCode() int { return table[k].exit }

// Title is the short human title of the kind.
func (k Kind) Title() string { return table[k].title }

// Fault is one broken rule: where, what, and what to do about it.
type Fault struct {
	// Field is the path of the field, such as "texts.de.headline"; empty for the whole.
	Field string `json:"field,omitempty"`
	// Severity is empty for what forbids something, else "warning" or "advice".
	Severity string `json:"severity,omitempty"`
	// Rule is a stable identifier of the rule, such as "ring.open"; Args are what
	// its words speak of, for saying it in another language.
	Rule    string   `json:"rule,omitempty"`
	Args    []string `json:"args,omitempty"`
	Message string   `json:"message"`
	Remedy  string   `json:"remedy,omitempty"`
}

// Error is a refusal or failure with everything a person needs to go on.
type Error struct {
	Kind Kind
	// Rule and Args name the rule that refuses, if one does; see Fault.
	Rule    string
	Args    []string
	Message string
	Remedy  string
	Faults  []Fault
	// Err is the cause; it is for the node's own record, not for outsiders.
	Err error
}

// New makes an error of a kind: what is wrong, and what to do.
func New(kind Kind, message, remedy string) *Error {
	return &Error{Kind: kind, Message: message, Remedy: remedy}
}

// Wrap makes an error of a kind around its cause.
func Wrap(err error, kind Kind, message, remedy string) *Error {
	return &Error{Kind: kind, Message: message, Remedy: remedy, Err: err}
}

// InvalidFaults makes an Invalid error from broken rules; nil when there are none.
func InvalidFaults(message string, faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: message, Remedy: "Correct the fields named and send again.", Faults: faults}
}

// Error implements error: what is wrong, each fault, and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	said := []string{e.Message}
	for _, f := range e.Faults {
		switch {
		case f.Message == e.Message:
		case f.Field != "":
			said = append(said, f.Field+": "+f.Message)
		default:
			said = append(said, f.Message)
		}
	}
	for i, text := range said {
		if i+1 < len(said) {
			text = strings.TrimSuffix(text, ".") + "; "
		} else if e.Err != nil {
			text = strings.TrimSuffix(text, ".") + ": " + e.Err.Error()
		}
		b.WriteString(text)
	}
	return b.String()
}

// Is matches the error's own kind.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && kind == e.Kind
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of an error: that of the first problem in its chain, or Internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if k, ok := errors.AsType[Kind](err); ok {
		return k
	}
	return Internal
}

// Document is the problem document (RFC 9457) of an error.
type Document struct {
	Type   string   `json:"type"`
	Title  string   `json:"title"`
	Status int      `json:"status"`
	Detail string   `json:"detail,omitempty"`
	Remedy string   `json:"remedy,omitempty"`
	Rule   string   `json:"rule,omitempty"`
	Args   []string `json:"args,omitempty"`
	Errors []Fault  `json:"errors,omitempty"`
}

// TypePrefix starts the type of every problem document.
const TypePrefix = "urn:tocsin:problem:"

// DocumentOf makes the problem document of an error. Causes are left out, and
// an error that is no problem says nothing but that it is ours.
func DocumentOf(err error) Document {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		kind := KindOf(err)
		e = New(kind, kind.Title(), "")
	}
	return Document{
		Type: TypePrefix + string(e.Kind), Title: e.Kind.Title(), Status: e.Kind.Status(),
		Detail: e.Message, Remedy: e.Remedy, Rule: e.Rule, Args: e.Args, Errors: e.Faults,
	}
}

// ErrorOf reads a problem document back into an error; the inverse of DocumentOf.
func ErrorOf(d Document) *Error {
	kind := Kind(strings.TrimPrefix(d.Type, TypePrefix))
	if _, known := table[kind]; !known {
		kind = Internal
	}
	return &Error{Kind: kind, Rule: d.Rule, Args: d.Args, Message: d.Detail, Remedy: d.Remedy, Faults: d.Errors}
}
