// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package webhook

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// event is what is posted. Every field is always there, and the same job gives
// the same bytes, however often it is sent.
type event struct {
	// Type is "warning.alert", "warning.update" or "warning.all-clear".
	Type string `json:"type"`
	// Timestamp is when the message was sent out.
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

type data struct {
	Warning    string        `json:"warning"`
	Number     int           `json:"number"`
	Identifier string        `json:"identifier"`
	Sent       time.Time     `json:"sent"`
	Expires    time.Time     `json:"expires"`
	Event      string        `json:"event"`
	Level      warning.Level `json:"level"`
	Area       area          `json:"area"`
	// Texts are keyed by language tag.
	Texts map[string]warning.Text `json:"texts"`
	// URL is the warning's page, CAPURL the message as CAP 1.2.
	URL    string `json:"url"`
	CAPURL string `json:"capUrl"`
	// CAPXML is the same CAP message, byte for byte.
	CAPXML string `json:"capXml"`
}

type area struct {
	Name     string       `json:"name"`
	ARS      []geo.ARS    `json:"ars"`
	Circles  []geo.Circle `json:"circles"`
	Polygons []geo.Ring   `json:"polygons"`
}

func encode(publicURL string, job dispatch.Job) ([]byte, error) {
	m, base := job.Message, strings.TrimSuffix(publicURL, "/")
	where := area{Name: m.Content.Area.Name, ARS: m.Content.Area.ARS, Circles: m.Content.Area.Circles, Polygons: m.Content.Area.Polygons}
	if where.ARS == nil {
		where.ARS = []geo.ARS{}
	}
	if where.Circles == nil {
		where.Circles = []geo.Circle{}
	}
	if where.Polygons == nil {
		where.Polygons = []geo.Ring{}
	}
	body, err := json.Marshal(event{
		Type: "warning." + string(m.Kind), Timestamp: m.Sent.UTC(),
		Data: data{
			Warning: job.Warning, Number: m.Number, Identifier: m.Identifier,
			Sent: m.Sent.UTC(), Expires: m.Content.Expires.UTC(),
			Event: m.Content.Event, Level: m.Content.Level, Area: where, Texts: m.Content.Texts,
			URL:    base + "/warnings/" + url.PathEscape(job.Warning),
			CAPURL: base + "/cap/" + url.PathEscape(m.Identifier) + ".xml",
			CAPXML: string(m.CAP),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("encode the webhook body: %w", err)
	}
	return body, nil
}
