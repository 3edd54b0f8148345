// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/tocsin-alert/tocsin/internal/operator"
)

// room is an author and a releaser, each in a window of their own. The windows
// stay open from test to test: an operator has few keys.
func room(t *testing.T) (author, releaser *tab) {
	t.Helper()
	if desks.author == nil {
		description, staff := people(t)
		browser := chromium(t)
		author, releaser = open(t, browser, "author", description.API), open(t, browser, "releaser", description.API)
		author.signIn(staff[operator.Author])
		author.enrol()
		releaser.signIn(staff[operator.Releaser])
		releaser.enrol()
		desks.author, desks.releaser = author, releaser
	}
	for _, b := range []*tab{desks.author, desks.releaser} {
		b.hand(t)
		b.visit("/console/help")
		script[bool](b, "(sessionStorage.clear(), true)")
	}
	return desks.author, desks.releaser
}

var desks struct{ author, releaser *tab }

// write fills the form for a place from the first template that has a signal.
func (b *tab) write(place string) {
	b.t.Helper()
	b.visit("/console/warnings/new")
	b.waitFor(`document.querySelector("[data-breaks]")`)
	b.fill("#area-search", place)
	b.waitFor(`document.querySelector("[data-hits] button")`)
	b.press(enter)
	b.waitFor(`document.querySelector(".chip")`)
	template := script[string](b, `[...document.querySelectorAll("#template option")].find(o => o.dataset.template && Object.values(JSON.parse(o.dataset.template).levels).some(l => l.signal))?.value ?? ""`)
	if template == "" {
		b.t.Fatal("no template has a siren signal")
	}
	b.choose("#template", template)
	b.complete()
}

// complete takes the level at which the template's signal sounds, and fills the
// blanks that only the author can.
func (b *tab) complete() {
	b.t.Helper()
	script[bool](b, `(() => {
		const change = (f) => f.dispatchEvent(new Event("input", {bubbles: true}));
		const levels = JSON.parse(document.querySelector("#template").selectedOptions[0].dataset.template).levels;
		const level = document.querySelector("input[name=level][value='" + Object.keys(levels).find(l => levels[l].signal) + "']");
		level.checked = true; change(level);
		for (const f of document.querySelectorAll("[name^='blank.']")) { f.value = f.placeholder; change(f); }
		return true })()`)
	b.waitFor(`document.querySelector("[data-breaks='0']") && document.querySelector("#signal").value !== ""`)
}

// request asks for release and gives the warning's id.
func (b *tab) request() string {
	b.t.Helper()
	b.click("[data-request]")
	b.waitFor(`/^\/console\/warnings\/[^/]+$/.test(location.pathname) && !location.pathname.endsWith("/new") && document.querySelector(".chain")`)
	return path.Base(script[string](b, "location.pathname"))
}

// release reads, types and signs.
func (b *tab) release(id string) {
	b.t.Helper()
	b.visit("/console/warnings/" + id + "/release")
	b.waitFor(`document.querySelector("[data-digest-result][data-state=equal]")`)
	b.fill("#confirmation", b.text("#confirmation-hint strong"))
	b.pressRelease()
	b.waitFor(fmt.Sprintf(`location.pathname === "/console/warnings/%s"`, id))
}

