// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	planreport "github.com/tocsin-alert/tocsin/internal/planning/report"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// planFiles are the flags of the files that a plan is written to.
type planFiles struct {
	Output   []string `short:"o" name:"output" help:"Write the report as .html or .pdf, its map as .png, its rows as .csv; coverage also as .geojson. May be given several times." placeholder:"FILE" type:"path"`
	Title    string   `help:"Title of the report." placeholder:"TEXT"`
	Language string   `default:"de" enum:"de,en" help:"Language of the report and its map: de or en."`
}

// planForm writes an answer in the form that the end of a file's name asks for.
type planForm map[string]func(io.Writer) error

// reportForms are the forms of a report.
func reportForms(r planreport.Report) planForm {
	return planForm{".html": r.WriteHTML, ".pdf": r.WritePDF, ".png": r.WritePNG}
}

// check refuses files in forms that there are not, before anything is reckoned.
func (p planFiles) check(forms ...string) error {
	for _, path := range p.Output {
		if !slices.Contains(forms, filepath.Ext(path)) {
			return problem.New(problem.Invalid, fmt.Sprintf("%s has no form that can be written.", path), "Name a file that ends with "+strings.Join(forms[:len(forms)-1], ", ")+" or "+forms[len(forms)-1]+".")
		}
	}
	return nil
}

// write makes the files.
func (p planFiles) write(forms planForm) error {
	for _, path := range p.Output {
		if err := writeResult(path, forms[filepath.Ext(path)]); err != nil {
			return err
		}
	}
	return nil
}

// writeResult makes a file, and leaves none behind that is half written.
func writeResult(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err == nil {
		if err = write(file); err != nil {
			file.Close()
			os.Remove(path)
		} else {
			err = file.Close()
		}
	}
	if err != nil {
		return notWritten(path, err)
	}
	return nil
}
