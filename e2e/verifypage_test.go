// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"rsc.io/qr"
)

// offline cuts the window off from every network.
func (b *tab) offline() {
	b.t.Helper()
	none := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Offline: true, DownloadThroughput: -1, UploadThroughput: -1}}}
	if _, err := chromedp.Call(b.ctx, network.EmulateNetworkConditionsByRule, none); err != nil {
		b.t.Fatal(err)
	}
}

// setClock stops the clock of the pages that the window opens from now on.
func (b *tab) setClock(now time.Time) {
	b.t.Helper()
	source := fmt.Sprintf("Date.now = () => %d", now.UnixMilli())
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source}); err != nil {
		b.t.Fatal(err)
	}
}

// give chooses files on the page for checking.
func (b *tab) give(files ...string) {
	b.t.Helper()
	for i, file := range files {
		path, err := filepath.Abs(file) // others the browser cannot read
		if err != nil {
			b.t.Fatal(err)
		}
		files[i] = path
	}
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), files))
}

// paste puts a text into the page's field and has it checked.
func (b *tab) paste(text string) {
	b.t.Helper()
	script[bool](b, fmt.Sprintf(`((document.querySelector("#text").value = %q), true)`, text))
	b.click("#paste button")
}

// verdict waits for the next verdict that the page gives, and returns its heading.
func (b *tab) verdict(result string) string {
	b.t.Helper()
	b.waitFor(fmt.Sprintf(`[...document.querySelectorAll(".verdict details dd")].some(dd => dd.textContent === %q)`, result))
	return b.text(".verdict h2")
}

// fresh takes back what was checked before.
func (b *tab) fresh() {
	b.t.Helper()
	script[bool](b, `(document.querySelectorAll("#handed button").forEach(() => document.querySelector("#handed button").click()), true)`)
	b.waitFor(`!document.querySelector(".verdict") && !document.querySelector("#handed li")`)
}

// write keeps a file for a test.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// get fetches what a node serves.
func get(t *testing.T, address string) []byte {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, response.Status, err)
	}
	return body
}

// savedPage opens the page that a node gives to be kept, as a file and without a
// network, at the time of the forgery suite and with its trust file.
func savedPage(t *testing.T, name, language string) *tab {
	t.Helper()
	description, _ := people(t)
	path := write(t, "check.html", get(t, strings.TrimSuffix(description.Public, "/")+"/"+language+"/verify.html"))
	b := open(t, chromium(t), name, "file://")
	b.offline()
	b.setClock(time.Date(2026, 11, 23, 13, 10, 0, 0, time.UTC))
	b.visit(path)
	b.believe()
	return b
}

// reopen opens the page anew: it remembers the trees that it saw, and the logs of
// the suite are many that contradict each other.
func (b *tab) reopen() {
	b.t.Helper()
	b.do(chromedp.Reload())
	b.believe()
}

// believe gives the page the trust file of the suite.
func (b *tab) believe() {
	b.t.Helper()
	b.waitFor(`"ready" in document.body.dataset && document.querySelector("#trusted strong")`)
	b.give(filepath.Join("..", "tlog", "testdata", "trust.json"))
	b.waitFor(`document.querySelector("#trusted").textContent.includes("Kreis Example")`)
}

// files are those that a person would have of a vector.
func (v vector) files(t *testing.T) []string {
	t.Helper()
	var files []string
	switch {
	case v.Short != nil:
		files = append(files, write(t, "code.bin", v.Short))
	default:
		files = append(files, write(t, "warning.tocsin", v.Bundle))
	}
	if v.Message != nil {
		files = append(files, write(t, "warning.xml", v.Message))
	}
	return files
}

func named(t *testing.T, name string) vector {
	t.Helper()
	all := suite(t)
	i := slices.IndexFunc(all, func(v vector) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("the suite has no %s", name)
	}
	return all[i]
}

// The saved page names every forgery of the suite that needs neither another time
// nor the state of an audit, without a network.
func TestSavedPageNamesForgeries(t *testing.T) {
	b := savedPage(t, "saved", "en")
	checked := 0
	for _, v := range suite(t) {
		if v.Keys || v.MaxAge > 0 || v.Seen != nil || !v.Now.Equal(time.Date(2026, 11, 23, 13, 10, 0, 0, time.UTC)) {
			continue
		}
		want := string(v.Want.Result)
		// What is no XML at all is a text, and its words are compared.
		if v.Name == "not-xml" {
			want = "genuine-in-force"
		}
		b.reopen()
		b.give(v.files(t)...)
		heading := b.verdict(want)
		if heading == "" || strings.Contains(heading, "verify.") || b.text(".verdict .do") == "" {
			t.Errorf("%s: the page says %q, %q", v.Name, heading, b.text(".verdict .do"))
		}
		checked++
	}
	t.Logf("%d forgeries and genuine warnings", checked)
	if checked < 20 {
		t.Errorf("only %d vectors fit", checked)
	}
}

