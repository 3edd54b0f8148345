// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/web"
)

//go:embed templates/*.html
var files embed.FS

func parse(files fs.FS) (map[string]*template.Template, error) {
	shared, err := template.New("").Funcs(functions).ParseFS(files, "templates/layout.html", "templates/pieces.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	sets := map[string]*template.Template{}
	for _, name := range names {
		set, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if sets[strings.TrimSuffix(path.Base(name), ".html")], err = set.ParseFS(files, name); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

var functions = template.FuncMap{
	"asset": web.Asset,
	// pair passes the page and one thing to a shared piece.
	"pair": func(p *page, it any) piece { return piece{p, it} },
	// choice is a list to choose from: the field's name and label, the set that
	// words its values, the values and the one that is chosen.
	"choice": func(name, label, set string, values, chosen any) choice {
		return choice{name, label, set, values, chosen}
	},
	"json": func(v any) (string, error) {
		out, err := json.Marshal(v)
		return string(out), err
	},
}

type choice struct {
	Name, Label, Set string
	Values, Chosen   any
}

// piece is what a shared template works on.
type piece struct {
	*page
	It any
}

// Self is the page, for a shared piece that uses another one.
func (p *page) Self() *page { return p }

// page is what the templates work on. Its methods word things.
type page struct {
	catalogue.Language
	view
	// Me is nil before sign-in.
	Me    *console.Me
	Board *console.Board
	Path  string
	Now   time.Time
	Theme string
	zone  *time.Location
	query url.Values
	// plans is whether the node plans.
	plans bool
	// region names a region by its key.
	region func(geo.ARS) string
}

func (c *call) page(v view) *page {
	p := &page{Language: c.Language, view: v, Path: c.r.URL.Path, Now: c.s.Now().UTC(), Theme: theme(c.r), zone: time.UTC, query: c.r.URL.Query()}
	if c.who.Name == "" {
		return p
	}
	me := c.s.Service.Me(c.who)
	board := c.s.Service.Board(c.who)
	p.Me, p.Board = &me, &board
	p.zone, p.plans, p.region = c.zone(), c.s.Service.Plans(), c.s.Service.RegionName
	return p
}

// zone is where the authority's clocks hang.
func (c *call) zone() *time.Location {
	location, err := time.LoadLocation(c.s.Service.Me(c.who).Authority.TimeZone)
	if err != nil {
		return time.UTC
	}
	return location
}

// Clock is the time of day, When the day too.
func (p *page) Clock(t time.Time) string { return p.Time(t, catalogue.LayoutClock, p.zone) }

// When is day and time.
func (p *page) When(t time.Time) string { return p.Time(t, catalogue.LayoutShort, p.zone) }

// Lately is the time of day for today, else the day and the time.
func (p *page) Lately(t time.Time) string {
	if t.In(p.zone).Format(time.DateOnly) == p.Now.In(p.zone).Format(time.DateOnly) {
		return p.Second(t)
	}
	return p.When(t)
}

// Second is the time of day to the second, with its zone.
func (p *page) Second(t time.Time) string { return p.Time(t, catalogue.LayoutSecond, p.zone) }

// Stamp is day and time to the second.
func (p *page) Stamp(t time.Time) string {
	return p.Time(t, catalogue.LayoutDate, p.zone) + ", " + p.Second(t)
}

// Machine is a time for attributes.
func (p *page) Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Local is a time for a datetime-local field.
func (p *page) Local(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone).Format(localLayout)
}

// Age is how long ago a time was, Left how long until it comes.
func (p *page) Age(t time.Time) string { return p.Elapsed(p.Now.Sub(t)) }

// Left is how long until a time comes.
func (p *page) Left(t time.Time) string { return p.Elapsed(t.Sub(p.Now)) }

// Pick takes the text in the page's language.
func (p *page) Pick(words console.Words) string {
	for _, tag := range []string{p.Tag(), catalogue.German, catalogue.English} {
		if text := words[tag]; text != "" {
			return text
		}
	}
	return ""
}

// Level words a level.
func (p *page) Level(level warning.Level) string {
	return p.T("console.level." + strconv.Itoa(int(level)))
}

// Named words a value of a closed set: Named "condition" "ready".
func (p *page) Named(set string, value any) string {
	var name string
	switch v := value.(type) {
	case string:
		name = v
	default:
		raw, err := json.Marshal(v)
		if err != nil || json.Unmarshal(raw, &name) != nil {
			return ""
		}
	}
	if name == "" {
		name = "none"
	}
	return p.T("console." + set + "." + name)
}

// Reason words what a target answered; unknown keys come back as they are.
func (p *page) Reason(key string) string {
	if key == "" {
		return ""
	}
	return p.T(key)
}

// Is reports whether the operator on the page has a role.
func (p *page) Is(role string) bool {
	return p.Me != nil && slices.Contains(p.Me.Roles, operator.Role(role))
}

// Signs reports whether the operator has a role that signs.
func (p *page) Signs() bool {
	return p.Is(string(operator.Author)) || p.Is(string(operator.Releaser))
}

// KeyIDs are the ids of the operator's enrolled keys.
func (p *page) KeyIDs() string {
	var ids []string
	for _, key := range p.Me.Keys {
		ids = append(ids, key.ID)
	}
	return strings.Join(ids, " ")
}

// Passkeys is how many confirmed passkeys the operator has.
func (p *page) Passkeys() int {
	count := 0
	for _, key := range p.Me.Keys {
		if len(key.Credential.ID) > 0 && !key.Awaits {
			count++
		}
	}
	return count
}

// MayRelease reports whether a kind of key may release here.
func (p *page) MayRelease(kind operator.KeyType) bool {
	return slices.Contains(p.Me.Signing.Release, kind)
}

// Exercise reports whether this is not the live realm.
func (p *page) Exercise() bool { return p.Me != nil && p.Me.Authority.Realm == "exercise" }

const scriptWords = "console.script."

// ScriptWords are the texts that the page's scripts need, as JSON.
func (p *page) ScriptWords() (string, error) {
	words := map[string]string{}
	for _, key := range catalogue.Keys() {
		if name, ok := strings.CutPrefix(key, scriptWords); ok {
			words[name] = p.T(key)
		}
	}
	out, err := json.Marshal(words)
	return string(out), err
}

// MapBounds is where the map opens: west, south, east, north.
func (p *page) MapBounds() string {
	b := p.Me.Authority.Bounds
	return fmt.Sprintf("%.4f,%.4f,%.4f,%.4f", b.West, b.South, b.East, b.North)
}

// Part is the address of one part of this page.
func (p *page) Part(name string) string {
	query := maps.Clone(p.query)
	query.Set("part", name)
	return p.Path + "?" + query.Encode()
}

// navigationItem is a link of the header.
type navigationItem struct {
	Path, Key string
	Current   bool
}

// Navigation lists the pages for the operator's roles.
func (p *page) Navigation() []navigationItem {
	items := []navigationItem{
		{Path: "/console/", Key: "console.nav.board"}, {Path: "/console/warnings/new", Key: "console.nav.new"},
		{Path: "/console/warnings", Key: "console.nav.warnings"}, {Path: "/console/sirens", Key: "console.nav.sirens"},
	}
	if p.plans {
		items = append(items, navigationItem{Path: planPath, Key: "console.nav.plan"})
	}
	items = append(items,
		navigationItem{Path: "/console/proposals", Key: "console.nav.proposals"},
		navigationItem{Path: "/console/operators", Key: "console.nav.operators"},
		navigationItem{Path: "/console/help", Key: "console.nav.help"})
	for i := range items {
		items[i].Current = items[i].Path == p.Path
	}
	return items
}

// Conditions are all conditions of sirens, for legends and filters.
func (p *page) Conditions() []siren.Condition { return siren.Conditions }

// Field words the path of a content's field: "texts.de.headline".
func (p *page) Field(path string) string {
	if rest, ok := strings.CutPrefix(path, "texts."); ok {
		tag, part, _ := strings.Cut(rest, ".")
		return p.Named("field", part) + " (" + p.Named("language", tag) + ")"
	}
	return p.Named("field", path)
}

// Missing are the missing targets of a delivery.
func (p *page) Missing(d console.Delivery) []console.TargetOutcome {
	var missing []console.TargetOutcome
	for _, t := range d.Targets {
		if t.Missing() {
			missing = append(missing, t)
		}
	}
	return missing
}
