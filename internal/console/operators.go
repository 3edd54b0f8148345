// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/operator"
)

// Operators lists all accounts, for administrators.
func (s *Service) Operators(who Identity) ([]Operator, error) {
	if err := s.require(who, operator.Administrator); err != nil {
		return nil, err
	}
	list := []Operator{}
	s.ledger.View(func() {
		for _, o := range s.view.directory.All() {
			if o.Seal == nil {
				list = append(list, s.account(o))
			}
		}
	})
	return list, nil
}

// account is called within View.
func (s *Service) account(o operator.Operator) Operator {
	out := Operator{
		Name: o.Name, FullName: o.FullName, Roles: listed(o.Roles), Keys: listed(o.Keys), Disabled: o.Disabled, Created: o.Created,
		Subject: o.Subject.Value, SignedIn: s.view.directory.SignedIn(o.Name, s.o.Now()), HasPassword: o.PasswordHash != "", Tokens: []Token{},
	}
	for _, t := range s.view.directory.Tokens(o.Name) {
		out.Tokens = append(out.Tokens, Token{ID: t.ID, Label: t.Label, Issued: t.Issued, Expires: t.Expires, Revoked: t.Revoked})
	}
	return out
}

// CreateOperator opens an account.
func (s *Service) CreateOperator(ctx context.Context, who Identity, in NewOperator) (Accepted, error) {
	if err := s.require(who, operator.Administrator); err != nil {
		return Accepted{}, err
	}
	command := operator.Create{Name: in.Name, FullName: in.FullName, Roles: in.Roles}
	if in.Password != "" {
		hash, err := s.newPassword(ctx, in.Name, in.Password)
		if err != nil {
			return Accepted{}, err
		}
		command.PasswordHash = hash
	}
	accepted, err := s.do(ctx, who, operator.CommandCreate, command)
	accepted.ID = in.Name
	return accepted, err
}

func (s *Service) newPassword(ctx context.Context, name, password string) (string, error) {
	if err := operator.CheckPassword(name, password); err != nil {
		return "", err
	}
	return s.signIns.hash(ctx, password)
}

// ChangeOperator changes an account. Each member is a command of its own; they
// are done in the order of the type, up to the first that is refused.
func (s *Service) ChangeOperator(ctx context.Context, who Identity, name string, in OperatorChange) (Accepted, error) {
	accepted := Accepted{ID: name}
	if in.FullName != nil || in.Roles != nil || in.Disabled != nil || in.Subject != nil {
		if err := s.require(who, operator.Administrator); err != nil {
			return accepted, err
		}
	}
	do := func(command string, body any) error {
		done, err := s.do(ctx, who, command, body)
		accepted.Seq = max(accepted.Seq, done.Seq)
		return err
	}
	if in.FullName != nil || in.Roles != nil {
		if err := do(operator.CommandChange, operator.Change{Name: name, FullName: in.FullName, Roles: in.Roles}); err != nil {
			return accepted, err
		}
	}
	if in.Disabled != nil {
		if err := do(operator.CommandDisable, operator.Disabled{Name: name, Disabled: *in.Disabled}); err != nil {
			return accepted, err
		}
	}
	if in.Subject != nil {
		link, err := s.link(who, name, strings.TrimSpace(*in.Subject))
		if err != nil {
			return accepted, err
		}
		if err := do(operator.CommandLink, link); err != nil {
			return accepted, err
		}
	}
	if in.Password == nil {
		return accepted, nil
	}
	if name != who.Name {
		if err := s.require(who, operator.Administrator); err != nil {
			return accepted, err
		}
	}
	hash, err := s.newPassword(ctx, name, *in.Password)
	if err != nil {
		return accepted, err
	}
	return accepted, do(operator.CommandSetPassword, operator.PasswordSet{Name: name, PasswordHash: hash})
}

// EnrolKey enrols a signing key of whoever asks.
func (s *Service) EnrolKey(ctx context.Context, who Identity, in KeyEnrolment) (Accepted, error) {
	accepted, err := s.do(ctx, who, operator.CommandEnrolKey, operator.EnrolKey(in))
	if err != nil {
		return accepted, err
	}
	s.ledger.View(func() {
		if o, _ := s.view.directory.Operator(who.Name); len(o.Keys) > 0 {
			accepted.ID = o.Keys[len(o.Keys)-1].ID
		}
	})
	return accepted, nil
}

// RevokeKey revokes one's own key, or, as an administrator, anyone's.
func (s *Service) RevokeKey(ctx context.Context, who Identity, name, key string) (Accepted, error) {
	if name != who.Name {
		if err := s.require(who, operator.Administrator); err != nil {
			return Accepted{}, err
		}
	}
	accepted, err := s.do(ctx, who, operator.CommandRevokeKey, operator.KeyRevoked{Name: name, KeyID: key})
	accepted.ID = key
	return accepted, err
}

// IssueToken issues a bearer token: one's own, or, as an administrator, anyone's.
func (s *Service) IssueToken(ctx context.Context, who Identity, name string, in NewToken) (IssuedToken, error) {
	if name != who.Name {
		if err := s.require(who, operator.Administrator); err != nil {
			return IssuedToken{}, err
		}
	}
	secret, hash := operator.NewToken()
	if _, err := s.do(ctx, who, operator.CommandIssueToken, operator.IssueToken{Operator: name, Label: in.Label, Hash: hash, Expires: in.Expires}); err != nil {
		return IssuedToken{}, err
	}
	return IssuedToken{
		Token:  Token{ID: operator.TokenID(hash), Label: in.Label, Issued: s.o.Now().UTC(), Expires: in.Expires},
		Secret: secret,
	}, nil
}

// RevokeToken revokes a bearer token: one's own, or, as an administrator, anyone's.
func (s *Service) RevokeToken(ctx context.Context, who Identity, name, token string) (Accepted, error) {
	if name != who.Name {
		if err := s.require(who, operator.Administrator); err != nil {
			return Accepted{}, err
		}
	}
	accepted, err := s.do(ctx, who, operator.CommandRevokeToken, operator.TokenRevoked{Name: name, ID: token})
	accepted.ID = token
	return accepted, err
}
