// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"time"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/wording"
)

// allClearValidity is how long an all-clear is shown by default.
const allClearValidity = 3 * time.Hour

// allClear is the content that ends a warning.
func (s *Service) allClear(w *warning.Warning) warning.Content {
	last := w.Last().Content
	content := warning.Content{
		Event: last.Event, Level: last.Level, Area: last.Area, Template: last.Template,
		Web: last.Web, Contact: last.Contact, Texts: map[string]warning.Text{},
		Expires: s.o.Now().UTC().Add(allClearValidity).Truncate(time.Minute),
	}
	if _, given := s.o.Signals.Named(warning.SignalAllClear); given && sounded(w) {
		content.Signal = warning.SignalAllClear
	}
	for _, tag := range s.o.Authority.Languages {
		content.Texts[tag] = s.allClearText(w, tag)
	}
	return content
}

// allClearText words the end of a warning in one language. An all-clear must
// never wait for somebody to find words, so a template whose blanks cannot all
// be filled from what is known gives way to general words.
func (s *Service) allClearText(w *warning.Warning, tag string) warning.Text {
	language := catalogue.For(tag)
	last := w.Last()
	sent := language.Time(w.Messages[0].Sent, catalogue.LayoutShort, s.o.Authority.Location())
	if template, ok := wording.TemplateOf(last.Content.Template); ok {
		values := map[string]string{}
		for _, blank := range template.Placeholders(wording.PartAllClear) {
			switch blank.From {
			case wording.FromAuthority:
				values[blank.Name] = s.o.Authority.SenderName
			case wording.FromArea:
				values[blank.Name] = last.Content.Area.Name
			case wording.FromPrevious:
				values[blank.Name] = sent
			case wording.FromAuthor, wording.FromOnset, wording.FromExpires:
			}
		}
		text := template.Fill(wording.PartAllClear, tag, values)
		if text.Headline != "" && len(wording.PlaceholderNames(text.Headline+text.Description+text.Instruction)) == 0 {
			return warning.Text(text)
		}
	}
	event := last.Content.Event
	if e, ok := wording.EventOf(event); ok {
		event = e.Name.In(tag)
	}
	return warning.Text{
		Headline:    language.T("api.all-clear.headline", event, last.Content.Area.Name),
		Description: language.T("api.all-clear.description", s.o.Authority.SenderName, sent, event, last.Content.Area.Name),
		Instruction: language.T("api.all-clear.instruction"),
	}
}
