// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// maxForm bounds what a form may send; the longest are a message's texts.
const maxForm = 1 << 20

// form reads the form, or says that it is too large.
func (c *call) form() error {
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxForm)
	if err := c.r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return problem.Wrap(err, problem.TooLarge, c.T("console.form.too-large"), c.T("console.form.too-large.remedy"))
		}
		return problem.Wrap(err, problem.Unreadable, c.T("console.form.unreadable"), c.T("console.form.unreadable.remedy"))
	}
	return nil
}

// back gives a path of ours from what a form says, or the board.
func back(path string) string {
	if !strings.HasPrefix(path, Prefix) || strings.ContainsAny(path, "\\\r\n") {
		return Prefix
	}
	return path
}

type signInData struct {
	Name, Next string
	// Service is the label of the sign-in service; empty where there is none.
	Service string
	// Silent says that it did not answer when it was last asked.
	Silent bool
}

func (s *server) signInPage(c *call) error {
	next := back(c.r.URL.Query().Get("next"))
	if c.who.Name != "" {
		return c.redirect(next)
	}
	return s.showSignIn(c, signInData{Next: next}, nil)
}

// showSignIn shows the page, with the problem of the last attempt.
func (s *server) showSignIn(c *call, data signInData, p *problem.Error) error {
	data.Service, data.Silent = s.Service.SignInService()
	v := view{Template: "sign-in", Title: c.T("console.sign-in.title"), Problem: p, Data: data}
	if p != nil {
		v.Status, data.Silent = p.Kind.Status(), false
		v.Data = data
	}
	return c.show(v)
}

func (s *server) signIn(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	data := signInData{Name: c.r.PostForm.Get("name"), Next: back(c.r.PostForm.Get("next"))}
	cookie, err := s.Service.SignIn(c.r.Context(), c.r, console.SignIn{Name: data.Name, Password: c.r.PostForm.Get("password")})
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return s.showSignIn(c, data, p)
	}
	if err != nil {
		return err
	}
	http.SetCookie(c.w, cookie)
	return c.redirect(data.Next)
}

func (s *server) signOut(c *call) error {
	cookie, err := s.Service.SignOut(c.r.Context(), c.who)
	if err != nil {
		return err
	}
	http.SetCookie(c.w, cookie)
	return c.redirect("/console/sign-in")
}

// themeCookie holds the theme that a person chose; without it the pages follow
// the system's.
const themeCookie = "tocsin_theme"

var themes = []string{"light", "dark"}

func theme(r *http.Request) string {
	if cookie, err := r.Cookie(themeCookie); err == nil && slices.Contains(themes, cookie.Value) {
		return cookie.Value
	}
	return ""
}

// preferences keeps language and theme in this browser.
func (s *server) preferences(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	keep := func(name, value string, age int) {
		http.SetCookie(c.w, &http.Cookie{
			Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: c.r.TLS != nil, SameSite: http.SameSiteLaxMode,
		})
	}
	const year = 365 * 24 * 3600
	if tag := c.r.PostForm.Get("language"); slices.Contains(catalogue.Tags(), tag) {
		keep(console.LanguageCookie, tag, year)
	}
	if c.r.PostForm.Has("theme") {
		if chosen := c.r.PostForm.Get("theme"); slices.Contains(themes, chosen) {
			keep(themeCookie, chosen, year)
		} else {
			keep(themeCookie, "", -1)
		}
	}
	return c.redirect(back(c.r.PostForm.Get("back")))
}

func (s *server) keyPage(c *call) error {
	data := keyData{Next: back(c.r.URL.Query().Get("next"))}
	for _, person := range s.Service.People(c.who).People {
		if person.Name == c.who.Name {
			data.Mine = person
		}
	}
	return c.show(view{Template: "key", Title: c.T("console.key.title"), Data: data})
}

// keyData is what the page of one's own keys shows.
type keyData struct {
	Next string
	Mine console.PersonKeys
}

// revokeKey revokes one of the operator's own keys.
func (s *server) revokeKey(c *call) error {
	if _, err := s.Service.RevokeKey(c.r.Context(), c.who, c.who.Name, c.r.PathValue("id")); err != nil {
		return err
	}
	return c.redirect("/console/key")
}

func (s *server) help(c *call) error {
	return c.show(view{Template: "help", Title: c.T("console.help.title")})
}
