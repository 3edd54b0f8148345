// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

// Kind says what a message does in its chain.
type Kind string

// The kinds of messages.
const (
	KindAlert    Kind = "alert"
	KindUpdate   Kind = "update"
	KindAllClear Kind = "all-clear"
)

// Text is what a message says in one language.
type Text struct {
	Headline    string
	Description string
	// Instruction is one action per line.
	Instruction string
}

// Message is a message as its author has it, before it is CAP.
type Message struct {
	Kind Kind
	// Event is a code of the German federal civil protection office, such as
	// "BBK-EVC-038"; EventName is what people call it.
	Event, EventName string
	// Hazard are the words that name the hazard, by language tag.
	Hazard map[string][]string
	// Level is the German warning level: 1, 2 or 3.
	Level int
	// Texts by language tag; Required are the languages that must be there,
	// German when none is named.
	Texts     map[string]Text
	Required  []string
	Responses []cap.ResponseType
	// Onset is zero for at once.
	Onset, Expires time.Time
	// Now is the time of the check.
	Now time.Time
	// Authority is the issuer's name, Places the names of the area's parts; both
	// may be empty, and the rules that need them then rest or look less closely.
	Authority string
	Places    []string
	// Previous are the texts of the chain's last message, if any.
	Previous map[string]Text
	// Exercise is true for what only an exercise may show.
	Exercise bool
}

// view is a message prepared for the rules.
type view struct {
	// alert is an empty one when the rules look at a draft alone, which no rule
	// about more than texts does.
	alert *cap.Alert
	infos []infoView
	// size is that of the document in bytes, 0 when there is none.
	size           int
	kind           Kind
	live, exercise bool
	// now is the time of the check, zero when unknown; from is that of sending,
	// or the time of the check for a message that is not sent yet.
	now, from time.Time
	required  []string
	german    bool // the nine German languages are asked for
	blocks    []*block
	passages  []passage
	// facts are the blocks without those whose facts stand in an earlier one.
	facts []*block
	// draft is true for a message that is not CAP yet.
	draft bool
	// read is the size of the texts so far, in bytes.
	read int
}

// mostText is how much text the word lists are held against, in bytes: more than
// the largest real messages have, and little enough to be quick.
const mostText = 256 << 10

// infoView is an info block with its path, such as "alert/info[1]/".
type infoView struct {
	*cap.Info
	path string
}

// block is what the message says in one language, with the facts that go with it.
type block struct {
	index      int // its place among the blocks
	language   string
	text       Text
	lexicon    lexicon
	event      string // the code, empty when there is none
	eventName  string
	hazard     []string
	level      int  // 0 when neither stated nor to be told from the severity
	stated     bool // the message itself names the level
	responses  []cap.ResponseType
	onset      time.Time
	expires    time.Time
	authority  string
	places     []string
	previous   Text
	paths      factPaths
	textPrefix string
}

// factPaths are where the facts of a block stand.
type factPaths struct{ event, level, responses, expires string }

// passage is one field of a text.
type passage struct {
	*block
	path, part   string
	text, folded string
}

const (
	headline    = "headline"
	description = "description"
	instruction = "instruction"
)

func lookAtDraft(m Message) *view {
	v := &view{
		alert: &cap.Alert{}, draft: true, kind: m.Kind, exercise: m.Exercise, live: !m.Exercise,
		now: m.Now, from: m.Now, required: m.Required,
	}
	if len(v.required) == 0 {
		v.required = []string{"de"}
	}
	for _, language := range slices.Sorted(maps.Keys(m.Texts)) {
		b := m.block(language)
		b.text, b.textPrefix = m.Texts[language].lineFeeds(), "texts."+language+"."
		b.paths = factPaths{"event", "level", "responseTypes", "expires"}
		v.add(b)
	}
	if len(v.facts) == 0 {
		v.facts = []*block{m.block("de")}
		v.facts[0].paths = factPaths{"event", "level", "responseTypes", "expires"}
	}
	return v
}

// block gives the facts of a draft for the block of one language.
func (m Message) block(language string) *block {
	return &block{
		language: language, event: m.Event, eventName: m.EventName, hazard: m.Hazard[language],
		level: m.Level, stated: true, responses: m.Responses, onset: m.Onset, expires: m.Expires,
		authority: m.Authority, places: m.Places, previous: m.Previous[language].lineFeeds(),
	}
}

