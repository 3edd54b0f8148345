// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/tlog"
)

// logPrefix is where the files of the public log are (C2SP tlog-tiles), trustPath
// the node's own trust file.
const (
	logPrefix = "/log/"
	trustPath = "/trust.json"
)

const (
	contentText   = "text/plain; charset=utf-8"
	contentBinary = "application/octet-stream"
	// cacheCheckpoint is short: a proof is asked for with the newest one.
	cacheCheckpoint = "public, max-age=2, s-maxage=2, stale-if-error=86400"
)

// logged is what the core says of the log.
type logged struct {
	// newest came last; standing is the newest whose tree the journal has led to.
	newest   atomic.Pointer[publiclog.State]
	standing atomic.Pointer[standing]
	issued   atomic.Pointer[issued]
	told     chan struct{} // filled when newest is new
}

// standing is one state of the log with what is served of it.
type standing struct {
	publiclog.State
	tree       tlog.Tree
	trust      *tlog.Trust
	witnesses  string // the names of those that have cosigned State.Witnessed
	checkpoint *body
	trustFile  *body
	asked      asked // tiles, proofs, and what is made of them
}

// issued are the node's own statements, by the index of the leaf, with the
// bundles that are made of them. They count where there is no proof.
type issued struct {
	statements []publiclog.Statement
	asked      asked
}

// statement gives the node's own statement about an entry; "" when there is none.
func (role *Role) statement(index int64) string {
	now := role.logged.issued.Load()
	if now == nil {
		return ""
	}
	at, ok := slices.BinarySearchFunc(now.statements, index, func(s publiclog.Statement, index int64) int { return cmp.Compare(s.Index, index) })
	// Another log may have had another leaf there.
	if !ok || !strings.HasPrefix(now.statements[at].Note, string(role.tree.Entry(index))+"\n") {
		return ""
	}
	return now.statements[at].Note
}

// watchLog follows how the log stands until the context ends.
func (role *Role) watchLog(ctx context.Context) {
	if role.bus == nil {
		return
	}
	publiclog.Watch(ctx, role.bus, role.hear, func(err error) {
		role.log.Warn("the state of the public log broke off, watching again", "error", err)
	})
}

// hear takes in how the log stands.
func (role *Role) hear(s publiclog.State) {
	role.logged.newest.Store(&s)
	select {
	case role.logged.told <- struct{}{}:
	default:
	}
}

// adopt makes the newest state the standing one, once the tree has come as far.
func (role *Role) adopt() {
	s, before := role.logged.newest.Load(), role.logged.standing.Load()
	if s == nil {
		return
	}
	if len(s.Checkpoint) == 0 {
		role.issue(s.Statements)
		return
	}
	tree, err := tlog.UnsignedCheckpoint(s.Checkpoint)
	if err != nil || role.tree.Origin() != tree.Origin || role.tree.Size() < tree.Size {
		return
	}
	defer role.issue(s.Statements) // after the checkpoint that takes their place
	if before != nil && bytes.Equal(before.Checkpoint, s.Checkpoint) && bytes.Equal(before.Witnessed, s.Witnessed) {
		return
	}
	next := &standing{State: *s, tree: tree, checkpoint: newBody(contentText, cacheCheckpoint, s.Signed, s.Checkpoint)}
	if before != nil && slices.Equal(before.Keys, s.Keys) && slices.Equal(before.IssuerKeys, s.IssuerKeys) && before.Origin == s.Origin {
		next.trust, next.trustFile = before.trust, before.trustFile
	} else {
		o := role.trust
		o.Origin, o.IssuerKeys = s.Origin, s.IssuerKeys
		raw, trust, err := o.Trust(s.Keys)
		if err != nil {
			role.log.Error("no trust file can be made of what the node is told", "error", err)
			return
		}
		next.trust, next.trustFile = trust, newBody(contentJSON, cacheIndex, o.Issued, raw)
	}
	names, quorum := next.trust.Witnessed(s.Witnessed, role.now())
	if !quorum {
		next.Witnessed = nil // what counts is what the trust file says
	}
	slices.Sort(names)
	next.witnesses = strings.Join(slices.Compact(names), ", ")
	role.logged.standing.Store(next)
}

// issue takes over the node's own statements.
func (role *Role) issue(statements []publiclog.Statement) {
	if before := role.logged.issued.Load(); before == nil || !slices.Equal(before.statements, statements) {
		role.logged.issued.Store(&issued{statements: statements})
	}
}

// stands gives the state of the log, or answers that there is none yet.
func (role *Role) stands(w http.ResponseWriter) *standing {
	s := role.logged.standing.Load()
	if s == nil {
		serveUnsigned(w, "The public log has no signed checkpoint yet.")
	}
	return s
}

// serveUnsigned answers who asks before the log's signature is there.
func serveUnsigned(w http.ResponseWriter, message string) {
	w.Header().Set("Retry-After", "2")
	serveProblem(w, problem.New(problem.Unavailable, message, "Ask again in a few seconds."))
}

// serveTile serves a tile of hashes or a bundle of entries. Partial ones are for
// ever too: what is in them does not change.
func (role *Role) serveTile(w http.ResponseWriter, r *http.Request, s *standing) {
	path := "tile/" + r.PathValue("path")
	if tile, err := tlog.ParseTilePath(path); err == nil {
		if data, ok := role.tree.Tile(tile, s.tree.Size); ok {
			s.asked.get(path, func() *body { return newBody(contentBinary, cacheForever, s.Signed, data) }).serve(w, r)
			return
		}
	}
	role.serveNothing(w, "The public log has no such tile.", "Tiles are named as C2SP tlog-tiles has it, up to the size in "+logPrefix+tlog.CheckpointPath+".")
}
