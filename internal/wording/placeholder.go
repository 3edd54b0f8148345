// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"regexp"
	"slices"
	"strings"
)

// blank is a placeholder as templates write it: {name}.
var blank = regexp.MustCompile(`\{([a-z][a-z0-9-]*)\}`)

// Placeholder is a blank that templates leave.
type Placeholder struct {
	Name    string `yaml:"name"`
	Label   Words  `yaml:"label"`
	Example Words  `yaml:"example"`
	// From says where a form can take the value by itself; empty when only the
	// author knows it.
	From Source `yaml:"from"`
}

// Source is where the value of a placeholder comes from.
type Source string

// The sources.
const (
	FromAuthor    Source = ""
	FromAuthority Source = "authority" // the authority's name
	FromArea      Source = "area"      // the area in words
	FromOnset     Source = "onset"     // Content.Onset, or the present time
	FromExpires   Source = "expires"   // Content.Expires
	FromPrevious  Source = "previous"  // when the message that is being changed was sent
)

// Placeholders are all placeholders that templates may use.
func Placeholders() []Placeholder { return slices.Clone(placeholders) }

// PlaceholderNames are the names of the placeholders in a text, in order of
// their first appearance.
func PlaceholderNames(text string) []string {
	var names []string
	for _, match := range blank.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, match[1]) {
			names = append(names, match[1])
		}
	}
	return names
}

// Fill puts values in the place of placeholders. A placeholder whose value is
// missing or blank stays as it is, so that it is seen and [Check] refuses it.
// Values are taken as they are: a placeholder in a value is not filled.
func Fill(text string, values map[string]string) string {
	return blank.ReplaceAllStringFunc(text, func(found string) string {
		if value := strings.TrimSpace(values[found[1:len(found)-1]]); value != "" {
			return value
		}
		return found
	})
}

// Fill fills every part of a text.
func (t Text) Fill(values map[string]string) Text {
	return Text{
		Headline:    Fill(t.Headline, values),
		Description: Fill(t.Description, values),
		Instruction: Fill(t.Instruction, values),
	}
}
