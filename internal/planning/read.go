// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/boundaries"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
	"github.com/tocsin-alert/tocsin/siting"
)

// Paths name the files of a question. Population is needed; the others may be empty.
type Paths struct {
	Sirens, Population, Regions string
	// Terrain are files and folders of elevations; the ground is flat if empty.
	Terrain []string
	// Progress is told what is being read; may be nil.
	Progress func(what string, done, total int64)
}

// Open reads the files. Its errors are *problem.Error, or the context's. What was
// refused in them, row by row, is in the notes.
func Open(ctx context.Context, p Paths) (Inputs, []Note, error) {
	in := Inputs{Memory: Memory()}
	var notes []Note
	options := population.Options{Memory: in.Memory}
	if p.Progress != nil {
		options.Progress = func(done, total int64) { p.Progress("population", done, total) }
	}
	grid, report, err := population.ReadFile(ctx, p.Population, options)
	if err != nil {
		return in, nil, unusable(p.Population, err, "Give a grid of the census: GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner, also within a .gz or .zip; see docs/formats/population.md.")
	}
	if err := Fits(in.Memory, grid.Len()); err != nil {
		return in, nil, err
	}
	in.Grid = grid
	in.Files = append(in.Files, File{"population", filepath.Base(p.Population), report.Digest})
	for _, f := range report.Findings {
		notes = append(notes, Note{File: filepath.Base(p.Population), Text: fmt.Sprint(f)})
	}
	if report.Secret > 0 {
		notes = append(notes, Note{File: filepath.Base(p.Population), Text: fmt.Sprintf("The people of %d cells are secret; they are not counted.", report.Secret)})
	}
	if p.Sirens != "" {
		sheet, digest, err := readList(p.Sirens)
		if err != nil {
			return in, nil, err
		}
		if err := noneTaken(p.Sirens, sheet); err != nil {
			return in, nil, err
		}
		in.Sirens = sheet.Sirens()
		in.Files = append(in.Files, File{"sirens", filepath.Base(p.Sirens), digest})
		notes = append(notes, Refused(p.Sirens, sheet)...)
		notes = append(notes, in.misread(p.Sirens, sheet.Rows)...)
	}
	if p.Regions != "" {
		digest, err := digestOf(p.Regions)
		if err != nil {
			return in, nil, err
		}
		regions, report, err := boundaries.ReadFile(p.Regions, boundaries.Options{})
		if err != nil {
			return in, nil, unusable(p.Regions, err, "Give boundaries with ARS; see docs/formats/regions.md.")
		}
		in.Regions = regions
		in.Files = append(in.Files, File{"regions", filepath.Base(p.Regions), digest})
		for _, r := range report.Refused {
			notes = append(notes, Note{File: filepath.Base(p.Regions), Text: fmt.Sprint(r)})
		}
		if grid.Side() <= 100 && report.System != 0 {
			if found := grid.CheckBorders(regions, report.System); found.Suspected {
				notes = append(notes, Note{File: filepath.Base(p.Regions), Text: "People live on the borders. " + found.String()})
			}
		}
	}
	if len(p.Terrain) > 0 {
		if err := in.openTerrain(p.Terrain); err != nil {
			return in, nil, err
		}
	}
	return in, notes, nil
}

// misread notes where a list's positions look as if they were read in the wrong
// coordinate system, by the people who should live around them.
func (in Inputs) misread(path string, rows []registry.Row) []Note {
	places := map[projection.System][]geo.Point{}
	for _, row := range rows {
		places[row.System] = append(places[row.System], row.Siren.Position)
	}
	var notes []Note
	for _, system := range slices.Sorted(maps.Keys(places)) {
		if found := in.Grid.CheckPositions(places[system], system); found.Suspected {
			notes = append(notes, Note{File: filepath.Base(path), Text: found.String()})
		}
	}
	return notes
}

