// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Difference says what the pending message of a warning changes, or, when none
// is pending, what the last one changed.
func (s *Service) Difference(_ Identity, id string) (Difference, error) {
	out := Difference{Warning: id, Changes: []Change{}}
	found := false
	s.ledger.View(func() {
		w, ok := s.view.book.Warning(id)
		if !ok {
			return
		}
		found = true
		var contents []*warning.Content
		for i := range w.Messages {
			contents = append(contents, &w.Messages[i].Content)
		}
		if w.Pending != nil {
			contents = append(contents, &w.Pending.Content)
		}
		if n := len(contents); n > 0 {
			out.First, out.Next = contents[0], contents[n-1]
			if n > 1 {
				out.Last = contents[n-2]
			}
		}
	})
	if !found {
		return Difference{}, notFound("warning.unknown", id)
	}
	if out.Next != nil {
		out.PeopleAfter = s.people(out.Next.Area)
	}
	if out.Last != nil {
		out.PeopleBefore = s.people(out.Last.Area)
		out.Changes = differences(*out.Last, *out.Next)
	}
	return out, nil
}

func (s *Service) people(area geo.Area) int {
	reach, _ := s.reach(area, "")
	return reach.People
}

// differences lists the fields in which two contents differ, in the order in
// which a reader meets them.
func differences(last, next warning.Content) []Change {
	changes := []Change{}
	plain := func(field, before, after string) {
		if before != after {
			changes = append(changes, Change{Field: field, Old: before, New: after})
		}
	}
	text := func(field, before, after string) {
		if before != after {
			changes = append(changes, Change{Field: field, Old: before, New: after, Parts: parts(before, after)})
		}
	}
	plain("event", last.Event, next.Event)
	plain("level", strconv.Itoa(int(last.Level)), strconv.Itoa(int(next.Level)))
	plain("area.name", last.Area.Name, next.Area.Name)
	plain("area.ars", joined(last.Area.ARS), joined(next.Area.ARS))
	plain("area.circles", joined(last.Area.Circles), joined(next.Area.Circles))
	plain("area.polygons", joined(last.Area.Polygons), joined(next.Area.Polygons))
	tags := slices.Sorted(maps.Keys(last.Texts))
	for _, tag := range slices.Sorted(maps.Keys(next.Texts)) {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	for _, tag := range tags {
		before, after := last.Texts[tag], next.Texts[tag]
		text("texts."+tag+".headline", before.Headline, after.Headline)
		text("texts."+tag+".description", before.Description, after.Description)
		text("texts."+tag+".instruction", before.Instruction, after.Instruction)
	}
	plain("responseTypes", joined(last.ResponseTypes), joined(next.ResponseTypes))
	plain("signal", last.Signal, next.Signal)
	plain("onset", moment(last.Onset), moment(next.Onset))
	plain("expires", moment(last.Expires), moment(next.Expires))
	plain("web", last.Web, next.Web)
	plain("contact", last.Contact, next.Contact)
	return changes
}

func joined[T any](list []T) string {
	words := make([]string, len(list))
	for i, item := range list {
		words[i] = fmt.Sprint(item)
	}
	return strings.Join(words, ", ")
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// maxCells bounds the table of a comparison; longer texts are shown as replaced.
const maxCells = 4_000_000

// parts compares two texts word by word, by a longest common subsequence.
func parts(before, after string) []Part {
	a, b := words(before), words(after)
	if len(a)*len(b) > maxCells {
		return []Part{{Op: "removed", Text: before}, {Op: "added", Text: after}}
	}
	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []Part
	add := func(op, text string) {
		if n := len(out); n > 0 && out[n-1].Op == op {
			out[n-1].Text += text
			return
		}
		out = append(out, Part{Op: op, Text: text})
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			add("same", a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			add("removed", a[i])
			i++
		default:
			add("added", b[j])
			j++
		}
	}
	return out
}

// words cuts a text into words, each with the white space that follows it.
func words(text string) []string {
	var list []string
	start, inSpace := 0, false
	for i, r := range text {
		space := unicode.IsSpace(r)
		if inSpace && !space {
			list = append(list, text[start:i])
			start = i
		}
		inSpace = space
	}
	if start < len(text) {
		list = append(list, text[start:])
	}
	return list
}
