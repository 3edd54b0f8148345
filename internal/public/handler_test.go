// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

func TestFrontPage(t *testing.T) {
	s := newStation(t)
	s.at(start)
	within(t, s.page("/de/"), "Stand", "11:04 Uhr", "Zurzeit gilt keine Warnung", "Gilt das für mich?")

	s.alert("w1", flood)
	de := s.page("/de/")
	within(t, de, `<html lang="de">`, "Es gilt 1 Warnung", "Gefahr", "Hochwasser in Potsdam",
		"<li>Meiden Sie das Ufer.</li><li>Gehen Sie nicht in Keller.</li><li>Helfen Sie Nachbarn.</li></ol>",
		"Wo", "Potsdam", "Bis", "Mi. 25.11.2026, 15:04 Uhr", "Lagezentrum Brandenburg", "Hören Sie Radio.", "Karte zeigen")
	within(t, s.page("/en/"), `<html lang="en">`, "1 warning is in force", "Flooding in Potsdam", "Keep away from the river.")
	if len(de) > 50_000 {
		t.Errorf("the page has %d bytes, more than an old phone should load", len(de))
	}
	without(t, de, "<style", " style=", "onclick", "<script>")
	if strings.Index(de, "<h1>") > strings.Index(de, "<form") || strings.Index(de, "<form") > strings.Index(de, "/map.svg") {
		t.Error("the answer comes first, then the search, then the map")
	}
}

func TestLanguageIsNegotiated(t *testing.T) {
	s := newStation(t)
	s.alert("w1", flood)
	for accept, want := range map[string]string{"": "de", "en-GB,en;q=0.9": "en", "fr": "en", "de-AT": "de", "%%%": "de"} {
		response := s.get("/", "Accept-Language", accept)
		if got := response.Header.Get("Content-Language"); got != want {
			t.Errorf("Accept-Language %q gives %q, want %q", accept, got, want)
		}
		if vary := strings.Join(response.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Accept-Encoding") {
			t.Errorf("Vary is %q", vary)
		}
		within(t, text(t, response), `<html lang="`+want+`">`)
	}
	if vary := s.get("/de/", "Accept-Language", "en").Header.Values("Vary"); strings.Contains(strings.Join(vary, ","), "Language") {
		t.Errorf("an address with its language varies by language: %q", vary)
	}
	within(t, s.page("/de/"), `<a lang="en" hreflang="en" href="/en/">English</a>`)
	within(t, s.page("/en/warnings/w1"), `href="/de/warnings/w1">Deutsch</a>`)
}

func TestTextInAnotherLanguageIsMarked(t *testing.T) {
	s := newStation(t)
	content := flood
	content.Texts = map[string]warning.Text{"de": flood.Texts["de"], "tr": {Headline: "Potsdam'da sel", Description: "Su yükseliyor.", Instruction: "Nehirden uzak durun."}}
	s.alert("w1", content)
	within(t, s.page("/en/"), `lang="de">Hochwasser in Potsdam`)
	within(t, s.page("/de/warnings/w1"), `<details lang="tr"><summary>tr</summary>`, "Potsdam&#39;da sel")
}

func TestOrderIsByGravity(t *testing.T) {
	s := newStation(t)
	minor, extreme := flood, flood
	minor.Level, extreme.Level = warning.LevelInformation, warning.LevelExtreme
	s.alert("minor", minor)
	s.alert("extreme", extreme)
	s.alert("danger", flood)
	within(t, s.page("/de/"), "Es gelten 3 Warnungen", `id="w-extreme"`, "▲", "Extreme Gefahr", `id="w-danger"`, "■", `id="w-minor"`, "●")
}

