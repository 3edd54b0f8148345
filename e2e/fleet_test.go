// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/operator"
)

// TestSirensAreFoundTestedAndStopped brings a list of sirens in, filters the
// fleet, tests a part of it, sounds and stops it during a warning, and prints what
// a crew has to do at the siren that nothing reaches.
func TestSirensAreFoundTestedAndStopped(t *testing.T) {
	author, releaser := room(t)
	description, staff := people(t)
	admin := open(t, chromium(t), "admin", description.API)
	admin.signIn(staff[operator.Administrator])
	admin.visit("/console/siren-import")
	admin.waitFor(`document.querySelector("#file")`)
	script[bool](admin, `(() => { const files = new DataTransfer();
		files.items.add(new File(["id;name;lat;lon;issi\ne2e-1;Neue Schule;51,7600;14,3400;4711\nx/y;Irgendwo;51,76;14,35;\n"], "liste.csv", {type: "text/csv"}));
		const field = document.querySelector("#file"); field.files = files.files; field.form.requestSubmit(); return true })()`)
	admin.waitFor(`document.querySelectorAll("#result-title ~ .scroll tbody tr").length === 2`)
	admin.check("look")
	script[bool](admin, `(document.querySelector("input[name=digest]").form.requestSubmit(), true)`)
	admin.waitFor(`document.querySelector("#result-title") && !document.querySelector("input[name=digest]")`)
	admin.visit("/console/sirens/e2e-1")
	admin.waitFor(`document.querySelector("h1")?.innerText === "Neue Schule"`)
	admin.check("siren")
	// The other tests share the fleet.
	defer script[bool](admin, `fetch("/api/v1/sirens/e2e-1/remove", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({reason: "test"})}).then(r => r.ok)`)
	admin.visit("/console/siren-tests")
	admin.waitFor(`document.querySelector("input[name=usual]")`)
	script[bool](admin, `(document.querySelector("input[name=usual][value=nightly]").form.requestSubmit(), true)`)
	admin.waitFor(`document.querySelector("form[action$='/nightly/remove']")`)
	admin.size(360, 640)
	admin.check("schedules-phone")
	script[bool](admin, `(document.querySelector("form[action$='/nightly/remove']").requestSubmit(), true)`)
	admin.waitFor(`!document.querySelector("form[action$='/nightly/remove']")`)

	author.visit("/console/sirens?ars=12052&path=mqtt")
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
	releaser.check("warning")
	releaser.visit("/console/warnings/" + id + "/sirens")
	releaser.waitFor(`[...document.querySelectorAll("tbody td")].some(e => e.innerText.includes("MQTT"))`)
	releaser.check("each-siren")
	releaser.visit("/console/warnings/" + id + "/field-order?language=de")
	releaser.waitFor(`document.querySelector(".field-order tbody")?.innerText.includes("33U VT 54448 34551")`)
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
	releaser.waitFor(`document.querySelector("[data-key^=stop-] .counts").innerText.includes("done")`)
	if text := releaser.text("[data-key^=stop-]"); !strings.Contains(text, "Fehlalarm") {
		t.Errorf("the list of orders says %q", text)
	}
	releaser.check("stopped")
	releaser.visit("/console/rogue-alarms")
	releaser.waitFor(`document.querySelector("main ol")`)
	releaser.check("rogues")
}
