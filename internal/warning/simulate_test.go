// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package warning

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/chain"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

var (
	oneSeed = flag.Uint64("seed", 0, "run the simulator with this one seed")
	seeds   = flag.Int("seeds", 3000, "how many seeds the simulator runs")
)

// TestSimulate drives the rules with random operators, commands, mistakes,
// forgeries and jumps of the clock, and checks the invariants after every step.
// A seed that fails is repeated with -seed.
func TestSimulate(t *testing.T) {
	people := newPeople(t)
	count := *seeds
	if testing.Short() {
		count = 200
	}
	first := uint64(1)
	if *oneSeed != 0 {
		first, count = *oneSeed, 1
	}
	for _, releases := range []int{2, 3} {
		t.Run(fmt.Sprintf("releases=%d", releases), func(t *testing.T) {
			t.Parallel()
			seen := map[string]int{}
			for i := range uint64((count + 1) / 2) {
				s := newSimulation(people, releases, first+i)
				if err := s.run(); err != nil {
					t.Fatalf("seed %d, %d releases: %v", first+i, releases, err)
				}
				for _, r := range s.records {
					for _, e := range r.Events {
						seen[e.Kind]++
					}
				}
			}
			t.Logf("events: %v", seen)
			// A simulation that never gets anywhere proves nothing.
			for _, kind := range []string{EventRequested, EventReleased, EventRefused, EventWithdrawn, EventStopped, EventEscalated, EventLapsed, EventExpired} {
				if *oneSeed == 0 && seen[kind] == 0 {
					t.Errorf("no run ever came to %s", kind)
				}
			}
		})
	}
}

type person struct {
	operator.Operator
	key *ecdsa.PrivateKey
}

type people map[string]person

func (p people) Operator(name string) (operator.Operator, bool) {
	found, ok := p[name]
	return found.Operator, ok
}

var start = time.Date(2026, 11, 23, 1, 12, 0, 0, time.UTC)

func newPeople(t *testing.T) people {
	t.Helper()
	all := people{}
	for name, roles := range map[string][]operator.Role{
		"anna": {operator.Author}, "ben": {operator.Author, operator.Releaser}, "cem": {operator.Releaser},
		"dora": {operator.Releaser, operator.Author}, "emil": {operator.Observer}, "gone": {operator.Author, operator.Releaser},
	} {
		key, err := operator.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		public, err := operator.PublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = person{operator.Operator{
			Name: name, Roles: roles, Disabled: name == "gone",
			Keys: []operator.Key{{ID: operator.KeyID(public), Type: operator.SoftwareKey, PublicKey: public, Enrolled: start}},
		}, key}
	}
	return all
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

func (fewWords) Hazard(code string) (Hazard, bool) {
	return Hazard{Names: map[string]string{"de": "Hochwasser", "en": "Flood"}, Categories: []cap.Category{cap.CategoryGeo}, ResponseTypes: []cap.ResponseType{cap.ResponseAvoid}, Codes: []cap.NamedValue{{ValueName: "profile:DE-BBK-EVENTCODE", Value: code}}}, code == "BBK-EVC-038"
}

func (fewWords) Grading(Level) Grading {
	return Grading{cap.UrgencyImmediate, cap.SeveritySevere, cap.CertaintyObserved}
}

func (fewWords) KnownSignal(name string) bool { return name == "warning" || name == SignalAllClear }

func (fewWords) CheckTexts(t TextCheck) []problem.Fault {
	for _, tag := range t.Languages {
		if t.Content.Texts[tag].Headline == "" {
			return []problem.Fault{{Field: "texts." + tag + ".headline", Message: "empty", Remedy: "write it"}}
		}
	}
	return nil
}

// simulation is one run: the journal is the list of records, and the book is
// what the rules see.
type simulation struct {
	random  *rand.Rand
	people  people
	rules   Rules
	book    *Book
	records []journal.Record
	now     time.Time
	// ever holds every released message as it was when released.
	ever map[string]Message
	// sent are their CAP messages, as a receiver reads them.
	sent []*cap.Alert
}

func newSimulation(p people, releases int, seed uint64) *simulation {
	a := authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}}
	a.Policy.Releases = releases
	s := &simulation{
		random: rand.New(rand.NewPCG(seed, 7)), people: p, book: NewBook(), now: start, ever: map[string]Message{},
		rules: Rules{Authority: a.WithDefaults(), Operators: p, Areas: squareTerritory{}, Wording: fewWords{}, PublicURL: "https://warnung.example", Keys: software},
	}
	if seed%5 == 0 {
		s.rules.Authority.Policy.AllClearReleases = 1
	}
	return s
}

