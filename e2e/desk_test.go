// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/tocsin-alert/tocsin/internal/demo"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

// TestSounds are off until they are switched on, repeat a request until it is
// acknowledged, and say when they are muted.
func TestSounds(t *testing.T) {
	author, releaser := room(t)
	releaser.visit("/console/")
	releaser.waitFor(`document.querySelector("sound-box").dataset.state === "off"`)
	releaser.click("sound-box [data-switch]")
	releaser.waitFor(`document.querySelector("sound-box").dataset.state === "on"`)
	author.write("Cottbus")
	id := author.request()
	releaser.front()
	releaser.waitFor(`!document.querySelector("[data-acknowledge]").hidden`)
	releaser.click("[data-acknowledge]")
	releaser.waitFor(`document.querySelector("[data-acknowledge]").hidden`)
	releaser.click("sound-box [data-switch]")
	releaser.waitFor(`document.querySelector("sound-box").dataset.state === "muted" && document.querySelector("[data-switch]").innerText === "Sounds muted"`)
	releaser.check("muted")
	author.visit("/console/warnings/" + id)
	author.click("form[action$='/withdraw'] button")
	author.waitFor(`!document.querySelector("form[action$='/withdraw']")`)
}

// TestLostConnection is said, with its time, while the page stays.
func TestLostConnection(t *testing.T) {
	browser := chromium(t)
	d, err := demo.Start(context.Background(), demo.Options{
		Dir: t.TempDir(), HTTP: "127.0.0.1:0", MQTT: "127.0.0.1:0", Sirens: 1, Seed: 2, Words: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceFunc(d.Stop)
	t.Cleanup(stop)
	b := open(t, browser, "lost", d.Description.API)
	for _, person := range d.Description.Operators {
		if person.Role == operator.Observer {
			b.signIn(person)
		}
	}
	b.waitFor(`document.querySelector(".board") && document.querySelector("connection-mark").hidden`)
	stop()
	b.waitFor(`!document.querySelector("connection-mark").hidden && document.querySelector("connection-mark").innerText.includes("lost since")`)
	b.shot("connection")
}

// loneliest gives the name of the siren farthest from all others, and where it is
// on the screen: the map opens with its bounds fitted into the window, 16 pixels
// from the edge, in the Mercator projection.
const loneliest = `fetch("/api/v1/sirens").then(r => r.json()).then(({sirens}) => {
	const map = document.querySelector("situation-map"), box = map.querySelector("canvas").getBoundingClientRect();
	const mercator = (lon, lat) => [(lon + 180) / 360, (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360))) / 360];
	const [west, south, east, north] = map.dataset.bounds.split(",").map(Number);
	const [left, bottom] = mercator(west, south), [right, top] = mercator(east, north);
	const scale = Math.min((box.width - 32) / (right - left), (box.height - 32) / (bottom - top));
	const spots = sirens.map(s => { const [x, y] = mercator(s.position.lon, s.position.lat);
		return {name: s.name, x: box.left + box.width / 2 + (x - (left + right) / 2) * scale, y: box.top + box.height / 2 + (y - (top + bottom) / 2) * scale} });
	const room = (a) => Math.min(...spots.filter(b => b !== a).map(b => Math.hypot(a.x - b.x, a.y - b.y)));
	return spots.sort((a, b) => room(b) - room(a))[0] })`

// TestSirenOpensBeside opens a siren by a click on the map, beside it and not over it.
func TestSirenOpensBeside(t *testing.T) {
	author, _ := room(t)
	author.visit("/console/")
	author.waitFor(`document.querySelector("situation-map[data-ready]")`)
	spot := script[struct {
		Name string
		X, Y float64
	}](author, loneliest)
	author.do(chromedp.MouseClickXY(spot.X, spot.Y))
	author.waitFor(`document.activeElement.matches("beside-panel h2")`)
	if got := author.text("beside-panel h2"); got != spot.Name {
		t.Errorf("a click on %s opens %s", spot.Name, got)
	}
	if script[bool](author, `(() => { const a = document.getElementById("beside").getBoundingClientRect(), m = document.querySelector("situation-map").getBoundingClientRect();
		return a.top < m.bottom && a.bottom > m.top && a.left < m.right && a.right > m.left })()`) {
		t.Error("the siren covers the map")
	}
	author.check("beside")
	author.click("[data-close]")
	author.waitFor(`document.getElementById("beside").hidden`)

	author.visit("/console/sirens?q=Potsdam")
	author.waitFor(`document.querySelector("[data-sirens] tr")`)
	if rows := script[int](author, `document.querySelectorAll("[data-sirens] tr").length`); rows > 20 {
		t.Errorf("the filter leaves %d sirens", rows)
	}
}

const foreign = `<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>e2e.foreign.1</identifier><sender>wetter@example.org</sender><sent>2026-11-23T06:00:00+01:00</sent>
<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
<info><language>de-DE</language><category>Met</category><event>STURM</event><responseType>Prepare</responseType>
<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>
<expires>2036-11-24T06:00:00+01:00</expires><senderName>Wetterdienst Beispiel</senderName>
<headline>Amtliche Warnung vor Sturm</headline><description>Es treten Sturmböen auf.</description>
<instruction>Bleiben Sie im Haus.</instruction>
<area><areaDesc>Cottbus</areaDesc><circle>51.7567,14.3357 5</circle></area></info>
</alert>`

// TestProposal is imported, shown with its original, adopted into the form, and dismissed.
func TestProposal(t *testing.T) {
	author, _ := room(t)
	description, staff := people(t)
	request, err := http.NewRequest(http.MethodPost, description.API+"/api/v1/proposals/import?name=e2e.xml", strings.NewReader(foreign))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+staff[operator.Author].Token)
	request.Header.Set("Content-Type", "application/octet-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if response.StatusCode > 299 {
		t.Fatalf("import: %s %s", response.Status, answer)
	}
	author.visit("/console/proposals")
	author.waitFor(`[...document.querySelectorAll("tbody a")].some(a => a.innerText === "Amtliche Warnung vor Sturm")`)
	author.check("proposals")
	author.click("tbody a")
	author.waitFor(`document.querySelector("details pre")?.innerText.includes("e2e.foreign.1")`)
	author.check("proposal")
	script[bool](author, `(document.querySelector("a[href$='/adopt']").click(), true)`)
	author.waitFor(`document.querySelector("[name='texts.de.headline']")?.value === "Amtliche Warnung vor Sturm" && document.querySelector(".chip")`)
	author.check("adopted")
	author.visit("/console/proposals")
	author.click("tbody a")
	author.waitFor(`document.querySelector("#reason")`)
	author.fill("#reason", "Betrifft uns nicht.")
	author.click("form[action$='/dismiss'] button")
	author.waitFor(`!document.querySelector("form[action$='/dismiss']") && document.body.innerText.includes("Betrifft uns nicht.")`)
}

// TestAccounts are opened with a password that is shown once, and disabled.
func TestAccounts(t *testing.T) {
	description, staff := people(t)
	b := open(t, chromium(t), "administrator", description.API)
	b.signIn(staff[operator.Administrator])
	b.visit("/console/operators")
	b.fill("#new-name", "Falsch Geschrieben")
	b.fill("#new-full-name", "Emil Test")
	b.click("input[value=observer]")
	b.click("form[action='/console/operators'] button")
	b.waitFor(`document.querySelector("[role=alert]:not(:empty)")`)
	b.expectComplaint("422")
	if typed := script[string](b, `document.querySelector("#new-full-name").value`); typed != "Emil Test" {
		t.Errorf("what was typed is gone: %q", typed)
	}
	b.fill("#new-name", "emil")
	b.click("form[action='/console/operators'] button")
	b.waitFor(`document.querySelector(".secret")`)
	password := b.text(".secret")
	b.check("account")
	b.visit("/console/operators")
	if strings.Contains(b.text("main"), password) {
		t.Error("the password is shown a second time")
	}
	emil := open(t, b.ctx, "emil", description.API)
	emil.signIn(demo.Operator{Name: "emil", Password: password})
	b.front()
	b.click("form[action='/console/operators/emil'] button[value=disable]")
	b.waitFor(`document.querySelector("form[action='/console/operators/emil'] button[value=enable]")`)
	emil.visit("/console/")
	emil.waitFor(`document.querySelector("#password")`)
}

// TestClock marks a browser whose clock is off, and shows the server's.
func TestClock(t *testing.T) {
	description, staff := people(t)
	b := open(t, chromium(t), "clock", description.API)
	b.signIn(staff[operator.Observer])
	b.waitFor(`document.querySelector(".clock-mark").hidden`)
	late := page.AddScriptToEvaluateOnNewDocumentParams{Source: `{ const now = Date.now; Date.now = () => now.call(Date) + 90000 }`}
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, late); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	b.visit("/console/help")
	b.waitFor(`!document.querySelector(".clock-mark").hidden && /\b(89|90|91) s/.test(document.querySelector(".clock-mark").innerText)`)
	shown := script[string](b, `document.querySelector("server-clock time").innerText.slice(0, 5)`)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var right []string
	for at := begun.Truncate(time.Minute); !at.After(time.Now()); at = at.Add(time.Minute) {
		right = append(right, at.In(berlin).Format("15:04"))
	}
	if !slices.Contains(right, shown) {
		t.Errorf("the clock shows %s at %v", shown, right)
	}
	b.check("differs")
}
