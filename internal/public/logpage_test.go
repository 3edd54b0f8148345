// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// command has somebody do something about people.
func (o *office) command(name, by string, body any) {
	o.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	o.record(by, func(now time.Time) ([]journal.Event, error) { return o.people.Step(name, by, raw, now) })
	o.at(o.clock)
}

// drop has a message asked for that does not go out.
func (o *office) drop(id, kind string) string {
	o.t.Helper()
	m := o.compose(id, warning.KindAlert, 1, flood)
	m.Digest = warning.Digest{1}
	a, err := operator.Assert(o.keys["anna"], "anna", operator.Statement{Action: operator.ActionRequest, Role: operator.Author, Warning: id, Message: m.Identifier, Digest: m.Digest})
	if err != nil {
		o.t.Fatal(err)
	}
	o.record("anna", func(time.Time) ([]journal.Event, error) {
		return []journal.Event{journal.NewEvent(warning.EventRequested, warning.Requested{Warning: id, Request: warning.Request{
			Number: 1, Kind: m.Kind, Identifier: m.Identifier, Content: m.Content, Digest: m.Digest, Assertions: []operator.Assertion{a}, At: o.clock,
		}})}, nil
	})
	o.record("ben", func(time.Time) ([]journal.Event, error) {
		return []journal.Event{journal.NewEvent(kind, warning.Dropped{Warning: id, Identifier: m.Identifier, By: "ben", Reason: "Frau Beispiel war dagegen."})}, nil
	})
	o.at(o.clock)
	return m.Identifier
}

// eventful is an office where everything happened that a log tells of today, an
// hour apart.
func eventful(t *testing.T) *office {
	o := newOffice(t)
	o.at(o.clock)
	later := func() { o.clock = o.clock.Add(time.Hour) }
	o.release("w1", warning.KindAlert, 1, flood)
	later()
	o.release("w1", warning.KindUpdate, 2, flood)
	later()
	o.release("w1", warning.KindAllClear, 3, allClear())
	later()
	o.drop("w2", warning.EventRefused)
	o.drop("w3", warning.EventWithdrawn)
	o.drop("w4", warning.EventStopped)
	o.drop("w5", warning.EventLapsed)
	later()
	roles := []operator.Role{operator.Author, operator.Releaser}
	o.command(operator.CommandChange, operator.Node, operator.Change{Name: "anna", Roles: &roles})
	anna, _ := o.people.Operator("anna")
	o.command(operator.CommandRevokeKey, operator.Node, operator.KeyRevoked{Name: "anna", KeyID: anna.Keys[0].ID})
	o.command(operator.CommandDisable, operator.Node, operator.Disabled{Name: "ben", Disabled: true})
	o.sign()
	o.cosign(2)
	return o
}

var entryKinds = regexp.MustCompile(`<span aria-hidden="true">[^<]*</span> ([^<]*)</span> <time`)

// kinds lists what the page shows, in words, from the top.
func kinds(page string) []string {
	var found []string
	for _, m := range entryKinds.FindAllStringSubmatch(page, -1) {
		found = append(found, m[1])
	}
	return found
}

func TestLogTellsWhatHappened(t *testing.T) {
	o := eventful(t)
	page := o.page("/en/log")
	want := []string{
		"roles changed", "key revoked", "roles changed",
		"message not released", "message not released", "message not released", "message not released",
		"warning ended", "warning changed", "warning released", "key enrolled", "key enrolled", "log begun",
	}
	if diff := cmp.Diff(want, kinds(page)); diff != "" {
		t.Error(diff)
	}
	anna, _ := o.people.Operator("anna")
	within(t, page, "Public log", "The log has 13 entries.", "The first 13 are signed, last on Wed 25 November 2026, 15:04.", "has no role any more", "no longer counts", "has these roles from now on: Author, Releaser",
		"Nobody released it in time", "It was stopped", "Whoever asked took it back", "It was refused at its release",
		"All-clear: flooding in Potsdam", "Flooding in Potsdam", "Area: Potsdam. In force until", "Asked for in the role Author with software key "+anna.Keys[0].ID,
		"Released in the role Releaser with software key", "counts from now on, in the roles: Releaser", "The log warnung.example/log begins")
	within(t, o.page("/log", "Accept-Language", "de"), `<html lang="de">`, "Öffentliches Protokoll", "Hochwasser in Potsdam", `<footer>`, `href="/de/log"`)
	within(t, o.page("/de/"), `href="/de/log"`)
}

