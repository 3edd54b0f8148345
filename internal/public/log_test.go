// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// refused gets an address that answers with a problem document.
func (o *office) refused(path string) problem.Document {
	o.t.Helper()
	answer := o.get(path)
	var d problem.Document
	if err := json.NewDecoder(answer.Body).Decode(&d); err != nil || answer.Header.Get("Content-Type") != contentProblem || d.Status != answer.StatusCode || d.Remedy == "" {
		o.t.Errorf("%s: %s, %s, %+v, %v", path, answer.Status, answer.Header.Get("Content-Type"), d, err)
	}
	if (answer.StatusCode == http.StatusServiceUnavailable) != (answer.Header.Get("Retry-After") != "") {
		o.t.Errorf("%s: %s with Retry-After %q", path, answer.Status, answer.Header.Get("Retry-After"))
	}
	return d
}

// tiles reads the files of the served log as strangers do, and holds them to the
// checkpoint's root.
type tiles struct {
	*office
	size int64
}

func (s tiles) Height() int { return tlog.TileHeight }

func (s tiles) ReadTiles(wanted []merkle.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		answer := s.get(logPrefix + tlog.TilePath(tile))
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Cache-Control") != cacheForever {
			return nil, fmt.Errorf("%s: %s, %s", tlog.TilePath(tile), answer.Status, answer.Header.Get("Cache-Control"))
		}
		all = append(all, []byte(text(s.t, answer)))
	}
	return all, nil
}

func (s tiles) SaveTiles([]merkle.Tile, [][]byte) {}

func TestServedLogIsTheTree(t *testing.T) {
	o := newOffice(t)
	// More than a full tile, so that there are full and partial ones at two levels.
	for i := range 300 {
		o.hire(fmt.Sprintf("p%d", i), operator.Author)
	}
	o.at(o.clock)
	o.sign()
	answer := o.get("/log/checkpoint")
	if got := answer.Header.Get("Cache-Control"); got != cacheCheckpoint || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the checkpoint is served with %q", answer.Header)
	}
	_, log, _ := o.trust.Log(testOrigin)
	key, err := tlog.NewVerifier(log.Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	tree, err := tlog.OpenCheckpoint([]byte(text(t, answer)), key)
	if err != nil || tree.Size != o.tree.Size() || tree.Size < 300 {
		t.Fatalf("the checkpoint is of %d entries: %v", tree.Size, err)
	}
	served := tiles{o, tree.Size}
	hashes := merkle.TileHashReader(merkle.Tree{N: tree.Size, Hash: tree.Root}, served)
	for first := int64(0); first < tree.Size; first += tlog.TileWidth {
		raw, err := served.ReadTiles([]merkle.Tile{tlog.EntryTile(first, tree.Size)})
		if err != nil {
			t.Fatal(err)
		}
		entries, err := tlog.ParseEntries(raw[0])
		if err != nil || int64(len(entries)) != min(tlog.TileWidth, tree.Size-first) {
			t.Fatalf("the bundle of %d has %d entries: %v", first, len(entries), err)
		}
		for i, entry := range entries {
			proved, err := hashes.ReadHashes([]int64{merkle.StoredHashIndex(0, first+int64(i))})
			if err != nil || proved[0] != merkle.RecordHash(entry) {
				t.Fatalf("entry %d is not the one in the tree: %v", first+int64(i), err)
			}
		}
	}
	for _, path := range []string{
		"/log/tile/0/002", "/log/tile/0/001", "/log/tile/0/001.p/" + strconv.FormatInt(tree.Size-255, 10), "/log/tile/1/000", "/log/tile/entries/001",
		"/log/tile/0/000.p/0", "/log/tile/0/000.p/256", "/log/tile/64/000", "/log/tile/-1/000", "/log/tile/0/0", "/log/tile/", "/log/tile/0/x999999999999999999999/000",
	} {
		if d := o.refused(path); d.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, d.Status)
		}
	}
	// What is not signed yet is not served.
	o.release("late", warning.KindAlert, 1, flood)
	if d := o.refused("/log/tile/entries/001.p/" + strconv.FormatInt(o.tree.Size()-256, 10)); d.Status != http.StatusNotFound {
		t.Errorf("an unsigned entry: %d", d.Status)
	}
}

