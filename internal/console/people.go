// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

// keptAccountEvents is how many of the newest events of accounts everyone sees.
const keptAccountEvents = 100

// accountEvents are what happened to accounts and keys, the newest last: what
// could let someone sign in another's name is for everyone to see.
type accountEvents []AccountEvent

// record takes note of an event, when it is of that sort.
func (a *accountEvents) record(r journal.Record, e journal.Event) error {
	switch e.Kind {
	case operator.EventCreated, operator.EventChanged, operator.EventDisabled, operator.EventPasswordSet, operator.EventLinked, operator.EventTokenIssued,
		operator.EventKeyEnrolled, operator.EventKeyConfirmed, operator.EventKeyRevoked,
		operator.EventSealed, operator.EventSealBroken:
	default:
		return nil
	}
	body, err := journal.Decode[struct {
		Name  string       `json:"name"`
		KeyID string       `json:"keyId"`
		Key   operator.Key `json:"key"`
		Token struct {
			Operator string `json:"operator"`
		} `json:"token"`
	}](e)
	if err != nil {
		return err
	}
	event := AccountEvent{
		Kind: e.Kind, At: r.Time, By: Person{Name: r.By}, Of: Person{Name: cmp.Or(body.Name, body.Token.Operator)},
		KeyID: cmp.Or(body.KeyID, body.Key.ID), KeyType: body.Key.Type,
	}
	own := event.By.Name == event.Of.Name
	if own && (e.Kind == operator.EventPasswordSet || e.Kind == operator.EventTokenIssued) {
		return nil // nobody else can act by it
	}
	*a = append(*a, event)
	if len(*a) > keptAccountEvents {
		*a = slices.Clone((*a)[len(*a)-keptAccountEvents:])
	}
	return nil
}

// People says who works here and with which keys, and what happened to accounts
// and keys. Everyone may ask: whoever enrols a key in another's name is seen.
func (s *Service) People(who Identity) People {
	out := People{People: []PersonKeys{}, Events: []AccountEvent{}}
	s.ledger.View(func() {
		for _, o := range s.view.directory.All() {
			if o.Seal == nil {
				out.People = append(out.People, s.personKeys(who, o))
			}
		}
		out.Seals = s.seals(who)
		for _, e := range slices.Backward(s.view.accounts) {
			e.By, e.Of = s.person(e.By.Name), s.person(e.Of.Name)
			out.Events = append(out.Events, e)
		}
	})
	return out
}

// personKeys is called within View.
func (s *Service) personKeys(who Identity, o operator.Operator) PersonKeys {
	out := PersonKeys{Person: s.person(o.Name), Disabled: o.Disabled, SignedIn: s.view.directory.SignedIn(o.Name, s.o.Now()), Keys: []PublicKey{}, StandIns: []Person{}}
	for _, name := range o.StandIns {
		out.StandIns = append(out.StandIns, s.person(name))
	}
	for _, k := range o.Keys {
		out.Keys = append(out.Keys, publicKey(who, o, k))
	}
	return out
}

// publicKey is what everyone may know of a key of the owner.
func publicKey(who Identity, owner operator.Operator, k operator.Key) PublicKey {
	key := PublicKey{
		ID: k.ID, Type: k.Type, Label: k.Label, Enrolled: k.Enrolled, Awaits: k.Awaits && k.Revoked.IsZero(),
		ConfirmedBy: k.ConfirmedBy, Confirmed: k.Confirmed, Revoked: k.Revoked,
	}
	if role := operator.ConfirmerRole(who.Operator, owner); key.Awaits && role != "" {
		key.Statement = string(operator.KeyStatement(owner.Name, k, role).Bytes())
	}
	return key
}

// keyTrouble is a line for the keys that await a confirmation. It is called
// within View.
func (s *Service) keyTrouble() []Trouble {
	line := Trouble{Code: "key.awaits", Things: []string{}}
	for _, o := range s.view.directory.All() {
		for _, k := range o.ActiveKeys() {
			if !k.Awaits || o.Disabled {
				continue
			}
			line.Count++
			if line.Since.IsZero() || k.Enrolled.Before(line.Since) {
				line.Since = k.Enrolled
			}
			if len(line.Things) < namedThings && !slices.Contains(line.Things, o.FullName) {
				line.Things = append(line.Things, o.FullName)
			}
		}
	}
	if line.Count == 0 {
		return nil
	}
	return []Trouble{worded(line)}
}

// Enrolment is what a browser needs to make the next passkey of whoever asks.
func (s *Service) Enrolment(who Identity) Enrolment {
	user := sha256.Sum256([]byte("tocsin/user/v1\n" + s.o.Authority.ID + "\n" + who.Name + "\n"))
	challenge := operator.EnrolmentChallenge(who.Operator)
	out := Enrolment{
		Origin: s.o.Rules.Keys.Origin, RelyingParty: s.o.Rules.Keys.RelyingParty, RelyingPartyName: "Tocsin, " + s.o.Authority.Name,
		User: user[:], Name: who.Name, FullName: who.FullName, Challenge: challenge[:], Credentials: [][]byte{},
	}
	for _, key := range who.ActiveKeys() {
		if len(key.Credential.ID) > 0 {
			out.Credentials = append(out.Credentials, key.Credential.ID)
		}
	}
	return out
}

