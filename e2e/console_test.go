// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/operator"
)

// TestEveryPage looks at each page of the console in the light and in the dark, at
// the width of a telephone and at 200 % zoom of a 1280 by 720 screen.
func TestEveryPage(t *testing.T) {
	description, staff := people(t)
	browser := chromium(t)
	b := open(t, browser, "page", description.API)
	b.visit("/console/")
	b.waitFor(`document.querySelector("#password")`)
	b.check("sign-in")
	b.signIn(staff[operator.Administrator])
	b.enrol()
	looks := []struct{ name, path, ready string }{
		{"board", "/console/", `document.querySelector("situation-map[data-ready]")`},
		{"warnings", "/console/warnings", `document.querySelector("h1")`},
		{"compose", "/console/warnings/new", `document.querySelector("area-editor[data-ready]") && document.querySelector("[data-breaks]")`},
		{"sirens", "/console/sirens", `document.querySelector("situation-map[data-ready]")`},
		{"siren", "", `document.querySelector("signal-preview")`},
		{"proposals", "/console/proposals", `document.querySelector("h1")`},
		{"operators", "/console/operators", `document.querySelector("table")`},
		{"key", "/console/key", `document.querySelector("[data-key-state]").textContent`},
		{"help", "/console/help", `document.querySelector("kbd")`},
	}
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			b.t = t
			b.size(1280, 720)
			b.scheme("light")
			if look.path == "" {
				b.visit("/console/sirens")
				look.path = script[string](b, `document.querySelector("[data-sirens] a").getAttribute("href")`)
			}
			b.visit(look.path)
			b.waitFor(look.ready)
			b.check(look.name)
			b.size(640, 360)
			b.check(look.name + "-zoomed")
			b.size(360, 640)
			b.scheme("dark")
			b.visit(look.path)
			b.waitFor(look.ready)
			b.check(look.name + "-phone-dark")
		})
	}
	b.t = t
	b.size(1280, 720)
	b.visit("/console/nowhere")
	b.expectComplaint("404")
	b.check("missing")
}

// TestWithoutWebGL finds everything in lists, and areas by name and coordinates.
func TestWithoutWebGL(t *testing.T) {
	description, staff := people(t)
	browser := chromium(t, flag("disable-3d-apis"))
	b := open(t, browser, "nowebgl", description.API)
	b.signIn(staff[operator.Author])
	b.waitFor(`document.querySelector("situation-map.without-map")`)
	if !strings.Contains(b.text("situation-map"), "WebGL") {
		t.Error("the board does not say why there is no map")
	}
	b.check("board")
	b.visit("/console/warnings/new")
	b.waitFor(`document.querySelector("area-editor.without-map")`)
	b.fill("#area-search", "Potsdam")
	b.waitFor(`document.querySelector("[data-hits] button")`)
	b.press(enter)
	b.waitFor(`document.querySelector(".chip")`)
	script[bool](b, `document.querySelector("area-editor details").open = true`)
	b.fill("#area-center", "52,40 13,06")
	b.fill("#area-radius", "2,5")
	b.click("[data-add-circle]")
	b.waitFor(`document.querySelectorAll(".chip").length === 2`)
	area := script[string](b, `document.querySelector("input[name=area]").value`)
	if !strings.Contains(area, `"radius":2500`) || !strings.Contains(area, `"ars"`) && !strings.Contains(area, `"circles"`) {
		t.Errorf("the area is %s", area)
	}
	b.check("compose")
}
