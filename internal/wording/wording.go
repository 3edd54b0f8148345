// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package wording knows how a warning is said: the events and levels that it
// can be about, and templates to start from. Its texts are checked before anyone
// releases them by the rules of package cap/check, to which it adds what it knows
// of the event. Events, levels, templates and blanks are data in the folder data.
// The package is pure.
package wording

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
)

// Text is what a message says in one language.
type Text struct {
	Headline    string `yaml:"headline" json:"headline"`
	Description string `yaml:"description" json:"description"`
	// Instruction is one action per line.
	Instruction string `yaml:"instruction" json:"instruction"`
}

// Words is a short text by language tag.
type Words map[string]string

// In is the text in the language, or in the one that the catalogue gives in its
// place, or in German.
func (w Words) In(tag string) string {
	for _, candidate := range []string{tag, catalogue.For(tag).Tag()} {
		if text, ok := w[candidate]; ok {
			return text
		}
	}
	return w[catalogue.German]
}

//go:embed data
var data embed.FS

// The tables are read once and never written again. A file that cannot be read
// is a defect of the build, so it stops the program at its start.
var (
	events       = mustRead[[]Event]("data/events.yaml")
	levels       = mustRead[[]Level]("data/levels.yaml")
	placeholders = mustRead[[]Placeholder]("data/placeholders.yaml")
	templates    = mustReadTemplates()
)

func mustRead[T any](name string) T {
	content, err := data.ReadFile(name)
	if err != nil {
		panic("wording: " + err.Error())
	}
	value, err := decode[T](content)
	if err != nil {
		panic("wording: read " + name + ": " + err.Error())
	}
	return value
}

func mustReadTemplates() []Template {
	names, err := fs.Glob(data, "data/templates/*.yaml")
	if err != nil {
		panic("wording: " + err.Error())
	}
	var all []Template
	for _, name := range names {
		template := mustRead[Template](name)
		template.ID = strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".yaml")
		all = append(all, template)
	}
	slices.SortFunc(all, func(a, b Template) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// decode reads one YAML document and refuses fields that it does not know.
func decode[T any](content []byte) (value T, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&value); err != nil {
		return value, fmt.Errorf("decode: %w", err)
	}
	return value, nil
}

// SirenRule says at which levels sirens fit.
type SirenRule string

// The siren rules.
const (
	SirenNever   SirenRule = "never"
	SirenExtreme SirenRule = "extreme" // level 1
	SirenDanger  SirenRule = "danger"  // levels 1 and 2
	SirenAlways  SirenRule = "always"
)

// Allows reports whether sirens fit at the level.
func (r SirenRule) Allows(level int) bool {
	switch r {
	case SirenExtreme:
		return level == 1
	case SirenDanger:
		return level == 1 || level == 2
	default:
		return r == SirenAlways
	}
}

func (r SirenRule) known() bool {
	return slices.Contains([]SirenRule{SirenNever, SirenExtreme, SirenDanger, SirenAlways}, r)
}
