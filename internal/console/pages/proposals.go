// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/url"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func (s *server) proposals(c *call) error {
	return c.show(view{Template: "proposals", Title: c.T("console.proposals.title"), Data: s.Service.Proposals("")})
}

type proposalData struct {
	console.ProposalDetail
	// Text is the original for reading; what is no UTF-8 in it shows as marks.
	Text string
	// Typed is the reason as it was typed before the dismissal was refused.
	Typed string
}

func (s *server) proposalData(c *call) (proposalData, error) {
	detail, err := s.Service.Proposal(c.r.PathValue("id"))
	if err != nil {
		return proposalData{}, err
	}
	text := string(detail.Original)
	if !utf8.ValidString(text) {
		text = string([]rune(text))
	}
	return proposalData{ProposalDetail: detail, Text: text}, nil
}

func (s *server) proposal(c *call) error {
	data, err := s.proposalData(c)
	if err != nil {
		return err
	}
	return c.show(view{Template: "proposal", Title: c.T("console.proposal.title", data.Event), Data: data})
}

func (s *server) proposalOriginal(c *call) error {
	data, err := s.proposalData(c)
	if err != nil {
		return err
	}
	return c.download("original.xml", "application/octet-stream", data.Original)
}

func (s *server) dismiss(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	id := c.r.PathValue("id")
	reason := c.r.PostForm.Get("reason")
	_, err := s.Service.Dismiss(c.r.Context(), c.who, id, console.Dismissal{Reason: reason})
	if err == nil {
		return c.redirect("/console/proposals/" + url.PathEscape(id))
	}
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return err
	}
	data, lookup := s.proposalData(c)
	if lookup != nil {
		return err
	}
	data.Typed = reason
	return c.show(view{Template: "proposal", Title: c.T("console.proposal.title", data.Event), Status: p.Kind.Status(), Problem: p, Data: data})
}
