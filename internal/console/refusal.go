// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// require refuses whoever has none of the roles. The refusal says which rule it
// is, who could do it, and how to reach them. It is a courtesy: the core refuses
// again by its own rules.
func (s *Service) require(who Identity, roles ...operator.Role) error {
	if slices.ContainsFunc(roles, who.Has) {
		return nil
	}
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = who.text("api.role." + string(role))
	}
	var remedy string
	s.ledger.View(func() { remedy = s.whoCould(who, nil, roles...) })
	return &problem.Error{
		Kind: problem.Forbidden, Message: who.text("api.refusal.role", strings.Join(names, ", ")), Remedy: remedy,
		Faults: []problem.Fault{{Rule: "role.missing", Message: who.text("api.refusal.role", strings.Join(names, ", ")), Remedy: remedy}},
	}
}

// whoCould names the people who have one of the roles, those on shift first. It
// leaves out the operator who asks and those named. It is called within View.
func (s *Service) whoCould(who Identity, but []string, roles ...operator.Role) string {
	now := s.o.Now()
	var here, away []string
	for _, o := range s.view.directory.All() {
		if o.Disabled || o.Name == who.Name || slices.Contains(but, o.Name) || !slices.ContainsFunc(roles, o.Has) {
			continue
		}
		if s.view.directory.SignedIn(o.Name, now) {
			here = append(here, o.FullName)
		} else {
			away = append(away, o.FullName)
		}
	}
	switch {
	case len(here) > 0:
		return who.text("api.refusal.on-shift", strings.Join(here, ", "))
	case len(away) > 0:
		return who.text("api.refusal.away", strings.Join(away, ", "))
	default:
		return who.text("api.refusal.nobody")
	}
}

// may says what the operator can do with a warning now, and where not, which
// rule it is and who could. It is called within View.
func (s *Service) may(who Identity, w *warning.Warning) May {
	now := s.o.Now()
	m := May{Refusals: map[string]string{}}
	decide := func(member string, to *bool, allowed bool, refusal string) {
		if *to = allowed; !allowed {
			m.Refusals[member] = refusal
		}
	}
	forRole := func(role operator.Role, but ...string) string {
		return who.text("api.refusal.role", who.text("api.role."+string(role))) + " " + s.whoCould(who, but, role)
	}
	author, releaser := who.Has(operator.Author), who.Has(operator.Releaser)
	if w.Pending == nil {
		for member, to := range map[string]*bool{"release": &m.Release, "refuse": &m.Refuse, "withdraw": &m.Withdraw, "stop": &m.Stop, "revise": &m.Revise} {
			decide(member, to, false, who.text("api.refusal.nothing-waits"))
		}
	} else {
		signers := signersOf(w.Pending)
		switch {
		case s.signed(signers, who):
			decide("release", &m.Release, false, twoPersons(who, signers)+" "+s.whoCould(who, signers, operator.Releaser))
		default:
			decide("release", &m.Release, releaser, forRole(operator.Releaser, signers...))
		}
		decide("refuse", &m.Refuse, releaser, forRole(operator.Releaser))
		decide("withdraw", &m.Withdraw, w.Pending.Author() == who.Name, who.text("api.refusal.withdraw", s.fullName(w.Pending.Author())))
		decide("stop", &m.Stop, true, "")
		decide("revise", &m.Revise, author, forRole(operator.Author))
	}
	switch {
	case w.Status == warning.StatusEnded:
		decide("update", &m.Update, false, who.text("api.refusal.ended"))
		decide("allClear", &m.AllClear, false, who.text("api.refusal.ended"))
	case len(w.Messages) == 0:
		decide("update", &m.Update, false, who.text("api.refusal.not-released"))
		decide("allClear", &m.AllClear, false, who.text("api.refusal.not-released"))
	case !author:
		decide("update", &m.Update, false, forRole(operator.Author))
		decide("allClear", &m.AllClear, false, forRole(operator.Author))
	default:
		decide("update", &m.Update, w.InForce(now), who.text("api.refusal.expired"))
		decide("allClear", &m.AllClear, true, "")
	}
	return m
}

// twoPersons says why one signature is not enough.
func twoPersons(who Identity, signers []string) string {
	if slices.Contains(signers, who.Name) {
		return who.text("api.refusal.two-persons")
	}
	return who.text("api.refusal.two-persons.seal")
}

func signersOf(r *warning.Request) []string {
	names := make([]string, len(r.Assertions))
	for i, a := range r.Assertions {
		names[i] = a.Operator
	}
	return names
}

// fullName is the person's name, or the sign-in name of one who is not known.
// It is called within View.
func (s *Service) fullName(name string) string {
	if o, ok := s.view.directory.Operator(name); ok {
		return o.FullName
	}
	return name
}

// person is called within View.
func (s *Service) person(name string) Person {
	o, ok := s.view.directory.Operator(name)
	if !ok {
		return Person{Name: name, FullName: name, Roles: []operator.Role{}}
	}
	return Person{Name: o.Name, FullName: o.FullName, Roles: listed(o.Roles)}
}
