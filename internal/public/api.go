// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

const (
	contentJSON    = "application/json"
	contentGeoJSON = "application/geo+json"
)

// The JSON forms of docs/formats/public.md. Every field is always there: absent
// text is "", an absent list is [], and times are never absent.
type (
	listDocument struct {
		// Generated is when this was rendered, cut to the minute.
		Generated time.Time         `json:"generated"`
		Authority authorityDocument `json:"authority"`
		Warnings  []warningDocument `json:"warnings"`
	}
	authorityDocument struct {
		ID        string    `json:"id"`
		Name      string    `json:"name"`
		Realm     string    `json:"realm"`
		Territory []geo.ARS `json:"territory"`
	}
	warningDocument struct {
		ID     string         `json:"id"`
		Status warning.Status `json:"status"`
		URL    string         `json:"url"`
		// Messages has the newest message first.
		Messages []messageDocument `json:"messages"`
	}
	messageDocument struct {
		Number     int                `json:"number"`
		Kind       warning.Kind       `json:"kind"`
		Identifier string             `json:"identifier"`
		CAPURL     string             `json:"capUrl"`
		Sender     string             `json:"sender"`
		SenderName string             `json:"senderName"`
		Sent       time.Time          `json:"sent"`
		Onset      time.Time          `json:"onset"`
		Expires    time.Time          `json:"expires"`
		Status     cap.Status         `json:"status"`
		MsgType    cap.MsgType        `json:"msgType"`
		References []string           `json:"references"`
		Level      warning.Level      `json:"level"`
		EventCode  string             `json:"eventCode"`
		Categories []cap.Category     `json:"categories"`
		Responses  []cap.ResponseType `json:"responseTypes"`
		Urgency    cap.Urgency        `json:"urgency"`
		Severity   cap.Severity       `json:"severity"`
		Certainty  cap.Certainty      `json:"certainty"`
		Area       areaDocument       `json:"area"`
		Web        string             `json:"web"`
		Contact    string             `json:"contact"`
		Texts      []textDocument     `json:"texts"`
		// Grade says what stands behind the message; it and the address of the bundle
		// are "" while nothing does, that of the proof also with grade C.
		Grade     tlog.Grade `json:"grade"`
		ProofURL  string     `json:"proofUrl"`
		BundleURL string     `json:"bundleUrl"`
	}
	areaDocument struct {
		Name string `json:"name"`
		// ARS are the keys that the message names, Concerns those and all others
		// that its circles and polygons touch.
		ARS      []geo.ARS    `json:"ars"`
		Concerns []geo.ARS    `json:"concerns"`
		Circles  []geo.Circle `json:"circles"`
		Polygons []geo.Ring   `json:"polygons"`
	}
	textDocument struct {
		Language    string `json:"language"`
		Event       string `json:"event"`
		Headline    string `json:"headline"`
		Description string `json:"description"`
		Instruction string `json:"instruction"`
		// Actions is the instruction cut into the things to do.
		Actions []string `json:"actions"`
	}
)

// listJSON is the twin of the front page and the feed.
func (role *Role) listJSON(e *edition) *body {
	list := listDocument{
		Generated: e.at.In(role.location),
		Authority: authorityDocument{
			ID: role.authority.ID, Name: role.authority.Name,
			Realm: string(role.authority.Realm), Territory: full(role.authority.Territory),
		},
		Warnings: []warningDocument{},
	}
	for _, w := range e.recent {
		list.Warnings = append(list.Warnings, role.document(e, w))
	}
	return newBody(contentJSON, cacheIndex, e.at, marshal(list))
}

// warningJSON is the twin of a warning's page.
func (role *Role) warningJSON(e *edition, w *warning.Warning) *body {
	return newBody(contentJSON, cacheIndex, e.changed, marshal(role.document(e, w)))
}

func (role *Role) document(e *edition, w *warning.Warning) warningDocument {
	d := warningDocument{ID: w.ID, Status: statusOf(w, e.now), URL: role.base + warningPath(w.ID), Messages: []messageDocument{}}
	for i := len(w.Messages) - 1; i >= 0; i-- {
		d.Messages = append(d.Messages, role.messageDocument(role.message(e, &w.Messages[i])))
	}
	return d
}

func (role *Role) messageDocument(m message) messageDocument {
	info, content := m.info(role.authority.Languages[0]), m.Content
	onset := content.Onset
	if onset.IsZero() {
		onset = m.Sent
	}
	d := messageDocument{
		Number: m.Number, Kind: m.Kind, Identifier: m.Identifier, CAPURL: role.base + capPath(m.Identifier),
		Sender: m.alert.Sender, SenderName: info.SenderName,
		Sent: m.Sent.In(role.location), Onset: onset.In(role.location), Expires: content.Expires.In(role.location),
		Status: m.alert.Status, MsgType: m.alert.MsgType, References: []string{}, Level: content.Level, EventCode: content.Event,
		Categories: present(info.Category), Responses: present(info.ResponseType),
		Urgency: info.Urgency, Severity: info.Severity, Certainty: info.Certainty,
		Area: areaDocument{
			Name: areaDesc(info), ARS: full(content.Area.ARS), Concerns: full(m.regions),
			Circles: present(content.Area.Circles), Polygons: present(content.Area.Polygons),
		},
		Web: info.Web, Contact: info.Contact, Texts: []textDocument{},
	}
	f := role.footing(m.Identifier)
	if d.Grade = f.grade; f.grade != "" {
		d.BundleURL = role.base + formPath(m.Identifier, formBundle)
	}
	if f.proved() {
		d.ProofURL = role.base + formPath(m.Identifier, formProof)
	}
	for _, reference := range m.alert.References {
		d.References = append(d.References, reference.Identifier)
	}
	for _, text := range m.alert.Info {
		d.Texts = append(d.Texts, textDocument{
			Language: text.Language, Event: text.Event, Headline: text.Headline,
			Description: text.Description, Instruction: text.Instruction, Actions: present(actions(text.Instruction)),
		})
	}
	return d
}

