// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package federal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// detail is a message in the detail form. Every key is always there: absent text
// is "", an absent list is [], an absent number or end is null.
type (
	detail struct {
		Identifier  string       `json:"identifier"`
		Sender      string       `json:"sender"`
		Sent        string       `json:"sent"`
		Status      cap.Status   `json:"status"`
		MsgType     cap.MsgType  `json:"msgType"`
		Source      string       `json:"source"`
		Scope       cap.Scope    `json:"scope"`
		Restriction string       `json:"restriction"`
		Addresses   string       `json:"addresses"`
		Code        []string     `json:"code"`
		Note        string       `json:"note"`
		References  string       `json:"references"`
		Incidents   string       `json:"incidents"`
		Info        []detailInfo `json:"info"`
		// Filled are the paths of what the message itself does not have.
		Filled []string `json:"filled"`
	}
	detailInfo struct {
		Language     string             `json:"language"`
		Category     []cap.Category     `json:"category"`
		Event        string             `json:"event"`
		ResponseType []cap.ResponseType `json:"responseType"`
		Urgency      cap.Urgency        `json:"urgency"`
		Severity     cap.Severity       `json:"severity"`
		Certainty    cap.Certainty      `json:"certainty"`
		Audience     string             `json:"audience"`
		EventCode    []cap.NamedValue   `json:"eventCode"`
		Effective    string             `json:"effective"`
		Onset        string             `json:"onset"`
		Expires      *string            `json:"expires"`
		SenderName   string             `json:"senderName"`
		Headline     string             `json:"headline"`
		Description  string             `json:"description"`
		Instruction  string             `json:"instruction"`
		Web          string             `json:"web"`
		Contact      string             `json:"contact"`
		Parameter    []cap.NamedValue   `json:"parameter"`
		Resource     []detailResource   `json:"resource"`
		Area         []detailArea       `json:"area"`
	}
	detailResource struct {
		ResourceDesc string `json:"resourceDesc"`
		MimeType     string `json:"mimeType"`
		Size         *int64 `json:"size"`
		URI          string `json:"uri"`
		DerefURI     string `json:"derefUri"`
		Digest       string `json:"digest"`
	}
	detailArea struct {
		AreaDesc string           `json:"areaDesc"`
		Polygon  []string         `json:"polygon"`
		Circle   []string         `json:"circle"`
		Geocode  []cap.NamedValue `json:"geocode"`
		Altitude *float64         `json:"altitude"`
		Ceiling  *float64         `json:"ceiling"`
	}
)

// WriteDetail writes a message in the detail form: the object that
// /api31/warnings/{identifier}.json serves, with every key always there. An
// absent language is en-US and an absent effective is sent, as CAP 1.2 says in
// section 3.2.2; an absent onset is effective; every area has an AreaId, by which
// WriteGeoJSON's features name it. The member "filled" lists what was filled in
// so, and Read takes it out again.
//
// The error is a *cap.InvalidError for what cap.Write would not write.
func WriteDetail(a *cap.Alert) ([]byte, error) {
	if err := cap.Validate(a); err != nil {
		return nil, err
	}
	return marshal(detailOf(a))
}

func marshal(document any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("writing the federal form: %w", err)
	}
	return out.Bytes(), nil
}

