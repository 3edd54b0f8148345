// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bytes"
	"embed"
	"html/template"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/web"
)

//go:embed templates/*.html
var templateFiles embed.FS

var templates = template.Must(template.New("").
	Funcs(template.FuncMap{"asset": web.Asset}).
	ParseFS(templateFiles, "templates/*.html"))

const contentHTML = "text/html; charset=utf-8"

// frame is what every page shows around its content.
type frame struct {
	catalogue.Language
	Authority authority.Authority
	Exercise  bool
	// Others are the addresses of the page in the other languages.
	Others []languageLink
	// At is the page's age in words, AtMachine for programs.
	At, AtMachine string
	// Title is the page's name for the browser.
	Title string
}

type languageLink struct{ Tag, Name, Path string }

func (role *Role) frame(e *edition, tag, path string) frame {
	language := catalogue.For(tag)
	f := frame{
		Language: language, Authority: role.authority, Exercise: role.authority.Realm == authority.Exercise,
		At: language.Time(e.at, catalogue.LayoutClock, role.location), AtMachine: e.at.In(role.location).Format(time.RFC3339),
	}
	for _, other := range languages {
		if other != tag {
			f.Others = append(f.Others, languageLink{Tag: other, Name: catalogue.For(other).T("public.language." + other), Path: "/" + other + path})
		}
	}
	return f
}

// Local is an address in the page's language.
func (f frame) Local(path string) string { return "/" + f.Tag() + path }

// front is the front page.
type front struct {
	frame
	Version string
	InForce []card
	Cleared []card
	// List is the list of both as it stands in the page.
	List   template.HTML
	Search *search
	// MapCredit names whose data the map is made of.
	MapCredit string
}

// card is a message as a page shows it.
type card struct {
	catalogue.Language
	ID, Path, Identifier, CAPPath string
	// Class is "level-1" to "level-3" or "all-clear"; Symbol and Word say the same
	// without colour.
	Class, Symbol, Word string
	// Kind names an update or all-clear, Number counts the messages of the chain.
	Kind   string
	Number int
	// Lang is the language of the text where it is not the page's.
	Lang        string
	Headline    string
	Description []string
	// Do are the first three things to do, More the rest.
	Do, More []string
	Area     string
	// From is empty for a hazard that is there already.
	From, Until, Sent string
	ExpiresMachine    string
	SentMachine       string
	Sender            string
	Web, Contact      string
	Last              bool
	Translations      []translation
	Seal              seal
}

// translation is a message in a language that the page is not written in.
type translation struct {
	Lang, Name, Headline string
	Description, Do      []string
}

func (role *Role) frontPage(e *edition, tag string) front {
	f := front{frame: role.frame(e, tag, "/"), Version: e.version, MapCredit: role.mapCredit}
	for _, w := range e.inForce {
		f.InForce = append(f.InForce, role.card(e, w, len(w.Messages)-1, f.Language))
	}
	for _, w := range e.cleared {
		f.Cleared = append(f.Cleared, role.card(e, w, len(w.Messages)-1, f.Language))
	}
	f.Title = f.Heading() + " – " + role.authority.Name
	return f
}

// Heading answers the first question: is there a warning?
func (f front) Heading() string {
	if len(f.InForce) == 0 {
		return f.T("public.heading.none")
	}
	return f.T("public.heading.some", len(f.InForce))
}

// Busy reports whether any warning is in force.
func (f front) Busy() bool { return len(f.InForce) > 0 }

var symbols = map[warning.Level]string{warning.LevelExtreme: "▲", warning.LevelDanger: "■", warning.LevelInformation: "●"}

func (role *Role) card(e *edition, w *warning.Warning, i int, in catalogue.Language) card {
	m := role.message(e, &w.Messages[i])
	info := m.info(in.Tag())
	onset := m.Content.Onset
	c := card{
		Language: in, ID: w.ID, Path: warningPath(w.ID), Identifier: m.Identifier, CAPPath: capPath(m.Identifier), Number: i + 1,
		Class:          "level-" + string('0'+rune(m.Content.Level)),
		Symbol:         symbols[m.Content.Level],
		Word:           in.T("public.level." + string('0'+rune(m.Content.Level))),
		Headline:       info.Headline,
		Description:    paragraphs(info.Description),
		Area:           areaDesc(info),
		Until:          in.Time(m.Content.Expires, catalogue.LayoutShort, role.location),
		Sent:           in.Time(m.Sent, catalogue.LayoutShort, role.location),
		ExpiresMachine: m.Content.Expires.UTC().Format(time.RFC3339),
		SentMachine:    m.Sent.In(role.location).Format(time.RFC3339),
		Sender:         info.SenderName,
		Web:            httpLink(info.Web, role.base+warningPath(w.ID)),
		Contact:        info.Contact,
		Last:           i == len(w.Messages)-1,
		Seal:           role.seal(m.Identifier, in),
	}
	if c.Headline == "" {
		c.Headline = info.Event
	}
	if onset.After(m.Sent) {
		c.From = in.Time(onset, catalogue.LayoutShort, role.location)
	}
	if !sameLanguage(info.Language, in.Tag()) {
		c.Lang = info.Language
	}
	switch m.Kind {
	case warning.KindUpdate:
		c.Kind = in.T("common.kind.update")
	case warning.KindAllClear:
		c.Class, c.Symbol, c.Word = "all-clear", "✓", in.T("common.kind.all-clear")
	}
	do := actions(info.Instruction)
	c.Do, c.More = do[:min(3, len(do))], do[min(3, len(do)):]
	for j := range m.alert.Info {
		if other := &m.alert.Info[j]; other != info {
			c.Translations = append(c.Translations, translated(other, in))
		}
	}
	return c
}

