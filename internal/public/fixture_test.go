// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"go.uber.org/goleak"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testBase = "https://warnung.example"

var testAuthority = authority.Authority{
	ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", SenderName: "Lagezentrum Brandenburg",
	Territory: []geo.ARS{"12"}, Contact: "+49 331 1234",
}.WithDefaults()

var testGazetteer = sync.OnceValue(func() *geo.Gazetteer {
	regions, places, err := germany.Load()
	if err != nil {
		panic(err)
	}
	return geo.NewGazetteer(regions, places)
})

// start is a Wednesday morning in Brandenburg.
var start = time.Date(2026, 11, 25, 10, 4, 0, 0, time.UTC)

// station is a public role over a journal in memory, with a clock set by hand.
// Without Run, publish is called by hand too.
type station struct {
	*Role
	journal *memory.Journal
	clock   time.Time
	t       testing.TB
}

func newStation(t testing.TB, change ...func(*Options)) *station {
	t.Helper()
	s := &station{journal: memory.New(), clock: start, t: t}
	o := Options{
		Authority: testAuthority, Journal: s.journal, Gazetteer: testGazetteer(), BaseURL: testBase,
		MapCredit: germany.MapAttribution, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return s.clock },
	}
	for _, f := range change {
		f(&o)
	}
	s.Role = New(o)
	return s
}