// TestWarningFromRequestToAllClear is the whole way, with two people.
func TestWarningFromRequestToAllClear(t *testing.T) {
	author, releaser := room(t)

	releaser.visit("/console/")
	author.write("Cottbus")
	if people := author.text(".effect-number"); people == "0" || people == "" {
		t.Errorf("the consequence in people is %q", people)
	}
	author.check("written")
	id := author.request()
	author.check("requested")
	code := script[string](author, `document.querySelector("#pending-part .since:last-of-type")?.innerText ?? ""`)

	// The releaser's open board shows the request without a reload, with its age.
	releaser.waitFor(`document.querySelector("#waiting-part .needs-you")`)
	releaser.waitFor(`/^\d\d:\d\d$/.test(document.querySelector("[data-since]").innerText)`)
	releaser.waitFor(`document.querySelector("[data-sound-request]")`)
	releaser.check("board-waiting")
	releaser.click("#waiting-part h3 a")
	releaser.waitFor(`document.querySelector("[data-digest-result][data-state=equal]")`)
	releaser.waitFor(`document.querySelector("situation-map[data-ready]")`)
	if got := releaser.text(".code"); len(got) != 6 || code != "" && !strings.Contains(author.text("#pending-part"), got) {
		t.Errorf("the releaser reads code %q, the author %q", got, author.text("#pending-part"))
	}
	releaser.check("release")

	// Something else than area and level does not release, and stays typed.
	releaser.fill("#confirmation", "JA")
	releaser.click("release-form button")
	releaser.waitFor(`document.querySelector("release-form [data-message]").innerText !== "" && !document.querySelector("release-form button").disabled`)
	releaser.expectComplaint("/release")
	if typed := script[string](releaser, `document.querySelector("#confirmation").value`); typed != "JA" {
		t.Errorf("what was typed is gone: %q", typed)
	}
	// Enter and Escape never send.
	releaser.fill("#confirmation", releaser.text("#confirmation-hint strong"))
	releaser.press(enter)
	releaser.press(kb.Escape)
	if at := script[string](releaser, "location.pathname"); !strings.HasSuffix(at, "/release") {
		t.Fatalf("a key has released: the page is now %s", at)
	}
	releaser.release(id)

	// Live counts, then the read-back of what the public gets.
	author.waitFor(`document.querySelector("#channels-part meter")`)
	author.waitFor(`document.querySelectorAll("[data-read-back] li").length === 3`)
	author.waitFor(`document.querySelector("situation-map[data-ready]")`)
	author.check("in-force")
	releaser.visit("/console/")
	releaser.waitFor(`document.querySelector("#in-force-part .level")`)
	releaser.waitFor(`document.querySelector("situation-map[data-ready]")`)
	releaser.check("board-in-force")
	// An update shows what changes, old beside new.
	author.visit("/console/warnings/" + id + "/update")
	author.waitFor(`document.querySelector("[data-breaks='0']")`)
	author.fill("[name='texts.de.headline']", "Aktualisiert: Gefahr in Cottbus dauert an")
	author.waitFor(`document.querySelector("[data-breaks='0']") && document.querySelector(".phone h3").innerText.includes("dauert an")`)
	author.check("update")
	author.request()
	releaser.visit("/console/warnings/" + id + "/release")
	releaser.waitFor(`document.querySelector("ins")?.innerText.includes("Aktualisiert")`)
	releaser.check("release-update")
	releaser.release(id)

	// The all-clear is one click away, prefilled, and names what it ends.
	author.visit("/console/warnings/" + id)
	author.waitFor(`document.querySelector("a[href$='/all-clear']")`)
	author.click("a[href$='/all-clear']")
	author.waitFor(`document.querySelectorAll("#ends-title ~ ol li").length === 2`)
	author.waitFor(`document.querySelector("[data-breaks='0']")`)
	author.check("all-clear")
	author.request()
	releaser.release(id)
	releaser.waitFor(`document.querySelector("#chain-part").innerText.length > 0 && !document.querySelector("a[href$='/all-clear']")`)
	releaser.check("ended")
}

// TestAuthorCannotRelease says which rule, and who could.
func TestAuthorCannotRelease(t *testing.T) {
	author, _ := room(t)
	author.write("Cottbus")
	id := author.request()
	author.visit("/console/warnings/" + id + "/release")
	author.waitFor(`document.querySelector("#sign-title")`)
	if script[bool](author, `document.querySelector("release-form") !== null`) {
		t.Error("the author is offered a release")
	}
	refusal := script[string](author, `document.querySelector("#sign-title").parentElement.innerText`)
	if !strings.Contains(refusal, "Ben Okafor") {
		t.Errorf("the refusal does not name who could: %q", refusal)
	}
	author.check("refused")
}

// TestSendBackAndStop ends requests: with a reason by the releaser, and by anyone on shift.
func TestSendBackAndStop(t *testing.T) {
	description, staff := people(t)
	author, releaser := room(t)
	author.write("Frankfurt (Oder)")
	id := author.request()
	releaser.visit("/console/warnings/" + id + "/release")
	releaser.fill("#refuse-reason", "Das Gebiet ist zu groß.")
	releaser.click("form[action$='/refuse'] button")
	releaser.waitFor(`document.querySelector(".chain")?.innerText.includes("Das Gebiet ist zu groß.")`)
	author.waitFor(`document.querySelector(".chain").innerText.includes("Das Gebiet ist zu groß.")`)

	author.write("Neuruppin")
	id = author.request()
	observer := open(t, author.ctx, "observer", description.API)
	observer.signIn(staff[operator.Observer])
	observer.visit("/console/warnings/" + id)
	observer.fill("#stop-reason", "Falscher Ort.")
	observer.click("form[action$='/stop'] button")
	observer.waitFor(`document.querySelector(".chain")?.innerText.includes("Falscher Ort.")`)
	// Whoever still has the release page open is told.
	observer.check("stopped")
}

