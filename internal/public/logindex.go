// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// logKinds are the kinds of entries in the order in which people choose them.
var logKinds = []tlog.Kind{
	tlog.KindRelease, tlog.KindUpdate, tlog.KindEnd, tlog.KindRefusal, tlog.KindSiren, tlog.KindEnrolment,
	tlog.KindRevoke, tlog.KindRoles, tlog.KindTerritory, tlog.KindFirst, tlog.KindLast,
}

// logIndex is what people find entries of the public log by. It follows the tree,
// and stands behind it and the book in a list of projections. An entry takes some
// 300 bytes in it.
type logIndex struct {
	tree   *publiclog.Tree
	book   *warning.Book
	region func(ars string) string

	origin  string
	entries []indexedEntry
	ids     map[tlog.Key]string
}

// indexedEntry is one entry: when in Unix time, its place in logKinds, and all
// that it is found by, in lower case.
type indexedEntry struct {
	time int64
	kind uint8
	text string
}

func newLogIndex(tree *publiclog.Tree, book *warning.Book, regions *geo.Regions) *logIndex {
	return &logIndex{tree: tree, book: book, ids: map[tlog.Key]string{}, region: func(ars string) string { return regionName(regions, ars) }}
}

// regionName is the name of a region in a leaf; its key where there is none.
func regionName(regions *geo.Regions, ars string) string {
	if region, ok := regions.Lookup(geo.ARS(ars)); ok {
		return region.Name
	}
	return ars
}

// Apply implements journal.Projection.
func (x *logIndex) Apply(journal.Record) error {
	if origin := x.tree.Origin(); origin != x.origin {
		x.origin, x.entries = origin, nil
	}
	for size := x.tree.Size(); x.size() < size; {
		l, err := tlog.ParseLeaf(x.tree.Entry(x.size()))
		if err != nil {
			return fmt.Errorf("index of the public log: %w", err)
		}
		x.entries = append(x.entries, indexedEntry{
			time: l.Time.Unix(), kind: uint8(slices.Index(logKinds, l.Kind)), text: x.text(l),
		})
	}
	return nil
}

func (x *logIndex) size() int64 { return int64(len(x.entries)) }

// text joins all that an entry is found by.
func (x *logIndex) text(l *tlog.Leaf) string {
	parts := []string{l.Authority, string(l.Guard), l.Warning, l.Identifier, l.Sender, l.Holder, l.Reason, l.Signal, l.Grantee, l.Origin, l.Previous.Origin, l.Next}
	for _, area := range l.Areas {
		parts = append(parts, x.region(area), area)
	}
	if m := releasedMessage(x.book, l); m != nil {
		for _, text := range m.Content.Texts {
			parts = append(parts, text.Headline)
		}
	}
	parts = append(parts, l.Roles...)
	if l.Key != (tlog.Key{}) {
		parts = append(parts, x.id(l.Key))
	}
	for _, a := range l.Assertions {
		parts = append(parts, x.id(a.Key), string(a.Guard))
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return strings.ToLower(strings.Join(parts, "\n"))
}

// id is the key's: the same few sign most entries.
func (x *logIndex) id(k tlog.Key) string {
	id, ok := x.ids[k]
	if !ok {
		id = k.ID()
		x.ids[k] = id
	}
	return id
}

// releasedMessage is the message of an entry; nil for an entry about none. Those
// that did not go out are nobody's to read.
func releasedMessage(book *warning.Book, l *tlog.Leaf) *warning.Message {
	if !l.Kind.Carries() {
		return nil
	}
	chain, ok := book.ByMessage(l.Identifier)
	if !ok {
		return nil
	}
	m, _ := chain.Message(l.Identifier)
	return m
}

// find gives the entries that answer a query, the newest first: at most limit of
// those before q.Before, and how many there are in all.
func (x *logIndex) find(q logQuery, limit int) (found []int64, total int) {
	from, until := 0, len(x.entries)
	if !q.from.IsZero() {
		from = x.sizeAt(q.from.Add(-time.Second))
	}
	if !q.until.IsZero() {
		until = x.sizeAt(q.until.Add(-time.Second))
	}
	kind := slices.Index(logKinds, q.Kind)
	for i := until - 1; i >= from; i-- {
		e := &x.entries[i]
		if kind >= 0 && int(e.kind) != kind || !containsAll(e.text, q.words) {
			continue
		}
		total++
		if len(found) < limit && (q.Before < 0 || int64(i) < q.Before) {
			found = append(found, int64(i))
		}
	}
	return found, total
}

// sizeAt is how many entries the log had at the end of that second: time never
// goes back in a log.
func (x *logIndex) sizeAt(t time.Time) int {
	return sort.Search(len(x.entries), func(i int) bool { return x.entries[i].time > t.Unix() })
}

func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