func TestUpdateReplacesAndAllClearStands(t *testing.T) {
	s := newStation(t)
	first := s.alert("w1", flood)
	s.at(start.Add(time.Hour))
	update := flood
	update.Texts = map[string]warning.Text{"de": {Headline: "Hochwasser steigt weiter", Instruction: "Verlassen Sie das Ufer.", Description: "Neu."}, "en": flood.Texts["en"]}
	second := s.release("w1", s.compose("w1", warning.KindUpdate, 2, update))
	front := s.page("/de/")
	within(t, front, "Es gilt 1 Warnung", "Aktualisierung", "Hochwasser steigt weiter")
	without(t, front, "Hochwasser in Potsdam")

	s.at(start.Add(2 * time.Hour))
	third := s.release("w1", s.compose("w1", warning.KindAllClear, 3, allClear()))
	front = s.page("/de/")
	within(t, front, "Zurzeit gilt keine Warnung", `class="all-clear"`, "✓", "Entwarnung", "Entwarnung: Hochwasser in Potsdam")
	chain := s.page("/de/warnings/w1")
	within(t, chain, "Entwarnung. Diese Warnung ist beendet", third.Identifier, "Frühere Meldungen",
		"Hochwasser steigt weiter", second.Identifier, "Hochwasser in Potsdam", first.Identifier)
	if strings.Count(chain, "<h1") != 1 {
		t.Error("a page has one main heading")
	}

	s.at(start.Add(2*time.Hour + clearStay))
	without(t, s.page("/de/"), "Entwarnung: Hochwasser")
	s.at(start.Add(365 * 24 * time.Hour))
	for _, m := range []warning.Message{first, second, third} {
		if got := s.page("/cap/" + m.Identifier + ".xml"); got != string(m.CAP) {
			t.Errorf("%s is not served as it was released", m.Identifier)
		}
	}
	within(t, s.page("/de/warnings/w1"), third.Identifier, second.Identifier, first.Identifier)
}

func TestExpiredVanishesByTimeAlone(t *testing.T) {
	s := newStation(t)
	m := s.alert("w1", flood)
	version := s.edition.Load().version
	s.at(m.Content.Expires.Add(-time.Second))
	within(t, s.page("/de/"), "Hochwasser in Potsdam")
	s.at(m.Content.Expires)
	front := s.page("/de/")
	within(t, front, "Zurzeit gilt keine Warnung")
	without(t, front, "Hochwasser in Potsdam")
	if s.edition.Load().version == version {
		t.Error("open pages would not hear that the warning expired")
	}
	within(t, s.page("/de/warnings/w1"), "Diese Warnung ist am Mi. 25.11.2026, 15:04 Uhr abgelaufen.", "Hochwasser in Potsdam")
}

func TestRequestsStaySecret(t *testing.T) {
	s := newStation(t)
	s.at(start)
	request := warning.Request{
		Number: 1, Kind: warning.KindAlert, Identifier: "2.49.0.0.276.12.secret.1", Content: flood, At: start,
		Assertions: []operator.Assertion{{Operator: "anna"}},
	}
	s.append(journal.NewEvent(warning.EventRequested, warning.Requested{Warning: "secret", Request: request}))
	s.at(start)
	for _, path := range []string{"/warnings/secret", "/warnings/secret.json", "/warnings/secret/map.svg", "/cap/2.49.0.0.276.12.secret.1.xml"} {
		response := s.get(path)
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %s", path, response.Status)
		}
		without(t, text(t, response), "Hochwasser", "anna")
	}
	for _, path := range []string{"/de/", "/feed.atom", "/warnings.json", "/warnings.geojson"} {
		without(t, s.page(path), "secret", "Hochwasser", "anna")
	}
}

func TestSearch(t *testing.T) {
	s := newStation(t)
	s.alert("w1", flood)
	circle := flood
	circle.Area = geo.Area{Name: "15 km um Cottbus", Circles: []geo.Circle{{Center: geo.Point{Lat: 51.76, Lon: 14.33}, Radius: 15000}}}
	circle.Texts = map[string]warning.Text{"de": {Headline: "Großbrand bei Cottbus", Description: "Rauch.", Instruction: "Fenster zu."}}
	s.alert("w2", circle)
	for query, want := range map[string]string{
		"Potsdam":               "/de/warnings/w1",
		"cottbus":               "/de/warnings/w2",
		"Schwedt":               "Hier gilt zurzeit keine Warnung.",
		"Xyzzyburg":             "Wir kennen keinen Ort, der „Xyzzyburg“ heißt.",
		"<script>":              "„&lt;script&gt;“",
		strings.Repeat("ä", 99): "Wir kennen keinen Ort",
	} {
		request := s.get("/de/?q=" + strings.NewReplacer("ä", "%C3%A4", "<", "%3C", ">", "%3E").Replace(query))
		content := text(t, request)
		_, places, _ := strings.Cut(content, `id="places"`)
		within(t, places, want)
		without(t, content, "<script>")
	}
	within(t, s.page("/de/?q=Potsdam"), `value="Potsdam"`)
	within(t, s.page("/de/?q=+++"), "Es gelten 2 Warnungen")
}