// What people meet most, on a saved page in German, as they see it.
func TestSavedPageInPlainWords(t *testing.T) {
	b := savedPage(t, "plain", "de")
	looks := []struct {
		vector, heading string
		holds           []string
	}{
		{"genuine", "Echt, und sie gilt", []string{"Tun Sie, was die Warnung sagt", "Hochwasser an der Nuthe", "Kreis Example", "A: steht im öffentlichen Protokoll"}},
		{"altered-word", "Gefälscht: Der Inhalt wurde verändert", []string{"Diese Wörter sind anders", "Statt „"}},
		{"altered-word-alone", "Gefälscht: Der Inhalt wurde verändert", []string{"(.tocsin)"}},
		{"exercise", "Echt, aber eine Übung", []string{"Es besteht keine Gefahr"}},
		{"genuine-ended", "Echt, aber vorbei seit 23. November 2026", []string{"gilt nicht mehr"}},
		{"genuine-replaced", "Echt, aber durch eine neuere Meldung ersetzt", nil},
		{"unknown-log", "Von keiner Behörde, der Sie vertrauen", []string{"Vertrauensdatei"}},
		{"lookalike-sender", "Nicht belegt: Es gibt keinen Nachweis", []string{"zum Verwechseln ähnlich", "leitstelle@kreis.example"}},
		{"genuine-short-alone", "Echt, und sie gilt – geprüft ist nur der Eintrag, nicht die Worte", []string{"Teilweise geprüft"}},
		{"phished-passkey", "Eine Unterschrift unter der Freigabe ist ungültig", []string{"Fehler der Behörde"}},
	}
	for _, look := range looks {
		v := named(t, look.vector)
		b.give(v.files(t)...)
		if heading := b.verdict(string(v.Want.Result)); !strings.HasPrefix(heading, look.heading) {
			t.Errorf("%s: the heading is %q, want %q", look.vector, heading, look.heading)
		}
		for _, part := range look.holds {
			if said := b.text(".verdict"); !strings.Contains(said, part) {
				t.Errorf("%s: the verdict does not say %q:\n%s", look.vector, part, said)
			}
		}
		if !script[bool](b, `document.activeElement === document.querySelector(".verdict h2")`) {
			t.Errorf("%s: the verdict is not where the reader is", look.vector)
		}
		b.check(look.vector)
		b.size(360, 640)
		b.scheme("dark")
		b.check(look.vector + "-phone-dark")
		b.size(1280, 720)
		b.scheme("light")
		b.fresh()
	}
}

// A QR code in a screenshot, and words beside it.
func TestQRCodeBesideWords(t *testing.T) {
	b := savedPage(t, "code", "en")
	short := named(t, "genuine-short-alone").Short
	code, err := qr.Encode(string(short), qr.L)
	if err != nil {
		t.Fatal(err)
	}
	b.give(write(t, "screenshot.png", screenshot(t, code)))
	if heading := b.verdict("genuine-in-force"); heading != "Genuine, and in force – only the entry was checked, not the words" {
		t.Errorf("the heading is %q", heading)
	}
	b.check("screenshot")

	// Words beside the code, without the message: nobody can say.
	b.paste("Hochwasser an der Nuthe. Bleiben Sie zu Hause, es ist nichts.")
	b.waitFor(`document.querySelector(".verdict h2")?.textContent.includes("the words beside it were not checked")`)
	b.check("words-unchecked")

	// With the warning's file, the page says which words are not in it.
	b.give(write(t, "warning.tocsin", named(t, "genuine").Bundle))
	b.paste("HOCHWASSER an der Nuthe!\nDer Pegel steigt bis zum Abend um drei Meter. Verlassen Sie nicht die Uferstraße.")
	b.waitFor(`document.querySelector(".verdict h2")?.textContent.includes("false words")`)
	if marked := script[string](b, `[...document.querySelectorAll(".pasted mark")].map(m => m.textContent).join("|")`); marked != "drei|nicht" {
		t.Errorf("the page marks %q", marked)
	}
	if missing := b.text(".pasted del"); missing != "einen" {
		t.Errorf("the page misses %q", missing)
	}
	b.check("false-words")
	b.size(360, 640)
	b.scheme("dark")
	b.check("false-words-phone-dark")

	b.paste("Verlassen Sie die Uferstraße. Der Pegel steigt bis zum Abend um einen Meter.")
	b.waitFor(`document.querySelector(".verdict h2")?.textContent === "Genuine, and in force" && document.querySelector(".comparison h3")`)
	if said := b.text(".comparison h3"); !strings.Contains(said, "Every word") {
		t.Errorf("of the genuine words the page says %q", said)
	}
}

