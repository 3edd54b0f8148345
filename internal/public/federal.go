// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"net/http"
	"path"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/federal"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// federalPath is where the federal warning API has its messages.
const federalPath = "/api31/warnings/"

// serveFederal serves one message in a form of the federal warning API: its
// detail or its areas.
func (role *Role) serveFederal(w http.ResponseWriter, r *http.Request, e *edition) {
	file := r.PathValue("file")
	ending := path.Ext(file)
	found := role.released(strings.TrimSuffix(file, ending))
	if found == nil || ending != ".json" && ending != ".geojson" {
		role.serveNothing(w, "There is no such message.", "Its address is "+federalPath+" and the identifier and .json or .geojson.")
		return
	}
	served := e.asked.get(federalPath+file, func() *body { return role.federalBody(role.message(e, found), ending) })
	if served == nil {
		serveProblem(w, problem.New(problem.Internal, "The message cannot be written in this form.", "Take it as CAP from "+capPath(found.Identifier)+"."))
		return
	}
	served.serve(w, r)
}

// federalBody is nil for a message that cannot be read as CAP any more.
func (role *Role) federalBody(m message, ending string) *body {
	contentType, cache, write := contentJSON, cacheForever, federal.WriteDetail
	if ending == ".geojson" {
		// The outlines are not the message's own, and may be drawn better one day.
		contentType, cache, write = contentGeoJSON, cacheIndex, role.areas
	}
	content, err := write(m.alert)
	if err != nil {
		role.log.Error("a released message cannot be written in the federal form", "identifier", m.Identifier, "error", err)
		return nil
	}
	return newBody(contentType, cache, m.Sent, content)
}

// released finds a released message by its identifier, nil if there is none.
func (role *Role) released(identifier string) (found *warning.Message) {
	role.ledger.View(func() {
		if chain, known := role.book.ByMessage(identifier); known {
			found, _ = chain.Message(identifier)
		}
	})
	return found
}

// areas writes a message's areas with the outlines of the regions that they name.
func (role *Role) areas(a *cap.Alert) ([]byte, error) {
	return federal.WriteGeoJSON(a, federal.GeoJSONOptions{Outline: func(area *cap.Area) (outlines [][]cap.Polygon) {
		var named geo.Area
		for _, code := range area.Geocode {
			if !strings.EqualFold(code.ValueName, warning.GeocodeARS) {
				continue
			}
			if key, err := geo.ParseARS(code.Value); err == nil {
				named.ARS = append(named.ARS, key)
			}
		}
		shape, _ := role.shape(named)
		for _, polygon := range shape {
			rings := make([]cap.Polygon, 0, len(polygon))
			for _, ring := range polygon {
				points := make(cap.Polygon, len(ring))
				for i, p := range ring {
					points[i] = cap.Point(p)
				}
				rings = append(rings, points)
			}
			outlines = append(outlines, rings)
		}
		return outlines
	}})
}
