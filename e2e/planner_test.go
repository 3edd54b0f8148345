// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

// TestPlannersWay goes from a file of the census to two studies side by side, on a
// made-up town: a wrong file, a wrong number, gaps, sites, the map by keyboard, in
// the dark, on a telephone.
func TestPlannersWay(t *testing.T) {
	b := planner(t, "planner")
	b.visit("/console/plan")
	b.waitFor(`document.querySelector("file-import form")`)
	b.check("empty")

	b.upload("population", written(t, "kein-gitter.csv", []byte("name;wert\na;1\n")))
	b.waitFor(`document.querySelector("[data-refused]").textContent`)
	b.expectComplaint("planning/datasets")
	b.check("import-refused")
	b.upload("population", written(t, "stadt.csv", town(t, 90)))
	b.waitFor(`document.querySelector("#kept")`)
	b.check("imported")

	b.visit("/console/plan/new?kind=coverage")
	b.fill("#title", "Stadt heute")
	b.fill("#level", "siebzig")
	b.submit()
	b.waitFor(`document.querySelector("#level-faults .is-fault")`)
	b.expectComplaint("422")
	if got := script[string](b, `document.querySelector("#title").value + document.querySelector("#level").value`); got != "Stadt heutesiebzig" {
		t.Errorf("after a refusal the form holds %q", got)
	}
	b.check("form-refused")
	b.fill("#level", "70")
	b.submit()
	b.done()
	b.waitFor(`document.querySelector("#gaps-title").innerText && document.querySelector("plan-map[data-ready]")`)
	b.check("coverage")
	today := script[string](b, `location.pathname.split("/").pop()`)

	b.click(`a[href*="kind=sites"]`)
	b.waitFor(`document.querySelector("#goal-budget")`)
	b.fill("#title", "Stadt, 200.000 Euro")
	b.fill("#budget", "200,000")
	b.check("form-sites")
	b.submit()
	b.done()
	b.waitFor(`document.querySelector("plan-map[data-ready]") && document.querySelector("#site-1")`)
	b.check("sites")
	if sites := script[int](b, `document.querySelectorAll("[id^=site-]").length`); sites < 5 {
		t.Errorf("%d sites for 200,000 euros", sites)
	}
	b.keyboard()
	b.size(640, 360)
	b.check("sites-zoomed")
	b.size(360, 640)
	b.scheme("dark")
	b.visit(script[string](b, "location.pathname"))
	b.waitFor(`document.querySelector("plan-map[data-ready]")`)
	b.check("sites-phone-dark")
	b.size(1280, 720)
	b.check("sites-dark")
	b.scheme("light")
	planned := script[string](b, `location.pathname.split("/").pop()`)

	b.size(1280, 720)
	b.visit("/console/plan/" + askStudy(b, "Abgebrochen", "", true))
	b.waitFor(`document.querySelector(".study-cancelled")`)
	b.check("cancelled")
	b.visit("/console/plan/" + askStudy(b, "Gescheitert", "05", false))
	b.waitFor(`document.querySelector(".study-failed")`)
	b.check("failed")

	b.visit("/console/plan")
	for _, id := range []string{planned, today} {
		b.click(`input[type=checkbox][value="` + id + `"]`)
	}
	b.check("list")
	b.click(`button[form=compare]`)
	b.waitFor(`document.querySelectorAll("plan-map[data-ready]").length === 2`)
	b.check("compare")
}

// askStudy asks by the API what the page asks too, in one area or all, and stops it again.
func askStudy(b *tab, title, within string, stop bool) string {
	b.t.Helper()
	return script[string](b, fmt.Sprintf(`(async (title, within, stop) => {
		const {datasets} = await fetch("/api/v1/planning/datasets").then(r => r.json());
		const find = role => datasets.filter(d => d.role === role).pop().sha256;
		const question = {title, kind: "coverage", population: find("population"), sirens: find("sirens"), regions: find("regions"), assumptions: {model: "cpg117"}, within: within ? [within] : undefined};
		const asked = await fetch("/api/v1/planning/studies", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(question)}).then(r => r.json());
		if (stop) await fetch("/console/plan/" + asked.id + "/cancel", {method: "POST"});
		return asked.id ?? JSON.stringify(asked) })(%q, %q, %t)`, title, within, stop))
}

