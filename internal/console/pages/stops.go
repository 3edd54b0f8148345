// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/url"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

const (
	stopsPath  = "/console/stops"
	roguesPath = "/console/rogue-alarms"
)

// stopsData is the page on which sirens are ordered to be silent. Without a
// choice of sirens it only lists the orders.
type stopsData struct {
	Command siren.StopCommand
	Effect  console.SirenStopEffect
	// Name is that of the one siren, or of the warning, that is meant.
	Name  string
	Stops []console.SirenStopRow
	Typed string
	query url.Values
}

// Chosen reports whether the page knows which sirens are meant.
func (d stopsData) Chosen() bool {
	return d.Command.All || d.Command.Warning != "" || len(d.Command.Sirens) > 0
}

// stopCommand reads which sirens are meant from the page's address or its form.
func stopCommand(values url.Values) siren.StopCommand {
	return siren.StopCommand{
		All: values.Get("all") != "", Warning: values.Get("warning"), Sirens: values["siren"], Reason: values.Get("reason"),
	}
}

func (s *server) stopsData(c *call, command siren.StopCommand) stopsData {
	data := stopsData{Command: command, Stops: s.Service.SirenStops(), query: c.r.URL.Query()}
	if !data.Chosen() {
		return data
	}
	data.Effect = s.Service.StopEffect(command)
	if len(command.Sirens) == 1 {
		if one, err := s.Service.Siren(command.Sirens[0]); err == nil {
			data.Name = one.Name
		}
	}
	if command.Warning != "" {
		if w, err := s.Service.Warning(c.who, command.Warning); err == nil {
			data.Name = c.page(view{}).Pick(w.Summary.EventName) + " · " + w.Summary.Area
		}
	}
	return data
}

func (s *server) stops(c *call) error {
	return c.show(view{Template: "stops", Title: c.T("console.stops.title"), Data: s.stopsData(c, stopCommand(c.r.URL.Query()))})
}

// stopSirens orders silence. What was typed stays on the page when it is refused.
func (s *server) stopSirens(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	command, typed := stopCommand(c.r.PostForm), c.r.PostForm.Get("confirmation")
	_, err := s.Service.StopSirens(c.r.Context(), c.who, console.SirenStop{StopCommand: command, Confirmation: typed})
	if err == nil {
		return c.redirect(stopsPath)
	}
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return err
	}
	data := s.stopsData(c, command)
	data.Typed = typed
	return c.show(view{Template: "stops", Title: c.T("console.stops.title"), Status: p.Kind.Status(), Problem: p, Data: data})
}

type roguesData struct {
	Alarms []console.RogueAlarm
	// Note is what was typed for the alarm ID before it was refused.
	ID, Note string
}

func (s *server) rogues(c *call) error { return s.showRogues(c, roguesData{}, nil) }

func (s *server) showRogues(c *call, data roguesData, p *problem.Error) error {
	data.Alarms = s.Service.RogueAlarms()
	v := view{Template: "rogues", Title: c.T("console.rogues.title"), Problem: p, Data: data}
	if p != nil {
		v.Status = p.Kind.Status()
	}
	return c.show(v)
}

// settleRogue records what an alarm was.
func (s *server) settleRogue(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	data := roguesData{ID: c.r.PathValue("id"), Note: c.r.PostForm.Get("note")}
	_, err := s.Service.SettleRogue(c.r.Context(), c.who, data.ID, console.RogueNote{Note: data.Note})
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return s.showRogues(c, data, p)
	}
	if err != nil {
		return err
	}
	return c.redirect(roguesPath)
}
