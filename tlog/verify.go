// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-alert/tocsin/cap"
)

// Options are what a verification depends on besides bundle and trust.
type Options struct {
	// Now is the time of the verification; it is required.
	Now time.Time
	// Message is the message in question, when it is not the bundle's own: one
	// that somebody received, beside the bundle that the authority gives out for
	// its identifier, or beside a QR code.
	Message []byte
	// MaxAge makes a genuine message GenuineStale when nothing newer is known
	// of the log; 0 allows any age.
	MaxAge time.Duration
	// Seen are trees that the caller has seen before, out of OpenCheckpoint.
	Seen []Tree
	// Keys is what the log says about operators' keys, from an Auditor; without
	// it their enrolment is not checked, and the verdict says so.
	Keys KeyRing
}

// Verify says what a bundle is worth. It believes the trust file, the clock in
// the options and nothing else, and never fails: whatever is wrong has a result.
func Verify(b *Bundle, trust *Trust, o Options) Verdict {
	v := &verification{trust: trust, options: o}
	v.run(b)
	return v.Verdict
}

// verification is one run of Verify.
type verification struct {
	Verdict
	trust     *Trust
	options   Options
	authority *Authority
	log       *Log // nil for grade C
}

// is sets the result; the last one set counts.
func (v *verification) is(r Result, format string, args ...any) {
	v.Result, v.Detail = r, fmt.Sprintf(format, args...)
}

func (v *verification) note(n Note) {
	if !slices.Contains(v.Notes, n) {
		v.Notes = append(v.Notes, n)
	}
}

func (v *verification) run(b *Bundle) {
	message := v.options.Message
	if message == nil {
		message = b.CAP
	}
	if b.Proof == nil && len(b.Issuer) == 0 {
		v.is(NotLogged, "there is neither a proof nor a statement by an authority")
		v.resemblance(message)
		return
	}
	leaf, ok := v.anchor(b)
	if !ok || !v.entitled(leaf) || !v.signed(leaf) {
		return
	}
	v.Leaf = leaf
	if !v.compare(message, b.CAP) {
		return
	}
	v.Grade = v.grade(b)
	v.judge(b)
}

// anchor finds out whether the leaf is in the log of an authority, or at least
// signed by it.
func (v *verification) anchor(b *Bundle) (*Leaf, bool) {
	if b.Proof != nil {
		return v.inLog(b.Proof)
	}
	return v.byIssuer(b.Issuer)
}

func (v *verification) inLog(p *Proof) (*Leaf, bool) {
	claimed, err := UnsignedCheckpoint(p.Checkpoint)
	if err != nil {
		v.is(BadCheckpoint, "%v", err)
		return nil, false
	}
	var known bool
	if v.authority, v.log, known = v.trust.Log(claimed.Origin); !known {
		v.is(UnknownLog, "no authority in the trust file has the log %s", claimed.Origin)
		return nil, false
	}
	v.Authority, v.Log, v.Index = v.authority.ID, v.log.Origin, p.Index
	tree, err := OpenCheckpoint(p.Checkpoint, v.log.signers...)
	if err != nil {
		v.is(BadCheckpoint, "%v", err)
		return nil, false
	}
	if err := p.Check(tree); err != nil {
		v.is(BadProof, "%v", err)
		return nil, false
	}
	for _, seen := range v.options.Seen {
		if seen.Origin == tree.Origin && seen.Size == tree.Size && seen.Root != tree.Root {
			v.is(ForkedLog, "%v", &ForkError{seen, tree})
			return nil, false
		}
	}
	leaf, err := ParseLeaf(p.Leaf)
	if err != nil {
		v.is(BadProof, "%v", err)
		return nil, false
	}
	return leaf, true
}