func translated(info *cap.Info, in catalogue.Language) translation {
	tag := info.Language
	if tag == "" {
		tag = "en-US"
	}
	name := tag
	if key := "common.language." + strings.ToLower(primarySubtag(tag)); in.Has(key) {
		name = in.T(key)
	}
	return translation{
		Lang: tag, Name: name, Headline: info.Headline,
		Description: paragraphs(info.Description), Do: actions(info.Instruction),
	}
}

// httpLink is the link if it leads to the web and not to the page itself.
func httpLink(link, self string) string {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || link == self {
		return ""
	}
	return link
}

// paragraphs cuts a text at its line breaks.
func paragraphs(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// actions cuts an instruction into the things to do: its lines, or its sentences
// if it is one line.
func actions(instruction string) []string {
	lines := paragraphs(instruction)
	if len(lines) == 1 {
		lines = sentences(lines[0])
	}
	for i, line := range lines {
		if item := strings.TrimSpace(strings.TrimLeft(line, "-–•*")); item != "" {
			lines[i] = item
		}
	}
	return lines
}

// sentences cuts a line behind full stops, but not behind abbreviations ("z. B.")
// and ordinals ("am 3. Mai").
func sentences(line string) []string {
	var found []string
	start := 0
	for i, r := range line {
		if r != '.' && r != '!' && r != '?' {
			continue
		}
		after := line[i+1:]
		next, _ := utf8.DecodeRuneInString(strings.TrimLeft(after, " "))
		if !strings.HasPrefix(after, " ") || !unicode.IsUpper(next) || r == '.' && !endsWord(line[start:i]) {
			continue
		}
		found = append(found, strings.TrimSpace(line[start:i+1]))
		start = i + 1
	}
	return append(found, strings.TrimSpace(line[start:]))
}

// abbreviations are those that stand before a capital letter in instructions.
var abbreviations = map[string]bool{
	"ca": true, "bzw": true, "nr": true, "st": true, "dr": true, "prof": true, "ggf": true, "inkl": true, "tel": true, "str": true, "evtl": true, "no": true,
}

// endsWord reports whether the text before a full stop ends with a word: not with
// a number, a single letter or an abbreviation.
func endsWord(text string) bool {
	word := text[strings.LastIndexByte(text, ' ')+1:]
	last, _ := utf8.DecodeLastRuneInString(word)
	return utf8.RuneCountInString(word) >= 2 && !unicode.IsDigit(last) && !strings.Contains(word, ".") && !abbreviations[strings.ToLower(word)]
}

// chain is the page of one warning with all its messages.
type chain struct {
	frame
	ID       string
	Status   string
	Class    string
	Messages []card
	Current  card
	MapPath  string
	// Earlier reports whether older messages follow the current one.
	Earlier   bool
	MapCredit string
}

func (role *Role) chainPage(e *edition, w *warning.Warning, tag string) chain {
	status := statusOf(w, e.now)
	c := chain{
		frame: role.frame(e, tag, warningPath(w.ID)), ID: w.ID, MapPath: warningPath(w.ID) + "/map.svg", MapCredit: role.mapCredit,
		Class: string(status), Earlier: len(w.Messages) > 1,
	}
	for i := len(w.Messages) - 1; i >= 0; i-- {
		c.Messages = append(c.Messages, role.card(e, w, i, c.Language))
	}
	c.Current = c.Messages[0]
	c.Status = c.T("public.status."+string(status), c.Current.Until)
	c.Title = c.Current.Headline + " – " + role.authority.Name
	return c
}

// missing is the page for an address where nothing is.
type missing struct {
	frame
	Address string
}

func page(e *edition, name string, data any) *body {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, data); err != nil {
		panic("public: render " + name + ": " + err.Error())
	}
	return newBody(contentHTML, cacheIndex, e.now, out.Bytes())
}
