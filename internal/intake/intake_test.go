// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/cap/container"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

var start = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

// message is a small foreign message.
type message struct {
	identifier, sent, msgType, references, info string
}

func (m message) xml() []byte {
	if m.msgType == "" {
		m.msgType = "Alert"
	}
	if m.references != "" {
		m.references = "<references>" + m.references + "</references>"
	}
	return fmt.Appendf(nil, `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>%s</identifier><sender>neighbour.example</sender>`+
		`<sent>%s</sent><status>Actual</status><msgType>%s</msgType><scope>Public</scope>%s%s</alert>`,
		m.identifier, m.sent, m.msgType, m.references, m.info)
}

const germanInfo = `<info><language>de-DE</language><category>Met</category><event>STARKES GEWITTER</event>` +
	`<urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty><expires>2026-03-04T14:00:00+01:00</expires>` +
	`<headline>Gewitter über der Havel</headline><description>Es gewittert.</description><instruction>Ins Haus gehen.</instruction>` +
	`<area><areaDesc>Kreis Havelland</areaDesc><polygon>52.4,12.5 52.6,12.5 52.6,12.9 52.4,12.9 52.4,12.5</polygon></area></info>`

const first = "2026-03-04T09:00:00+01:00"

type desk struct {
	*Proposals
	seq uint64
}

func newDesk() *desk {
	p := NewProposals()
	p.Self = "warnung@brandenburg.example"
	return &desk{Proposals: p}
}

// do gives how many events came of a command.
func (d *desk) do(name, by string, body any) (int, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	events, err := d.Step(name, by, raw, start)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	d.seq++
	return len(events), d.Apply(journal.Record{Version: 1, Seq: d.seq, Time: start, By: by, Events: events})
}

func (d *desk) take(t *testing.T, m message) *State {
	t.Helper()
	if _, err := d.do(CommandImport, "anna", Import{Source: "file.xml", Original: m.xml()}); err != nil {
		t.Fatal(err)
	}
	proposal, err := Read(m.xml())
	if err != nil {
		t.Fatal(err)
	}
	state, ok := d.Proposal(proposal.ID)
	if !ok {
		t.Fatal("the proposal is not there")
	}
	return state
}

func TestImport(t *testing.T) {
	d := newDesk()
	m := message{identifier: "n-1", sent: first, info: germanInfo}
	state := d.take(t, m)
	if state.Status != Open || state.Headline != "Gewitter über der Havel" || state.By != "anna" || string(state.Original) != string(m.xml()) {
		t.Errorf("state: %+v", state)
	}
	again := message{identifier: "n-1", sent: "2026-03-04T08:00:00-00:00", info: germanInfo}
	if n, err := d.do(CommandImport, "node", Import{Source: "other.xml", Original: again.xml()}); err != nil || n != 0 {
		t.Errorf("the same message with another offset: %d events, %v", n, err)
	}
	if len(d.All()) != 1 {
		t.Errorf("%d proposals", len(d.All()))
	}
}

func TestImportRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		raw  []byte
		want problem.Kind
	}{
		"no XML":            {[]byte("hello"), problem.Unreadable},
		"no CAP":            {[]byte("<html/>"), problem.Unreadable},
		"a document type":   {[]byte(`<!DOCTYPE alert><alert/>`), problem.Unreadable},
		"an unknown status": {[]byte(strings.Replace(string(message{identifier: "x", sent: first}.xml()), "<status>", "<status>x", 1)), problem.Unreadable},
		"too large":         {make([]byte, MaxOriginal+1), problem.TooLarge},
		"its own messages":  {[]byte(strings.Replace(string(message{identifier: "x", sent: first}.xml()), "neighbour.example", "warnung@brandenburg.example", 1)), problem.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := newDesk().do(CommandImport, "anna", Import{Original: test.raw}); !errors.Is(err, test.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestChain(t *testing.T) {
	alert := message{identifier: "n-1", sent: first, info: germanInfo}
	update := message{identifier: "n-2", sent: "2026-03-04T10:00:00+01:00", msgType: "Update", references: "neighbour.example,n-1," + first, info: germanInfo}
	cancel := message{identifier: "n-3", sent: "2026-03-04T11:00:00+01:00", msgType: "Cancel",
		references: "neighbour.example,n-2,2026-03-04T10:00:00+01:00", info: germanInfo}
	for name, order := range map[string][]message{
		"in order": {alert, update, cancel}, "the newest first": {cancel, update, alert}, "mixed": {update, alert, cancel},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk()
			for _, m := range order {
				d.take(t, m)
			}
			all := d.All()
			if all[0].Identifier != "n-3" || all[0].Status != Open {
				t.Errorf("newest: %s %s", all[0].Identifier, all[0].Status)
			}
			for _, old := range all[1:] {
				if old.Status != Superseded || old.SupersededBy == "" {
					t.Errorf("%s is %s", old.Identifier, old.Status)
				}
			}
			if before := d.Predecessors(all[0].ID); len(before) != 2 {
				t.Errorf("%d messages come before", len(before))
			}
		})
	}
}

func TestDismiss(t *testing.T) {
	d := newDesk()
	state := d.take(t, message{identifier: "n-1", sent: first, info: germanInfo})
	if _, err := d.do(CommandDismiss, "anna", Dismissed{ID: state.ID, Reason: " "}); !errors.Is(err, problem.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := d.do(CommandDismiss, "anna", Dismissed{ID: "p-0", Reason: "x"}); !errors.Is(err, problem.NotFound) {
		t.Errorf("unknown: %v", err)
	}
	if _, err := d.do(CommandDismiss, "anna", Dismissed{ID: state.ID, Reason: "nicht unser Gebiet"}); err != nil {
		t.Fatal(err)
	}
	if state, _ = d.Proposal(state.ID); state.Status != Rejected || state.Reason != "nicht unser Gebiet" {
		t.Errorf("state: %+v", state)
	}
	if _, err := d.do(CommandDismiss, "anna", Dismissed{ID: state.ID, Reason: "x"}); !errors.Is(err, problem.Conflict) {
		t.Errorf("twice: %v", err)
	}
}

func TestContent(t *testing.T) {
	content, findings, err := Content(message{identifier: "n-1", sent: first, info: germanInfo}.xml(), []string{"de", "en"}, start)
	if err != nil {
		t.Fatal(err)
	}
	if content.Event != "BBK-EVC-031" || content.Level != warning.LevelDanger || content.Texts["de"].Headline != "Gewitter über der Havel" ||
		!content.Expires.Equal(start.Add(3*time.Hour)) || content.Area.Name != "Kreis Havelland" || len(content.Area.Polygons) != 1 {
		t.Errorf("content: %+v", content)
	}
	var rules []string
	for _, f := range findings {
		rules = append(rules, f.Rule)
	}
	if !slices.Equal(rules, []string{"proposal.language"}) {
		t.Errorf("findings: %+v", findings)
	}
	content, findings, err = Content(message{identifier: "n-1", sent: first}.xml(), []string{"de"}, start)
	if err != nil || len(findings) != 1 || findings[0].Rule != "proposal.no-info" || !content.Area.Empty() {
		t.Errorf("without info: %+v %+v %v", content, findings, err)
	}
	if content, _, _ = Content(message{identifier: "n-1", sent: first, info: germanInfo}.xml(), []string{"de"}, start.Add(24*time.Hour)); !content.Expires.IsZero() {
		t.Errorf("an end in the past is taken over: %v", content.Expires)
	}
}

// The zip container that the weather service publishes: three warnings, each in
// eight languages, one of them an update.
func TestWeatherService(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "cap", "dwd_Z_CAP_C_EDZW_MUL.zip"))
	if err != nil {
		t.Skipf("the weather service's file is not here: %v", err)
	}
	d := newDesk()
	for item := range container.Messages(container.Bytes("dwd.zip", raw)) {
		if err := Unusable(item); err != nil {
			t.Fatal(err)
		}
		if _, err := d.do(CommandImport, "anna", Import{Source: item.Name, Original: item.Raw}); err != nil {
			t.Fatalf("%s: %v", item.Name, err)
		}
	}
	if n := len(d.All()); n != 3 {
		t.Fatalf("%d proposals", n)
	}
	for _, state := range d.All() {
		if len(state.Languages) != 8 || state.Headline == "" || len(state.Areas) == 0 {
			t.Errorf("%s: languages %v, headline %q, %d areas", state.Identifier, state.Languages, state.Headline, len(state.Areas))
		}
		content, findings, err := Content(state.Original, []string{"de", "en"}, state.Sent)
		if err != nil {
			t.Fatal(err)
		}
		if wind := strings.Contains(state.Event, "WIND"); wind != (content.Event == "") {
			t.Errorf("%s: the event %s became %q", state.Identifier, state.Event, content.Event)
		}
		if content.Texts["de"].Description == "" || content.Texts["en"].Description == "" || content.Area.Empty() {
			t.Errorf("%s: event %q, texts %v, findings %+v", state.Identifier, content.Event, content.Texts, findings)
		}
		for i, ring := range content.Area.Polygons {
			if len(ring) > RingPoints {
				t.Errorf("%s: polygon %d has %d points", state.Identifier, i, len(ring))
			}
		}
		for _, fault := range geo.ValidateArea(content.Area) {
			t.Errorf("%s: %v", state.Identifier, fault)
		}
	}
}