func (v *verification) byIssuer(raw []byte) (*Leaf, bool) {
	_, err := note.Open(raw, nil)
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		v.is(BadIssuer, "the authority's statement is not a signed note")
		return nil, false
	}
	leaf, err := ParseLeaf([]byte(unverified.Note.Text))
	if err != nil {
		v.is(BadIssuer, "%v", err)
		return nil, false
	}
	var known bool
	if v.authority, known = v.trust.Authority(leaf.Authority); !known {
		v.is(UnknownLog, "the trust file has no authority %s", leaf.Authority)
		return nil, false
	}
	v.Authority = v.authority.ID
	for _, log := range v.authority.Logs {
		for _, key := range log.issuers {
			if _, err := note.Open(raw, note.VerifierList(key)); err == nil && log.Realm == leaf.Realm {
				return leaf, true
			}
		}
	}
	v.is(BadIssuer, "no key of %s for the realm %s signed the statement", v.authority.ID, leaf.Realm)
	return nil, false
}

// entitled checks that the authority may say what the leaf says.
func (v *verification) entitled(l *Leaf) bool {
	a := v.authority
	switch {
	case !l.Kind.Carries():
		v.is(WrongKind, "a leaf of kind %s is not about a message that went out", l.Kind)
	case l.Authority != a.ID:
		v.is(WrongAuthority, "the leaf is of %s, in a log of %s", l.Authority, a.ID)
	case v.log != nil && l.Realm != v.log.Realm:
		v.is(WrongRealm, "the leaf's realm is %s, the log's %s", l.Realm, v.log.Realm)
	case !slices.Contains(a.Senders, l.Sender):
		v.is(WrongSender, "%s is not a sender of %s", l.Sender, a.ID)
		v.resembles(l.Sender)
	default:
		for _, area := range l.Areas {
			if !within(area, a.Territory) {
				v.is(WrongTerritory, "%s may not warn in %s", a.ID, area)
				return false
			}
		}
		return true
	}
	return false
}

// signed checks the operators' signatures and how many they are.
func (v *verification) signed(l *Leaf) bool {
	rules := v.authority.Rules()
	holders := map[string]bool{}
	for i, a := range l.Assertions {
		s := l.Statement(a)
		s.Action, s.Role = ActionRelease, RoleReleaser
		if i == 0 {
			s.Action, s.Role = ActionRequest, RoleAuthor
		}
		if err := VerifyAssertion(s, a, rules); err != nil {
			var fault *AssertionError
			errors.As(err, &fault)
			v.is(BadAssertion, "assertion %d: %v", i+1, err)
			v.Fault = fault.Fault
			return false
		}
		switch a.Guard {
		case SoftwareKey:
			v.note(NoteSoftwareKey)
		case BreakGlass:
			v.note(NoteBreakGlass)
		}
		holder := a.Key.ID()
		if v.options.Keys != nil {
			key, result := v.options.Keys.at(a, l.Time)
			if result != "" {
				v.is(result, "assertion %d: the key %s is not enrolled as %s, or revoked, at %s", i+1, holder, s.Role, l.Time.Format(stampForm))
				return false
			}
			holder = key.Holder
		}
		if holders[holder] {
			v.is(AuthorIsReleaser, "assertion %d is by somebody who signed before", i+1)
			return false
		}
		holders[holder] = true
	}
	if v.options.Keys == nil {
		v.note(NoteKeysUnchecked)
	}
	if need := v.authority.persons(l.Kind); len(l.Assertions) < need {
		v.is(TooFewPersons, "%d signed, %d must", len(l.Assertions), need)
		return false
	}
	return true
}

// grade counts the witnesses, and finds out when the log was last seen.
func (v *verification) grade(b *Bundle) Grade {
	if v.log == nil {
		return GradeC
	}
	for _, w := range v.trust.Witnesses {
		if w.verifier != nil && w.Operator != v.authority.Operator {
			v.seen(b.Proof, w.verifier)
		}
	}
	v.seen(b.Proof, v.log.clocks...)
	var quorum bool
	if v.Witnesses, quorum = v.trust.Witnessed(b.Proof.Checkpoint, v.options.Now); quorum {
		return GradeA
	}
	return GradeB
}

