// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/tlog"
)

func newIssuer(t *testing.T) *publiclog.Issuer {
	t.Helper()
	issuer, err := publiclog.NewIssuer("de-bb/issuer", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return issuer
}

// logMessages records that many leaves about messages.
func (l *log) logMessages(first, count int) {
	l.Helper()
	key, err := tlog.NewKey(newPublicKey(l))
	if err != nil {
		l.Fatal(err)
	}
	_, err = l.ledger.Do(l.Context(), "anna", func(now time.Time, _ uint64) ([]journal.Event, error) {
		var events []journal.Event
		for i := range count {
			raw, err := (&tlog.Leaf{
				Kind: tlog.KindRelease, Time: now.UTC().Truncate(time.Second), Authority: brandenburg.ID, Realm: tlog.Live,
				Warning: fmt.Sprintf("w%d", first+i), Identifier: fmt.Sprintf("m%d", first+i), Sender: brandenburg.Sender, MsgType: "Alert",
				Sent: "2026-11-25T10:04:00+01:00", Areas: []string{"12"}, CAP: tlog.Digest{1}, Content: tlog.Digest{2},
				Assertions: []tlog.Assertion{{Action: tlog.ActionRequest, Role: tlog.RoleAuthor, Guard: tlog.SoftwareKey, Key: key}},
			}).Encode()
			if err != nil {
				return nil, err
			}
			events = append(events, journal.NewEvent(publiclog.EventLeaf, string(raw)))
		}
		return events, nil
	})
	if err != nil {
		l.Fatal(err)
	}
}

// While the signer is away every message is stated, and nothing else; the newest
// when there are many. A checkpoint takes their place.
func TestStatementsWhileTheSignerIsAway(t *testing.T) {
	away := &sometimes{Signer: newSigner(t)}
	away.away.Store(true)
	issuer := newIssuer(t)
	l := open(t, memory.New(), away, func(o *publiclog.KeeperOptions) { o.Issuer = issuer })
	l.run()
	l.hire("anna") // the leaves 0 and 1
	l.logMessages(2, 3)
	verifier, err := note.NewVerifier(issuer.Public())
	if err != nil {
		t.Fatal(err)
	}
	stated := func(from, to int) {
		t.Helper()
		state := l.await(fmt.Sprintf("statements about the messages from %d to %d", from, to), func(s publiclog.State) bool {
			return len(s.Statements) == to-from+1 && s.Statements[to-from].Index == int64(to)
		})
		for i, s := range state.Statements {
			opened, err := note.Open([]byte(s.Note), note.VerifierList(verifier))
			if err != nil {
				t.Fatal(err)
			}
			if s.Index != int64(from+i) || opened.Text != string(l.tree.Entry(s.Index)) || !strings.Contains(opened.Text, fmt.Sprintf("\nidentifier m%d\n", s.Index)) {
				t.Errorf("statement %d is about %d: %s", i, s.Index, opened.Text)
			}
		}
	}
	stated(2, 4)
	l.hire("ben") // the leaf 5
	l.logMessages(6, 300)
	stated(50, 305)
	away.away.Store(false)
	if state := l.signed(); len(state.Statements) > 0 {
		t.Errorf("beside the checkpoint there are %d statements", len(state.Statements))
	}
}

// A journal that the signer refuses to go on from may be an old one: the node does
// not vouch for what is in it, either.
func TestNoStatementsWhereTheSignerRefuses(t *testing.T) {
	refusing := &refuser{Signer: newSigner(t)}
	issuer := newIssuer(t)
	l := open(t, memory.New(), refusing, func(o *publiclog.KeeperOptions) { o.Issuer = issuer })
	l.run()
	l.hire("anna")
	l.logMessages(2, 3)
	size := l.tree.Size()
	state := l.await("that everything is refused", func(s publiclog.State) bool {
		return s.Trouble == publiclog.TroubleRefused && strings.Contains(s.Detail, fmt.Sprint(size))
	})
	if len(state.Statements) > 0 {
		t.Errorf("there are %d statements", len(state.Statements))
	}
}

// refuser refuses everything, and says how large it was.
type refuser struct{ publiclog.Signer }

func (r *refuser) Sign(_ context.Context, p publiclog.Proposal) ([]byte, error) {
	return nil, fmt.Errorf("%w: %d entries", publiclog.ErrRefused, p.Tree.Size)
}