func look(a *cap.Alert, o Options) *view {
	v := &view{
		alert: a, kind: kindOf(a), exercise: a.Status == cap.StatusExercise, live: a.Status == cap.StatusActual,
		now: o.Now, from: a.Sent.Time, required: o.Languages, size: o.Size,
	}
	if v.from.IsZero() {
		v.from = o.Now
	}
	if len(v.required) == 0 {
		v.required, v.german = []string{"de"}, true
	}
	for i := range a.Info {
		info := infoView{&a.Info[i], fmt.Sprintf("alert/info[%d]/", i+1)}
		v.infos = append(v.infos, info)
		b := blockOf(info)
		if o.Draft != nil {
			paths := b.paths
			b = o.Draft.block(info.Language)
			b.paths = paths
		}
		b.text = Text{info.Headline, info.Description, info.Instruction}.lineFeeds()
		b.textPrefix = info.path
		v.add(b)
	}
	if o.Draft != nil {
		v.kind, v.exercise, v.live = o.Draft.Kind, o.Draft.Exercise, !o.Draft.Exercise
	}
	return v
}

// kindOf is what an alert does in its chain. An Update whose only advice is
// AllClear is an all-clear as much as a Cancel.
func kindOf(a *cap.Alert) Kind {
	switch a.MsgType {
	case cap.MsgTypeCancel:
		return KindAllClear
	case cap.MsgTypeUpdate:
		clear := len(a.Info) > 0
		for _, info := range a.Info {
			clear = clear && slices.Equal(info.ResponseType, []cap.ResponseType{cap.ResponseAllClear})
		}
		if clear {
			return KindAllClear
		}
		return KindUpdate
	default:
		return KindAlert
	}
}

// blockOf tells the facts of an info block as far as CAP holds them.
func blockOf(info infoView) *block {
	b := &block{
		language: cmp.Or(info.Language, "en-US"), eventName: info.Event, responses: info.ResponseType,
		onset: info.Onset.Time, expires: info.Expires.Time, authority: info.SenderName,
		paths: factPaths{info.path + "event", info.path + "event", info.path + "responseType[1]", info.path + "expires"},
	}
	for i, code := range info.EventCode {
		if isGermanEventCode(code) {
			b.event, b.paths.event = strings.TrimSpace(code.Value), fmt.Sprintf("%seventCode[%d]", info.path, i+1)
			break
		}
	}
	if statements := levelStatements(info); len(statements) > 0 {
		b.level, b.stated, b.paths.level = statements[0].level, true, statements[0].path
	} else {
		b.level = levelOfSeverity(info.Severity)
	}
	if levelOfAnnouncement(info.Event) == 0 {
		b.hazard = strings.FieldsFunc(info.Event, notLetter)
	} else if b.event != "" {
		b.eventName = b.event
	}
	for _, area := range info.Area[:min(len(info.Area), 50)] {
		b.places = append(b.places, area.AreaDesc)
	}
	return b
}

// add takes a block in, with its passages.
func (v *view) add(b *block) {
	b.lexicon = lexiconOf(b.language)
	if !slices.ContainsFunc(v.facts, b.sameFacts) && len(v.facts) < mostOfRule {
		v.facts = append(v.facts, b)
	}
	b.index = len(v.blocks)
	v.blocks = append(v.blocks, b)
	if v.read += len(b.text.Headline) + len(b.text.Description) + len(b.text.Instruction); v.read > mostText {
		b.lexicon = lexicon{}
	}
	for _, p := range []struct{ part, text string }{
		{headline, b.text.Headline}, {description, b.text.Description}, {instruction, b.text.Instruction},
	} {
		text := strings.TrimSpace(p.text)
		v.passages = append(v.passages, passage{
			block: b, path: b.textPrefix + p.part, part: p.part, text: text, folded: fold(text),
		})
	}
}

func (b *block) sameFacts(other *block) bool {
	return b.event == other.event && b.level == other.level && b.stated == other.stated &&
		b.onset.Equal(other.onset) && b.expires.Equal(other.expires) && slices.Equal(b.responses, other.responses)
}

// levelKnown is whether the message has one of the three levels.
func (b *block) levelKnown() bool { return b.level >= 1 && b.level <= 3 }

// grave is whether the level says danger.
func (b *block) grave() bool { return b.level == 1 || b.level == 2 }

// lineFeeds has one line feed for every line end, as the message will have it:
// browsers send carriage returns.
func (t Text) lineFeeds() Text {
	return Text{unifyLines.Replace(t.Headline), unifyLines.Replace(t.Description), unifyLines.Replace(t.Instruction)}
}

var unifyLines = strings.NewReplacer("\r\n", "\n")

func lexiconOf(language string) lexicon {
	if found, ok := lexica[strings.ToLower(language)]; ok {
		return found
	}
	return lexica[baseOf(language)]
}
