// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/tlog"
)

func verifier(t testing.TB, vkey string) note.Verifier {
	t.Helper()
	v, err := tlog.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCheckpoint(t *testing.T) {
	w := newWorld(t)
	raw := w.log.checkpoint(now)
	_, public := noteKeys(t, kreisOrigin, kreisOrigin)
	tree, err := tlog.OpenCheckpoint(raw, verifier(t, public))
	if err != nil || tree != w.log.tree() {
		t.Fatalf("got %v, %v", tree, err)
	}
	witness := verifier(t, cosignerKey(witnesses[0], witnesses[0]))
	if got := tlog.Cosignatures(raw, witness); len(got) != 1 || !got[0].Time.Equal(now.Add(time.Second)) || got[0].Name != witnesses[0] {
		t.Errorf("the cosignature is %v", got)
	}

	t.Run("a witness is no log", func(t *testing.T) {
		if _, err := tlog.OpenCheckpoint(raw); err == nil {
			t.Error("opened without a key")
		}
		if _, err := tlog.OpenCheckpoint(raw, verifier(t, cosignerKey(kreisOrigin, "another"))); err == nil {
			t.Error("opened with a key that did not sign")
		}
	})
	t.Run("a line that does not verify spoils nothing", func(t *testing.T) {
		line := "— " + witnesses[1] + " "
		at := bytes.Index(raw, []byte(line)) + len(line) + 20
		changed := bytes.Clone(raw)
		changed[at] ^= 1
		if _, err := tlog.OpenCheckpoint(changed, verifier(t, public)); err != nil {
			t.Error(err)
		}
		if got := tlog.Cosignatures(changed, witness, verifier(t, cosignerKey(witnesses[1], witnesses[1]))); len(got) != 1 {
			t.Errorf("the cosignatures are %v", got)
		}
	})
	t.Run("changed", func(t *testing.T) {
		changed := bytes.Replace(raw, []byte("\n5\n"), []byte("\n6\n"), 1)
		if bytes.Equal(changed, raw) {
			t.Fatal("the size is not where it was")
		}
		if _, err := tlog.OpenCheckpoint(changed, verifier(t, public)); err == nil {
			t.Error("another size verified")
		}
		if got := tlog.Cosignatures(changed, witness); len(got) != 0 {
			t.Errorf("the cosignatures are %v", got)
		}
	})
}

// The example of the specification (C2SP tlog-cosignature) has no key with it,
// but it has a form that must be read.
func TestCheckpointOfTheSpecification(t *testing.T) {
	const example = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
		"— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n" +
		"— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
	tree, err := tlog.UnsignedCheckpoint([]byte(example))
	if err != nil || tree.Origin != "example.com/behind-the-sofa" || tree.Size != 20852163 {
		t.Errorf("got %v, %v", tree, err)
	}
}

func TestUnknownAlgorithms(t *testing.T) {
	for name, vkey := range map[string]string{
		"ML-DSA-44": mldsaKey("witness.example"),
	} {
		if _, err := tlog.NewVerifier(vkey); !errors.Is(err, tlog.ErrAlgorithm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tlog.NewVerifier("witness.example+00000000+AAAA"); err == nil || errors.Is(err, tlog.ErrAlgorithm) {
		t.Errorf("a wrong hash: %v", err)
	}
}

func TestProofRoundTrip(t *testing.T) {
	w := newWorld(t)
	proof := w.log.prove(w.release.index, now)
	text := proof.Text()
	again, err := tlog.ParseProof(text)
	if err != nil || !bytes.Equal(again.Text(), text) {
		t.Fatalf("%v", err)
	}
	if err := again.Check(w.log.tree()); err != nil {
		t.Error(err)
	}
	// Signature lines may be taken away, nothing else.
	signatures := bytes.Index(text, []byte("— "))
	for i := range text {
		if _, err := tlog.ParseProof(text[:i]); err == nil && (i < signatures || text[i-1] != '\n') {
			t.Errorf("cut after %d bytes it is still a proof", i)
		}
	}
}

// A log of random entries: every proof holds, in both forms, and for no other entry.
func TestProofsOfLogs(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.Int64Range(1, 300).Draw(r, "size")
		log := newTestLog(t, kreisOrigin, witnesses...)
		for i := range size {
			log.append(fmt.Appendf(nil, "entry %d\n", i))
		}
		index := rapid.Int64Range(0, size-1).Draw(r, "index")
		proof, tree := log.prove(index, now), log.tree()
		other := *proof
		other.Index = rapid.Int64Range(0, size-1).Draw(r, "other")
		if (other.Check(tree) == nil) != (other.Index == index) {
			r.Fatalf("the proof for %d holds for %d", index, other.Index)
		}
		_, public := noteKeys(t, kreisOrigin, kreisOrigin)
		short, err := proof.Short(verifier(t, public))
		if err != nil {
			r.Fatal(err)
		}
		long, err := tlog.ParseShort(short, func(uint32) []string { return []string{kreisOrigin} })
		if err != nil || long.Check(tree) != nil || !bytes.Equal(long.Leaf, proof.Leaf) || long.Index != index {
			r.Fatalf("the short form of %d in %d: %v", index, size, err)
		}
		if _, err := tlog.OpenCheckpoint(long.Checkpoint, verifier(t, public)); err != nil {
			r.Fatal(err)
		}
	})
}

func TestRange(t *testing.T) {
	log := newTestLog(t, kreisOrigin)
	var tree tlog.Range
	for i := range 600 {
		if root := log.tree().Root; tree.Root() != root {
			t.Fatalf("at %d the root is %s, not %s", i, tree.Root(), root)
		}
		log.append([]byte{byte(i)})
		tree.Append(merkle.RecordHash([]byte{byte(i)}))
	}
}

// tileReader serves the tiles of a log out of its hashes.
type tileReader struct{ log *testLog }

func (tileReader) Height() int                           { return tlog.TileHeight }
func (tileReader) SaveTiles(_ []merkle.Tile, _ [][]byte) {}
func (r tileReader) ReadTiles(tiles []merkle.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if out[i], err = merkle.ReadTileData(tile, r.log); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func TestConsistency(t *testing.T) {
	log, fork := newTestLog(t, kreisOrigin), newTestLog(t, kreisOrigin)
	var trees []tlog.Tree
	for i := range 700 {
		trees = append(trees, log.tree())
		log.append([]byte{byte(i), byte(i >> 8)})
		if i == 300 {
			fork.append([]byte("another"))
		} else {
			fork.append([]byte{byte(i), byte(i >> 8)})
		}
	}
	var forked *tlog.ForkError
	for size, older := range trees {
		if err := tlog.CheckConsistency(older, log.tree(), tileReader{log}); err != nil {
			t.Fatalf("%d: %v", size, err)
		}
		err := tlog.CheckConsistency(older, fork.tree(), tileReader{fork})
		if size <= 300 && err != nil || size > 300 && !errors.As(err, &forked) {
			t.Fatalf("%d of the fork: %v", size, err)
		}
	}
	if err := tlog.CheckConsistency(log.tree(), trees[5], tileReader{log}); err == nil {
		t.Error("a log may shrink")
	}
	if err := tlog.CheckConsistency(trees[300], log.tree(), tileReader{fork}); err == nil {
		t.Error("tiles of another tree are taken")
	}
}

func TestTilePaths(t *testing.T) {
	for _, test := range []struct {
		tile merkle.Tile
		path string
	}{
		{merkle.Tile{H: 8, L: 0, N: 0, W: 256}, "tile/0/000"},
		{merkle.Tile{H: 8, L: 1, N: 1234067, W: 8}, "tile/1/x001/x234/067.p/8"},
		{tlog.EntryTile(5, 6), "tile/entries/000.p/6"},
		{tlog.EntryTile(256_000, 400_000), "tile/entries/x001/000"},
	} {
		if got := tlog.TilePath(test.tile); got != test.path {
			t.Errorf("got %s, not %s", got, test.path)
		}
		if got, err := tlog.ParseTilePath(test.path); err != nil || got != test.tile {
			t.Errorf("%s is read as %v, %v", test.path, got, err)
		}
	}
	for _, path := range []string{"", "tile", "tile/8/0/000", "tile/entries/0", "tile/0/000.p/256", "tile/0/000.p/0", "tile/-1/000", "../tile/0/000", "tile/data/000"} {
		if got, err := tlog.ParseTilePath(path); err == nil {
			t.Errorf("%q is read as %v", path, got)
		}
	}
}

// What a QR code holds: three cosignatures, two operators' signatures, and the
// proof of an entry that is the newest of a large log.
func TestShortFormFitsIntoAQRCode(t *testing.T) {
	_, public := noteKeys(t, kreisOrigin, kreisOrigin)
	var keys []note.Verifier
	for _, name := range witnesses {
		keys = append(keys, verifier(t, cosignerKey(name, name)))
	}
	w := newWorld(t)
	leaf := w.release.leaf
	passkeys := *leaf
	passkeys.Assertions = []tlog.Assertion{w.anna.touch(t, leaf.Statement(tlog.Assertion{Action: tlog.ActionRequest, Role: tlog.RoleAuthor})), leaf.Assertions[1]}
	log := newTestLog(t, kreisOrigin, witnesses...)
	worst, total, count := 0, 0, 0
	for size := range 2_000 {
		if size%50 != 0 {
			log.append([]byte{byte(size), byte(size >> 8)})
			continue
		}
		index := log.add(&passkeys)
		short, err := log.prove(index, now).Short(verifier(t, public), keys...)
		if err != nil {
			t.Fatal(err)
		}
		worst, total, count = max(worst, len(short)), total+len(short), count+1
	}
	raw, _ := passkeys.Encode()
	t.Logf("leaf of %d bytes with two passkeys; short proofs right after release in a log of up to 2,000: %d bytes on average, %d at most", len(raw), total/count, worst)
	if worst > 1100 || total/count > 1024 {
		t.Errorf("too long")
	}
}

func TestBundleRoundTrip(t *testing.T) {
	w := newWorld(t)
	b := w.bundle()
	update := w.publish(w.log, tlog.KindUpdate, w.alert(2))
	b.Later = []*tlog.Proof{w.log.prove(update.index, now)}
	raw := b.Encode()
	again, err := tlog.ParseBundle(raw)
	if err != nil || !bytes.Equal(again.Encode(), raw) {
		t.Fatal(err)
	}
	t.Logf("message %d, bundle %d bytes", len(b.CAP), len(w.bundle().Encode()))
	if more := len(w.bundle().Encode()) - len(b.CAP); more > 3072 {
		t.Errorf("the bundle has %d bytes more than the message", more)
	}
	for i := range raw {
		if cut, err := tlog.ParseBundle(raw[:i]); err == nil && !bytes.Equal(cut.Encode(), raw[:i]) {
			t.Errorf("cut after %d bytes it is read, and comes back otherwise", i)
		}
	}
}

func FuzzProof(f *testing.F) {
	w := newWorld(f)
	f.Add(w.log.prove(w.release.index, now).Text())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := tlog.ParseProof(raw); err == nil && !bytes.Equal(p.Text(), raw) {
			t.Errorf("%q comes back as %q", raw, p.Text())
		}
	})
}