func TestTrustFileOfTheNode(t *testing.T) {
	o := newOffice(t)
	if d := o.refused(trustPath); d.Status != http.StatusServiceUnavailable {
		t.Errorf("before there is a checkpoint: %d", d.Status)
	}
	o.at(o.clock)
	o.sign()
	trust, err := tlog.ParseTrust([]byte(o.page(trustPath)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, log, ok := trust.Log(testOrigin); !ok || len(log.Keys) != 2 || len(trust.Witnesses) != 3 || !trust.Issued.Equal(start) {
		t.Errorf("it believes %+v", trust)
	}
}

// The proof of a message rises as it is signed and cosigned, and is what it says.
func TestProofRises(t *testing.T) {
	o := newOffice(t)
	o.at(o.clock)
	m := o.release("w1", warning.KindAlert, 1, flood)
	paths := map[string]string{"proof": formPath(m.Identifier, formProof), "bundle": formPath(m.Identifier, formBundle), "code": formPath(m.Identifier, formCode)}
	for _, path := range paths {
		if d := o.refused(path); d.Status != http.StatusServiceUnavailable {
			t.Errorf("%s before it is signed: %d", path, d.Status)
		}
	}
	verdict := func() tlog.Verdict {
		answer := o.get(paths["bundle"])
		if answer.Header.Get("Content-Type") != tlog.BundleMediaType {
			t.Errorf("the bundle is %s", answer.Header.Get("Content-Type"))
		}
		b, err := tlog.ParseBundle([]byte(text(t, answer)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.CAP, m.CAP) {
			t.Error("the bundle has another message")
		}
		proof, err := tlog.ParseProof([]byte(o.page(paths["proof"])))
		if err != nil || !bytes.Equal(proof.Text(), b.Proof.Text()) {
			t.Errorf("the proof alone is another: %v", err)
		}
		return tlog.Verify(b, o.trust, tlog.Options{Now: o.clock})
	}
	o.sign()
	if v := verdict(); v.Result != tlog.GenuineInForce || v.Grade != tlog.GradeB {
		t.Errorf("signed: %s, grade %s: %s", v.Result, v.Grade, v.Detail)
	}
	o.cosign(1)
	if v := verdict(); v.Grade != tlog.GradeB {
		t.Errorf("with one witness: grade %s", v.Grade)
	}
	o.cosign(2)
	if v := verdict(); v.Result != tlog.GenuineInForce || v.Grade != tlog.GradeA {
		t.Errorf("cosigned: %s, grade %s: %s", v.Result, v.Grade, v.Detail)
	}
	// Another warning is not cosigned yet: the first one keeps its grade.
	o.clock = o.clock.Add(time.Minute)
	o.release("w2", warning.KindAlert, 1, flood)
	o.sign()
	if v := verdict(); v.Grade != tlog.GradeA {
		t.Errorf("after another one was signed: grade %s", v.Grade)
	}
	// Witnesses that are silent vouch for nothing new.
	o.clock = o.clock.Add(tlog.FreshFor)
	o.sign()
	if v := verdict(); v.Grade != tlog.GradeB || len(v.Notes) > 0 && v.Notes[0] == tlog.NoteStaleView {
		t.Errorf("with silent witnesses: grade %s, %v", v.Grade, v.Notes)
	}
	// What ended it comes along.
	o.release("w1", warning.KindAllClear, 2, allClear())
	o.sign()
	o.cosign(3)
	if v := verdict(); v.Result != tlog.GenuineEnded || v.Grade != tlog.GradeA {
		t.Errorf("ended: %s, grade %s: %s", v.Result, v.Grade, v.Detail)
	}
}

func TestMessageFromBeforeTheLog(t *testing.T) {
	o := newOffice(t)
	m := o.station.release("old", o.compose("old", warning.KindAlert, 1, flood))
	o.sign()
	if d := o.refused(formPath(m.Identifier, formBundle)); d.Status != http.StatusNotFound || !strings.Contains(d.Remedy, capPath(m.Identifier)) {
		t.Errorf("%+v", d)
	}
	if d := o.refused("/cap/unknown.tocsin"); d.Status != http.StatusNotFound {
		t.Errorf("%+v", d)
	}
	if d := o.refused("/cap/" + m.Identifier + ".pdf"); d.Status != http.StatusNotFound {
		t.Errorf("%+v", d)
	}
}

// The QR code holds the short form: with three cosignatures it is at most a
// kilobyte, reads back to the proof, and proves the same.
func TestCodeIsShort(t *testing.T) {
	o := newOffice(t)
	o.at(o.clock)
	for i := range 40 {
		o.release(fmt.Sprintf("w%d", i), warning.KindAlert, 1, flood)
	}
	m := o.release("last", warning.KindAlert, 1, flood)
	o.sign()
	o.cosign(3)
	s := o.logged.standing.Load()
	index, _ := o.tree.Message(m.Identifier)
	short, err := shorten(s, o.prove(s, index))
	if err != nil || len(short) > 1024 {
		t.Fatalf("the short form has %d bytes: %v", len(short), err)
	}
	proof, err := tlog.ParseShort(short, o.trust.KeyNames)
	if err != nil {
		t.Fatal(err)
	}
	v := tlog.Verify(&tlog.Bundle{Proof: proof}, o.trust, tlog.Options{Now: o.clock, Message: m.CAP})
	if v.Result != tlog.GenuineInForce || v.Grade != tlog.GradeA {
		t.Errorf("%s, grade %s: %s", v.Result, v.Grade, v.Detail)
	}
	answer := o.get(formPath(m.Identifier, formCode))
	var picture struct {
		ViewBox string `xml:"viewBox,attr"`
	}
	if err := xml.Unmarshal([]byte(text(t, answer)), &picture); err != nil || answer.Header.Get("Content-Type") != contentSVG || picture.ViewBox == "" {
		t.Errorf("%s, %+v, %v", answer.Header.Get("Content-Type"), picture, err)
	}
}
