// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// board shows the situation; all of it is in page.Board.
func (s *server) board(c *call) error {
	return c.show(view{Template: "board", Title: c.T("console.board.title")})
}

// feature is a GeoJSON feature (RFC 7946) as the maps take it.
type feature struct {
	Type       string            `json:"type"`
	Properties featureProperties `json:"properties"`
	Geometry   json.RawMessage   `json:"geometry"`
}

type featureProperties struct {
	Level    warning.Level `json:"level"`
	Headline string        `json:"headline,omitempty"`
	Warning  string        `json:"warning,omitempty"`
}

// areaFeatures gives the outline of an area, or its largest places as points
// where no outline is known.
func (c *call) areaFeatures(area geo.Area, properties featureProperties) []feature {
	check := c.s.Service.CheckArea(area)
	if len(check.Outline) > 0 {
		return []feature{{Type: "Feature", Properties: properties, Geometry: check.Outline}}
	}
	var features []feature
	for _, place := range check.Reach.Places {
		point := fmt.Sprintf(`{"type":"Point","coordinates":[%.5f,%.5f]}`, place.Position.Lon, place.Position.Lat)
		features = append(features, feature{Type: "Feature", Properties: properties, Geometry: json.RawMessage(point)})
	}
	return features
}

func (c *call) writeFeatures(features []feature) error {
	return c.writeJSON(struct {
		Type     string    `json:"type"`
		Features []feature `json:"features"`
	}{"FeatureCollection", append([]feature{}, features...)})
}

func (c *call) writeJSON(v any) error {
	out, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json")
	_, _ = c.w.Write(out)
	return nil
}

// areasInForce gives the areas of the warnings in force, the gravest last so
// that it is drawn on top.
func (s *server) areasInForce(c *call) error {
	var features []feature
	board := s.Service.Board(c.who)
	for i := len(board.InForce) - 1; i >= 0; i-- {
		w, err := s.Service.Warning(c.who, board.InForce[i].Warning)
		if err != nil {
			return err
		}
		last := w.Messages[len(w.Messages)-1]
		features = append(features, c.areaFeatures(last.Content.Area, featureProperties{Level: last.Content.Level, Warning: w.ID})...)
	}
	return c.writeFeatures(features)
}

// warningArea gives the area of one warning: of its pending message when there
// is one, else of its last.
func (s *server) warningArea(c *call) error {
	w, err := s.Service.Warning(c.who, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	content := newest(w)
	return c.writeFeatures(c.areaFeatures(content.Area, featureProperties{Level: content.Level, Warning: w.ID}))
}

// newest is the content of the pending message, else of the last one released.
func newest(w console.Warning) warning.Content {
	if w.Pending != nil {
		return w.Pending.Content
	}
	if len(w.Messages) == 0 {
		return warning.Content{}
	}
	return w.Messages[len(w.Messages)-1].Content
}

// marks says which mark on the map stands for an outcome: the same shapes as for
// the fleet, with the words of the page's own legend.
var marks = map[dispatch.Outcome]string{
	dispatch.Sounding: "triggered", dispatch.Reached: "ready", dispatch.Done: "ready",
	dispatch.Refused: "fault", dispatch.NotReached: "offline", dispatch.Unconfirmed: "busy",
}

// warningSirens gives the sirens of a warning's newest message, marked by what
// became of it there; before it was sent, those in the area by their condition.
func (s *server) warningSirens(c *call) error {
	w, err := s.Service.Warning(c.who, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	outcomes := map[string]dispatch.Outcome{}
	for _, d := range w.Deliveries {
		if d.Channel != "siren" {
			continue
		}
		clear(outcomes)
		for _, t := range d.Targets {
			outcomes[t.ID] = t.Outcome
		}
	}
	page, err := s.Service.Sirens(console.SirenFilter{})
	if err != nil {
		return err
	}
	type position struct {
		ID       string    `json:"id"`
		Name     string    `json:"name"`
		Position geo.Point `json:"position"`
		State    struct {
			Condition string `json:"condition"`
		} `json:"state"`
	}
	inArea := map[string]bool{}
	if w.Pending != nil {
		clear(outcomes)
		for _, id := range w.Pending.Reach.Sirens.IDs {
			inArea[id] = true
		}
	}
	list := []position{}
	for _, row := range page.Sirens {
		outcome, addressed := outcomes[row.ID]
		if !addressed && !inArea[row.ID] {
			continue
		}
		at := position{ID: row.ID, Name: row.Name, Position: row.Position}
		at.State.Condition = string(row.State.Condition)
		if addressed {
			at.State.Condition = "unknown"
			if mark, ok := marks[outcome]; ok {
				at.State.Condition = mark
			}
		}
		list = append(list, at)
	}
	return c.writeJSON(struct {
		Sirens []position `json:"sirens"`
	}{list})
}

// download sends bytes as a file.
func (c *call) download(name, mediaType string, content []byte) error {
	c.w.Header().Set("Content-Type", mediaType)
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(content)
	return nil
}