func FuzzShort(f *testing.F) {
	w := newWorld(f)
	_, public := noteKeys(f, kreisOrigin, kreisOrigin)
	short, err := w.log.prove(w.release.index, now).Short(verifier(f, public), verifier(f, cosignerKey(witnesses[0], witnesses[0])))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(short)
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := tlog.ParseShort(raw, w.trust.KeyNames)
		if err != nil {
			return
		}
		// The root follows from the proof, so that the proof always holds; what
		// may not hold is the signature.
		tree, err := tlog.UnsignedCheckpoint(p.Checkpoint)
		if err != nil || p.Check(tree) != nil {
			t.Errorf("%x: %v", raw, err)
		}
	})
}

func FuzzBundle(f *testing.F) {
	w := newWorld(f)
	f.Add(w.bundle().Encode())
	f.Add([]byte("tocsin-bundle/v1\ncap 3\n\nabc"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := tlog.ParseBundle(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(b.Encode(), raw) {
			t.Errorf("%q comes back otherwise", raw)
		}
		if v := tlog.Verify(b, w.trust, options()); v.Result.Genuine() && !bytes.Equal(b.CAP, w.release.cap) && len(b.CAP) > 0 {
			t.Errorf("%q is %s", raw, v.Result)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	f.Add(newWorld(f).log.tree().Text())
	f.Fuzz(func(t *testing.T, text string) {
		if tree, err := tlog.ParseCheckpoint(text); err == nil && tree.Text() != text {
			t.Errorf("%q comes back as %q", text, tree.Text())
		}
	})
}

func FuzzEntries(f *testing.F) {
	f.Add([]byte("\x00\x01a\x00\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		entries, err := tlog.ParseEntries(raw)
		if err != nil {
			return
		}
		var again []byte
		for _, entry := range entries {
			if again, err = tlog.AppendEntry(again, entry); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(again, raw) {
			t.Errorf("%x comes back as %x", raw, again)
		}
	})
}

func FuzzTilePath(f *testing.F) {
	f.Add("tile/1/x001/x234/067.p/8")
	f.Add("tile/entries/000")
	f.Fuzz(func(t *testing.T, path string) {
		if tile, err := tlog.ParseTilePath(path); err == nil && tlog.TilePath(tile) != path {
			t.Errorf("%q comes back as %q", path, tlog.TilePath(tile))
		}
	})
}

// mldsaKey is a key of the algorithm that the standard library lacks.
func mldsaKey(name string) string {
	raw := append([]byte{6}, strings.Repeat("k", 1312)...)
	return name + "+" + noteHash(name, raw) + "+" + base64Std(raw)
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	for i := range 10_000 {
		w.log.append(fmt.Appendf(nil, "entry %d\n", i))
	}
	raw := w.bundle().Encode()
	for b.Loop() {
		bundle, err := tlog.ParseBundle(raw)
		if err != nil {
			b.Fatal(err)
		}
		if v := tlog.Verify(bundle, w.trust, options()); v.Grade != tlog.GradeA {
			b.Fatal(v.Detail)
		}
	}
	b.ReportMetric(float64(len(raw)-len(w.release.cap)), "bytes-beside-the-message")
}

func BenchmarkProve(b *testing.B) {
	w := newWorld(b)
	for i := range 10_000 {
		w.log.append(fmt.Appendf(nil, "entry %d\n", i))
	}
	tree, checkpoint := w.log.tree(), w.log.checkpoint(now)
	for b.Loop() {
		if _, err := tlog.Prove(w.log.entries[w.release.index], w.release.index, tree, w.log, checkpoint); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAudit(b *testing.B) {
	w := newWorld(b)
	for b.Loop() {
		a, err := tlog.NewAuditor(w.trust, kreisOrigin, nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, entry := range w.log.entries {
			if findings := a.Append(entry); len(findings) > 0 {
				b.Fatal(findings)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(w.log.entries)), "ns/leaf")
}
