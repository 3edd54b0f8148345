// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package federal

import (
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// The generators draw valid messages as far as the form can hold them: without
// languages in capitals, which it takes for its own.

func legalText(least int) *rapid.Generator[string] {
	awkward := rapid.SampledFrom([]string{"a", " ", "ä", "𝄞", "<", ">", "&", "&amp;", "&quot;", "&lt;", "<br/>", "<BR>", "&#65;", "&nix;", ";", "\"", "\n", "\r", "\t", "\uFFFD", "-1.0,-1.0", "\\"})
	legal := rapid.Map(rapid.Rune().Filter(lexical.IsLegal), func(r rune) string { return string(r) })
	return rapid.Map(rapid.SliceOfN(rapid.OneOf(awkward, legal), least, 8), func(parts []string) string {
		text := ""
		for _, part := range parts {
			text += part
		}
		return text
	})
}

func absentOr[T any](t *rapid.T, name string, g *rapid.Generator[T]) T {
	var absent T
	return rapid.OneOf(rapid.Just(absent), g).Draw(t, name)
}

var (
	drawnToken = rapid.StringMatching(`[A-Za-z0-9._@;:"'>äß-]{1,12}`)
	drawnTime  = rapid.Custom(func(t *rapid.T) cap.Time {
		zone := time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, "offset"))
		return cap.NewTime(time.Unix(rapid.Int64Range(-1e9, 1e10).Draw(t, "unix"), 0).In(zone))
	})
	drawnPoint = rapid.Custom(func(t *rapid.T) cap.Point {
		return rapid.OneOf(rapid.Just(cap.Point{Lat: -1, Lon: -1}), rapid.Custom(func(t *rapid.T) cap.Point {
			return cap.Point{Lat: rapid.Float64Range(-90, 90).Draw(t, "lat"), Lon: rapid.Float64Range(-180, 180).Draw(t, "lon")}
		})).Draw(t, "point")
	})
	drawnPolygon = rapid.Custom(func(t *rapid.T) cap.Polygon {
		ring := rapid.SliceOfN(drawnPoint, 3, 6).Draw(t, "ring")
		return append(ring, ring[0])
	})
	drawnCircle = rapid.Custom(func(t *rapid.T) cap.Circle {
		return cap.Circle{Center: drawnPoint.Draw(t, "center"), RadiusKM: rapid.Float64Range(0, 1e5).Draw(t, "radius")}
	})
	drawnPair = rapid.Custom(func(t *rapid.T) cap.NamedValue {
		return cap.NamedValue{ValueName: rapid.OneOf(rapid.Just("AreaId"), legalText(1)).Draw(t, "valueName"), Value: legalText(1).Draw(t, "value")}
	})
	drawnPairs    = rapid.SliceOfN(drawnPair, 0, 2)
	drawnURI      = rapid.SampledFrom([]string{"https://example.org/a?b=c&d=%20#e", "urn:oid:2.49.0.0.276"})
	drawnResource = rapid.Custom(func(t *rapid.T) cap.Resource {
		r := cap.Resource{ResourceDesc: legalText(1).Draw(t, "resourceDesc"), MimeType: "image/png", Digest: absentOr(t, "digest", legalText(1))}
		if rapid.Bool().Draw(t, "sized") {
			size := rapid.Int64Min(0).Draw(t, "size")
			r.Size = &size
		}
		r.URI = absentOr(t, "uri", drawnURI)
		return r
	})
	drawnHeight = rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-1e7, 1e7).Draw(t, "height")) / 100 })
	drawnArea   = rapid.Custom(func(t *rapid.T) cap.Area {
		a := cap.Area{
			AreaDesc: legalText(1).Draw(t, "areaDesc"), Polygon: rapid.SliceOfN(drawnPolygon, 0, 2).Draw(t, "polygon"),
			Circle: rapid.SliceOfN(drawnCircle, 0, 2).Draw(t, "circle"), Geocode: drawnPairs.Draw(t, "geocode"),
		}
		if rapid.Bool().Draw(t, "high") {
			altitude, ceiling := drawnHeight.Draw(t, "altitude"), drawnHeight.Draw(t, "ceiling")
			a.Altitude, a.Ceiling = &altitude, &ceiling
		}
		return a
	})
	drawnInfo = rapid.Custom(func(t *rapid.T) cap.Info {
		prose := func(name string) string { return absentOr(t, name, legalText(1)) }
		return cap.Info{
			Language:     absentOr(t, "language", rapid.SampledFrom([]string{"de", "de-DE", "de-simple", "x-klingon", "en-US-1994"})),
			Category:     rapid.SliceOfN(rapid.SampledFrom([]cap.Category{cap.CategoryFire, cap.CategoryCBRNE}), 1, 3).Draw(t, "category"),
			Event:        legalText(1).Draw(t, "event"),
			ResponseType: rapid.SliceOfN(rapid.SampledFrom([]cap.ResponseType{cap.ResponseAllClear, cap.ResponseShelter}), 0, 2).Draw(t, "responseType"),
			Urgency:      cap.UrgencyExpected, Severity: rapid.SampledFrom([]cap.Severity{cap.SeverityExtreme, cap.SeverityUnknown}).Draw(t, "severity"), Certainty: cap.CertaintyLikely,
			Audience: prose("audience"), EventCode: drawnPairs.Draw(t, "eventCode"),
			Effective: absentOr(t, "effective", drawnTime), Onset: absentOr(t, "onset", drawnTime), Expires: absentOr(t, "expires", drawnTime),
			SenderName: prose("senderName"), Headline: prose("headline"), Description: prose("description"), Instruction: prose("instruction"),
			Web: absentOr(t, "web", drawnURI), Contact: prose("contact"), Parameter: drawnPairs.Draw(t, "parameter"),
			Resource: rapid.SliceOfN(drawnResource, 0, 2).Draw(t, "resource"), Area: rapid.SliceOfN(drawnArea, 0, 3).Draw(t, "area"),
		}
	})
	drawnAlert = rapid.Custom(func(t *rapid.T) *cap.Alert {
		prose := func(name string) string { return absentOr(t, name, legalText(1)) }
		a := &cap.Alert{
			Identifier: drawnToken.Draw(t, "identifier"), Sender: drawnToken.Draw(t, "sender"), Sent: drawnTime.Draw(t, "sent"),
			Status: cap.StatusTest, MsgType: rapid.SampledFrom([]cap.MsgType{cap.MsgTypeAlert, cap.MsgTypeCancel}).Draw(t, "msgType"),
			Source: prose("source"), Scope: rapid.SampledFrom([]cap.Scope{cap.ScopePublic, cap.ScopeRestricted, cap.ScopePrivate}).Draw(t, "scope"),
			Code: rapid.SliceOfN(legalText(1), 0, 2).Draw(t, "code"), Note: prose("note"), Incidents: prose("incidents"),
			Info: rapid.SliceOfN(drawnInfo, 0, 2).Draw(t, "info"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "references") {
			a.References = append(a.References, cap.Reference{Sender: drawnToken.Draw(t, "sender"), Identifier: drawnToken.Draw(t, "identifier"), Sent: drawnTime.Draw(t, "sent").String()})
		}
		switch a.Scope {
		case cap.ScopeRestricted:
			a.Restriction = "for " + legalText(0).Draw(t, "restriction")
		case cap.ScopePrivate:
			a.Addresses = "to " + legalText(0).Draw(t, "addresses")
		}
		return a
	})
)
