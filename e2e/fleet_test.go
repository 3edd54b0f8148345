// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"strings"
	"testing"
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
