// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package warning

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
)

// The names under which Tocsin's own values stand in its CAP messages
// (docs/formats/cap.md).
const (
	GeocodeARS     = "ARS"
	ParameterLevel = "urn:tocsin:level"
	// ParameterSignal names the siren signal that goes with the message.
	ParameterSignal = "urn:tocsin:signal"
)

// Hazard is what an event code stands for.
type Hazard struct {
	// Names are the event's names by language tag.
	Names         map[string]string
	Categories    []cap.Category
	ResponseTypes []cap.ResponseType
	// Codes are the event's codes in the lists that have one for it.
	Codes []cap.NamedValue
}

// Grading is CAP's urgency, severity and certainty.
type Grading struct {
	Urgency   cap.Urgency
	Severity  cap.Severity
	Certainty cap.Certainty
}

// header is what a message carries beside its content.
type header struct {
	warning    string
	identifier string
	kind       Kind
	references []cap.Reference
}

// compose makes the CAP message of a content. It leaves sent at the zero time:
// the node sets it at release, and the content digest leaves it out.
func (r Rules) compose(h header, c Content, hazard Hazard) *cap.Alert {
	alert := &cap.Alert{
		Identifier: h.identifier,
		Sender:     r.Authority.Sender,
		Status:     cap.StatusActual,
		MsgType:    msgType(h.kind),
		Scope:      cap.ScopePublic,
		References: h.references,
		Incidents:  h.warning,
	}
	if r.Authority.Realm == authority.Exercise {
		alert.Status = cap.StatusExercise
	}
	for _, language := range r.languages(c) {
		alert.Info = append(alert.Info, r.info(h, c, hazard, language))
	}
	return alert
}

func msgType(k Kind) cap.MsgType {
	switch k {
	case KindUpdate:
		return cap.MsgTypeUpdate
	case KindAllClear:
		return cap.MsgTypeCancel
	default:
		return cap.MsgTypeAlert
	}
}

// languages are the authority's own in its order, then any others by tag.
func (r Rules) languages(c Content) []string {
	var tags []string
	for _, tag := range r.Authority.Languages {
		if _, ok := c.Texts[tag]; ok {
			tags = append(tags, tag)
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(c.Texts)) {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

func (r Rules) info(h header, c Content, hazard Hazard, language string) cap.Info {
	text := c.Texts[language]
	grading := r.Wording.Grading(c.Level)
	responses := c.ResponseTypes
	if len(responses) == 0 {
		responses = hazard.ResponseTypes
	}
	if h.kind == KindAllClear {
		// Only an all-clear carries AllClear, and it never inherits what people
		// were told to do while the danger lasted.
		responses = []cap.ResponseType{cap.ResponseAllClear}
		grading.Urgency = cap.UrgencyPast
	}
	name, ok := hazard.Names[language]
	if !ok {
		name = hazard.Names["en"]
	}
	info := cap.Info{
		Language:     language,
		Category:     hazard.Categories,
		Event:        name,
		ResponseType: responses,
		Urgency:      grading.Urgency,
		Severity:     grading.Severity,
		Certainty:    grading.Certainty,
		EventCode:    hazard.Codes,
		Onset:        r.capTime(c.Onset),
		Expires:      r.capTime(c.Expires),
		SenderName:   r.Authority.SenderName,
		Headline:     text.Headline,
		Description:  text.Description,
		Instruction:  text.Instruction,
		Web:          c.Web,
		Contact:      c.Contact,
		Parameter:    []cap.NamedValue{{ValueName: ParameterLevel, Value: strconv.Itoa(int(c.Level))}},
		Area:         []cap.Area{capArea(c.Area)},
	}
	if info.Web == "" && r.PublicURL != "" {
		info.Web = r.PublicURL + "/warnings/" + h.warning
	}
	if info.Contact == "" {
		info.Contact = r.Authority.Contact
	}
	if c.Signal != "" {
		info.Parameter = append(info.Parameter, cap.NamedValue{ValueName: ParameterSignal, Value: c.Signal})
	}
	return info
}

// capTime writes a time in the authority's zone, whole seconds. The zero time stays zero.
func (r Rules) capTime(t time.Time) cap.Time {
	if t.IsZero() {
		return cap.Time{}
	}
	return cap.Time{Time: t.Truncate(time.Second).In(r.Authority.Location())}
}

func capArea(a geo.Area) cap.Area {
	area := cap.Area{AreaDesc: a.Name}
	for _, ring := range a.Polygons {
		polygon := make(cap.Polygon, len(ring))
		for i, p := range ring {
			polygon[i] = cap.Point(p)
		}
		area.Polygon = append(area.Polygon, polygon)
	}
	for _, circle := range a.Circles {
		area.Circle = append(area.Circle, cap.Circle{Center: cap.Point(circle.Center), RadiusKM: circle.Radius / 1000})
	}
	for _, ars := range a.ARS {
		area.Geocode = append(area.Geocode, cap.NamedValue{ValueName: GeocodeARS, Value: ars.Full()})
	}
	return area
}

// references names every message of the chain: all of them are replaced or ended.
func (r Rules) references(w *Warning) []cap.Reference {
	if w == nil {
		return nil
	}
	references := make([]cap.Reference, 0, len(w.Messages))
	for _, m := range w.Messages {
		references = append(references, cap.Reference{
			Sender: r.Authority.Sender, Identifier: m.Identifier, Sent: r.capTime(m.Sent).String(),
		})
	}
	return references
}

// NewID makes the id of a new warning from the authority, the day and five
// random bytes: short enough to be read out over a telephone.
func NewID(authorityID string, now time.Time, random [5]byte) string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32: no i, l, o, u
	var n uint64
	for _, b := range random {
		n = n<<8 | uint64(b)
	}
	suffix := make([]byte, 8)
	for i := range suffix {
		suffix[i] = alphabet[n&31]
		n >>= 5
	}
	return fmt.Sprintf("%s.%s.%s", authorityID, now.UTC().Format("20060102"), suffix)
}
