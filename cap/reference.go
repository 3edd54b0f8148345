// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// ParseReferences reads the content of a references element (section 3.2.1):
// sender,identifier,sent triples with white space between them. At least one
// triple is required.
func ParseReferences(text string) (References, error) {
	words := strings.FieldsFunc(text, isSpaceRune)
	if len(words) == 0 {
		return nil, fmt.Errorf("no sender,identifier,sent triple in %q", lexical.Clip(text))
	}
	references := make(References, 0, len(words))
	for _, word := range words {
		reference, err := parseReference(word)
		if err != nil {
			return nil, err
		}
		references = append(references, reference)
	}
	return references, nil
}

func parseReference(word string) (Reference, error) {
	parts := strings.Split(word, ",")
	if len(parts) != 3 {
		return Reference{}, fmt.Errorf("%q is not one sender,identifier,sent triple", lexical.Clip(word))
	}
	reference := Reference{Sender: parts[0], Identifier: parts[1], Sent: parts[2]}
	return reference, reference.check()
}

func (r Reference) check() error {
	for _, part := range []struct{ name, text string }{{"sender", r.Sender}, {"identifier", r.Identifier}} {
		if err := checkToken(part.text); err != nil {
			return fmt.Errorf("the %s %w", part.name, err)
		}
	}
	if _, err := ParseTime(r.Sent); err != nil {
		return fmt.Errorf("the time of %s: %w", lexical.Clip(r.Identifier), err)
	}
	return nil
}

// Reference returns the reference by which another message names this one, with
// the time of sending as it was written.
func (a *Alert) Reference() Reference {
	return Reference{Sender: a.Sender, Identifier: a.Identifier, Sent: a.Sent.Verbatim()}
}

// String returns the triple as a references element holds it.
func (r Reference) String() string {
	return r.Sender + "," + r.Identifier + "," + r.Sent
}

// String returns the content of a references element.
func (r References) String() string {
	words := make([]string, len(r))
	for i, reference := range r {
		words[i] = reference.String()
	}
	return strings.Join(words, " ")
}

// MarshalText returns String.
func (r References) MarshalText() ([]byte, error) {
	return []byte(r.String()), nil
}

// UnmarshalText reads what ParseReferences reads; empty text is no reference.
func (r *References) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*r = nil
		return nil
	}
	parsed, err := ParseReferences(string(text))
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}
