// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"crypto/sha256"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textEmpty says once what is empty in all languages of a message that is out.
func textEmpty(v *view, report report) {
	for i, name := range []string{headline, description, instruction} {
		if name == instruction && v.kind == KindAllClear {
			continue
		}
		var paths []string
		for _, b := range v.blocks {
			if p := v.passages[3*b.index+i]; p.text == "" {
				paths = append(paths, p.path)
			}
		}
		if !v.draft && len(paths) == len(v.blocks) {
			paths = paths[:min(len(paths), 1)]
		}
		for _, path := range paths {
			report(path)
		}
	}
}

// placeholderOpen takes any brace for a blank: a warning has no use for one,
// and a mistyped placeholder is as bad as an open one.
func placeholderOpen(_ *view, p passage, report report) {
	if found := braces.FindString(p.text); found != "" {
		report(p.path, found)
	}
}

var braces = regexp.MustCompile(`\{[^{}\n]{0,40}\}|[{}]`)

func markup(_ *view, p passage, report report) {
	if found := marks.FindString(p.text); found != "" {
		report(p.path, found)
	}
}

// marks matches tags, entities, and the commonest marks of Markdown.
var marks = regexp.MustCompile(`(?m)</?[a-zA-Z][^<>\n]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});|\[[^\]\n]+\]\([^)\n]+\)|\*\*[^*\n]+\*\*|^#{1,6} `)

func unprintableCharacters(v *view, report report) {
	look := func(path, text string) {
		if found := unprintable(text); len(found) > 0 {
			report(path, codePoints(found))
		}
	}
	for _, p := range v.passages {
		look(p.path, p.text)
	}
	look("alert/note", v.alert.Note)
	for _, info := range v.infos {
		look(info.path+"event", info.Event)
		look(info.path+"senderName", info.SenderName)
		look(info.path+"contact", info.Contact)
	}
}

// typographicCharacters rests where other letters of the text are outside GSM 7
// bit, since such senders and phones manage without it.
func typographicCharacters(_ *view, p passage, report report) {
	if found := typographic(p.text); len(found) > 0 && len(outsideGSM(PlainCharacters(p.text))) == 0 {
		report(p.path, codePoints(found))
	}
}

func pictureCharacters(_ *view, p passage, report report) {
	if found := pictures(p.text); len(found) > 0 {
		report(p.path, codePoints(found))
	}
}

// capitals finds a headline in capitals throughout, or four words in a row.
func capitals(_ *view, p passage, report report) {
	row, upper, long := 0, 0, 0
	for word := range strings.FieldsFuncSeq(p.text, notLetter) {
		if utf8.RuneCountInString(word) < 2 {
			continue
		}
		long++
		if word != strings.ToUpper(word) || word == strings.ToLower(word) {
			row = 0
			continue
		}
		row++
		upper++
		if row == 4 {
			report(p.path)
			return
		}
	}
	if p.part == headline && upper >= 2 && upper == long {
		report(p.path)
	}
}

func abbreviation(_ *view, p passage, report report) {
	for word := range strings.FieldsFuncSeq(p.text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.'
	}) {
		for _, a := range p.lexicon.Abbreviations {
			if word == a || (!strings.HasSuffix(a, ".") && strings.TrimRight(word, ".") == a) {
				report(p.path, a)
				return
			}
		}
	}
}

// says makes a rule that looks for expressions of the lexicon in a passage.
func says(expressions func(lexicon) []expression) func(*view, report) {
	return each(func(_ *view, p passage, report report) {
		if found, ok := find(expressions(p.lexicon), p); ok {
			report(p.path, found)
		}
	})
}

func noEnd(_ *view, p passage, report report) {
	if found, ok := find(p.lexicon.NoEnd, p); ok && p.expires.IsZero() {
		report(p.path, found)
	}
}

func trackingLink(_ *view, p passage, report report) {
	if found := trackers.FindString(p.text); found != "" {
		report(p.path, found)
	}
}

// trackers matches links with a query and links of the commonest shorteners.
var trackers = regexp.MustCompile(`(?i)https?://[^\s?]+\?\S+|(?:https?://)?\b(?:bit\.ly|t\.co|tinyurl\.com|ow\.ly|is\.gd|goo\.gl|t1p\.de|kurzelinks\.de)/\S+`)

// otherLevel finds the announcement word of another level, such as "Gefahreninformation" at level 1.
func otherLevel(_ *view, p passage, report report) {
	for i, word := range p.lexicon.Announcements {
		if p.stated && p.levelKnown() && i+1 != p.level && strings.Contains(p.folded, fold(word)) {
			report(p.path, word, i+1, p.level)
		}
	}
}

