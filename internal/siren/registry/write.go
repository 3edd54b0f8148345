// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// WriteOptions says what of a registry is written.
type WriteOptions struct {
	// Public writes the sirens alone whose sites are public, without addresses,
	// keys and numbers.
	Public bool
}

// visible are the sirens and columns to be written.
func (o WriteOptions) visible(sirens []siren.Siren) ([]siren.Siren, []column) {
	shown := slices.DeleteFunc(slices.Clone(columns), func(c column) bool { return c.write == nil || o.Public && c.private })
	if o.Public {
		sirens = slices.DeleteFunc(slices.Clone(sirens), func(s siren.Siren) bool { return !s.Public })
	}
	return sirens, shown
}

// WriteCSV writes sirens as Read takes them: UTF-8, commas, decimal points.
func WriteCSV(w io.Writer, sirens []siren.Siren, o WriteOptions) error {
	sirens, shown := o.visible(sirens)
	out := csv.NewWriter(w)
	row := make([]string, len(shown))
	for i, c := range shown {
		row[i] = c.name
	}
	if err := out.Write(row); err != nil {
		return fmt.Errorf("write list of sirens: %w", err)
	}
	for _, s := range sirens {
		for i, c := range shown {
			row[i] = c.write(s)
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write list of sirens: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

// WriteGeoJSON writes sirens as a FeatureCollection of points (RFC 7946), whose
// properties have the names of the columns.
func WriteGeoJSON(w io.Writer, sirens []siren.Siren, o WriteOptions) error {
	type geometry struct {
		Type        string     `json:"type"`
		Coordinates [2]float64 `json:"coordinates"`
	}
	type point struct {
		Type       string            `json:"type"`
		ID         string            `json:"id"`
		Properties map[string]string `json:"properties"`
		Geometry   geometry          `json:"geometry"`
	}
	sirens, shown := o.visible(sirens)
	if _, err := io.WriteString(w, "{\"type\":\"FeatureCollection\",\"features\":[\n"); err != nil {
		return fmt.Errorf("write list of sirens: %w", err)
	}
	for i, s := range sirens {
		f := point{"Feature", s.ID, map[string]string{}, geometry{"Point", [2]float64{s.Position.Lon, s.Position.Lat}}}
		for _, c := range shown {
			if c.name == "lat" || c.name == "lon" {
				continue
			}
			if v := c.write(s); v != "" {
				f.Properties[c.name] = v
			}
		}
		raw, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("write siren %s: %w", s.ID, err)
		}
		end := ",\n"
		if i == len(sirens)-1 {
			end = "\n"
		}
		if _, err := w.Write(append(raw, end...)); err != nil {
			return fmt.Errorf("write list of sirens: %w", err)
		}
	}
	_, err := io.WriteString(w, "]}\n")
	return err
}
