// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/cap"
)

// nineLanguages are those in which the federal warning system publishes.
var nineLanguages = []string{"de", "de-LS", "en", "ar", "es", "fr", "pl", "ru", "tr"}

func nineLanguagesMissing(v *view, report report) {
	if !v.german || len(v.infos) == 0 {
		return
	}
	var english, german []string
	for _, language := range nineLanguages[1:] {
		if !v.speaks(language) {
			name := languageName(language)
			english, german = append(english, name.English), append(german, name.German)
		}
	}
	if len(english) > 0 {
		report("alert/info", saying{strings.Join(english, ", "), strings.Join(german, ", ")})
	}
}

func eventCodeMissing(v *view, report report) {
	if len(v.infos) > 0 && !slices.ContainsFunc(v.blocks, func(b *block) bool { return b.event != "" }) {
		report(v.infos[0].path + "eventCode")
	}
}

// regionalKey is one regional key of a message with its place.
type regionalKey struct{ value, path string }

// regionalKeys are the keys of geocodes named for them, and of the parameter in
// which MoWaS lists them.
func regionalKeys(v *view) []regionalKey {
	var keys []regionalKey
	seen := map[string]bool{}
	add := func(value, path string) {
		if value = strings.TrimSpace(value); !seen[value] {
			seen[value] = true
			keys = append(keys, regionalKey{value, path})
		}
	}
	for _, info := range v.infos {
		for i, area := range info.Area {
			for j, code := range area.Geocode {
				if isKeyName(code.ValueName) {
					add(code.Value, fmt.Sprintf("%sarea[%d]/geocode[%d]", info.path, i+1, j+1))
				}
			}
		}
		for i, p := range info.Parameter {
			if p.ValueName == "warnVerwaltungsbereiche" {
				for key := range strings.SplitSeq(p.Value, ",") {
					add(key, fmt.Sprintf("%sparameter[%d]", info.path, i+1))
				}
			}
		}
	}
	return keys
}

// isKeyName is true for the names under which regional keys are written: ARS,
// RS and AGS, alone or at the end of a URN.
func isKeyName(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	name = name[strings.LastIndexAny(name, ":/#")+1:]
	return slices.Contains([]string{"ars", "rs", "ags", "regionalschluessel", "regionalschlüssel", "gemeindeschluessel", "gemeindeschlüssel"}, name)
}

func keysMissing(v *view, report report) {
	if len(v.infos) > 0 && len(v.infos[0].Area) > 0 && len(regionalKeys(v)) == 0 {
		report(v.infos[0].path + "area[1]/geocode")
	}
}

// municipalKey finds eight digits: the older key of a Gemeinde, or of a Kreis
// with zeros, without the association of communities.
func municipalKey(v *view, report report) {
	for _, key := range regionalKeys(v) {
		if len(key.value) == 8 && digitsOnly(key.value) {
			report(key.path, key.value)
		}
	}
}

func keyForm(v *view, report report) {
	for _, key := range regionalKeys(v) {
		if !digitsOnly(key.value) || len(key.value) != 12 && len(key.value) != 8 {
			report(key.path, key.value)
		}
	}
}

func keyLand(v *view, report report) {
	for _, key := range regionalKeys(v) {
		if len(key.value) != 12 || !digitsOnly(key.value) {
			continue
		}
		if land := key.value[:2]; (land < "01" || land > "16") && key.value != "000000000000" {
			report(key.path, key.value, land)
		}
	}
}

