// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package warningtest drives the rules of warnings with random operators,
// commands, mistakes, forgeries and jumps of the clock, and checks the
// invariants after every step.
package warningtest

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/chain"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Start is when simulations begin.
var Start = time.Date(2026, 11, 23, 1, 12, 0, 0, time.UTC)

// Person is an operator with their key.
type Person struct {
	operator.Operator
	Private *ecdsa.PrivateKey
}

// People are the operators of simulations.
type People map[string]Person

// NewPeople makes operators with software keys.
func NewPeople() (People, error) {
	all := People{}
	for name, roles := range map[string][]operator.Role{
		"anna": {operator.Author}, "ben": {operator.Author, operator.Releaser}, "cem": {operator.Releaser},
		"dora": {operator.Releaser, operator.Author}, "emil": {operator.Observer}, "gone": {operator.Author, operator.Releaser},
	} {
		key, err := operator.GenerateKey()
		if err != nil {
			return nil, err
		}
		public, err := operator.PublicKey(key)
		if err != nil {
			return nil, err
		}
		all[name] = Person{operator.Operator{
			Name: name, Roles: roles, Disabled: name == "gone",
			Keys: []operator.Key{{ID: operator.KeyID(public), Type: operator.SoftwareKey, PublicKey: public, Enrolled: Start}},
		}, key}
	}
	return all, nil
}

// Operator implements warning.Operators.
func (p People) Operator(name string) (operator.Operator, bool) {
	found, ok := p[name]
	return found.Operator, ok
}

// All gives all operators, sorted by name.
func (p People) All() []operator.Operator {
	var all []operator.Operator
	for _, name := range slices.Sorted(maps.Keys(p)) {
		all = append(all, p[name].Operator)
	}
	return all
}

// Recorder completes what the rules decide, as that of the core does.
type Recorder interface {
	journal.Projection
	Complete(events []journal.Event, now time.Time) ([]journal.Event, error)
}

// Options are what a simulation needs; Recorder and After may be nil.
type Options struct {
	People People
	// Releases is how many must sign an alert.
	Releases int
	Seed     uint64
	// Recorder makes what completes the records of rules and book.
	Recorder func(warning.Rules, *warning.Book) (Recorder, error)
	// After is called after every step.
	After func([]journal.Record) error
}

type squareTerritory struct{}

// CheckArea allows what lies in the square of one degree around 52.5, 13.5.
func (squareTerritory) CheckArea(a geo.Area) []problem.Fault {
	for _, c := range a.Circles {
		if c.Center.Lat < 52 || c.Center.Lat > 53 || c.Center.Lon < 13 || c.Center.Lon > 14 {
			return []problem.Fault{{Field: "area", Rule: "area.outside", Message: "outside", Remedy: "move it"}}
		}
	}
	return nil
}

type fewWords struct{}

func (fewWords) Hazard(code string) (warning.Hazard, bool) {
	return warning.Hazard{Names: map[string]string{"de": "Hochwasser", "en": "Flood"}, Categories: []cap.Category{cap.CategoryGeo}, ResponseTypes: []cap.ResponseType{cap.ResponseAvoid}, Codes: []cap.NamedValue{{ValueName: "profile:DE-BBK-EVENTCODE", Value: code}}}, code == "BBK-EVC-038"
}

func (fewWords) Grading(warning.Level) warning.Grading {
	return warning.Grading{Urgency: cap.UrgencyImmediate, Severity: cap.SeveritySevere, Certainty: cap.CertaintyObserved}
}

func (fewWords) KnownSignal(name string) bool {
	return name == "warning" || name == warning.SignalAllClear
}

func (fewWords) CheckTexts(t warning.TextCheck) []problem.Fault {
	for _, tag := range t.Languages {
		if t.Content.Texts[tag].Headline == "" {
			return []problem.Fault{{Field: "texts." + tag + ".headline", Message: "empty", Remedy: "write it"}}
		}
	}
	return nil
}