// noneTaken refuses a list of which no row can be taken, with its first fault.
func noneTaken(path string, sheet *registry.Sheet) error {
	if len(sheet.Rows) > 0 || sheet.RefusedTotal == 0 {
		return nil
	}
	first := sheet.Refused[0]
	return problem.New(problem.Unreadable,
		fmt.Sprintf("%s cannot be used: none of its %d rows can be taken. First: row %d, %s: %s", path, sheet.RefusedTotal, first.Row, cmp.Or(first.Faults[0].Field, "whole"), first.Faults[0].Message),
		first.Faults[0].Remedy)
}

// Note is something in a file that was not taken.
type Note struct {
	File string `json:"file"`
	// Row is the line or the number of the element, 0 where the text says it.
	Row  int    `json:"row,omitempty"`
	Text string `json:"text"`
}

// String is the note in one line.
func (n Note) String() string {
	if n.Row == 0 {
		return n.File + ": " + n.Text
	}
	return fmt.Sprintf("%s:%d: %s", n.File, n.Row, n.Text)
}

// Refused are the rows of a list that were not taken, the first 5,000 one by one.
func Refused(path string, sheet *registry.Sheet) []Note {
	var notes []Note
	for _, r := range sheet.Refused {
		for _, f := range r.Faults {
			notes = append(notes, Note{filepath.Base(path), r.Row, strings.TrimSpace(f.Field + ": " + f.Message + " " + f.Remedy)})
		}
	}
	if more := sheet.RefusedTotal - len(sheet.Refused); more > 0 {
		notes = append(notes, Note{File: filepath.Base(path), Text: fmt.Sprintf("%d more rows refused", more)})
	}
	return notes
}

// unusable says what is wrong with a file, with the remedy that the error has or
// the one given.
func unusable(path string, err error, remedy string) error {
	if f, ok := errors.AsType[*geo.Fault](err); ok {
		return problem.New(problem.Unreadable, fmt.Sprintf("%s cannot be used: %s: %s", path, f.Field, f.Message), f.Remedy)
	}
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return &problem.Error{Kind: p.Kind, Rule: p.Rule, Args: p.Args, Message: fmt.Sprintf("%s cannot be used: %s", path, p.Message), Remedy: p.Remedy, Faults: p.Faults}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		remedy = "Check the path and its permissions."
	}
	return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", path), remedy)
}

// digestOf reads a file for its digest alone.
func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", unusable(path, err, "Check the disk.")
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", unusable(path, err, "Check the disk.")
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// digested reads a file as it stands on the disk, with its digest.
func digested(path string) (raw []byte, digest string, err error) {
	raw, err = os.ReadFile(path)
	if err != nil {
		return nil, "", unusable(path, err, "Check the disk.")
	}
	sum := sha256.Sum256(raw)
	return raw, hex.EncodeToString(sum[:]), nil
}

// readFile reads a file, unpacked where it ends with .gz, and the digest of what
// stands on the disk.
func readFile(path string) ([]byte, string, error) {
	const most = 1 << 30
	raw, digest, err := digested(path)
	if err != nil {
		return nil, "", err
	}
	if !strings.HasSuffix(path, ".gz") {
		return raw, digest, nil
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(raw))
	if err == nil {
		raw, err = io.ReadAll(io.LimitReader(unpacked, most))
	}
	if err != nil {
		return nil, "", problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be unpacked.", path), "Give a whole file.")
	}
	return raw, digest, nil
}

// ReadList reads a list of sirens or of candidates. Its errors are *problem.Error.
func ReadList(path string, candidates bool) (*registry.Sheet, error) {
	read := readList
	if candidates {
		read = readCandidates
	}
	sheet, _, err := read(path)
	return sheet, err
}

// readCandidates reads a list of candidates, or the public buildings of a map.
func readCandidates(path string) (*registry.Sheet, string, error) {
	buildings, err := isMap(path)
	if err != nil {
		return nil, "", err
	}
	if !buildings {
		return readSheet(path, registry.Options{Others: true})
	}
	digest, err := digestOf(path)
	if err != nil {
		return nil, "", err
	}
	sheet, err := readBuildings(path)
	return sheet, digest, err
}

func readList(path string) (*registry.Sheet, string, error) {
	return readSheet(path, registry.Options{})
}

