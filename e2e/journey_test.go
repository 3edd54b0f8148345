// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tocsin-alert/tocsin/internal/operator"
)

// releaseByPasskey reads, types and signs with a security key.
func (b *tab) releaseByPasskey(id string) {
	b.t.Helper()
	b.visit("/console/warnings/" + id + "/release")
	b.waitFor(`document.querySelector("[data-digest-result][data-state=equal]") && ` + wayIs + `"passkey"`)
	b.fill("#confirmation", b.text("#confirmation-hint strong"))
	b.pressRelease()
	b.waitFor(fmt.Sprintf(`location.pathname === "/console/warnings/%s" && document.querySelector("#chain-part")`, id))
}

// TestWarningThatAnyoneCanCheck is the way of a warning from two people with
// security keys, over the public log and its witnesses, to a person who checks it
// without a network, and to one who was sent a forgery.
func TestWarningThatAnyoneCanCheck(t *testing.T) {
	description, staff, _ := ownStation(t)
	console, public := strings.TrimSuffix(description.Console, "/console/"), strings.TrimSuffix(description.Public, "/")
	browser := chromium(t)
	author, releaser := open(t, browser, "journey-author", console), open(t, browser, "journey-releaser", console)
	for b, role := range map[*tab]operator.Role{author: operator.Author, releaser: operator.Releaser} {
		b.signIn(staff[role])
		b.authenticator(false)
		b.enrolPasskey("green")
	}

	// The page is kept before anything happens.
	saved := write(t, "check.html", get(t, public+"/de/verify.html"))

	author.write("Cottbus")
	author.waitFor(wayIs + `"passkey"`)
	id := author.request()
	releaser.releaseByPasskey(id)

	// The seal rises to A by itself on the open page.
	citizen := open(t, browser, "journey-citizen", public)
	citizen.visit("/de/")
	citizen.waitFor(`document.querySelector(".seal[data-grade=A]")`)
	citizen.check("seal")
	citizen.visit("/de/warnings/" + id)
	citizen.waitFor(`document.querySelector(".seal[data-grade=A]")`)
	copied := script[string](citizen, `[...document.querySelectorAll("article h1, article ol, article p.badge, article > p, article > dl")].map(e => e.innerText).join("\n")`)
	script[bool](citizen, `(document.querySelector(".seal").open = true)`)
	citizen.waitFor(`document.querySelector(".seal img").naturalWidth > 0`)
	citizen.check("code")
	var chain struct {
		Messages []struct{ Identifier string }
	}
	if err := json.Unmarshal(get(t, public+"/warnings/"+id+".json"), &chain); err != nil || len(chain.Messages) != 1 {
		t.Fatalf("the warning has %d messages: %v", len(chain.Messages), err)
	}
	identifier := chain.Messages[0].Identifier
	message, bundle := get(t, public+"/cap/"+identifier+".xml"), get(t, public+"/cap/"+identifier+".tocsin")
	picture := filepath.Join(t.TempDir(), "telephone.png")
	if shot, err := chromedp.Run(citizen.ctx, chromedp.FullScreenshot(100)); err != nil || os.WriteFile(picture, shot, 0o600) != nil {
		t.Fatalf("no screenshot: %v", err)
	}

	// "Check it yourself" leads to the verdict at once.
	citizen.click(`.seal a[href*="/verify#"]`)
	if heading := citizen.verdict("genuine-in-force"); heading != "Echt, und sie gilt" {
		t.Errorf("the heading is %q", heading)
	}
	if said := citizen.text(".verdict"); !strings.Contains(said, "A: steht im öffentlichen Protokoll") || strings.Contains(said, "Schlüssel in einer Datei") {
		t.Errorf("the page says\n%s", said)
	}
	citizen.check("checked")
	// So does what people copy from the warning's page, and with one word more it does not.
	headline := citizen.text(".words blockquote h3")
	citizen.paste(copied)
	citizen.waitFor(`document.querySelector(".comparison h3")`)
	if said := citizen.text(".comparison"); !strings.Contains(said, "Jedes Wort") {
		t.Errorf("of the page's own text the page for checking says\n%s", said)
	}
	citizen.check("copied")
	citizen.paste(headline + " – Entwarnung!")
	citizen.waitFor(`document.querySelector(".verdict h2")?.textContent.startsWith("Echte Warnung, falsche Worte")`)
	if marked := citizen.text(".pasted mark"); marked != "Entwarnung!" {
		t.Errorf("the page marks %q", marked)
	}
	citizen.check("chat")

	// Without a network: the file, the screenshot, and the file with one word changed.
	reader := open(t, browser, "journey-reader", "file://")
	reader.offline()
	reader.visit(saved)
	reader.waitFor(`"ready" in document.body.dataset && document.querySelector("#trusted strong")`)
	reader.give(picture)
	if heading := reader.verdict("genuine-in-force"); !strings.Contains(heading, "nur der Eintrag") {
		t.Errorf("of the screenshot the page says %q", heading)
	}
	reader.fresh()
	reader.give(write(t, identifier+".tocsin", bundle))
	if heading := reader.verdict("genuine-in-force"); heading != "Echt, und sie gilt" {
		t.Errorf("the heading is %q", heading)
	}
	if said := reader.text(".verdict"); !strings.Contains(said, "A: steht im öffentlichen Protokoll") || !strings.Contains(said, headline) {
		t.Errorf("the page says\n%s", said)
	}
	reader.check("genuine")
	forged := bytes.Replace(message, []byte("Cottbus"), []byte("Potsdam"), 1)
	if bytes.Equal(forged, message) {
		t.Fatalf("the message does not name Cottbus:\n%s", message)
	}
	reader.give(write(t, "weitergeleitet.xml", forged))
	if heading := reader.verdict("altered"); heading != "Gefälscht: Der Inhalt wurde verändert" {
		t.Errorf("of the forgery the page says %q", heading)
	}
	if said := reader.text(".differences"); !strings.Contains(said, "Statt „Cottbus") || !strings.Contains(said, "steht hier „Potsdam") {
		t.Errorf("the page does not say which word was changed:\n%s", said)
	}
	reader.check("forged")
	reader.size(360, 640)
	reader.scheme("dark")
	reader.check("forged-phone-dark")

	// With a network the forged file alone is enough: the node has the genuine one.
	citizen.front()
	citizen.fresh()
	citizen.give(write(t, "weitergeleitet.xml", forged))
	citizen.verdict("altered")
	if said := citizen.text(".differences"); !strings.Contains(said, "steht hier „Potsdam") {
		t.Errorf("the page does not say which word was changed:\n%s", said)
	}
	citizen.fresh()
	citizen.give(write(t, "warnung.xml", message))
	citizen.verdict("genuine-in-force")

	// After the all-clear the same file is over, and so is the old screenshot.
	author.visit("/console/warnings/" + id)
	author.waitFor(`document.querySelector("a[href$='/all-clear']")`)
	author.click("a[href$='/all-clear']")
	author.waitFor(`document.querySelector("[data-breaks='0']") && ` + wayIs + `"passkey"`)
	author.request()
	releaser.releaseByPasskey(id)
	citizen.front()
	citizen.visit("/de/warnings/" + id)
	citizen.waitFor(`document.querySelectorAll(".seal[data-grade=A]").length === 2`)
	citizen.visit("/de/verify")
	citizen.waitFor(`"ready" in document.body.dataset`)
	for _, file := range []string{write(t, identifier+".tocsin", bundle), picture} {
		citizen.give(file)
		if heading := citizen.verdict("genuine-ended"); !strings.HasPrefix(heading, "Echt, aber vorbei seit ") {
			t.Errorf("of %s the page says %q", filepath.Base(file), heading)
		}
		citizen.check("ended")
		citizen.fresh()
	}
}
