// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/tlog"
)

// SealLife is how long a break-glass key signs once its seal is broken.
const SealLife = 8 * time.Hour

const (
	// maxSeals is how many break-glass keys may be valid at once.
	maxSeals = 20
	// maxBox bounds the encrypted private key, in bytes.
	maxBox = 1 << 10
	// sealNames is how the names of break-glass keys' accounts begin.
	sealNames = "break-glass-"
)

// Seal makes an account that of a break-glass key: one that is for a role and no
// person, lies sealed, and signs for a short time once somebody breaks the seal
// (docs/runbooks/break-glass.md). The account has that one key, no way in but by
// it, and its role only from the breaking of the seal until its end.
type Seal struct {
	Role Role `json:"role"`
	// PreparedBy is the administrator who may have seen the code that opens Box.
	PreparedBy string `json:"preparedBy"`
	// Box is the private key, encrypted with that code by a browser. The node has
	// the code at no time.
	Box []byte `json:"box"`
	// Broken is when the seal was broken, zero for never, and Ends when the key
	// ends that was under it.
	Broken time.Time `json:"broken,omitzero"`
	Ends   time.Time `json:"ends,omitzero"`
	// BrokenBy and Reason are what the person typed who broke it.
	BrokenBy string `json:"brokenBy,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// PrepareSeal makes a break-glass key. Whoever commands signs the statement that
// Statement gives with a key of their own.
type PrepareSeal struct {
	// Label says which envelope it is, and where it lies.
	Label string `json:"label"`
	// Role is Author or Releaser.
	Role      Role      `json:"role"`
	PublicKey []byte    `json:"publicKey"`
	Box       []byte    `json:"box"`
	Assertion Assertion `json:"assertion"`
}

// Name is the name of the account that the key gets.
func (p PrepareSeal) Name() string { return sealNames + KeyID(p.PublicKey)[:8] }

// Statement is what the administrator signs.
func (p PrepareSeal) Statement() Statement {
	what := slices.Concat(p.PublicKey, []byte("\n"+string(p.Role)+"\n"+p.Label))
	return Statement{Action: ActionSeal, Role: Administrator, Warning: p.Name(), Message: KeyID(p.PublicKey), Digest: sha256.Sum256(what)}
}

// BreakSeal breaks the seal of whoever commands, and opens a session by it. While
// the key is valid more sessions are opened in the same way.
type BreakSeal struct {
	Hash SecretHash `json:"hash"`
	// Expires is at most the end of the key.
	Expires time.Time `json:"expires"`
	// By is the name of the person, and Reason why, both as they typed it.
	By     string `json:"by"`
	Reason string `json:"reason"`
	// Assertion is by the break-glass key over what Statement gives.
	Assertion Assertion `json:"assertion"`
}

// Statement is what the break-glass key of that account signs.
func (b BreakSeal) Statement(name string) Statement {
	return Statement{
		Action: ActionBreakSeal, Role: Owner, Warning: name, Message: hex.EncodeToString(b.Hash[:]),
		Digest: sha256.Sum256([]byte(b.By + "\n" + b.Reason)),
	}
}

// Sealed is the body of EventSealed.
type Sealed struct {
	Name      string    `json:"name"`
	FullName  string    `json:"fullName"`
	Seal      Seal      `json:"seal"`
	Key       Key       `json:"key"`
	Assertion Assertion `json:"assertion"`
}

// SealBroken is the body of EventSealBroken.
type SealBroken struct {
	Name      string    `json:"name"`
	By        string    `json:"by"`
	Reason    string    `json:"reason"`
	Ends      time.Time `json:"ends"`
	Assertion Assertion `json:"assertion"`
}

// Behind is whose signature one of this account counts as: that of a break-glass
// key counts as the one of who prepared it and could know its code.
func (o Operator) Behind() string {
	if o.Seal != nil {
		return o.Seal.PreparedBy
	}
	return o.Name
}

// Sealed reports whether the account is of a break-glass key whose seal is whole.
func (o Operator) Sealed() bool { return o.Seal != nil && o.Seal.Broken.IsZero() }

// Broken is the account as the event makes it.
func (o Operator) Broken(b SealBroken, at time.Time) Operator {
	seal := *o.Seal
	if seal.Broken.IsZero() {
		seal.Broken = at
	}
	seal.Ends, seal.BrokenBy, seal.Reason = b.Ends, b.By, b.Reason
	o.Seal, o.Roles = &seal, []Role{seal.Role}
	return o
}

// seal makes a break-glass key. It signs nothing before another person confirms it.
func (d *Directory) seal(by string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	var c PrepareSeal
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, unreadable(CommandSeal, err)
	}
	if err := d.administers(by); err != nil {
		return nil, err
	}
	maker, ok := d.Operator(by)
	if !ok {
		return nil, refusal.New(problem.Forbidden, "key.owner")
	}
	faults := checkText("label", c.Label)
	if c.Role != Author && c.Role != Releaser {
		faults = append(faults, refusal.Fault("role", "seal.role"))
	}
	if _, err := tlog.NewKey(c.PublicKey); err != nil {
		faults = append(faults, refusal.Fault("publicKey", "key.form"))
	}
	if len(c.Box) == 0 || len(c.Box) > maxBox {
		faults = append(faults, refusal.Fault("box", "seal.box", strconv.Itoa(maxBox)))
	}
	if err := invalid(faults); err != nil {
		return nil, err
	}
	valid := 0
	for _, o := range d.operators {
		if _, taken := o.Key(KeyID(c.PublicKey)); taken || o.Name == c.Name() {
			return nil, refusal.New(problem.Conflict, "key.twice")
		}
		if o.Seal != nil && !o.Disabled {
			valid++
		}
	}
	if valid >= maxSeals {
		return nil, refusal.New(problem.Conflict, "seal.many", strconv.Itoa(maxSeals))
	}
	assertion, used, err := d.Keys.Accept(maker, c.Statement(), c.Assertion, now)
	if err != nil {
		return nil, err
	}
	made := journal.NewEvent(EventSealed, Sealed{
		Name: c.Name(), FullName: c.Label, Assertion: assertion,
		Seal: Seal{Role: c.Role, PreparedBy: by, Box: c.Box},
		Key:  Key{ID: KeyID(c.PublicKey), Type: BreakGlassKey, PublicKey: c.PublicKey, Enrolled: now, Awaits: true},
	})
	return append([]journal.Event{made}, used...), nil
}

// breakSeal opens a session by a break-glass key. The first one breaks the seal.
func (d *Directory) breakSeal(by string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	var c BreakSeal
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, unreadable(CommandBreakSeal, err)
	}
	o, ok := d.Operator(by)
	if !ok || o.Seal == nil {
		return nil, refusal.New(problem.NotFound, "seal.unknown", clip(by))
	}
	faults := append(checkText("by", c.By), checkText("reason", c.Reason)...)
	if err := invalid(faults); err != nil {
		return nil, err
	}
	ends := o.Seal.Ends
	if o.Sealed() {
		ends = now.Add(SealLife)
	}
	if !c.Expires.After(now) || c.Expires.After(ends) || c.Hash == (SecretHash{}) {
		return nil, refusal.New(problem.Invalid, "session.form")
	}
	assertion, _, err := d.Keys.Accept(o, c.Statement(o.Name), c.Assertion, now)
	if err != nil {
		return nil, err
	}
	return []journal.Event{
		journal.NewEvent(EventSealBroken, SealBroken{Name: o.Name, By: c.By, Reason: c.Reason, Ends: ends, Assertion: assertion}),
		journal.NewEvent(EventSessionStarted, SessionStarted{Session: Session{Operator: o.Name, Hash: c.Hash, Started: now, Expires: c.Expires}}),
	}, nil
}

// Due ends the break-glass keys whose time is over.
func (d *Directory) Due(now time.Time) []journal.Event {
	var events []journal.Event
	for _, o := range d.operators {
		if o.Seal != nil && !o.Disabled && !o.Sealed() && !now.Before(o.Seal.Ends) {
			events = append(events, journal.NewEvent(EventKeyRevoked, KeyRevoked{Name: o.Name, KeyID: o.Keys[0].ID}))
		}
	}
	return events
}

// void ends the break-glass keys that an operator prepared, since they may know
// the codes.
func (d *Directory) void(name string) []journal.Event {
	var events []journal.Event
	for _, o := range d.All() {
		if o.Seal != nil && !o.Disabled && o.Seal.PreparedBy == name {
			events = append(events, journal.NewEvent(EventKeyRevoked, KeyRevoked{Name: o.Name, KeyID: o.Keys[0].ID}))
		}
	}
	return events
}

// ConfirmerRole is the role in which someone could confirm a key of the owner;
// empty when they cannot. The key of a seal is confirmed by another administrator
// than who prepared it, or by a releaser.
func ConfirmerRole(confirmer, owner Operator) Role {
	switch {
	case owner.Seal != nil:
		if confirmer.Seal != nil || confirmer.Name == owner.Seal.PreparedBy {
			return ""
		}
		for _, role := range []Role{Administrator, Releaser} {
			if confirmer.Has(role) {
				return role
			}
		}
	case confirmer.Name == owner.Name:
		return Owner
	case confirmer.Has(Administrator) && !slices.Contains(owner.StandIns, confirmer.Name):
		return Administrator
	}
	return ""
}
