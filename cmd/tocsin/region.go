// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

type regionCommand struct {
	Import regionImport `cmd:"" help:"Check a GeoJSON file of boundaries with ARS and give it to a node."`
}

type regionImport struct {
	File   string `arg:"" help:"GeoJSON file (.geojson, .json, also with .gz)." type:"path"`
	Dir    string `required:"" help:"The node's directory; the node reads the file at its next start." placeholder:"DIR" type:"path"`
	output `embed:""`
}

// imported is the result of an import.
type imported struct {
	File    string           `json:"file"`
	Regions int              `json:"regions"`
	Refused []geo.RefusedRow `json:"refused"`
}

// Run implements the command.
func (c *regionImport) Run() error {
	raw, err := os.ReadFile(c.File)
	if err != nil {
		return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", c.File), "Check the path and its permissions.")
	}
	regions, report, err := geo.ImportGeoJSON(bytes.NewReader(raw), geo.ImportOptions{})
	if err != nil {
		return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is no GeoJSON with regions.", c.File), "Give a FeatureCollection whose features have an ARS; see docs/formats/regions.md.")
	}
	folder := filepath.Join(c.Dir, node.RegionsFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be made.", folder), "Check --dir and its permissions.")
	}
	name := filepath.Base(c.File)
	if !strings.Contains(name, ".geojson") {
		name += ".geojson"
	}
	target := filepath.Join(folder, name)
	if err := os.WriteFile(target, raw, 0o600); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be written.", target), "Check the disk.")
	}
	result := imported{File: target, Regions: regions.Len(), Refused: report.Refused}
	return c.print(result, func(w io.Writer) {
		fmt.Fprintf(w, "%d regions taken into %s\n", result.Regions, target)
		for _, r := range result.Refused {
			fmt.Fprintf(os.Stderr, "refused: %v\n", r)
		}
		fmt.Fprintln(os.Stderr, "the node reads them at its next start")
	})
}
