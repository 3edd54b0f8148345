// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package catalogue holds every word that people read on the pages, on the
// command line and in messages, by key and language. The texts are the files
// messages/*.yaml, one per area; they are compiled into the program.
//
// A file maps keys to texts:
//
//	console.board.title:
//	  de: Lage
//	  en: Situation
//	console.board.sirens:
//	  de: {one: "%d Sirene", other: "%d Sirenen"}
//	  en: {one: "%d siren", other: "%d sirens"}
//
// de and en are required, de-simple (Leichte Sprache) is optional and falls
// back to de. Arguments are positional, in the verbs of package fmt ("%d",
// "%s", "%[2]s"); numbers are grouped as the language does it, so a year or an
// identifier goes in as a string. The forms zero, one and other choose by the
// first argument.
package catalogue

import (
	"maps"
	"math"
	"slices"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// The languages of the catalogue. Simple is Leichte Sprache, a registered
// variant of German (IANA language subtag registry, "simple").
const (
	German  = "de"
	English = "en"
	Simple  = "de-simple"
)

// entries and languages are read once and never written again. A file that
// cannot be read is a defect of the build, so it stops the program at its start.
var (
	entries   = mustLoad(files)
	languages = build(entries)
)

// Language is the catalogue in one language. It is safe for concurrent use.
type Language struct {
	tag     string
	printer *message.Printer
}

// For is the catalogue in the language of a BCP 47 tag: de-simple for itself,
// German for every other tag of German and for none, English for all the rest.
func For(tag string) Language {
	return languages[closest(tag)]
}

func closest(tag string) string {
	if tag == "" {
		return German
	}
	parsed, err := language.Parse(tag)
	if err != nil {
		return English
	}
	if base, _ := parsed.Base(); base.String() != German {
		return English
	}
	if slices.ContainsFunc(parsed.Variants(), func(v language.Variant) bool { return v.String() == "simple" }) {
		return Simple
	}
	return German
}

// Tags are the languages that For can give, the authority's own first.
func Tags() []string { return []string{German, English, Simple} }

// Keys are all keys, sorted.
func Keys() []string { return slices.Sorted(maps.Keys(entries)) }

// Match picks the language for the value of an Accept-Language header (RFC 9110,
// section 12.5.4). For a header that names no language it is German; for a reader
// who names only languages that the catalogue lacks it is English. It is never
// Leichte Sprache: a browser does not ask for it, its reader chooses it on the page.
func Match(acceptLanguage string) string {
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	wanted = slices.DeleteFunc(wanted, func(tag language.Tag) bool { return tag == anyLanguage })
	if err != nil || len(wanted) == 0 {
		return German
	}
	if _, index, confidence := matcher.Match(wanted...); confidence > language.No {
		return matchable[index]
	}
	return English
}

var (
	matchable = []string{German, English}
	matcher   = language.NewMatcher([]language.Tag{language.German, language.English})
	// anyLanguage is what x/text reads from "*".
	anyLanguage = language.MustParse("mul")
)

// Tag is the BCP 47 tag of the language, for the lang attribute of a page.
func (l Language) Tag() string { return l.tag }

// Has reports whether the catalogue knows the key.
func (l Language) Has(key string) bool {
	_, known := entries[key]
	return known
}

// T is the text of a key with its arguments filled in. A key that the catalogue
// lacks comes back as it is, so that the gap is seen.
func (l Language) T(key string, args ...any) string {
	if !l.Has(key) {
		return key
	}
	return l.printer.Sprintf(key, args...)
}

// Number is n with its thousands grouped.
func (l Language) Number(n int) string { return l.printer.Sprint(n) }

// Decimal writes a number with one decimal as the language does: "1.234,5".
func (l Language) Decimal(n float64) string {
	if math.Abs(n) < 0.05 {
		n = 0 // never "-0.0"
	}
	return l.printer.Sprintf("%.1f", n)
}

func build(entries map[string]entry) map[string]Language {
	builder := catalog.NewBuilder(catalog.Fallback(language.German))
	for key, e := range entries {
		for tag, phrase := range map[string]*phrase{German: e.German, English: e.English, Simple: e.Simple} {
			if phrase == nil {
				continue
			}
			if err := builder.Set(language.MustParse(tag), key, phrase.message()); err != nil {
				panic("catalogue: " + key + " in " + tag + ": " + err.Error())
			}
		}
	}
	built := map[string]Language{}
	for _, tag := range Tags() {
		built[tag] = Language{tag: tag, printer: message.NewPrinter(language.MustParse(tag), message.Catalog(builder))}
	}
	return built
}

func (p *phrase) message() catalog.Message {
	if p.One == "" && p.Zero == "" {
		return catalog.String(p.Other)
	}
	var cases []any
	if p.Zero != "" {
		cases = append(cases, "=0", p.Zero)
	}
	if p.One != "" {
		cases = append(cases, plural.One, p.One)
	}
	return plural.Selectf(1, "", append(cases, plural.Other, p.Other)...)
}
