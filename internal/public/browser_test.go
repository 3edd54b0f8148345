// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// browser is one tab that remembers everything the page complained of.
type browser struct {
	t       *testing.T
	ctx     context.Context
	address string
	mu      sync.Mutex
	faults  []string
}

func openBrowser(t *testing.T, address string) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium on this machine")
	}
	profile, err := os.MkdirTemp("", "tocsin-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(profile) }) // what the browser still writes at its end fails no test
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(profile), chromedp.WSURLReadTimeout(eventually.Patience))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, address: address}
	err = chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *cdplog.EventEntryAdded:
			b.faults = append(b.faults, e.Entry.Text+" "+e.Entry.URL)
		case *runtime.EventExceptionThrown:
			b.faults = append(b.faults, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, eventually.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// visit opens a page at a size and in a colour scheme.
func (b *browser) visit(path string, width int64, scheme string) {
	b.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(width, 640), chromedp.Navigate(b.address+path))
}

// script runs an expression and gives its value.
func script[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, eventually.Patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%.80s: %v", expression, err)
	}
	return value
}

func (b *browser) waitFor(condition string) {
	b.t.Helper()
	if !eventually.Is(func() bool { return script[bool](b, condition) }) {
		b.t.Fatalf("it is not so that %s\n%s", condition, script[string](b, "document.body.innerText"))
	}
}

// check looks for faults that a page may not have: accessibility (axe, all rules),
// sideways scrolling, console errors, breaches of the policy.
func (b *browser) check(name string) {
	b.t.Helper()
	if width, inner := script[int](b, "document.documentElement.scrollWidth"), script[int](b, "innerWidth"); width > inner {
		b.t.Errorf("%s: the page is %d wide in a window of %d", name, width, inner)
	}
	if axe, err := os.ReadFile(filepath.Join("..", "..", "e2e", "testdata", "axe.min.js")); err == nil {
		script[*runtime.RemoteObject](b, string(axe))
		found := script[string](b, "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' ')).join('\\n'))")
		if found != "" {
			b.t.Errorf("%s: axe finds\n%s", name, found)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		b.t.Errorf("%s: %s", name, fault)
	}
	b.faults = nil
}

// keepPicture saves what the page looks like, for people who look.
func (b *browser) keepPicture(name string) {
	b.t.Helper()
	dir := os.Getenv("TOCSIN_ARTIFACTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Error(err)
	}
}

func TestInBrowser(t *testing.T) {
	s, address := live(t)
	b := openBrowser(t, address)

	b.visit("/de/", 360, "light")
	within(t, script[string](b, "document.body.innerText"), "Zurzeit gilt keine Warnung")
	b.check("nothing in force, on a phone")

	// A page left open shows what happens, and keeps what its reader has opened.
	s.send("w1", s.compose("w1", warning.KindAlert, 1, flood))
	b.waitFor(`document.querySelector("#list article h2")?.textContent === "Hochwasser in Potsdam"`)
	within(t, script[string](b, `document.getElementById("news").textContent`), "Es gilt 1 Warnung. Neu: Hochwasser in Potsdam")
	script[bool](b, `document.querySelector("#list details").open = true`)
	fire := flood
	fire.Level = warning.LevelExtreme
	fire.Area = geo.Area{Name: "15 km um Schwarzheide", Circles: []geo.Circle{{Center: geo.Point{Lat: 51.48, Lon: 13.88}, Radius: 15000}}}
	fire.Texts = map[string]warning.Text{"de": {Headline: "Giftige Wolke in Schwarzheide", Description: "Gas tritt aus.", Instruction: "Gehen Sie ins Haus. Schließen Sie die Fenster."}}
	s.send("w2", s.compose("w2", warning.KindAlert, 1, fire))
	b.waitFor(`document.querySelectorAll("#list article").length === 2`)
	if first := script[string](b, `document.querySelector("#list article h2").textContent`); first != "Giftige Wolke in Schwarzheide" {
		t.Errorf("%q stands at the top", first)
	}
	if !script[bool](b, `document.querySelector("#w-w1 details").open`) {
		t.Error("what the reader had opened was closed under their eyes")
	}
	b.check("two warnings, on a phone")

	// The position never leaves the phone.
	lat, lon, accuracy := 51.5, 13.9, 10.0
	if _, err := chromedp.Call(b.ctx, emulation.SetGeolocationOverride,
		emulation.SetGeolocationOverrideParams{Latitude: &lat, Longitude: &lon, Accuracy: &accuracy}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: "geolocation"}, Setting: cdpbrowser.PermissionSettingGranted,
	}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Click(chromedp.CSS("#near")))
	b.waitFor(`document.getElementById("near-answer").innerText.includes("An Ihrem Standort gilt:\n")`)
	within(t, script[string](b, `document.getElementById("near-answer").innerText`), "Giftige Wolke", "kein genauer Umriss", "Hochwasser in Potsdam – Potsdam")

	s.send("w1", s.compose("w1", warning.KindAllClear, 2, allClear()))
	b.waitFor(`document.querySelector("#w-w1").className === "all-clear"`)

	b.visit("/en/?q=Schwarzheide", 1280, "dark")
	script[bool](b, `document.querySelector("details.map").open = true`)
	script[bool](b, `(document.querySelector("details.map img").scrollIntoView(), true)`)
	b.waitFor(`document.querySelector("details.map img").complete && document.querySelector("details.map img").naturalWidth > 0`)
	within(t, script[string](b, `document.getElementById("places").innerText`), "Schwarzheide", "Giftige Wolke")
	b.check("a search with the map, in the dark")
	b.visit("/de/warnings/w1", 360, "dark")
	b.check("a warning's page, in the dark")
	b.visit("/de/warnings/w1", 1280, "light")
	b.check("a warning's page")
	b.visit("/map.svg", 800, "light")
	if fill := script[string](b, `getComputedStyle(document.querySelector(".b")).fill`); fill != "rgb(223, 230, 236)" {
		t.Errorf("the map's style does not apply under its policy: %s", fill)
	}
	b.visit("/warnings/none", 360, "light")
	b.mu.Lock()
	b.faults = nil // the browser notes the 404 itself
	b.mu.Unlock()
	b.check("a page that is missing")
}

func TestPageWeighsLittle(t *testing.T) {
	s := newStation(t)
	for _, id := range strings.Fields("w1 w2 w3 w4 w5 w6") {
		s.alert(id, flood)
	}
	total := 0
	front := s.get("/de/", "Accept-Encoding", "gzip")
	total += len(text(t, front))
	for _, quote := range strings.Split(s.page("/de/"), `"`) {
		if strings.HasPrefix(quote, "/assets/") {
			total += len(text(t, s.get(quote, "Accept-Encoding", "gzip")))
		}
	}
	t.Logf("six warnings, page with script and style: %d bytes over the line", total)
	if total > 50_000 {
		t.Errorf("%d bytes are too many for a bad line", total)
	}
}
