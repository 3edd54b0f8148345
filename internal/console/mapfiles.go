// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
)

// mapFiles are what the map draws below the situation. They are made once.
type mapFiles struct {
	files  map[string]mapFile
	bounds Bounds
}

// mapFile is one GeoJSON document, compressed.
type mapFile struct {
	raw, gzipped []byte
	etag         string
}

// foreignTown is how many people make a place outside the territory worth
// showing on the map.
const foreignTown = 20_000

type feature struct {
	Type       string         `json:"type"`
	Geometry   any            `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

type featureCollection struct {
	Type     string    `json:"type"`
	Features []feature `json:"features"`
}

type pointGeometry struct {
	Type        string    `json:"type"`
	Coordinates [2]degree `json:"coordinates"`
}

func newMapFiles(g *geo.Gazetteer, territory []geo.ARS, background []byte) (mapFiles, error) {
	own := func(key geo.ARS) bool {
		return slices.ContainsFunc(territory, func(t geo.ARS) bool { return t.Contains(key) })
	}
	box := geo.EmptyBox()
	regions := featureCollection{Type: "FeatureCollection", Features: []feature{}}
	for _, r := range g.Regions().All() {
		if len(r.Outline) == 0 || r.ARS.Level() > geo.LevelKreis && !own(r.ARS) {
			continue
		}
		if own(r.ARS) {
			box = box.Union(r.Outline.Box())
		}
		regions.Features = append(regions.Features, feature{Type: "Feature", Geometry: geometryOf(r.Outline), Properties: map[string]any{
			"ars": r.ARS, "name": r.Name, "kind": regionKind(r.ARS), "own": own(r.ARS), "level": int(r.ARS.Level()),
		}})
	}
	places := featureCollection{Type: "FeatureCollection", Features: []feature{}}
	for _, p := range g.Places() {
		if !own(p.ARS) && p.Population < foreignTown {
			continue
		}
		if own(p.ARS) {
			box = box.Extend(p.Point)
		}
		places.Features = append(places.Features, feature{
			Type:       "Feature",
			Geometry:   pointGeometry{Type: "Point", Coordinates: [2]degree{degree(p.Point.Lon), degree(p.Point.Lat)}},
			Properties: map[string]any{"name": p.Name, "population": p.Population, "own": own(p.ARS), "part": p.Part},
		})
	}
	if background == nil {
		background = []byte(`{"type":"FeatureCollection","features":[]}`)
	}
	m := mapFiles{files: map[string]mapFile{}}
	if !box.Empty() {
		m.bounds = Bounds{South: box.South, West: box.West, North: box.North, East: box.East}
	}
	for name, document := range map[string]any{"regions": regions, "places": places, "background": json.RawMessage(background)} {
		file, err := newMapFile(document)
		if err != nil {
			return mapFiles{}, fmt.Errorf("map file %s: %w", name, err)
		}
		m.files[name+".geojson"] = file
	}
	return m, nil
}

func newMapFile(document any) (mapFile, error) {
	raw, err := json.Marshal(document)
	if err != nil {
		return mapFile{}, err
	}
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	if _, err := writer.Write(raw); err != nil {
		return mapFile{}, err
	}
	if err := writer.Close(); err != nil {
		return mapFile{}, err
	}
	sum := sha256.Sum256(raw)
	return mapFile{raw: raw, gzipped: zipped.Bytes(), etag: hex.EncodeToString(sum[:8])}, nil
}

// serve answers GET /api/v1/map/{file}.
func (m mapFiles) serve(w http.ResponseWriter, r *http.Request) error {
	file, ok := m.files[r.PathValue("file")]
	if !ok {
		return notFound("map.unknown", r.PathValue("file"))
	}
	h := w.Header()
	// The two forms are different bytes, so they have different strong validators
	// (RFC 9110, section 8.8.3.3).
	body, etag := file.raw, `"`+file.etag+`"`
	if acceptsGzip(r) {
		body, etag = file.gzipped, `"`+file.etag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/geo+json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	// A browser that went away needs no answer.
	_, _ = w.Write(body)
	return nil
}

func acceptsGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return strings.ReplaceAll(weight, " ", "") != "q=0"
		}
	}
	return false
}

func matches(ifNoneMatch, etag string) bool {
	for _, candidate := range strings.Split(ifNoneMatch, ",") {
		if strings.TrimPrefix(strings.TrimSpace(candidate), "W/") == etag {
			return true
		}
	}
	return false
}
