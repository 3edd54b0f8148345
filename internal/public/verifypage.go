// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/tlog"
	"github.com/tocsin-alert/tocsin/web"
)

const (
	// verifyPath is the page on which people check a message without our word. What
	// follows # in its address is the identifier of a message to check.
	verifyPath = "/verify"
	// savedVerifyPath is the same page as one file to keep.
	savedVerifyPath = verifyPath + ".html"
	// verifyPermissions let that page alone ask for the camera.
	verifyPermissions = "geolocation=(), camera=(self), microphone=()"
)

// verifyPage is the page for checking. A saved one has all that it needs in itself.
type verifyPage struct {
	frame
	Given given
	Saved bool
	// SavedAt, Base and the following are of a saved page.
	SavedAt, Base, Policy string
	Style, Script         template.HTML
}

// given is what the page's script gets.
type given struct {
	Words map[string]string `json:"words"`
	Trust string            `json:"trust"`
	// Regions are names by keys.
	Regions map[geo.ARS]string `json:"regions"`
	Saved   bool               `json:"saved"`
}

func (role *Role) serveVerify(w http.ResponseWriter, r *http.Request, e *edition, tag string) {
	w.Header().Set("Permissions-Policy", verifyPermissions)
	trust := role.trustFile()
	e.asked.get("/"+tag+verifyPath+" "+trust.digest, func() *body {
		return page(e, "verify.html", role.verifyPage(e, tag, trust))
	}).serve(w, r)
}

func (role *Role) serveSavedVerify(w http.ResponseWriter, r *http.Request, e *edition, tag string) {
	w.Header().Set("Content-Disposition", `attachment; filename="`+verifyFile[tag]+role.authority.ID+`.html"`)
	trust := role.trustFile()
	e.asked.get("/"+tag+savedVerifyPath+" "+trust.digest, func() *body {
		view := role.verifyPage(e, tag, trust)
		view.save(web.Content("verify.js"), web.Content("public.css"), web.Content("verify.css"))
		view.SavedAt = view.Time(e.at, catalogue.LayoutLong, role.location)
		view.Base = role.base
		return page(e, "verify.html", view)
	}).serve(w, r)
}

// verifyFile is how a saved page is called, before the authority's id.
var verifyFile = map[string]string{catalogue.German: "warnung-pruefen-", catalogue.English: "check-warning-"}

// trustFile is the node's own trust file; an empty one before the log is signed.
func (role *Role) trustFile() *body {
	if s := role.logged.standing.Load(); s != nil {
		return s.trustFile
	}
	return &body{}
}

func (role *Role) verifyPage(e *edition, tag string, trust *body) verifyPage {
	view := verifyPage{frame: role.frame(e, tag, verifyPath)}
	view.Title = view.T("verify.page.title") + " – " + role.authority.Name
	view.Given = given{Words: verifyWords(view.Language), Trust: string(trust.plain), Regions: role.verifyRegions()}
	return view
}

// mostRegions bounds the names that a page carries; a Land has a few hundred.
const mostRegions = 2500

// verifyRegions are the names of the regions in the territory, and where these are
// too many, those of its larger ones. A proof alone names regions by their keys.
func (role *Role) verifyRegions() map[geo.ARS]string {
	for smallest := geo.LevelGemeinde; ; smallest-- {
		names := map[geo.ARS]string{}
		for _, territory := range role.authority.Territory {
			for _, region := range role.gazetteer.Regions().Under(territory, geo.LevelNone) {
				if region.ARS.Level() <= smallest {
					names[region.ARS] = region.Name
				}
			}
		}
		if len(names) <= mostRegions || smallest == geo.LevelLand {
			return names
		}
	}
}

// save puts script and styles into the page, and a policy that allows nothing else:
// no connection to anywhere.
func (view *verifyPage) save(script []byte, styles ...[]byte) {
	source := func(content string) string {
		sum := sha256.Sum256([]byte(content))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	var style strings.Builder
	for _, each := range styles {
		style.Write(each)
	}
	// The map of the script to its sources stays with the server.
	code, _, _ := strings.Cut(string(script), "\n//# sourceMappingURL=")
	view.Saved, view.Given.Saved = true, true
	view.Policy = fmt.Sprintf("default-src 'none'; script-src %s; style-src %s; img-src data:; base-uri 'none'; form-action 'none'", source(code), source(style.String()))
	// Both are our own, from web/dist.
	view.Script = template.HTML(`<script type="module">` + code + `</script>`)
	view.Style = template.HTML("<style>" + style.String() + "</style>")
}

// verifyValues counts the values that the page puts into a text, where there are any.
var verifyValues = map[string]int{
	"verify.place": 2, "verify.page.ended": 1, "verify.page.entry-only": 1, "verify.page.text.unknown": 1, "verify.page.elsewhere": 1,
	"verify.page.difference.replaced": 2, "verify.page.difference.removed": 1, "verify.page.difference.added": 1,
	"verify.page.no-code": 1, "verify.page.too-large": 1, "verify.page.bad-trust": 1, "verify.page.territory": 1,
	"verify.page.trust-facts": 2, "verify.page.own-trust": 1,
}

// verifyElsewhere are the texts that the command line alone, or the template, uses
// with values.
var verifyElsewhere = map[string]bool{
	"verify.signed": true, "verify.difference": true, "verify.difference.more": true, "verify.todo.grade": true, "verify.page.saved": true,
}

// verifyLabels are words that the warnings' pages have beside a warning's own, and
// people copy along. None of them says anything about the danger.
var verifyLabels = []string{"public.where", "public.from", "public.until", "public.sender", "public.contact", "public.web", "public.message"}

// verifySeverities are the levels' words by CAP's severity: each may stand beside a
// warning of that severity only.
var verifySeverities = map[cap.Severity]string{
	cap.SeverityExtreme: "public.level.1", cap.SeveritySevere: "public.level.2", cap.SeverityModerate: "public.level.3", cap.SeverityMinor: "public.level.3",
}

// verifyWords are the texts of the page, with {0} and {1} where its script puts values.
func verifyWords(in catalogue.Language) map[string]string {
	words := map[string]string{}
	for _, key := range catalogue.Keys() {
		if !strings.HasPrefix(key, "verify.") || verifyElsewhere[key] {
			continue
		}
		var places []any
		for i := range verifyValues[key] {
			places = append(places, fmt.Sprintf("{%d}", i))
		}
		words[key] = in.T(key, places...)
	}
	for n := range tlog.MaxAssertions {
		words[fmt.Sprintf("verify.signed.%d", n+1)] = in.T("verify.signed", n+1, "{0}")
	}
	var labels []string
	for _, key := range verifyLabels {
		labels = append(labels, in.T(key))
	}
	words["verify.page.labels"] = strings.Join(labels, "|")
	for severity, key := range verifySeverities {
		words["verify.page.severity."+string(severity)] = in.T(key)
	}
	words["verify.page.time"] = in.T("common.time.layout." + string(catalogue.LayoutShort))
	return words
}
