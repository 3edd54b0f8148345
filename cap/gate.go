// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"io"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// Limits bounds what Gate lets through. Every field must be set.
type Limits = lexical.Limits

// DefaultLimits returns the limits for CAP messages: 1 MiB, depth 16, 50,000
// elements, 32 attributes, 64 KiB of text, and 512 KiB in description,
// instruction, polygon and derefUri.
func DefaultLimits() Limits {
	return Limits{
		Bytes:      1 << 20,
		Depth:      16,
		Elements:   50_000,
		Attributes: 32,
		Text:       64 << 10,
		LargeText:  512 << 10,
		Large:      []string{"description", "instruction", "polygon", "derefUri"},
	}
}

// Refusal is the gate's error: why a document is not read at all. Its rule is
// one of those that Rules lists with ids beginning "xml.".
type Refusal = lexical.Refusal

// Gate checks a document as a sequence of characters before anything reads it
// for its meaning. It lets through XML 1.0 in UTF-8 within the limits, with
// namespaces properly declared and names in ASCII, and refuses what attacks on
// XML readers are made of: document types, entities, processing instructions,
// duplicate attributes, anything after the root. Any error is a *Refusal.
//
// What passes, encoding/xml and libxml2 read alike, but that encoding/xml
// keeps line ends and tabs in attributes.
func Gate(raw []byte, limits Limits) error {
	s, err := lexical.NewScanner(raw, lexical.Options{Limits: limits})
	for err == nil {
		_, err = s.Next()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
