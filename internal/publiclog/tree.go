// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog

import (
	"fmt"
	"slices"
	"sync"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/tlog"
)

// Tree is the log as it follows from the journal. It is a projection, and may be
// read by any number of goroutines meanwhile. A leaf of kind first begins a new
// log; the tree is then that of the new one alone.
type Tree struct {
	mu      sync.RWMutex
	origin  string
	entries [][]byte
	hashes  []merkle.Hash // as merkle.StoredHashes orders them
	last    time.Time     // of the newest leaf
	// messages are the entries about messages by identifier, chains those of a
	// warning in their order.
	messages map[string]int64
	chains   map[string][]int64
	grown    chan struct{} // closed and replaced when leaves come
}

// NewTree makes the tree of an empty journal.
func NewTree() *Tree { return &Tree{grown: make(chan struct{})} }

var _ journal.Projection = (*Tree)(nil)

// Apply implements journal.Projection.
func (t *Tree) Apply(r journal.Record) error {
	raw, err := leaves(r)
	if err != nil || len(raw) == 0 {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, entry := range raw {
		if err := t.append(entry); err != nil {
			return fmt.Errorf("public log: %w", err)
		}
	}
	close(t.grown)
	t.grown = make(chan struct{})
	return nil
}

func (t *Tree) append(entry []byte) error {
	l, err := tlog.ParseLeaf(entry)
	if err != nil {
		return err
	}
	if l.Kind == tlog.KindFirst {
		t.origin, t.entries, t.hashes = l.Origin, nil, nil
		t.messages, t.chains = map[string]int64{}, map[string][]int64{}
	}
	if t.origin == "" {
		return fmt.Errorf("a leaf of kind %s comes before the first", l.Kind)
	}
	index := int64(len(t.entries))
	stored, err := merkle.StoredHashes(index, entry, stored(t.hashes))
	if err != nil {
		return err
	}
	t.entries, t.hashes, t.last = append(t.entries, entry), append(t.hashes, stored...), l.Time
	if l.Kind.Carries() {
		t.messages[l.Identifier] = index
		t.chains[l.Warning] = append(t.chains[l.Warning], index)
	}
	return nil
}

// stored reads hashes by their index.
type stored []merkle.Hash

// ReadHashes implements merkle.HashReader.
func (s stored) ReadHashes(indexes []int64) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("there is no hash %d", index)
		}
		out[i] = s[index]
	}
	return out, nil
}

// snapshot is the tree at one moment. What is in it does not change.
type snapshot struct {
	origin  string
	entries [][]byte
	hashes  stored
}

func (t *Tree) snapshot() snapshot {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return snapshot{t.origin, t.entries, t.hashes}
}

// at gives the tree's root at a size that it has reached.
func (s snapshot) at(size int64) (tlog.Tree, error) {
	if size > int64(len(s.entries)) {
		return tlog.Tree{}, fmt.Errorf("the log has %d entries, not %d", len(s.entries), size)
	}
	root, err := merkle.TreeHash(size, s.hashes)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("compute root of %d entries: %w", size, err)
	}
	return tlog.Tree{Origin: s.origin, Size: size, Root: root}, nil
}

// Origin is the log's name; empty before its first leaf.
func (t *Tree) Origin() string { return t.snapshot().origin }

// Size is the number of leaves.
func (t *Tree) Size() int64 { return int64(len(t.snapshot().entries)) }

// Changed gives the number of leaves and a channel that is closed when more come.
func (t *Tree) Changed() (int64, <-chan struct{}) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return int64(len(t.entries)), t.grown
}

// At gives the tree at a size that it has reached.
func (t *Tree) At(size int64) (tlog.Tree, error) { return t.snapshot().at(size) }

// Entry gives the leaf at an index; nil when there is none.
func (t *Tree) Entry(index int64) []byte {
	s := t.snapshot()
	if index < 0 || index >= int64(len(s.entries)) {
		return nil
	}
	return s.entries[index]
}

// Message gives the index of the leaf about a message.
func (t *Tree) Message(identifier string) (int64, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	index, ok := t.messages[identifier]
	return index, ok
}

// Chain gives the indexes of the leaves about the messages of a warning.
func (t *Tree) Chain(warning string) []int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.chains[warning])
}

// Consistency gives the hashes that lead from the tree of one size to that of
// another (RFC 6962, section 2.1.2); none from an empty tree, or to the same.
func (t *Tree) Consistency(from, to int64) ([]merkle.Hash, error) {
	if from == 0 || from == to {
		return nil, nil
	}
	s := t.snapshot()
	if from < 0 || from > to || to > int64(len(s.entries)) {
		return nil, fmt.Errorf("there is no way from %d entries to %d in a log of %d", from, to, len(s.entries))
	}
	return merkle.ProveTree(to, from, s.hashes)
}

// Prove makes the proof of an entry under a signed checkpoint of this log.
func (t *Tree) Prove(index int64, checkpoint []byte) (*tlog.Proof, error) {
	s := t.snapshot()
	under, err := tlog.UnsignedCheckpoint(checkpoint)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= under.Size || under.Size > int64(len(s.entries)) {
		return nil, fmt.Errorf("entry %d is not under a checkpoint of %d entries", index, under.Size)
	}
	return tlog.Prove(s.entries[index], index, under, s.hashes, checkpoint)
}

// Tile gives the content of a tile or of a bundle of entries, as far as it
// belongs to the tree of that size; false for one that does not.
func (t *Tree) Tile(tile merkle.Tile, size int64) ([]byte, bool) {
	s := t.snapshot()
	if size > int64(len(s.entries)) || tile.H != tlog.TileHeight || tile.N < 0 || tile.W < 1 || tile.W > tlog.TileWidth {
		return nil, false
	}
	// How many hashes of the tile's level the tree has.
	level := size
	for range max(tile.L, 0) {
		level >>= tlog.TileHeight
	}
	if tile.N >= level>>tlog.TileHeight+1 || tile.N<<tlog.TileHeight+int64(tile.W) > level {
		return nil, false
	}
	if tile.L >= 0 {
		data, err := merkle.ReadTileData(tile, s.hashes)
		return data, err == nil
	}
	var bundle []byte
	for _, entry := range s.entries[tile.N<<tlog.TileHeight:][:tile.W] {
		var err error
		if bundle, err = tlog.AppendEntry(bundle, entry); err != nil {
			return nil, false
		}
	}
	return bundle, true
}
