// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/wording"
)

// RingPoints is to how many points a polygon is simplified, the closing one
// included: receivers take no more.
const RingPoints = geo.ManyRingPoints

// maxAreaName bounds the area's name, in characters.
const maxAreaName = 200

// Content is a first content made from a foreign message, for an author to look
// through, and what could not be taken over. It keeps the texts of the languages
// asked for, the area with its polygons simplified, the times that still lie
// ahead, and the event and level as far as they can be told. The error is that
// of Read.
func Content(raw []byte, languages []string, now time.Time) (warning.Content, []problem.Fault, error) {
	alert, _, err := readMessage(raw)
	if err != nil {
		return warning.Content{}, nil, ProblemOf(err)
	}
	content, findings := contentOf(alert, languages, now)
	return content, findings, nil
}

func contentOf(alert *cap.Alert, languages []string, now time.Time) (warning.Content, []problem.Fault) {
	content := warning.Content{Texts: map[string]warning.Text{}, Level: warning.LevelInformation}
	var findings []problem.Fault
	note := func(field, rule string, args ...string) {
		findings = append(findings, refusal.Fault(field, rule, args...))
	}
	main := mainInfo(alert)
	if main == nil {
		note("", "proposal.no-info")
		return content, findings
	}
	for _, tag := range languages {
		info := infoIn(alert, tag)
		if info == nil {
			note("texts."+tag, "proposal.language", tag)
			continue
		}
		content.Texts[tag] = warning.Text{
			Headline:    cmp.Or(info.Headline, info.Event),
			Description: info.Description, Instruction: info.Instruction,
		}
	}
	var known bool
	if content.Event, known = eventOf(alert); !known {
		note("event", "proposal.event", clip(main.Event, 80))
	}
	content.Level = levelOf(main)
	content.Signal = parameter(main, warning.ParameterSignal)
	content.ResponseTypes = slices.Clone(main.ResponseType)
	content.Web, content.Contact = main.Web, main.Contact
	if main.Onset.After(now) {
		content.Onset = main.Onset.UTC()
	}
	if main.Expires.After(now) {
		content.Expires = main.Expires.UTC()
	} else {
		note("expires", "proposal.expires")
	}
	area, areaFindings := areaOf(main)
	content.Area = area
	return content, append(findings, areaFindings...)
}

// tagOf is the language of an info block; CAP's default is en-US (section 3.2.2).
func tagOf(info cap.Info) string { return cmp.Or(info.Language, "en-US") }

// infoIn gives the first info block in the language, whatever its region.
func infoIn(alert *cap.Alert, language string) *cap.Info {
	primary := func(tag string) string {
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		return tag
	}
	for i := range alert.Info {
		if primary(tagOf(alert.Info[i])) == primary(language) {
			return &alert.Info[i]
		}
	}
	return nil
}

// mainInfo is the info block whose facts count: the German one, else the first.
// Nil when the message has none.
func mainInfo(alert *cap.Alert) *cap.Info {
	if info := infoIn(alert, "de"); info != nil {
		return info
	}
	if len(alert.Info) == 0 {
		return nil
	}
	return &alert.Info[0]
}

// eventOf finds the event by code, else by the longest name of an event that
// the message's own word for it holds. It would rather find none than a wrong
// one: the author chooses then.
func eventOf(alert *cap.Alert) (string, bool) {
	for _, info := range alert.Info {
		for _, code := range info.EventCode {
			for _, e := range wording.Events() {
				if code.Value == e.Code || (e.OASIS != "" && code.Value == e.OASIS) {
					return e.Code, true
				}
			}
		}
	}
	best, length := "", 0
	for _, info := range alert.Info {
		text := strings.ToLower(info.Event + " " + info.Headline)
		for _, e := range wording.Events() {
			if e.Vague || e.Test {
				continue
			}
			for _, name := range []string{e.Name["de"], e.Name["en"]} {
				if len(name) > length && strings.Contains(text, strings.ToLower(name)) {
					best, length = e.Code, len(name)
				}
			}
		}
	}
	return best, best != ""
}

// levelOf takes the level from Tocsin's own parameter, else from the severity.
func levelOf(info *cap.Info) warning.Level {
	if level, err := strconv.Atoi(parameter(info, warning.ParameterLevel)); err == nil && level >= 1 && level <= 3 {
		return warning.Level(level)
	}
	switch info.Severity {
	case cap.SeverityExtreme:
		return warning.LevelExtreme
	case cap.SeveritySevere:
		return warning.LevelDanger
	default:
		return warning.LevelInformation
	}
}

func parameter(info *cap.Info, name string) string {
	for _, p := range info.Parameter {
		if p.ValueName == name {
			return p.Value
		}
	}
	return ""
}

func areaOf(info *cap.Info) (geo.Area, []problem.Fault) {
	var area geo.Area
	var findings []problem.Fault
	var names []string
	simplified := 0
	for _, a := range info.Area {
		if name := strings.TrimSpace(a.AreaDesc); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		for _, polygon := range a.Polygon {
			ring := make(geo.Ring, len(polygon))
			for i, p := range polygon {
				ring[i] = geo.Point(p)
			}
			if len(ring) > RingPoints {
				simplified++
				ring = simplify(ring, RingPoints)
			}
			area.Polygons = append(area.Polygons, ring)
		}
		for _, c := range a.Circle {
			area.Circles = append(area.Circles, geo.Circle{Center: geo.Point(c.Center), Radius: c.RadiusKM * 1000})
		}
		for _, code := range a.Geocode {
			if !strings.EqualFold(code.ValueName, warning.GeocodeARS) {
				continue
			}
			if ars, err := geo.ParseARS(code.Value); err == nil && !slices.Contains(area.ARS, ars) {
				area.ARS = append(area.ARS, ars)
			}
		}
		if a.Altitude != nil && *a.Altitude > 0 {
			findings = append(findings, refusal.Fault("area", "proposal.altitude", clip(a.AreaDesc, 80), fmt.Sprintf("%.0f", *a.Altitude)))
		}
	}
	area.Name = clip(strings.Join(names, ", "), maxAreaName)
	if simplified > 0 {
		findings = append(findings, refusal.Fault("area.polygons", "proposal.simplified", strconv.Itoa(simplified), strconv.Itoa(RingPoints)))
	}
	if area.Empty() {
		findings = append(findings, refusal.Fault("area", "proposal.area"))
	}
	return area, findings
}
