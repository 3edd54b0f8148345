// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"fmt"
	"strings"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"
)

// What an audit finds besides the results of a verification. The ids are stable.
const (
	// RolledBack: the log shrank.
	RolledBack Result = "rolled-back"
	// WrongRoot: the entries are not those that the checkpoint stands for.
	WrongRoot Result = "wrong-root"
	// StaleCheckpoint: the newest checkpoint is older than FreshFor.
	StaleCheckpoint Result = "stale-checkpoint"
	// BadLeaf: an entry is no leaf.
	BadLeaf Result = "bad-leaf"
	// OutOfOrder: a leaf stands where it cannot: the first one not first, one
	// after the last, one that is older than that before it, a second message
	// of one identifier, or an update of a warning that is not there.
	OutOfOrder Result = "out-of-order"
)

// Finding is something wrong with a log.
type Finding struct {
	// Index is the entry's; -1 for the log as a whole.
	Index  int64  `json:"index"`
	Result Result `json:"result"`
	// Detail is a sentence in English.
	Detail string `json:"detail"`
	Fault  Fault  `json:"fault,omitempty"`
}

// AuditState is how far an audit has come, to go on from later.
type AuditState struct {
	Origin string        `json:"origin"`
	Size   int64         `json:"size"`
	Edge   []merkle.Hash `json:"edge"`
	Last   time.Time     `json:"last"`
	Closed bool          `json:"closed,omitempty"`
	// Continues is set for a log with another before it, in which chains began.
	Continues bool    `json:"continues,omitempty"`
	Keys      KeyRing `json:"keys"`
	// Messages and Warnings are the identifiers and chains so far, with the
	// index of the entry.
	Messages map[string]int64 `json:"messages"`
	Warnings map[string]int64 `json:"warnings"`
}

// Auditor reads a log from its first entry to its newest, recomputes its root
// and checks every leaf. The caller fetches: Target says how far a checkpoint
// leads, Append takes the entries up to there one by one, and Confirm compares.
// After a WrongRoot the auditor is of no more use; an older state is.
type Auditor struct {
	trust     *Trust
	authority *Authority
	log       *Log
	tree      Range
	state     AuditState
}

// NewAuditor makes an auditor of the log of that origin, from its beginning, or
// from a state that an earlier one left.
func NewAuditor(trust *Trust, origin string, from *AuditState) (*Auditor, error) {
	a := &Auditor{trust: trust, state: AuditState{
		Origin: origin, Keys: KeyRing{}, Messages: map[string]int64{}, Warnings: map[string]int64{},
	}}
	var ok bool
	if a.authority, a.log, ok = trust.Log(origin); !ok {
		return nil, fmt.Errorf("audit: no authority in the trust file has the log %s", origin)
	}
	if from != nil {
		a.tree = Range{from.Size, from.Edge}
		if from.Origin != origin || from.Keys == nil || from.Messages == nil || from.Warnings == nil {
			return nil, fmt.Errorf("audit: the state is not one of %s", origin)
		}
		if err := a.tree.check(); err != nil {
			return nil, fmt.Errorf("audit: the state: %w", err)
		}
		a.state = *from
	}
	return a, nil
}

// State is how far the audit has come. It shares memory with the auditor.
func (a *Auditor) State() AuditState {
	a.state.Size, a.state.Edge = a.tree.Size, a.tree.Edge
	return a.state
}

// Keys is what the log says about keys so far, for Options.Keys.
func (a *Auditor) Keys() KeyRing { return a.state.Keys }

// Target verifies a checkpoint and says up to which size to append entries. A
// finding means that it does not go on from here.
func (a *Auditor) Target(checkpoint []byte) (Tree, []Finding) {
	t, findings := a.open(checkpoint)
	switch {
	case len(findings) > 0:
		return t, findings
	case t.Size < a.tree.Size:
		return t, whole(RolledBack, "the log had %d entries and shows %d", a.tree.Size, t.Size)
	case t.Size == a.tree.Size && t.Root != a.tree.Root():
		return t, whole(ForkedLog, "%v", &ForkError{Tree{t.Origin, t.Size, a.tree.Root()}, t})
	}
	return t, nil
}

// open verifies that a checkpoint is the log's.
func (a *Auditor) open(checkpoint []byte) (Tree, []Finding) {
	t, err := OpenCheckpoint(checkpoint, a.log.signers...)
	switch {
	case err != nil:
		return t, whole(BadCheckpoint, "%v", err)
	case t.Origin != a.log.Origin:
		return t, whole(BadCheckpoint, "it is of the log %s", t.Origin)
	}
	return t, nil
}

