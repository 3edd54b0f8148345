// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/tlog"
)

// logCompare is the page that says what was added between two states of the log.
type logCompare struct {
	frame
	// From, To and Kept are what was typed: two sizes or times, and a checkpoint
	// that somebody kept.
	From, To, Kept string
	// Fault says what of it cannot be used, and what to do.
	Fault        string
	Older, Newer *logState
	// Added says how many entries came between; Rows are those, the newest first.
	Added      string
	Rows       []logRow
	OlderRows  string
	Verdict    string
	Sound      bool // that the newer state holds the older one unchanged
	Hashes     []string
	KeptResult string
	KeptSound  bool
	Audit      string
}

// logState is the log at a size.
type logState struct {
	Size, Root, Time string
	tree             tlog.Tree
}

// States are both, the older one first.
func (c logCompare) States() []*logState { return []*logState{c.Older, c.Newer} }

// longestKept bounds a checkpoint in an address, in bytes.
const longestKept = 8 << 10

func (role *Role) serveLogCompare(w http.ResponseWriter, r *http.Request, e *edition, tag string) {
	done, ok := role.admit(r.Context())
	if !ok {
		return
	}
	defer done()
	v := r.URL.Query()
	view := logCompare{From: cleanQuery(v.Get("from")), To: cleanQuery(v.Get("to")), Kept: v.Get("kept")}
	asked := url.Values{}
	for key, value := range map[string]string{"from": view.From, "to": view.To, "kept": view.Kept} {
		if value != "" && len(value) <= longestKept {
			asked.Set(key, value)
		}
	}
	path := logComparePath
	if len(asked) > 0 {
		path += "?" + asked.Encode()
	}
	view.frame = role.frame(e, tag, path)
	view.Title = view.T("log.compare.title") + " – " + role.authority.Name
	view.Audit = "tocsin log audit " + role.base + strings.TrimSuffix(logPrefix, "/") + " --trust trust.json"
	if len(view.Kept) > longestKept {
		view.Kept, view.Fault = "", view.T("log.compare.kept.unreadable")
	}
	if view.Fault == "" && len(asked) > 0 {
		before, err := strconv.ParseInt(v.Get("before"), 10, 64)
		if err != nil || before < 0 {
			before = -1
		}
		role.compareLog(&view, asked, before)
	}
	role.serveLogPage(w, r, "logcompare.html", view)
}

// compareLog fills in what the page says; before is where its list goes on.
func (role *Role) compareLog(view *logCompare, asked url.Values, before int64) {
	in := view.Language
	older, newer := int64(-1), role.tree.Size()
	if view.Kept != "" {
		older = role.checkKept(view)
	}
	var err error
	if view.From != "" {
		older, err = role.readLogSize(view.From, false)
	}
	if err == nil && view.To != "" {
		newer, err = role.readLogSize(view.To, true)
	}
	if err != nil {
		view.Fault = in.T("log.compare.unreadable", err.Error())
		return
	}
	if older < 0 {
		if view.KeptResult == "" {
			view.Fault = in.T("log.compare.from-missing")
		}
		return
	}
	older, newer = min(older, newer), max(older, newer)
	if view.Older, view.Newer = role.logState(older, in), role.logState(newer, in); view.Older == nil || view.Newer == nil {
		view.Older, view.Newer, view.Fault = nil, nil, in.T("log.compare.too-large", int(role.tree.Size()))
		return
	}
	role.proveGrowth(view)
	first := newer
	if before >= 0 && before < newer {
		first = max(before, older)
	}
	indexes := make([]int64, 0, logPageSize)
	for index := first - 1; index >= older && len(indexes) < logPageSize; index-- {
		indexes = append(indexes, index)
	}
	view.Added = in.T("log.compare.added", int(newer-older))
	view.Rows = role.logRows(indexes, in)
	if last := first - int64(len(indexes)); last > older {
		asked.Set("before", strconv.FormatInt(last, 10))
		view.OlderRows = view.Local(logComparePath + "?" + asked.Encode())
	}
}