// Whatever kind of entry there may be, its row says something in both languages.
func TestEveryKindHasWords(t *testing.T) {
	o := newOffice(t)
	anna, _ := o.people.Operator("anna")
	key, err := tlog.NewKey(anna.Keys[0].PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	base := tlog.Leaf{Time: start, Authority: "de-bb", Realm: tlog.Live}
	for name, test := range map[string]struct {
		leaf func(*tlog.Leaf)
		want string
	}{
		"siren": {func(l *tlog.Leaf) {
			l.Kind, l.Signal, l.Areas, l.Frames = tlog.KindSiren, "alert", []string{"12054"}, tlog.Listing{Count: 61, Digest: tlog.Digest{1}}
		}, "61 commands to sirens: alert|Area: Potsdam"},
		"break-glass": {func(l *tlog.Leaf) {
			l.Kind, l.Key, l.Guard, l.Holder, l.Roles = tlog.KindEnrolment, key, tlog.BreakGlass, "00000000000000aa", []string{"releaser"}
		}, "A sealed envelope was opened: the break-glass key " + key.ID() + " counts from now on for a short time, in the role: Releaser. Person 00000000000000aa had prepared it."},
		"passkey": {func(l *tlog.Leaf) {
			l.Kind, l.Key, l.Guard, l.Holder, l.Roles = tlog.KindEnrolment, key, tlog.Passkey, "00000000000000aa", []string{"author", "releaser"}
		}, "The key " + key.ID() + " (passkey) of person 00000000000000aa counts from now on, in the roles: Author, Releaser."},
		"revoked": {func(l *tlog.Leaf) {
			l.Kind, l.Key, l.Holder, l.Reason = tlog.KindRevoke, key, "00000000000000aa", "lost"
		}, "The key " + key.ID() + " of person 00000000000000aa no longer counts.|Reason: lost"},
		"territory": {func(l *tlog.Leaf) { l.Kind, l.Grantee, l.Areas = tlog.KindTerritory, "de-be", []string{"12", "99"} },
			"The authority de-be may warn here from now on: Brandenburg, 99."},
		"territory taken": {func(l *tlog.Leaf) { l.Kind, l.Grantee = tlog.KindTerritory, "de-be" }, "The authority de-be may no longer warn here."},
		"first, after another": {func(l *tlog.Leaf) {
			l.Kind, l.Origin, l.Previous = tlog.KindFirst, "b.example/log", tlog.Tree{Origin: "a.example/log", Size: 1200}
		}, "The log b.example/log begins. All keys that count follow.|It goes on from the log a.example/log with 1,200 entries."},
		"last": {func(l *tlog.Leaf) { l.Kind, l.Origin, l.Next = tlog.KindLast, testOrigin, "b.example/log" }, "It goes on in the log b.example/log."},
		"unknown reason": {func(l *tlog.Leaf) {
			l.Kind, l.Warning, l.Identifier, l.Content, l.Reason = tlog.KindRefusal, "w", "w.1", tlog.Digest{1}, "moonlight"
		}, "moonlight|Message w.1"},
	} {
		t.Run(name, func(t *testing.T) {
			l := base
			test.leaf(&l)
			if _, err := l.Encode(); err != nil {
				t.Fatal(err)
			}
			row := o.logRow(logEntry{index: 7, leaf: &l}, catalogue.For("en"))
			if got := strings.Join(row.Lines, "|"); got != test.want || row.Class == "" || row.Symbol == "" || strings.HasPrefix(row.Word, "log.") {
				t.Errorf("%+v\nnot %s", row, test.want)
			}
			if german := o.logRow(logEntry{index: 7, leaf: &l}, catalogue.For("de")); len(german.Lines) != len(row.Lines) || strings.HasPrefix(german.Word, "log.") {
				t.Errorf("%+v", german)
			}
		})
	}
}

// No page or file about the log names anybody, or quotes what did not go out.
func TestLogNamesNobody(t *testing.T) {
	o := eventful(t)
	paths := []string{"/en/log", "/de/log", "/de/log/compare?from=0", logLinesPath, logTablePath}
	for index := range o.tree.Size() {
		paths = append(paths, fmt.Sprintf("/de/log/entries/%d", index))
	}
	for _, path := range paths {
		page := o.page(path)
		for _, name := range []string{"anna", "ben", "Beispiel"} {
			if regexp.MustCompile(`\b` + name + `\b`).MatchString(page) {
				t.Errorf("%s names %s", path, name)
			}
		}
	}
	refused := o.page("/de/log?kind=refusal")
	without(t, refused, "Hochwasser")
	if page := o.page("/de/log?q=w2+hochwasser"); len(kinds(page)) != 0 {
		t.Error("a message that did not go out is found by its words")
	}
}

func TestLogSearch(t *testing.T) {
	o := eventful(t)
	anna, _ := o.people.Operator("anna")
	for name, test := range map[string]struct {
		query string
		want  int
	}{
		"everything":                {"", 13},
		"a word of a headline":      {"q=HOCHWASSER", 3},
		"words in two languages":    {"q=flooding+hochwasser", 3},
		"a place":                   {"q=potsdam", 3},
		"a regional key":            {"q=12054", 3},
		"an identifier":             {"q=2.49.0.0.276.12.w1.2", 1},
		"a warning":                 {"q=w3", 1},
		"an authority":              {"q=de-bb", 13},
		"a sender":                  {"q=warnung@brandenburg.example", 3},
		"a key":                     {"q=" + anna.Keys[0].ID, 9},
		"a kind":                    {"kind=refusal", 4},
		"a kind and a word":         {"kind=release&q=potsdam", 1},
		"no such kind is no kind":   {"kind=nothing", 13},
		"a day":                     {"from=2026-11-25&until=2026-11-25", 13},
		"the day before":            {"until=2026-11-24", 0},
		"the day after":             {"from=2026-11-26", 0},
		"no such day is no day":     {"from=yesterday", 13},
		"nothing":                   {"q=nirgends", 0},
		"markup":                    {"q=" + url.QueryEscape(`"><script>`), 0},
		"before an entry":           {"before=3", 3},
		"before the beginning":      {"before=0", 0},
		"before nothing":            {"before=-7", 13},
		"before what never will be": {"before=99999999999999999999999", 13},
	} {
		t.Run(name, func(t *testing.T) {
			page := o.page("/de/log?" + test.query)
			if got := kinds(page); len(got) != test.want {
				t.Errorf("%d entries, not %d: %q", len(got), test.want, got)
			}
			without(t, page, "<script>")
		})
	}
	within(t, o.page("/de/log?q=potsdam&kind=end"), `value="potsdam"`, `value="end" selected`, "1 Eintrag", `href="/log/entries.jsonl?kind=end&amp;q=potsdam"`)
	// The other language keeps the question.
	within(t, o.page("/de/log?q=potsdam"), `href="/en/log?q=potsdam"`)
}

func TestLogPages(t *testing.T) {
	o := newOffice(t)
	for i := range 118 {
		o.hire(fmt.Sprintf("p%d", i), operator.Author)
	}
	o.at(o.clock)
	link := regexp.MustCompile(`<a href="([^"]*)" rel="next">`)
	place := regexp.MustCompile(`id="e-(\d+)"`)
	var all []string
	for path := "/en/log"; path != ""; {
		page := o.page(path)
		within(t, page, "121 entries")
		for _, m := range place.FindAllStringSubmatch(page, -1) {
			all = append(all, m[1])
		}
		path = ""
		if m := link.FindStringSubmatch(page); m != nil {
			path = m[1]
		}
	}
	var want []string
	for i := 120; i >= 0; i-- {
		want = append(want, fmt.Sprint(i))
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
}

func TestLogEntry(t *testing.T) {
	o := eventful(t)
	index, _ := o.tree.Message("2.49.0.0.276.12.w1.1")
	page := o.page(fmt.Sprintf("/en/log/entries/%d", index))
	leaf, err := tlog.ParseLeaf(o.tree.Entry(index))
	if err != nil {
		t.Fatal(err)
	}
	hash, err := leaf.Hash()
	if err != nil {
		t.Fatal(err)
	}
	proofPath := fmt.Sprintf("/log/proof/%d", index)
	within(t, page, "warning released", "Independent witnesses have confirmed", "number 4 of 13 entries", leaf.Time.Format(time.RFC3339), fmt.Sprintf("%x", hash[:]),
		`href="/cap/2.49.0.0.276.12.w1.1.xml"`, `href="`+proofPath+`"`, "tocsin-leaf/v1 release\ntime 2026-11-25T10:04:00Z\n")
	proof, err := tlog.ParseProof([]byte(o.page(proofPath)))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := tlog.UnsignedCheckpoint(proof.Checkpoint)
	if err != nil || proof.Check(tree) != nil || string(proof.Leaf) != string(o.tree.Entry(index)) {
		t.Errorf("the proof does not prove the entry: %v", err)
	}
	for _, path := range []string{"/de/log/entries/13", "/de/log/entries/-1", "/de/log/entries/x", "/de/log/entries/99999999999999999999"} {
		if answer := o.get(path); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
	for _, path := range []string{"/log/proof/13", "/log/proof/-1", "/log/proof/x"} {
		if d := o.refused(path); d.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, d.Status)
		}
	}
	// What is new is shown, and said not to be signed.
	o.release("w9", warning.KindAlert, 1, flood)
	within(t, o.page("/en/log/entries/13"), "This entry is not signed yet")
	if d := o.refused("/log/proof/13"); d.Status != http.StatusServiceUnavailable {
		t.Errorf("an unsigned entry is proved: %d", d.Status)
	}
}

func TestLogCompare(t *testing.T) {
	o := eventful(t)
	kept := o.page("/log/checkpoint")
	o.clock = o.clock.AddDate(0, 0, 1)
	o.release("w9", warning.KindAlert, 1, flood)
	o.release("w9", warning.KindAllClear, 2, allClear())
	o.sign()
	forged := strings.Replace(kept, "\n13\n", "\n12\n", 1)
	other := strings.Replace(kept, testOrigin, "warnung.other/log", 1)
	for name, test := range map[string]struct {
		from, to, kept string
		rows           int
		says           []string
	}{
		"a size":                 {from: "13", rows: 2, says: []string{"The newer state holds the older one unchanged. ", "hashes prove it", "2 entries were added"}},
		"two sizes":              {from: "3", to: "6", rows: 3, says: []string{"unchanged", "3 entries were added"}},
		"the other way round":    {from: "6", to: "3", rows: 3, says: []string{"unchanged"}},
		"from the beginning":     {from: "0", to: "1", rows: 1, says: []string{"the empty log"}},
		"the same":               {from: "5", to: "5", says: []string{"Both states are the same", "Nothing was added"}},
		"days":                   {from: "2026-11-26", rows: 2, says: []string{"2 entries were added"}},
		"days as Germans write":  {from: "25.11.2026", to: "25.11.2026", rows: 13, says: []string{"13 entries were added"}},
		"a time":                 {from: "2026-11-25 11:04", to: "2026-11-25 12:04", rows: 1, says: []string{"1 entry was added"}},
		"too long":               {from: "16", says: []string{"The log is not that long: it has 15 entries"}},
		"no size":                {from: "many", says: []string{"“many” is neither"}},
		"no older state":         {to: "4", says: []string{"The older state is missing"}},
		"a kept checkpoint":      {kept: kept, rows: 2, says: []string{"Your checkpoint is genuine, and its 13 entries stand in the log unchanged", "2 entries were added"}},
		"kept, pasted by a form": {kept: "\r\n" + strings.ReplaceAll(kept, "\n", "\r\n"), rows: 2, says: []string{"genuine"}},
		"forged":                 {kept: forged, says: []string{"No key of this log signed"}},
		"of another log":         {kept: other, says: []string{"is of the log warnung.other/log"}},
		"no checkpoint":          {kept: "hello", says: []string{"cannot be read"}},
		"far too long":           {kept: strings.Repeat("x", longestKept+1), says: []string{"cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			page := o.page("/en/log/compare?" + url.Values{"from": {test.from}, "to": {test.to}, "kept": {test.kept}}.Encode())
			within(t, page, test.says...)
			if got := kinds(page); len(got) != test.rows {
				t.Errorf("%d entries, not %d", len(got), test.rows)
			}
		})
	}
}

// A checkpoint that the log's own key signed over another history is evidence.
func TestLogCompareFindsForks(t *testing.T) {
	o := eventful(t)
	tree, err := tlog.UnsignedCheckpoint([]byte(o.page("/log/checkpoint")))
	if err != nil {
		t.Fatal(err)
	}
	// The journal is brought back from before, and goes on in another way.
	kept := o.page("/log/checkpoint")
	after := eventful(t)
	after.logged.standing.Load().Keys = o.state.Keys
	page := after.page("/en/log/compare?" + url.Values{"kept": {kept}}.Encode())
	within(t, html.UnescapeString(page), "The log was changed. Your checkpoint of 13 entries is genuine", tree.Root.String()[:8])
	// And one of more entries than are shown.
	short := newOffice(t)
	short.at(short.clock)
	short.sign()
	short.logged.standing.Load().Keys = o.state.Keys
	within(t, short.page("/en/log/compare?"+url.Values{"kept": {kept}}.Encode()), "Your checkpoint is genuine and has 13 entries; the log shows only 3")
}

func TestLogFiles(t *testing.T) {
	o := eventful(t)
	lines := bufio.NewScanner(strings.NewReader(o.page(logLinesPath + "?kind=release")))
	lines.Buffer(nil, 1<<20)
	var records []logRecord
	for lines.Scan() {
		var r logRecord
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	if len(records) != 1 || records[0].Headline != "Hochwasser in Potsdam" || records[0].AreaNames[0] != "Potsdam" || records[0].Leaf != string(o.tree.Entry(records[0].Index)) ||
		len(records[0].SignedBy) != 2 {
		t.Errorf("%+v", records)
	}
	table, err := csv.NewReader(strings.NewReader(o.page(logTablePath))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(table) != 14 || table[0][0] != "index" || table[1][0] != "12" || table[1][2] != string(tlog.KindRoles) {
		t.Errorf("%q", table)
	}
	for name, path := range map[string]string{contentLines: logLinesPath, contentTable: logTablePath} {
		answer := o.get(path)
		if answer.Header.Get("Content-Type") != name || answer.Header.Get("Access-Control-Allow-Origin") != "*" || answer.Header.Get("Link") != "" {
			t.Errorf("%s: %v", path, answer.Header)
		}
	}
	r := logRecord{Headline: "=HYPERLINK()", Authority: "-1"}
	if columns := r.columns(); columns[12] != "'=HYPERLINK()" || columns[3] != "'-1" {
		t.Errorf("a spreadsheet would compute %q", columns)
	}
}

func FuzzLogQuery(f *testing.F) {
	f.Add("q=potsdam&kind=end&from=2026-01-01&until=2026-12-31&before=12")
	f.Add("q=%22%3E%00&kind=%00&from=0000-00-00&until=x&before=-1")
	f.Fuzz(func(t *testing.T, raw string) {
		v, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		q := readLogQuery(v, time.UTC)
		again, err := url.ParseQuery(strings.TrimPrefix(q.Encode(), "?"))
		if err != nil {
			t.Fatal(err)
		}
		if got := readLogQuery(again, time.UTC); got.Encode() != q.Encode() {
			t.Errorf("%q is read as %q, and then as %q", raw, q.Encode(), got.Encode())
		}
	})
}

func TestLogInBrowser(t *testing.T) {
	o := eventful(t)
	server := httptest.NewServer(o.Handler())
	t.Cleanup(server.Close)
	b := openBrowser(t, server.URL)
	for _, look := range []struct {
		name, path, scheme string
		width              int64
	}{
		{"log-phone", "/de/log", "light", 360},
		{"log-dark", "/en/log", "dark", 1280},
		{"log-search-dark-phone", "/de/log?q=potsdam&kind=release", "dark", 360},
		{"log-nothing", "/de/log?q=nirgends", "light", 1280},
		{"entry-phone", "/de/log/entries/3", "light", 360},
		{"entry-dark", "/en/log/entries/3", "dark", 1280},
		{"compare-form", "/de/log/compare", "light", 360},
		{"compare", "/de/log/compare?from=3&to=11", "light", 360},
		{"compare-dark", "/en/log/compare?from=3&to=11", "dark", 1280},
		{"compare-fault", "/de/log/compare?from=viel", "light", 1280},
	} {
		b.visit(look.path, look.width, look.scheme)
		b.check(look.name)
		b.keepPicture(look.name)
	}
	// As a person goes: search, read an entry, look for all about its warning.
	b.visit("/de/log", 360, "light")
	b.visit(script[string](b, `(document.getElementById("q").value = "entwarnung", "/de/log?" + new URLSearchParams(new FormData(document.forms[0])))`), 360, "light")
	if n := script[int](b, `document.querySelectorAll(".entry").length`); n != 1 {
		t.Errorf("%d entries are found", n)
	}
	for _, then := range []string{`document.querySelector("pre").textContent.startsWith("tocsin-leaf/v1 end\n")`, `document.querySelectorAll(".entry").length === 3`} {
		b.visit(script[string](b, `document.querySelector(".entry > p > a").getAttribute("href")`), 360, "light")
		if !script[bool](b, then) {
			t.Errorf("it is not so: %s", then)
		}
	}
	b.check("all about a warning")
}

// A log of years is searched in milliseconds. The entries are made from one, so
// that most of the time goes into the page.
func BenchmarkLog(b *testing.B) {
	const entries = 100_000
	s := newStation(b)
	m := s.compose("w1", warning.KindAlert, 1, flood)
	leaf, err := tlog.MessageLeaf(m.CAP)
	if err != nil {
		b.Fatal(err)
	}
	key, err := operator.GenerateKey()
	if err != nil {
		b.Fatal(err)
	}
	statement := operator.Statement{Action: operator.ActionRequest, Role: operator.Author, Warning: "w1", Message: m.Identifier, Digest: leaf.Content}
	a, err := operator.Assert(key, "anna", statement)
	if err != nil {
		b.Fatal(err)
	}
	public, err := operator.PublicKey(key)
	if err != nil {
		b.Fatal(err)
	}
	signed, err := operator.KeyPolicy{}.Public(operator.Key{ID: a.KeyID, Type: operator.SoftwareKey, PublicKey: public}, statement, a)
	if err != nil {
		b.Fatal(err)
	}
	leaf.Kind, leaf.Warning, leaf.Time, leaf.Authority, leaf.Realm = tlog.KindRelease, "w1", s.clock, "de-bb", tlog.Live
	leaf.Assertions = []tlog.Assertion{signed, signed}
	raw, err := leaf.Encode()
	if err != nil {
		b.Fatal(err)
	}
	first, err := (&tlog.Leaf{Kind: tlog.KindFirst, Time: s.clock, Authority: "de-bb", Realm: tlog.Live, Origin: testOrigin}).Encode()
	if err != nil {
		b.Fatal(err)
	}
	records := []journal.Record{{Events: []journal.Event{journal.NewEvent(publiclog.EventLeaf, string(first))}}}
	for i := 1; i < entries; i += 1000 {
		var r journal.Record
		for j := i; j < min(i+1000, entries); j++ {
			text := strings.ReplaceAll(string(raw), m.Identifier, fmt.Sprintf("%s-%d", m.Identifier, j))
			r.Events = append(r.Events, journal.NewEvent(publiclog.EventLeaf, text))
		}
		records = append(records, r)
	}
	for _, r := range records {
		if err := s.tree.Apply(r); err != nil {
			b.Fatal(err)
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	if err := s.index.Apply(journal.Record{}); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Logf("index of %d entries: %v, %d MB", entries, took, (after.HeapAlloc-before.HeapAlloc)>>20)
	s.at(s.clock)
	for name, path := range map[string]string{
		"newest": "/de/log", "search": "/de/log?q=potsdam+release", "nothing": "/de/log?q=nirgends", "oldest": "/de/log?before=60",
		"entry": "/de/log/entries/70000", "compare": "/de/log/compare?from=1000", "lines": logLinesPath, "table": logTablePath,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if answer := s.get(path); answer.StatusCode != http.StatusOK {
					b.Fatal(answer.Status)
				}
			}
		})
	}
}