// ConfirmKey confirms a key that awaits it: one's own with another key, or, as
// an administrator, anyone's.
func (s *Service) ConfirmKey(ctx context.Context, who Identity, name, key string, in KeyConfirmation) (Accepted, error) {
	roles := []operator.Role{operator.Administrator}
	s.ledger.View(func() {
		if o, _ := s.view.directory.Operator(name); o.Seal != nil {
			roles = append(roles, operator.Releaser)
		}
	})
	if name != who.Name {
		if err := s.require(who, roles...); err != nil {
			return Accepted{}, err
		}
	}
	accepted, err := s.do(ctx, who, operator.CommandConfirmKey, operator.KeyConfirmed{Name: name, KeyID: key, Assertion: in.Assertion})
	accepted.ID = key
	return accepted, err
}

// signing says how whoever asks can sign here.
func (s *Service) signing() Signing {
	return Signing{Origin: s.o.Rules.Keys.Origin, RelyingParty: s.o.Rules.Keys.RelyingParty, Release: listed(s.o.Rules.Keys.Release)}
}

// People is everyone's view of accounts and keys.
type People struct {
	People []PersonKeys `json:"people"`
	// Seals are the break-glass keys, those in use first.
	Seals []SealState `json:"seals"`
	// Events are the newest first, a hundred at most.
	Events []AccountEvent `json:"events"`
}

// PersonKeys is a person with all keys that they ever had.
type PersonKeys struct {
	Person
	Disabled bool `json:"disabled"`
	// SignedIn is true while a session of theirs is open.
	SignedIn bool        `json:"signedIn"`
	Keys     []PublicKey `json:"keys"`
	// StandIns are administrators who could have acted as this person, since they
	// set the password or issued a token. Their keys await a confirmation.
	StandIns []Person `json:"standIns"`
}

// Valid are the keys that are not revoked.
func (p PersonKeys) Valid() []PublicKey {
	return slices.DeleteFunc(slices.Clone(p.Keys), func(k PublicKey) bool { return !k.Revoked.IsZero() })
}

// OwnedKey is a key with the name of its owner.
type OwnedKey struct {
	Name string
	Key  PublicKey
}

// Of joins a key of the person with their name.
func (p PersonKeys) Of(k PublicKey) OwnedKey { return OwnedKey{Name: p.Name, Key: k} }

// PublicKey is what everyone may know of a key.
type PublicKey struct {
	ID       string           `json:"id"`
	Type     operator.KeyType `json:"type"`
	Label    string           `json:"label,omitempty"`
	Enrolled time.Time        `json:"enrolled"`
	// Awaits is true until the key is confirmed; it signs nothing until then.
	Awaits      bool      `json:"awaits"`
	ConfirmedBy string    `json:"confirmedBy,omitempty"`
	Confirmed   time.Time `json:"confirmed,omitzero"`
	Revoked     time.Time `json:"revoked,omitzero"`
	// Statement is what whoever asks signs to confirm it, where they may.
	Statement string `json:"statement,omitempty"`
}

// AccountEvent is something that happened to an account or a key.
type AccountEvent struct {
	// Kind is that of the journal's event, such as "operator.key-enrolled".
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
	By   Person    `json:"by"`
	Of   Person    `json:"of"`
	// KeyID and KeyType are set for an event of a key.
	KeyID   string           `json:"keyId,omitempty"`
	KeyType operator.KeyType `json:"keyType,omitempty"`
}

// Signing says which keys sign here, and where passkeys do.
type Signing struct {
	// Origin is the address at which the console must be open for passkeys;
	// empty where there are none.
	Origin       string `json:"origin"`
	RelyingParty string `json:"relyingParty"`
	// Release lists the kinds of keys that may release.
	Release []operator.KeyType `json:"release"`
}

// Enrolment is what navigator.credentials.create is asked for, for ES256 keys with
// user verification.
type Enrolment struct {
	Origin           string `json:"origin"`
	RelyingParty     string `json:"relyingParty"`
	RelyingPartyName string `json:"relyingPartyName"`
	// User is the user handle: 32 bytes that tell nobody who it is.
	User     []byte `json:"user"`
	Name     string `json:"name"`
	FullName string `json:"fullName"`
	// Challenge holds until another key is enrolled.
	Challenge []byte `json:"challenge"`
	// Credentials are the ids of the passkeys that are enrolled already, to be excluded.
	Credentials [][]byte `json:"credentials"`
}

// KeyConfirmation confirms a key.
type KeyConfirmation struct {
	// Assertion is over the key's Statement.
	Assertion operator.Assertion `json:"assertion"`
}
