// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/wording"
)

// localLayout is that of an HTML datetime-local field.
const localLayout = "2006-01-02T15:04"

// firstValidity is how long a message holds until its author says otherwise.
const firstValidity = 4 * time.Hour

// composeData is what the compose page works on.
type composeData struct {
	Kind    warning.Kind
	Warning string
	Content warning.Content
	// Before is the content that the message follows, nil for a new warning.
	Before *warning.Content
	// Ends are the messages that an all-clear ends.
	Ends []console.Message
	// CannotUndo says what the message does not take back.
	CannotUndo console.Words
	Languages  []string
	Events     []console.EventInfo
	Levels     []console.LevelInfo
	Templates  []composeTemplate
	Blanks     []composeBlank
	Pictures   map[string]picture
	Signals    []console.SignalInfo
	// AreaNames name the regions of the area.
	AreaNames map[geo.ARS]string
	Me        console.Me
}

// composeTemplate is a template as the page's script fills the form from it.
type composeTemplate struct {
	ID    string                  `json:"id"`
	Title console.Words           `json:"-"`
	Event string                  `json:"event"`
	Level warning.Level           `json:"level"`
	Texts map[string]warning.Text `json:"texts"`
	// Levels are those that may apply, with their signals and when, worded.
	Levels map[warning.Level]composeLevel `json:"levels"`
	// Expires is in the form of the page's field.
	Expires string `json:"expires"`
	// Radius is in kilometres.
	Radius float64 `json:"radius"`
	// Question is what the author decides first, Reason why sirens fit or not.
	Question string `json:"question"`
	Reason   string `json:"reason"`
}

type composeLevel struct {
	Signal string `json:"signal"`
	When   string `json:"when"`
}

// composeBlank is a blank that templates leave, for the fields that fill it.
type composeBlank struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	// Example is keyed by language: it stands in the field of that language.
	Example console.Words `json:"example"`
	// Own is true when the form fills it by itself.
	Own bool `json:"own"`
}

// Text is the text of a language, empty for none.
func (d composeData) Text(language string) warning.Text { return d.Content.Texts[language] }

// BeforeText is the text that the message follows.
func (d composeData) BeforeText(language string) warning.Text {
	if d.Before == nil {
		return warning.Text{}
	}
	return d.Before.Texts[language]
}

// Responses are the recommended actions for the form's hidden field: they are
// the event's unless the message brought its own.
func (d composeData) Responses() string {
	words := make([]string, len(d.Content.ResponseTypes))
	for i, response := range d.Content.ResponseTypes {
		words[i] = string(response)
	}
	return strings.Join(words, " ")
}

func (s *server) composeAlert(c *call) error {
	content := warning.Content{Level: warning.LevelDanger, Expires: s.Now().Add(firstValidity)}
	return s.showCompose(c, composeData{Kind: warning.KindAlert, Content: content})
}

func (s *server) composeUpdate(c *call) error   { return s.composeNext(c, warning.KindUpdate) }
func (s *server) composeAllClear(c *call) error { return s.composeNext(c, warning.KindAllClear) }

func (s *server) composeNext(c *call, kind warning.Kind) error {
	id := c.r.PathValue("id")
	w, err := s.Service.Warning(c.who, id)
	if err != nil {
		return err
	}
	prefilled, err := s.Service.Prefill(c.who, id, kind)
	if err != nil {
		return err
	}
	data := composeData{Kind: kind, Warning: id, Content: prefilled.Content, CannotUndo: prefilled.CannotUndo}
	data.follow(w)
	return s.showCompose(c, data)
}

// follow takes over what the message follows in its chain.
func (d *composeData) follow(w console.Warning) {
	if len(w.Messages) == 0 {
		return
	}
	d.Before = &w.Messages[len(w.Messages)-1].Content
	if d.Kind == warning.KindAllClear {
		d.Ends = w.Messages
	}
}

