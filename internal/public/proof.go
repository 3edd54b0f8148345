// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"rsc.io/qr"

	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// The forms of a message under /cap/, by what their addresses end with.
const (
	formCAP    = ".xml"
	formProof  = ".proof"
	formBundle = tlog.BundleExtension
	formCode   = ".qr.svg"
)

// capForm cuts the end off an address that says which form of a message is asked for.
func capForm(file string) (identifier, form string) {
	for _, form := range []string{formCAP, formProof, formBundle, formCode} {
		if identifier, ok := strings.CutSuffix(file, form); ok {
			return identifier, form
		}
	}
	return "", ""
}

// serveProof serves the proof of a message: alone, with the message, or as a QR
// code. It is there for ever, and grows better as witnesses cosign.
func (role *Role) serveProof(w http.ResponseWriter, r *http.Request, m *warning.Message, form string) {
	index, logged := role.tree.Message(m.Identifier)
	if !logged {
		role.serveNothing(w, "This message is not in the public log.", "It is from before the log began. The message itself is at "+capPath(m.Identifier)+".")
		return
	}
	s := role.logged.standing.Load()
	if s == nil || index >= s.tree.Size {
		if form == formBundle && role.serveStated(w, r, m, index) {
			return
		}
		serveUnsigned(w, "The public log has this message, and no signed checkpoint over it yet.")
		return
	}
	made := s.asked.get(m.Identifier+form, func() *body { return role.proofBody(s, index, m, form) })
	if made == nil {
		role.serveNothing(w, "This message has no proof in that form.", "Take the bundle, "+formPath(m.Identifier, formBundle)+".")
		return
	}
	made.serve(w, r)
}

// serveStated serves a message with the node's own statement about it, if there is
// one.
func (role *Role) serveStated(w http.ResponseWriter, r *http.Request, m *warning.Message, index int64) bool {
	statement := role.statement(index)
	if statement == "" {
		return false
	}
	role.logged.issued.Load().asked.get(m.Identifier, func() *body {
		b := &tlog.Bundle{CAP: m.CAP, Issuer: []byte(statement)}
		return newBody(tlog.BundleMediaType, cacheIndex, m.Sent, b.Encode())
	}).serve(w, r)
	return true
}

// proofBody makes a form of a message's proof; nil when there is none.
func (role *Role) proofBody(s *standing, index int64, m *warning.Message, form string) *body {
	proof := role.prove(s, index)
	if proof == nil {
		return nil
	}
	switch form {
	case formProof:
		return newBody(contentText, cacheIndex, s.Signed, proof.Text())
	case formBundle:
		return newBody(tlog.BundleMediaType, cacheIndex, s.Signed, role.bundle(s, m, proof).Encode())
	default:
		short, err := shorten(s, proof)
		if err == nil {
			var code *qr.Code
			if code, err = qr.Encode(string(short), qr.L); err == nil {
				return newBody(contentSVG, cacheIndex, s.Signed, drawCode(code))
			}
		}
		role.log.Error("a proof has no short form", "identifier", m.Identifier, "error", err)
		return nil
	}
}

// prove makes the best proof of an entry; nil when there is none.
func (role *Role) prove(s *standing, index int64) *tlog.Proof {
	checkpoint, _ := s.Best(index, role.now())
	if checkpoint == nil {
		return nil
	}
	proof, err := role.tree.Prove(index, checkpoint)
	if err != nil {
		role.log.Error("an entry cannot be proved", "index", index, "error", err)
		return nil
	}
	return proof
}

// bundle joins a message with its proof and those of what came after it in its
// chain, the latest ones when there are many.
func (role *Role) bundle(s *standing, m *warning.Message, proof *tlog.Proof) *tlog.Bundle {
	b := &tlog.Bundle{CAP: m.CAP, Proof: proof}
	leaf, err := tlog.ParseLeaf(proof.Leaf)
	if err != nil {
		return b // it was read before it came into the tree
	}
	for _, index := range role.tree.Chain(leaf.Warning) {
		if index <= proof.Index {
			continue
		}
		if checkpoint, _ := s.Best(index, role.now()); checkpoint != nil {
			if later, err := role.tree.Prove(index, checkpoint); err == nil {
				b.Later = append(b.Later, later)
			}
		}
	}
	b.Later = b.Later[max(0, len(b.Later)-tlog.MaxLater):]
	return b
}

// mostCosignatures is how many a QR code carries, unless the quorum is larger.
const mostCosignatures = 3

// shorten gives the short form of a proof, with cosignatures of witnesses, those
// of different operators first; and where they are few, with the log's own word
// for the time.
func shorten(s *standing, proof *tlog.Proof) ([]byte, error) {
	var keys []note.Verifier
	for _, vkey := range s.Keys {
		key, err := tlog.NewVerifier(vkey)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	most := mostCosignatures
	authority, log, _ := s.trust.Log(s.Origin)
	if log.Quorum != nil {
		most = max(most, log.Quorum.Operators)
	}
	var cosigners, more []note.Verifier
	seen := map[string]bool{authority.Operator: true}
	for _, w := range s.trust.Witnesses {
		// The short form has no room for the signatures of other algorithms.
		key, err := tlog.NewVerifier(w.Key)
		if err != nil || len(tlog.Cosignatures(proof.Checkpoint, key)) == 0 {
			continue
		}
		if seen[w.Operator] {
			more = append(more, key)
			continue
		}
		seen[w.Operator] = true
		cosigners = append(cosigners, key)
	}
	cosigners = append(append(cosigners, more...), keys[1:]...)
	return proof.Short(keys[0], cosigners[:min(most, len(cosigners))]...)
}

// quiet is the empty border that a QR code needs, in modules (ISO/IEC 18004).
const quiet = 4

// drawCode draws a QR code: a path along the dark runs of every row. It is black
// on white in every colour scheme, since many readers know nothing else.
func drawCode(code *qr.Code) []byte {
	var out strings.Builder
	side := code.Size + 2*quiet
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><rect width="100%%" height="100%%" fill="#fff"/><path d="`, side, side)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			if !code.Black(x, y) {
				continue
			}
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			fmt.Fprintf(&out, "M%d %dh%dv1h%dz", from+quiet, y+quiet, x-from, from-x)
		}
	}
	out.WriteString(`" fill="#000"/></svg>` + "\n")
	return []byte(out.String())
}
