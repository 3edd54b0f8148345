// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package verification puts the result of a verification (package tlog) into words
// for people and into a report for programs. It also finds out what a file is
// that somebody hands in to be checked.
package verification

import (
	"bytes"
	"fmt"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/tlog"
)

// UnreadableBundle is the result for a proof that cannot be read at all, beside
// those of tlog.
const UnreadableBundle tlog.Result = "unreadable-bundle"

// Outcome says what a report comes to for whoever must decide on it.
type Outcome int

// The outcomes.
const (
	// InForce: genuine and in force, of the grade that was asked for.
	InForce Outcome = iota
	// NotGenuine: nobody should act on it.
	NotGenuine
	// Unusable: what was handed in is neither a message nor a proof.
	Unusable
	// NotNow: genuine, but over, an exercise, too old to say, or of a lower grade.
	NotNow
)

// Report is a verdict with what people want to know beside it.
type Report struct {
	File string `json:"file"`
	tlog.Verdict
	Genuine bool `json:"genuine"`
	// AuthorityName is the name that the trust file has.
	AuthorityName string `json:"authorityName,omitempty"`
	// Place is the leaf's index in Log; nil when it is not known for sure.
	Place *int64 `json:"index,omitempty"`
	// Headline to Signatures are those of a message whose leaf holds.
	Headline   string      `json:"headline,omitempty"`
	Identifier string      `json:"identifier,omitempty"`
	Kind       tlog.Kind   `json:"kind,omitempty"`
	Realm      tlog.Realm  `json:"realm,omitempty"`
	Released   time.Time   `json:"released,omitzero"`
	Expires    string      `json:"expires,omitempty"`
	Signatures []Signature `json:"signatures,omitempty"`
	// MinGrade is the grade that was asked for.
	MinGrade tlog.Grade `json:"minGrade,omitempty"`
	// Checked is the time for which the verdict holds.
	Checked time.Time `json:"checked"`
	// TrustIssued is when the trust file was put together.
	TrustIssued time.Time `json:"trustIssued"`
}

// Signature is one operator's, without a name.
type Signature struct {
	Action tlog.Action `json:"action"`
	Role   tlog.Role   `json:"role"`
	Guard  tlog.Guard  `json:"guard"`
	Key    string      `json:"key"`
}

// Request is what is to be verified, and by what.
type Request struct {
	// File names what is checked.
	File  string
	Raw   []byte
	Proof []byte // from elsewhere; nil when Raw has it
	Trust *tlog.Trust
	// Options.Now is required; Options.Message is set here.
	Options tlog.Options
	// Audited is what an audit found out about a log; nil when there was none.
	Audited *Audited
	// MinGrade may be empty.
	MinGrade tlog.Grade
}

// Audited is what is known of a log up to a tree.
type Audited struct {
	Tree tlog.Tree
	Keys tlog.KeyRing
}

// apply makes use of what is known, as far as it concerns the bundle. Keys may
// have been enrolled after the audit, so they are only held to entries before.
func (a *Audited) apply(o *tlog.Options, b *tlog.Bundle) {
	if a == nil || b.Proof == nil {
		return
	}
	o.Seen = append(o.Seen, a.Tree)
	t, err := tlog.UnsignedCheckpoint(b.Proof.Checkpoint)
	if err != nil || t.Origin != a.Tree.Origin {
		return
	}
	for _, proof := range append([]*tlog.Proof{b.Proof}, b.Later...) {
		if proof.Index >= a.Tree.Size {
			return
		}
	}
	o.Keys = a.Keys
}

// Verify checks a message, a bundle or a proof. Whatever is handed in has a result.
func Verify(r Request) Report {
	report := Report{
		File: r.File, MinGrade: r.MinGrade,
		Checked: r.Options.Now.UTC().Truncate(time.Second), TrustIssued: r.Trust.Issued.UTC(),
	}
	bundle, message, err := recognise(r)
	if err != nil {
		report.Result, report.Detail = UnreadableBundle, err.Error()
		return report
	}
	r.Options.Message = message
	r.Audited.apply(&r.Options, bundle)
	report.Verdict = tlog.Verify(bundle, r.Trust, r.Options)
	if message == nil {
		message = bundle.CAP
	}
	alert, err := cap.Read(message)
	if err != nil && report.Result == tlog.NotLogged {
		report.Result, report.Detail = tlog.Unreadable, err.Error()
	}
	report.Genuine = report.Result.Genuine()
	if a, ok := r.Trust.Authority(report.Authority); ok {
		report.AuthorityName = a.Name
	}
	if l := report.Leaf; l != nil {
		report.leaf(l)
		if err == nil && report.Genuine && len(alert.Info) > 0 {
			report.Headline = alert.Info[0].Headline
		}
	}
	return report
}

func (r *Report) leaf(l *tlog.Leaf) {
	if r.Log != "" {
		place := r.Index
		r.Place = &place
	}
	r.Identifier, r.Kind, r.Realm, r.Released, r.Expires = l.Identifier, l.Kind, l.Realm, l.Time, l.Expires
	for _, a := range l.Assertions {
		r.Signatures = append(r.Signatures, Signature{a.Action, a.Role, a.Guard, a.Key.ID()})
	}
}

// Outcome says what the report comes to.
func (r *Report) Outcome() Outcome {
	switch {
	case r.Result == UnreadableBundle, r.Result == tlog.Unreadable:
		return Unusable
	case !r.Genuine:
		return NotGenuine
	case r.Result != tlog.GenuineInForce || r.lowGrade():
		return NotNow
	}
	return InForce
}

// lowGrade reports whether the grade is below what was asked for; A is the
// highest.
func (r *Report) lowGrade() bool { return r.MinGrade != "" && r.Grade > r.MinGrade }

// The beginnings by which files are told apart.
var (
	beginBundle = []byte("tocsin-bundle/")
	beginProof  = []byte("c2sp.org/tlog-proof@")
	beginShort  = []byte{0x01}
)

// recognise tells bundle, proof and message apart. The message is nil when it is the
// bundle's own, or absent.
func recognise(r Request) (bundle *tlog.Bundle, message []byte, err error) {
	if r.Proof == nil {
		if bundle, err = parse(r.Raw, r.Trust); bundle == nil && err == nil {
			return &tlog.Bundle{}, r.Raw, nil
		}
		return bundle, nil, err
	}
	if bundle, err = parse(r.Proof, r.Trust); bundle == nil && err == nil {
		return nil, nil, fmt.Errorf("the proof is neither a %s nor a %s file, nor the content of a QR code", ".tlog-proof", tlog.BundleExtension)
	}
	if err != nil {
		return nil, nil, err
	}
	// The message may have come in a bundle of its own.
	own, err := parse(r.Raw, r.Trust)
	switch {
	case err != nil:
		return nil, nil, err
	case own == nil:
		return bundle, r.Raw, nil
	case len(own.CAP) == 0:
		return nil, nil, fmt.Errorf("there are two proofs and no message to check")
	}
	return bundle, own.CAP, nil
}

// parse reads a bundle or a proof; it gives nil for what begins as neither.
func parse(raw []byte, trust *tlog.Trust) (*tlog.Bundle, error) {
	var proof *tlog.Proof
	var err error
	switch {
	case bytes.HasPrefix(raw, beginBundle):
		return tlog.ParseBundle(raw)
	case bytes.HasPrefix(raw, beginProof):
		proof, err = tlog.ParseProof(raw)
	case bytes.HasPrefix(raw, beginShort):
		proof, err = tlog.ParseShort(raw, trust.KeyNames)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &tlog.Bundle{Proof: proof}, nil
}
