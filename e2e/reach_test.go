// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/eventually"
)

// TestWhoIsNotReached follows the people who hear no siren: in the form, before
// release, while the sirens sound, and into the rounds of loudspeaker vehicles.
func TestWhoIsNotReached(t *testing.T) {
	author, releaser := room(t)
	author.write("Cottbus")
	author.waitFor(`document.querySelector("[data-hearing] svg") && document.querySelector("[data-hearing] .missed li")`)
	if says := author.text("[data-hearing] p"); !strings.Contains(says, "Not reached: ") || !strings.Contains(says, "people") {
		t.Errorf("before the request: %q", says)
	}
	author.check("who-hears")
	author.size(360, 640)
	author.scheme("dark")
	author.check("who-hears-phone-dark")
	author.size(1280, 720)
	author.scheme("light")
	id := author.request()

	releaser.visit("/console/warnings/" + id + "/release")
	releaser.waitFor(`document.querySelector("[data-hearing] .missed li") && document.querySelector("situation-map[data-unheard-shown]:not([data-unheard-shown='0'])")`)
	releaser.check("who-would-hear")
	releaser.release(id)
	releaser.waitFor(`document.querySelector("[data-reached]") && document.querySelector("[data-reached]").innerText !== "0"`)
	releaser.waitFor(`document.querySelector("situation-map[data-unheard-shown]:not([data-unheard-shown='0'])")`)
	// The map shows the people whom the numbers and the list name.
	unheard := fmt.Sprintf(`fetch("/console/warnings/%s/unheard.json").then(r => r.json()).then(j => j.features.reduce((n, f) => n + f.properties.people, 0))`, id)
	eventually.Holds(t, "the map says what the numbers say", func() bool {
		people := strconv.Itoa(script[int](releaser, unheard))
		digits := strings.NewReplacer(",", "", ".", "")
		return people != "0" && digits.Replace(releaser.text("[data-unreached]")) == people && strings.Contains(digits.Replace(releaser.text("#hearing-part .missed")), people)
	})
	releaser.check("who-heard")
	releaser.size(360, 640)
	releaser.scheme("dark")
	releaser.check("who-heard-phone-dark")
	releaser.size(1280, 720)
	releaser.scheme("light")

	releaser.visit("/console/warnings/" + id + "/rounds?vehicles=3&language=de")
	releaser.waitFor(`document.querySelector(".field-order tbody tr") && document.querySelector("situation-map[data-ready]")`)
	releaser.check("rounds")
	releaser.size(360, 640)
	releaser.scheme("dark")
	releaser.check("rounds-phone-dark")
	releaser.size(1280, 720)
	releaser.scheme("light")
	stops := script[int](releaser, `document.querySelectorAll(".field-order tbody tr").length`)
	route := script[string](releaser, `fetch(document.querySelector("a[href*='rounds.gpx']").href).then(r => r.text())`)
	if n := strings.Count(route, "<rtept "); n != stops || strings.Count(route, "<rte>") != 3 {
		t.Errorf("%d points in the routes of %d stops", n, stops)
	}
	table := script[string](releaser, `fetch(document.querySelector("a[href*='rounds.csv']").href).then(r => r.text())`)
	if n := strings.Count(strings.TrimSpace(table), "\n"); n != stops {
		t.Errorf("%d rows for %d stops", n, stops)
	}
}
