// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"crypto/rand"
	"errors"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

type operatorsData struct {
	People console.People
	// Accounts are what administrators see besides; none for anyone else.
	Accounts []console.Operator
	Roles    []operator.Role
	// Service is the label of the sign-in service; empty where there is none.
	Service string
	// Typed is a new account as it was typed before it was refused.
	Typed console.NewOperator
	// Secret is a password or token that is shown this once, For its account.
	Secret, For string
	// SecretIsToken tells which of the two it is.
	SecretIsToken bool
}

// Account is the account of a name, empty for whoever does not administer.
func (d operatorsData) Account(name string) console.Operator {
	for _, o := range d.Accounts {
		if o.Name == name {
			return o
		}
	}
	return console.Operator{}
}

var roles = []operator.Role{operator.Author, operator.Releaser, operator.Administrator, operator.Observer}

// Chosen reports whether the typed account has a role.
func (d operatorsData) Chosen(role operator.Role) bool {
	for _, r := range d.Typed.Roles {
		if r == role {
			return true
		}
	}
	return false
}

func (s *server) operators(c *call) error {
	return s.showOperators(c, operatorsData{}, nil)
}

// showOperators shows the page again after something was done or refused.
func (s *server) showOperators(c *call, data operatorsData, err error) error {
	p, ok := errors.AsType[*problem.Error](err)
	if err != nil && !ok {
		return err
	}
	data.People, data.Roles = s.Service.People(c.who), roles
	data.Service, _ = s.Service.SignInService()
	if c.who.Has(operator.Administrator) {
		if data.Accounts, err = s.Service.Operators(c.who); err != nil {
			return err
		}
	}
	v := view{Template: "operators", Title: c.T("console.operators.title"), Problem: p, Data: data}
	if p != nil {
		v.Status = p.Kind.Status()
	}
	return c.show(v)
}

// newPassword gives a password that nobody has to think up: 130 random bits,
// in groups of four that can be read over the telephone.
func newPassword() string {
	text := strings.ToLower(rand.Text())
	var groups []string
	for len(text) > 4 {
		groups = append(groups, text[:4])
		text = text[4:]
	}
	return strings.Join(append(groups, text), "-")
}

func (s *server) createOperator(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	in := console.NewOperator{Name: strings.TrimSpace(c.r.PostForm.Get("name")), FullName: strings.TrimSpace(c.r.PostForm.Get("fullName"))}
	for _, role := range c.r.PostForm["roles"] {
		in.Roles = append(in.Roles, operator.Role(role))
	}
	data := operatorsData{Typed: in}
	in.Password = newPassword()
	_, err := s.Service.CreateOperator(c.r.Context(), c.who, in)
	if err == nil {
		data = operatorsData{Secret: in.Password, For: in.Name}
	}
	return s.showOperators(c, data, err)
}

func (s *server) changeOperator(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	name := c.r.PathValue("name")
	var change console.OperatorChange
	var data operatorsData
	switch c.r.PostForm.Get("action") {
	case "disable", "enable":
		disabled := c.r.PostForm.Get("action") == "disable"
		change.Disabled = &disabled
	case "link":
		subject := c.r.PostForm.Get("subject")
		change.Subject = &subject
	case "password":
		password := newPassword()
		change.Password = &password
		data = operatorsData{Secret: password, For: name}
	}
	_, err := s.Service.ChangeOperator(c.r.Context(), c.who, name, change)
	if err != nil {
		data = operatorsData{}
	}
	return s.showOperators(c, data, err)
}

func (s *server) revokeKeyOf(c *call) error {
	if _, err := s.Service.RevokeKey(c.r.Context(), c.who, c.r.PathValue("name"), c.r.PathValue("id")); err != nil {
		return s.showOperators(c, operatorsData{}, err)
	}
	return c.redirect("/console/operators")
}

func (s *server) issueToken(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	name := c.r.PathValue("name")
	token, err := s.Service.IssueToken(c.r.Context(), c.who, name, console.NewToken{Label: strings.TrimSpace(c.r.PostForm.Get("label"))})
	if err != nil {
		return s.showOperators(c, operatorsData{}, err)
	}
	return s.showOperators(c, operatorsData{Secret: token.Secret, For: name, SecretIsToken: true}, nil)
}

func (s *server) revokeToken(c *call) error {
	if _, err := s.Service.RevokeToken(c.r.Context(), c.who, c.r.PathValue("name"), c.r.PathValue("id")); err != nil {
		return s.showOperators(c, operatorsData{}, err)
	}
	return c.redirect("/console/operators")
}
