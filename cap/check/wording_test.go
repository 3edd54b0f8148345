// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
)

const (
	headline    = "headline"
	description = "description"
	instruction = "instruction"
)

// sound is a message that no rule complains about.
func sound() check.Message {
	return check.Message{
		Kind: check.KindAlert, Event: "BBK-EVC-038", EventName: "Flood", Level: 2,
		Hazard: map[string][]string{"de": {"Hochwasser"}, "en": {"Flood"}},
		Texts: map[string]check.Text{
			"de": {
				Headline:    "Hochwasser - Potsdam",
				Description: "Landeshauptstadt Potsdam warnt vor Hochwasser. Die Havel steigt seit 09:30 Uhr.",
				Instruction: "Bleiben Sie aus Kellern heraus.\nFahren Sie nicht durch Wasser auf der Straße.",
			},
			"en": {
				Headline:    "Flood - Potsdam",
				Description: "Landeshauptstadt Potsdam warns of a flood. The Havel has been rising since 09:30.",
				Instruction: "Stay out of cellars.\nDo not drive through water on the road.",
			},
		},
		Required: []string{"de", "en"}, Responses: []cap.ResponseType{cap.ResponseAvoid},
		Expires: sent.Add(8 * time.Hour), Now: sent,
		Authority: "Landeshauptstadt Potsdam", Places: []string{"Potsdam, Stadt"},
	}
}

func allClear() check.Message {
	m := sound()
	m.Kind, m.Responses = check.KindAllClear, nil
	m.Previous = m.Texts
	m.Texts = map[string]check.Text{
		"de": {"Entwarnung: Hochwasser - Potsdam", "Landeshauptstadt Potsdam: Das Wasser geht zurück. Es besteht keine Gefahr.", "Ihren Keller können Sie wieder nutzen."},
		"en": {"All-clear: Flood - Potsdam", "Landeshauptstadt Potsdam: the water is going down. There is no danger.", ""},
	}
	return m
}

func exercise() check.Message {
	m := sound()
	m.Exercise = true
	for tag, text := range m.Texts {
		mark := map[string]string{"de": "ÜBUNG: ", "en": "EXERCISE: "}[tag]
		m.Texts[tag] = check.Text{mark + text.Headline, mark + text.Description, mark + text.Instruction}
	}
	return m
}

