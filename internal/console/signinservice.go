// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/tocsin-alert/tocsin/internal/console/openid"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// SignInService gives the label of the sign-in service, and whether it failed to
// answer when it was last asked; an empty label where there is none.
func (s *Service) SignInService() (label string, silent bool) {
	if s.o.SignInService == nil {
		return "", false
	}
	return s.o.SignInService.Label(), s.o.SignInService.Silent()
}

// flowCookie keeps a sign-in that was begun at the service. It has to come back
// with a browser that the service sends, and so is not SameSite=Strict.
func (s *Service) flowCookie(value string, life time.Duration) *http.Cookie {
	name := "tocsin_sign_in"
	if s.o.Secure {
		name = "__Host-" + name
	}
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: s.o.Secure, SameSite: http.SameSiteLaxMode,
	}
}

// BeginSignIn gives the address at the sign-in service to which the browser goes,
// and the cookie that it has to bring back. Next is the path that the person
// wanted. The error is a *problem.Error.
func (s *Service) BeginSignIn(r *http.Request, next string) (address string, _ *http.Cookie, err error) {
	who := Identity{Language: Language(r)}
	if s.o.SignInService == nil {
		return "", nil, problem.New(problem.NotFound, who.text("api.sign-in.no-service"), who.text("api.sign-in.no-service.remedy"))
	}
	address, flow, err := s.o.SignInService.Begin(r.Context(), next)
	if err != nil {
		return "", nil, s.serviceProblem(r, who, err)
	}
	return address, s.flowCookie(flow.String(), openid.FlowLife), nil
}

// FinishSignIn opens a session for the person whom the sign-in service sends
// back. It gives the cookies to set, also beside an error, and the path on which
// the person goes on. The error is a *problem.Error.
func (s *Service) FinishSignIn(r *http.Request) (next string, cookies []*http.Cookie, err error) {
	who := Identity{Language: Language(r)}
	if s.o.SignInService == nil {
		return "", nil, problem.New(problem.NotFound, who.text("api.sign-in.no-service"), who.text("api.sign-in.no-service.remedy"))
	}
	used := s.flowCookie("", 0)
	used.MaxAge = -1
	cookies = []*http.Cookie{used}
	// Every attempt asks the service, and so is limited as those with passwords.
	from := address(r, s.o.BehindProxy)
	attempt, err := s.signIns.begin("service\n"+from, from)
	if err != nil {
		return "", nil, tooMany(who, err)
	}
	var flow openid.Flow
	if kept, err := r.Cookie(used.Name); err == nil {
		if flow, err = openid.ParseFlow(kept.Value); err != nil {
			return "", cookies, s.serviceProblem(r, who, openid.ErrStale)
		}
	}
	subject, err := s.o.SignInService.Finish(r.Context(), flow, r.URL.Query())
	if err != nil {
		return flow.Next, cookies, s.serviceProblem(r, who, err)
	}
	known := false
	s.ledger.View(func() { who.Operator, known = s.view.directory.Known(subject) })
	if !known || who.Disabled {
		s.o.Logger.LogAttrs(r.Context(), slog.LevelWarn, "sign-in refused: the sign-in service's person has no account", slog.String("from", from))
		return flow.Next, cookies, problem.New(problem.Forbidden, who.text("api.sign-in.unknown", subject.Value), who.text("api.sign-in.unknown.remedy", subject.Value))
	}
	opened, err := s.open(r.Context(), who)
	if err != nil {
		return flow.Next, cookies, err
	}
	attempt.succeeded()
	return flow.Next, append(cookies, opened), nil
}

// serviceProblem words why a sign-in at the service failed.
func (s *Service) serviceProblem(r *http.Request, who Identity, err error) error {
	kind, key := problem.Unauthenticated, "stale"
	switch {
	case errors.Is(err, openid.ErrSilent):
		kind, key = problem.Unavailable, "silent"
	case errors.Is(err, openid.ErrSetup):
		kind, key = problem.Unavailable, "setup"
	case errors.Is(err, openid.ErrDenied):
		key = "denied"
	case errors.Is(err, openid.ErrUntrusted):
		key = "untrusted"
	}
	s.o.Logger.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelWarn, "sign-in at the sign-in service failed", slog.String("from", address(r, s.o.BehindProxy)), slog.Any("error", err))
	return problem.Wrap(err, kind, who.text("api.sign-in."+key), who.text("api.sign-in."+key+".remedy"))
}

// link names whom the sign-in service knows the person as.
func (s *Service) link(who Identity, name, value string) (operator.Linked, error) {
	switch {
	case value == "":
		return operator.Linked{Name: name}, nil
	case s.o.SignInService == nil:
		return operator.Linked{}, problem.New(problem.Conflict, who.text("api.sign-in.no-service"), who.text("api.sign-in.no-service.remedy"))
	}
	return operator.Linked{Name: name, Subject: s.o.SignInService.Subject(value)}, nil
}