// What people and forgers make of a warning's words: marked is what is not the
// warning's, missing what they left out of its sentences.
func TestTextsOfAWarning(t *testing.T) {
	b := savedPage(t, "texts", "de")
	b.give(write(t, "warning.tocsin", named(t, "genuine").Bundle))
	b.verdict("genuine-in-force")
	for _, c := range []struct{ name, text, marked, missing string }{
		{"all of it", "Hochwasser an der Nuthe\nDer Pegel steigt bis zum Abend um einen Meter.\nVerlassen Sie die Uferstraße.\nUferstraße", "", ""},
		{"in another order, in other letters", "verlassen sie die UFERstraße! hochwasser AN der Nuthe", "", ""},
		{"numbered, with what pages add", "1. Verlassen Sie die Uferstraße.\nWo: Uferstraße\nBis: Mo. 23.11.2026, 20:00 Uhr\nGefahr", "", ""},
		{"a later time", "Verlassen Sie die Uferstraße.\nBis: Mo. 23.11.2026, 22:00 Uhr", "Mo.|22:00 Uhr", ""},
		{"another danger", "Verlassen Sie die Uferstraße. Entwarnung!", "Entwarnung!", ""},
		{"a word more", "Verlassen Sie nicht die Uferstraße.", "nicht", ""},
		{"a word less", "Der Pegel steigt um einen Meter.", "", "bis zum Abend"},
		{"another word", "Der Pegel sinkt bis zum Abend um einen Meter.", "sinkt", "steigt"},
		{"the end cut off", "Der Pegel steigt bis zum Abend.", "", "um einen Meter."},
		{"the beginning cut off", "zum Abend um einen Meter", "", "Der Pegel steigt bis"},
		{"a letter that only looks the same", "Verlassen Sie diе Uferstraße.", "diе", "die"},
		{"a letter that nobody sees", "Verlassen Sie die Ufer\u200bstraße.", "Ufer\u200bstraße.", "Uferstraße."},
		{"words of the warning in a sentence of one's own", "An der Nuthe ist alles gut, Sie bleiben.", "ist alles gut, Sie bleiben.", "Hochwasser"},
	} {
		script[bool](b, `(document.querySelector("#result").replaceChildren(), true)`)
		b.paste(c.text)
		b.waitFor(`document.querySelector(".comparison")`)
		join := func(tag string) string {
			return script[string](b, `[...document.querySelectorAll(".pasted `+tag+`")].map(m => m.textContent).join("|")`)
		}
		if marked, missing := join("mark"), join("del"); marked != c.marked || missing != c.missing {
			t.Errorf("%s: the page marks %q and misses %q, want %q and %q", c.name, marked, missing, c.marked, c.missing)
		}
		if bad := script[bool](b, `document.querySelector(".verdict").classList.contains("no")`); bad != (c.marked+c.missing != "") {
			t.Errorf("%s: the verdict is %q", c.name, b.text(".verdict h2"))
		}
	}
}

