// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

// Where rules come from.
const (
	capHeader   = "CAP 1.2, 3.2.1"
	capInfo     = "CAP 1.2, 3.2.2"
	capResource = "CAP 1.2, 3.2.3"
	capArea     = "CAP 1.2, 3.2.4"
	capTime     = "CAP 1.2, 3.3.2"
	googleCAP   = "Google Public Alerts CAP 1.0"
	feedReaders = "practice of feed readers"
	defects     = "defects of real warnings"
	mowas       = "practice of MoWaS"
	deAlert     = "TR DE-Alert 1.1, 8.26"
	broadcastTS = "3GPP TS 23.038, TS 23.041"
	regional    = "Amtlicher Regionalschlüssel (Destatis)"
	eventList   = "event codes of the BBK"
	research    = "research on warnings (START 2014, Warning Lexicon 2023)"
	drills      = "false alarms of exercises (Hawaii 2018)"
)

// rules is the table of all rules, in the order in which their findings are
// shown.
var rules = []rule{
	{"identifier.form", everywhere, isAdvice, capHeader, identifierForm},
	{"sender.form", everywhere, isAdvice, capHeader, senderForm},
	{"sent.future", everywhere, isWarning, capHeader, sentInFuture},
	{"status.draft", everywhere, isWarning, capHeader, statusDraft},
	{"status.not-actual", feedsOnly, isAdvice, googleCAP, statusNotActual},
	{"scope.not-public", feeds, isWarning, googleCAP, scopeNotPublic},
	{"note.missing", everywhere, isAdvice, capHeader, noteMissing},
	{"references.missing", everywhere, isError, capHeader, referencesMissing},
	{"references.self", everywhere, isError, capHeader, referencesSelf},
	{"references.later", everywhere, isWarning, capHeader, referencesLater},
	{"references.repeated", everywhere, isAdvice, capHeader, referencesRepeated},
	{"size.large", feeds, isAdvice, googleCAP, sizeLarge},
	{"size.too-large", feeds, isWarning, googleCAP, sizeTooLarge},

	{"info.missing", feeds, isError, googleCAP, infoMissing},
	{"info.duplicate", everywhere, isWarning, capInfo, infoDuplicate},
	{"info.language-twice", feedsOnly, isAdvice, feedReaders, languageTwice},
	{"info.category-differs", everywhere, isError, googleCAP, categoryDiffers},
	{"info.event-code-differs", everywhere, isError, googleCAP, eventCodeDiffers},
	{"info.event-differs", feeds, isWarning, googleCAP, eventDiffers},
	{"element.empty", everywhere, isWarning, capInfo, emptyElements},
	{"element.code-as-name", everywhere, isWarning, capInfo, codeAsName},
	{"language.missing", feeds, isWarning, capInfo, languageMissing},
	{"language.script", feeds, isWarning, defects, each(languageScript)},
	{"grading.unknown", feeds, isWarning, googleCAP, gradingUnknown},
	{"response.missing", feeds, isAdvice, googleCAP, responseMissing},
	{"sender-name.missing", feeds, isWarning, googleCAP, senderNameMissing},
	{"contact.missing", feedsOnly, isAdvice, googleCAP, contactMissing},
	{"web.missing", feedsOnly, isError, googleCAP, webMissing},
	{"web.relative", everywhere, isWarning, capInfo, webRelative},
	{"web.insecure", feeds, isAdvice, feedReaders, webInsecure},

	{"time.utc", everywhere, isWarning, capTime, timeUTC},
	{"expires.missing", feeds, isError, googleCAP, eachFact(expiresMissing)},
	{"expires.past", everywhere, isError, capInfo, eachFact(expiresPast)},
	{"expires.before-onset", everywhere, isError, capInfo, eachFact(expiresBeforeOnset)},
	{"expires.before-effective", everywhere, isError, googleCAP, expiresBeforeEffective},
	{"expires.too-long", germany, isWarning, mowas, eachFact(expiresTooLong)},
	{"effective.after-onset", feeds, isAdvice, capInfo, effectiveAfterOnset},

	{"event.unknown", germany, isError, eventList, eachFact(eventUnknown)},
	{"event.vague", germany, isError, defects, eachFact(eventVague)},
	{"event.code-missing", germany, isAdvice, mowas, eventCodeMissing},
	{"level.unknown", germany, isError, mowas, eachFact(levelUnknown)},
	{"level.unstated", germany, isAdvice, mowas, levelUnstated},
	{"level.differs", germany, isError, mowas, levelDiffers},
	{"level.severity", germany, isWarning, deAlert, levelSeverity},
	{"response.all-clear", germany, isError, capInfo, eachFact(responseAllClear)},

	{"cell-broadcast.derived", germany, isAdvice, deAlert, broadcast(broadcastDerived)},
	{"cell-broadcast.level", germany, isWarning, deAlert, broadcast(broadcastLevel)},
	{"cell-broadcast.grading", germany, isAdvice, deAlert, broadcast(broadcastGrading)},
	{"cell-broadcast.too-long", germany, isWarning, broadcastTS, broadcastTooLong},
	{"cell-broadcast.long", germany, isAdvice, mowas, broadcastLong},
	{"cell-broadcast.characters", germany, isAdvice, broadcastTS, each(wideCharacters)},
	{"short-form.long", germany, isAdvice, mowas, shortFormLong},

	{"area.missing", feeds, isError, googleCAP, areaMissing},
	{"area.shapeless", everywhere, isError, googleCAP, eachArea(areaShapeless)},
	{"area.not-drawable", feedsOnly, isWarning, googleCAP, areaNotDrawable},
	{"area.heights", everywhere, isWarning, capArea, eachArea(areaHeights)},
	{"area.swapped", germany, isWarning, defects, eachArea(swappedPoints)},
	{"polygon.crossing", everywhere, isWarning, googleCAP, eachPolygon(polygonCrossing)},
	{"polygon.unchecked", everywhere, isAdvice, feedReaders, eachPolygon(polygonUnchecked)},
	{"polygon.repeated", everywhere, isAdvice, capArea, eachPolygon(polygonRepeated)},
	{"polygon.flat", everywhere, isWarning, capArea, eachPolygon(polygonFlat)},
	{"polygon.antimeridian", everywhere, isWarning, feedReaders, eachPolygon(polygonAntimeridian)},
	{"polygon.many-points", feeds, isWarning, feedReaders, eachPolygon(polygonManyPoints)},
	{"polygon.precision", feedsOnly, isAdvice, googleCAP, eachPolygon(polygonPrecision)},
	{"circle.zero", everywhere, isWarning, googleCAP, eachArea(circleZero)},
	{"circle.large", everywhere, isWarning, capArea, eachArea(circleLarge)},
	{"ars.missing", germany, isAdvice, mowas, keysMissing},
	{"ars.municipal", germany, isError, regional, municipalKey},
	{"ars.form", germany, isError, regional, keyForm},
	{"ars.land", germany, isError, regional, keyLand},

	{"resource.nowhere", everywhere, isWarning, capResource, eachResource(resourceNowhere)},
	{"resource.base64", everywhere, isWarning, capResource, eachResource(resourceBase64)},
	{"resource.media-type", everywhere, isWarning, capResource, eachResource(resourceMediaType)},
	{"resource.digest-form", everywhere, isWarning, capResource, eachResource(resourceDigestForm)},
	{"resource.digest-differs", everywhere, isWarning, capResource, eachResource(resourceDigestDiffers)},
	{"resource.size-differs", everywhere, isWarning, capResource, eachResource(resourceSizeDiffers)},

	{"texts.language-missing", germany, isError, mowas, requiredMissing},
	{"texts.nine-languages", germany, isWarning, mowas, nineLanguagesMissing},
	{"texts.empty", germany, isError, defects, textEmpty},
	{"texts.identical", feeds, isError, defects, textsIdentical},
	{"texts.repeated", feeds, isAdvice, googleCAP, textsRepeated},
	{"texts.placeholder", germany, isError, defects, each(placeholderOpen)},
	{"texts.markup", feeds, isError, googleCAP, each(markup)},
	{"texts.unprintable", everywhere, isError, defects, unprintableCharacters},
	{"texts.typographic", germany, isWarning, broadcastTS, each(typographicCharacters)},
	{"texts.picture", germany, isWarning, defects, each(pictureCharacters)},
	{"texts.capitals", feeds, isWarning, research, each(capitals)},
	{"texts.abbreviation", germany, isWarning, defects, each(abbreviation)},
	{"texts.relative-time", germany, isWarning, defects, says(func(l lexicon) []expression { return l.RelativeTime })},
	{"texts.no-end", germany, isWarning, defects, each(noEnd)},
	{"texts.tracking-link", germany, isWarning, defects, each(trackingLink)},
	{"texts.other-level", germany, isWarning, defects, each(otherLevel)},
	{"texts.casualties", germany, isWarning, research, says(func(l lexicon) []expression { return l.Casualties })},
	{"texts.blame", germany, isWarning, research, says(func(l lexicon) []expression { return l.Blame })},
	{"texts.tactics", germany, isWarning, research, says(func(l lexicon) []expression { return l.Tactics })},
	{"texts.person", germany, isWarning, research, says(func(l lexicon) []expression { return l.Person })},

	{"exercise.denied", germany, isError, drills, each(exerciseDenied)},
	{"exercise.unmarked", germany, isError, drills, each(exerciseUnmarked)},
	{"exercise.word", germany, isWarning, drills, each(exerciseWord)},

	{"headline.missing", feedsOnly, isWarning, feedReaders, headlineMissing},
	{"headline.over-140", feedsOnly, isAdvice, googleCAP, part(headline, headlineOver140)},
	{"headline.too-long", feeds, isWarning, capInfo, part(headline, headlineTooLong)},
	{"headline.long", germany, isAdvice, research, part(headline, headlineLong)},
	{"headline.hazard", germany, isAdvice, defects, part(headline, headlineHazard)},
	{"headline.place", germany, isAdvice, defects, part(headline, headlinePlace)},

	{"description.missing", feedsOnly, isError, googleCAP, descriptionMissing},
	{"description.long", germany, isAdvice, research, part(description, descriptionLong)},
	{"description.source", germany, isAdvice, research, part(description, descriptionSource)},
	{"description.time", germany, isAdvice, research, part(description, descriptionTime)},

	{"instruction.missing", feedsOnly, isWarning, googleCAP, instructionMissing},
	{"instruction.contradiction", germany, isError, defects, contradiction},
	{"instruction.media-only", germany, isError, defects, part(instruction, mediaOnly)},
	{"instruction.no-action", germany, isWarning, research, part(instruction, noAction)},
	{"instruction.emergency-number", germany, isWarning, defects, part(instruction, emergencyNumber)},
	{"instruction.lines", germany, isAdvice, research, part(instruction, tooManyLines)},

	{"all-clear.headline", germany, isError, defects, part(headline, allClearHeadline)},
	{"all-clear.protective", germany, isError, defects, each(allClearProtective)},
	{"all-clear.inherited", germany, isError, defects, part(instruction, allClearInherited)},
}