// Witnessed gives the names of the witnesses that cosigned a checkpoint, not
// later than now, and count for its log; and whether they are its quorum. It does
// not check the log's own signature.
func (t *Trust) Witnessed(checkpoint []byte, now time.Time) (names []string, quorum bool) {
	tree, err := UnsignedCheckpoint(checkpoint)
	if err != nil {
		return nil, false
	}
	authority, log, ok := t.Log(tree.Origin)
	if !ok || log.Quorum == nil {
		return nil, false
	}
	operators := map[string]bool{}
	for _, w := range t.Witnesses {
		if w.verifier == nil || !log.Quorum.names(w, authority) {
			continue
		}
		for _, c := range Cosignatures(checkpoint, w.verifier) {
			if !c.Time.After(now.Add(skew)) {
				operators[w.Operator] = true
				names = append(names, c.Name)
			}
		}
	}
	return names, len(operators) >= log.Quorum.Operators
}

// seen gives the cosignatures that are not from the future, and moves View.
func (v *verification) seen(p *Proof, keys ...note.Verifier) []Cosignature {
	all := slices.DeleteFunc(Cosignatures(p.Checkpoint, keys...), func(c Cosignature) bool {
		return c.Time.After(v.options.Now.Add(skew))
	})
	for _, c := range all {
		if c.Time.After(v.View) {
			v.View = c.Time
		}
	}
	return all
}

// judge decides among the genuine results.
func (v *verification) judge(b *Bundle) {
	now := v.options.Now
	v.is(GenuineInForce, "released by %s", v.authority.ID)
	if expires, err := cap.ParseTime(v.Leaf.Expires); err == nil && !now.Before(expires.Time) {
		v.is(GenuineEnded, "it expired")
		v.Ended = expires.UTC()
	}
	if v.Leaf.Kind == KindEnd {
		v.is(GenuineEnded, "it is the message that ended its warning")
		v.Ended = v.Leaf.Time
	}
	last := v.Index
	for _, proof := range b.Later {
		later, ok := v.later(proof)
		if !ok {
			v.note(NoteLaterIgnored)
			continue
		}
		if proof.Index < last {
			continue
		}
		last = proof.Index
		if later.Kind == KindEnd {
			v.is(GenuineEnded, "%s ended it", later.Identifier)
		} else {
			v.is(GenuineReplaced, "%s replaced it", later.Identifier)
		}
		v.Ended = later.Time
	}
	if sent, err := cap.ParseTime(v.Leaf.Sent); err == nil && sent.After(now.Add(skew)) {
		v.note(NoteFuture)
	}
	switch {
	case v.View.IsZero():
		v.note(NoteNoTime)
	case now.Sub(v.View) > FreshFor:
		v.note(NoteStaleView)
	}
	if v.Result == GenuineInForce && v.options.MaxAge > 0 && now.Sub(v.View) > v.options.MaxAge {
		v.is(GenuineStale, "nothing newer is known of the log")
	}
	if v.Leaf.Realm == Exercise {
		v.is(GenuineExercise, "it is part of an exercise")
	}
}

// later verifies a proof of a later leaf of the same warning.
func (v *verification) later(p *Proof) (*Leaf, bool) {
	if v.log == nil || p.Index <= v.Index {
		return nil, false
	}
	// Its own run, so that what is wrong with it does not become the verdict.
	other := &verification{trust: v.trust, options: v.options}
	leaf, ok := other.inLog(p)
	if !ok || other.log != v.log || leaf.Warning != v.Leaf.Warning || leaf.Kind == KindRelease ||
		!other.entitled(leaf) || !other.signed(leaf) {
		return nil, false
	}
	other.Verdict.View = v.View
	for _, w := range v.trust.Witnesses {
		if w.verifier != nil {
			other.seen(p, w.verifier)
		}
	}
	other.seen(p, v.log.clocks...)
	v.View = other.View
	return leaf, true
}