func (s *simulation) run() error {
	for step := range 24 {
		s.now = s.now.Add(time.Duration(s.jump()) * time.Second)
		if err := s.step(); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		if err := s.check(); err != nil {
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
func (s *simulation) receiversAgree() error {
	set := chain.New(s.sent)
	for _, f := range set.Findings() {
		return fmt.Errorf("%s: %s", f.Alert.Identifier, f.In("en").Message)
	}
	for _, now := range []time.Time{s.now, s.now.Add(30 * time.Minute), s.now.Add(3 * time.Hour)} {
		var theirs, ours []string
		for _, standing := range set.InForce(cap.StatusActual, now) {
			theirs = append(theirs, standing.Alert.Identifier)
		}
		for _, w := range s.book.InForce(now) {
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

func (s *simulation) pick(names ...string) string { return names[s.random.IntN(len(names))] }

// jump gives seconds to pass: mostly a few, now and then enough for deadlines.
func (s *simulation) jump() int {
	if s.chance(15) {
		return s.random.IntN(40 * 60)
	}
	return s.random.IntN(60)
}

func (s *simulation) anyone() string {
	return s.pick("anna", "ben", "cem", "dora", "emil", "gone", "nobody")
}

func (s *simulation) chance(percent int) bool { return s.random.IntN(100) < percent }

// step does one random thing, right or wrong, and appends what the rules allow.
func (s *simulation) step() error {
	if events := s.rules.Due(s.book, s.now); len(events) > 0 {
		s.append("node", events)
	}
	all := s.book.All()
	switch {
	case len(all) == 0 || s.chance(20):
		var random [5]byte
		for i := range random {
			random[i] = byte(s.random.IntN(256))
		}
		return s.request(NewID("de-bb", s.now, random), KindAlert, s.anyone())
	case s.chance(35):
		return s.request(all[s.random.IntN(len(all))].ID, []Kind{KindAlert, KindUpdate, KindAllClear}[s.random.IntN(3)], s.anyone())
	case s.chance(80):
		if waiting := s.book.Waiting(); len(waiting) > 0 && s.chance(80) {
			all = waiting
		}
		return s.release(all[s.random.IntN(len(all))], s.anyone())
	default:
		return s.drop(all[s.random.IntN(len(all))])
	}
}

func (s *simulation) content(kind Kind) Content {
	c := Content{
		Event: "BBK-EVC-038", Level: Level(1 + s.random.IntN(3)),
		Area: geo.Area{Name: "Potsdam", Circles: []geo.Circle{{Center: geo.Point{Lat: 52.4, Lon: 13.1}, Radius: 3000}}},
		Texts: map[string]Text{
			"de": {Headline: fmt.Sprintf(" Hochwasser in Potsdam %d ", s.random.IntN(1000)), Description: "Die Havel steigt.\r\nBitte beachten.", Instruction: "Meiden Sie die Ufer."},
			"en": {Headline: "Flood in Potsdam", Description: "The Havel is rising.", Instruction: "Keep away from the banks."},
		},
		Signal:  s.pick("", "warning"),
		Expires: s.now.Add(time.Duration(1+s.random.IntN(90)) * time.Minute),
	}
	if kind == KindAllClear {
		c.Signal = s.pick("", SignalAllClear)
	}
	switch s.random.IntN(14) {
	case 0:
		c.Area.Circles[0].Center = geo.Point{Lat: 50, Lon: 8}
	case 1:
		c.Expires = s.now.Add(-time.Minute)
	case 2:
		c.Texts = nil
	case 3:
		c.Event = "BBK-EVC-999999"
	}
	return c
}

func (s *simulation) request(id string, kind Kind, by string) error {
	draft, err := s.rules.Prepare(s.book, PrepareInput{Warning: id, Kind: kind, Content: s.content(kind)}, s.now)
	if err != nil {
		return expectProblem(err)
	}
	command := RequestCommand{Warning: id, Identifier: draft.Identifier, Kind: kind, Content: draft.Content, Digest: draft.Digest, Replaces: draft.Replaces}
	if s.chance(10) {
		command.Replaces = &Digest{1}
	}
	command.Assertion = s.sign(by, operator.Statement{Action: operator.ActionRequest, Role: operator.Author, Warning: id, Message: draft.Identifier, Digest: draft.Digest})
	if s.chance(10) {
		command.Content.Texts = map[string]Text{"de": {Headline: "Anders"}, "en": {Headline: "Other"}}
	}
	return s.command(CommandRequest, by, command)
}

func (s *simulation) release(w *Warning, by string) error {
	if w.Pending == nil {
		identifier := w.ID + ".1"
		return s.command(CommandRelease, by, ReleaseCommand{Warning: w.ID, Identifier: identifier})
	}
	p := w.Pending
	command := ReleaseCommand{Warning: w.ID, Identifier: p.Identifier, Digest: p.Digest}
	if s.chance(10) {
		command.Digest[0] ^= 1
	}
	command.Assertion = s.sign(by, operator.Statement{Action: operator.ActionRelease, Role: operator.Releaser, Warning: w.ID, Message: p.Identifier, Digest: command.Digest})
	if s.chance(10) {
		// A recorded author's signature is no release.
		command.Assertion = p.Assertions[0]
	}
	return s.command(CommandRelease, by, command)
}

func (s *simulation) drop(w *Warning) error {
	command := DropCommand{Warning: w.ID, Reason: s.pick("", "Ort falsch")}
	if w.Pending != nil {
		command.Identifier = w.Pending.Identifier
	}
	return s.command(s.pick(CommandRefuse, CommandWithdraw, CommandStop), s.anyone(), command)
}

// sign signs with the person's own key, or now and then with somebody else's.
// software lets software keys release, as the demo does.
var software = operator.KeyPolicy{Release: []operator.KeyType{operator.SoftwareKey}}

func (s *simulation) sign(by string, statement operator.Statement) operator.Assertion {
	signer := by
	if s.chance(10) {
		signer = s.anyone()
	}
	p, ok := s.people[signer]
	if !ok {
		return operator.Assertion{KeyID: "none", Signature: make([]byte, 64)}
	}
	assertion, err := operator.Assert(p.key, by, statement)
	if err != nil {
		panic(err)
	}
	return assertion
}

func (s *simulation) command(name, by string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	events, err := s.rules.Step(s.book, name, by, raw, s.now)
	if err != nil {
		return expectProblem(err)
	}
	s.append(by, events)
	return nil
}

// expectProblem lets refusals pass, if they say what is wrong; anything else fails the run.
func expectProblem(err error) error {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok || p.Kind == problem.Internal || p.Message == "" {
		return fmt.Errorf("refused without a reason: %w", err)
	}
	return nil
}

func (s *simulation) append(by string, events []journal.Event) {
	r := journal.Record{Version: journal.Version, Seq: uint64(len(s.records) + 1), Time: s.now, By: by, Events: events}
	s.records = append(s.records, r)
	if err := s.book.Apply(r); err != nil {
		panic(err)
	}
}

// check holds the invariants that concern warnings.
func (s *simulation) check() error {
	known := len(s.sent)
	for _, w := range s.book.All() {
		for i := range w.Messages {
			if err := s.checkMessage(w, i); err != nil {
				return fmt.Errorf("warning %s, message %d: %w", w.ID, i+1, err)
			}
		}
		if w.Pending != nil && w.Status == StatusEnded {
			return fmt.Errorf("warning %s has ended and still waits", w.ID)
		}
	}
	if len(s.sent) == known {
		return nil
	}
	return s.receiversAgree()
}

// replays checks that the book can be made again from the records alone.
func (s *simulation) replays() error {
	again := NewBook()
	for _, r := range s.records {
		if err := again.Apply(r); err != nil {
			return err
		}
	}
	if diff := cmp.Diff(s.book.All(), again.All()); diff != "" {
		return fmt.Errorf("replay gives another book: %s", diff)
	}
	return nil
}

func (s *simulation) checkMessage(w *Warning, i int) error {
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
	if err != nil || Digest(digest) != m.Digest {
		return fmt.Errorf("its CAP has another content digest (%v)", err)
	}
	needed := s.rules.releasesNeeded(m.Kind)
	if len(m.Assertions) != needed {
		return fmt.Errorf("went out with %d signatures, policy asks for %d", len(m.Assertions), needed)
	}
	signers := map[string]bool{}
	for k, a := range m.Assertions {
		statement := operator.Statement{Action: operator.ActionRelease, Role: operator.Releaser, Warning: w.ID, Message: m.Identifier, Digest: m.Digest}
		if k == 0 {
			statement.Action, statement.Role = operator.ActionRequest, operator.Author
		}
		if _, err := software.Verify(s.people[a.Operator].Operator, statement, a); err != nil {
			return fmt.Errorf("signature of %s: %w", a.Operator, err)
		}
		signers[a.Operator] = true
	}
	if len(signers) != needed {
		return errors.New("one person signed twice")
	}
	if faults := s.rules.Areas.CheckArea(m.Content.Area); len(faults) > 0 {
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
	if i > 0 && w.Messages[i-1].Kind == KindAllClear {
		return errors.New("follows an all-clear")
	}
	return nil
}

// allClearGetsThrough ends every warning that is not ended, whatever its state.
func (s *simulation) allClearGetsThrough() error {
	for _, w := range s.book.All() {
		if len(w.Messages) == 0 || w.Status == StatusEnded {
			continue
		}
		content := w.Last().Content
		content.Signal, content.Expires = SignalAllClear, s.now.Add(time.Hour)
		draft, err := s.rules.Prepare(s.book, PrepareInput{Warning: w.ID, Kind: KindAllClear, Content: content}, s.now)
		if err != nil {
			return fmt.Errorf("all-clear of %s: %w", w.ID, err)
		}
		statement := operator.Statement{Action: operator.ActionRequest, Role: operator.Author, Warning: w.ID, Message: draft.Identifier, Digest: draft.Digest}
		assertion, err := operator.Assert(s.people["anna"].key, "anna", statement)
		if err != nil {
			return err
		}
		raw, err := json.Marshal(RequestCommand{Warning: w.ID, Identifier: draft.Identifier, Kind: KindAllClear, Content: content, Digest: draft.Digest, Replaces: draft.Replaces, Assertion: assertion})
		if err != nil {
			return err
		}
		events, err := s.rules.Step(s.book, CommandRequest, "anna", raw, s.now)
		if err != nil {
			return fmt.Errorf("all-clear of %s: %w", w.ID, err)
		}
		s.append("anna", events)
		statement.Action, statement.Role = operator.ActionRelease, operator.Releaser
		for _, name := range []string{"cem", "dora"}[:s.rules.releasesNeeded(KindAllClear)-1] {
			assertion, err := operator.Assert(s.people[name].key, name, statement)
			if err != nil {
				return err
			}
			raw, err := json.Marshal(ReleaseCommand{Warning: w.ID, Identifier: draft.Identifier, Digest: draft.Digest, Assertion: assertion})
			if err != nil {
				return err
			}
			events, err := s.rules.Step(s.book, CommandRelease, name, raw, s.now)
			if err != nil {
				return fmt.Errorf("all-clear of %s: %w", w.ID, err)
			}
			s.append(name, events)
		}
		if after, _ := s.book.Warning(w.ID); after.Status != StatusEnded {
			return fmt.Errorf("all-clear of %s left it %s", w.ID, after.Status)
		}
	}
	return s.check()
}
