// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tocsin-alert/tocsin/internal/eventually"
)

// chromium opens a browser until all tests have run, or skips the test where
// there is none.
func chromium(t *testing.T, flags ...chromedp.ExecAllocatorOption) context.Context {
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
	profile, err := os.MkdirTemp("", "tocsin-e2e-browser-")
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(eventually.Patience), chromedp.UserDataDir(profile), chromedp.WindowSize(1280, 720),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("enable-unsafe-swiftshader", true), chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(options, flags...)...)
	ctx, closing := chromedp.NewContext(ctx)
	cleanups = append(cleanups, func() {
		closing()
		cancel()
		os.RemoveAll(profile)
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// tab is one person's window: its own cookies and keys. It remembers everything
// that its pages complained of.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
	// name stands in the names of screenshots.
	name string

	mu         sync.Mutex
	complaints []string
}

// open opens a window of its own in the browser.
func open(t *testing.T, browser context.Context, name, base string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	cleanups = append(cleanups, cancel)
	b := &tab{ctx: ctx, base: base, name: name}
	b.hand(t)
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	b.size(1280, 720)
	return b
}

// hand gives the window to a test.
func (b *tab) hand(t *testing.T) {
	b.t = t
	b.mu.Lock()
	b.complaints = nil
	b.mu.Unlock()
	t.Cleanup(func() {
		if t.Failed() {
			b.shot("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
		}
	})
}

// listen notes errors on the console, exceptions, and what the content security
// policy refused: all of these come as log entries or exceptions.
func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Source == cdplog.EntrySourceSecurity {
			b.complaints = append(b.complaints, strings.TrimSpace(e.Entry.Text+" "+e.Entry.URL))
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			b.complaints = append(b.complaints, fmt.Sprintf("console.error %s", e.Args[0].Value))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		b.complaints = append(b.complaints, text)
	}
}

// expectComplaint takes one complaint off the list: one that a refusal brings,
// since the browser itself logs each answer above 399.
func (b *tab) expectComplaint(part string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, text := range b.complaints {
		if strings.Contains(text, part) {
			b.complaints = append(b.complaints[:i], b.complaints[i+1:]...)
			return
		}
	}
	b.t.Errorf("%s: expected a complaint about %q, have %q", b.name, part, b.complaints)
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, eventually.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", b.name, err)
	}
}

func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

func (b *tab) scheme(name string) {
	b.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) visit(path string) {
	b.t.Helper()
	b.front()
	b.do(chromedp.Navigate(b.base + path))
}

// front makes the window the one that is looked at: others do not draw.
func (b *tab) front() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, page.BringToFront, cdp.Empty{}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

// fill replaces what a field holds, by typing.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	script[bool](b, fmt.Sprintf(`(() => { const f = document.querySelector(%q); f.focus(); f.select(); return true })()`, selector))
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

func (b *tab) press(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// choose picks an option as a person would: value, and the events that follow.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	script[bool](b, fmt.Sprintf(`(() => { const s = document.querySelector(%q); s.value = %q;
		s.dispatchEvent(new Event("input", {bubbles: true})); s.dispatchEvent(new Event("change", {bubbles: true})); return s.value === %q })()`, selector, value, value))
}

// script runs an expression and gives its value.
func script[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, eventually.Patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %.120s: %v", b.name, expression, err)
	}
	return value
}

// waitFor polls until the page is loaded and the expression is true. A page that
// is just being left counts as not yet.
func (b *tab) waitFor(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, eventually.Patience)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && Boolean(`+condition+`)`))
		if err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.mu.Lock()
			complaints := strings.Join(b.complaints, "\n")
			b.mu.Unlock()
			b.t.Fatalf("%s: not within %s: %s (%v)\n%s\n%s", b.name, eventually.Patience, condition, err, b.text("main [role=alert], main [role=status], h1"), complaints)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// text is what a person can read of an element.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return script[string](b, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector))
}

// shot keeps a screenshot of the whole page.
func (b *tab) shot(name string) {
	dir := os.Getenv("TOCSIN_ARTIFACTS")
	if dir == "" {
		dir = b.t.ArtifactDir()
	}
	ctx, cancel := context.WithTimeout(b.ctx, eventually.Patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, b.name+"-"+name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Logf("screenshot %s: %v", name, err)
	}
}

// check looks for what no page may have: findings of axe, sideways scrolling,
// errors on the console, breaches of the policy. It keeps a screenshot.
func (b *tab) check(name string) {
	b.t.Helper()
	b.front()
	// A map that was opened in the background draws itself now.
	script[bool](b, "new Promise(r => setTimeout(() => requestAnimationFrame(() => r(true)), 300))")
	b.shot(name)
	if width, inner := script[int](b, "document.documentElement.scrollWidth"), script[int](b, "innerWidth"); width > inner {
		b.t.Errorf("%s: the page is %d wide in a window of %d", name, width, inner)
	}
	axe, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
	if err != nil {
		b.t.Fatal(err)
	}
	script[*runtime.RemoteObject](b, string(axe))
	found := script[string](b, `axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
		r.violations.map(v => v.id + ": " + v.help + "\n" + v.nodes.map(n => "  " + n.html + "\n    " + (n.any[0]?.message ?? "")).join("\n")).join("\n"))`)
	if found != "" {
		b.t.Errorf("%s: axe finds\n%s", name, found)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.complaints {
		b.t.Errorf("%s: %s", name, text)
	}
	b.complaints = nil
}

// enter is the Enter key.
const enter = kb.Enter

// flag switches something on in the browser.
func flag(name string) chromedp.ExecAllocatorOption { return chromedp.Flag(name, true) }
