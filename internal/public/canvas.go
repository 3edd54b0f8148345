// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"math"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

const contentSVG = "image/svg+xml"

// side is the length of a map's sides in its own units; pages show it at half.
const side = 1600

// mapStyle is the style sheet inside every map; its hash stands in the policy
// under which maps are served.
const mapStyle = `.l{fill:#f4f6f8;stroke:#6b7683;stroke-width:3;stroke-linejoin:round}` +
	`.b{fill:#dfe6ec}.n{font:28px system-ui,sans-serif;fill:#2b3440;paint-order:stroke;stroke:#f4f6f8;stroke-width:6px}.d{fill:#2b3440}` +
	`.w1,.w2,.w3{stroke-width:6;stroke-linejoin:round}.w1{fill:url(#h1);stroke:#8c1024}.w2{fill:url(#h2);stroke:#8a4b00}.w3{fill:url(#h3);stroke:#0b4f8a}` +
	`.s1{fill:#8c1024}.s2{fill:#8a4b00}.s3{fill:#0b4f8a}.s{stroke:#fff;stroke-width:4}.t{font:bold 34px system-ui,sans-serif;fill:#fff;text-anchor:middle}` +
	`@media(prefers-color-scheme:dark){.b{fill:#10151b}.l{fill:#1d252e;stroke:#93a1b0}.n{fill:#e6ebf0;stroke:#1d252e}.d{fill:#e6ebf0}` +
	`.w1{stroke:#ff9aa8}.w2{stroke:#ffc27a}.w3{stroke:#8fc7ff}}`

