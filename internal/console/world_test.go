// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/bus/natsbus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/core"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/intake"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/warning/assessment"
)

// country is the real gazetteer, read once for all tests.
var country = sync.OnceValues(func() (*geo.Gazetteer, error) {
	regions, places, err := germany.Load()
	if err != nil {
		return nil, err
	}
	return geo.NewGazetteer(regions, places), nil
})

// clock is a time that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// person is an operator of the tests.
type person struct {
	operator.Operator
	password string
	token    string
	cookie   *http.Cookie // in place of a token
	key      *ecdsa.PrivateKey
}

// world is a core and a console over a real journal and a real bus.
type world struct {
	testing.TB
	clock   *clock
	bus     bus.Bus
	journal *memory.Journal
	options console.Options
	service *console.Service
	server  *httptest.Server
	people  map[string]*person
}

// brandenburg is the authority of the tests.
func brandenburg() authority.Authority {
	return authority.Authority{
		ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", SenderName: "Lagezentrum Brandenburg",
		Territory: []geo.ARS{"12"}, Contact: "0331 115",
	}.WithDefaults()
}

// newWorld starts everything. publicURL may be empty.
// keyPolicy lets software keys release beside device-bound passkeys.
var keyPolicy = operator.KeyPolicy{
	Origin: "https://konsole.example", Release: []operator.KeyType{operator.Passkey, operator.SoftwareKey},
}.WithDefaults()

