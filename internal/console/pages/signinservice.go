// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/http"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// serviceSignIn sends the person to the sign-in service, or says on the page why
// not. It is a link, not a form, since the policy lets forms go nowhere else.
func (s *server) serviceSignIn(c *call) error {
	next := back(c.r.URL.Query().Get("next"))
	address, cookie, err := s.Service.BeginSignIn(c.r, next)
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return s.showSignIn(c, signInData{Next: next}, p)
	}
	if err != nil {
		return err
	}
	http.SetCookie(c.w, cookie)
	http.Redirect(c.w, c.r, address, http.StatusSeeOther)
	return nil
}

// serviceReturn takes the person back from the sign-in service. The session's
// cookie is not sent on a way that began at another site: so a page of ours, and
// not a redirect, leads on.
func (s *server) serviceReturn(c *call) error {
	next, cookies, err := s.Service.FinishSignIn(c.r)
	for _, cookie := range cookies {
		http.SetCookie(c.w, cookie)
	}
	next = back(next)
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return s.showSignIn(c, signInData{Next: next}, p)
	}
	if err != nil {
		return err
	}
	c.w.Header().Set("Refresh", "0; url="+next)
	return c.show(view{Template: "signed-in", Title: c.T("console.sign-in.done"), Data: next})
}