// TestChangedUnderTheReader tells a releaser whose page is open.
func TestChangedUnderTheReader(t *testing.T) {
	author, releaser := room(t)
	author.write("Eberswalde")
	id := author.request()
	releaser.visit("/console/warnings/" + id + "/release")
	releaser.waitFor(`document.querySelector("[data-digest-result][data-state=equal]")`)
	author.visit("/console/warnings/" + id + "/revise")
	author.waitFor(`document.querySelector("[data-breaks='0']")`)
	author.fill("[name='texts.de.headline']", "Geändert: Gefahr in Eberswalde")
	author.waitFor(`document.querySelector("[data-breaks='0']") && document.querySelector(".phone h3").innerText.includes("Geändert")`)
	author.request()
	releaser.waitFor(`document.querySelector("main [role=alert] a[href$='/release']")`)
	// Signing the old content is refused, and says so.
	releaser.fill("#confirmation", releaser.text("#confirmation-hint strong"))
	releaser.click("release-form button")
	releaser.waitFor(`!document.querySelector("release-form button").disabled && document.querySelector("release-form [data-message]").innerText.length > 20`)
	releaser.expectComplaint("/release")
	releaser.check("changed")
	author.visit("/console/warnings/" + id)
	author.click("form[action$='/withdraw'] button")
	author.waitFor(`!document.querySelector("form[action$='/withdraw']")`)
}

// TestDrawingByKeyboard sets an area with keys alone.
func TestDrawingByKeyboard(t *testing.T) {
	author, _ := room(t)
	author.visit("/console/warnings/new")
	author.waitFor(`document.querySelector("area-editor[data-ready]")`)
	script[bool](author, `(document.querySelector("[data-draw-start]").focus(), true)`)
	author.press(enter)
	author.waitFor(`document.activeElement.matches("canvas") && document.querySelector("area-editor.drawing")`)
	points := func(n int) {
		author.waitFor(fmt.Sprintf(`document.querySelector("area-editor").dataset.points === "%d"`, n))
	}
	// An arrow moves the map smoothly: what is under the crosshair counts once it rests.
	move := func(key string) {
		script[bool](author, `(document.querySelector("area-editor").removeAttribute("data-resting"), true)`)
		author.press(key)
		author.waitFor(`document.querySelector("area-editor[data-resting]")`)
	}
	author.press(enter)
	points(1)
	move(kb.ArrowRight)
	author.press(enter)
	points(2)
	author.press(kb.Backspace)
	points(1)
	author.press(enter)
	points(2)
	move(kb.ArrowDown)
	author.press(enter)
	points(3)
	author.shot("drawing")
	script[bool](author, `(document.querySelector("[data-draw-finish]").focus(), true)`)
	author.press(enter)
	author.waitFor(`document.querySelector(".chip") && !document.querySelector("area-editor.drawing")`)
	area := script[string](author, `document.querySelector("input[name=area]").value`)
	if !strings.Contains(area, `"polygons":[[`) {
		t.Errorf("the area is %s", area)
	}
	author.waitFor(`document.querySelector(".effect-number").innerText !== "0"`)
	author.check("drawn")
}

// TestNothingTypedIsLost brings a draft back after the page was left.
func TestNothingTypedIsLost(t *testing.T) {
	author, _ := room(t)
	author.write("Cottbus")
	author.fill("[name='texts.de.headline']", "Ein halber Satz")
	author.visit("/console/")
	author.waitFor(`document.querySelector(".board")`)
	author.visit("/console/warnings/new")
	author.waitFor(`!document.querySelector("[data-restored]").hidden && document.querySelector(".chip")`)
	if got := script[string](author, `document.querySelector("[name='texts.de.headline']").value`); got != "Ein halber Satz" {
		t.Errorf("the headline is %q", got)
	}
	author.check("restored")
	author.click("[data-discard]")
	author.waitFor(`document.querySelector("[data-restored]").hidden && !document.querySelector(".chip")`)
}

// TestGermanAndDark switches the language and the theme, and both stay.
func TestGermanAndDark(t *testing.T) {
	author, _ := room(t)
	author.visit("/console/help")
	author.click("button[name=language][value=de]")
	author.waitFor(`document.documentElement.lang === "de" && document.querySelector("h1").innerText === "Hilfe"`)
	author.click("button[name=theme][value=dark]")
	author.waitFor(`document.documentElement.dataset.kernTheme === "dark"`)
	author.visit("/console/")
	author.waitFor(`document.querySelector("situation-map[data-ready]")`)
	author.check("board-german-dark")
	author.visit("/console/warnings/new")
	author.waitFor(`document.querySelector("area-editor[data-ready]")`)
	author.check("compose-german-dark")
}
