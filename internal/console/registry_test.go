// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

// fetch gets a file as an operator.
func (w *world) fetch(as, path, language string) (*http.Response, []byte) {
	w.Helper()
	request := w.request(http.MethodGet, path, nil)
	request.Header.Set("Authorization", "Bearer "+w.people[as].token)
	request.Header.Set("Accept-Language", language)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		w.Fatalf("%s: %d %s", path, answer.StatusCode, raw)
	}
	return answer, raw
}

func TestAListOfSirensComesInAndGoesOut(t *testing.T) {
	w := newWorld(t, "")
	list := "Kennung;Name;Breite;Länge;Pegel;Öffentlich;ISSI\n" +
		"p-1;Rathaus;52,4000;13,0600;109;ja;1001\n" +
		"p-2;Bahnhof;52,3915;13,0670;;nein;1002\n" +
		"x/y;Schule;52,3915;13,1;;;\n" +
		"s-1;Dresden;51,05;13,74;;;\n" +
		"p-3;Rathausturm;52,40001;13,06;;;\n"
	var tried, taken, again console.SirenImport
	w.must("clara", http.MethodPost, "/api/v1/fleet/import?dryRun=true", list, &tried)
	want := map[registry.Verdict]int{registry.Added: 2, registry.Duplicate: 1, registry.RowIsRefused: 2}
	counts := func(in map[registry.Verdict]int) map[registry.Verdict]int {
		for k, v := range in {
			if v == 0 {
				delete(in, k)
			}
		}
		return in
	}
	if diff := cmp.Diff(want, counts(tried.Counts)); diff != "" || !tried.DryRun || tried.Version != 0 {
		t.Errorf("tried at version %d: %s", tried.Version, diff)
	}
	w.must("clara", http.MethodPost, "/api/v1/fleet/import", list, &taken)
	if diff := cmp.Diff(want, counts(taken.Counts)); diff != "" || taken.Version == 0 || taken.Format != registry.CSV {
		t.Errorf("taken as %s at version %d: %s", taken.Format, taken.Version, diff)
	}
	for _, e := range taken.Entries {
		for _, f := range e.Faults {
			if f.Message == "" || f.Remedy == "" {
				t.Errorf("row %d: %+v", e.Row, f)
			}
		}
	}
	w.must("clara", http.MethodPost, "/api/v1/fleet/import", list, &again)
	if diff := cmp.Diff(map[registry.Verdict]int{registry.Unchanged: 2, registry.Duplicate: 1, registry.RowIsRefused: 2}, counts(again.Counts)); diff != "" || again.Version != taken.Version {
		t.Errorf("again: version %d became %d: %s", taken.Version, again.Version, diff)
	}

	var page console.SirenPage
	w.must("anna", http.MethodGet, "/api/v1/sirens", nil, &page)
	if page.Version != taken.Version || len(page.Sirens) != 2 || page.Sirens[0].Number != 1 || page.Sirens[0].ARS == "" || page.Sirens[0].State.Detail != "" {
		t.Errorf("%+v", page)
	}
	answer, raw := w.fetch("anna", "/api/v1/fleet/export", "en")
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/csv") || !strings.Contains(answer.Header.Get("Content-Disposition"), "sirens.csv") {
		t.Errorf("headers %v", answer.Header)
	}
	w.must("clara", http.MethodPost, "/api/v1/fleet/import", raw, &again)
	if again.Counts[registry.Unchanged] != 2 || len(again.Entries) != 0 {
		t.Errorf("what was written comes back as %+v", again)
	}
	_, raw = w.fetch("anna", "/api/v1/fleet/export?format=geojson&public=true", "en")
	if bytes.Contains(raw, []byte("Bahnhof")) || bytes.Contains(raw, []byte("1001")) || !bytes.Contains(raw, []byte("Rathaus")) {
		t.Errorf("for the public: %s", raw)
	}
	if _, raw = w.fetch("anna", "/api/v1/fleet/export?q=bahnhof", "en"); strings.Count(string(raw), "\n") != 2 {
		t.Errorf("filtered: %s", raw)
	}

	w.refused("clara", http.MethodPost, "/api/v1/sirens/p-2/remove", console.SirenRemoval{Reason: " "}, problem.Invalid)
	w.refused("clara", http.MethodPost, "/api/v1/sirens/p-9/remove", console.SirenRemoval{Reason: "gone"}, problem.NotFound)
	w.must("clara", http.MethodPost, "/api/v1/sirens/p-2/remove", console.SirenRemoval{Reason: "dismantled"}, nil)
	w.refused("anna", http.MethodGet, "/api/v1/sirens/p-2", nil, problem.NotFound)
	w.must("clara", http.MethodPost, "/api/v1/fleet/import", list, &again)
	var back console.SirenDetail
	w.must("anna", http.MethodGet, "/api/v1/sirens/p-2", nil, &back)
	if back.Number != 3 || len(back.Changes) != 3 || back.Changes[1].Reason != "dismantled" || back.Changes[0].Version <= back.Changes[2].Version {
		t.Errorf("number %d, changes %+v", back.Number, back.Changes)
	}
}

