// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/warning"
)

const (
	// feedStay is how long a message stays in the feeds after it stopped to hold,
	// so that no poller misses that it was replaced or ended.
	feedStay = 48 * time.Hour
	// clearStay is how long an all-clear stands on the front page.
	clearStay = 24 * time.Hour
)

// selection is what is to be shown at one time.
type selection struct {
	// inForce are the warnings in force, the gravest first.
	inForce []*warning.Warning
	// cleared are the warnings that ended a short time ago, the latest first.
	cleared []*warning.Warning
	// recent are the chains of which the feeds carry messages, the latest first.
	recent []*warning.Warning
	// now is when the selection was made, after so many news; until is when time
	// alone changes it, zero for never.
	now, until time.Time
	news       news
	// seals names the grades of all that is shown.
	seals string
}

func selectFrom(book *warning.Book, now time.Time) selection {
	s := selection{inForce: book.InForce(now), now: now}
	for _, w := range book.All() {
		last := w.Last()
		if last == nil {
			continue
		}
		if w.InForce(now) {
			s.changesAt(last.Content.Expires)
		}
		if clear := last.Sent.Add(clearStay); w.Status == warning.StatusEnded && now.Before(clear) {
			s.cleared = append(s.cleared, w)
			s.changesAt(clear)
		}
		if ends := feedMessages(w, now); len(ends) > 0 {
			s.recent = append(s.recent, w)
			for _, i := range ends {
				s.changesAt(holdsUntil(w, i).Add(feedStay))
			}
		}
	}
	latest := func(x, y *warning.Warning) int { return y.Last().Sent.Compare(x.Last().Sent) }
	slices.SortStableFunc(s.cleared, latest)
	slices.SortStableFunc(s.recent, latest)
	return s
}

// changesAt takes note that the selection changes at t.
func (s *selection) changesAt(t time.Time) {
	if t.After(s.now) && (s.until.IsZero() || t.Before(s.until)) {
		s.until = t
	}
}

// version names the selection: two with the same version show the same.
func (s *selection) version() string {
	h := sha256.New()
	for _, w := range s.inForce {
		fmt.Fprintln(h, "in force", w.Last().Identifier)
	}
	for _, w := range s.cleared {
		fmt.Fprintln(h, "cleared", w.Last().Identifier)
	}
	for _, w := range s.recent {
		fmt.Fprintln(h, "recent", w.Last().Identifier, feedMessages(w, s.now))
	}
	fmt.Fprintln(h, "seals", s.seals)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// statusOf is where a warning stands, also when the record of its expiry has not
// been written yet.
func statusOf(w *warning.Warning, now time.Time) warning.Status {
	if w.Status == warning.StatusInForce && !w.InForce(now) {
		return warning.StatusExpired
	}
	return w.Status
}

// holdsUntil is when the i-th message of a warning was replaced, or runs out.
func holdsUntil(w *warning.Warning, i int) time.Time {
	if i+1 < len(w.Messages) {
		return w.Messages[i+1].Sent
	}
	return w.Messages[i].Content.Expires
}

// feedMessages are the numbers, from 0 and the newest first, of the warning's
// messages that the feeds carry.
func feedMessages(w *warning.Warning, now time.Time) []int {
	var kept []int
	for i := range slices.Backward(w.Messages) {
		if now.Before(holdsUntil(w, i).Add(feedStay)) {
			kept = append(kept, i)
		}
	}
	return kept
}