func digitsOnly(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// swappedPoints finds areas that lie in Germany once longitude and latitude
// change places, and nowhere near it as they stand.
func swappedPoints(_ *view, a *cap.Area, path string, report report) {
	swapped := func(p cap.Point) bool { return p.Lat > 5 && p.Lat < 16 && p.Lon > 47 && p.Lon < 56 }
	for i, polygon := range a.Polygon {
		if len(polygon) > 0 && swapped(polygon[0]) {
			report(fmt.Sprintf("%s/polygon[%d]", path, i+1), polygon[0].String())
		}
	}
	for i, circle := range a.Circle {
		if swapped(circle.Center) {
			report(fmt.Sprintf("%s/circle[%d]", path, i+1), circle.Center.String())
		}
	}
}

func levelUnstated(v *view, report report) {
	if len(v.blocks) > 0 && !v.blocks[0].stated && v.blocks[0].level > 0 {
		report(v.blocks[0].paths.level, v.blocks[0].level, string(v.infos[0].Severity))
	}
}

// levelDiffers compares all places where a message states its level.
func levelDiffers(v *view, report report) {
	first := 0
	for _, info := range v.infos {
		for _, s := range levelStatements(info) {
			switch {
			case first == 0:
				first = s.level
			case s.level != first:
				report(s.path, s.level, first)
			}
		}
	}
}

// levelSeverity finds a severity that stands for another level on every channel.
func levelSeverity(v *view, report report) {
	seen := once{}
	for i, info := range v.infos {
		b := v.blocks[i]
		if !b.stated || !b.levelKnown() || !seen.first([]any{b.level, info.Severity}) {
			continue
		}
		public, broadcast := PublicGrading(b.level).Severity, BroadcastGrading(b.level).Severity
		if info.Severity != public && info.Severity != broadcast {
			report(info.path+"severity", string(info.Severity), b.level, string(public))
		}
	}
}

// broadcast calls look for each grading of a message that goes to phones.
func broadcast(look func(info infoView, b *block, derived Broadcast, known bool, report report)) func(*view, report) {
	return func(v *view, report report) {
		if v.kind == KindAllClear || !v.live {
			return
		}
		seen := once{}
		for i, info := range v.infos {
			b, grading := v.blocks[i], gradingOf(info.Info)
			if !seen.first([]any{grading, b.level, b.stated}) {
				continue
			}
			derived, known := DEAlert(v.alert.Status, v.alert.Scope, grading)
			look(info, b, derived, known, report)
		}
	}
}

func broadcastDerived(info infoView, b *block, derived Broadcast, known bool, report report) {
	if known && b.stated && derived.Level == b.level {
		report(info.path+"severity", b.level, fmt.Sprint(derived.German), fmt.Sprint(derived.Foreign), derived.Title)
	}
}

func broadcastLevel(info infoView, b *block, derived Broadcast, known bool, report report) {
	if known && b.stated && b.levelKnown() && derived.Level != b.level {
		report(info.path+"severity", derived.Level, fmt.Sprint(derived.German), fmt.Sprint(derived.Foreign), derived.Title, b.level)
	}
}

// broadcastGrading finds gradings of which no phone alert can be made. Those of
// pages and feeds at levels 2 and 3 are among them: each channel has its own.
func broadcastGrading(info infoView, b *block, _ Broadcast, known bool, report report) {
	if known || !b.stated || !b.levelKnown() {
		return
	}
	want, _ := DEAlert(cap.StatusActual, cap.ScopePublic, BroadcastGrading(b.level))
	report(info.path+"severity", gradingOf(info.Info).String(), b.level, BroadcastGrading(b.level).String(),
		fmt.Sprint(want.German), fmt.Sprint(want.Foreign), want.Title)
}

// The lengths of a cell broadcast in characters: what is planned for German
// messages, and what 15 pages hold beside the language, in GSM 7 bit and in
// units of 16 bits (3GPP TS 23.041).
const (
	broadcastPlanned = 500
	broadcastGSM     = 1392
	broadcastWide    = 614
)

// broadcastText is what phones would show of a block: what it is, and what to do.
func broadcastText(b *block) string {
	parts := slices.DeleteFunc([]string{b.text.Headline, b.text.Instruction}, blank)
	return strings.Join(parts, " - ")
}

func broadcastLong(v *view, report report) {
	for _, b := range v.blocks {
		if n := utf8.RuneCountInString(broadcastText(b)); v.kind != KindAllClear && n > broadcastPlanned && !tooLongForBroadcast(b) {
			report(b.textPrefix+instruction, n, broadcastPlanned)
		}
	}
}

func broadcastTooLong(v *view, report report) {
	for _, b := range v.blocks {
		if v.kind != KindAllClear && tooLongForBroadcast(b) {
			length, wide := broadcastLength(broadcastText(b))
			most := broadcastGSM
			if wide {
				most = broadcastWide
			}
			report(b.textPrefix+instruction, length, most)
		}
	}
}

func tooLongForBroadcast(b *block) bool {
	length, wide := broadcastLength(broadcastText(b))
	return wide && length > broadcastWide || !wide && length > broadcastGSM
}

// wideCharacters finds single characters that make a text of a language that
// GSM 7 bit can write need twice the room. What has a plain twin is another
// rule's.
func wideCharacters(_ *view, p passage, report report) {
	if !slices.Contains([]string{"de", "en", "nl", "sv", "da", "nb", "no", "fi", "it"}, baseOf(p.language)) || p.part == description {
		return
	}
	found := outsideGSM(PlainCharacters(p.text))
	found = slices.DeleteFunc(found, func(r rune) bool { return len(pictures(string(r)))+len(unprintable(string(r))) > 0 || r == '\t' })
	if len(found) > 0 && len(found) < 20 {
		report(p.path, codePoints(found))
	}
}

// shortForm is the length of the longer of the two short forms that boards and
// push services take.
const shortForm = 360

func shortFormLong(v *view, report report) {
	for _, b := range v.blocks {
		first := ""
		if all := sentences(b.text.Instruction); len(all) > 0 {
			first = all[0]
		}
		if n := utf8.RuneCountInString(b.text.Headline+" "+first) + 1; first != "" && n > shortForm {
			report(b.textPrefix+instruction, n, shortForm)
		}
	}
}
