// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"context"
	"slices"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
)

// SirenImportOptions says how a list of sirens is taken.
type SirenImportOptions struct {
	// Format is found out when empty.
	Format registry.Format `query:"format" enum:"csv,geojson,osm,pbf" doc:"Found out by the content when left out"`
	// DryRun changes nothing.
	DryRun bool `query:"dryRun" doc:"Say what would change, and change nothing"`
	// TakeDuplicates takes what looks like a siren that is there already.
	TakeDuplicates bool `query:"takeDuplicates" doc:"Take sirens that look like others too: several horns at one place"`
}

// SirenImport says what became of a list of sirens.
type SirenImport struct {
	Format registry.Format `json:"format"`
	DryRun bool            `json:"dryRun"`
	// Version is that of the registry afterwards.
	Version uint64 `json:"version"`
	// Counts are the rows by verdict.
	Counts map[registry.Verdict]int `json:"counts"`
	// Entries are what became of each row, but for those that change nothing.
	Entries []registry.Entry `json:"entries"`
	// Ignored are headings that say nothing to the reader.
	Ignored []string `json:"ignored"`
}

// ImportSirens takes a list of sirens into the registry: new ones are added,
// others changed, and rows that cannot be taken are told one by one.
func (s *Service) ImportSirens(ctx context.Context, who Identity, raw []byte, o SirenImportOptions) (SirenImport, error) {
	if err := s.require(who, operator.Administrator); err != nil {
		return SirenImport{}, err
	}
	sheet, err := registry.Read(bytes.NewReader(raw), registry.Options{Format: o.Format})
	if err != nil {
		return SirenImport{}, err
	}
	fleet := s.view.fleet
	merged := registry.Merge(sheet, registry.MergeOptions{
		Existing: fleet.All(), Highest: fleet.HighestNumber(), Known: fleet.Known, TakeDuplicates: o.TakeDuplicates,
		Ground: registry.NewGround(s.o.Gazetteer, s.o.Authority.Territory), Signals: s.o.Signals.Names(),
	})
	if !o.DryRun {
		for part := range slices.Chunk(merged.Sirens, siren.MaxRegister) {
			if _, err := s.do(ctx, who, siren.CommandRegister, siren.Registered{Sirens: part}); err != nil {
				return SirenImport{}, err
			}
		}
	}
	entries := slices.DeleteFunc(merged.Entries, func(e registry.Entry) bool { return e.Verdict == registry.Unchanged })
	words := catalogue.For(who.Language)
	for i := range entries {
		entries[i].Faults = refusal.FaultsIn(words, entries[i].Faults)
	}
	return SirenImport{
		Format: sheet.Format, DryRun: o.DryRun, Version: fleet.Version(),
		Counts: merged.Counts, Entries: listed(entries), Ignored: listed(sheet.Ignored),
	}, nil
}

// SirenExport says which sirens are written, and how.
type SirenExport struct {
	SirenFilter
	Format registry.Format `query:"format" default:"csv" enum:"csv,geojson"`
	// ForPublic leaves out what is not for everyone.
	ForPublic bool `query:"public" doc:"Only sirens whose sites are public, without addresses and keys"`
}

// ExportSirens writes the sirens that the filter takes as a list that ImportSirens
// reads.
func (s *Service) ExportSirens(e SirenExport) ([]byte, error) {
	rows, err := s.matching(e.SirenFilter)
	if err != nil {
		return nil, err
	}
	rows = rows[min(max(e.Offset, 0), len(rows)):]
	if e.Limit > 0 {
		rows = rows[:min(e.Limit, len(rows))]
	}
	sirens := make([]siren.Siren, 0, len(rows))
	for _, row := range rows {
		if entry, ok := s.view.fleet.Siren(row.ID); ok {
			sirens = append(sirens, entry)
		}
	}
	var out bytes.Buffer
	options := registry.WriteOptions{Public: e.ForPublic}
	switch e.Format {
	case registry.CSV, "":
		err = registry.WriteCSV(&out, sirens, options)
	case registry.GeoJSON:
		err = registry.WriteGeoJSON(&out, sirens, options)
	default:
		err = refusal.New(problem.Invalid, "registry.format", string(e.Format))
	}
	return out.Bytes(), err
}

// SirenRemoval says why a siren is taken out of the registry.
type SirenRemoval struct {
	Reason string `json:"reason" maxLength:"1000"`
}

// RemoveSiren takes a siren out of the registry. It is commanded no more; what it
// did stays in the journal.
func (s *Service) RemoveSiren(ctx context.Context, who Identity, id string, in SirenRemoval) (Accepted, error) {
	if err := s.require(who, operator.Administrator); err != nil {
		return Accepted{}, err
	}
	return s.do(ctx, who, siren.CommandRemove, siren.Removed{Siren: id, Reason: in.Reason})
}