// Simulation is one run: the journal is the list of records, and the book is
// what the rules see.
type Simulation struct {
	// Records are what was recorded so far.
	Records []journal.Record
	People  People
	Rules   warning.Rules
	Book    *warning.Book
	Now     time.Time

	random   *rand.Rand
	recorder Recorder // nil for none
	after    func([]journal.Record) error
	// ever holds every released message as it was when released.
	ever map[string]warning.Message
	// sent are their CAP messages, as a receiver reads them.
	sent []*cap.Alert
}

// New makes a simulation.
func New(o Options) (*Simulation, error) {
	a := authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}}
	a.Policy.Releases = o.Releases
	s := &Simulation{
		random: rand.New(rand.NewPCG(o.Seed, 7)), People: o.People, after: o.After, Book: warning.NewBook(), Now: Start, ever: map[string]warning.Message{},
		Rules: warning.Rules{Authority: a.WithDefaults(), Operators: o.People, Areas: squareTerritory{}, Wording: fewWords{}, PublicURL: "https://warnung.example", Keys: software},
	}
	if o.Seed%5 == 0 {
		s.Rules.Authority.Policy.AllClearReleases = 1
	}
	if o.Recorder == nil {
		return s, nil
	}
	var err error
	s.recorder, err = o.Recorder(s.Rules, s.Book)
	return s, err
}

// Run does random things, then ends all warnings. Its error is an invariant that
// did not hold.
func (s *Simulation) Run() error {
	for step := range 24 {
		s.Now = s.Now.Add(time.Duration(s.jump()) * time.Second)
		if err := s.step(); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		if err := s.Check(); err != nil {
			return fmt.Errorf("after step %d: %w", step, err)
		}
	}
	if err := s.allClearGetsThrough(); err != nil {
		return err
	}
	return s.replays()
}

// receiversAgree checks that who has nothing but the CAP messages holds the same
// warnings in force as the book does, and finds no fault in their references.
func (s *Simulation) receiversAgree() error {
	set := chain.New(s.sent)
	for _, f := range set.Findings() {
		return fmt.Errorf("%s: %s", f.Alert.Identifier, f.In("en").Message)
	}
	for _, now := range []time.Time{s.Now, s.Now.Add(30 * time.Minute), s.Now.Add(3 * time.Hour)} {
		var theirs, ours []string
		for _, standing := range set.InForce(cap.StatusActual, now) {
			theirs = append(theirs, standing.Alert.Identifier)
		}
		for _, w := range s.Book.InForce(now) {
			ours = append(ours, w.Last().Identifier)
		}
		slices.Sort(theirs)
		slices.Sort(ours)
		if diff := cmp.Diff(ours, theirs); diff != "" {
			return fmt.Errorf("at %v receivers see other warnings in force:\n%s", now, diff)
		}
	}
	return nil
}

func (s *Simulation) pick(names ...string) string { return names[s.random.IntN(len(names))] }

// jump gives seconds to pass: mostly a few, now and then enough for deadlines.
func (s *Simulation) jump() int {
	if s.chance(15) {
		return s.random.IntN(40 * 60)
	}
	return s.random.IntN(60)
}

func (s *Simulation) anyone() string {
	return s.pick("anna", "ben", "cem", "dora", "emil", "gone", "nobody")
}

func (s *Simulation) chance(percent int) bool { return s.random.IntN(100) < percent }

// step does one random thing, right or wrong, and appends what the rules allow.
func (s *Simulation) step() error {
	if events := s.Rules.Due(s.Book, s.Now); len(events) > 0 {
		if err := s.Append("node", events); err != nil {
			return err
		}
	}
	all := s.Book.All()
	switch {
	case len(all) == 0 || s.chance(20):
		var random [5]byte
		for i := range random {
			random[i] = byte(s.random.IntN(256))
		}
		return s.request(warning.NewID("de-bb", s.Now, random), warning.KindAlert, s.anyone())
	case s.chance(35):
		return s.request(all[s.random.IntN(len(all))].ID, []warning.Kind{warning.KindAlert, warning.KindUpdate, warning.KindAllClear}[s.random.IntN(3)], s.anyone())
	case s.chance(80):
		if waiting := s.Book.Waiting(); len(waiting) > 0 && s.chance(80) {
			all = waiting
		}
		return s.release(all[s.random.IntN(len(all))], s.anyone())
	default:
		return s.drop(all[s.random.IntN(len(all))])
	}
}

