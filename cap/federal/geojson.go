// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package federal

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/tocsin-alert/tocsin/cap"
)

// messageMember is the member of a feature collection that holds the message in
// the detail form (RFC 7946, section 6.1 allows others to pass it over).
const messageMember = "message"

type (
	collection struct {
		Type     string    `json:"type"`
		Features []feature `json:"features"`
		Message  detail    `json:"message"`
	}
	feature struct {
		Type       string     `json:"type"`
		ID         string     `json:"id"`
		Geometry   *geometry  `json:"geometry"`
		Properties properties `json:"properties"`
	}
	geometry struct {
		Type        string `json:"type"`
		Coordinates any    `json:"coordinates"`
	}
	properties struct {
		WarnID     string        `json:"warnId"`
		AreaID     any           `json:"areaId"` // a number, as the federal API has it, if it is one
		Identifier string        `json:"identifier"`
		Sender     string        `json:"sender"`
		Sent       string        `json:"sent"`
		Status     cap.Status    `json:"status"`
		MsgType    cap.MsgType   `json:"msgType"`
		Event      string        `json:"event"`
		Headline   string        `json:"headline"`
		Urgency    cap.Urgency   `json:"urgency"`
		Severity   cap.Severity  `json:"severity"`
		Certainty  cap.Certainty `json:"certainty"`
		Effective  string        `json:"effective"`
		Onset      string        `json:"onset"`
		Expires    *string       `json:"expires"`
		AreaDesc   string        `json:"areaDesc"`
		style
	}
	style struct {
		StrokeColor   string  `json:"strokeColor"`
		StrokeOpacity float64 `json:"strokeOpacity"`
		StrokeWeight  int     `json:"strokeWeight"`
		FillColor     string  `json:"fillColor"`
		FillOpacity   float64 `json:"fillOpacity"`
		ZIndex        int     `json:"zIndex"`
	}
)

// colours are those of the areas by severity.
var colours = map[cap.Severity]string{
	cap.SeverityExtreme: "#B3002D", cap.SeveritySevere: "#E3501F", cap.SeverityModerate: "#F0A500", cap.SeverityMinor: "#E8D33F",
}

// endedColour is that of what is over or not known, as the federal API has it.
const endedColour = "#C4C4C4"

// GeoJSONOptions are what WriteGeoJSON is told besides the message.
type GeoJSONOptions struct {
	// Outline gives shapes of an area that are not drawn in the message, such as
	// those of the regions in its geocodes: polygons, each of an outer ring and
	// its holes. Nil for none.
	Outline func(area *cap.Area) [][]cap.Polygon
}

// WriteGeoJSON writes the areas of a message as a feature collection (RFC 7946):
// what /api31/warnings/{identifier}.geojson serves, with the facts of the message
// in the properties of every feature, and the whole message in the detail form as
// the member "message" for Read. A circle is drawn with 48 corners; an area
// without a shape has null for its geometry.
//
// The error is a *cap.InvalidError for what cap.Write would not write.
func WriteGeoJSON(a *cap.Alert, options GeoJSONOptions) ([]byte, error) {
	if err := cap.Validate(a); err != nil {
		return nil, err
	}
	c := collection{Type: "FeatureCollection", Features: []feature{}, Message: detailOf(a)}
	ids := areaIDs(a)
	known := map[string]bool{}
	for n := range a.Info {
		for k := range a.Info[n].Area {
			if id := ids[n][k]; !known[id] {
				known[id] = true
				c.Features = append(c.Features, c.feature(a, n, k, id, options))
			}
		}
	}
	return marshal(c)
}