func newWorld(t testing.TB, publicURL string) *world {
	t.Helper()
	gazetteer, err := country()
	if err != nil {
		t.Fatal(err)
	}
	driver, err := engine.Open(engine.Options{Dir: t.TempDir(), Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := driver.Close(); err != nil {
			t.Error(err)
		}
	})
	connection, err := natsbus.Open(t.Context(), natsbus.Options{Conn: driver.Conn, JetStream: driver.JetStream})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		TB: t, bus: connection, journal: memory.New(), people: map[string]*person{},
		clock: &clock{now: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)},
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	self := brandenburg()
	directory, proposals := operator.NewDirectory(), intake.NewProposals()
	proposals.Self = self.Sender
	directory.Keys = keyPolicy
	rules := warning.Rules{
		Authority: self, Operators: directory, Wording: assessment.Wording{}, PublicURL: publicURL, Keys: keyPolicy,
		Areas: assessment.Areas{Known: gazetteer.Regions(), Territory: self.Territory},
	}
	book, fleet := warning.NewBook(), siren.NewFleet()
	scribe, err := publiclog.NewScribe(publiclog.ScribeOptions{
		Authority: self, Origin: "warnung.example/log", Keys: keyPolicy, Operators: directory, Warnings: book, Tree: publiclog.NewTree(),
		Regions: func(geo.Area) []string { return []string{"12"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	run(t, core.New(core.Options{
		Journal: w.journal, Bus: w.bus, Recorder: scribe, Now: w.clock.Now, Logger: quiet,
		Domains: map[string]core.Domain{
			"warning": warning.Desk{Book: book, Rules: rules}, "operator": directory, "proposal": proposals, "siren": registrar{fleet, &siren.Stops{}, siren.NewRogues()},
			"siren-test": testplan.Desk{
				Book: testplan.NewBook(), Fleet: fleet, Operators: directory, Zone: self.TimeZone,
				Alarm: func(now time.Time) bool { return len(book.InForce(now)) > 0 },
			},
		},
	}).Run)
	planner, err := study.Open(study.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	run(t, func(ctx context.Context, ready func()) error {
		ready()
		planner.Work(ctx)
		return nil
	})
	w.options = console.Options{
		Planner: planner,
		Journal: w.journal, Bus: w.bus, Authority: self, Gazetteer: gazetteer, Rules: rules, PublicURL: publicURL,
		Now: w.clock.Now, Logger: quiet,
	}
	for _, p := range []struct {
		name, full string
		role       operator.Role
	}{
		{"anna", "Anna Lindow", operator.Author}, {"ben", "Ben Okafor", operator.Releaser},
		{"clara", "Clara Voss", operator.Administrator}, {"deniz", "Deniz Yilmaz", operator.Observer},
	} {
		w.addPerson(p.name, p.full, p.role)
	}
	w.service, w.server = w.start()
	return w
}

// registrar is a registry of sirens that asks nobody who commands.
type registrar struct {
	*siren.Fleet
	stops  *siren.Stops
	rogues *siren.Rogues
}

// Apply implements core.Domain.
func (r registrar) Apply(record journal.Record) error {
	return journal.Projections{r.Fleet, r.stops, r.rogues}.Apply(record)
}

// Step implements core.Domain.
func (r registrar) Step(name, by string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	switch name {
	case siren.CommandStop:
		var stop siren.StopCommand
		if err := json.Unmarshal(body, &stop); err != nil {
			return nil, err
		}
		return r.stops.Order(stop, nil, by, now)
	case siren.CommandSettleRogue:
		var settled siren.RogueSettled
		if err := json.Unmarshal(body, &settled); err != nil {
			return nil, err
		}
		return r.rogues.Settle(settled)
	case enrolment.CommandOpen, enrolment.CommandRevoke:
		return enrolment.NewBook().Step(name, body, r.All(), now)
	}
	if name == siren.CommandRemove {
		var removed siren.Removed
		if err := json.Unmarshal(body, &removed); err != nil {
			return nil, err
		}
		return siren.Remove(r.All(), removed)
	}
	var registered siren.Registered
	if err := json.Unmarshal(body, &registered); err != nil {
		return nil, err
	}
	return siren.Register(r.All(), registered.Sirens)
}

// start starts one more console over the same journal.
func (w *world) start() (*console.Service, *httptest.Server) {
	w.Helper()
	service, err := console.New(w.options)
	if err != nil {
		w.Fatal(err)
	}
	run(w.TB, service.Run)
	server := httptest.NewServer(service.Handler())
	w.Cleanup(server.Close)
	w.Cleanup(http.DefaultClient.CloseIdleConnections)
	return service, server
}

// run runs a role until the test ends, and waits until it serves.
func run(t testing.TB, role func(context.Context, func()) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- role(ctx, sync.OnceFunc(func() { close(ready) })) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("role ended: %v", err)
		}
	})
	select {
	case <-ready:
	case err := <-done:
		done <- err
		t.Fatalf("role ended at once: %v", err)
	case <-time.After(eventually.Patience):
		t.Fatal("role is not ready")
	}
}

// passwordHash is computed once: it is meant to be slow.
var passwordHash = sync.OnceValue(func() string {
	return operator.HashPassword(testPassword, bytes.Repeat([]byte{7}, operator.SaltBytes))
})

const testPassword = "correct horse battery staple"

func (w *world) addPerson(name, full string, roles ...operator.Role) *person {
	w.Helper()
	p := &person{Operator: operator.Operator{Name: name, FullName: full, Roles: roles}, password: testPassword}
	w.command(operator.CommandCreate, operator.Node, operator.Create{Name: name, FullName: full, Roles: roles, PasswordHash: passwordHash()})
	secret, hash := operator.NewToken()
	w.command(operator.CommandIssueToken, operator.Node, operator.IssueToken{Operator: name, Label: "test", Hash: hash})
	p.token = secret
	key, err := operator.GenerateKey()
	if err != nil {
		w.Fatal(err)
	}
	public, err := operator.PublicKey(key)
	if err != nil {
		w.Fatal(err)
	}
	w.command(operator.CommandEnrolKey, name, operator.EnrolKey{PublicKey: public, Label: "test"})
	p.key = key
	w.people[name] = p
	return p
}

func (w *world) command(name, by string, body any) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), eventually.Patience)
	defer cancel()
	done, err := command.Do(ctx, w.bus, name, by, body)
	if err != nil {
		w.Fatalf("%s: %v", name, err)
	}
	w.follows(done.Seq)
}

// follows waits until the console, if it runs, has read a record.
func (w *world) follows(seq uint64) {
	w.Helper()
	eventually.Holds(w, "the console follows", func() bool { return w.service == nil || w.service.Board(console.Identity{}).Seq >= seq })
}

