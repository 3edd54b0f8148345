// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"maps"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/cap/check"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/siren/tone"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/wording"
)

// Levels lists the warning levels, the gravest first.
func (s *Service) Levels() []LevelInfo {
	list := []LevelInfo{}
	for _, l := range wording.Levels() {
		list = append(list, LevelInfo{
			Level: warning.Level(l.Number), Name: Words(l.Name), Meaning: Words(l.Meaning),
			Colour: l.Colour, Shape: l.Shape, ShapeName: l.ShapeName,
			Validity: seconds(l.Validity), Longest: seconds(check.LongestValidity(l.Number)),
		})
	}
	return list
}

// Events lists the events that a warning can be about.
func (s *Service) Events() []EventInfo {
	list := []EventInfo{}
	for _, e := range wording.Events() {
		info := EventInfo{
			Code: e.Code, Name: Words(e.Name), Categories: listed(e.Categories), ResponseTypes: listed(e.Responses),
			Signals: map[warning.Level]string{}, Vague: e.Vague, Test: e.Test,
		}
		for _, l := range wording.Levels() {
			info.Signals[warning.Level(l.Number)] = e.Signal(l.Number)
		}
		list = append(list, info)
	}
	return list
}

// Signals lists the siren signals.
func (s *Service) Signals() []SignalInfo {
	list := []SignalInfo{}
	for _, signal := range s.o.Signals {
		info := SignalInfo{
			Number: signal.Number, Name: signal.Name, Title: Words{}, Sounds: Words{}, Test: signal.Test,
			Duration: signal.Duration().Seconds(), Segments: listed(signal.Segments),
		}
		for _, tag := range []string{catalogue.German, catalogue.English} {
			words := catalogue.For(tag)
			info.Title[tag], info.Sounds[tag] = words.T(signal.TitleKey()), tone.Describe(signal, words)
		}
		list = append(list, info)
	}
	return list
}

// Templates lists the prepared warnings.
func (s *Service) Templates() []TemplateInfo {
	list := []TemplateInfo{}
	for _, t := range wording.Templates() {
		info := TemplateInfo{
			ID: t.ID, Title: Words(t.Name), Question: Words(t.Question), Release: Words(t.Release), Event: t.Event,
			Related: listed(t.Related), ResponseTypes: listed(t.Responses), Level: warning.Level(t.Level), Signal: t.Signal(t.Level),
			Levels: []TemplateLevel{}, Reason: Words(t.Siren.Reason), Speech: Words(t.Speech),
			Expires: seconds(t.Validity), UpdateEvery: seconds(t.UpdateEvery), Radius: t.Radius * 1000,
			Parts: map[string]TemplatePart{},
		}
		for _, level := range slices.Sorted(maps.Keys(t.Levels)) {
			info.Levels = append(info.Levels, TemplateLevel{Level: warning.Level(level), When: Words(t.Levels[level]), Signal: t.Signal(level)})
		}
		alert := templatePart(t, wording.PartAlert)
		info.Texts, info.Blanks = alert.Texts, alert.Blanks
		for _, part := range []wording.Part{wording.PartUpdate, wording.PartCorrection, wording.PartAllClear} {
			info.Parts[string(part)] = templatePart(t, part)
		}
		list = append(list, info)
	}
	return list
}

func templatePart(t wording.Template, part wording.Part) TemplatePart {
	out := TemplatePart{Texts: map[string]warning.Text{}, Blanks: []TemplateBlank{}}
	for _, tag := range t.Languages() {
		out.Texts[tag] = warning.Text(t.Text(part, tag))
	}
	for _, blank := range t.Placeholders(part) {
		out.Blanks = append(out.Blanks, TemplateBlank{
			Name: blank.Name, Label: Words(blank.Label), Example: Words(blank.Example), From: string(blank.From),
		})
	}
	return out
}

func seconds(d time.Duration) int { return int(d / time.Second) }
