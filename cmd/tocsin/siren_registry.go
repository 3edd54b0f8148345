// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/internal/captext"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/generator"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
	"github.com/tocsin-alert/tocsin/internal/siren/tone"
)

type sirenImport struct {
	File           string `arg:"" help:"CSV, GeoJSON, or OpenStreetMap (.osm, .osm.pbf), as docs/formats/siren-registry.md describes; - reads standard input."`
	Format         string `enum:",csv,geojson,osm,pbf" default:"" help:"csv, geojson, osm or pbf; found out by the content when left out."`
	DryRun         bool   `help:"Say what would change, and change nothing. Without a node it checks the file alone."`
	TakeDuplicates bool   `help:"Take sirens that look like others too: several horns at one place."`
	access         `embed:""`
	output         `embed:""`
}

// Run implements the command.
func (c *sirenImport) Run(ctx context.Context) error {
	raw, format, err := c.read()
	if err != nil {
		return err
	}
	var result console.SirenImport
	if c.DryRun && c.Server == "" && c.Demo == "" {
		if result, err = c.check(raw, format); err != nil {
			return err
		}
	} else {
		node, _, err := c.access.open()
		if err != nil {
			return err
		}
		query := url.Values{"format": {string(format)}, "dryRun": {strconv.FormatBool(c.DryRun)}, "takeDuplicates": {strconv.FormatBool(c.TakeDuplicates)}}
		if err := node.Upload(ctx, "/fleet/import?"+query.Encode(), "application/octet-stream", bytes.NewReader(raw), &result); err != nil {
			return err
		}
	}
	if err := c.print(result, func(w io.Writer) { printImport(w, result) }); err != nil {
		return err
	}
	if n := result.Counts[registry.RowIsRefused]; n > 0 {
		others := "the others were taken"
		if c.DryRun {
			others = "the others would be taken"
		}
		return problem.New(problem.Invalid, fmt.Sprintf("%d rows were refused; %s.", n, others), "Correct them and import the file again: what is there already stays as it is.")
	}
	return nil
}

// read gives the list as it goes to the node.
func (c *sirenImport) read() ([]byte, registry.Format, error) {
	in, size := os.Stdin, int64(0)
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return nil, "", problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read", captext.Plain(c.File)), "Check the path and its permissions.")
		}
		defer file.Close()
		if about, err := file.Stat(); err == nil {
			size = about.Size()
		}
		in = file
	}
	options := registry.Options{Format: registry.Format(c.Format)}
	if isTerminal(os.Stderr) && size > 0 {
		options.Progress = func(read int64) { fmt.Fprintf(os.Stderr, "\r\x1b[K%s", bar(read, size)) }
		defer fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	return registry.Extract(in, options)
}

// bar is how much of a file has been read.
func bar(read, size int64) string {
	const width = 30
	done := int(min(read, size) * width / size)
	return fmt.Sprintf("[%s%s] %d of %d MB", strings.Repeat("#", done), strings.Repeat(" ", width-done), read/1_000_000, size/1_000_000)
}

// check reads the list without a node: against itself and the country.
func (c *sirenImport) check(raw []byte, format registry.Format) (console.SirenImport, error) {
	sheet, err := registry.Read(bytes.NewReader(raw), registry.Options{Format: format})
	if err != nil {
		return console.SirenImport{}, err
	}
	gazetteer, err := country()
	if err != nil {
		return console.SirenImport{}, err
	}
	merged := registry.Merge(sheet, registry.MergeOptions{
		Ground: registry.NewGround(gazetteer, []geo.ARS{geo.Federation}), Signals: siren.GermanSignals().Names(), TakeDuplicates: c.TakeDuplicates,
	})
	return console.SirenImport{Format: format, DryRun: true, Counts: merged.Counts, Entries: merged.Entries, Ignored: sheet.Ignored}, nil
}

func country() (*geo.Gazetteer, error) {
	regions, places, err := germany.Load()
	if err != nil {
		return nil, fmt.Errorf("load built-in regions: %w", err)
	}
	return geo.NewGazetteer(regions, places), nil
}

func printImport(w io.Writer, result console.SirenImport) {
	rows := [][]string{{"ROW", "BECOMES", "SIREN", "NAME", "WHAT"}}
	for _, e := range result.Entries {
		what := strings.Join(e.Fields, ", ")
		if e.Verdict == registry.Moved {
			what = fmt.Sprintf("by %.0f m; %s", e.Distance, what)
		}
		for _, f := range e.Faults {
			if what != "" {
				what += " "
			}
			if f.Field != "" {
				what += f.Field + ": "
			}
			what += f.Message + " " + f.Remedy
		}
		rows = append(rows, []string{strconv.Itoa(e.Row), string(e.Verdict), captext.Plain(e.ID), captext.Plain(e.Name), captext.Plain(what)})
	}
	if len(rows) > 1 {
		table(w, rows)
	}
	if len(result.Ignored) > 0 {
		fmt.Fprintf(w, "not read: %s\n", captext.Plain(strings.Join(result.Ignored, ", ")))
	}
	var counts []string
	for _, v := range []registry.Verdict{registry.Added, registry.Changed, registry.Moved, registry.Unchanged, registry.Duplicate, registry.RowIsRefused} {
		counts = append(counts, fmt.Sprintf("%d %s", result.Counts[v], v))
	}
	fmt.Fprintln(w, strings.Join(counts, ", "))
	if result.DryRun {
		fmt.Fprintln(w, "nothing was changed")
	}
}

