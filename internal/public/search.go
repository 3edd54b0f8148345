// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tocsin-alert/tocsin/geo"
)

// search is the answer to a place name.
type search struct {
	Query  string
	Places []foundPlace
}

// foundPlace is a place or region of that name, and what is in force there.
type foundPlace struct {
	Name, About string
	Warnings    []card
}

const (
	longestQuery = 80 // runes
	mostFound    = 6
)

// cleanQuery makes one line of what somebody typed, and cuts it short.
func cleanQuery(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if runes := []rune(text); len(runes) > longestQuery {
		return strings.TrimSpace(string(runes[:longestQuery]))
	}
	return text
}

// search looks for the name, first in the authority's territory, and answers for
// each match what is in force there.
func (role *Role) search(e *edition, query string, cards []card) *search {
	s := &search{Query: query}
	for _, match := range role.matches(query) {
		found := foundPlace{Name: match.Name, About: match.Kind}
		if match.Within != "" && match.Within != match.Name {
			found.About += ", " + match.Within
		}
		for i, w := range e.inForce {
			if role.applies(role.message(e, w.Last()), match) {
				found.Warnings = append(found.Warnings, cards[i])
			}
		}
		s.Places = append(s.Places, found)
	}
	return s
}

func (role *Role) matches(query string) []geo.Match {
	var found []geo.Match
	for _, territory := range append(slices.Clone(role.authority.Territory), geo.Federation) {
		for _, match := range role.gazetteer.Search(query, territory, mostFound) {
			known := slices.ContainsFunc(found, func(m geo.Match) bool {
				return m.Name == match.Name && m.ARS == match.ARS && m.Kind == match.Kind
			})
			if !known && len(found) < mostFound {
				found = append(found, match)
			}
		}
	}
	return found
}

// applies reports whether a message concerns a match: for a place, whether it
// stands in the area; for a region, whether the area touches it. Where outlines
// are missing it rather says yes.
func (role *Role) applies(m message, match geo.Match) bool {
	if match.Point == nil {
		return concerns(m.regions, match.ARS)
	}
	area := m.Content.Area
	return role.gazetteer.Regions().Covers(area, *match.Point, match.ARS) || partOf(area, match.ARS)
}

// partOf reports whether the area names a part of the region that a place lies
// in: the place may be in that part.
func partOf(area geo.Area, region geo.ARS) bool {
	return region != "" && slices.ContainsFunc(area.ARS, region.Contains)
}
