// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package captext

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/cap"
)

// block writes one info block.
func (p *page) block(info *cap.Info, a *cap.Alert) {
	p.out.WriteString("\n")
	title := cmp.Or(strings.TrimSpace(info.Headline), strings.TrimSpace(info.Event))
	head := wrap(Plain(title), p.width)
	longest := 0
	for _, line := range head {
		p.out.WriteString(line + "\n")
		longest = max(longest, cells(line))
	}
	p.out.WriteString(strings.Repeat("=", longest) + "\n\n")

	var categories []string
	for _, c := range info.Category {
		categories = append(categories, p.in("category", string(c)))
	}
	p.row("danger", list(p.in("severity", string(info.Severity)), p.in("urgency", string(info.Urgency)), p.in("certainty", string(info.Certainty))))
	for _, parameter := range info.Parameter {
		// urn:tocsin:level, awareness_level, and whatever others call theirs.
		if strings.HasSuffix(strings.ToLower(parameter.ValueName), "level") {
			p.row("level", parameter.Value)
		}
	}
	event := info.Event
	if kinds := list(categories...); kinds != "" {
		event += " (" + kinds + ")"
	}
	p.row("event", event)
	p.row("issuer", cmp.Or(strings.TrimSpace(info.SenderName), a.Sender))
	p.row("audience", info.Audience)
	p.row("effective", p.moment(cmp.Or(info.Effective, a.Sent)))
	p.row("onset", p.moment(info.Onset))
	expires := cmp.Or(p.moment(info.Expires), p.words.T("cap.show.no-expiry"))
	if !info.Expires.IsZero() && !p.o.Now.IsZero() && !p.o.Now.Before(info.Expires.Time) {
		expires += ", " + p.words.T("cap.show.over")
	}
	p.row("expires", expires)
	p.areas(info.Area)

	p.text("what", info.Description)
	var actions []string
	for _, response := range info.ResponseType {
		actions = append(actions, p.in("response", string(response)))
	}
	p.text("do", strings.TrimSpace(list(actions...)+"\n"+info.Instruction))
	if info.Web != "" || info.Contact != "" || len(info.Resource) > 0 {
		p.out.WriteString("\n")
	}
	p.row("more", info.Web)
	p.row("contact", info.Contact)
	for _, r := range info.Resource {
		p.row("resource", list(r.ResourceDesc, r.MimeType, r.URI))
	}
}

// mostAreas bounds how many areas are named, mostShapes how many shapes and
// codes of each.
const mostAreas, mostShapes = 20, 5

func (p *page) areas(areas []cap.Area) {
	for i, area := range areas {
		if i == mostAreas {
			p.row("where", p.words.T("cap.show.others", len(areas)-i))
			return
		}
		p.row("where", list(Plain(area.AreaDesc), p.shapes(area)))
	}
}

// shapes says in words how large the shapes of an area are.
func (p *page) shapes(area cap.Area) string {
	var said []string
	for _, polygon := range area.Polygon {
		said = append(said, p.polygon(polygon))
	}
	for _, c := range area.Circle {
		said = append(said, p.words.T("cap.show.circle", fmt.Sprintf("%.4f %.4f", c.Center.Lat, c.Center.Lon), kilometres(c.RadiusKM)))
	}
	for _, code := range area.Geocode {
		said = append(said, code.ValueName+" "+p.code(code.Value))
	}
	if more := len(said) - mostShapes; more > 0 {
		said = append(said[:mostShapes], p.words.T("cap.show.others", more))
	}
	feet := func(height float64) string { return strconv.FormatFloat(height, 'f', -1, 64) }
	switch {
	case area.Altitude != nil && area.Ceiling != nil:
		said = append(said, p.words.T("cap.show.heights", feet(*area.Altitude), feet(*area.Ceiling)))
	case area.Altitude != nil && *area.Altitude != 0:
		said = append(said, p.words.T("cap.show.height", feet(*area.Altitude)))
	}
	return strings.Join(said, "; ")
}

func (p *page) polygon(polygon cap.Polygon) string {
	east, north := extent(polygon)
	return p.words.T("cap.show.polygon", len(polygon), kilometres(east), kilometres(north))
}

// code shortens a value that no person reads in full. Some are polygons, such as
// the German weather service's EXCLUDE_POLYGON.
func (p *page) code(value string) string {
	const most = 60
	if utf8.RuneCountInString(value) <= most {
		return value
	}
	if polygon, err := cap.ParsePolygon(value); err == nil {
		return p.polygon(polygon)
	}
	return string([]rune(value)[:most]) + "…"
}

// extent is how far a polygon reaches from west to east and from south to
// north, in kilometres. One that crosses 180 degrees is measured across it.
func extent(polygon cap.Polygon) (east, north float64) {
	if len(polygon) == 0 {
		return 0, 0
	}
	south, top := math.Inf(1), math.Inf(-1)
	west, right := math.Inf(1), math.Inf(-1)
	westAcross, rightAcross := math.Inf(1), math.Inf(-1)
	for _, point := range polygon {
		south, top = min(south, point.Lat), max(top, point.Lat)
		west, right = min(west, point.Lon), max(right, point.Lon)
		across := math.Mod(point.Lon+360, 360)
		westAcross, rightAcross = min(westAcross, across), max(rightAcross, across)
	}
	const kmPerDegree = 111.195 // of a great circle, with the mean radius of the Earth
	width := min(right-west, rightAcross-westAcross)
	return width * kmPerDegree * math.Cos((south+top)/2*math.Pi/180), (top - south) * kmPerDegree
}

// kilometres writes a length to two digits, but whole from 10 km on.
func kilometres(km float64) string {
	switch {
	case km >= 10:
		return strconv.FormatFloat(km, 'f', 0, 64)
	case km >= 1:
		return strconv.FormatFloat(km, 'f', 1, 64)
	default:
		return strconv.FormatFloat(km, 'g', 2, 64)
	}
}

// mostReferences bounds how many earlier messages are named.
const mostReferences = 10

// header writes what the message says of itself.
func (p *page) header(a *cap.Alert) {
	p.out.WriteString("\n" + p.words.T("cap.show.message") + "\n")
	p.row("identifier", a.Identifier)
	p.row("sender", a.Sender)
	p.row("sent", p.moment(a.Sent))
	p.row("type", list(p.in("type", string(a.MsgType)), p.in("status", string(a.Status)), p.in("scope", string(a.Scope)), a.Restriction, a.Addresses))
	p.row("note", a.Note)
	for i, r := range a.References {
		if i == mostReferences {
			p.row("refers", p.words.T("cap.show.others", len(a.References)-i))
			return
		}
		p.row("refers", r.Identifier+" ("+r.Sender+", "+r.Sent+")")
	}
}
