// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package refusal words what rules refuse. A rule has a name; its words stand in
// the catalogue under rule.NAME.message and rule.NAME.remedy. Refusals leave the
// rules in English and carry the name and its arguments, so that a screen can say
// them again in the language of whoever reads it.
package refusal

import (
	"errors"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// New makes the error of a broken rule.
func New(kind problem.Kind, rule string, args ...string) *problem.Error {
	f := Fault("", rule, args...)
	return &problem.Error{Kind: kind, Rule: rule, Args: args, Message: f.Message, Remedy: f.Remedy}
}

// Fault makes one broken rule of a field.
func Fault(field, rule string, args ...string) problem.Fault {
	return word(problem.Fault{Field: field, Rule: rule, Args: args}, catalogue.For(catalogue.English))
}

// In says an error again in a language, as far as the catalogue has its words.
// It gives any other error back as it is.
func In(words catalogue.Language, err error) error {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return err
	}
	said := *p
	f := word(problem.Fault{Rule: p.Rule, Args: p.Args, Message: p.Message, Remedy: p.Remedy}, words)
	said.Message, said.Remedy = f.Message, f.Remedy
	said.Faults = FaultsIn(words, p.Faults)
	return &said
}

// FaultsIn says broken rules again in a language.
func FaultsIn(words catalogue.Language, faults []problem.Fault) []problem.Fault {
	said := make([]problem.Fault, len(faults))
	for i, f := range faults {
		said[i] = word(f, words)
	}
	return said
}

func word(f problem.Fault, words catalogue.Language) problem.Fault {
	args := make([]any, len(f.Args))
	for i, a := range f.Args {
		args[i] = a
	}
	key := "rule." + f.Rule
	if words.Has(key + ".message") {
		f.Message = words.T(key+".message", args...)
	}
	if words.Has(key + ".remedy") {
		f.Remedy = words.T(key + ".remedy")
	}
	return f
}
