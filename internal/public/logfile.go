// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/tlog"
)

const (
	logLinesPath = "/log/entries.jsonl"
	logTablePath = "/log/entries.csv"
	contentLines = "application/jsonl; charset=utf-8"
	contentTable = "text/csv; charset=utf-8; header=present"
	// logFileSize is how many entries a file holds; a Link header leads to the
	// rest, and the log's tiles hold all.
	logFileSize = 10_000
)

// logRecord is an entry in a file: docs/formats/public.md.
type logRecord struct {
	Index      int64     `json:"index"`
	Time       time.Time `json:"time"`
	Kind       tlog.Kind `json:"kind"`
	Authority  string    `json:"authority"`
	Realm      string    `json:"realm"`
	Warning    string    `json:"warning,omitempty"`
	Identifier string    `json:"identifier,omitempty"`
	Sender     string    `json:"sender,omitempty"`
	Sent       string    `json:"sent,omitempty"`
	Expires    string    `json:"expires,omitempty"`
	Areas      []string  `json:"areas,omitempty"`
	AreaNames  []string  `json:"areaNames,omitempty"`
	Headline   string    `json:"headline,omitempty"`
	// SignedBy has action, role, guard and key id of each signature.
	SignedBy []string `json:"signedBy,omitempty"`
	Key      string   `json:"key,omitempty"`
	Guard    string   `json:"guard,omitempty"`
	Holder   string   `json:"holder,omitempty"`
	Roles    []string `json:"roles,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Signal   string   `json:"signal,omitempty"`
	Grantee  string   `json:"grantee,omitempty"`
	// Hash is the leaf's in the tree, in hexadecimal digits, Leaf its text.
	Hash string `json:"hash"`
	Leaf string `json:"leaf"`
}

func (role *Role) logRecord(e logEntry) logRecord {
	l := e.leaf
	hash := merkle.RecordHash(e.raw)
	r := logRecord{
		Index: e.index, Time: l.Time, Kind: l.Kind, Authority: l.Authority, Realm: string(l.Realm), Warning: l.Warning,
		Identifier: l.Identifier, Sender: l.Sender, Sent: l.Sent, Expires: l.Expires, Areas: l.Areas,
		Guard: string(l.Guard), Holder: l.Holder, Roles: l.Roles, Reason: l.Reason, Signal: l.Signal, Grantee: l.Grantee,
		Hash: hex.EncodeToString(hash[:]), Leaf: string(e.raw),
	}
	for _, area := range l.Areas {
		r.AreaNames = append(r.AreaNames, regionName(role.gazetteer.Regions(), area))
	}
	if e.message != nil {
		r.Headline, _ = headline(e.message, catalogue.German)
	}
	for _, a := range l.Assertions {
		r.SignedBy = append(r.SignedBy, fmt.Sprintf("%s %s %s %s", a.Action, a.Role, a.Guard, a.Key.ID()))
	}
	if l.Key != (tlog.Key{}) {
		r.Key = l.Key.ID()
	}
	return r
}

// logColumns are those of the table; Leaf is for the lines alone.
var logColumns = []string{
	"index", "time", "kind", "authority", "realm", "warning", "identifier", "sender", "sent", "expires", "areas", "areaNames", "headline",
	"signedBy", "key", "guard", "holder", "roles", "reason", "signal", "grantee", "hash",
}

func (r logRecord) columns() []string {
	list := func(values []string) string { return strings.Join(values, "; ") }
	columns := []string{
		strconv.FormatInt(r.Index, 10), r.Time.Format(time.RFC3339), string(r.Kind), r.Authority, r.Realm, r.Warning, r.Identifier, r.Sender,
		r.Sent, r.Expires, list(r.Areas), list(r.AreaNames), r.Headline, list(r.SignedBy), r.Key, r.Guard, r.Holder, list(r.Roles), r.Reason,
		r.Signal, r.Grantee, r.Hash,
	}
	for i, text := range columns {
		// A spreadsheet would compute what begins like a formula.
		if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
			columns[i] = "'" + text
		}
	}
	return columns
}

// serveLogFile serves the entries that answer a query, the newest first.
func (role *Role) serveLogFile(w http.ResponseWriter, r *http.Request, path, contentType string, write func(io.Writer) func(logRecord) error) {
	shared(w.Header())
	done, ok := role.admit(r.Context())
	if !ok {
		return
	}
	defer done()
	q := readLogQuery(r.URL.Query(), role.location)
	var found []int64
	role.ledger.View(func() { found, _ = role.index.find(q, logFileSize) })
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", cacheIndex)
	header.Set("Content-Disposition", `attachment; filename="`+strings.TrimPrefix(path, "/log/")+`"`)
	if len(found) == logFileSize {
		header.Set("Link", "<"+path+q.at(found[len(found)-1]).Encode()+`>; rel="next"`)
	}
	if r.Method == http.MethodHead {
		return
	}
	line := write(w)
	// In pieces, so that no more than one of them is in memory.
	for len(found) > 0 && r.Context().Err() == nil {
		piece := found[:min(len(found), 256)]
		found = found[len(piece):]
		for _, e := range role.logEntries(piece) {
			if line(role.logRecord(e)) != nil {
				return // the reader left
			}
		}
	}
}

func (role *Role) serveLogLines(w http.ResponseWriter, r *http.Request, _ *edition) {
	role.serveLogFile(w, r, logLinesPath, contentLines, func(w io.Writer) func(logRecord) error {
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		return func(r logRecord) error { return out.Encode(r) }
	})
}

func (role *Role) serveLogTable(w http.ResponseWriter, r *http.Request, _ *edition) {
	role.serveLogFile(w, r, logTablePath, contentTable, func(w io.Writer) func(logRecord) error {
		out := csv.NewWriter(w)
		_ = out.Write(logColumns) // the first record tells
		out.Flush()
		return func(r logRecord) error {
			_ = out.Write(r.columns()) // Flush tells
			out.Flush()
			return out.Error()
		}
	})
}