// present is the list itself, never null.
func present[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// full writes keys out to twelve digits, as other federal interfaces do.
func full(keys []geo.ARS) []geo.ARS {
	written := make([]geo.ARS, 0, len(keys))
	for _, key := range keys {
		written = append(written, geo.ARS(key.Full()))
	}
	return written
}

// marshal writes a document of plain values, which cannot fail.
func marshal(document any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		panic("public: encode: " + err.Error())
	}
	return out.Bytes()
}

// GeoJSON (RFC 7946): longitude before latitude.
type (
	featureCollection struct {
		Type     string    `json:"type"`
		Features []feature `json:"features"`
	}
	feature struct {
		Type string `json:"type"`
		ID   string `json:"id"`
		// Geometry is null when no outline of the area is known.
		Geometry   *geometry  `json:"geometry"`
		Properties properties `json:"properties"`
	}
	geometry struct {
		Type        string           `json:"type"`
		Coordinates [][][][2]float64 `json:"coordinates"`
	}
	properties struct {
		Identifier string        `json:"identifier"`
		Kind       warning.Kind  `json:"kind"`
		Level      warning.Level `json:"level"`
		Sent       time.Time     `json:"sent"`
		Expires    time.Time     `json:"expires"`
		URL        string        `json:"url"`
		Area       string        `json:"area"`
		ARS        []geo.ARS     `json:"ars"`
		// Complete tells that the geometry shows the whole area: outlines of some
		// of its regions may not be known.
		Complete  bool              `json:"complete"`
		Headlines map[string]string `json:"headlines"`
	}
)

// outlineTolerance is how far outlines may be simplified for the public map data.
const outlineTolerance = 200 // metres

// geoJSON shows the warnings in force as areas.
func (role *Role) geoJSON(e *edition) *body {
	collection := featureCollection{Type: "FeatureCollection", Features: []feature{}}
	for _, w := range e.inForce {
		m := role.message(e, w.Last())
		shape, missing := role.shape(m.Content.Area)
		f := feature{
			Type: "Feature", ID: w.ID,
			Properties: properties{
				Identifier: m.Identifier, Kind: m.Kind, Level: m.Content.Level,
				Sent: m.Sent.In(role.location), Expires: m.Content.Expires.In(role.location),
				URL: role.base + warningPath(w.ID), Area: areaDesc(m.info(role.authority.Languages[0])),
				ARS: full(m.Content.Area.ARS), Complete: len(missing) == 0, Headlines: map[string]string{},
			},
		}
		for _, info := range m.alert.Info {
			f.Properties.Headlines[info.Language] = info.Headline
		}
		if len(shape) > 0 {
			f.Geometry = &geometry{Type: "MultiPolygon", Coordinates: coordinates(shape)}
		}
		collection.Features = append(collection.Features, f)
	}
	return newBody(contentGeoJSON, cacheIndex, e.changed, marshal(collection))
}

// shape is the area as polygons, and the keys of which no outline is known.
func (role *Role) shape(a geo.Area) (shape geo.MultiPolygon, missing []geo.ARS) {
	for _, key := range a.ARS {
		region, ok := role.gazetteer.Regions().Lookup(key)
		if !ok || len(region.Outline) == 0 {
			missing = append(missing, key)
			continue
		}
		shape = append(shape, region.Outline.Simplify(outlineTolerance)...)
	}
	for _, circle := range a.Circles {
		shape = append(shape, geo.Polygon{circle.Ring(48)})
	}
	for _, ring := range a.Polygons {
		shape = append(shape, geo.Polygon{ring})
	}
	return shape, missing
}

// coordinates writes the shape with the outer rings anticlockwise and the holes
// clockwise (RFC 7946, section 3.1.6), to five decimals, about a metre.
func coordinates(shape geo.MultiPolygon) [][][][2]float64 {
	out := make([][][][2]float64, 0, len(shape))
	for _, polygon := range shape {
		rings := make([][][2]float64, 0, len(polygon))
		for i, ring := range polygon {
			points := make([][2]float64, 0, len(ring))
			for _, p := range ring {
				points = append(points, [2]float64{math.Round(p.Lon*1e5) / 1e5, math.Round(p.Lat*1e5) / 1e5})
			}
			if outer := i == 0; anticlockwise(ring) != outer {
				slices.Reverse(points)
			}
			rings = append(rings, points)
		}
		out = append(out, rings)
	}
	return out
}

func anticlockwise(ring geo.Ring) bool {
	var area float64
	for i := 1; i < len(ring); i++ {
		area += ring[i-1].Lon*ring[i].Lat - ring[i].Lon*ring[i-1].Lat
	}
	return area > 0
}
