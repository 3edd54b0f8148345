// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/tlog"
)

// enrol takes a key only from its owner: who could enrol a key for someone else
// could sign as them, and two persons would be one. Where somebody else had a way
// into the account, the key awaits a confirmation. Whoever runs a sign-in service
// always has one; but the first key belongs to the opening of the account.
func (d *Directory) enrol(by string, c EnrolKey, now time.Time) (journal.Event, error) {
	o, ok := d.Operator(by)
	if !ok {
		return journal.Event{}, refusal.New(problem.Forbidden, "key.owner")
	}
	if o.Seal != nil {
		return journal.Event{}, refusal.New(problem.Conflict, "seal.account", o.FullName)
	}
	key, faults := d.newKey(o, c)
	if c.Label != "" {
		faults = append(faults, checkText("label", c.Label)...)
	}
	if err := invalid(faults); err != nil {
		return journal.Event{}, err
	}
	for _, other := range d.operators {
		known, taken := other.Key(key.ID)
		if !taken {
			continue
		}
		switch {
		case other.Name != by:
			return journal.Event{}, refusal.New(problem.Conflict, "key.of-another")
		case !known.Revoked.IsZero():
			return journal.Event{}, refusal.New(problem.Conflict, "key.came-back")
		default:
			return journal.Event{}, refusal.New(problem.Conflict, "key.twice")
		}
	}
	if len(o.ActiveKeys()) >= MaxKeys {
		return journal.Event{}, refusal.New(problem.Conflict, "key.many", strconv.Itoa(MaxKeys))
	}
	key.Label, key.Enrolled, key.Awaits = strings.TrimSpace(c.Label), now, len(o.StandIns) > 0 || o.Subject != (Subject{}) && len(o.Keys) > 0
	return journal.NewEvent(EventKeyEnrolled, KeyEnrolled{Name: by, Key: key}), nil
}

// newKey reads the key that is to be enrolled.
func (d *Directory) newKey(o Operator, c EnrolKey) (Key, []problem.Fault) {
	if c.Passkey == nil {
		if _, err := tlog.NewKey(c.PublicKey); err != nil {
			return Key{}, []problem.Fault{refusal.Fault("publicKey", "key.form")}
		}
		return Key{ID: KeyID(c.PublicKey), Type: SoftwareKey, PublicKey: c.PublicKey}, nil
	}
	refuse := func(rule string, args ...string) (Key, []problem.Fault) {
		return Key{}, []problem.Fault{refusal.Fault("passkey", rule, args...)}
	}
	client, err := parseClientData(c.Passkey.ClientDataJSON)
	switch {
	case len(c.PublicKey) > 0 || err != nil:
		return refuse("passkey.form")
	case d.Keys.Origin == "":
		return refuse("passkey.off")
	case client.Origin != d.Keys.Origin:
		return refuse("passkey.origin", clip(client.Origin), d.Keys.Origin)
	case !client.challenges(EnrolmentChallenge(o)):
		return refuse("passkey.challenge")
	}
	credential, public, err := parseCredential(c.Passkey.AuthenticatorData, d.Keys.RelyingParty)
	switch {
	case errors.Is(err, errAlgorithm):
		return refuse("passkey.algorithm")
	case errors.Is(err, errUnverified):
		return refuse("passkey.unverified")
	case errors.Is(err, errRelyingParty):
		return refuse("passkey.party", d.Keys.RelyingParty)
	case err != nil:
		return refuse("passkey.form")
	}
	kind := Passkey
	if credential.BackupEligible {
		kind = SyncedPasskey
	}
	return Key{ID: KeyID(public), Type: kind, PublicKey: public, Credential: credential}, nil
}

// KeyStatement is what is signed to confirm a key of an operator, in the role of
// Owner or Administrator.
func KeyStatement(owner string, key Key, role Role) Statement {
	return Statement{Action: ActionConfirmKey, Role: role, Warning: owner, Message: key.ID, Digest: sha256.Sum256(key.PublicKey)}
}

// confirmKey takes the confirmation of a key from its owner, with another key, or
// from an administrator who had no way into the owner's account; see ConfirmerRole.
// All sign: a session alone does not show who it is.
func (d *Directory) confirmKey(by string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	var c KeyConfirmed
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, unreadable(CommandConfirmKey, err)
	}
	key, err := d.active(c.Name, c.KeyID)
	if err != nil {
		return nil, err
	}
	if !key.Awaits {
		return nil, refusal.New(problem.Conflict, "key.confirmed-twice")
	}
	confirmer, ok := d.Operator(by)
	if !ok {
		return nil, refusal.New(problem.Forbidden, "key.owner")
	}
	owner, _ := d.Operator(c.Name)
	role := ConfirmerRole(confirmer, owner)
	switch {
	case role != "":
	case owner.Seal != nil:
		return nil, refusal.New(problem.Forbidden, "seal.confirmer", owner.FullName)
	case confirmer.Has(Administrator):
		return nil, refusal.New(problem.Forbidden, "key.stand-in", owner.FullName)
	default:
		return nil, d.administers(by)
	}
	statement := KeyStatement(c.Name, key, role)
	assertion, used, err := d.Keys.Accept(confirmer, statement, c.Assertion, now)
	if err != nil {
		return nil, err
	}
	c.Assertion = assertion
	return append([]journal.Event{journal.NewEvent(EventKeyConfirmed, c)}, used...), nil
}

// active finds a key that is not revoked.
func (d *Directory) active(name, id string) (Key, error) {
	o, err := d.existing(name)
	if err != nil {
		return Key{}, err
	}
	key, ok := o.Key(id)
	if !ok {
		return Key{}, refusal.New(problem.NotFound, "key.unknown", name, clip(id))
	}
	if !key.Revoked.IsZero() {
		return Key{}, refusal.New(problem.Conflict, "key.revoked-twice")
	}
	return key, nil
}

func (d *Directory) revokeKey(by string, c KeyRevoked) (journal.Event, error) {
	if by != c.Name {
		if err := d.administers(by); err != nil {
			return journal.Event{}, err
		}
	}
	if _, err := d.active(c.Name, c.KeyID); err != nil {
		return journal.Event{}, err
	}
	return journal.NewEvent(EventKeyRevoked, c), nil
}