// keyboard sorts a table and leads the map to a site, by keys alone.
func (b *tab) keyboard() {
	b.t.Helper()
	script[bool](b, `(document.querySelector("#site-2 .fly").focus(), true)`)
	b.press(enter)
	b.waitFor(`document.querySelector("#site-2.is-shown") && document.querySelector(".map-said").innerText.includes("2")`)
	script[bool](b, `(document.querySelector("#each-title").closest("section").querySelector("thead .sort-button").focus(), true)`)
	b.press(enter)
	b.waitFor(`document.querySelector("#each-title").closest("section").querySelector("th[aria-sort]").cellIndex === 0`)
}

// TestPlannerWithoutWebGL shows that a picture says what the map would.
func TestPlannerWithoutWebGL(t *testing.T) {
	description, staff := people(t)
	b := open(t, chromium(t, flag("disable-3d-apis")), "planner-flat", description.API)
	b.signIn(staff[operator.Author])
	b.visit("/console/plan")
	b.upload("population", written(t, "flach.csv", town(t, 91)))
	b.waitFor(`document.querySelector("#kept")`)
	b.visit("/console/plan/new?kind=coverage")
	b.submit()
	b.done()
	b.waitFor(`document.querySelector("plan-map.without-map img")?.naturalWidth > 100`)
	b.check("coverage")
}

// TestPlannerWithoutScripts imports a file and asks as a browser does that runs
// nothing, and looks at what a reader may.
func TestPlannerWithoutScripts(t *testing.T) {
	description, staff := people(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: time.Minute}
	person := staff[operator.Author]
	arrives(t, browser, description.API+"/console/sign-in", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"name": {person.Name}, "password": {person.Password}}.Encode()), "/console/")

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("role", "population")
	file, err := form.CreateFormFile("file", "ohne-skripte.csv")
	if err != nil {
		t.Fatal(err)
	}
	file.Write(town(t, 92))
	form.Close()
	arrives(t, browser, description.API+"/console/plan/files", form.FormDataContentType(), &body, "/console/plan")
	page := arrives(t, browser, description.API+"/console/plan/new?kind=coverage", "", nil, "/console/plan/new")
	digest := regexp.MustCompile(`<option value="([0-9a-f]{64})"[^>]*>ohne-skripte.csv`).FindStringSubmatch(page)
	if digest == nil {
		t.Fatalf("the form does not offer the file:\n%s", page)
	}
	question := url.Values{"kind": {"coverage"}, "title": {"Ohne Skripte"}, "population": {digest[1]}, "sirens": {"node:sirens"}, "model": {"cpg117"}, "level": {"65,5"}}
	arrives(t, browser, description.API+"/console/plan/new", "application/x-www-form-urlencoded", strings.NewReader(question.Encode()), "/console/plan/20")

	b := open(t, chromium(t), "plan-reader", description.API)
	b.signIn(staff[operator.Observer])
	b.visit("/console/plan")
	b.waitFor(`document.querySelector("#studies-title")`)
	if script[bool](b, `!!document.querySelector("main form[method=post]")`) {
		t.Error("who may only read is offered forms")
	}
	b.check("list")
}

// arrives asks, and fails where that does not lead to a page below the path.
func arrives(t *testing.T, browser *http.Client, address, kind string, body io.Reader, path string) string {
	t.Helper()
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	answer, err := browser.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Request.URL.Path, path) {
		t.Fatalf("%s leads to %s with %s:\n%s", address, answer.Request.URL.Path, answer.Status, content)
	}
	return string(content)
}

// TestPlanAhrweiler imports the real people and boundaries of a district, sees its
// gaps, places sirens for a million euros, and prints the report.
func TestPlanAhrweiler(t *testing.T) {
	data := filepath.Join("..", "..", "shared", "data")
	people, regions := filepath.Join(data, "population", "ahrweiler_100m.csv.gz"), filepath.Join(data, "regions", "vg5000_gemeinden.geojson.gz")
	for _, path := range []string{people, regions} {
		if _, err := os.Stat(path); err != nil {
			t.Skipf("the real data are not there: %v", err)
		}
	}
	b := planner(t, "ahrweiler")
	for _, file := range []struct{ role, path string }{
		{"population", people}, {"regions", regions}, {"sirens", written(t, "ahrweiler-sirenen.csv", []byte(ahrweilerSirens))},
	} {
		b.visit("/console/plan")
		b.upload(file.role, file.path)
		b.waitFor(`document.querySelector("#kept")`)
	}
	b.check("imported")
	b.visit("/console/plan/new?kind=sites")
	b.fill("#title", "Kreis Ahrweiler, 1 Million Euro")
	b.fill("#within", "Ahrweiler")
	b.fill("#budget", "1,000,000")
	script[bool](b, `(document.querySelector("#steps").closest("details").open = true)`)
	b.fill("#steps", "400")
	b.submit()
	b.waitFor(`document.querySelector("study-progress [data-over], study-progress progress, study-progress form, plan-map")`)
	b.shot("running")
	b.done()
	b.waitFor(`document.querySelector("plan-map[data-ready]") && document.querySelector("#site-1") && document.querySelector("#gap-1")`)
	b.check("done")
	if said := b.text("#regions-title ~ sortable-table tbody"); !strings.Contains(said, "Bad Neuenahr-Ahrweiler") {
		t.Errorf("the municipalities are %.300s", said)
	}
	b.prints("page")
	if report := script[string](b, `document.querySelector(".links a.kern-btn--primary")?.getAttribute("href") ?? ""`); report == "" {
		t.Error("there is no report")
	} else {
		content := script[string](b, fmt.Sprintf("fetch(%q).then(r => r.text())", report))
		b.visit(report)
		b.prints("report")
		// The node serves it so that nothing in it runs, axe neither.
		b.do(chromedp.Navigate("file://" + written(t, "report.html", []byte(content))))
		b.waitFor(`document.querySelector("svg, img")`)
		b.check("report")
	}
}