// record appends events of other roles to the journal.
func (w *world) record(events ...journal.Event) {
	w.Helper()
	for {
		head, err := w.journal.Head(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		head, err = w.journal.Append(w.Context(), head.Seq, journal.Draft{Time: w.clock.Now(), By: "node", Events: events})
		if err == nil {
			w.follows(head.Seq)
			return
		}
	}
}

// call sends a request as a person with their token ("" for nobody), and reads
// the answer into out. It gives the status.
func (w *world) call(as, method, path string, body, out any) int {
	w.Helper()
	request := w.request(method, path, body)
	if p := w.people[as]; p != nil && p.cookie != nil {
		request.AddCookie(p.cookie)
	} else if p != nil {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	return w.send(request, out)
}

func (w *world) request(method, path string, body any) *http.Request {
	w.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(b)
	case string:
		content = strings.NewReader(b)
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			w.Fatal(err)
		}
		content = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(w.Context(), method, w.server.URL+path, content)
	if err != nil {
		w.Fatal(err)
	}
	if content != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request
}

func (w *world) send(request *http.Request, out any) int {
	w.Helper()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	if as, ok := out.(*json.RawMessage); ok {
		*as = raw
	} else if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			w.Fatalf("%s %s: %v in %s", request.Method, request.URL.Path, err, raw)
		}
	}
	return answer.StatusCode
}

