// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// SealedKey is what a browser needs to open a break-glass key with the code from
// its envelope.
type SealedKey struct {
	Name  string        `json:"name"`
	Role  operator.Role `json:"role"`
	KeyID string        `json:"keyId"`
	// Box is the private key, encrypted with the code (docs/formats/api.md).
	Box []byte `json:"box"`
}

// SealBreaking opens a session by a break-glass key.
type SealBreaking struct {
	// Secret is that of the session: 32 random bytes in base64url, which the
	// browser makes since the key signs their hash.
	Secret string `json:"secret" maxLength:"64"`
	// By is the name of the person, and Reason why, as they typed it.
	By        string             `json:"by" maxLength:"120"`
	Reason    string             `json:"reason" maxLength:"120"`
	Assertion operator.Assertion `json:"assertion"`
}

// BreakGlass says that somebody works with a break-glass key.
type BreakGlass struct {
	// By and Reason are what the person typed.
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Ends   time.Time `json:"ends"`
}

// SealState is a break-glass key as everyone sees it.
type SealState struct {
	Name string `json:"name"`
	// Label says which envelope it is.
	Label      string        `json:"label"`
	Role       operator.Role `json:"role"`
	PreparedBy Person        `json:"preparedBy"`
	Prepared   time.Time     `json:"prepared"`
	Key        PublicKey     `json:"key"`
	// Broken is when its seal was broken, absent while it is whole.
	Broken time.Time `json:"broken,omitzero"`
	Ends   time.Time `json:"ends,omitzero"`
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// Open reports whether the key can be used now.
func (s SealState) Open() bool { return !s.Broken.IsZero() && s.Key.Revoked.IsZero() }

// Owned joins the key with the name of its account.
func (s SealState) Owned() OwnedKey { return OwnedKey{Name: s.Name, Key: s.Key} }

// seals lists the break-glass keys, those in use first, then the newest. It is
// called within View.
func (s *Service) seals(who Identity) []SealState {
	list := []SealState{}
	for _, o := range s.view.directory.All() {
		if o.Seal != nil {
			list = append(list, SealState{
				Name: o.Name, Label: o.FullName, Role: o.Seal.Role, PreparedBy: s.person(o.Seal.PreparedBy), Prepared: o.Created,
				Key: publicKey(who, o, o.Keys[0]), Broken: o.Seal.Broken, Ends: o.Seal.Ends, By: o.Seal.BrokenBy, Reason: o.Seal.Reason,
			})
		}
	}
	slices.SortStableFunc(list, func(a, b SealState) int {
		if a.Open() != b.Open() {
			if a.Open() {
				return -1
			}
			return 1
		}
		return b.Prepared.Compare(a.Prepared)
	})
	return list
}

// breakGlass says with what break-glass key somebody works; nil for a person.
func breakGlass(o operator.Operator) *BreakGlass {
	if o.Seal == nil {
		return nil
	}
	return &BreakGlass{By: o.Seal.BrokenBy, Reason: o.Seal.Reason, Ends: o.Seal.Ends}
}

// sealTrouble is a line for the break-glass keys in use. It is called within View.
func (s *Service) sealTrouble() []Trouble {
	line := Trouble{Code: "break-glass.open", Things: []string{}}
	for _, o := range s.view.directory.All() {
		if o.Seal == nil || o.Disabled || o.Sealed() {
			continue
		}
		line.Count++
		if line.Since.IsZero() || o.Seal.Broken.Before(line.Since) {
			line.Since = o.Seal.Broken
		}
		if len(line.Things) < namedThings {
			line.Things = append(line.Things, o.FullName)
		}
	}
	if line.Count == 0 {
		return nil
	}
	return []Trouble{worded(line)}
}

// signed reports whether the request has a signature that counts as that of who
// asks. It is called within View.
func (s *Service) signed(signers []string, who Identity) bool {
	return slices.ContainsFunc(signers, func(name string) bool {
		signer, known := s.view.directory.Operator(name)
		return name == who.Name || known && signer.Behind() == who.Behind()
	})
}

// Seal makes a break-glass key, for administrators.
func (s *Service) Seal(ctx context.Context, who Identity, in operator.PrepareSeal) (Accepted, error) {
	if err := s.require(who, operator.Administrator); err != nil {
		return Accepted{}, err
	}
	accepted, err := s.do(ctx, who, operator.CommandSeal, in)
	accepted.ID = in.Name()
	return accepted, err
}

// SealedKey gives what the browser of whoever has the envelope needs. Without the
// code it is of no use.
func (s *Service) SealedKey(r *http.Request, name string) (SealedKey, error) {
	who := Identity{Language: Language(r)}
	from := address(r, s.o.BehindProxy)
	attempt, err := s.signIns.begin("seal\n"+from, from)
	if err != nil {
		return SealedKey{}, tooMany(who, err)
	}
	var o operator.Operator
	s.ledger.View(func() { o, _ = s.view.directory.Operator(name) })
	if o.Seal == nil || o.Disabled || o.Keys[0].Awaits {
		return SealedKey{}, problem.New(problem.NotFound, who.text("api.break-glass.unknown"), who.text("api.break-glass.unknown.remedy"))
	}
	attempt.succeeded()
	return SealedKey{Name: o.Name, Role: o.Seal.Role, KeyID: o.Keys[0].ID, Box: o.Seal.Box}, nil
}

// BreakSeal opens a session by a break-glass key, whose seal it breaks. It gives
// the cookie to set.
func (s *Service) BreakSeal(ctx context.Context, r *http.Request, name string, in SealBreaking) (*http.Cookie, error) {
	who := Identity{Language: Language(r)}
	from := address(r, s.o.BehindProxy)
	attempt, err := s.signIns.begin("seal\n"+from, from)
	if err != nil {
		return nil, tooMany(who, err)
	}
	hash, err := operator.ParseSession(in.Secret)
	if err != nil {
		return nil, problem.Wrap(err, problem.Invalid, who.text("api.break-glass.secret"), who.text("api.break-glass.secret.remedy"))
	}
	now := s.o.Now().UTC()
	s.ledger.View(func() { who.Operator, _ = s.view.directory.Operator(name) })
	if who.Seal == nil {
		return nil, problem.New(problem.NotFound, who.text("api.break-glass.unknown"), who.text("api.break-glass.unknown.remedy"))
	}
	expires := now.Add(operator.SealLife - time.Minute)
	if !who.Sealed() && who.Seal.Ends.Before(expires) {
		expires = who.Seal.Ends
	}
	if _, err := s.do(ctx, who, operator.CommandBreakSeal, operator.BreakSeal{
		Hash: hash, Expires: expires, By: in.By, Reason: in.Reason, Assertion: in.Assertion,
	}); err != nil {
		return nil, err
	}
	attempt.succeeded()
	s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "a break-glass key is in use", slog.String("key", name), slog.String("from", from))
	return s.cookie(in.Secret, expires.Sub(now)), nil
}