func exerciseDenied(v *view, p passage, report report) {
	if found, ok := find(p.lexicon.ExerciseDenied, p); ok && v.exercise {
		report(p.path, found)
	}
}

// exerciseUnmarked wants the word in the headline and in the first line of the rest.
func exerciseUnmarked(v *view, p passage, report report) {
	if !v.exercise || p.lexicon.ExerciseMark.Regexp == nil || p.text == "" {
		return
	}
	first, _, _ := strings.Cut(p.folded, "\n")
	if !p.lexicon.ExerciseMark.MatchString(first) {
		report(p.path)
	}
}

func exerciseWord(v *view, p passage, report report) {
	if found, ok := find(p.lexicon.Exercise, p); ok && v.live && !IsTestEvent(p.event) {
		report(p.path, found)
	}
}

// textsIdentical compares descriptions and instructions across languages; a
// region alone makes no other language, but Leichte Sprache is one.
func textsIdentical(v *view, report report) {
	first := map[[sha256.Size]byte]*block{}
	for _, b := range v.blocks {
		for _, p := range []struct{ part, text string }{{description, b.text.Description}, {instruction, b.text.Instruction}} {
			words := strings.Fields(fold(p.text))
			if len(words) == 0 {
				continue
			}
			key := sha256.Sum256([]byte(p.part + " " + strings.Join(words, " ")))
			if other := first[key]; other == nil {
				first[key] = b
			} else if readers(other.language) != readers(b.language) {
				report(b.textPrefix+p.part, other.language, b.language)
				break
			}
		}
	}
}

// readers is the language of a tag as its readers tell languages apart.
func readers(tag string) string {
	tag = strings.ToLower(tag)
	if slices.ContainsFunc(strings.Split(tag, "-"), func(s string) bool { return s == "ls" || s == "simple" }) {
		return baseOf(tag) + "-simple"
	}
	return baseOf(tag)
}

func textsRepeated(v *view, report report) {
	for _, b := range v.blocks {
		words := func(text string) string { return strings.Join(strings.Fields(fold(text)), " ") }
		says := words(b.text.Description)
		if says == "" {
			continue
		}
		if says == words(b.text.Headline) {
			report(b.textPrefix+description, saying{"headline", "Überschrift"})
		}
		if says == words(b.text.Instruction) {
			report(b.textPrefix+instruction, saying{"description", "Beschreibung"})
		}
	}
}

// scripts are the alphabets of languages that one would notice at once.
var scripts = map[string][]*unicode.RangeTable{
	"ar": {unicode.Arabic}, "fa": {unicode.Arabic}, "ur": {unicode.Arabic}, "he": {unicode.Hebrew},
	"ru": {unicode.Cyrillic}, "uk": {unicode.Cyrillic}, "bg": {unicode.Cyrillic}, "be": {unicode.Cyrillic}, "mk": {unicode.Cyrillic},
	"el": {unicode.Greek}, "hy": {unicode.Armenian}, "ka": {unicode.Georgian}, "th": {unicode.Thai}, "km": {unicode.Khmer},
	"lo": {unicode.Lao}, "my": {unicode.Myanmar}, "am": {unicode.Ethiopic}, "hi": {unicode.Devanagari}, "ne": {unicode.Devanagari},
	"bn": {unicode.Bengali}, "ta": {unicode.Tamil}, "zh": {unicode.Han}, "ja": {unicode.Han, unicode.Hiragana, unicode.Katakana},
	"ko": {unicode.Hangul}, "en": latin, "de": latin, "fr": latin, "es": latin, "pt": latin, "it": latin, "nl": latin,
	"pl": latin, "tr": latin, "cs": latin, "sv": latin, "da": latin, "fi": latin, "hu": latin, "ro": latin, "id": latin, "vi": latin,
}

var latin = []*unicode.RangeTable{unicode.Latin}

// languageScript finds texts with less than half of their letters in the
// alphabet of their language.
func languageScript(_ *view, p passage, report report) {
	tables, known := scripts[baseOf(p.language)]
	if !known {
		return
	}
	letters, own := 0, 0
	for _, r := range p.text {
		if unicode.IsLetter(r) {
			letters++
			if unicode.In(r, tables...) {
				own++
			}
		}
		if letters == 5000 {
			break
		}
	}
	if letters >= 10 && own*2 < letters {
		report(p.path, p.language)
	}
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
