// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/operator"
)

// TestBreakGlass makes a break-glass key, confirms it, opens its envelope and
// releases with it, and looks for it where everyone can see it.
func TestBreakGlass(t *testing.T) {
	_, staff, base := ownStation(t)
	browser := chromium(t)
	administrator, releaser := open(t, browser, "seal-administrator", base), open(t, browser, "seal-releaser", base)
	administrator.signIn(staff[operator.Administrator])
	administrator.enrol()
	administrator.visit("/console/operators")
	administrator.waitFor(`!document.querySelector("break-glass-preparation button").disabled`)
	administrator.fill("#seal-label", "Envelope 1")
	administrator.press(enter)
	administrator.waitFor(`!document.querySelector("[data-sheet]").hidden`)
	number, code := administrator.text("[data-number]"), administrator.text("[data-code]")
	if len(number) != 8 || len(strings.ReplaceAll(code, "-", "")) != 26 {
		t.Fatalf("the sheet says %q and %q", number, code)
	}
	administrator.check("sheet")
	releaser.signIn(staff[operator.Releaser])
	releaser.enrol()
	releaser.visit("/console/operators")
	releaser.waitFor(`document.querySelector("key-confirmation button")`)
	releaser.check("seal-awaits")
	releaser.click("key-confirmation button")
	releaser.waitFor(`!document.querySelector("key-confirmation") && document.querySelector("#seals-title").closest("section").innerText.includes("sealed")`)
	releaser.check("sealed")

	finder := open(t, browser, "seal-finder", base)
	finder.visit("/console/sign-in")
	finder.click("a[href='/console/break-glass']")
	finder.waitFor(`document.querySelector("#code")`)
	finder.fill("#number", number)
	finder.fill("#by", "Ben Okafor")
	finder.fill("#reason", "Security key broken")
	finder.fill("#code", strings.Repeat("0", 26))
	finder.press(enter)
	finder.waitFor(`document.querySelector("[data-message]").innerText.includes("does not fit")`)
	finder.check("wrong-code")
	finder.fill("#code", strings.ToLower(strings.ReplaceAll(code, "-", " ")))
	finder.press(enter)
	finder.waitFor(`location.pathname === "/console/" && document.querySelector("[data-break-glass]")`)
	if banner := finder.text("[data-break-glass]"); !strings.Contains(banner, "Envelope 1") || !strings.Contains(banner, "Ben Okafor") {
		t.Errorf("the banner says %q", banner)
	}
	finder.check("opened")
	observer := open(t, browser, "seal-observer", base)
	observer.signIn(staff[operator.Observer])
	observer.waitFor(`document.querySelector("#trouble-part").innerText.includes("1 break-glass key is open")`)
	observer.check("alarm")

	author := open(t, browser, "seal-author", base)
	author.signIn(staff[operator.Author])
	author.enrol()
	author.write("Cottbus")
	id := author.request()
	finder.visit("/console/warnings/" + id + "/release")
	finder.waitFor(`document.querySelector("[data-digest-result][data-state=equal]") && ` + wayIs + `"break-glass"`)
	finder.fill("#confirmation", finder.text("#confirmation-hint strong"))
	finder.check("release-by-seal")
	finder.pressRelease()
	finder.waitFor(fmt.Sprintf(`location.pathname === "/console/warnings/%s" && document.querySelector("#chain-part")`, id))
	if page := script[string](finder, `document.querySelector("main").textContent`); !strings.Contains(page, "Envelope 1") || !strings.Contains(page, "break-glass key)") {
		t.Errorf("the page does not say what signed: %q", page)
	}

	reader := open(t, browser, "seal-reader", base)
	reader.visit("/log")
	reader.waitFor(`document.querySelector("main").innerText.includes("break-glass key from a sealed envelope")`)
	reader.check("public-log")

	administrator.visit("/console/operators")
	administrator.click("form[action^='/console/operators/break-glass-'] button")
	administrator.waitFor(`document.querySelector("#seals-title").closest("section").innerText.includes("used up")`)
	administrator.check("used-up")
	finder.visit("/console/")
	finder.waitFor(`location.pathname === "/console/sign-in"`)
}
