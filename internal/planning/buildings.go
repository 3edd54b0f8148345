// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/osm"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
)

// publicBuildings are the tags by which OpenStreetMap marks buildings that mostly
// belong to a municipality, a Kreis or a Land.
var publicBuildings = func() []osm.Tag {
	var tags []osm.Tag
	for key, values := range map[string]string{
		"amenity":   "school kindergarten townhall fire_station police community_centre library hospital college university courthouse",
		"building":  "school kindergarten townhall fire_station public civic government hospital university college",
		"office":    "government",
		"emergency": "ambulance_station",
	} {
		for value := range strings.FieldsSeq(values) {
			tags = append(tags, osm.Tag{Key: key, Value: value})
		}
	}
	return tags
}()

const (
	// sameBuilding is how near to each other two entries speak of one building, in
	// metres: a node for the school in the outline of the school.
	sameBuilding = 15
	// maxCorners is how many corners of buildings are looked up at most.
	maxCorners = 5_000_000
)

// openMap opens a file of OpenStreetMap, unpacked where it ends with .gz; the
// format is that of a list where it is none.
func openMap(path string) (io.ReadCloser, registry.Format, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			f.Close()
			return nil, "", err
		}
	}
	buffered := bufio.NewReaderSize(in, 64<<10)
	head, err := buffered.Peek(4096)
	if err != nil && err != io.EOF {
		f.Close()
		return nil, "", err
	}
	return struct {
		io.Reader
		io.Closer
	}{buffered, f}, registry.FormatOf(head), nil
}

// isMap reports whether a file is one of OpenStreetMap.
func isMap(path string) (bool, error) {
	in, format, err := openMap(path)
	if err != nil {
		return false, unusable(path, err, "Give a whole file.")
	}
	in.Close()
	return format == registry.OSMXML || format == registry.OSMPBF, nil
}

// find gives the elements of a map to take.
func find(path string, query osm.Query, take func(osm.Element) error) error {
	in, format, err := openMap(path)
	if err != nil {
		return unusable(path, err, "Give a whole file.")
	}
	defer in.Close()
	read := osm.ReadXML
	if format == registry.OSMPBF {
		read = osm.ReadPBF
	}
	if err := read(in, query, take); err != nil {
		return unusable(path, err, "Give a whole extract of OpenStreetMap, as .osm or .osm.pbf.")
	}
	return nil
}

// readBuildings takes the public buildings of a map as places with a roof. The map
// is read twice, since ways name their corners and the corners stand elsewhere.
func readBuildings(path string) (*registry.Sheet, error) {
	var found []osm.Element
	corners := map[int64]bool{}
	err := find(path, osm.Query{Tags: publicBuildings, Refs: true}, func(e osm.Element) error {
		if found = append(found, e); len(found) > registry.MaxRows {
			return problem.New(problem.TooLarge, fmt.Sprintf("It has more than %d public buildings.", registry.MaxRows), "Cut it to your area: osmium extract.")
		}
		if e.Located {
			return nil
		}
		for _, ref := range e.Refs {
			corners[ref] = true
		}
		if len(corners) > maxCorners {
			return problem.New(problem.TooLarge, fmt.Sprintf("Its public buildings have more than %d corners.", maxCorners), "Cut it to your area: osmium extract.")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	at := make(map[int64]geo.Point, len(corners))
	if len(corners) > 0 {
		err := find(path, osm.Query{Nodes: corners}, func(e osm.Element) error {
			if e.Located {
				at[e.ID] = geo.Point{Lat: e.Lat, Lon: e.Lon}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	sheet := &registry.Sheet{Format: registry.OSMXML, Rows: []registry.Row{}, Refused: []registry.Refused{}}
	for n, e := range found {
		position, ok := geo.Point{Lat: e.Lat, Lon: e.Lon}, e.Located
		if !ok {
			var ring geo.Ring
			for _, ref := range e.Refs {
				if corner, known := at[ref]; known {
					ring = append(ring, corner)
				}
			}
			if len(ring) == len(e.Refs) {
				position, ok = geo.MultiPolygon{{ring}}.Middle()
			}
		}
		id := fmt.Sprintf("osm-%s-%d", e.Kind, e.ID)
		name := strings.TrimSpace(e.Tags["name"])
		if !ok {
			sheet.RefusedTotal++
			if len(sheet.Refused) < listedNotes {
				sheet.Refused = append(sheet.Refused, registry.Refused{Row: n + 1, ID: id, Name: name, Faults: []problem.Fault{{
					Field: id, Rule: "candidates.no-place", Message: "the file does not tell where it is.", Remedy: "Export with the nodes of ways, or with their centres (out center).",
				}}})
			}
			continue
		}
		sheet.Rows = append(sheet.Rows, registry.Row{Row: n + 1, Siren: siren.Siren{ID: id, Name: name, Position: position, Equipment: siren.Equipment{Mount: "roof"}}})
	}
	return sheet, nil
}

// listedNotes is how many refused buildings are told one by one.
const listedNotes = 200

// merge leaves out the rows that speak of a building again, within some metres of an
// earlier one, and says how many. A name is kept, whichever row has it. Rows that
// say more than a building can are the planner's own, and stay.
func merge(rows []registry.Row) (kept []registry.Row, merged int) {
	type square struct{ x, y int }
	near := map[square][]int{}
	for _, row := range rows {
		at, err := projection.LAEAEurope.Forward(row.Siren.Position)
		own := row.Others["state"] != "" || row.Others["cost"] != "" || row.Others["kinds"] != ""
		if err != nil || own {
			kept = append(kept, row)
			continue
		}
		here := square{int(at.Easting / sameBuilding), int(at.Northing / sameBuilding)}
		twin := -1
		for x := here.x - 1; x <= here.x+1; x++ {
			for y := here.y - 1; y <= here.y+1; y++ {
				i := slices.IndexFunc(near[square{x, y}], func(i int) bool {
					return kept[i].Siren.Position.DistanceTo(row.Siren.Position) <= sameBuilding
				})
				if i >= 0 && (twin < 0 || near[square{x, y}][i] < twin) {
					twin = near[square{x, y}][i]
				}
			}
		}
		if twin >= 0 {
			merged++
			kept[twin].Siren.Name = cmp.Or(kept[twin].Siren.Name, row.Siren.Name)
			continue
		}
		near[here] = append(near[here], len(kept))
		kept = append(kept, row)
	}
	return kept, merged
}
