// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package oracle holds package tlog to what others understand by the same
// specifications: tessera and torchwood read and verify a log, proofs and
// cosignatures made with it, and it theirs. It is a module of its own, so that
// what it imports stays out of Tocsin's.
package oracle

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/mldsa"
	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/tlog"
)

const (
	origin = "log.kreis.example/2026"
	size   = 100_000 // of the log that others read whole
)

var start = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

// publicLog is a log of leaves in memory and its files in a folder.
type publicLog struct {
	t          *testing.T
	dir        string
	entries    [][]byte
	hashes     []merkle.Hash
	key        note.Verifier
	vkey       string
	signer     note.Signer
	checkpoint []byte
	tree       tlog.Tree
}

func (l *publicLog) ReadHashes(indexes []int64) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = l.hashes[index]
	}
	return out, nil
}

func newLog(t *testing.T, size int) *publicLog {
	t.Helper()
	l := &publicLog{t: t, dir: t.TempDir()}
	secret, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), origin)
	if err != nil {
		t.Fatal(err)
	}
	l.vkey = vkey
	if l.signer, err = note.NewSigner(secret); err != nil {
		t.Fatal(err)
	}
	if l.key, err = tlog.NewVerifier(vkey); err != nil {
		t.Fatal(err)
	}
	for i := range size {
		l.append(leaf(t, i))
	}
	l.publish()
	return l
}