func (s *Simulation) content(kind warning.Kind) warning.Content {
	c := warning.Content{
		Event: "BBK-EVC-038", Level: warning.Level(1 + s.random.IntN(3)),
		Area: geo.Area{Name: "Potsdam", Circles: []geo.Circle{{Center: geo.Point{Lat: 52.4, Lon: 13.1}, Radius: 3000}}},
		Texts: map[string]warning.Text{
			"de": {Headline: fmt.Sprintf(" Hochwasser in Potsdam %d ", s.random.IntN(1000)), Description: "Die Havel steigt.\r\nBitte beachten.", Instruction: "Meiden Sie die Ufer."},
			"en": {Headline: "Flood in Potsdam", Description: "The Havel is rising.", Instruction: "Keep away from the banks."},
		},
		Signal:  s.pick("", "warning"),
		Expires: s.Now.Add(time.Duration(1+s.random.IntN(90)) * time.Minute),
	}
	if kind == warning.KindAllClear {
		c.Signal = s.pick("", warning.SignalAllClear)
	}
	switch s.random.IntN(14) {
	case 0:
		c.Area.Circles[0].Center = geo.Point{Lat: 50, Lon: 8}
	case 1:
		c.Expires = s.Now.Add(-time.Minute)
	case 2:
		c.Texts = nil
	case 3:
		c.Event = "BBK-EVC-999999"
	}
	return c
}

func (s *Simulation) request(id string, kind warning.Kind, by string) error {
	draft, err := s.Rules.Prepare(s.Book, warning.PrepareInput{Warning: id, Kind: kind, Content: s.content(kind)}, s.Now)
	if err != nil {
		return expectProblem(err)
	}
	command := warning.RequestCommand{Warning: id, Identifier: draft.Identifier, Kind: kind, Content: draft.Content, Digest: draft.Digest, Replaces: draft.Replaces}
	if s.chance(10) {
		command.Replaces = &warning.Digest{1}
	}
	command.Assertion = s.sign(by, operator.Statement{Action: operator.ActionRequest, Role: operator.Author, Warning: id, Message: draft.Identifier, Digest: draft.Digest})
	if s.chance(10) {
		command.Content.Texts = map[string]warning.Text{"de": {Headline: "Anders"}, "en": {Headline: "Other"}}
	}
	return s.command(warning.CommandRequest, by, command)
}

func (s *Simulation) release(w *warning.Warning, by string) error {
	if w.Pending == nil {
		identifier := w.ID + ".1"
		return s.command(warning.CommandRelease, by, warning.ReleaseCommand{Warning: w.ID, Identifier: identifier})
	}
	p := w.Pending
	command := warning.ReleaseCommand{Warning: w.ID, Identifier: p.Identifier, Digest: p.Digest}
	if s.chance(10) {
		command.Digest[0] ^= 1
	}
	command.Assertion = s.sign(by, operator.Statement{Action: operator.ActionRelease, Role: operator.Releaser, Warning: w.ID, Message: p.Identifier, Digest: command.Digest})
	if s.chance(10) {
		// A recorded author's signature is no release.
		command.Assertion = p.Assertions[0]
	}
	return s.command(warning.CommandRelease, by, command)
}

func (s *Simulation) drop(w *warning.Warning) error {
	command := warning.DropCommand{Warning: w.ID, Reason: s.pick("", "Ort falsch")}
	if w.Pending != nil {
		command.Identifier = w.Pending.Identifier
	}
	return s.command(s.pick(warning.CommandRefuse, warning.CommandWithdraw, warning.CommandStop), s.anyone(), command)
}