func (c *collection) feature(a *cap.Alert, n, k int, id string, options GeoJSONOptions) feature {
	info, area := &c.Message.Info[n], &a.Info[n].Area[k]
	colour, ended := colours[info.Severity]
	if ended = !ended || a.MsgType == cap.MsgTypeCancel || slices.Contains(info.ResponseType, cap.ResponseAllClear); ended {
		colour = endedColour
	}
	f := feature{Type: "Feature", ID: id, Properties: properties{
		WarnID: a.Identifier, AreaID: id, Identifier: a.Identifier, Sender: a.Sender, Sent: c.Message.Sent, Status: a.Status, MsgType: a.MsgType,
		Event: a.Info[n].Event, Headline: cmp.Or(a.Info[n].Headline, a.Info[n].Event), Urgency: info.Urgency, Severity: info.Severity, Certainty: info.Certainty,
		Effective: info.Effective, Onset: info.Onset, Expires: info.Expires, AreaDesc: area.AreaDesc,
		style: style{StrokeColor: colour, StrokeOpacity: 1, StrokeWeight: 1, FillColor: colour, FillOpacity: 0.5},
	}}
	if number, err := strconv.ParseInt(id, 10, 32); err == nil && strconv.FormatInt(number, 10) == id {
		f.Properties.AreaID = number
	}
	var polygons [][]cap.Polygon
	for _, polygon := range area.Polygon {
		polygons = append(polygons, []cap.Polygon{polygon})
	}
	for _, circle := range area.Circle {
		polygons = append(polygons, []cap.Polygon{ring(circle)})
	}
	if options.Outline != nil {
		polygons = append(polygons, options.Outline(area)...)
	}
	written := make([][][][2]float64, 0, len(polygons))
	for _, polygon := range polygons {
		written = append(written, coordinates(polygon))
	}
	switch len(written) {
	case 0:
	case 1:
		f.Geometry = &geometry{Type: "Polygon", Coordinates: written[0]}
	default:
		f.Geometry = &geometry{Type: "MultiPolygon", Coordinates: written}
	}
	return f
}

// coordinates writes a polygon, longitude first, its outer ring anticlockwise and
// its holes clockwise (RFC 7946, section 3.1.6).
func coordinates(polygon []cap.Polygon) [][][2]float64 {
	rings := make([][][2]float64, 0, len(polygon))
	for n, ring := range polygon {
		points := make([][2]float64, 0, len(ring))
		area := 0.0
		for i, p := range ring {
			points = append(points, [2]float64{p.Lon, p.Lat})
			if i > 0 {
				area += ring[i-1].Lon*p.Lat - p.Lon*ring[i-1].Lat
			}
		}
		if (area < 0) == (n == 0) {
			slices.Reverse(points)
		}
		rings = append(rings, points)
	}
	return rings
}

const (
	corners     = 48      // of the polygon that stands for a circle
	earthRadius = 6371.01 // in kilometres, of the sphere
)

// ring draws a circle on the sphere. Longitudes beyond the antimeridian are kept
// within ±180, and a circle around a pole is drawn to it.
func ring(c cap.Circle) cap.Polygon {
	degree := math.Pi / 180
	lat, angle := c.Center.Lat*degree, math.Min(c.RadiusKM/earthRadius, math.Pi/2)
	ring := make(cap.Polygon, 0, corners+1)
	for i := range corners {
		bearing := 2 * math.Pi * float64(i) / corners
		sin := math.Sin(lat)*math.Cos(angle) + math.Cos(lat)*math.Sin(angle)*math.Cos(bearing)
		to := math.Asin(math.Max(-1, math.Min(1, sin)))
		lon := c.Center.Lon + math.Atan2(math.Sin(bearing)*math.Sin(angle)*math.Cos(lat), math.Cos(angle)-math.Sin(lat)*sin)/degree
		ring = append(ring, cap.Point{Lat: rounded(to / degree), Lon: rounded(math.Max(-180, math.Min(180, lon)))})
	}
	return append(ring, ring[0])
}

// rounded keeps six decimals, about a tenth of a metre.
func rounded(degrees float64) float64 { return math.Round(degrees*1e6) / 1e6 }

// areas is GeoJSON as it is read: the shapes by AreaId.
type areas struct {
	Type     string `json:"type"`
	Features []struct {
		Geometry *struct {
			Type        string          `json:"type"`
			Coordinates json.RawMessage `json:"coordinates"`
		} `json:"geometry"`
		Properties struct {
			WarnID string          `json:"warnId"`
			AreaID json.RawMessage `json:"areaId"`
		} `json:"properties"`
	} `json:"features"`
}