var mapPolicy = func() string {
	sum := sha256.Sum256([]byte(mapStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-ancestors 'none'"
}()

// canvas draws maps: outlines of regions, names of larger places, and the areas
// of warnings, hatched and marked by the shape of their level.
type canvas struct {
	gazetteer *geo.Gazetteer
	territory []geo.ARS
	lands     []geo.MultiPolygon
	home      geo.Box
}

func newCanvas(gazetteer *geo.Gazetteer, territory []geo.ARS) *canvas {
	c := &canvas{gazetteer: gazetteer, territory: territory, home: geo.EmptyBox()}
	regions := gazetteer.Regions()
	for _, land := range regions.Under(geo.Federation, geo.LevelLand) {
		if len(land.Outline) > 0 {
			c.lands = append(c.lands, land.Outline.Simplify(400))
		}
	}
	for _, key := range territory {
		if region, ok := regions.Lookup(key); ok && len(region.Outline) > 0 {
			c.home = c.home.Union(region.Outline.Box())
			if key.Level() > geo.LevelLand {
				c.lands = append(c.lands, region.Outline.Simplify(200))
			}
		}
	}
	if c.home.Empty() {
		for _, place := range gazetteer.PlacesIn(geo.Area{ARS: territory}) {
			c.home = c.home.Extend(place.Point)
		}
	}
	if c.home.Empty() {
		for _, land := range c.lands {
			c.home = c.home.Union(land.Box())
		}
	}
	return c
}

// mark is a warning on a map.
type mark struct {
	level warning.Level
	// number is the warning's place in the list beside the map.
	number int
	shape  geo.MultiPolygon
	// places are those of the regions whose outline is not known, the most
	// populous first; they stand for the shape.
	places []geo.Place
}

// box holds the mark's shape and places.
func (m mark) box() geo.Box {
	box := m.shape.Box()
	for _, place := range m.places {
		box = box.Extend(place.Point)
	}
	return box
}

// view is a square window on the country.
type view struct {
	west, north    float64
	perLon, perLat float64 // units per degree
	box            geo.Box
}

// newView shows the box with a margin, at least 30 km wide.
func newView(box geo.Box) view {
	lat, lon := (box.North+box.South)/2, (box.West+box.East)/2
	shrink := math.Cos(lat * math.Pi / 180)
	const metresPerDegree = 111_195
	extent := max(box.North-box.South, (box.East-box.West)*shrink, 25_000.0/metresPerDegree) * 1.2
	v := view{north: lat + extent/2, west: lon - extent/2/shrink, perLat: side / extent, perLon: side / extent * shrink}
	v.box = geo.Box{South: lat - extent/2, North: v.north, West: v.west, East: lon + extent/2/shrink}
	return v
}

func (v view) place(p geo.Point) (x, y int) {
	return int(math.Round((p.Lon - v.west) * v.perLon)), int(math.Round((v.north - p.Lat) * v.perLat))
}

// draw makes a map of the box, or of the territory when it is empty.
func (c *canvas) draw(box geo.Box, marks []mark) []byte {
	if box.Empty() {
		box = c.home
	}
	if box.Empty() {
		box = geo.Box{South: 47.2, North: 55.1, West: 5.8, East: 15.1} // Germany
	}
	v := newView(box)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d"><style>%s</style>`,
		side, side, side/2, side/2, mapStyle)
	b.WriteString(`<defs>` +
		`<pattern id="h1" width="16" height="16" patternUnits="userSpaceOnUse"><path d="M-4 4l8-8M0 16L16 0M12 20l8-8" stroke="#c8102e" stroke-width="6"/></pattern>` +
		`<pattern id="h2" width="22" height="22" patternUnits="userSpaceOnUse"><path d="M0 0L22 22M-4 18l8 8M18-4l8 8" stroke="#d97700" stroke-width="6"/></pattern>` +
		`<pattern id="h3" width="24" height="24" patternUnits="userSpaceOnUse"><circle cx="12" cy="12" r="5" fill="#1a73c7"/></pattern></defs>`)
	fmt.Fprintf(&b, `<rect class="b" width="%d" height="%d"/>`, side, side)
	for _, land := range c.lands {
		v.path(&b, "l", land)
	}
	for _, m := range marks {
		v.path(&b, fmt.Sprintf("w%d", m.level), m.shape)
	}
	c.names(&b, v, marks)
	for _, m := range marks {
		v.sign(&b, m)
	}
	b.WriteString(`</svg>`)
	return b.Bytes()
}

// path writes the polygons that the view shows.
func (v view) path(b *bytes.Buffer, class string, shape geo.MultiPolygon) {
	var d bytes.Buffer
	for _, polygon := range shape {
		if !(geo.MultiPolygon{polygon}).Box().Intersects(v.box) {
			continue
		}
		for _, ring := range polygon {
			lastX, lastY := math.MinInt, math.MinInt
			for i, p := range ring {
				x, y := v.place(p)
				if x == lastX && y == lastY {
					continue
				}
				if i == 0 {
					fmt.Fprintf(&d, "M%d %d", x, y)
				} else {
					fmt.Fprintf(&d, "L%d %d", x, y)
				}
				lastX, lastY = x, y
			}
			d.WriteByte('Z')
		}
	}
	if d.Len() > 0 {
		fmt.Fprintf(b, `<path class="%s" fill-rule="evenodd" d="%s"/>`, class, d.Bytes())
	}
}

// label is a rectangle that is taken on the map.
type label struct{ x, y, width, height int }

func (l label) clashes(o label) bool {
	return l.x < o.x+o.width && o.x < l.x+l.width && l.y < o.y+o.height && o.y < l.y+l.height
}

// names writes the names of the most populous places for which there is room
// beside the marks' signs.
func (c *canvas) names(b *bytes.Buffer, v view, marks []mark) {
	const most, height = 16, 40
	var taken []label
	for _, m := range marks {
		if x, y, ok := v.middle(m); ok {
			taken = append(taken, label{x: x - 60, y: y - 60, width: 120, height: 120})
		}
	}
	shown := geo.Ring{
		{Lat: v.box.South, Lon: v.box.West}, {Lat: v.box.South, Lon: v.box.East},
		{Lat: v.box.North, Lon: v.box.East}, {Lat: v.box.North, Lon: v.box.West}, {Lat: v.box.South, Lon: v.box.West},
	}
	written := 0
	for _, place := range c.gazetteer.PlacesIn(geo.Area{Polygons: []geo.Ring{shown}}) { // the most populous first
		x, y := v.place(place.Point)
		if place.Part || y < 0 || y > side {
			continue
		}
		for _, beside := range []int{0, 2 * height, -2 * height} { // a name may stand below or above a sign
			l := label{x: x - 6, y: y + beside - height/2, width: 16*len([]rune(place.Name)) + 30, height: height}
			if l.x+l.width > side || l.y < 0 || l.y+height > side || slices.ContainsFunc(taken, l.clashes) {
				continue
			}
			taken = append(taken, l)
			fmt.Fprintf(b, `<circle class="d" cx="%d" cy="%d" r="5"/><text class="n" x="%d" y="%d">`, x, y, x+12, y+beside+10)
			// Writing to a buffer does not fail.
			_ = xml.EscapeText(b, []byte(place.Name))
			b.WriteString(`</text>`)
			if written++; written == most {
				return
			}
			break
		}
	}
}

// middle is the middle of the shape's largest part, or the most populous place.
func (v view) middle(m mark) (x, y int, ok bool) {
	switch {
	case len(m.shape) > 0:
	case len(m.places) > 0:
		x, y = v.place(m.places[0].Point)
		return x, y, true
	default:
		return 0, 0, false
	}
	size := func(p geo.Polygon) float64 {
		box := geo.MultiPolygon{p}.Box()
		return (box.East - box.West) * (box.North - box.South)
	}
	largest := geo.MultiPolygon{slices.MaxFunc(m.shape, func(p, q geo.Polygon) int { return cmp.Compare(size(p), size(q)) })}.Box()
	x, y = v.place(geo.Point{Lat: (largest.North + largest.South) / 2, Lon: (largest.East + largest.West) / 2})
	return x, y, true
}

// sign marks the middle of a warning by the shape of its level: triangle, square,
// disc.
func (v view) sign(b *bytes.Buffer, m mark) {
	x, y, ok := v.middle(m)
	if !ok {
		return
	}
	switch m.level {
	case warning.LevelExtreme:
		fmt.Fprintf(b, `<path class="s s1" d="M%d %dl42 76h-84z"/>`, x, y-50)
	case warning.LevelDanger:
		fmt.Fprintf(b, `<rect class="s s2" x="%d" y="%d" width="60" height="60"/>`, x-30, y-30)
	default:
		fmt.Fprintf(b, `<circle class="s s3" cx="%d" cy="%d" r="32"/>`, x, y)
	}
	if m.number > 0 {
		fmt.Fprintf(b, `<text class="t" x="%d" y="%d">%d</text>`, x, y+14, m.number)
	}
}

// mark is a warning's newest message on a map.
func (role *Role) mark(w *warning.Warning, number int) mark {
	content := w.Last().Content
	m := mark{level: content.Level, number: number}
	var missing []geo.ARS
	m.shape, missing = role.shape(content.Area)
	if len(missing) > 0 {
		m.places = role.gazetteer.PlacesIn(geo.Area{ARS: missing})
	}
	return m
}

// overviewMap shows all warnings in force.
func (role *Role) overviewMap(e *edition) *body {
	var marks []mark
	for i, w := range e.inForce {
		marks = append(marks, role.mark(w, i+1))
	}
	return newBody(contentSVG, cacheIndex, e.changed, role.canvas.draw(role.canvas.home, marks))
}

// warningMap shows the area of a warning's newest message.
func (role *Role) warningMap(e *edition, w *warning.Warning) *body {
	m := role.mark(w, 0)
	return newBody(contentSVG, cacheIndex, e.changed, role.canvas.draw(m.box(), []mark{m}))
}