// A siren may be registered before its device is set up, and says so.
func TestASirenWaitsForItsDevice(t *testing.T) {
	w := newWorld(t, "")
	w.must("clara", http.MethodPost, "/api/v1/fleet/import", "id,lat,lon,paths\np-1,52.4,13.06,mqtt\n", nil)
	var detail console.SirenDetail
	w.must("anna", http.MethodGet, "/api/v1/sirens/p-1", nil, &detail)
	if detail.State.Condition != siren.ConditionUnknown || detail.State.Detail != siren.DetailNotEnrolled || detail.Ready {
		t.Errorf("%+v", detail.State)
	}
}

// In Switzerland sirens give no all-clear.
func TestAnotherCountrysSignals(t *testing.T) {
	w := newWorld(t, "")
	swiss, err := siren.TableNamed("ch")
	if err != nil {
		t.Fatal(err)
	}
	w.options.Signals = swiss.Signals
	w.service, w.server = w.start()
	in := w.alert()
	in.Content.Signal = "warning"
	published := w.publish(in)
	var prefilled console.Prefilled
	w.must("anna", http.MethodGet, "/api/v1/warnings/"+published.ID+"/all-clear", nil, &prefilled)
	if prefilled.Content.Signal != "" {
		t.Errorf("the all-clear would sound %s", prefilled.Content.Signal)
	}
	var signals []console.SignalInfo
	w.must("anna", http.MethodGet, "/api/v1/signals", nil, &signals)
	if len(signals) != 4 || signals[0].Title["de"] != "Allgemeiner Alarm" || signals[1].Name != "water" || signals[1].Duration != 350 || signals[1].Number != 8 || signals[1].Sounds["en"] == "" {
		t.Errorf("%+v", signals)
	}
}

func TestSignalsToSeeAndToHear(t *testing.T) {
	w := newWorld(t, "")
	answer, picture := w.fetch("anna", "/api/v1/signals/warning/picture", "de")
	if answer.Header.Get("Content-Type") != "image/svg+xml" || !bytes.Contains(picture, []byte(`lang="de"`)) || !bytes.Contains(picture, []byte("<title")) {
		t.Errorf("%v %s", answer.Header, picture)
	}
	answer, raw := w.fetch("anna", "/api/v1/signals/warning/sound", "en")
	sound, err := wav.Read(bytes.NewReader(raw))
	if err != nil || sound.Duration().Seconds() != 60 || answer.Header.Get("Content-Type") != "audio/wav" || !strings.Contains(answer.Header.Get("Content-Disposition"), "sample") {
		t.Errorf("%v: %v %v", answer.Header, sound.Duration(), err)
	}
	w.refused("anna", http.MethodGet, "/api/v1/signals/opera/sound", nil, problem.NotFound)
	w.refused("anna", http.MethodGet, "/api/v1/signals/opera/picture", nil, problem.NotFound)
}