// screenshot draws a telephone's screen with a code on it: small, off the middle,
// on a grey ground, with other things around it.
func screenshot(t *testing.T, code *qr.Code) []byte {
	t.Helper()
	screen := image.NewRGBA(image.Rect(0, 0, 1080, 2340))
	draw.Draw(screen, screen.Bounds(), image.NewUniform(color.Gray{0xee}), image.Point{}, draw.Src)
	for y := 100; y < 1100; y += 60 { // lines of a text
		draw.Draw(screen, image.Rect(60, y, 500+y*37%500, y+24), image.NewUniform(color.Gray{0x44}), image.Point{}, draw.Src)
	}
	code.Scale = 6
	drawn := code.Image()
	at := image.Pt(90, 1240)
	draw.Draw(screen, drawn.Bounds().Add(at), drawn, drawn.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, screen); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// The page that a node serves: its own trust file, its policy, and the camera.
func TestVerifyPageServed(t *testing.T) {
	description, _ := people(t)
	base := strings.TrimSuffix(description.Public, "/")
	response, err := http.Get(base + "/en/verify")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := response.Header.Get("Permissions-Policy"); !strings.Contains(got, "camera=(self)") {
		t.Errorf("the page may not ask for the camera: %q", got)
	}
	if front, err := http.Get(base + "/en/"); err != nil || !strings.Contains(front.Header.Get("Permissions-Policy"), "camera=()") {
		t.Errorf("the front page may ask for the camera, or %v", err)
	}
	code, err := qr.Encode(string(named(t, "genuine-short-alone").Short), qr.L)
	if err != nil {
		t.Fatal(err)
	}
	browser := chromium(t, flag("use-fake-device-for-media-stream"), flag("use-fake-ui-for-media-stream"),
		chromedp.Flag("use-file-for-fake-video-capture", write(t, "camera.y4m", film(code))),
		chromedp.Flag("host-resolver-rules", "MAP warnung.example 127.0.0.1"))
	b := open(t, browser, "served", base)
	b.setClock(time.Date(2026, 11, 23, 13, 10, 0, 0, time.UTC))
	b.visit("/en/verify")
	b.waitFor(`document.querySelector("#trusted strong")`)
	if trusted := b.text("#trusted"); !strings.Contains(trusted, "Brandenburg") {
		t.Errorf("the page believes %q", trusted)
	}
	b.check("start")
	b.believe()
	b.click("#scan")
	b.waitFor(`document.querySelector(".verdict h2")?.textContent.startsWith("Genuine, and in force")`)
	b.expectComplaint("404") // this node has no such message
	if script[bool](b, `document.querySelector("video").srcObject !== null`) {
		t.Error("the camera is still on")
	}
	b.check("camera")

	// Dropped, not chosen.
	b.fresh()
	script[bool](b, fmt.Sprintf(`(() => { const t = new DataTransfer(); t.items.add(new File([Uint8Array.from(atob(%q), c => c.charCodeAt(0))], "w.tocsin"));
		document.dispatchEvent(new DragEvent("drop", {dataTransfer: t, bubbles: true, cancelable: true})); return true })()`, base64.StdEncoding.EncodeToString(named(t, "own-key").Bundle)))
	b.verdict("bad-checkpoint")
	b.expectComplaint("404")

	// A text that is nobody's, and a link to somebody who looks like us.
	b.fresh()
	b.paste("Sofort alle raus aus der Stadt, der Deich ist gebrochen, weiterleiten!")
	if heading := b.verdict("nothing-like-it"); heading != "This authority has no such warning" {
		t.Errorf("the heading is %q", heading)
	}
	b.check("nothing-like-it")
	b.paste("https://warnung-brandenburg.example/cap/x.xml")
	if heading := b.verdict("elsewhere"); !strings.HasSuffix(heading, "warnung-brandenburg.example") {
		t.Errorf("the heading is %q", heading)
	}
	b.check("elsewhere")

	// Without encryption the browser checks nothing, and the page says what to do.
	plain := open(t, browser, "insecure", strings.Replace(strings.Replace(base, "localhost", "warnung.example", 1), "127.0.0.1", "warnung.example", 1))
	plain.visit("/en/verify")
	plain.waitFor(`!document.querySelector("#cannot").hidden`)
	if said := plain.text("#cannot"); !strings.Contains(said, "not encrypted") {
		t.Errorf("the page says %q", said)
	}
	plain.expectComplaint("Cross-Origin-Opener-Policy")
	plain.check("insecure")
}

// film is a video of a code that is held into a camera.
func film(code *qr.Code) []byte {
	const width, height, scale = 1280, 960, 6
	frame := bytes.Repeat([]byte{0xa0}, width*height)
	side := (code.Size + 8) * scale
	left, top := (width-side)/2, (height-side)/2
	for y := range side {
		for x := range side {
			shade := byte(0xf0)
			if code.Black(x/scale-4, y/scale-4) {
				shade = 0x18
			}
			frame[(top+y)*width+left+x] = shade
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n", width, height)
	for range 3 {
		out.WriteString("FRAME\n")
		out.Write(frame)
		out.Write(bytes.Repeat([]byte{0x80}, width*height/2))
	}
	return out.Bytes()
}