func TestHeadersAndMethods(t *testing.T) {
	s := newStation(t)
	m := s.alert("w1", flood)
	for path, cache := range map[string]string{
		"/": cacheIndex, "/de/": cacheIndex, "/de/list": cacheIndex, "/warnings/w1": cacheIndex, "/warnings/w1.json": cacheIndex,
		"/feed.atom": cacheIndex, "/feed/12054.atom": cacheIndex, "/warnings.json": cacheIndex, "/warnings.geojson": cacheIndex,
		"/map.svg": cacheIndex, "/warnings/w1/map.svg": cacheIndex, "/cap/" + m.Identifier + ".xml": cacheForever,
		"/nowhere": cacheNever, "/healthz": cacheNever,
	} {
		full, head := s.get(path), s.ask(http.MethodHead, path)
		for name, want := range map[string]string{"Cache-Control": cache, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
			if got := full.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if policy := full.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: Content-Security-Policy is %q", path, policy)
		}
		if full.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", path)
		}
		if head.StatusCode != full.StatusCode || head.Header.Get("ETag") != full.Header.Get("ETag") ||
			head.Header.Get("Content-Length") != full.Header.Get("Content-Length") {
			t.Errorf("%s: HEAD %v differs from GET %v", path, head.Header, full.Header)
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
			if response := s.ask(method, path); response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") == "" {
				t.Errorf("%s %s: %s", method, path, response.Status)
			}
		}
	}
	for path, shared := range map[string]bool{"/feed.atom": true, "/warnings.json": true, "/warnings/w1.json": true, "/cap/" + m.Identifier + ".xml": true, "/de/": false} {
		if got := s.get(path).Header.Get("Access-Control-Allow-Origin"); (got == "*") != shared {
			t.Errorf("%s: Access-Control-Allow-Origin is %q", path, got)
		}
	}
	preflight := s.ask(http.MethodOptions, "/feed.atom", "Origin", "https://app.example", "Access-Control-Request-Headers", "if-none-match")
	if preflight.StatusCode != http.StatusNoContent || !strings.Contains(preflight.Header.Get("Access-Control-Allow-Headers"), "If-None-Match") {
		t.Errorf("preflight: %s %v", preflight.Status, preflight.Header)
	}
}

func TestMissingPagesHelp(t *testing.T) {
	s := newStation(t)
	s.at(start)
	for _, path := range []string{"/nowhere", "/warnings/de-bb.20261125.nothing", "/warnings/", "/de/nowhere", "/cap/", "/feed/"} {
		response := s.get(path, "Accept-Language", "de")
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %s", path, response.Status)
		}
		within(t, text(t, response), "Hier ist nichts", path, `href="/de/"`)
	}
	for _, path := range []string{"/cap/none.xml", "/cap/none", "/feed/abc.atom", "/feed/12", "/feed/99.atom"} {
		if response := s.get(path); response.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %s", path, response.Status)
		}
	}
}

func TestExerciseIsMarkedEverywhere(t *testing.T) {
	s := newStation(t, func(o *Options) { o.Authority.Realm = authority.Exercise })
	s.alert("w1", flood)
	for _, path := range []string{"/de/", "/de/warnings/w1", "/de/nowhere"} {
		within(t, text(t, s.get(path)), "<title>ÜBUNG: ", `<p class="exercise"><strong>ÜBUNG.`)
	}
}

func TestHealth(t *testing.T) {
	s := newStation(t)
	if response := s.get("/healthz"); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("before the journal is read: %s", response.Status)
	}
	for _, path := range []string{"/", "/feed.atom", "/events", "/nowhere"} {
		if response := s.get(path); response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
			t.Errorf("GET %s before the journal is read: %s", path, response.Status)
		}
	}
	s.alert("w1", flood)
	var health healthDocument
	if err := json.Unmarshal([]byte(s.page("/healthz")), &health); err != nil || health.Status != "ok" || health.Seq != 1 {
		t.Errorf("health %+v, %v", health, err)
	}
}

func TestMessageThatCannotBeReadIsShown(t *testing.T) {
	s := newStation(t)
	m := s.compose("w1", warning.KindAlert, 1, flood)
	m.CAP = []byte("this was CAP once")
	s.release("w1", m)
	within(t, s.page("/de/"), "Hochwasser in Potsdam", "Meiden Sie das Ufer.", "Potsdam")
	within(t, s.page("/feed.atom"), m.Identifier)
	if got := s.page("/cap/" + m.Identifier + ".xml"); got != string(m.CAP) {
		t.Error("the bytes are not those released")
	}
}