// proveGrowth computes and checks that the newer state holds the older one.
func (role *Role) proveGrowth(view *logCompare) {
	older, newer := view.Older.tree, view.Newer.tree
	switch {
	case older.Size == 0:
		view.Sound, view.Verdict = true, view.T("log.compare.from-empty")
		return
	case older.Size == newer.Size:
		view.Sound, view.Verdict = true, view.T("log.compare.same")
		return
	}
	proof, err := role.tree.Consistency(older.Size, newer.Size)
	if err == nil {
		err = merkle.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root)
	}
	if err != nil {
		role.log.Error("the public log does not go on from itself", "older", older.Size, "newer", newer.Size, "error", err)
		view.Verdict = view.T("log.compare.broken")
		return
	}
	for _, hash := range proof {
		view.Hashes = append(view.Hashes, hash.String())
	}
	view.Sound, view.Verdict = true, view.T("log.compare.sound", len(proof))
}

// logState is the log at a size that it has reached; nil for others.
func (role *Role) logState(size int64, in catalogue.Language) *logState {
	tree, err := role.tree.At(size)
	if err != nil {
		return nil
	}
	s := &logState{tree: tree, Size: in.Number(int(size)), Root: tree.Root.String()}
	if l, err := tlog.ParseLeaf(role.tree.Entry(size - 1)); err == nil {
		s.Time = in.Time(l.Time, catalogue.LayoutShort, role.location)
	}
	return s
}

// checkKept says whether a checkpoint that somebody kept is still true, and gives
// its size; negative for one that cannot be compared.
func (role *Role) checkKept(view *logCompare) int64 {
	s := role.logged.standing.Load()
	if s == nil {
		view.KeptResult = view.T("log.page.unsigned-all")
		return -1
	}
	// Forms send lines with CR LF (HTML, section 4.10.22.7).
	raw := strings.ReplaceAll(view.Kept, "\r\n", "\n")
	raw = strings.Trim(raw, "\n") + "\n"
	kept, err := tlog.UnsignedCheckpoint([]byte(raw))
	if err != nil {
		view.KeptResult = view.T("log.compare.kept.unreadable")
		return -1
	}
	if kept.Origin != s.Origin {
		view.KeptResult = view.T("log.compare.kept.other", kept.Origin, s.Origin)
		return -1
	}
	var keys []note.Verifier
	for _, vkey := range s.Keys {
		if key, err := tlog.NewVerifier(vkey); err == nil {
			keys = append(keys, key)
		}
	}
	if _, err := tlog.OpenCheckpoint([]byte(raw), keys...); err != nil {
		view.KeptResult = view.T("log.compare.kept.unsigned")
		return -1
	}
	tree, err := role.tree.At(kept.Size)
	switch {
	case err != nil:
		view.KeptResult = view.T("log.compare.kept.longer", view.Number(int(kept.Size)), view.Number(int(role.tree.Size())))
		return -1
	case tree.Root != kept.Root:
		view.KeptResult = view.T("log.compare.kept.forked", view.Number(int(kept.Size)), kept.Root.String(), tree.Root.String())
		return -1
	}
	view.KeptSound, view.KeptResult = true, view.T("log.compare.kept.sound", view.Number(int(kept.Size)))
	return kept.Size
}

// logTimes are the forms in which a time may be typed; the last two are days.
var logTimes = []string{"2006-01-02T15:04", "2006-01-02 15:04", "02.01.2006 15:04", time.DateOnly, "02.01.2006"}

// readLogSize reads a size, or a time and gives the size of the log then: at the
// day's beginning, or at its end.
func (role *Role) readLogSize(text string, end bool) (int64, error) {
	if size, err := strconv.ParseInt(text, 10, 64); err == nil && size >= 0 {
		return size, nil
	}
	for i, form := range logTimes {
		at, err := time.ParseInLocation(form, text, role.location)
		if err != nil {
			continue
		}
		switch day := i >= len(logTimes)-2; {
		case day && end:
			at = at.AddDate(0, 0, 1).Add(-time.Second)
		case day:
			at = at.Add(-time.Second)
		}
		var size int
		role.ledger.View(func() { size = role.index.sizeAt(at) })
		return int64(size), nil
	}
	return 0, errors.New(text)
}
