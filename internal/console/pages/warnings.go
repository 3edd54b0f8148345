// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/url"
	"path"
	"slices"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func (s *server) warnings(c *call) error {
	return c.show(view{Template: "warnings", Title: c.T("console.warnings.title"), Data: s.Service.Warnings()})
}

// warningData is one warning as its page and the release page show it.
type warningData struct {
	console.Warning
	// Reason is what was typed before a refusal of the form.
	Reason string
	// Typed is which of the forms that was.
	Typed string
	// Difference is set while a message is pending.
	Difference *console.Difference
	Signals    map[string]picture
	// Stale is true when the page that is open shows another message than the
	// one that is pending.
	Stale bool
}

// Newest is the last released message, nil for none.
func (d warningData) Newest() *console.Message {
	if len(d.Messages) == 0 {
		return nil
	}
	return &d.Messages[len(d.Messages)-1]
}

// Hearing is who hears the sirens of the newest message; nil where that is not known.
func (d warningData) Hearing() *coverage.Hearing {
	for _, delivery := range d.Deliveries {
		if delivery.Hearing != nil {
			return delivery.Hearing
		}
	}
	return nil
}

// Reversed are the deliveries, newest first.
func (d warningData) Reversed() []console.Delivery {
	list := slices.Clone(d.Deliveries)
	slices.Reverse(list)
	return list
}

func (s *server) warningData(c *call) (warningData, error) {
	w, err := s.Service.Warning(c.who, c.r.PathValue("id"))
	if err != nil {
		return warningData{}, err
	}
	data := warningData{Warning: w, Signals: c.pictures()}
	if w.Pending != nil {
		difference, err := s.Service.Difference(c.who, w.ID)
		if err != nil {
			return warningData{}, err
		}
		data.Difference = &difference
	}
	return data, nil
}

func (s *server) warning(c *call) error {
	data, err := s.warningData(c)
	if err != nil {
		return err
	}
	return c.showWarning("warning", data, nil)
}

func (s *server) release(c *call) error {
	data, err := s.warningData(c)
	if err != nil {
		return err
	}
	if c.r.URL.Query().Get("part") == "changed" {
		// What is on the reader's screen, against what is pending now.
		read := c.r.URL.Query().Get("digest")
		data.Stale = data.Pending == nil || data.Pending.Digest != read
	} else if data.Pending == nil {
		return c.redirect("/console/warnings/" + url.PathEscape(data.ID))
	}
	return c.showWarning("release", data, nil)
}

// readBack shows the last message as the public gets it.
func (s *server) readBack(c *call) error {
	result, err := s.Service.ReadBack(c.r.Context(), c.who, c.r.PathValue("id"))
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return c.showPart("part-read-back", view{Template: "read-back", Problem: p})
	}
	if err != nil {
		return err
	}
	return c.showPart("part-read-back", view{Template: "read-back", Data: result})
}

func (c *call) showWarning(template string, data warningData, p *problem.Error) error {
	title := c.T("console.warning.title", c.page(view{}).Pick(data.Summary.EventName), data.Summary.Area)
	if template == "release" {
		title = c.T("console.release.title", c.page(view{}).Pick(data.Summary.EventName), data.Summary.Area)
	}
	v := view{Template: template, Title: title, Problem: p, Data: data}
	if p != nil {
		v.Status = p.Kind.Status()
	}
	return c.show(v)
}

// drop ends a pending request: the path says how. What was typed stays on the
// page when it is refused.
func (s *server) drop(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	id, action := c.r.PathValue("id"), path.Base(c.r.URL.Path)
	in := console.Drop{Identifier: c.r.PostForm.Get("identifier"), Reason: c.r.PostForm.Get("reason")}
	var err error
	switch action {
	case "refuse":
		_, err = s.Service.Refuse(c.r.Context(), c.who, id, in)
	case "withdraw":
		_, err = s.Service.Withdraw(c.r.Context(), c.who, id, in)
	default:
		_, err = s.Service.Stop(c.r.Context(), c.who, id, in)
	}
	if err == nil {
		return c.redirect("/console/warnings/" + url.PathEscape(id))
	}
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return err
	}
	data, lookup := s.warningData(c)
	if lookup != nil {
		return err
	}
	data.Reason, data.Typed = in.Reason, action
	if data.Pending != nil && c.r.PostForm.Get("page") == "release" {
		return c.showWarning("release", data, p)
	}
	return c.showWarning("warning", data, p)
}
