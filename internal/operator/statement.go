// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/tlog"
)

// public is the statement in the form of the log's verifier, which is the one
// place that knows what is signed and checks it.
func (s Statement) public() tlog.Statement {
	return tlog.Statement{Action: tlog.Action(s.Action), Role: tlog.Role(s.Role), Warning: s.Warning, Message: s.Message, Digest: s.Digest}
}

// Bytes is what is signed (docs/formats/api.md).
func (s Statement) Bytes() []byte { return s.public().Bytes() }

// Challenge is what a passkey signs: the SHA-256 of Bytes.
func (s Statement) Challenge() [sha256.Size]byte { return s.public().Challenge() }

// Assert signs a statement for the operator. The assertion carries no time: the
// core sets it.
func Assert(key *ecdsa.PrivateKey, name string, s Statement) (Assertion, error) {
	if err := s.public().Check(); err != nil {
		return Assertion{}, fmt.Errorf("sign statement: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return Assertion{}, fmt.Errorf("sign statement: %w", err)
	}
	signature, err := sign(key, s.Bytes())
	if err != nil {
		return Assertion{}, fmt.Errorf("sign statement: %w", err)
	}
	return Assertion{
		Operator: name, Role: s.Role, Action: s.Action,
		KeyID: KeyID(public), KeyType: SoftwareKey, Signature: signature,
	}, nil
}

// Accept verifies an assertion and gives it the form in which it is kept: with
// the time, and with the kind of key that the enrolment says, since the
// assertion's own word for it does not count. The events are to be recorded with
// it. The error is a *problem.Error of kind Forbidden.
func (p KeyPolicy) Accept(o Operator, s Statement, a Assertion, now time.Time) (Assertion, []journal.Event, error) {
	a.Operator, a.Role, a.Action, a.At = o.Name, s.Role, s.Action, now
	key, err := p.Verify(o, s, a)
	if err != nil {
		return a, nil, err
	}
	a.KeyType = key.Type
	if enrolled, _ := o.Key(key.ID); enrolled.Credential.SignCount == key.Credential.SignCount {
		return a, nil, nil
	}
	used := KeyUsed{Name: o.Name, KeyID: key.ID, SignCount: key.Credential.SignCount}
	return a, []journal.Event{journal.NewEvent(EventKeyUsed, used)}, nil
}

// Verify checks that the assertion is this operator's, over this statement, with
// a key of theirs that is enrolled, confirmed and not revoked, in a role that
// they have; and, to release, with a kind of key that may. It gives the key, with
// the counter that a passkey has reached. The error is a *problem.Error of kind
// Forbidden.
func (p KeyPolicy) Verify(o Operator, s Statement, a Assertion) (Key, error) {
	refuse := func(rule string, args ...string) (Key, error) {
		return Key{}, refusal.New(problem.Forbidden, rule, args...)
	}
	switch {
	case a.Operator != o.Name:
		return refuse("assertion.other-name", clip(a.Operator), o.Name)
	case o.Disabled:
		return refuse("assertion.disabled", o.Name)
	case a.Action != s.Action || a.Role != s.Role:
		return refuse("assertion.other-purpose")
	case s.Role != Owner && !o.Has(s.Role):
		return refuse("assertion.role", o.Name, string(s.Role))
	}
	key, ok := o.Key(a.KeyID)
	switch {
	case !ok:
		return refuse("assertion.key", clip(a.KeyID), o.Name)
	case !key.Revoked.IsZero():
		return refuse("assertion.revoked", a.KeyID)
	case key.Awaits:
		return refuse("assertion.awaits", a.KeyID)
	case o.Sealed() && s.Action != ActionBreakSeal:
		return refuse("assertion.sealed", o.FullName)
	}
	if s.Action == ActionRelease {
		if err := p.CheckRelease(key.Type); err != nil {
			return Key{}, err
		}
	}
	verifiable, err := p.Public(key, s, a)
	if err == nil {
		err = tlog.VerifyAssertion(s.public(), verifiable, tlog.AssertionRules{
			Origins: []string{p.Origin}, AllowSynced: key.Type == SyncedPasskey,
		})
	}
	if err != nil {
		return Key{}, p.refused(err)
	}
	if Guard(key.Type) != tlog.Passkey {
		return key, nil
	}
	// An authenticator that counts never says a number twice; a copy of it does.
	if count := verifiable.Ceremony.Counter; count > 0 || key.Credential.SignCount > 0 {
		if count <= key.Credential.SignCount {
			return refuse("assertion.count", a.KeyID)
		}
		key.Credential.SignCount = count
	}
	return key, nil
}

// Public joins an assertion with its key in the form of the log, which names a
// key and no person. It does not verify it.
func (p KeyPolicy) Public(key Key, s Statement, a Assertion) (tlog.Assertion, error) {
	if guard := Guard(key.Type); guard != tlog.Passkey {
		public, err := tlog.NewAssertion(s.public(), key.PublicKey, a.Signature)
		public.Guard = guard
		return public, err
	}
	if a.Evidence == nil {
		return tlog.Assertion{}, errors.New("there is no evidence of a passkey")
	}
	return tlog.NewPasskeyAssertion(s.public(), key.PublicKey, p.RelyingParty, tlog.PasskeyResponse{
		AuthenticatorData: a.Evidence.AuthenticatorData, ClientDataJSON: a.Evidence.ClientDataJSON, Signature: a.Signature,
	})
}

// Guard is what the public log calls the kind of key. That a passkey may be
// copied, its own data say.
func Guard(kind KeyType) tlog.Guard {
	switch kind {
	case SoftwareKey:
		return tlog.SoftwareKey
	case BreakGlassKey:
		return tlog.BreakGlass
	}
	return tlog.Passkey
}

// refused words what the log's verifier found.
func (p KeyPolicy) refused(err error) error {
	rule, args := "assertion.signature", []string(nil)
	if found, ok := errors.AsType[*tlog.AssertionError](err); ok {
		switch found.Fault {
		case tlog.FaultStatement:
			rule = "assertion.statement"
		case tlog.FaultOrigin:
			rule, args = "assertion.origin", []string{p.Origin}
		case tlog.FaultPresence, tlog.FaultVerification:
			rule = "assertion.unverified"
		case tlog.FaultSynced:
			rule = "assertion.synced"
		}
	}
	refused := refusal.New(problem.Forbidden, rule, args...)
	refused.Err = err
	return refused
}

// size is the length of r and of s for P-256.
const size = 32

// sign gives r and s over the SHA-256 of the message.
func sign(key *ecdsa.PrivateKey, message []byte) ([]byte, error) {
	if key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("the key is not on the curve P-256")
	}
	sum := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(nil, key, sum[:])
	if err != nil {
		return nil, err
	}
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return signature, nil
}
