// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/tlog"
)

func base64Std(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

// samples are one leaf of every kind.
func samples(t testing.TB) []*tlog.Leaf {
	t.Helper()
	w := newWorld(t)
	update := w.sign(w.log, tlog.KindUpdate, write(t, w.alert(2)))
	end := w.sign(w.log, tlog.KindEnd, write(t, w.alert(3)))
	at := func(kind tlog.Kind, set func(*tlog.Leaf)) *tlog.Leaf {
		l := w.base(kind, start)
		set(l)
		return l
	}
	return []*tlog.Leaf{
		w.release.leaf, update, end,
		at(tlog.KindRefusal, func(l *tlog.Leaf) {
			l.Warning, l.Identifier, l.Content, l.Reason = "de-kreis.20261123.abcdefgh", "de-kreis.20261123.abcdefgh.4", tlog.Digest{1}, "refused"
		}),
		at(tlog.KindSiren, func(l *tlog.Leaf) {
			l.Warning, l.Identifier, l.Signal = "de-kreis.20261123.abcdefgh", "de-kreis.20261123.abcdefgh.1", "warning"
			l.Areas, l.Frames = []string{"12069"}, tlog.Listing{Count: 2, Digest: tlog.Digest{2}}
		}),
		at(tlog.KindEnrolment, func(l *tlog.Leaf) {
			l.Key, l.Guard, l.Holder, l.Roles = w.ben.passkeyKey(t), tlog.Passkey, "00000000000000bb", []string{"author", "releaser"}
		}),
		at(tlog.KindRevoke, func(l *tlog.Leaf) {
			l.Key, l.Holder, l.Reason = w.ben.passkeyKey(t), "00000000000000bb", "lost"
		}),
		at(tlog.KindRoles, func(l *tlog.Leaf) { l.Holder = "00000000000000bb" }),
		at(tlog.KindTerritory, func(l *tlog.Leaf) { l.Grantee, l.Areas = "stadt", []string{"120690249249"} }),
		at(tlog.KindFirst, func(l *tlog.Leaf) {
			l.Origin, l.Previous = kreisOrigin, tlog.Tree{Origin: "log.kreis.example/2025", Size: 99, Root: [32]byte{3}}
		}),
		at(tlog.KindLast, func(l *tlog.Leaf) { l.Origin, l.Next = kreisOrigin, "log.kreis.example/2027" }),
	}
}

func TestLeafRoundTrip(t *testing.T) {
	for _, l := range samples(t) {
		t.Run(string(l.Kind), func(t *testing.T) {
			raw, err := l.Encode()
			if err != nil {
				t.Fatal(err)
			}
			again, err := tlog.ParseLeaf(raw)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(l, again); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The strict reading: of all changes of one byte, each is refused or gives
// another leaf that is written the same way.
func TestLeafHasOneForm(t *testing.T) {
	for _, l := range samples(t) {
		raw, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			for _, c := range []byte{'\n', ' ', '0', 'a', 'A', '=', '\r', 0, 0xff} {
				changed := bytes.Clone(raw)
				changed[i] = c
				oneForm(t, changed)
			}
			oneForm(t, slices.Delete(bytes.Clone(raw), i, i+1))
			oneForm(t, slices.Insert(bytes.Clone(raw), i, '\n'))
			oneForm(t, raw[:i])
		}
	}
}

func oneForm(t testing.TB, raw []byte) {
	t.Helper()
	l, err := tlog.ParseLeaf(raw)
	if err != nil {
		return
	}
	again, err := l.Encode()
	if err != nil || !bytes.Equal(again, raw) {
		t.Errorf("%q is read and comes back as %q, %v", raw, again, err)
	}
}

func TestLeafRefuses(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		name   string
		change func(*tlog.Leaf)
	}{
		{"no such kind", func(l *tlog.Leaf) { l.Kind = "other" }},
		{"a field of another kind", func(l *tlog.Leaf) { l.Grantee = "stadt" }},
		{"a missing field", func(l *tlog.Leaf) { l.Sender = "" }},
		{"no time", func(l *tlog.Leaf) { l.Time = time.Time{} }},
		{"a fraction of a second", func(l *tlog.Leaf) { l.Time = l.Time.Add(time.Millisecond) }},
		{"a line break", func(l *tlog.Leaf) { l.Identifier += "\ncap" }},
		{"letters beyond ASCII", func(l *tlog.Leaf) { l.Identifier += "ä" }},
		{"areas out of order", func(l *tlog.Leaf) { l.Areas = []string{"12069", "12054"} }},
		{"an area within another", func(l *tlog.Leaf) { l.Areas = []string{"12069", "120690249249"} }},
		{"an area that is not shortest", func(l *tlog.Leaf) { l.Areas = []string{"120690000000"} }},
		{"no area", func(l *tlog.Leaf) { l.Areas = nil }},
		{"no assertion", func(l *tlog.Leaf) { l.Assertions = nil }},
		{"five assertions", func(l *tlog.Leaf) {
			l.Assertions = slices.Repeat(l.Assertions[:1], 5)
		}},
		{"a ceremony of a software key", func(l *tlog.Leaf) { l.Assertions[0].Ceremony.Counter = 1 }},
		{"a key that is no point", func(l *tlog.Leaf) { l.Assertions[0].Key = tlog.Key{0: 4, 32: 5} }},
		{"a time that is none of CAP's", func(l *tlog.Leaf) { l.Sent = "2026-11-23T13:00:00Z" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := *w.release.leaf
			l.Areas, l.Assertions = slices.Clone(l.Areas), slices.Clone(l.Assertions)
			test.change(&l)
			if raw, err := l.Encode(); err == nil {
				t.Errorf("it was written: %s", raw)
			}
		})
	}
}

// The largest leaf that a node writes: long names, the most areas, and two passkeys.
func TestLargestLeafFits(t *testing.T) {
	w := newWorld(t)
	alert := w.alert(2)
	alert.Identifier = strings.Repeat("a", 80) + ".2"
	alert.Sender = strings.Repeat("s", 80)
	var codes []string
	for i := range 200 {
		codes = append(codes, fmt.Sprintf("120690%03d%03d", i+1, i+1))
		alert.Info[0].Area[0].Geocode[0].Value = codes[i]
		alert.Info[0].Area = append(alert.Info[0].Area, alert.Info[0].Area[0])
	}
	l := w.sign(w.log, tlog.KindUpdate, write(t, alert))
	l.Areas = l.Areas[:0]
	for i := range tlog.MaxAreas {
		l.Areas = append(l.Areas, fmt.Sprintf("12069%04d", i+1))
	}
	statement := l.Statement(tlog.Assertion{Action: tlog.ActionRequest, Role: tlog.RoleAuthor})
	l.Assertions[0] = w.anna.touch(t, statement)
	raw, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", len(raw))
}

func TestRegions(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		key := rapid.Custom(func(r *rapid.T) string {
			n := rapid.SampledFrom([]int{2, 3, 5, 9, 12}).Draw(r, "digits")
			return rapid.StringOfN(rapid.RuneFrom([]rune("012")), n, n, n).Draw(r, "key")
		})
		keys := rapid.SliceOfN(key, 1, 200).Draw(r, "keys")
		areas, err := tlog.Regions(keys)
		if err != nil {
			r.Fatal(err)
		}
		if len(areas) > tlog.MaxAreas {
			r.Fatalf("%d areas", len(areas))
		}
		again, err := tlog.Regions(areas)
		if err != nil || !slices.Equal(again, areas) {
			r.Fatalf("%v become %v, %v", areas, again, err)
		}
		for _, key := range keys {
			short, err := tlog.Regions([]string{key})
			if err != nil {
				r.Fatal(err)
			}
			if !slices.ContainsFunc(areas, func(a string) bool { return a == "00" || strings.HasPrefix(short[0], a) }) {
				r.Fatalf("%v do not hold %s", areas, key)
			}
		}
	})
}

func FuzzLeaf(f *testing.F) {
	for _, l := range samples(f) {
		raw, err := l.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) { oneForm(t, raw) })
}