// Confirm compares what was appended with a checkpoint, which must be new. It
// has no fork to find: where the roots differ, the entries are not the log's.
func (a *Auditor) Confirm(checkpoint []byte, now time.Time) []Finding {
	t, findings := a.open(checkpoint)
	if len(findings) > 0 {
		return findings
	}
	if t.Size != a.tree.Size || t.Root != a.tree.Root() {
		return whole(WrongRoot, "after %d entries the root is %s, the checkpoint of %d says %s", a.tree.Size, a.tree.Root(), t.Size, t.Root)
	}
	v := &verification{trust: a.trust, options: Options{Now: now}}
	proof := &Proof{Checkpoint: checkpoint}
	v.seen(proof, a.log.clocks...)
	for _, w := range a.trust.Witnesses {
		if w.verifier != nil {
			v.seen(proof, w.verifier)
		}
	}
	if now.Sub(v.View) > FreshFor {
		return whole(StaleCheckpoint, "nothing shows that the log was there after %s", v.View.Format(stampForm))
	}
	return nil
}

func whole(r Result, format string, args ...any) []Finding {
	return []Finding{{Index: -1, Result: r, Detail: fmt.Sprintf(format, args...)}}
}

// Append takes the next entry and checks it as far as the log alone allows;
// CheckMessage compares it with its message.
func (a *Auditor) Append(entry []byte) []Finding {
	index := a.tree.Size
	a.tree.Append(merkle.RecordHash(entry))
	var findings []Finding
	find := func(r Result, format string, args ...any) {
		findings = append(findings, Finding{Index: index, Result: r, Detail: fmt.Sprintf(format, args...)})
	}
	l, err := ParseLeaf(entry)
	if err != nil {
		find(BadLeaf, "%v", err)
		return findings
	}
	switch {
	case a.state.Closed:
		find(OutOfOrder, "the log had its last entry before")
	case (index == 0) != (l.Kind == KindFirst):
		find(OutOfOrder, "entry %d is of kind %s", index, l.Kind)
	case l.Time.Before(a.state.Last):
		find(OutOfOrder, "its time %s is before that of the entry before", l.Time.Format(stampForm))
	}
	if l.Authority != a.authority.ID {
		find(WrongAuthority, "it is of %s, in a log of %s", l.Authority, a.authority.ID)
	}
	if l.Realm != a.log.Realm {
		find(WrongRealm, "its realm is %s, the log's %s", l.Realm, a.log.Realm)
	}
	switch l.Kind {
	case KindFirst:
		if l.Origin != a.log.Origin {
			find(WrongAuthority, "it opens the log %s", l.Origin)
		}
		a.state.Continues = l.Previous != Tree{}
	case KindLast:
		a.state.Closed = true
	case KindEnrolment:
		if _, ok := a.state.Keys[l.Key.ID()]; ok {
			find(OutOfOrder, "the key %s was enrolled before", l.Key.ID())
			return findings
		}
	case KindRelease, KindUpdate, KindEnd:
		findings = append(findings, a.message(index, l)...)
	}
	a.state.Keys.apply(l)
	a.state.Last = l.Time
	return findings
}

// message checks a leaf about a message: its place in its chain, and all that
// a verification asks.
func (a *Auditor) message(index int64, l *Leaf) []Finding {
	var findings []Finding
	if before, ok := a.state.Messages[l.Identifier]; ok {
		findings = append(findings, Finding{Index: index, Result: OutOfOrder, Detail: fmt.Sprintf("entry %d has the same identifier", before)})
	}
	_, known := a.state.Warnings[l.Warning]
	if known && l.Kind == KindRelease || !known && l.Kind != KindRelease && !a.state.Continues {
		findings = append(findings, Finding{Index: index, Result: OutOfOrder, Detail: fmt.Sprintf("a leaf of kind %s does not fit the chain %s", l.Kind, l.Warning)})
	}
	// Copies, so that the text of the leaf need not stay in memory.
	a.state.Messages[strings.Clone(l.Identifier)], a.state.Warnings[strings.Clone(l.Warning)] = index, index
	v := &verification{trust: a.trust, options: Options{Keys: a.state.Keys}, authority: a.authority, log: a.log}
	if !v.entitled(l) || !v.signed(l) {
		findings = append(findings, Finding{Index: index, Result: v.Result, Detail: v.Detail, Fault: v.Fault})
	}
	return findings
}
