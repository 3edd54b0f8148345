// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/tlog"
)

// logQuery says which entries of the log somebody wants to see.
type logQuery struct {
	// Text are words that all stand in what an entry is found by.
	Text string
	// Kind is empty for all kinds.
	Kind tlog.Kind
	// From and Until are the first and last day, as YYYY-MM-DD or empty.
	From, Until string
	// Before is the index that those shown lie before; negative for the newest.
	Before int64

	words       []string
	from, until time.Time // from the one, before the other; zero for always
}

// readLogQuery reads the fields of the form. What it cannot read it leaves out;
// the page shows which conditions hold. Days are those of the location.
func readLogQuery(v url.Values, location *time.Location) logQuery {
	q := logQuery{Text: cleanQuery(v.Get("q")), Kind: tlog.Kind(v.Get("kind")), Before: -1}
	q.words = strings.Fields(strings.ToLower(q.Text))
	if !slices.Contains(logKinds, q.Kind) {
		q.Kind = ""
	}
	if day, err := time.ParseInLocation(time.DateOnly, v.Get("from"), location); err == nil {
		q.From, q.from = v.Get("from"), day
	}
	if day, err := time.ParseInLocation(time.DateOnly, v.Get("until"), location); err == nil {
		q.Until, q.until = v.Get("until"), day.AddDate(0, 0, 1)
	}
	if before, err := strconv.ParseInt(v.Get("before"), 10, 64); err == nil && before >= 0 {
		q.Before = before
	}
	return q
}

// Encode writes the query as the part of an address behind the path: "" for the
// newest entries of all kinds.
func (q logQuery) Encode() string {
	v := url.Values{}
	for key, value := range map[string]string{"q": q.Text, "kind": string(q.Kind), "from": q.From, "until": q.Until} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if q.Before >= 0 {
		v.Set("before", strconv.FormatInt(q.Before, 10))
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// at is the query for the entries before an index; negative for the newest.
func (q logQuery) at(before int64) logQuery {
	q.Before = before
	return q
}
