// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/operator"
)

// TestSirensAreFoundTestedAndStopped filters the fleet, tests a part of it, sounds
// and stops it during a warning, and prints what a crew has to do.
func TestSirensAreFoundTestedAndStopped(t *testing.T) {
	author, releaser := room(t)

	author.visit("/console/sirens?ars=12052")
	author.waitFor(`document.querySelector("[data-sirens] tr") && document.querySelector("situation-map[data-ready]")`)
	author.check("fleet")
	author.click(`a[href^="/console/siren-tests?"]`)
	author.waitFor(`document.querySelector("#scope-chosen:checked")`)
	author.check("tests")
	author.click("form[action='/console/siren-tests'] button")
	author.waitFor(`location.pathname.startsWith("/console/siren-tests/") && document.querySelector("#numbers-title")?.innerText === "ended"`)
	author.check("test")

	author.write("Cottbus")
	id := author.request()
	releaser.front()
	releaser.release(id)
	releaser.waitFor(`document.querySelector("#channels-part a[href$='/sirens']")`)
	releaser.visit("/console/warnings/" + id + "/sirens")
	releaser.waitFor(`[...document.querySelectorAll("tbody td")].some(e => e.innerText.includes("MQTT"))`)
	releaser.check("each-siren")
	releaser.visit("/console/warnings/" + id + "/field-order?language=de")
	releaser.waitFor(`document.querySelector("h1").innerText === "Auftrag für Kräfte vor Ort"`)
	releaser.check("field-order")

	releaser.visit("/console/stops?warning=" + id)
	releaser.waitFor(`document.querySelector("#confirmation")`)
	releaser.check("stop")
	releaser.size(360, 640)
	releaser.scheme("dark")
	releaser.check("stop-phone-dark")
	releaser.size(1280, 720)
	releaser.scheme("light")
	releaser.fill("#reason", "Fehlalarm")
	releaser.fill("#confirmation", "Potsdam 2")
	releaser.press(enter)
	releaser.waitFor(`document.querySelector("main [role=alert]")`)
	releaser.expectComplaint("422")
	releaser.fill("#confirmation", releaser.text("#confirmation-hint strong"))
	releaser.press(enter)
	releaser.waitFor(`location.search === "" && document.querySelector("[data-key^=stop-]")`)
	releaser.waitFor(`/[1-9]/.test(document.querySelector("[data-key^=stop-] .counts").innerText) && document.querySelector("[data-key^=stop-] .counts").innerText.includes("done")`)
	if text := releaser.text("[data-key^=stop-]"); !strings.Contains(text, "Fehlalarm") {
		t.Errorf("the list of orders says %q", text)
	}
	releaser.check("stopped")
	releaser.visit("/console/rogue-alarms")
	releaser.waitFor(`document.querySelector("main ol")`)
	releaser.check("rogues")
}

// TestAListOfSirensIsLookedAtAndTaken brings a list in by the page: first what it
// would change, then the change.
func TestAListOfSirensIsLookedAtAndTaken(t *testing.T) {
	description, staff := people(t)
	b := open(t, chromium(t), "import", description.API)
	b.signIn(staff[operator.Administrator])
	b.visit("/console/siren-import")
	b.waitFor(`document.querySelector("#file")`)
	script[bool](b, `(() => { const files = new DataTransfer();
		files.items.add(new File(["id;name;lat;lon;issi\ne2e-1;Neue Schule;51,7600;14,3400;4711\nx/y;Irgendwo;51,76;14,35;\n"], "liste.csv", {type: "text/csv"}));
		const field = document.querySelector("#file"); field.files = files.files; field.form.requestSubmit(); return true })()`)
	b.waitFor(`document.querySelectorAll("#result-title ~ .scroll tbody tr").length === 2`)
	b.check("look")
	script[bool](b, `(document.querySelector("input[name=digest]").form.requestSubmit(), true)`)
	b.waitFor(`document.querySelector("#result-title") && !document.querySelector("input[name=digest]")`)
	b.check("taken")
	b.visit("/console/sirens/e2e-1")
	b.waitFor(`document.querySelector("h1")?.innerText === "Neue Schule"`)
	b.check("siren")
	b.visit("/console/siren-tests")
	b.waitFor(`document.querySelector("input[name=usual]")`)
	b.check("schedules")
	script[bool](b, `(document.querySelector("input[name=usual][value=nightly]").form.requestSubmit(), true)`)
	b.waitFor(`document.querySelector("form[action$='/nightly/remove']")`)
	b.size(360, 640)
	b.check("schedules-phone")
	script[bool](b, `(document.querySelector("form[action$='/nightly/remove']").requestSubmit(), true)`)
	b.waitFor(`!document.querySelector("form[action$='/nightly/remove']")`)
}
