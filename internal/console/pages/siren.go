// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"context"
	"errors"
	"net/url"
	"path"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

type sirenData struct {
	console.SirenDetail
	Pictures []picture
	// Enrolment is the code that has just been made; nil for none.
	Enrolment *console.SirenEnrolment
	// Reason is what was typed before a refusal.
	Reason string
}

func (s *server) siren(c *call) error { return s.showSiren(c, sirenData{}, nil) }

func (s *server) showSiren(c *call, data sirenData, p *problem.Error) error {
	var err error
	if data.SirenDetail, err = s.Service.Siren(c.r.PathValue("id")); err != nil {
		return err
	}
	all := c.pictures()
	for _, name := range data.Signals {
		if signal, ok := all[name]; ok && !signal.Test {
			data.Pictures = append(data.Pictures, signal)
		}
	}
	v := view{Template: "siren", Title: data.Name, Problem: p, Data: data}
	if p != nil {
		v.Status = p.Kind.Status()
	}
	return c.show(v)
}

// sirenAdmin lets a device enrol, ends its certificates, or takes the siren out of
// the registry: the path says which.
func (s *server) sirenAdmin(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	id, data := c.r.PathValue("id"), sirenData{Reason: c.r.PostForm.Get("reason")}
	act := map[string]func(context.Context) error{
		"enrolment": func(ctx context.Context) error {
			code, err := s.Service.EnrolSiren(ctx, c.who, id)
			data.Enrolment = &code
			return err
		},
		"revoke": func(ctx context.Context) error {
			_, err := s.Service.RevokeSiren(ctx, c.who, id)
			return err
		},
		"remove": func(ctx context.Context) error {
			_, err := s.Service.RemoveSiren(ctx, c.who, id, console.SirenRemoval{Reason: data.Reason})
			return err
		},
	}
	action := path.Base(c.r.URL.Path)
	err := act[action](c.r.Context())
	if p, ok := errors.AsType[*problem.Error](err); ok {
		data.Enrolment = nil
		return s.showSiren(c, data, p)
	}
	switch {
	case err != nil:
		return err
	case action == "remove":
		return c.redirect(sirensPath)
	case action == "revoke":
		return c.redirect(sirensPath + "/" + url.PathEscape(id))
	}
	// The code is shown this once.
	return s.showSiren(c, data, nil)
}