// at sets the clock and renders.
func (s *station) at(clock time.Time) {
	s.t.Helper()
	s.clock = clock
	if err := s.ledger.CatchUp(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.publish(s.ledger.Applied())
}

func (s *station) append(events ...journal.Event) {
	s.t.Helper()
	head, err := s.journal.Head(s.t.Context())
	if err == nil {
		_, err = s.journal.Append(s.t.Context(), head.Seq, journal.Draft{Time: s.clock, By: "node", Events: events})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// release journals a message and renders.
func (s *station) release(id string, m warning.Message) warning.Message {
	s.t.Helper()
	s.append(journal.NewEvent(warning.EventReleased, warning.Released{Warning: id, Message: m}))
	s.at(s.clock)
	return m
}

var flood = warning.Content{
	Event: "BBK-EVC-038", Level: warning.LevelDanger,
	Area: geo.Area{Name: "Potsdam", ARS: []geo.ARS{"12054"}},
	Texts: map[string]warning.Text{
		"de": {Headline: "Hochwasser in Potsdam", Description: "Die Havel steigt bis Mittag um 40 cm.\nStraßen am Ufer werden überflutet.",
			Instruction: "Meiden Sie das Ufer.\nGehen Sie nicht in Keller.\nHelfen Sie Nachbarn.\nHören Sie Radio."},
		"en": {Headline: "Flooding in Potsdam", Description: "The Havel rises by 40 cm until noon.",
			Instruction: "Keep away from the river.\nDo not enter basements.\nHelp your neighbours."},
	},
}

// compose makes a message as the rules would: CAP first, everything from it.
func (s *station) compose(id string, kind warning.Kind, number int, content warning.Content) warning.Message {
	s.t.Helper()
	if content.Expires.IsZero() {
		content.Expires = s.clock.Add(4 * time.Hour)
	}
	berlin := testAuthority.Location()
	m := warning.Message{
		Number: number, Kind: kind, Identifier: fmt.Sprintf("2.49.0.0.276.12.%s.%d", id, number),
		Content: content, Sent: s.clock.UTC(), RequestedAt: s.clock.Add(-time.Minute).UTC(),
	}
	alert := &cap.Alert{
		Identifier: m.Identifier, Sender: testAuthority.Sender, Sent: cap.NewTime(m.Sent.In(berlin)),
		Status: cap.StatusActual, MsgType: cap.MsgTypeAlert, Scope: cap.ScopePublic,
	}
	response := cap.ResponseAvoid
	switch kind {
	case warning.KindUpdate:
		alert.MsgType = cap.MsgTypeUpdate
	case warning.KindAllClear:
		alert.MsgType, response = cap.MsgTypeCancel, cap.ResponseAllClear
	}
	for i := 1; i < number; i++ {
		alert.References = append(alert.References, cap.Reference{
			Sender: testAuthority.Sender, Identifier: fmt.Sprintf("2.49.0.0.276.12.%s.%d", id, i), Sent: alert.Sent.String(),
		})
	}
	for _, tag := range []string{"de", "en", "tr"} {
		text, ok := content.Texts[tag]
		if !ok {
			continue
		}
		area := cap.Area{AreaDesc: content.Area.Name}
		for _, key := range content.Area.ARS {
			area.Geocode = append(area.Geocode, cap.NamedValue{ValueName: "ARS", Value: key.Full()})
		}
		for _, circle := range content.Area.Circles {
			area.Circle = append(area.Circle, cap.Circle{Center: cap.Point(circle.Center), RadiusKM: circle.Radius / 1000})
		}
		for _, ring := range content.Area.Polygons {
			var polygon cap.Polygon
			for _, p := range ring {
				polygon = append(polygon, cap.Point(p))
			}
			area.Polygon = append(area.Polygon, polygon)
		}
		alert.Info = append(alert.Info, cap.Info{
			Language: tag, Category: []cap.Category{cap.CategoryGeo}, Event: map[string]string{"de": "Hochwasser", "en": "Flood", "tr": "Sel"}[tag],
			ResponseType: []cap.ResponseType{response}, Urgency: cap.UrgencyImmediate, Severity: cap.SeveritySevere, Certainty: cap.CertaintyObserved,
			Expires: cap.NewTime(content.Expires.In(berlin)), SenderName: testAuthority.SenderName,
			Headline: text.Headline, Description: text.Description, Instruction: text.Instruction,
			Web: testBase + "/warnings/" + id, Contact: testAuthority.Contact, Area: []cap.Area{area},
		})
	}
	raw, err := cap.Write(alert)
	if err != nil {
		s.t.Fatal(err)
	}
	m.CAP = raw
	return m
}

// alert releases the first message of a warning.
func (s *station) alert(id string, content warning.Content) warning.Message {
	s.t.Helper()
	return s.release(id, s.compose(id, warning.KindAlert, 1, content))
}

func allClear() warning.Content {
	c := flood
	c.Texts = map[string]warning.Text{
		"de": {Headline: "Entwarnung: Hochwasser in Potsdam", Description: "Das Wasser ist gefallen.", Instruction: "Es besteht keine Gefahr mehr."},
		"en": {Headline: "All-clear: flooding in Potsdam", Description: "The water has fallen.", Instruction: "There is no more danger."},
	}
	return c
}

// get asks the handler without a network between.
func (s *station) get(path string, header ...string) *http.Response {
	s.t.Helper()
	return s.ask(http.MethodGet, path, header...)
}

func (s *station) ask(method, path string, header ...string) *http.Response {
	s.t.Helper()
	request := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, request)
	return recorder.Result()
}

func text(t testing.TB, response *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// page gets a page that must be there.
func (s *station) page(path string, header ...string) string {
	s.t.Helper()
	response := s.get(path, header...)
	content := text(s.t, response)
	if response.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s\n%s", path, response.Status, content)
	}
	return content
}

// within tells that the texts stand in the content in this order.
func within(t testing.TB, content string, texts ...string) {
	t.Helper()
	rest := content
	for _, want := range texts {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Errorf("%q is missing, or stands before %v, in:\n%s", want, texts, content)
			return
		}
		rest = after
	}
}

func without(t testing.TB, content string, texts ...string) {
	t.Helper()
	for _, unwanted := range texts {
		if strings.Contains(content, unwanted) {
			t.Errorf("%q must not stand in:\n%s", unwanted, content)
		}
	}
}

// running starts Run and a server, and ends both with the test.
func (s *station) running(t *testing.T) *httptest.Server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, func() {}) }()
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		server.Close()
	})
	return server
}
