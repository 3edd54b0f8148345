// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/tocsin-alert/tocsin/internal/console/openid"
	"github.com/tocsin-alert/tocsin/internal/demo"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

// ownStation is a demo node of its own, whose people have no keys in a browser
// yet. It gives the address at which passkeys work, too.
func ownStation(t *testing.T) (demo.Description, map[operator.Role]demo.Operator, string) {
	t.Helper()
	return stationWith(t, nil)
}

// stationWith is the same with a sign-in service.
func stationWith(t *testing.T, service *openid.Config) (demo.Description, map[operator.Role]demo.Operator, string) {
	t.Helper()
	d, err := demo.Start(context.Background(), demo.Options{
		Dir: t.TempDir(), HTTP: "127.0.0.1:0", MQTT: "127.0.0.1:0", Sirens: 3, Seed: 4, SignalSpeed: 20, Words: io.Discard, SignInService: service,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	byRole := map[operator.Role]demo.Operator{}
	for _, person := range d.Description.Operators {
		byRole[person.Role] = person
	}
	return d.Description, byRole, strings.TrimSuffix(d.Description.Console, "/console/")
}

// authenticator gives the window a security key with a PIN that is known; a
// synced one says that its passkeys are copied to other devices.
func (b *tab) authenticator(synced bool) webauthn.AuthenticatorID {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	added, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportUsb,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		DefaultBackupEligibility: synced, DefaultBackupState: synced,
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	return added.AuthenticatorID
}

// unplug takes a security key away.
func (b *tab) unplug(id webauthn.AuthenticatorID) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: id}); err != nil {
		b.t.Fatal(err)
	}
}

// verifies says whether the security key gets its PIN.
func (b *tab) verifies(id webauthn.AuthenticatorID, yes bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: id, IsUserVerified: yes}); err != nil {
		b.t.Fatal(err)
	}
}

// enrolPasskey makes a passkey, and waits until the page lists it.
func (b *tab) enrolPasskey(label string) {
	b.t.Helper()
	b.visit("/console/key")
	b.waitFor(`!document.querySelector("passkey-enrolment button").disabled`)
	b.fill("#passkey-label", label)
	b.press(enter)
	b.waitFor(fmt.Sprintf(`[...document.querySelectorAll("tbody th")].some(th => th.innerText === %q)`, label))
}

// pressRelease presses the button by keyboard once it can be pressed: the browser
// takes no passkey while another window is in front.
func (b *tab) pressRelease() {
	b.t.Helper()
	b.front()
	b.waitFor(`!document.querySelector("[data-release]").disabled`)
	script[bool](b, `(document.querySelector("[data-release]").focus(), true)`)
	b.press(enter)
}

const wayIs = `document.querySelector("signing-way")?.dataset.way === `

