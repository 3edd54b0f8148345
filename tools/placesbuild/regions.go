// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// lands are the Länder by their ISO 3166-2 code.
var lands = map[string]struct{ ars, name string }{
	"DE-SH": {"01", "Schleswig-Holstein"}, "DE-HH": {"02", "Hamburg"}, "DE-NI": {"03", "Niedersachsen"}, "DE-HB": {"04", "Bremen"},
	"DE-NW": {"05", "Nordrhein-Westfalen"}, "DE-HE": {"06", "Hessen"}, "DE-RP": {"07", "Rheinland-Pfalz"}, "DE-BW": {"08", "Baden-Württemberg"},
	"DE-BY": {"09", "Bayern"}, "DE-SL": {"10", "Saarland"}, "DE-BE": {"11", "Berlin"}, "DE-BB": {"12", "Brandenburg"},
	"DE-MV": {"13", "Mecklenburg-Vorpommern"}, "DE-SN": {"14", "Sachsen"}, "DE-ST": {"15", "Sachsen-Anhalt"}, "DE-TH": {"16", "Thüringen"},
}

// laender joins the sixteen outlines into one GeoJSON file, in the order of
// their keys. The coordinates stay as they are (five decimals).
func laender(files map[string][]byte) ([]byte, error) {
	if len(files) != len(lands) {
		return nil, fmt.Errorf("%d outlines instead of %d", len(files), len(lands))
	}
	features := map[string]json.RawMessage{}
	for file, content := range files {
		land, ok := lands[strings.TrimSuffix(file, ".json")]
		if !ok {
			return nil, fmt.Errorf("%s is no Land", file)
		}
		var from struct{ Geometry json.RawMessage }
		if err := json.Unmarshal(content, &from); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		feature, err := json.Marshal(map[string]any{
			"type": "Feature", "geometry": from.Geometry,
			"properties": map[string]string{"ARS": land.ars + "0000000000", "GEN": land.name, "BEZ": "Land"},
		})
		if err != nil {
			return nil, err
		}
		features[land.ars] = feature
	}
	var list []json.RawMessage
	for _, ars := range slices.Sorted(maps.Keys(features)) {
		list = append(list, features[ars])
	}
	return collection(list)
}

func collection(features []json.RawMessage) ([]byte, error) {
	return json.Marshal(map[string]any{"type": "FeatureCollection", "features": features})
}

// kreis is a row of the source's districts.csv and of kreise.csv.
type kreis struct{ ars, name, kind, population string }

// kreise keeps key, name, kind and population of every Kreis. Titles go from the
// names ("Potsdam, Stadt"). The source is of the end of 2018; since then one
// Kreis has ended: Eisenach (16056) became part of the Wartburgkreis (16063) on
// 1 July 2021, so its people are added there.
func kreise(files map[string][]byte) ([]byte, error) {
	reader := csv.NewReader(bytes.NewReader(files["districts.csv"]))
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, err
	}
	const ended, heir = "16056", "16063"
	people := map[string]int{}
	var list []kreis
	for _, row := range rows[1:] {
		name, _, _ := strings.Cut(row[2], ", ")
		k := kreis{ars: row[0], name: name, kind: row[1], population: row[5]}
		if len(k.ars) != 5 {
			return nil, fmt.Errorf("%q is not the key of a Kreis", k.ars)
		}
		n, err := number(k.population)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.ars, err)
		}
		people[k.ars] = n
		if k.ars != ended {
			list = append(list, k)
		}
	}
	people[heir] += people[ended]
	slices.SortFunc(list, func(a, b kreis) int { return cmp.Compare(a.ars, b.ars) })
	var out bytes.Buffer
	out.WriteString("ars;name;kind;population\n")
	for _, k := range list {
		fmt.Fprintf(&out, "%s;%s;%s;%d\n", k.ars, k.name, k.kind, people[k.ars])
	}
	return out.Bytes(), nil
}
