// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
)

// words writes texts and numbers in one language.
type words struct {
	catalogue.Language
	terrain bool // it was reckoned over terrain
}

// model names a model and its settings.
func (w words) model(a earshot.Assumptions) string { return Model(w.Language, a, w.terrain) }

// Model names a model and its settings in a language, and by what terrain shades
// where it was reckoned over some.
func Model(l catalogue.Language, a earshot.Assumptions, terrain bool) string {
	a, w := a.Filled(), words{Language: l}
	name := w.T("plan.model.cpg117", w.decimal(a.PerDoubling, 0))
	if a.Model == earshot.ISO9613 {
		name = w.T("plan.model.iso9613", w.decimal(*a.Temperature, 0), w.decimal(*a.Humidity, 0), w.decimal(*a.Ground, 1))
	}
	if terrain {
		name = w.T("plan.model.terrain", name, strconv.Itoa(a.Edition))
	}
	return name
}

// region names a region; boundaries of Gemeinden alone do not name their Kreise.
func (w words) region(name string, ars geo.ARS) string {
	switch {
	case name != "":
		return name
	case ars.Level() == geo.LevelKreis:
		return w.T("plan.report.kreis", string(ars))
	}
	return string(ars)
}

// level writes a level in dB(A), with a decimal where it has one.
func (w words) level(level float64) string {
	if level == math.Trunc(level) {
		return w.decimal(level, 0)
	}
	return w.decimal(level, 1)
}

// whole writes a number of people or euros.
func whole[N int | int64 | float64](w words, n N) string {
	return w.Number(int(math.Round(float64(n))))
}

// percent writes a part of a whole in per cent, without the sign.
func (w words) percent(part, whole float64) string {
	if whole == 0 {
		return w.decimal(0, 1)
	}
	return w.decimal(100*part/whole, 1)
}

// decimal writes a number with a comma in German.
func (w words) decimal(n float64, digits int) string {
	text := strconv.FormatFloat(n, 'f', digits, 64)
	if w.Tag() == catalogue.English {
		return text
	}
	return strings.Replace(text, ".", ",", 1)
}

// list joins names as a sentence does: "A, B and C".
func (w words) list(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " " + w.T("plan.report.and") + " " + names[n-1]
	}
}