// leaf is one of any kind: to others, entries are bytes.
func leaf(t *testing.T, i int) []byte {
	t.Helper()
	l := &tlog.Leaf{Kind: tlog.KindRoles, Time: start.Add(time.Duration(i) * time.Second), Authority: "kreis", Realm: tlog.Live, Holder: fmt.Sprintf("%016x", i), Roles: []string{"author"}}
	if i == 0 {
		l = &tlog.Leaf{Kind: tlog.KindFirst, Time: start, Authority: "kreis", Realm: tlog.Live, Origin: origin}
	}
	raw, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (l *publicLog) append(entry []byte) {
	l.t.Helper()
	stored, err := merkle.StoredHashes(int64(len(l.entries)), entry, l)
	if err != nil {
		l.t.Fatal(err)
	}
	l.entries, l.hashes = append(l.entries, entry), append(l.hashes, stored...)
}

// publish signs a checkpoint and writes all files.
func (l *publicLog) publish() {
	l.t.Helper()
	n := int64(len(l.entries))
	root, err := merkle.TreeHash(n, l)
	if err != nil {
		l.t.Fatal(err)
	}
	l.tree = tlog.Tree{Origin: origin, Size: n, Root: root}
	signers := []note.Signer{l.signer, cosigner(l.t, origin)}
	for _, name := range []string{"witness.press.example", "witness.university.example"} {
		signers = append(signers, cosigner(l.t, name))
	}
	if l.checkpoint, err = tlog.SignCheckpoint(l.tree, signers...); err != nil {
		l.t.Fatal(err)
	}
	l.write(tlog.CheckpointPath, l.checkpoint)
	for _, tile := range merkle.NewTiles(tlog.TileHeight, 0, n) {
		data, err := merkle.ReadTileData(tile, l)
		if err != nil {
			l.t.Fatal(err)
		}
		l.write(tlog.TilePath(tile), data)
	}
	for first := int64(0); first < n; first += tlog.TileWidth {
		var bundle []byte
		for _, entry := range l.entries[first:min(n, first+tlog.TileWidth)] {
			if bundle, err = tlog.AppendEntry(bundle, entry); err != nil {
				l.t.Fatal(err)
			}
		}
		l.write(tlog.TilePath(tlog.EntryTile(first, n)), bundle)
	}
}

func (l *publicLog) write(path string, data []byte) {
	l.t.Helper()
	path = filepath.Join(l.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		l.t.Fatal(err)
	}
}

func (l *publicLog) prove(index int64) *tlog.Proof {
	l.t.Helper()
	p, err := tlog.Prove(l.entries[index], index, l.tree, l, l.checkpoint)
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func cosigner(t *testing.T, name string) note.Signer {
	t.Helper()
	signer, err := tlog.NewCosigner(name, keyOf(name), start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func cosignerKey(name string) string {
	return tlog.CosignerKey(name, keyOf(name).Public().(ed25519.PublicKey))
}

// bundleHashes reads a bundle of entries as tessera does.
func bundleHashes(raw []byte) ([][]byte, error) {
	var bundle api.EntryBundle
	if err := bundle.UnmarshalText(raw); err != nil {
		return nil, err
	}
	var out [][]byte
	for _, entry := range bundle.Entries {
		out = append(out, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return out, nil
}

func TestTesseraAcceptsOurLog(t *testing.T) {
	l := newLog(t, size)
	files := client.FileFetcher{Root: l.dir}
	if err := fsck.New(origin, l.key, files, bundleHashes, fsck.Opts{N: 2}).Check(t.Context()); err != nil {
		t.Errorf("fsck: %v", err)
	}

	checkpoint, _, _, err := client.FetchCheckpoint(t.Context(), files.ReadCheckpoint, l.key, origin)
	if err != nil || checkpoint.Size != size {
		t.Fatalf("its client reads %v, %v", checkpoint, err)
	}
	builder, err := client.NewProofBuilder(t.Context(), size, files.ReadTile)
	if err != nil {
		t.Fatal(err)
	}
	for index := int64(0); index < size; index += 997 {
		theirs, err := builder.InclusionProof(t.Context(), uint64(index))
		if err != nil {
			t.Fatal(err)
		}
		ours := l.prove(index)
		if len(theirs) != len(ours.Hashes) {
			t.Fatalf("entry %d: their proof has %d hashes, ours %d", index, len(theirs), len(ours.Hashes))
		}
		for i := range theirs {
			if !bytes.Equal(theirs[i], ours.Hashes[i][:]) {
				t.Fatalf("entry %d: hash %d differs", index, i)
			}
		}
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), size, rfc6962.DefaultHasher.HashLeaf(l.entries[index]), theirs, checkpoint.Hash); err != nil {
			t.Fatal(err)
		}
	}

	// The rig bites: one byte of one file, and fsck refuses.
	path := filepath.Join(l.dir, tlog.TilePath(tlog.EntryTile(300, size)))
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	l.write(tlog.TilePath(tlog.EntryTile(300, size)), raw)
	if err := fsck.New(origin, l.key, files, bundleHashes, fsck.Opts{N: 2}).Check(t.Context()); err == nil {
		t.Error("fsck accepts a changed entry")
	}
}

func TestTorchwoodAcceptsOurLog(t *testing.T) {
	l := newLog(t, size)
	tiles, err := torchwood.NewTileFS(os.DirFS(l.dir))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := torchwood.NewClient(tiles)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for index, entry := range reader.AllEntries(context.Background(), merkle.Tree{N: size, Hash: l.tree.Root}, 0) {
		if !bytes.Equal(entry, l.entries[index]) {
			t.Fatalf("entry %d is another", index)
		}
		count++
	}
	if err := reader.Err(); err != nil || count != size {
		t.Errorf("its client read %d entries, %v", count, err)
	}

	policy, err := torchwood.ParsePolicy([]byte(strings.Join([]string{
		"log " + l.vkey, "witness press " + cosignerKey("witness.press.example"), "witness university " + cosignerKey("witness.university.example"),
		"group both 2 press university", "quorum both", "",
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []int64{0, 1, 255, 256, 65_535, 65_536, size - 1} {
		text := l.prove(index).Text()
		if err := torchwood.VerifyProof(policy, merkle.RecordHash(l.entries[index]), text); err != nil {
			t.Errorf("entry %d: %v", index, err)
		}
		extra, err := torchwood.ProofExtraData(text)
		if err != nil || !bytes.Equal(extra, l.entries[index]) {
			t.Errorf("entry %d: the extra data is %q, %v", index, extra, err)
		}
		theirs := torchwood.FormatProofWithExtraData(index, l.entries[index], l.prove(index).Hashes, l.checkpoint)
		if !bytes.Equal(theirs, text) {
			t.Errorf("entry %d: it writes the proof otherwise", index)
		}
		if _, err := tlog.ParseProof(theirs); err != nil {
			t.Error(err)
		}
		if err := torchwood.VerifyProof(policy, merkle.RecordHash([]byte("another")), text); err == nil {
			t.Errorf("entry %d: it accepts another entry", index)
		}
	}
}

func TestTorchwoodsCosignatures(t *testing.T) {
	l := newLog(t, 300)
	theirs, err := torchwood.NewCosignatureSigner("witness.broadcaster.example", keyOf("witness.broadcaster.example"))
	if err != nil {
		t.Fatal(err)
	}
	vkey := cosignerKey("witness.broadcaster.example")
	if got := theirs.Verifier().String(); got != vkey {
		t.Errorf("it names its key %s, we %s", got, vkey)
	}
	raw, err := tlog.SignCheckpoint(l.tree, l.signer, theirs)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := tlog.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	if got := tlog.Cosignatures(raw, ours); len(got) != 1 || time.Since(got[0].Time).Abs() > time.Hour {
		t.Errorf("we read %v", got)
	}
	for path, tile := range map[string]merkle.Tile{
		"tile/0/x001/234": {H: 8, L: 0, N: 1234, W: 256}, "tile/entries/003.p/7": {H: 8, L: -1, N: 3, W: 7},
	} {
		if torchwood.TilePath(tile) != path || tlog.TilePath(tile) != path {
			t.Errorf("%v is %s and %s", tile, torchwood.TilePath(tile), tlog.TilePath(tile))
		}
	}
}

// A program that knows ML-DSA-44 counts such witnesses by a key reader of its own.
func TestKeyReaderForMLDSA(t *testing.T) {
	l := newLog(t, 300)
	const name = "witness.pq.example"
	private, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	raw := append([]byte{6}, private.PublicKey().Bytes()...)
	hash := sha256.Sum256(append([]byte(name+"\n"), raw...))
	vkey := fmt.Sprintf("%s+%x+%s", name, hash[:4], base64.StdEncoding.EncodeToString(raw))
	signature, err := private.SignDeterministic(tlog.CosignedMessage(name, uint64(start.Unix()), l.tree), nil)
	if err != nil {
		t.Fatal(err)
	}
	line := binary.BigEndian.AppendUint64(append([]byte(nil), hash[:4]...), uint64(start.Unix()))
	checkpoint := append(bytes.Clone(l.checkpoint), "— "+name+" "+base64.StdEncoding.EncodeToString(append(line, signature...))+"\n"...)

	if _, err := tlog.OpenCheckpoint(checkpoint, l.key); err != nil {
		t.Error(err)
	}
	key := mldsaVerifier{name, binary.BigEndian.Uint32(hash[:4]), private.PublicKey()}
	if got := tlog.Cosignatures(checkpoint, key); len(got) != 1 || !got[0].Time.Equal(start) {
		t.Errorf("with the key it reads %v", got)
	}
	if _, err := tlog.NewVerifier(vkey); err == nil {
		t.Error("the library knows the algorithm by now: use it")
	}
}

type mldsaVerifier struct {
	name string
	hash uint32
	key  *mldsa.PublicKey
}

func (v mldsaVerifier) Name() string    { return v.name }
func (v mldsaVerifier) KeyHash() uint32 { return v.hash }
func (v mldsaVerifier) Verify(message, signature []byte) bool {
	t, err := tlog.ParseCheckpoint(string(message))
	if err != nil || len(signature) < 8 {
		return false
	}
	return mldsa.Verify(v.key, tlog.CosignedMessage(v.name, binary.BigEndian.Uint64(signature), t), signature[8:], nil) == nil
}