func TestSoundMessagesPass(t *testing.T) {
	update := sound()
	update.Kind = check.KindUpdate
	for name, m := range map[string]check.Message{"alert": sound(), "update": update, "all-clear": allClear(), "exercise": exercise()} {
		if got := check.Wording(m, "en"); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// set changes one part of the German text.
func set(part, text string) func(*check.Message) { return setIn("de", part, text) }

func setIn(language, part, text string) func(*check.Message) {
	return func(m *check.Message) {
		changed := m.Texts[language]
		switch part {
		case headline:
			changed.Headline = text
		case description:
			changed.Description = text
		default:
			changed.Instruction = text
		}
		m.Texts[language] = changed
	}
}

func atLevel(level int, more ...func(*check.Message)) func(*check.Message) {
	return func(m *check.Message) {
		m.Level = level
		for _, change := range more {
			change(m)
		}
	}
}

type wordingCase struct {
	name  string
	from  func() check.Message
	apply func(*check.Message)
	// path is where the rule must find something; empty when it must not.
	path string
}

const (
	deHeadline    = "texts.de.headline"
	deDescription = "texts.de.description"
	deInstruction = "texts.de.instruction"
	enHeadline    = "texts.en.headline"
	enInstruction = "texts.en.instruction"
)

var wordingCases = map[cap.Rule][]wordingCase{
	"event.unknown": {
		{"no such code", sound, func(m *check.Message) { m.Event = "BBK-EVC-008" }, "event"},
		{"known code", sound, func(m *check.Message) { m.Event = "BBK-EVC-066" }, ""},
	},
	"event.vague": {
		{"078 at level 2", sound, func(m *check.Message) { m.Event = "BBK-EVC-078" }, "event"},
		{"999 at level 1", sound, atLevel(1, func(m *check.Message) { m.Event = "BBK-EVC-999" }), "event"},
		{"078 at level 3", sound, atLevel(3, func(m *check.Message) { m.Event = "BBK-EVC-078" }), ""},
	},
	"level.unknown": {
		{"level 0", sound, atLevel(0), "level"},
		{"level 4", sound, atLevel(4), "level"},
		{"level 1", sound, atLevel(1), ""},
	},
	"response.all-clear": {
		{"AllClear in an alert", sound, func(m *check.Message) { m.Responses = []cap.ResponseType{cap.ResponseAllClear} }, "responseTypes"},
		{"Avoid in an all-clear", allClear, func(m *check.Message) { m.Responses = []cap.ResponseType{cap.ResponseAvoid} }, "responseTypes"},
		{"AllClear in an all-clear", allClear, func(m *check.Message) { m.Responses = []cap.ResponseType{cap.ResponseAllClear} }, ""},
		{"none at all", allClear, func(*check.Message) {}, ""},
	},
	"expires.missing": {
		{"no end", sound, func(m *check.Message) { m.Expires = time.Time{} }, "expires"},
		{"an end", sound, func(*check.Message) {}, ""},
	},
	"expires.past": {
		{"now", sound, func(m *check.Message) { m.Expires = sent }, "expires"},
		{"a second later", sound, func(m *check.Message) { m.Expires = sent.Add(time.Second) }, ""},
	},
	"expires.before-onset": {
		{"at the start", sound, func(m *check.Message) { m.Onset = m.Expires }, "expires"},
		{"after the start", sound, func(m *check.Message) { m.Onset = m.Expires.Add(-time.Second) }, ""},
	},
	"expires.too-long": {
		{"three days at level 2", sound, func(m *check.Message) { m.Expires = sent.Add(72 * time.Hour) }, "expires"},
		{"three days at level 3", sound, atLevel(3, func(m *check.Message) { m.Expires = sent.Add(72 * time.Hour) }), ""},
		{"a late start", sound, func(m *check.Message) { m.Onset, m.Expires = sent.Add(40*time.Hour), sent.Add(72*time.Hour) }, ""},
	},
	"texts.language-missing": {
		{"no English", sound, func(m *check.Message) { delete(m.Texts, "en") }, "texts.en"},
		{"no text and nothing required", sound, func(m *check.Message) { m.Texts, m.Required = nil, nil }, "texts.de"},
		{"English is not required", sound, func(m *check.Message) { delete(m.Texts, "en"); m.Required = []string{"de"} }, ""},
	},
	"texts.empty": {
		{"headline", sound, set(headline, ""), deHeadline},
		{"white space", sound, set(description, " \n\t"), deDescription},
		{"instruction", sound, setIn("en", instruction, ""), enInstruction},
		{"the instruction of an all-clear", allClear, set(instruction, ""), ""},
	},
	"texts.identical": {
		{"description", sound, func(m *check.Message) { setIn("en", description, m.Texts["de"].Description)(m) }, "texts.en.description"},
		{"but for white space and case", sound, setIn("en", instruction, "BLEIBEN Sie  aus Kellern heraus. Fahren Sie nicht durch Wasser auf der Strasse."), enInstruction},
		{"headline alone", sound, func(m *check.Message) { setIn("en", headline, m.Texts["de"].Headline)(m) }, ""},
		{"both empty", sound, func(m *check.Message) { set(instruction, "")(m); setIn("en", instruction, "")(m) }, ""},
	},
	"texts.placeholder": {
		{"open", sound, set(headline, "Hochwasser - {place}"), deHeadline},
		{"mistyped", sound, set(description, "Bis {Ende der Warnung] 10:00 Uhr"), deDescription},
		{"round brackets", sound, set(headline, "Hochwasser - Werder (Havel)"), ""},
	},
	"texts.markup": {
		{"tag", sound, set(instruction, "Bleiben Sie im Haus.<br/>Fenster zu."), deInstruction},
		{"entity", sound, set(description, "Polizei &amp; Feuerwehr, 10:00 Uhr"), deDescription},
		{"Markdown", sound, set(description, "Bleiben Sie **im Haus**, 10:00 Uhr"), deDescription},
		{"signs in a sentence", sound, set(description, "Pegel < 3 m & fallend, 10:00 Uhr"), ""},
	},
	"texts.unprintable": {
		{"bell", sound, set(headline, "Hochwasser\a - Potsdam"), deHeadline},
		{"right-to-left override", sound, set(headline, "Hochwasser - \u202ePotsdam"), deHeadline},
		{"broken UTF-8", sound, set(headline, "Hochwasser - Potsdam \xff"), deHeadline},
		{"line break", sound, set(instruction, "Bleiben Sie im Haus.\nMachen Sie das Fenster zu."), ""},
		{"line break of a browser", sound, set(instruction, "Bleiben Sie im Haus.\r\nMachen Sie das Fenster zu."), ""},
		{"other scripts", sound, setIn("ar", headline, "فيضان في بوتسدام"), ""},
	},
	"texts.typographic": {
		{"quotation marks", sound, set(description, "Die „Havel“ steigt seit 09:30 Uhr"), deDescription},
		{"long dash", sound, set(headline, "Hochwasser – Potsdam"), deHeadline},
		{"plain", sound, set(description, `Die "Havel" steigt - seit 09:30 Uhr`), ""},
	},
	"texts.picture": {
		{"emoji", sound, set(headline, "🌊 Hochwasser - Potsdam"), deHeadline},
		{"sign", sound, set(headline, "⚠ Hochwasser - Potsdam"), deHeadline},
		{"umlauts", sound, set(headline, "Hochwasser - Mühlberg"), ""},
	},
	"texts.capitals": {
		{"headline", sound, set(headline, "HOCHWASSER - POTSDAM"), deHeadline},
		{"four words", sound, set(instruction, "Gehen Sie NICHT IN DEN KELLER hinunter."), deInstruction},
		{"one word", sound, set(headline, "HOCHWASSER - Potsdam"), ""},
		{"short names", sound, set(headline, "Hochwasser - B1 und A10 bei Werder"), ""},
	},
	"texts.abbreviation": {
		{"jargon", sound, set(description, "Die TEL ist seit 10:00 Uhr besetzt."), deDescription},
		{"with dots", sound, set(description, "Der Pegel steigt ggf. bis 10:00 Uhr."), deDescription},
		{"at the end", sound, set(description, "Um 10:00 Uhr tagt die TEL."), deDescription},
		{"inside a word", sound, set(description, "Das HoTEL und die Halle bleiben bis 10:00 Uhr offen."), ""},
	},
	"texts.relative-time": {
		{"soon", sound, set(description, "In Kürze kommt die Flut."), deDescription},
		{"tomorrow", sound, set(description, "Sie gilt bis morgen um 10:00 Uhr."), deDescription},
		{"English", sound, setIn("en", instruction, "Stay out of cellars until tomorrow."), enInstruction},
		{"with day and hour", sound, set(description, "Sie gilt bis Freitag, 3. Oktober, 10:00 Uhr. Es geht um Minuten."), ""},
	},
	"texts.tracking-link": {
		{"shortener", sound, set(instruction, "Gehen Sie nach oben. Mehr: bit.ly/abc"), deInstruction},
		{"query", sound, set(instruction, "Gehen Sie nach oben. Mehr: https://potsdam.example/warnung?id=1"), deInstruction},
		{"full address", sound, set(instruction, "Gehen Sie nach oben. Mehr: https://potsdam.example/warnung"), ""},
	},
	"texts.other-level": {
		{"information at level 2", sound, set(headline, "Gefahreninformation: Hochwasser - Potsdam"), deHeadline},
		{"the right word", sound, set(headline, "Gefahrenmitteilung: Hochwasser - Potsdam"), ""},
		{"English", sound, atLevel(3, setIn("en", headline, "Emergency warning: flood - Potsdam")), enHeadline},
	},
	"texts.no-end": {
		{"until further notice", sound, func(m *check.Message) {
			m.Expires = time.Time{}
			set(description, "Landeshauptstadt Potsdam warnt seit 09:30 Uhr. Das gilt bis auf Weiteres.")(m)
		}, deDescription},
		{"with an end", sound, set(description, "Landeshauptstadt Potsdam warnt seit 09:30 Uhr. Das gilt bis auf Widerruf."), ""},
	},
	"texts.casualties": {
		{"guess", sound, set(description, "Seit 10:00 Uhr gibt es vermutlich mehrere Tote."), deDescription},
		{"English", sound, setIn("en", description, "Landeshauptstadt Potsdam: several people are feared dead since 10:00."), "texts.en.description"},
		{"danger to life", sound, set(description, "Seit 10:00 Uhr besteht Lebensgefahr."), ""},
	},
	"texts.blame": {
		{"fault", sound, set(description, "Seit 10:00 Uhr. Schuld ist der Betreiber."), deDescription},
		{"cause", sound, set(description, "Seit 10:00 Uhr. Die Ursache ist unbekannt."), ""},
	},
	"texts.tactics": {
		{"special forces", sound, set(description, "Seit 10:00 Uhr ist das SEK vor Ort."), deDescription},
		{"police", sound, set(description, "Seit 10:00 Uhr ist die Polizei vor Ort."), ""},
	},
	"texts.person": {
		{"name", sound, set(description, "Seit 10:00 Uhr. Herr Meier wird gesucht."), deDescription},
		{"description of a person", sound, set(description, "Seit 10:00 Uhr. Ein Mann in roter Jacke wird gesucht."), ""},
	},
	"exercise.denied": {
		{"in an exercise", exercise, set(description, "ÜBUNG: Dies ist keine Übung. 10:00 Uhr"), deDescription},
		{"English", exercise, setIn("en", instruction, "EXERCISE: this is not a drill. Stay indoors."), enInstruction},
		{"the mark alone", exercise, func(*check.Message) {}, ""},
	},
	"exercise.unmarked": {
		{"headline", exercise, set(headline, "Hochwasser - Potsdam"), deHeadline},
		{"mark in the second line", exercise, set(instruction, "Bleiben Sie im Haus.\nÜBUNG"), deInstruction},
		{"in live operation", sound, func(*check.Message) {}, ""},
	},
	"exercise.word": {
		{"denied in live operation", sound, set(description, "Das ist keine Übung, seit 10:00 Uhr."), deDescription},
		{"English", sound, setIn("en", headline, "Drill: Flood - Potsdam"), enHeadline},
		{"an announced test", sound, atLevel(3, func(m *check.Message) { m.Event = "BBK-EVC-050" }, set(headline, "Probewarnung - Potsdam")), ""},
		{"exercise caution", sound, setIn("en", instruction, "Exercise caution near water."), ""},
		{"a word that holds it", sound, set(description, "Wasserproben zeigen seit 10:00 Uhr nichts."), ""},
	},
	"headline.too-long": {
		{"161", sound, set(headline, "Hochwasser - "+strings.Repeat("ä", 148)), deHeadline},
		{"160", sound, set(headline, "Hochwasser - "+strings.Repeat("ä", 147)), ""},
	},
	"headline.long": {
		{"81", sound, set(headline, "Hochwasser - "+strings.Repeat("ä", 68)), deHeadline},
		{"80", sound, set(headline, "Hochwasser - "+strings.Repeat("ä", 67)), ""},
		{"161 is another rule's", sound, set(headline, "Hochwasser - "+strings.Repeat("ä", 148)), ""},
	},
	"headline.hazard": {
		{"place only", sound, set(headline, "Gemeindebereich Potsdam"), deHeadline},
		{"joined word", sound, set(headline, "Havelhochwasser in Potsdam"), ""},
		{"another word for it", sound, func(m *check.Message) {
			m.Event, m.Hazard = "BBK-EVC-079", map[string][]string{"de": {"Weltkriegsbombe", "Blindgänger"}, "en": {"Bomb"}}
			set(headline, "Blindgänger in Potsdam")(m)
			setIn("en", headline, "Bomb found in Potsdam")(m)
		}, ""},
	},
	"headline.place": {
		{"hazard only", sound, set(headline, "Hochwasser"), deHeadline},
		{"night is no place", sound, set(headline, "Hochwasser heute nacht"), deHeadline},
		{"a part of the area", sound, set(headline, "Potsdam hat Hochwasser"), ""},
		{"another name", sound, set(headline, "Hochwasser in Werder"), ""},
	},
	"description.long": {
		{"601", sound, set(description, "10:00 Uhr "+strings.Repeat("a", 591)), deDescription},
		{"600", sound, set(description, "10:00 Uhr "+strings.Repeat("a", 590)), ""},
	},
	"description.source": {
		{"nobody", sound, set(description, "Die Havel steigt seit 09:30 Uhr."), deDescription},
		{"authority unknown", sound, func(m *check.Message) { m.Authority = ""; set(description, "Die Havel steigt seit 09:30 Uhr.")(m) }, ""},
	},
	"description.time": {
		{"none", sound, set(description, "Die Landeshauptstadt Potsdam warnt."), deDescription},
		{"full hour", sound, set(description, "Landeshauptstadt Potsdam warnt ab 9 Uhr."), ""},
		{"all-clear", allClear, func(*check.Message) {}, ""},
	},
	"instruction.contradiction": {
		{"no danger and closed windows", sound, atLevel(3, set(instruction, "Es besteht keine Gefahr. Schließen Sie sofort Fenster und Türen.")), deInstruction},
		{"across the fields", sound, atLevel(3, set(description, "Stand 10:00 Uhr. Es besteht derzeit keine Gefahr für die Bevölkerung.")), deDescription},
		{"against the level", sound, set(description, "Stand 10:00 Uhr. Es besteht kein Handlungsbedarf."), deDescription},
		{"English", sound, atLevel(3, setIn("en", instruction, "There is no danger. Close all windows.")), enInstruction},
		{"no danger elsewhere", sound, set(description, "Seit 10:00 Uhr. Außerhalb des Gebiets besteht keine Gefahr."), ""},
		{"all-clear", allClear, func(*check.Message) {}, ""},
	},
	"instruction.media-only": {
		{"radio", sound, set(instruction, "Hören Sie regionale Radiosender."), deInstruction},
		{"media and calm", sound, set(instruction, "Bewahren Sie Ruhe. Informieren Sie sich in bekannten Warnmedien."), deInstruction},
		{"English", sound, setIn("en", instruction, "Stay calm.\nListen to local radio."), enInstruction},
		{"after an action", sound, set(instruction, "Bleiben Sie im Haus. Hören Sie Radio."), ""},
		{"level 3", sound, atLevel(3, set(instruction, "Hören Sie regionale Radiosender.")), ""},
	},
	"instruction.no-action": {
		{"a fact", sound, set(instruction, "Die Feuerwehr ist vor Ort."), deInstruction},
		{"English", sound, setIn("en", instruction, "The fire service is on site."), enInstruction},
		{"bare infinitive", sound, set(instruction, "Fenster und Türen geschlossen halten!"), ""},
		{"other language", sound, setIn("fr", instruction, "Restez chez vous."), ""},
	},
	"instruction.emergency-number": {
		{"112", sound, func(m *check.Message) {
			m.Event = "BBK-EVC-005"
			set(instruction, "Wählen Sie nur in Notfällen den Notruf 112.")(m)
		}, deInstruction},
		{"English", sound, func(m *check.Message) {
			m.Event = "BBK-EVC-005"
			setIn("en", instruction, "In an emergency, call 112.")(m)
		}, enInstruction},
		{"another number", sound, func(m *check.Message) { m.Event = "BBK-EVC-005"; set(instruction, "Rufen Sie im Notfall 110 an.")(m) }, ""},
		{"not to call", sound, func(m *check.Message) { m.Event = "BBK-EVC-005"; set(instruction, "Rufen Sie nicht die 112 an.")(m) }, ""},
		{"another event", sound, set(instruction, "Wählen Sie im Notfall die 112."), ""},
	},
	"instruction.lines": {
		{"eight", sound, set(instruction, strings.Repeat("Gehen Sie.\n", 7)+"Gehen Sie."), deInstruction},
		{"seven", sound, set(instruction, strings.Repeat("Gehen Sie.\n", 6)+"Gehen Sie.\n"), ""},
	},
	"all-clear.headline": {
		{"the word is missing", allClear, set(headline, "Hochwasser - Potsdam"), deHeadline},
		{"the word is late", allClear, setIn("en", headline, "Flood - all-clear"), enHeadline},
		{"all clear without hyphen", allClear, setIn("en", headline, "All clear: Flood - Potsdam"), ""},
		{"an alert", sound, func(*check.Message) {}, ""},
	},
	"all-clear.protective": {
		{"leave", allClear, set(instruction, "Verlassen Sie sofort das betroffene Gebiet."), deInstruction},
		{"prepare", allClear, set(description, "Bereiten Sie sich auf eine Evakuierung vor."), deDescription},
		{"English", allClear, setIn("en", instruction, "Please close all windows."), enInstruction},
		{"windows may open", allClear, set(instruction, "Fenster und Türen können Sie wieder öffnen. Sie können das Haus verlassen."), ""},
		{"an alert", sound, func(*check.Message) {}, ""},
	},
	"all-clear.inherited": {
		{"word for word", allClear, func(m *check.Message) {
			m.Previous["de"] = check.Text{Instruction: "Helfen Sie einander.\nAchten Sie auf Kinder."}
			set(instruction, "Danke. Achten Sie auf Kinder.")(m)
		}, deInstruction},
		{"any language", allClear, func(m *check.Message) {
			m.Previous["fr"] = check.Text{Instruction: "Restez chez vous."}
			setIn("fr", instruction, "Restez chez vous.")(m)
		}, "texts.fr.instruction"},
		{"new words", allClear, func(*check.Message) {}, ""},
	},
}

func TestWordingRules(t *testing.T) {
	for rule, cases := range wordingCases {
		info := infoOf(t, rule)
		for _, test := range cases {
			t.Run(string(rule)+"/"+test.name, func(t *testing.T) {
				m := test.from()
				test.apply(&m)
				var paths []string
				for _, f := range check.Wording(m, "en") {
					if f.Rule != rule {
						continue
					}
					paths = append(paths, f.Path)
					if f.Severity != info.Severity || f.Message == "" || f.Remedy == "" || strings.Contains(f.Message, "{1}") {
						t.Errorf("bad finding: %+v", f)
					}
				}
				if diff := cmp.Diff(strings.Fields(test.path), paths, cmpEmpty); diff != "" {
					t.Errorf("paths (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestWordingFindingsAreOrdered(t *testing.T) {
	m := sound()
	set(headline, "Potsdam – {place}")(&m)
	got := check.Wording(m, "de")
	want := []cap.Finding{
		{Rule: "texts.placeholder", Severity: cap.GravityError, Path: deHeadline, Message: "Hier ist etwas nicht ausgefüllt: {place}", Remedy: "Ersetzen Sie den Platzhalter samt Klammern."},
		{Rule: "texts.typographic", Severity: cap.GravityWarning, Path: deHeadline, Message: "Manche Sender verlieren diese Zeichen, und Mobilfunkmeldungen werden durch sie länger: – (U+2013)", Remedy: "Nehmen Sie gerade Anführungszeichen und den einfachen Bindestrich."},
		{Rule: "headline.hazard", Severity: cap.GravityAdvice, Path: deHeadline, Message: "Die Überschrift nennt die Gefahr nicht: Flood", Remedy: "Nennen Sie die Gefahr mit einem Wort, das jeder kennt."},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzWording(f *testing.F) {
	f.Add("Hochwasser - {place}", "Es besteht keine Gefahr.", "Bleiben Sie im Haus.\n<br/>", byte(0))
	f.Add("Entwarnung", "\xff\u202e", "", byte(2))
	f.Fuzz(func(t *testing.T, h, d, i string, kind byte) {
		m := sound()
		m.Kind = []check.Kind{check.KindAlert, check.KindUpdate, check.KindAllClear}[kind%3]
		m.Texts["de"] = check.Text{Headline: h, Description: d, Instruction: i}
		m.Exercise = kind > 127
		for _, finding := range check.Wording(m, "de") {
			if finding.Message == "" || finding.Remedy == "" || finding.Path == "" {
				t.Errorf("incomplete finding %+v", finding)
			}
		}
	})
}

func TestPlainCharacters(t *testing.T) {
	if got := check.PlainCharacters("„Havel“ – bis 10\u00a0Uhr… ä € ’"); got != `"Havel" - bis 10 Uhr... ä € '` {
		t.Errorf("got %q", got)
	}
}
