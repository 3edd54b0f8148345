// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/boundaries"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

type regionCommand struct {
	Import regionImport `cmd:"" help:"Check a file of boundaries with ARS and give it to a node: a shapefile (.zip or .shp), a GeoPackage, or GeoJSON."`
}

type regionImport struct {
	File    string `arg:"" help:"The file as downloaded: .zip, .shp with its companions beside it, .gpkg, .geojson, .json, .gz." type:"path"`
	Dir     string `required:"" help:"The node's directory; the node reads the file at its next start." placeholder:"DIR" type:"path"`
	Licence string `help:"The line to show with the boundaries, in place of the file's own." placeholder:"LINE"`
	System  int    `help:"EPSG code of the coordinates, where the file does not say it or says it wrong." placeholder:"CODE"`
	Layer   string `help:"Take this layer only, such as VG250_KRS." placeholder:"NAME"`
	output  `embed:""`
}

// imported is the result of an import.
type imported struct {
	File string `json:"file"`
	*boundaries.Report
	// Unknown are the regions whose Kreis or Land is not among those built in.
	Unknown []geo.ARS `json:"unknown,omitempty"`
	// Unnamed is the number of regions whose name neither the file nor the built-in
	// list has.
	Unnamed int `json:"unnamed,omitempty"`
	// Misplaced are the regions that lie far outside the Land of their key.
	Misplaced []geo.ARS `json:"misplaced,omitempty"`
	// Borders says how the borders fit the people that the node knows of.
	Borders *population.Misreading `json:"borders,omitempty"`
}

// Run implements the command.
func (c *regionImport) Run(ctx context.Context) error {
	regions, report, err := boundaries.ReadFile(c.File, boundaries.Options{
		ImportOptions: geo.ImportOptions{Licence: c.Licence}, System: c.System, Layer: c.Layer,
	})
	if err != nil {
		return fileFault(c.File, err)
	}
	known, _, err := germany.Load()
	if err != nil {
		return fmt.Errorf("load built-in regions: %w", err)
	}
	content, err := regions.GeoJSON(0)
	if err != nil {
		return fmt.Errorf("write boundaries: %w", err)
	}
	name := strings.TrimSuffix(filepath.Base(c.File), ".gz")
	target := filepath.Join(c.Dir, node.RegionsFolder, strings.TrimSuffix(name, filepath.Ext(name))+".geojson")
	if err := store(target, content); err != nil {
		return err
	}
	result := imported{File: target, Report: report, Unknown: keysOf(regions.Unknown(known)), Misplaced: keysOf(regions.Misplaced(known))}
	if result.Borders, err = c.borders(ctx, regions, report); err != nil {
		return err
	}
	for _, r := range regions.All() {
		if before, ok := known.Lookup(r.ARS); r.Name == "" && (!ok || before.Name == "") {
			result.Unnamed++
		}
	}
	return c.print(result, func(w io.Writer) {
		fmt.Fprintf(w, "%d regions taken from %d rows into %s\n", report.Regions, report.Rows, target)
		rows := [][]string{}
		for _, line := range []struct {
			count int
			what  string
		}{
			{report.Water, "rows of water left out"},
			{report.Repeated, "rows left out that repeat a region of another layer"},
			{report.Slivers, "rings left out that enclose nothing"},
			{report.Strayed, "holes left out that lie outside their region"},
			{report.Turned, "rows whose rings run the wrong way round, taken"},
			{result.Unnamed, "regions without a name"},
			{len(result.Unknown), "regions of a Kreis or Land that is not known: another year's?"},
			{len(result.Misplaced), "regions far outside the Land of their key: check the coordinate system (--system)"},
			{report.RefusedRows, "rows refused"},
		} {
			if line.count > 0 {
				rows = append(rows, []string{fmt.Sprint(line.count), line.what})
			}
		}
		table(w, rows)
		fmt.Fprintf(w, "coordinates: %s\n", strings.Join(report.Systems, ", "))
		licenceLine(w, report.Licence, report.LicenceAssumed)
		if result.Borders != nil && result.Borders.Suspected {
			fmt.Fprintln(os.Stderr, "people live on the borders: "+result.Borders.String())
		}
		for _, r := range report.Refused[:min(len(report.Refused), 20)] {
			fmt.Fprintf(os.Stderr, "refused: %s\n", r)
		}
		for _, p := range report.Passed {
			fmt.Fprintf(os.Stderr, "passed over: %s\n", p)
		}
		fmt.Fprintln(os.Stderr, "the node reads them at its next start")
	})
}

// borders holds the borders against the node's grid of people, if it has one that
// is fine enough to tell.
func (c *regionImport) borders(ctx context.Context, regions *geo.Regions, report *boundaries.Report) (*population.Misreading, error) {
	grid, _, err := population.ReadFile(ctx, filepath.Join(c.Dir, node.PopulationFile), population.Options{})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fileFault(filepath.Join(c.Dir, node.PopulationFile), err)
	}
	if grid.Side() > 100 {
		return nil, nil
	}
	found := grid.CheckBorders(regions, report.System)
	return &found, nil
}

func keysOf(regions []geo.Region) []geo.ARS {
	var keys []geo.ARS
	for _, r := range regions {
		keys = append(keys, r.ARS)
	}
	return keys
}

// licenceLine shows what has to be shown with the data.
func licenceLine(w io.Writer, licence string, assumed bool) {
	switch {
	case licence == "":
		fmt.Fprintln(w, "licence: not known; --licence names it")
	case assumed:
		fmt.Fprintf(w, "licence: %s (by the kind of file; --licence names another)\n", licence)
	default:
		fmt.Fprintf(w, "licence: %s\n", licence)
	}
}

// fileFault is an error of an import, with what to do.
func fileFault(file string, err error) error {
	if f, ok := errors.AsType[*geo.Fault](err); ok {
		return problem.New(problem.Unreadable, fmt.Sprintf("%s cannot be taken: %s: %s", file, f.Field, f.Message), f.Remedy)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", file), "Check the path and its permissions.")
	}
	return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", file), "Check the disk.")
}

// store writes a file into a node's directory.
func store(target string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be made.", filepath.Dir(target)), "Check --dir and its permissions.")
	}
	if err := durable.Replace(target, content); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be written.", target), "Check the disk.")
	}
	return nil
}