// must is call for what has to succeed.
func (w *world) must(as, method, path string, body, out any) {
	w.Helper()
	var raw json.RawMessage
	if status := w.call(as, method, path, body, &raw); status >= 300 {
		w.Fatalf("%s %s as %s: %d %s", method, path, as, status, raw)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			w.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
}

// refused sends what has to be refused and gives the problem.
func (w *world) refused(as, method, path string, body any, kind problem.Kind) problem.Document {
	w.Helper()
	var document problem.Document
	status := w.call(as, method, path, body, &document)
	if status != kind.Status() || document.Type != problem.TypePrefix+string(kind) {
		w.Fatalf("%s %s as %s: %d %+v, want %s", method, path, as, status, document, kind)
	}
	if document.Detail == "" || document.Remedy == "" {
		w.Errorf("%s %s: the refusal does not say what is wrong and what to do: %+v", method, path, document)
	}
	for _, f := range document.Errors {
		if f.Message == "" {
			w.Errorf("%s %s: a fault without words: %+v", method, path, f)
		}
	}
	return document
}

// flood is a content that breaks no rule.
func (w *world) flood() warning.Content {
	return warning.Content{
		Event: "BBK-EVC-038", Level: warning.LevelDanger,
		Area:    geo.Area{Name: "Potsdam", ARS: []geo.ARS{"12054"}},
		Expires: w.clock.Now().Add(4 * time.Hour),
		Texts: map[string]warning.Text{
			"de": {
				Headline:    "Hochwasser der Havel in Potsdam",
				Description: "Das Lagezentrum Brandenburg warnt vor Hochwasser. Die Havel steigt in Potsdam bis 14 Uhr um einen Meter.",
				Instruction: "Gehen Sie nicht in Keller oder Tiefgaragen.\nBleiben Sie weg vom Ufer.\nWir melden uns bis 13 Uhr.",
			},
			"en": {
				Headline:    "Flooding of the Havel in Potsdam",
				Description: "The Brandenburg situation centre warns of flooding. The Havel in Potsdam will rise by one metre until 2 pm.",
				Instruction: "Do not enter basements or underground car parks.\nKeep away from the banks.\nOur next message comes by 1 pm.",
			},
		},
	}
}

// prepare composes a content as a person and fails on faults.
func (w *world) prepare(as string, in console.PrepareRequest) console.Draft {
	w.Helper()
	var draft console.Draft
	w.must(as, http.MethodPost, "/api/v1/prepare", in, &draft)
	if len(draft.Faults) > 0 {
		w.Fatalf("the content breaks rules: %+v", draft.Faults)
	}
	return draft
}

// command that asks for the release of a draft, signed.
func (w *world) requestOf(as string, draft console.Draft) warning.RequestCommand {
	w.Helper()
	digest := w.digest(draft.Digest)
	out := warning.RequestCommand{
		Warning: draft.Warning, Identifier: draft.Identifier, Kind: draft.Kind, Content: draft.Content, Digest: digest,
		Assertion: w.sign(as, operator.ActionRequest, operator.Author, draft.Warning, draft.Identifier, digest),
	}
	if draft.Replaces != "" {
		replaces := w.digest(draft.Replaces)
		out.Replaces = &replaces
	}
	return out
}

func (w *world) digest(text string) warning.Digest {
	w.Helper()
	var digest warning.Digest
	if err := digest.UnmarshalText([]byte(text)); err != nil {
		w.Fatal(err)
	}
	return digest
}

func (w *world) sign(as string, action operator.Action, role operator.Role, id, message string, digest warning.Digest) operator.Assertion {
	w.Helper()
	assertion, err := operator.Assert(w.people[as].key, as, operator.Statement{Action: action, Role: role, Warning: id, Message: message, Digest: digest})
	if err != nil {
		w.Fatal(err)
	}
	return assertion
}

// ask requests the release of a content and gives the warning with its request.
func (w *world) ask(as string, in console.PrepareRequest) console.Warning {
	w.Helper()
	draft := w.prepare(as, in)
	w.must(as, http.MethodPost, "/api/v1/requests", w.requestOf(as, draft), nil)
	return w.warning(as, draft.Warning)
}

func (w *world) warning(as, id string) console.Warning {
	w.Helper()
	var out console.Warning
	w.must(as, http.MethodGet, "/api/v1/warnings/"+id, nil, &out)
	return out
}

func (w *world) releaseOf(as string, waiting console.Warning) console.Release {
	w.Helper()
	digest := w.digest(waiting.Pending.Digest)
	return console.Release{
		Identifier: waiting.Pending.Identifier, Digest: digest,
		Assertion: w.sign(as, operator.ActionRelease, operator.Releaser, waiting.ID, waiting.Pending.Identifier, digest),
	}
}

// publish asks as anna and releases as ben.
func (w *world) publish(in console.PrepareRequest) console.Warning {
	w.Helper()
	waiting := w.ask("anna", in)
	w.must("ben", http.MethodPost, "/api/v1/warnings/"+waiting.ID+"/release", w.releaseOf("ben", waiting), nil)
	return w.warning("ben", waiting.ID)
}

func (w *world) alert() console.PrepareRequest {
	content := w.flood()
	return console.PrepareRequest{Kind: warning.KindAlert, Content: &content}
}

// signIn opens a session and gives its cookie.
func (w *world) signIn(name string) *http.Cookie {
	w.Helper()
	answer, err := http.DefaultClient.Do(w.request(http.MethodPost, "/api/v1/session", console.SignIn{Name: name, Password: testPassword}))
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || len(answer.Cookies()) != 1 {
		raw, _ := io.ReadAll(answer.Body)
		w.Fatalf("sign in: %d %s", answer.StatusCode, raw)
	}
	return answer.Cookies()[0]
}

// fleetOf gives sirens in Potsdam and one in Cottbus.
func (w *world) fleetOf(names ...string) {
	w.Helper()
	var body siren.Registered
	for i, name := range names {
		s := siren.Siren{
			ID: name, Number: uint32(i + 1), Name: "Sirene " + name, ARS: "120540000000", Position: geo.Point{Lat: 52.4, Lon: 13.06},
			PublicKey: make([]byte, 32), Signals: []string{"warning", "all-clear"},
		}
		if strings.HasPrefix(name, "cb") {
			s.ARS, s.Position = "120520000000", geo.Point{Lat: 51.76, Lon: 14.33}
		}
		body.Sirens = append(body.Sirens, s)
	}
	w.record(journal.NewEvent(siren.EventRegistered, body))
}

func (w *world) hear(state siren.State) {
	w.Helper()
	raw, err := json.Marshal(state)
	if err != nil {
		w.Fatal(err)
	}
	if err := w.bus.PutState(w.Context(), siren.StateSubject(state.Siren), raw); err != nil {
		w.Fatal(err)
	}
}
