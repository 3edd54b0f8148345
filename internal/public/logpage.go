// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bytes"
	"context"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/tlog"
)

// Addresses of the log as people read it. They lie beside those of the log's own
// files (C2SP tlog-tiles), which are the checkpoint and all below tile/.
const (
	logPath        = "/log"
	logEntriesPath = "/log/entries/"
	logComparePath = "/log/compare"
	logProofPath   = "/log/proof/"
)

const (
	// logPageSize is how many entries a page shows.
	logPageSize = 50
	// logReaders is how many may search the log or fetch it at a time: a search
	// takes milliseconds, a file up to a second, and people in danger come first.
	logReaders = 2
)

// logList is the page with the newest entries, or those that answer a query.
type logList struct {
	frame
	logQuery
	// Size says how many entries the log has, Signed how far they are signed.
	Size, Signed string
	Kinds        []logKind
	// Found says how many entries answer.
	Found string
	Rows  []logRow
	// Older and Newest are addresses; empty at the end and at the beginning.
	Older, Newest string
	// Lines and Table are the same entries as files.
	Lines, Table string
}

// logKind is a kind to choose.
type logKind struct {
	Kind   tlog.Kind
	Word   string
	Chosen bool
}

// Filtered reports whether anything narrows what is shown.
func (l logList) Filtered() bool { return l.at(-1).Encode() != "" }

// admit lets a reader search the log when it is their turn. They call done after.
func (role *Role) admit(ctx context.Context) (done func(), ok bool) {
	select {
	case role.logTurns <- struct{}{}:
		return func() { <-role.logTurns }, true
	case <-ctx.Done():
		return nil, false
	}
}

func (role *Role) serveLogList(w http.ResponseWriter, r *http.Request, e *edition, tag string) {
	done, ok := role.admit(r.Context())
	if !ok {
		return
	}
	defer done()
	q := readLogQuery(r.URL.Query(), role.location)
	var found []int64
	var total int
	var size int64
	role.ledger.View(func() {
		found, total = role.index.find(q, logPageSize)
		size = role.index.size()
	})
	view := logList{frame: role.frame(e, tag, logPath+q.Encode()), logQuery: q}
	view.Title = view.T("log.page.title") + " – " + role.authority.Name
	view.Size = view.T("log.page.size", int(size))
	view.Signed = role.logSigned(view.Language)
	view.Found = view.T("log.page.found", total)
	for _, kind := range logKinds {
		view.Kinds = append(view.Kinds, logKind{kind, view.T("log.kind." + string(kind)), kind == q.Kind})
	}
	view.Rows = role.logRows(found, view.Language)
	all := q.at(-1)
	if len(found) == logPageSize && found[len(found)-1] > 0 {
		view.Older = view.Local(logPath + q.at(found[len(found)-1]).Encode())
	}
	if q.Before >= 0 {
		view.Newest = view.Local(logPath + all.Encode())
	}
	view.Lines, view.Table = logLinesPath+all.Encode(), logTablePath+all.Encode()
	role.serveLogPage(w, r, "log.html", view)
}

// logSigned says up to where the log is signed.
func (role *Role) logSigned(in catalogue.Language) string {
	s := role.logged.standing.Load()
	if s == nil {
		return in.T("log.page.unsigned-all")
	}
	return in.T("log.page.signed", in.Number(int(s.tree.Size)), in.Time(s.Signed, catalogue.LayoutShort, role.location))
}

// logRows puts entries into words.
func (role *Role) logRows(indexes []int64, in catalogue.Language) []logRow {
	entries := role.logEntries(indexes)
	rows := make([]logRow, len(entries))
	for i, e := range entries {
		rows[i] = role.logRow(e, in)
	}
	return rows
}

// logEntries reads entries; those that are not there are left out.
func (role *Role) logEntries(indexes []int64) []logEntry {
	entries := make([]logEntry, 0, len(indexes))
	role.ledger.View(func() {
		for _, index := range indexes {
			if raw := role.tree.Entry(index); raw != nil {
				entries = append(entries, logEntry{index: index, raw: raw})
			}
		}
	})
	for i := range entries {
		e := &entries[i]
		l, err := tlog.ParseLeaf(e.raw)
		if err != nil {
			panic("public: an entry that the tree took is no leaf: " + err.Error())
		}
		e.leaf = l
		role.ledger.View(func() { e.message = releasedMessage(role.book, l) })
	}
	return entries
}