// software lets software keys release, as the demo does.
var software = operator.KeyPolicy{Release: []operator.KeyType{operator.SoftwareKey}}

// sign signs with the person's own key, or now and then with somebody else's.
func (s *Simulation) sign(by string, statement operator.Statement) operator.Assertion {
	signer := by
	if s.chance(10) {
		signer = s.anyone()
	}
	p, ok := s.People[signer]
	if !ok {
		return operator.Assertion{KeyID: "none", Signature: make([]byte, 64)}
	}
	assertion, err := operator.Assert(p.Private, by, statement)
	if err != nil {
		panic(err)
	}
	return assertion
}

func (s *Simulation) command(name, by string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	events, err := s.Rules.Step(s.Book, name, by, raw, s.Now)
	if err != nil {
		return expectProblem(err)
	}
	return s.Append(by, events)
}

// expectProblem lets refusals pass, if they say what is wrong; anything else fails the run.
func expectProblem(err error) error {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok || p.Kind == problem.Internal || p.Message == "" {
		return fmt.Errorf("refused without a reason: %w", err)
	}
	return nil
}

// Append records what was decided, completed by the recorder.
func (s *Simulation) Append(by string, events []journal.Event) error {
	if s.recorder != nil {
		var err error
		if events, err = s.recorder.Complete(events, s.Now); err != nil {
			return fmt.Errorf("complete record: %w", err)
		}
	}
	if len(events) == 0 {
		return nil
	}
	r := journal.Record{Version: journal.Version, Seq: uint64(len(s.Records) + 1), Time: s.Now, By: by, Events: events}
	s.Records = append(s.Records, r)
	if s.recorder != nil {
		if err := s.recorder.Apply(r); err != nil {
			return err
		}
	}
	return s.Book.Apply(r)
}

// Check holds the invariants that concern warnings.
func (s *Simulation) Check() error {
	known := len(s.sent)
	for _, w := range s.Book.All() {
		for i := range w.Messages {
			if err := s.checkMessage(w, i); err != nil {
				return fmt.Errorf("warning %s, message %d: %w", w.ID, i+1, err)
			}
		}
		if w.Pending != nil && w.Status == warning.StatusEnded {
			return fmt.Errorf("warning %s has ended and still waits", w.ID)
		}
	}
	if s.after != nil {
		if err := s.after(s.Records); err != nil {
			return err
		}
	}
	if len(s.sent) == known {
		return nil
	}
	return s.receiversAgree()
}

// replays checks that the book can be made again from the records alone.
func (s *Simulation) replays() error {
	again := warning.NewBook()
	for _, r := range s.Records {
		if err := again.Apply(r); err != nil {
			return err
		}
	}
	if diff := cmp.Diff(s.Book.All(), again.All()); diff != "" {
		return fmt.Errorf("replay gives another book: %s", diff)
	}
	return nil
}

// releasesNeeded is how many must have signed, by the authority's policy.
func (s *Simulation) releasesNeeded(k warning.Kind) int {
	if k == warning.KindAllClear {
		return s.Rules.Authority.Policy.AllClearReleases
	}
	return s.Rules.Authority.Policy.Releases
}

