// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package report writes a planner's answer for those who decide: as one page of
// HTML that prints well, with its pictures in it and without scripts, and as PDF.
// The first page holds the answer in five sentences and one picture, all else
// comes after it. The same answer makes the same bytes.
package report

import (
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/planning"
)

// Report is an answer with what it was made from. One of Coverage, Sites and
// Programme is set, as planning gave it: with its map or stages of cells.
type Report struct {
	// Title is what the planner calls it; may be empty.
	Title string
	// Language is a tag of the catalogue: de or en.
	Language string
	Inputs   planning.Inputs

	Coverage  *planning.Coverage
	Sites     *planning.Sites
	Programme *planning.Programme
}

// WriteHTML writes the report as one HTML file.
func (r Report) WriteHTML(w io.Writer) error {
	d, err := r.document()
	if err == nil {
		err = d.writeHTML(w)
	}
	if err != nil {
		return fmt.Errorf("write the report as HTML: %w", err)
	}
	return nil
}

// WritePDF writes the report as PDF, in A4.
func (r Report) WritePDF(w io.Writer) error {
	d, err := r.document()
	if err == nil {
		err = d.writePDF(w)
	}
	if err != nil {
		return fmt.Errorf("write the report as PDF: %w", err)
	}
	return nil
}

// WritePNG writes the picture of the report's first page.
func (r Report) WritePNG(w io.Writer) error {
	d, err := r.document()
	if err == nil {
		err = d.Picture.WritePNG(w)
	}
	if err != nil {
		return fmt.Errorf("draw the picture of the report: %w", err)
	}
	return nil
}

// document is the report before it is written in one form or another.
func (r Report) document() (*document, error) {
	words := words{catalogue.For(r.Language), r.Inputs.Terrain != nil}
	switch {
	case r.Coverage != nil:
		return words.coverage(r, r.Coverage)
	case r.Sites != nil:
		return words.sites(r, r.Sites)
	case r.Programme != nil:
		return words.programme(r, r.Programme)
	}
	return nil, errors.New("there is no answer to report")
}
