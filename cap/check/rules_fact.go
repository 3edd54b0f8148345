// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

func eventUnknown(v *view, b *block, report report) {
	if (v.draft || b.event != "") && !IsEventCode(b.event) {
		report(b.paths.event, b.event)
	}
}

func eventVague(_ *view, b *block, report report) {
	if IsVagueEvent(b.event) && b.grave() {
		report(b.paths.event, b.eventName)
	}
}

func levelUnknown(_ *view, b *block, report report) {
	if b.stated && !b.levelKnown() {
		report(b.paths.level, b.level)
	}
}

func responseAllClear(v *view, b *block, report report) {
	if slices.Contains(b.responses, cap.ResponseAllClear) != (v.kind == KindAllClear) && len(b.responses) > 0 {
		report(b.paths.responses)
	}
}

func expiresMissing(_ *view, b *block, report report) {
	if b.expires.IsZero() {
		report(b.paths.expires)
	}
}

func expiresPast(v *view, b *block, report report) {
	if !b.expires.IsZero() && !v.from.IsZero() && !b.expires.After(v.from) {
		report(b.paths.expires)
	}
}

func expiresBeforeOnset(_ *view, b *block, report report) {
	if !b.expires.IsZero() && !b.onset.IsZero() && !b.expires.After(b.onset) {
		report(b.paths.expires)
	}
}

// LongestValidity is after which time a message of a German level ought to be
// renewed rather than run on; 0 for a level that there is not.
func LongestValidity(level int) time.Duration {
	switch level {
	case 1:
		return 24 * time.Hour
	case 2:
		return 48 * time.Hour
	case 3:
		return 168 * time.Hour
	default:
		return 0
	}
}

func expiresTooLong(v *view, b *block, report report) {
	start := v.from
	if b.onset.After(start) {
		start = b.onset
	}
	if most := LongestValidity(b.level); b.stated && most > 0 && !start.IsZero() && b.expires.Sub(start) > most {
		report(b.paths.expires, int(b.expires.Sub(start).Hours()), b.level, int(most.Hours()))
	}
}

func requiredMissing(v *view, report report) {
	for _, language := range v.required {
		if !v.speaks(language) {
			path := "texts." + language
			if !v.draft {
				path = "alert/info"
			}
			report(path, languageName(language))
		}
	}
}

// speaks reports whether the message has a block for the readers of a language.
func (v *view) speaks(language string) bool {
	return slices.ContainsFunc(v.blocks, func(b *block) bool {
		return strings.EqualFold(b.language, language) || readers(b.language) == readers(language)
	})
}

// languageName is the name of a language for people, or the tag.
func languageName(tag string) saying {
	if name, ok := languageNames[readers(tag)]; ok {
		return name
	}
	return saying{tag, tag}
}

var languageNames = map[string]saying{
	"de": {"German", "Deutsch"}, "de-simple": {"easy German (Leichte Sprache)", "Leichte Sprache"}, "en": {"English", "Englisch"},
	"ar": {"Arabic", "Arabisch"}, "es": {"Spanish", "Spanisch"}, "fr": {"French", "Französisch"},
	"pl": {"Polish", "Polnisch"}, "ru": {"Russian", "Russisch"}, "tr": {"Turkish", "Türkisch"},
}