// serveLogPage renders a page about the log. It is not kept: there are as many as
// there are questions.
func (role *Role) serveLogPage(w http.ResponseWriter, r *http.Request, name string, view any) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, view); err != nil {
		panic("public: render " + name + ": " + err.Error())
	}
	newBody(contentHTML, cacheIndex, role.now(), out.Bytes()).serve(w, r)
}

// logEntryPage is the page of one entry.
type logEntryPage struct {
	frame
	logRow
	// Number counts from 1, Size is that of the log.
	Number, Size string
	// UTC is the leaf's time, Leaf its text, Hash that of the tree in base64 and
	// hexadecimal digits.
	UTC, Leaf, Hash, HashDigits string
	// Message and Proof are addresses; empty where there is none.
	Message, Proof string
	// Standing says under which checkpoint the entry is.
	Standing string
	// Chain leads to all entries about the warning.
	Chain          string
	Previous, Next string
}

// Tag is the page's language: the frame's and the row's are one.
func (l logEntryPage) Tag() string { return l.frame.Tag() }

// T is the text of a key in that language.
func (l logEntryPage) T(key string, args ...any) string { return l.frame.T(key, args...) }

func (role *Role) serveLogEntry(w http.ResponseWriter, r *http.Request, e *edition, tag string) {
	index, err := strconv.ParseInt(r.PathValue("index"), 10, 64)
	entries := role.logEntries([]int64{index})
	if err != nil || len(entries) == 0 {
		role.serveMissing(w, r, e, tag)
		return
	}
	entry := entries[0]
	hash, err := entry.leaf.Hash()
	if err != nil {
		panic("public: a leaf that was read cannot be written: " + err.Error())
	}
	in := catalogue.For(tag)
	place := strconv.FormatInt(index, 10)
	size := role.tree.Size()
	view := logEntryPage{
		frame: role.frame(e, tag, logEntriesPath+place), logRow: role.logRow(entry, in),
		Number: in.Number(int(index + 1)), Size: in.Number(int(size)),
		UTC: entry.leaf.Time.Format(time.RFC3339), Leaf: string(entry.raw), Hash: hash.String(), HashDigits: hex.EncodeToString(hash[:]),
	}
	view.Title = in.T("log.page.entry", place) + " – " + role.authority.Name
	view.Standing = in.T("log.page.unsigned")
	if s := role.logged.standing.Load(); s != nil {
		if checkpoint, grade := s.Best(index, role.now()); checkpoint != nil {
			view.Proof = logProofPath + place
			view.Standing = in.T("log.page.grade." + strings.ToLower(string(grade)))
		}
	}
	if entry.message != nil {
		view.Message = capPath(entry.message.Identifier)
	}
	if entry.leaf.Warning != "" {
		view.Chain = view.Local(logPath + "?q=" + url.QueryEscape(entry.leaf.Warning))
	}
	if index > 0 {
		view.Previous = view.Local(logEntriesPath + strconv.FormatInt(index-1, 10))
	}
	if index+1 < size {
		view.Next = view.Local(logEntriesPath + strconv.FormatInt(index+1, 10))
	}
	role.serveLogPage(w, r, "logentry.html", view)
}

// serveLogProof serves the proof of any entry.
func (role *Role) serveLogProof(w http.ResponseWriter, r *http.Request, s *standing) {
	index, err := strconv.ParseInt(r.PathValue("index"), 10, 64)
	switch size := role.tree.Size(); {
	case err != nil || index < 0 || index >= size:
		role.serveNothing(w, "The public log has no such entry.", "Entries are numbered from 0; "+logPath+" lists them.")
		return
	case index >= s.tree.Size:
		serveUnsigned(w, "The public log has this entry, and no signed checkpoint over it yet.")
		return
	}
	made := s.asked.get(logProofPath+strconv.FormatInt(index, 10), func() *body {
		proof := role.prove(s, index)
		if proof == nil {
			return nil
		}
		return newBody(contentText, cacheIndex, s.Signed, proof.Text())
	})
	if made == nil {
		role.serveNothing(w, "This entry cannot be proved.", "Take the tiles, "+logPrefix+"tile/.")
		return
	}
	made.serve(w, r)
}