// A warning in the federal API's detail form becomes a proposal like any other.
func TestFederalForm(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "cap", "mowas_api31_mow.DE-HE-KS-SE106-20250313-106-001.json"))
	if err != nil {
		t.Skipf("the federal API's file is not here: %v", err)
	}
	d := newDesk()
	if _, err := d.do(CommandImport, "anna", Import{Source: "mow.json", Original: raw}); err != nil {
		t.Fatal(err)
	}
	state := d.All()[0]
	if state.Headline != "Entwarnung: Probealarm - Land Hessen" || len(state.Languages) != 9 || state.Languages[0] != "de" {
		t.Errorf("%q in %v", state.Headline, state.Languages)
	}
	content, _, err := Content(state.Original, []string{"de", "en"}, state.Sent)
	if err != nil || !strings.Contains(content.Texts["de"].Description, "\n") || strings.Contains(content.Texts["de"].Description, "<br") {
		t.Errorf("%+v, %v", content.Texts, err)
	}
}

func TestUnusable(t *testing.T) {
	raw := `<feed xmlns="http://www.w3.org/2005/Atom"><?a b?><entry/><entry><link href="x"/></entry><entry><content>` + string(named("n-1")) + `</content></entry>`
	var got []string
	for item := range container.Messages(container.Bytes("feed", []byte(raw))) {
		err := Unusable(item)
		text := "usable"
		if p, ok := errors.AsType[*problem.Error](err); ok {
			text = p.Message
		}
		got = append(got, text)
	}
	want := []string{"usable", "feed entry 1 cannot be read: the entry holds neither a message nor a link to one.", "feed#1 holds only a link to a message: x.", "usable", "This is no CAP message."}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// A simplified ring is a ring that can be used: closed, not crossing itself, and
// of much the same surface.
func TestSimplify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(101, 400).Draw(t, "points")
		var ring geo.Ring
		for i := range n {
			radius := rapid.Float64Range(0.5, 1).Draw(t, "radius")
			angle := 2 * math.Pi * float64(i) / float64(n)
			ring = append(ring, geo.Point{Lat: 52 + radius*math.Sin(angle), Lon: 13 + radius*math.Cos(angle)})
		}
		ring = append(ring, ring[0])
		if len(geo.ValidateArea(geo.Area{Polygons: []geo.Ring{ring}})) > 1 {
			t.Skip("the drawn ring crosses itself")
		}
		simple := simplify(ring, RingPoints)
		if len(simple) > RingPoints {
			t.Fatalf("%d points are left", len(simple))
		}
		if faults := geo.ValidateArea(geo.Area{Polygons: []geo.Ring{simple}}); len(faults) > 0 {
			t.Fatalf("the simplified ring: %v", faults[0])
		}
		if before, after := ring.AreaKm2(), simple.AreaKm2(); math.Abs(after-before) > 0.25*before {
			t.Fatalf("%.0f km² became %.0f", before, after)
		}
	})
	small := geo.Ring{{Lat: 52, Lon: 13}, {Lat: 53, Lon: 13}, {Lat: 53, Lon: 14}, {Lat: 52, Lon: 13}}
	if got := simplify(small, 3); len(got) != 4 {
		t.Errorf("a triangle became %v", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(message{identifier: "n-1", sent: first, info: germanInfo}.xml())
	f.Add([]byte("<alert/>"))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		proposal, err := Read(raw)
		if err != nil {
			if _, ok := errors.AsType[*problem.Error](err); !ok {
				t.Errorf("the error is no problem: %v", err)
			}
			return
		}
		if proposal.ID == "" || proposal.Identifier == "" {
			t.Errorf("proposal: %+v", proposal)
		}
		if _, _, err := Content(raw, []string{"de", "en"}, start); err != nil {
			t.Errorf("what could be read gives no content: %v", err)
		}
	})
}