func (s *Simulation) checkMessage(w *warning.Warning, i int) error {
	m := w.Messages[i]
	if before, ok := s.ever[m.Identifier]; ok {
		// Checked when it was released; since then it must not have changed.
		if !slices.Equal(before.CAP, m.CAP) || len(before.Assertions) != len(m.Assertions) {
			return errors.New("a released message changed")
		}
		return nil
	}
	s.ever[m.Identifier] = m
	alert, err := cap.Read(m.CAP)
	if err != nil {
		return fmt.Errorf("went out as something that is not CAP: %w", err)
	}
	s.sent = append(s.sent, alert)
	digest, err := cap.ContentDigest(alert)
	if err != nil || warning.Digest(digest) != m.Digest {
		return fmt.Errorf("its CAP has another content digest (%v)", err)
	}
	needed := s.releasesNeeded(m.Kind)
	if len(m.Assertions) != needed {
		return fmt.Errorf("went out with %d signatures, policy asks for %d", len(m.Assertions), needed)
	}
	signers := map[string]bool{}
	for k, a := range m.Assertions {
		statement := operator.Statement{Action: operator.ActionRelease, Role: operator.Releaser, Warning: w.ID, Message: m.Identifier, Digest: m.Digest}
		if k == 0 {
			statement.Action, statement.Role = operator.ActionRequest, operator.Author
		}
		if _, err := software.Verify(s.People[a.Operator].Operator, statement, a); err != nil {
			return fmt.Errorf("signature of %s: %w", a.Operator, err)
		}
		signers[a.Operator] = true
	}
	if len(signers) != needed {
		return errors.New("one person signed twice")
	}
	if faults := s.Rules.Areas.CheckArea(m.Content.Area); len(faults) > 0 {
		return errors.New("went out beyond the territory")
	}
	if len(alert.References) != i {
		return fmt.Errorf("names %d earlier messages, the chain has %d", len(alert.References), i)
	}
	for k, reference := range alert.References {
		if reference.Identifier != w.Messages[k].Identifier || !strings.Contains(string(w.Messages[k].CAP), "<sent>"+reference.Sent+"</sent>") {
			return fmt.Errorf("reference %d does not fit message %d", k, k+1)
		}
	}
	if i > 0 && w.Messages[i-1].Kind == warning.KindAllClear {
		return errors.New("follows an all-clear")
	}
	return nil
}

// allClearGetsThrough ends every warning that is not ended, whatever its state.
func (s *Simulation) allClearGetsThrough() error {
	for _, w := range s.Book.All() {
		if len(w.Messages) == 0 || w.Status == warning.StatusEnded {
			continue
		}
		content := w.Last().Content
		content.Signal, content.Expires = warning.SignalAllClear, s.Now.Add(time.Hour)
		draft, err := s.Rules.Prepare(s.Book, warning.PrepareInput{Warning: w.ID, Kind: warning.KindAllClear, Content: content}, s.Now)
		if err != nil {
			return fmt.Errorf("all-clear of %s: %w", w.ID, err)
		}
		statement := operator.Statement{Action: operator.ActionRequest, Role: operator.Author, Warning: w.ID, Message: draft.Identifier, Digest: draft.Digest}
		assertion, err := operator.Assert(s.People["anna"].Private, "anna", statement)
		if err != nil {
			return err
		}
		raw, err := json.Marshal(warning.RequestCommand{Warning: w.ID, Identifier: draft.Identifier, Kind: warning.KindAllClear, Content: content, Digest: draft.Digest, Replaces: draft.Replaces, Assertion: assertion})
		if err != nil {
			return err
		}
		events, err := s.Rules.Step(s.Book, warning.CommandRequest, "anna", raw, s.Now)
		if err != nil {
			return fmt.Errorf("all-clear of %s: %w", w.ID, err)
		}
		if err := s.Append("anna", events); err != nil {
			return err
		}
		statement.Action, statement.Role = operator.ActionRelease, operator.Releaser
		for _, name := range []string{"cem", "dora"}[:s.releasesNeeded(warning.KindAllClear)-1] {
			assertion, err := operator.Assert(s.People[name].Private, name, statement)
			if err != nil {
				return err
			}
			raw, err := json.Marshal(warning.ReleaseCommand{Warning: w.ID, Identifier: draft.Identifier, Digest: draft.Digest, Assertion: assertion})
			if err != nil {
				return err
			}
			events, err := s.Rules.Step(s.Book, warning.CommandRelease, name, raw, s.Now)
			if err != nil {
				return fmt.Errorf("all-clear of %s: %w", w.ID, err)
			}
			if err := s.Append(name, events); err != nil {
				return err
			}
		}
		if after, _ := s.Book.Warning(w.ID); after.Status != warning.StatusEnded {
			return fmt.Errorf("all-clear of %s left it %s", w.ID, after.Status)
		}
	}
	return s.Check()
}
