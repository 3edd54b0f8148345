// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/boundaries"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
)

// listedNotes is how many notes are kept one by one.
const listedNotes = 200

// Inspect says what is in a file: its counts, licence and what could not be taken.
// Digest, size and who gave it are left to the caller. The error is a
// *problem.Error for a file that cannot be used in the role, or the context's.
func Inspect(ctx context.Context, path string, role Role, progress func(Progress)) (Dataset, error) {
	progress = serial(progress)
	d := Dataset{Role: role, Counts: map[string]int64{}}
	told := func(done, total int64) {
		progress(Progress{Stage: StageReading, Done: done, Total: total})
	}
	switch role {
	case Population:
		grid, report, err := population.ReadFile(ctx, path, population.Options{Memory: planning.Memory(), Progress: told})
		if err != nil {
			return d, unusable(ctx, err)
		}
		d.Licence = grid.Licence()
		d.Counts["cells"], d.Counts["people"], d.Counts["side"], d.Counts["year"] = int64(grid.Len()), grid.Residents(), int64(grid.Side()), int64(grid.Year())
		d.Counts["refused"], d.Counts["secret"] = int64(report.Refused), int64(report.Secret)
		for _, f := range report.Findings {
			d.note(planning.Note{Text: fmt.Sprint(f)})
		}
		d.NotesTotal = max(report.Refused, len(d.Notes))
	case Regions:
		regions, report, err := boundaries.ReadFile(path, boundaries.Options{})
		if err != nil {
			return d, unusable(ctx, err)
		}
		d.Licence = report.Licence
		d.Counts["regions"], d.Counts["refused"] = int64(regions.Len()), int64(report.RefusedRows)
		for _, r := range report.Refused {
			d.note(planning.Note{Text: fmt.Sprint(r)})
		}
		d.NotesTotal = max(report.RefusedRows, len(d.Notes))
	case Sirens, Candidates:
		sheet, err := planning.ReadList(path, role == Candidates)
		if err != nil {
			return d, unusable(ctx, err)
		}
		if len(sheet.Rows) == 0 {
			return d, refusal.New(problem.Invalid, "study.list-empty", fmt.Sprint(sheet.RefusedTotal))
		}
		d.Counts[string(role)], d.Counts["refused"] = int64(len(sheet.Rows)), int64(sheet.RefusedTotal)
		d.Counts["generated"] = generated(sheet)
		for _, n := range planning.Refused(path, sheet) {
			n.File = ""
			d.note(n)
		}
		d.NotesTotal = max(sheet.RefusedTotal, len(d.Notes))
	case Terrain:
		if err := d.inspectTerrain(ctx, path); err != nil {
			return d, unusable(ctx, err)
		}
	default:
		return d, refusal.New(problem.Invalid, "study.role", string(role))
	}
	return d, nil
}

// note keeps a note, as long as there are not too many.
func (d *Dataset) note(n planning.Note) {
	if len(d.Notes) < listedNotes {
		d.Notes = append(d.Notes, n)
	}
}

func generated(sheet *registry.Sheet) (n int64) {
	for _, row := range sheet.Rows {
		if row.Siren.Generated {
			n++
		}
	}
	return n
}

// unusable is what is wrong with a file, with its remedy.
func unusable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if p, said := errors.AsType[*problem.Error](err); said {
		return p
	}
	if f, ok := errors.AsType[*geo.Fault](err); ok {
		out := refusal.New(problem.Unreadable, "study.file", f.Message)
		out.Faults = []problem.Fault{{Field: f.Field, Rule: f.Code, Message: f.Message, Remedy: f.Remedy}}
		return out
	}
	if errors.Is(err, os.ErrNotExist) {
		return refusal.New(problem.Conflict, "study.file-gone")
	}
	out := refusal.New(problem.Unreadable, "study.file", err.Error())
	out.Err = err
	return out
}