func readSheet(path string, o registry.Options) (*registry.Sheet, string, error) {
	raw, digest, err := readFile(path)
	if err != nil {
		return nil, "", err
	}
	sheet, err := registry.Read(bytes.NewReader(raw), o)
	if err != nil {
		return nil, "", unusable(path, err, "Give CSV, GeoJSON or OpenStreetMap with positions; see docs/formats/siren-registry.md.")
	}
	return sheet, digest, nil
}

// MaxSpaced is how many candidates are taken from inhabited cells at most.
const MaxSpaced = sites.MaxCandidates

// Candidates reads where sirens could stand: "cells:2000" takes the most peopled
// cell of every square of 2,000 m, anything else is the path of a list as of
// sirens, with the columns cost (euros), kinds (ids, between bars) and state
// (free, required, forbidden) besides. Where a list says roof or mast, kinds of
// that mount alone are built.
func (in *Inputs) Candidates(source string, kinds []sites.Kind) ([]sites.Candidate, []Note, error) {
	if spacing, spaced := strings.CutPrefix(source, "cells:"); spaced {
		metres, err := strconv.ParseFloat(spacing, 64)
		if err != nil {
			return nil, nil, problem.New(problem.Invalid, fmt.Sprintf("%q is no spacing.", spacing), "Write cells: and metres, such as cells:2000.")
		}
		candidates, err := sites.Inhabited(in.Grid, metres, MaxSpaced)
		if err != nil {
			return nil, nil, err
		}
		return candidates, nil, nil
	}
	sheet, digest, err := readCandidates(source)
	if err != nil {
		return nil, nil, err
	}
	in.Files = append(in.Files, File{"candidates", filepath.Base(source), digest})
	if err := noneTaken(source, sheet); err != nil {
		return nil, nil, err
	}
	notes := Refused(source, sheet)
	rows := sheet.Rows
	if sheet.Format != registry.CSV {
		var merged int
		if rows, merged = merge(rows); merged > 0 {
			notes = append(notes, Note{File: filepath.Base(source), Text: fmt.Sprintf("%d entries lie within %d m of an earlier one and are taken for the same building", merged, sameBuilding)})
		}
	}
	notes = append(notes, in.misread(source, rows)...)
	var candidates []sites.Candidate
	for _, row := range rows {
		c, err := candidate(row, kinds)
		if err != nil {
			notes = append(notes, Note{filepath.Base(source), row.Row, err.Error()})
			continue
		}
		candidates = append(candidates, c)
	}
	return candidates, notes, nil
}

// candidate makes one of a row.
func candidate(row registry.Row, kinds []sites.Kind) (sites.Candidate, error) {
	s := row.Siren
	c := sites.Candidate{ID: s.ID, Name: s.Name}
	if c.ID == "" {
		c.ID = fmt.Sprintf("row-%d", row.Row)
	}
	at, err := projection.LAEAEurope.Forward(s.Position)
	if err != nil {
		return c, fmt.Errorf("position: it is not in Europe; latitude and longitude may be the wrong way round")
	}
	c.Position = at
	if cost := row.Others["cost"]; cost != "" {
		if c.Cost, err = strconv.ParseFloat(strings.Replace(cost, ",", ".", 1), 64); err != nil || !(c.Cost > 0) {
			return c, fmt.Errorf("cost: %q are no euros", cost)
		}
	}
	if s.Equipment.Axis != 0 {
		c.Axis = &s.Equipment.Axis
	}
	if list := row.Others["kinds"]; list != "" {
		for kind := range strings.SplitSeq(list, "|") {
			c.Kinds = append(c.Kinds, strings.TrimSpace(kind))
		}
	} else if s.Equipment.Mount != "" {
		for _, k := range kinds {
			if k.Mount == s.Equipment.Mount {
				c.Kinds = append(c.Kinds, k.ID)
			}
		}
		if len(c.Kinds) == 0 {
			return c, fmt.Errorf("mount: no kind of siren is for a %s", s.Equipment.Mount)
		}
	}
	switch state := row.Others["state"]; state {
	case "", "free":
	case "required":
		c.State = siting.Required
	case "forbidden":
		c.State = siting.Forbidden
	default:
		return c, fmt.Errorf("state: %q is none of free, required and forbidden", state)
	}
	return c, nil
}