func detailOf(a *cap.Alert) detail {
	d := detail{
		Identifier: a.Identifier, Sender: a.Sender, Sent: a.Sent.String(), Status: a.Status, MsgType: a.MsgType, Source: a.Source,
		Scope: a.Scope, Restriction: a.Restriction, Addresses: a.Addresses, Code: present(a.Code), Note: a.Note,
		References: a.References.String(), Incidents: a.Incidents, Info: []detailInfo{}, Filled: []string{},
	}
	ids := areaIDs(a)
	for n := range a.Info {
		i := &a.Info[n]
		fill := func(field string, value *string, filler string) {
			if *value == "" {
				*value = filler
				d.Filled = append(d.Filled, fmt.Sprintf("info[%d].%s", n, field))
			}
		}
		written := detailInfo{
			Language: i.Language, Category: present(i.Category), Event: escaped(i.Event), ResponseType: present(i.ResponseType),
			Urgency: i.Urgency, Severity: i.Severity, Certainty: i.Certainty, Audience: i.Audience, EventCode: present(i.EventCode),
			Effective: i.Effective.String(), Onset: i.Onset.String(), SenderName: escaped(i.SenderName), Headline: escaped(i.Headline),
			Description: escaped(i.Description), Instruction: escaped(i.Instruction), Web: i.Web, Contact: escaped(i.Contact),
			Parameter: present(i.Parameter), Resource: []detailResource{}, Area: []detailArea{},
		}
		fill("language", &written.Language, "en-US")
		fill("effective", &written.Effective, d.Sent)
		fill("onset", &written.Onset, written.Effective)
		if expires := i.Expires.String(); expires != "" {
			written.Expires = &expires
		}
		for _, r := range i.Resource {
			written.Resource = append(written.Resource, detailResource{ResourceDesc: escaped(r.ResourceDesc), MimeType: r.MimeType,
				Size: r.Size, URI: r.URI, DerefURI: r.DerefURI, Digest: r.Digest})
		}
		for k := range i.Area {
			area := areaOf(&i.Area[k])
			if geocode(&i.Area[k]) == "" {
				d.Filled = append(d.Filled, fmt.Sprintf("info[%d].area[%d].geocode[%d]", n, k, len(area.Geocode)))
				area.Geocode = append(slices.Clip(area.Geocode), cap.NamedValue{ValueName: areaID, Value: ids[n][k]})
			}
			written.Area = append(written.Area, area)
		}
		d.Info = append(d.Info, written)
	}
	return d
}

func areaOf(a *cap.Area) detailArea {
	written := detailArea{AreaDesc: escaped(a.AreaDesc), Polygon: []string{}, Circle: []string{}, Geocode: present(a.Geocode), Altitude: a.Altitude, Ceiling: a.Ceiling}
	for _, polygon := range a.Polygon {
		words := strings.Fields(polygon.String())
		for i, word := range words {
			words[i] = turned(word)
		}
		written.Polygon = append(written.Polygon, strings.Join(words, " "))
	}
	for _, circle := range a.Circle {
		center, radius, _ := strings.Cut(circle.String(), " ")
		written.Circle = append(written.Circle, turned(center)+" "+radius)
	}
	return written
}

// areaID is the geocode by which areas and features belong together.
const areaID = "AreaId"

func geocode(a *cap.Area) string {
	for _, code := range a.Geocode {
		if code.ValueName == areaID {
			return code.Value
		}
	}
	return ""
}

// areaIDs numbers the areas of each info block; the same area has the same number
// in all of them.
func areaIDs(a *cap.Alert) [][]string {
	taken := map[string]bool{}
	for _, i := range a.Info {
		for k := range i.Area {
			taken[geocode(&i.Area[k])] = true
		}
	}
	next := 0
	number := func() string {
		for taken[fmt.Sprint(next)] {
			next++
		}
		next++
		return fmt.Sprint(next - 1)
	}
	shape := func(k int, area *cap.Area) string {
		codes := slices.DeleteFunc(slices.Clone(area.Geocode), func(code cap.NamedValue) bool { return code.ValueName == areaID })
		return fmt.Sprint(k, area.Polygon, area.Circle, codes)
	}
	known := map[string]string{}
	for _, i := range a.Info {
		for k := range i.Area {
			if id := geocode(&i.Area[k]); id != "" {
				known[shape(k, &i.Area[k])] = id
			}
		}
	}
	ids := make([][]string, len(a.Info))
	for n, i := range a.Info {
		seen := map[string]bool{}
		for k := range i.Area {
			id := geocode(&i.Area[k])
			if id == "" {
				if id = known[shape(k, &i.Area[k])]; id == "" || seen[id] {
					id = number()
					known[shape(k, &i.Area[k])] = id
				}
			}
			seen[id] = true
			ids[n] = append(ids[n], id)
		}
	}
	return ids
}

// present is the list itself, never null.
func present[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
