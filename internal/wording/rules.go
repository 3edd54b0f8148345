// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

// rules is the table of all rules, in the order in which their findings are
// shown. docs/formats/wording-rules.md repeats it for readers.
var rules = []rule{
	{"event.unknown", SeverityError, eventUnknown},
	{"event.vague", SeverityError, eventVague},
	{"level.unknown", SeverityError, levelUnknown},
	{"response.all-clear", SeverityError, responseAllClear},
	{"expires.missing", SeverityError, expiresMissing},
	{"expires.past", SeverityError, expiresPast},
	{"expires.before-onset", SeverityError, expiresBeforeOnset},
	{"expires.too-long", SeverityWarning, expiresTooLong},

	{"texts.language-missing", SeverityError, languageMissing},
	{"texts.empty", SeverityError, each(textEmpty)},
	{"texts.identical", SeverityError, textsIdentical},
	{"texts.placeholder", SeverityError, each(placeholderOpen)},
	{"texts.markup", SeverityError, each(markup)},
	{"texts.unprintable", SeverityError, each(unprintableCharacters)},
	{"texts.typographic", SeverityWarning, each(typographicCharacters)},
	{"texts.picture", SeverityWarning, each(pictureCharacters)},
	{"texts.capitals", SeverityWarning, each(capitals)},
	{"texts.abbreviation", SeverityWarning, each(abbreviation)},
	{"texts.relative-time", SeverityWarning, each(relativeTime)},
	{"texts.tracking-link", SeverityWarning, each(trackingLink)},
	{"texts.other-level", SeverityWarning, each(otherLevel)},

	{"exercise.denied", SeverityError, each(exerciseDenied)},
	{"exercise.unmarked", SeverityError, each(exerciseUnmarked)},
	{"exercise.word", SeverityWarning, each(exerciseWord)},

	{"headline.too-long", SeverityWarning, part(headline, headlineTooLong)},
	{"headline.long", SeverityAdvice, part(headline, headlineLong)},
	{"headline.hazard", SeverityAdvice, part(headline, headlineHazard)},
	{"headline.place", SeverityAdvice, part(headline, headlinePlace)},

	{"description.long", SeverityAdvice, part(description, descriptionLong)},
	{"description.source", SeverityAdvice, part(description, descriptionSource)},
	{"description.time", SeverityAdvice, part(description, descriptionTime)},

	{"instruction.contradiction", SeverityError, contradiction},
	{"instruction.media-only", SeverityError, part(instruction, mediaOnly)},
	{"instruction.no-action", SeverityWarning, part(instruction, noAction)},
	{"instruction.emergency-number", SeverityWarning, part(instruction, emergencyNumber)},
	{"instruction.lines", SeverityAdvice, part(instruction, tooManyLines)},

	{"all-clear.headline", SeverityError, part(headline, allClearHeadline)},
	{"all-clear.protective", SeverityError, each(allClearProtective)},
	{"all-clear.inherited", SeverityError, part(instruction, allClearInherited)},
}
