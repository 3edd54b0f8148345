// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// Every warning says what stands behind it, on the front page and on its own, in
// both languages; no name of a person is there.
func TestSealSaysWhatStandsBehindAWarning(t *testing.T) {
	o := newOffice(t)
	o.at(o.clock)
	m := o.release("w1", warning.KindAlert, 1, flood)
	index, _ := o.tree.Message(m.Identifier)
	place := func(tag string) string { return map[string]string{"de": "Eintrag %d", "en": "entry %d"}[tag] }
	signed := map[string][]string{
		"de": {"in der Rolle Verfassen vorgelegt (Softwareschlüssel)", "in der Rolle Freigeben freigegeben (Softwareschlüssel)", "Mi. 25.11.2026, 11:04 Uhr"},
		"en": {"asked for in the role of Author (software key)", "released in the role of Releaser (software key)", "Wed 25 November 2026, 11:04"},
	}
	shows := func(word map[string]string, more ...string) {
		t.Helper()
		for _, tag := range languages {
			for _, path := range []string{"/" + tag + "/", "/" + tag + "/warnings/w1"} {
				page := o.page(path)
				within(t, page, append(append([]string{word[tag]}, signed[tag]...), append([]string{fmt.Sprintf(place(tag), index)}, more...)...)...)
				without(t, page, "anna", "ben<", "ben;")
			}
		}
	}
	shows(map[string]string{"de": "Siegel folgt", "en": "Seal to follow"})
	version := o.edition.Load().version

	o.sign()
	links := []string{formPath(m.Identifier, formCode), "/verify#" + m.Identifier, formPath(m.Identifier, formBundle), formPath(m.Identifier, formProof), testOrigin}
	shows(map[string]string{"de": "Siegel B: steht im öffentlichen Protokoll", "en": "Seal B: in the public log"}, links...)
	if o.edition.Load().version == version {
		t.Error("the seal rose, and open pages do not learn of it")
	}

	o.cosign(2)
	shows(map[string]string{"de": "Siegel A: steht im öffentlichen Protokoll, unabhängige Zeugen", "en": "Seal A: in the public log, and independent witnesses"}, append(links, "witness.press.example, witness.school.example")...)
	for _, link := range append(links[:4], "/en/log/entries/"+strconv.FormatInt(index, 10)) {
		path, _, _ := strings.Cut(link, "#")
		o.page(path)
	}
	within(t, o.page("/en/"), `href="/en/log/entries/`+strconv.FormatInt(index, 10)+`"`)
}

// While the log's signer is away the node vouches for a message by itself, and says
// that this is less.
func TestSealWhileTheSignerIsAway(t *testing.T) {
	o := newOffice(t)
	o.at(o.clock)
	m := o.release("w1", warning.KindAlert, 1, flood)
	bundle, proof, code := formPath(m.Identifier, formBundle), formPath(m.Identifier, formProof), formPath(m.Identifier, formCode)
	verdict := func() tlog.Verdict {
		t.Helper()
		b, err := tlog.ParseBundle([]byte(o.page(bundle)))
		if err != nil {
			t.Fatal(err)
		}
		return tlog.Verify(b, o.trust, tlog.Options{Now: o.clock})
	}
	o.issue(m.Identifier)
	for tag, words := range map[string][2]string{
		"de": {"Siegel C: von der Behörde unterschrieben, das Protokoll war nicht erreichbar", "Das Protokoll hat noch nicht unterschrieben."},
		"en": {"Seal C: signed by the authority, whose log could not be reached", "The log has not signed yet."},
	} {
		for _, path := range []string{"/" + tag + "/", "/" + tag + "/warnings/w1"} {
			page := o.page(path)
			within(t, page, words[0], "/verify#"+m.Identifier, words[1], bundle)
			without(t, page, proof, code)
		}
	}
	for _, path := range []string{proof, code} {
		if d := o.refused(path); d.Status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", path, d.Status)
		}
	}
	var list listDocument
	if err := json.Unmarshal([]byte(o.page("/warnings.json")), &list); err != nil {
		t.Fatal(err)
	}
	if d := list.Warnings[0].Messages[0]; d.Grade != tlog.GradeC || d.BundleURL != testBase+bundle || d.ProofURL != "" {
		t.Errorf("the JSON says grade %q, bundle %q, proof %q", d.Grade, d.BundleURL, d.ProofURL)
	}
	page := o.page("/feed.atom")
	within(t, page, `term="grade-c"`)
	within(t, page, bundle)
	if v := verdict(); v.Result != tlog.GenuineInForce || v.Grade != tlog.GradeC {
		t.Errorf("%s, grade %s: %s", v.Result, v.Grade, v.Detail)
	}

	// A statement about another leaf says nothing about this one.
	second := o.release("w2", warning.KindAlert, 1, flood)
	o.state.Statements = append(o.state.Statements, publiclog.Statement{Index: o.state.Statements[0].Index + 1, Note: o.state.Statements[0].Note})
	o.tell()
	if f := o.footing(second.Identifier); f.grade != "" {
		t.Errorf("another message's statement gives grade %s", f.grade)
	}

	o.sign()
	within(t, o.page("/en/warnings/w1"), "Seal B", code, proof)
	if v := verdict(); v.Grade != tlog.GradeB {
		t.Errorf("with the signer back: grade %s", v.Grade)
	}
}

