// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package captext writes CAP messages as text for people in front of a
// terminal. Nothing that a message contains can command the terminal.
package captext

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
)

// Options says how a page looks.
type Options struct {
	// Language is a BCP 47 tag: the info blocks in it are shown, and labels are
	// in it as far as the catalogue has it. If no info block is in it, all are
	// shown; if it is empty, all with labels in the language of each.
	Language string
	// Width is the number of columns; less than 40 count as 40, more than 100 as
	// 100, and zero stands for 80.
	Width int
	// Location is the zone for times; nil stands for UTC.
	Location *time.Location
	// Now is the time of showing, for saying what is over.
	Now time.Time
	// Faulty says that the message is not valid, Repairs how many places were
	// repaired to read it.
	Faulty  bool
	Repairs int
}

// Page writes a message as a page. The error is that of the writer.
func Page(w io.Writer, a *cap.Alert, o Options) error {
	blocks := chosen(a, o.Language)
	language := cmp.Or(o.Language, "en")
	if o.Language == "" && len(blocks) > 0 {
		language = tagOf(blocks[0])
	}
	p := &page{o: o, width: min(max(o.Width, 40), 100), words: catalogue.For(language)}
	if o.Width == 0 {
		p.width = 80
	}
	p.status(a)
	for _, info := range blocks {
		p.words = catalogue.For(cmp.Or(o.Language, tagOf(info)))
		p.block(info, a)
	}
	p.words = catalogue.For(language)
	p.header(a)
	_, err := w.Write(p.out.Bytes())
	return err
}

// chosen are the info blocks in the language, or all.
func chosen(a *cap.Alert, language string) []*cap.Info {
	var all, fit []*cap.Info
	for i := range a.Info {
		info := &a.Info[i]
		all = append(all, info)
		if tag := strings.ToLower(tagOf(info)); language != "" && (tag == strings.ToLower(language) || strings.HasPrefix(tag, strings.ToLower(language)+"-")) {
			fit = append(fit, info)
		}
	}
	if len(fit) > 0 {
		return fit
	}
	return all
}

// tagOf is the language of an info block; CAP's default is en-US (section 3.2.2).
func tagOf(info *cap.Info) string { return cmp.Or(info.Language, "en-US") }

// page is a page that is being written.
type page struct {
	o     Options
	width int
	words catalogue.Language
	out   bytes.Buffer
}

// label is the width of the column of labels.
const label = 14

// row writes a label and a text beside it, or nothing if there is no text.
func (p *page) row(key, text string) {
	text = strings.TrimSpace(Plain(text))
	if text == "" {
		return
	}
	name := p.words.T("cap.show." + key)
	fmt.Fprintf(&p.out, "%s%s", name, strings.Repeat(" ", max(1, label-cells(name))))
	for i, line := range wrap(text, p.width-label) {
		if i > 0 {
			p.out.WriteString(strings.Repeat(" ", label))
		}
		p.out.WriteString(line + "\n")
	}
}

// text writes a text under its title, if there is one.
func (p *page) text(key, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	p.out.WriteString("\n" + p.words.T("cap.show."+key) + "\n")
	for _, paragraph := range paragraphs(text) {
		for _, line := range wrap(paragraph, p.width-2) {
			p.out.WriteString(strings.TrimRight("  "+line, " ") + "\n")
		}
	}
}

// loud writes a text that nobody overlooks.
func (p *page) loud(text string) {
	bar := strings.Repeat("#", p.width)
	fmt.Fprintf(&p.out, "%s\n", bar)
	for _, line := range wrap(Plain(text), p.width-4) {
		left := (p.width - 2 - cells(line)) / 2
		fmt.Fprintf(&p.out, "#%s%s%s#\n", strings.Repeat(" ", left), line, strings.Repeat(" ", p.width-2-cells(line)-left))
	}
	fmt.Fprintf(&p.out, "%s\n", bar)
}

// in is a value of CAP in words: as it stands if there are none for it.
func (p *page) in(group, value string) string {
	if key := "cap." + group + "." + strings.ToLower(value); value != "" && p.words.Has(key) {
		return p.words.T(key)
	}
	return value
}

// list puts words in a row, without those that are empty.
func list(words ...string) string {
	var said []string
	for _, word := range words {
		if word = strings.TrimSpace(word); word != "" {
			said = append(said, word)
		}
	}
	return strings.Join(said, ", ")
}

// moment is a time where the reader is, with its distance from UTC.
func (p *page) moment(t cap.Time) string {
	if t.IsZero() {
		return ""
	}
	location := p.o.Location
	if location == nil {
		location = time.UTC
	}
	return p.words.Time(t.Time, catalogue.LayoutShort, location) + " (UTC" + t.In(location).Format("-07:00") + ")"
}

// status says loudly what is no warning.
func (p *page) status(a *cap.Alert) {
	if key := "cap.show.loud." + strings.ToLower(string(a.Status)); p.words.Has(key) {
		p.loud(p.words.T(key))
	}
	if p.o.Faulty {
		p.loud(p.words.T("cap.show.invalid"))
	}
	if a.MsgType == cap.MsgTypeCancel {
		p.loud(p.words.T("cap.show.cancelled"))
	}
	if p.o.Repairs > 0 {
		fmt.Fprintln(&p.out, strings.Join(wrap(p.words.T("cap.show.repaired", p.o.Repairs), p.width), "\n"))
	}
}
