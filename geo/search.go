// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// searchKeys are a name's forms for comparing: umlauts written out ("koeln") and
// left out ("koln"), so that a person finds it whichever way they type.
type searchKeys struct{ full, bare string }

func newSearchKeys(name string) searchKeys {
	return searchKeys{full: fold(name, true), bare: fold(name, false)}
}

// fold lowers the letters, spells ä ö ü ß out (ae oe ue ss) or bares them
// (a o u ss), strips other accents, and puts one blank for anything between words.
func fold(s string, spellOut bool) string {
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		switch {
		case c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c)):
			b.WriteRune(c)
		case c == 'ß':
			b.WriteString("ss")
		case spellOut && strings.ContainsRune("äöü", c):
			b.WriteByte(accents[c])
			b.WriteByte('e')
		case accents[c] != 0:
			b.WriteByte(accents[c])
		case c == 'æ':
			b.WriteString("ae")
		case c == 'œ':
			b.WriteString("oe")
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			b.WriteRune(c)
		case unicode.Is(unicode.Mn, c): // a combining accent
		case b.Len() > 0 && !strings.HasSuffix(b.String(), " "):
			b.WriteByte(' ')
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}

// accents maps the accented Latin letters of Germany and its neighbours, of
// Sorbian too, to their base.
var accents = func() map[rune]byte {
	table := map[rune]byte{}
	for base, letters := range map[byte]string{
		'a': "äàáâãåą", 'c': "çćč", 'd': "ďđ", 'e': "èéêëęě", 'i': "ìíîï", 'l': "łľ", 'n': "ñńň",
		'o': "öòóôõøő", 'r': "řŕ", 's': "śšş", 't': "ťţ", 'u': "üùúûůű", 'y': "ýÿ", 'z': "źżž",
	} {
		for _, c := range letters {
			table[c] = base
		}
	}
	return table
}()

// The ranks of a match, best first.
const (
	matchWhole = iota // the whole name
	matchStart        // the name's beginning
	matchWord         // the beginning of a later word
	matchNone
)

func (k searchKeys) match(query searchKeys) int {
	return min(matchOne(k.full, query.full), matchOne(k.bare, query.bare))
}

func matchOne(name, query string) int {
	if rest, ok := strings.CutPrefix(name, query); ok {
		if rest == "" {
			return matchWhole
		}
		return matchStart
	}
	for i := 0; ; i++ {
		next := strings.IndexByte(name[i:], ' ')
		if next < 0 {
			return matchNone
		}
		i += next
		if strings.HasPrefix(name[i+1:], query) {
			return matchWord
		}
	}
}

// ranked is a match waiting to be sorted.
type ranked[T any] struct {
	value      T
	rank       int
	level      Level
	population int
	name       string
}

// best sorts the matches - whole name, beginning, later word; in each the most
// people first, then the larger region, then by name - and returns up to limit.
func best[T any](matches []ranked[T], limit int) []T {
	slices.SortStableFunc(matches, func(a, b ranked[T]) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.population, a.population),
			cmp.Compare(a.level, b.level), strings.Compare(a.name, b.name))
	})
	values := make([]T, 0, min(limit, len(matches)))
	for _, m := range matches[:min(limit, len(matches))] {
		values = append(values, m.value)
	}
	return values
}

// Search finds regions by name or by the beginning of their key, for type-ahead:
// up to limit regions, the best match first. Case, accents and the ways to write
// umlauts do not matter. An empty query finds nothing.
func (r *Regions) Search(query string, limit int) []Region {
	var matches []ranked[Region]
	r.searchInto(query, func(i, rank int) {
		region := r.list[i]
		matches = append(matches, ranked[Region]{region, rank, region.ARS.Level(), region.Population, region.Name})
	})
	return best(matches, limit)
}

func (r *Regions) searchInto(query string, found func(i, rank int)) {
	keys := newSearchKeys(query)
	if keys.full == "" {
		return
	}
	digits := strings.Trim(strings.ReplaceAll(query, " ", ""), "0123456789") == ""
	for i, region := range r.list {
		rank := r.names[i].match(keys)
		if digits && strings.HasPrefix(region.ARS.Full(), strings.ReplaceAll(query, " ", "")) {
			rank = matchStart
		}
		if rank < matchNone {
			found(i, rank)
		}
	}
}