// Programs read the grade and where the proof is.
func TestFeedsCarryTheGrade(t *testing.T) {
	o := newOffice(t)
	o.at(o.clock)
	m := o.release("w1", warning.KindAlert, 1, flood)
	terms := func() (terms, links []string) {
		var f struct {
			Entries []struct {
				Categories []struct {
					Term string `xml:"term,attr"`
				} `xml:"http://www.w3.org/2005/Atom category"`
				Links []polledLink `xml:"link"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal([]byte(o.page("/feed.atom")), &f); err != nil || len(f.Entries) != 1 {
			t.Fatalf("%v, %+v", err, f)
		}
		for _, c := range f.Entries[0].Categories {
			terms = append(terms, c.Term)
		}
		for _, l := range f.Entries[0].Links {
			links = append(links, l.Rel+" "+l.Type+" "+l.Href)
		}
		return terms, links
	}
	own := " application/cap+xml " + testBase + capPath(m.Identifier)
	proof := "related " + tlog.BundleMediaType + " " + testBase + formPath(m.Identifier, formBundle)
	shows := func(grade string) {
		t.Helper()
		wantTerms, wantLinks, wantProof := []string{"alert", "level-2"}, []string{own}, ""
		if grade != "" {
			wantTerms, wantLinks = append(wantTerms, "grade-"+strings.ToLower(grade)), append(wantLinks, proof)
			wantProof = testBase + formPath(m.Identifier, formProof)
		}
		terms, links := terms()
		if diff := cmp.Diff([][]string{wantTerms, wantLinks}, [][]string{terms, links}); diff != "" {
			t.Errorf("the feed differs: %s", diff)
		}
		var list listDocument
		if err := json.Unmarshal([]byte(o.page("/warnings.json")), &list); err != nil {
			t.Fatal(err)
		}
		if d := list.Warnings[0].Messages[0]; string(d.Grade) != grade || d.ProofURL != wantProof {
			t.Errorf("the JSON says grade %q, proof %q", d.Grade, d.ProofURL)
		}
	}
	shows("")
	o.sign()
	shows("B")
	o.cosign(2)
	shows("A")
}

func TestMessageWithoutSeal(t *testing.T) {
	o := newOffice(t)
	o.station.release("old", o.compose("old", warning.KindAlert, 1, flood))
	o.sign()
	within(t, o.page("/de/"), "Ohne Siegel", "älter als")
	without(t, o.page("/de/"), "/cap/2.49.0.0.276.12.old.1.tocsin")
}

// A page left open shows how the seal rises, and keeps it open.
func TestSealInBrowser(t *testing.T) {
	o := newOffice(t, func(po *Options) { po.Now = time.Now })
	o.clock, o.live = time.Now(), true
	server := o.running(t)
	eventually.Holds(o.t, "the role has started", func() bool { return o.edition.Load() != nil })
	b := openBrowser(t, server.URL)
	b.visit("/de/", 360, "light")
	m := o.release("w1", warning.KindAlert, 1, flood)
	b.waitFor(`document.querySelector(".seal strong")?.textContent === "Siegel folgt"`)
	b.check("before the signature")
	o.issue(m.Identifier)
	b.waitFor(`document.querySelector(".seal").dataset.grade === "C"`)
	b.do(chromedp.Click(chromedp.CSS(".seal summary")))
	b.check("an open seal without a QR code")
	b.do(chromedp.Click(chromedp.CSS(".seal summary")))
	o.sign()
	b.waitFor(`document.querySelector(".seal").dataset.grade === "B"`)
	b.do(chromedp.Click(chromedp.CSS(".seal summary")))
	b.waitFor(`document.querySelector(".seal img").complete && document.querySelector(".seal img").naturalWidth > 0`)
	script[string](b, `document.getElementById("news").textContent = ""`)
	o.cosign(2)
	b.waitFor(`document.querySelector(".seal").dataset.grade === "A"`)
	if !script[bool](b, `document.querySelector(".seal").open`) {
		t.Error("the seal was closed under the reader's eyes")
	}
	if said := script[string](b, `document.getElementById("news").textContent`); said != "" {
		t.Errorf("a screen reader is told %q of a seal that rose", said)
	}
	b.check("an open seal, on a phone")
	for _, scheme := range []string{"light", "dark"} {
		b.visit("/en/warnings/w1", 1280, scheme)
		b.do(chromedp.Click(chromedp.CSS(".seal summary")))
		b.check("a warning's page with an open seal, " + scheme)
	}
}

// The grades on the page are those of a verification.
func TestGradeIsThatOfAVerification(t *testing.T) {
	o := newOffice(t)
	o.at(o.clock)
	m := o.release("w1", warning.KindAlert, 1, flood)
	for witnesses := range 4 {
		o.sign()
		o.cosign(witnesses)
		b, err := tlog.ParseBundle([]byte(o.page(formPath(m.Identifier, formBundle))))
		if err != nil {
			t.Fatal(err)
		}
		want := tlog.Verify(b, o.trust, tlog.Options{Now: o.clock}).Grade
		if grade := o.footing(m.Identifier).grade; grade != want {
			t.Errorf("with %d witnesses the page says %s, a verification %s", witnesses, grade, want)
		}
		within(t, o.page("/de/"), fmt.Sprintf("data-grade=%q", want))
	}
}