// ahrweilerSirens are made up: no public register says where sirens stand.
const ahrweilerSirens = `id;name;lat;lon;level
a1;Bad Neuenahr;50,5446;7,1113;109
a2;Ahrweiler;50,5423;7,0953;109
a3;Sinzig;50,5453;7,2519;109
a4;Remagen;50,5786;7,2306;109
a5;Adenau;50,3831;6,9317;101
`

// planner signs someone in who may plan.
func planner(t *testing.T, name string) *tab {
	t.Helper()
	description, staff := people(t)
	b := open(t, chromium(t), name, description.API)
	b.signIn(staff[operator.Administrator])
	return b
}

// submit sends the planner's form.
func (b *tab) submit() {
	b.t.Helper()
	b.click(".plan-form .kern-btn--primary")
}

// done waits until a study is reckoned.
func (b *tab) done() {
	b.t.Helper()
	b.waitFor(`document.querySelector(".study-done, .study-failed, .study-cancelled")`)
	if state := b.text(".study-state"); script[bool](b, `!document.querySelector(".study-done")`) {
		b.t.Fatalf("the study is %s: %s", state, b.text("main"))
	}
}

// upload imports a file as a person does.
func (b *tab) upload(role, path string) {
	b.t.Helper()
	absolute, err := filepath.Abs(path)
	if err != nil {
		b.t.Fatal(err)
	}
	b.choose("#role", role)
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{absolute}))
	b.click("file-import form button")
}

// prints prints the page to PDF with the browser and keeps it.
func (b *tab) prints(name string) {
	b.t.Helper()
	printed, err := chromedp.Call(b.ctx, page.PrintToPDF, page.PrintToPDFParams{})
	if err != nil {
		b.t.Fatalf("%s: %v", b.name, err)
	}
	if !bytes.HasPrefix(printed.Data, []byte("%PDF-")) || len(printed.Data) < 10_000 {
		b.t.Errorf("%s: printed are %d bytes that begin with %.8q", name, len(printed.Data), printed.Data)
	}
	if err := os.WriteFile(filepath.Join(b.t.ArtifactDir(), b.name+"-"+name+".pdf"), printed.Data, 0o644); err != nil {
		b.t.Log(err)
	}
}

func written(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// town is a made-up town south of Cottbus in the format of the census: dense in the
// middle, with so many people in each cell there, and hamlets around it.
func town(t *testing.T, people int) []byte {
	t.Helper()
	middle, err := projection.LAEAEurope.Forward(geo.Point{Lat: 51.70, Lon: 14.33})
	if err != nil {
		t.Fatal(err)
	}
	x, y := int(middle.Easting)/100, int(middle.Northing)/100
	var out bytes.Buffer
	out.WriteString("GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner\n")
	cell := func(column, row, people int) {
		fmt.Fprintf(&out, "CRS3035RES100mN%dE%d;%d;%d;%d\n", row*100, column*100, column*100+50, row*100+50, people)
	}
	for column := -14; column <= 14; column++ {
		for row := -14; row <= 14; row++ {
			if far := column*column + row*row; far <= 200 {
				cell(x+column, y+row, people-far/3)
			}
		}
	}
	for hamlet := range 12 {
		column, row := x-60+hamlet*37%120, y-60+hamlet*53%120
		if (column-x)*(column-x)+(row-y)*(row-y) < 400 {
			column += 40
		}
		for n := range 9 {
			cell(column+n%3, row+n/3, 8+hamlet)
		}
	}
	return out.Bytes()
}