// composeRevision edits the pending request: only its author gets here.
func (s *server) composeRevision(c *call) error {
	w, err := s.Service.Warning(c.who, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	if w.Pending == nil {
		return c.redirect("/console/warnings/" + url.PathEscape(w.ID))
	}
	data := composeData{Kind: w.Pending.Kind, Warning: w.ID, Content: w.Pending.Content}
	data.follow(w)
	return s.showCompose(c, data)
}

func (s *server) composeProposal(c *call) error {
	proposal, err := s.Service.Proposal(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.showCompose(c, composeData{Kind: warning.KindAlert, Content: proposal.Content})
}

func (s *server) showCompose(c *call, data composeData) error {
	data.Me = s.Service.Me(c.who)
	data.Languages = slices.Clone(data.Me.Authority.Languages)
	for tag := range data.Content.Texts {
		if !slices.Contains(data.Languages, tag) {
			data.Languages = append(data.Languages, tag)
		}
	}
	slices.Sort(data.Languages[len(data.Me.Authority.Languages):])
	data.Events, data.Levels = s.Service.Events(), s.Service.Levels()
	data.Signals = slices.DeleteFunc(s.Service.Signals(), func(signal console.SignalInfo) bool { return signal.Test })
	data.Pictures = c.pictures()
	p := c.page(view{})
	for _, t := range s.Service.Templates() {
		template := composeTemplate{
			ID: t.ID, Title: t.Title, Event: t.Event, Level: t.Level, Texts: t.Texts, Levels: map[warning.Level]composeLevel{},
			Expires: s.Now().Add(time.Duration(t.Expires) * time.Second).In(c.zone()).Format(localLayout),
			Radius:  t.Radius / 1000, Question: p.Pick(t.Question), Reason: p.Pick(t.Reason),
		}
		for _, level := range t.Levels {
			template.Levels[level.Level] = composeLevel{Signal: level.Signal, When: p.Pick(level.When)}
		}
		data.Templates = append(data.Templates, template)
	}
	for _, blank := range wording.Placeholders() {
		data.Blanks = append(data.Blanks, composeBlank{
			Name: blank.Name, Label: p.Pick(console.Words(blank.Label)), Example: console.Words(blank.Example), Own: blank.From != wording.FromAuthor,
		})
	}
	data.AreaNames = map[geo.ARS]string{}
	if len(data.Content.Area.ARS) > 0 {
		for _, region := range s.Service.CheckArea(data.Content.Area).Touches {
			data.AreaNames[region.ARS] = region.Name
		}
	}
	return c.show(view{Template: "compose", Title: c.T("console.compose.title." + string(data.Kind)), Data: data})
}

// effectData says what a message will do, beside the form.
type effectData struct {
	Draft    console.Draft
	Pictures map[string]picture
}

// effect says what the message in the form would be and do: as a part of the
// page, or as JSON for the script that signs it. It stores nothing.
func (s *server) effect(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	request, faults := c.prepareRequest(c.r.PostForm)
	draft, err := s.Service.Prepare(c.who, request)
	if p, ok := errors.AsType[*problem.Error](err); ok && p.Kind != problem.Internal {
		draft.Faults = append(p.Faults, problem.Fault{Message: p.Message, Remedy: p.Remedy})
	} else if err != nil {
		return err
	}
	draft.Faults = append(faults, draft.Faults...)
	if strings.Contains(c.r.Header.Get("Accept"), "json") {
		return c.writeJSON(draft)
	}
	v := view{Template: "effect", Data: effectData{Draft: draft, Pictures: c.pictures()}}
	return c.showPart("part-effect", v)
}

// prepareRequest reads the form. What cannot be read at all becomes a fault of
// its field; the rules judge the rest.
func (c *call) prepareRequest(form url.Values) (console.PrepareRequest, []problem.Fault) {
	var faults []problem.Fault
	fault := func(field, key string) {
		faults = append(faults, problem.Fault{Field: field, Rule: "form." + field, Message: c.T(key), Remedy: c.T(key + ".remedy")})
	}
	content := warning.Content{
		Event: form.Get("event"), Signal: form.Get("signal"), Web: form.Get("web"), Contact: form.Get("contact"),
		Template: form.Get("template"), Proposal: form.Get("proposal"), Texts: map[string]warning.Text{},
	}
	if level, err := strconv.Atoi(form.Get("level")); err == nil {
		content.Level = warning.Level(level)
	}
	if text := form.Get("area"); text != "" {
		if err := json.Unmarshal([]byte(text), &content.Area); err != nil {
			fault("area", "console.compose.area.unreadable")
		}
	}
	content.Area.Name = form.Get("area.name")
	for name := range form {
		if tag, ok := strings.CutSuffix(name, ".headline"); ok && strings.HasPrefix(tag, "texts.") {
			content.Texts[strings.TrimPrefix(tag, "texts.")] = warning.Text{
				Headline: form.Get(name), Description: form.Get(tag + ".description"), Instruction: form.Get(tag + ".instruction"),
			}
		}
	}
	for _, response := range strings.Fields(form.Get("responseTypes")) {
		content.ResponseTypes = append(content.ResponseTypes, cap.ResponseType(response))
	}
	zone := c.zone()
	moment := func(field string) time.Time {
		text := form.Get(field)
		if text == "" {
			return time.Time{}
		}
		t, err := time.ParseInLocation(localLayout, text, zone)
		if err != nil {
			fault(field, "console.compose.time.unreadable")
			return time.Time{}
		}
		return t.UTC()
	}
	content.Onset, content.Expires = moment("onset"), moment("expires")
	c.fillBlanks(form, &content, zone)
	return console.PrepareRequest{Warning: form.Get("warning"), Kind: warning.Kind(form.Get("kind")), Content: &content}, faults
}

// fillBlanks puts values in the place of the blanks that templates leave: from
// the form's own fields, or what the author typed. A value that was typed in one
// language only stands in the others too.
func (c *call) fillBlanks(form url.Values, content *warning.Content, zone *time.Location) {
	onset := content.Onset
	if onset.IsZero() {
		onset = c.s.Now()
	}
	me := c.s.Service.Me(c.who)
	for tag, text := range content.Texts {
		words := catalogue.For(tag)
		moment := func(t time.Time) string {
			if t.IsZero() {
				return ""
			}
			return words.Time(t, catalogue.LayoutShort, zone)
		}
		values := map[string]string{}
		for _, blank := range wording.Placeholders() {
			switch blank.From {
			case wording.FromAuthority:
				values[blank.Name] = me.Authority.SenderName
			case wording.FromArea:
				values[blank.Name] = content.Area.Name
			case wording.FromOnset:
				values[blank.Name] = moment(onset)
			case wording.FromExpires:
				values[blank.Name] = moment(content.Expires)
			}
			for _, from := range append([]string{tag}, me.Authority.Languages...) {
				if typed := strings.TrimSpace(form.Get("blank." + from + "." + blank.Name)); typed != "" {
					values[blank.Name] = typed
					break
				}
			}
		}
		content.Texts[tag] = warning.Text{
			Headline: wording.Fill(text.Headline, values), Description: wording.Fill(text.Description, values), Instruction: wording.Fill(text.Instruction, values),
		}
	}
}