type sirenExport struct {
	Format string `enum:"csv,geojson" default:"csv" help:"csv or geojson."`
	Public bool   `help:"Only sirens whose sites are public, without addresses and keys."`
	Output string `short:"o" default:"-" help:"File to write; - writes to standard output." placeholder:"FILE" type:"path"`
	access `embed:""`
}

// Run implements the command.
func (c *sirenExport) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	query := url.Values{"format": {c.Format}, "public": {strconv.FormatBool(c.Public)}}
	raw, err := node.Fetch(ctx, "/fleet/export?"+query.Encode())
	if err != nil {
		return err
	}
	return deliver(c.Output, raw)
}

// deliver writes a result to a file, or to standard output for -.
func deliver(path string, raw []byte) error {
	if path == "-" {
		_, err := os.Stdout.Write(raw)
		return err
	}
	return writeFile(path, raw)
}

type sirenRemove struct {
	ID     string `arg:"" help:"Id of the siren."`
	Reason string `required:"" help:"Why it is taken out of the registry." placeholder:"TEXT"`
	access `embed:""`
}

// Run implements the command.
func (c *sirenRemove) Run(ctx context.Context) error {
	node, _, err := c.access.open()
	if err != nil {
		return err
	}
	return node.Call(ctx, http.MethodPost, "/sirens/"+url.PathEscape(c.ID)+"/remove", console.SirenRemoval{Reason: c.Reason}, nil)
}

type sirenGenerate struct {
	Count  int      `required:"" help:"How many sirens." placeholder:"N"`
	Within []string `help:"Regional keys of the regions in which they stand, such as 12 or 07131; all Germany when left out." placeholder:"ARS"`
	Seed   uint64   `default:"1" help:"Another seed makes another fleet; the same one makes the same."`
	Prefix string   `default:"gen" help:"What every id begins with."`
	Format string   `enum:"csv,geojson" default:"csv" help:"csv or geojson."`
	Output string   `short:"o" default:"-" help:"File to write; - writes to standard output." placeholder:"FILE" type:"path"`
}

// Run implements the command.
func (c *sirenGenerate) Run() error {
	options := generator.Options{Count: c.Count, Seed: c.Seed, Prefix: c.Prefix, Signals: siren.GermanSignals().Names()}
	if c.Count < 1 || c.Count > registry.MaxRows || !siren.ValidID(c.Prefix+"-000000") {
		return problem.New(problem.Invalid, "So many sirens, or this prefix, are impossible.", fmt.Sprintf("Give --count 1 to %d, and a --prefix of letters, digits and hyphens.", registry.MaxRows))
	}
	for _, text := range c.Within {
		key, err := geo.ParseARS(text)
		if err != nil {
			return problem.Wrap(err, problem.Invalid, "There is no such region", "Give regional keys of 2, 5 or 12 digits.")
		}
		options.Within = append(options.Within, key)
	}
	gazetteer, err := country()
	if err != nil {
		return err
	}
	options.Stands = registry.NewGround(gazetteer, []geo.ARS{geo.Federation}).Stands
	sirens := generator.Generate(gazetteer.Places(), options)
	if len(sirens) == 0 {
		return problem.New(problem.NotFound, "No place with residents is known there.", "Give keys of regions in Germany.")
	}
	var out bytes.Buffer
	write := registry.WriteCSV
	if c.Format == string(registry.GeoJSON) {
		write = registry.WriteGeoJSON
	}
	if err := write(&out, sirens, registry.WriteOptions{}); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d sirens made up; none of them exists\n", len(sirens))
	return deliver(c.Output, out.Bytes())
}

type sirenSignals struct {
	Country string `help:"Only tables of this country: de, at or ch." placeholder:"COUNTRY"`
	output  `embed:""`
}

// Run implements the command.
func (c *sirenSignals) Run() error {
	words := catalogue.For(catalogue.English)
	tables := []siren.SignalTable{}
	for _, t := range siren.SignalTables() {
		if c.Country == "" || strings.EqualFold(t.Country, c.Country) {
			tables = append(tables, t)
		}
	}
	if len(tables) == 0 {
		return problem.New(problem.NotFound, fmt.Sprintf("There is no table of signals for %q.", c.Country), "Give --country de, at or ch.")
	}
	return c.print(tables, func(w io.Writer) {
		rows := [][]string{{"TABLE", "NUMBER", "SIGNAL", "CALLED", "SECONDS", "SOUNDS"}}
		for _, t := range tables {
			for _, s := range t.Signals {
				rows = append(rows, []string{
					t.Name, strconv.Itoa(int(s.Number)), s.Name, words.T(s.TitleKey()),
					strconv.FormatFloat(s.Duration().Seconds(), 'f', -1, 64), tone.Describe(s, words),
				})
			}
		}
		table(w, rows)
	})
}