// TestReleaseByPasskey is the way of a warning whose two persons sign with
// security keys; and what is said when a key cannot sign.
func TestReleaseByPasskey(t *testing.T) {
	_, staff, base := ownStation(t)
	browser := chromium(t)
	author, releaser := open(t, browser, "passkey-author", base), open(t, browser, "passkey-releaser", base)
	author.signIn(staff[operator.Author])
	if hint := author.text("key-hint"); !strings.Contains(hint, "no key here yet") {
		t.Errorf("nobody says that a key is missing: %q", hint)
	}
	author.authenticator(false)
	author.enrolPasskey("green")
	author.check("enrolled")
	if count := author.text("[data-passkeys]"); count != "You have 1 passkey." {
		t.Errorf("the page counts: %q", count)
	}
	// The same device twice is one device.
	author.fill("#passkey-label", "again")
	author.press(enter)
	author.waitFor(`document.querySelector("passkey-enrolment [data-message]").innerText.includes("on this device already")`)
	author.check("twice")

	releaser.signIn(staff[operator.Releaser])
	blue := releaser.authenticator(false)
	releaser.enrolPasskey("blue")
	author.write("Cottbus")
	author.waitFor(wayIs + `"passkey"`)
	author.check("request-by-passkey")
	id := author.request()

	releaser.visit("/console/warnings/" + id + "/release")
	releaser.waitFor(`document.querySelector("[data-digest-result][data-state=equal]") && ` + wayIs + `"passkey"`)
	if got := releaser.text(".code"); len(got) != 6 {
		t.Errorf("the code is %q", got)
	}
	releaser.fill("#confirmation", releaser.text("#confirmation-hint strong"))
	releaser.verifies(blue, false)
	releaser.pressRelease()
	releaser.waitFor(`document.querySelector("release-form [data-message]").innerText.includes("Nothing was sent") && !document.querySelector("release-form button").disabled`)
	releaser.check("wrong-pin")
	releaser.verifies(blue, true)
	releaser.pressRelease()
	releaser.waitFor(fmt.Sprintf(`location.pathname === "/console/warnings/%s"`, id))
	releaser.waitFor(`document.querySelector("#chain-part")`)
	if page := script[string](releaser, `document.querySelector("main").textContent`); strings.Count(page, "passkey)") != 2 {
		t.Errorf("the page does not say that both signed with passkeys: %q", page)
	}
	author.visit("/console/")
	author.waitFor(`document.querySelector("#in-force-part .level")`)
	author.check("in-force-by-passkey")

	// A synced passkey may ask, and does not release.
	releaser.visit("/console/key")
	script[bool](releaser, `([...document.querySelectorAll("tbody tr")].find(row => row.innerText.includes("blue")).querySelector("form button").click(), true)`)
	releaser.waitFor(`![...document.querySelectorAll("tbody th")].some(th => th.innerText === "blue")`)
	releaser.unplug(blue)
	releaser.authenticator(true)
	releaser.enrolPasskey("cloud")
	if row := releaser.text("tbody"); !strings.Contains(row, "synced passkey") || !strings.Contains(row, "does not release") {
		t.Errorf("the list does not say what a synced passkey may: %q", row)
	}
	releaser.check("synced")
	author.write("Neuruppin")
	id = author.request()
	releaser.visit("/console/warnings/" + id + "/release")
	releaser.waitFor(`document.querySelector("[data-digest-result][data-state=equal]") && ` + wayIs + `"none"`)
	releaser.fill("#confirmation", releaser.text("#confirmation-hint strong"))
	releaser.pressRelease()
	releaser.waitFor(`document.querySelector("release-form [data-message]").innerText.includes("copied to other devices")`)
	releaser.check("synced-refused")

	// At another address the browser has no passkeys for this node.
	elsewhere := open(t, browser, "passkey-elsewhere", strings.Replace(base, "localhost", "127.0.0.1", 1))
	elsewhere.signIn(staff[operator.Releaser])
	elsewhere.visit("/console/key")
	elsewhere.waitFor(fmt.Sprintf(`document.querySelector("passkey-enrolment [data-message]").innerText.includes(%q)`, base))
	elsewhere.check("elsewhere")
}

// TestPasswordResetIsSeen has an administrator reset a password: the next key
// awaits a confirmation, everyone sees it, and an older key gives it.
func TestPasswordResetIsSeen(t *testing.T) {
	description, staff, base := ownStation(t)
	browser := chromium(t)
	ben := staff[operator.Releaser]
	releaser := open(t, browser, "reset-releaser", base)
	releaser.signIn(ben)
	releaser.enrol()

	administrator := open(t, browser, "reset-administrator", description.API)
	administrator.signIn(staff[operator.Administrator])
	administrator.visit("/console/operators")
	administrator.click("form[action='/console/operators/ben'] button[value=password]")
	administrator.waitFor(`document.querySelector(".secret")`)
	ben.Password = administrator.text(".secret")

	releaser.signIn(ben)
	releaser.hand(t) // the reset ended the session: what the open board asked then was refused
	releaser.authenticator(false)
	releaser.enrolPasskey("blue")
	releaser.waitFor(`document.querySelector("key-confirmation button")`)
	releaser.check("awaits")
	administrator.visit("/console/operators")
	administrator.waitFor(`document.querySelector("table").innerText.includes("awaits confirmation")`)
	if script[bool](administrator, `document.querySelector("key-confirmation") !== null`) {
		t.Error("who set the password is offered to confirm the key")
	}
	administrator.check("people-administrator")
	observer := open(t, browser, "reset-observer", description.API)
	observer.signIn(staff[operator.Observer])
	observer.waitFor(`document.querySelector("#trouble-part").innerText.includes("1 key awaits confirmation")`)
	observer.visit("/console/operators")
	observer.waitFor(`document.querySelector("main").innerText.includes("Password set by someone else")`)
	observer.check("people-observer")

	releaser.click("key-confirmation button")
	releaser.waitFor(`!document.querySelector("key-confirmation") && document.querySelector("tbody").innerText.includes("valid")`)
	observer.visit("/console/")
	observer.waitFor(`!document.querySelector("#trouble-part").innerText.includes("awaits confirmation")`)
}
