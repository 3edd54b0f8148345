// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/console/openid/openidtest"
	"github.com/tocsin-alert/tocsin/internal/console/pages"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

const (
	serviceLink = "a[href^='/console/sign-in/service']"
	noteIs      = `document.querySelector("main .note")?.innerText.includes(%q)`
)

// toService goes from a page of the console over the sign-in page to the service,
// again where that was not yet asked anew since it answered.
func (b *tab) toService(path string) {
	b.t.Helper()
	b.visit(path)
	b.waitFor(`document.querySelector("` + serviceLink + `")`)
	b.click(serviceLink)
	b.waitFor(`location.pathname === "/login/username" || location.pathname === "/console/sign-in/service" && (location.reload(), false)`)
}

// atService signs in there.
func (b *tab) atService(who openidtest.Person) {
	b.t.Helper()
	b.fill("#username", who.Username)
	b.fill("#password", who.Password)
	b.press(enter)
}

// forgive forgets what pages at such an address complained of.
func (b *tab) forgive(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = slices.DeleteFunc(b.complaints, func(text string) bool { return strings.Contains(text, address) })
}

// TestSignInService has people sign in at a provider, which is down when the node
// starts, comes, and is killed while they work: they release all the same.
func TestSignInService(t *testing.T) {
	browser := chromium(t)
	provider := openidtest.New(t)
	config := provider.Config()
	_, staff, base := stationWith(t, &config)

	releaser := open(t, browser, "service-releaser", base)
	releaser.visit("/console/")
	releaser.waitFor(`document.querySelector("` + serviceLink + `")`)
	releaser.check("sign-in")
	releaser.click(serviceLink)
	releaser.waitFor(fmt.Sprintf(noteIs, "does not answer"))
	releaser.expectComplaint("503")
	releaser.check("not-there")
	// With passwords all goes on; each makes a key before anything else changes.
	releaser.signIn(staff[operator.Releaser])
	releaser.enrol()
	author := open(t, browser, "service-author", base)
	author.signIn(staff[operator.Author])
	author.enrol()

	provider.Start(openidtest.Options{Redirect: base + pages.SignInReturn, People: []openidtest.Person{
		{ID: "7f3a", Username: "anna", Password: "secret of anna"}, {ID: "22d1", Username: "ben", Password: "secret of ben"},
	}})
	administrator := open(t, browser, "service-administrator", base)
	administrator.signIn(staff[operator.Administrator])
	for _, person := range []struct {
		tab       *tab
		role      operator.Role
		subject   string
		knownHere openidtest.Person
	}{
		{author, operator.Author, "7f3a", openidtest.Person{Username: "anna", Password: "secret of anna"}},
		{releaser, operator.Releaser, "22d1", openidtest.Person{Username: "ben", Password: "secret of ben"}},
	} {
		b := person.tab
		b.click("form[action='/console/sign-out'] button")
		b.waitFor(`location.pathname === "/console/sign-in"`)
		b.forgive("?part=") // the page that was left may have asked for news without a session
		b.toService("/console/warnings")
		b.atService(person.knownHere)
		b.waitFor(fmt.Sprintf(noteIs, person.subject))
		b.forgive(config.Issuer)
		b.expectComplaint("403")
		b.check("unknown")

		name := staff[person.role].Name
		administrator.visit("/console/operators")
		administrator.fill("form[action='/console/operators/"+name+"'] [name=subject]", person.subject)
		administrator.click("form[action='/console/operators/" + name + "'] button[value=link]")
		administrator.waitFor(fmt.Sprintf(`location.pathname === "/console/operators/%s" && document.querySelector("form[action='/console/operators/%s'] [name=subject]").value === %q`, name, name, person.subject))

		// The provider knows the browser by now or asks again; both lead back to the
		// page that was wanted, with a session.
		b.toService("/console/warnings")
		b.atService(person.knownHere)
		b.waitFor(`location.pathname === "/console/warnings" && document.querySelector("form[action='/console/sign-out']")`)
		b.forgive(config.Issuer)
		if who := b.text("form[action='/console/sign-out']"); !strings.Contains(who, staff[person.role].FullName) {
			t.Errorf("signed in as %q, not as %s", who, staff[person.role].FullName)
		}
		b.check("signed-in")
	}
	administrator.check("linked")

	provider.Kill()
	author.write("Cottbus")
	id := author.request()
	releaser.visit("/console/warnings/" + id + "/release")
	releaser.waitFor(`document.querySelector("[data-digest-result][data-state=equal]")`)
	releaser.fill("#confirmation", releaser.text("#confirmation-hint strong"))
	releaser.pressRelease()
	releaser.waitFor(fmt.Sprintf(`location.pathname === "/console/warnings/%s" && document.querySelector("#chain-part")`, id))
	releaser.check("released-without-provider")

	late := open(t, browser, "service-late", base)
	late.visit("/console/sign-in")
	late.waitFor(`document.querySelector("` + serviceLink + `")`)
	late.click(serviceLink)
	late.waitFor(fmt.Sprintf(noteIs, "Whoever is signed in already goes on working"))
	late.expectComplaint("503")
	late.check("killed")
}
