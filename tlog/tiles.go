// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"

	merkle "golang.org/x/mod/sumdb/tlog"
)

// TileHeight is the height of tiles, so that a full one has TileWidth hashes
// (C2SP tlog-tiles).
const (
	TileHeight = 8
	TileWidth  = 1 << TileHeight
)

// maxEntry is what the length before an entry can say, in bytes.
const maxEntry = 1<<16 - 1

// CheckpointPath is where a log keeps its newest signed checkpoint.
const CheckpointPath = "checkpoint"

// entriesLevel is the level by which x/mod names the tiles of entries.
const entriesLevel = -1

// TilePath is where a log keeps a tile, relative to its address. The height of
// the tile is TileHeight; level -1 is that of entries.
func TilePath(t merkle.Tile) string {
	path := t.Path()
	if rest, ok := strings.CutPrefix(path, fmt.Sprintf("tile/%d/data/", TileHeight)); ok {
		return "tile/entries/" + rest
	}
	return "tile/" + strings.TrimPrefix(path, fmt.Sprintf("tile/%d/", TileHeight))
}

// ParseTilePath reads what TilePath writes.
func ParseTilePath(path string) (merkle.Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok {
		return merkle.Tile{}, fmt.Errorf("%q is not the path of a tile", path)
	}
	if entries, ok := strings.CutPrefix(rest, "entries/"); ok {
		rest = "data/" + entries
	}
	t, err := merkle.ParseTilePath(fmt.Sprintf("tile/%d/%s", TileHeight, rest))
	if err != nil || TilePath(t) != path {
		return merkle.Tile{}, fmt.Errorf("%q is not the path of a tile", path)
	}
	return t, nil
}

// EntryTile names the bundle that holds the entry of that index, as far as it
// is filled in a log of that size.
func EntryTile(index, size int64) merkle.Tile {
	n := index / TileWidth
	return merkle.Tile{H: TileHeight, L: entriesLevel, N: n, W: int(min(TileWidth, size-n*TileWidth))}
}

// AppendEntry adds an entry to a bundle. An entry has at most 65,535 bytes.
func AppendEntry(bundle, entry []byte) ([]byte, error) {
	if len(entry) > maxEntry {
		return nil, fmt.Errorf("append entry: it has %d bytes, more than %d", len(entry), maxEntry)
	}
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry))), entry...), nil
}

// ParseEntries reads a bundle: at most TileWidth entries, sharing its memory.
func ParseEntries(bundle []byte) ([][]byte, error) {
	var entries [][]byte
	for len(bundle) > 0 {
		if len(entries) == TileWidth {
			return nil, fmt.Errorf("entry bundle: there is more than %d entries", TileWidth)
		}
		if len(bundle) < 2 {
			return nil, errors.New("entry bundle: a length is cut short")
		}
		n := int(binary.BigEndian.Uint16(bundle))
		if bundle = bundle[2:]; len(bundle) < n {
			return nil, fmt.Errorf("entry bundle: entry %d is cut short", len(entries))
		}
		entries = append(entries, bundle[:n:n])
		bundle = bundle[n:]
	}
	return entries, nil
}

// CheckConsistency reports whether the newer tree goes on from the older one:
// nothing that was in it is changed or gone. Both must come from
// OpenCheckpoint, of one log. The tiles are those of the newer tree and need
// not be trusted: each is checked against its root.
func CheckConsistency(older, newer Tree, tiles merkle.TileReader) error {
	switch {
	case older.Origin != newer.Origin:
		return fmt.Errorf("check consistency: %s and %s are two logs", older.Origin, newer.Origin)
	case older.Size > newer.Size:
		return fmt.Errorf("check consistency: the log shrank from %d to %d", older.Size, newer.Size)
	case older.Size == newer.Size && older.Root != newer.Root:
		return &ForkError{older, newer}
	case older.Size == newer.Size, older.Size == 0:
		return nil
	}
	hashes := merkle.TileHashReader(merkle.Tree{N: newer.Size, Hash: newer.Root}, tiles)
	// The root of the older size, as the newer tree has it.
	root, err := merkle.TreeHash(older.Size, hashes)
	if err != nil {
		return fmt.Errorf("check consistency of %d and %d: %w", older.Size, newer.Size, err)
	}
	if root != older.Root {
		return &ForkError{older, Tree{older.Origin, older.Size, root}}
	}
	return nil
}

// ForkError is the proof of a log that showed two histories: two roots for one
// size, or two trees of which neither goes on from the other.
type ForkError struct{ One, Other Tree }

func (e *ForkError) Error() string {
	return fmt.Sprintf("the log %s has two histories: its first %d entries have the root %s, and the root %s",
		e.One.Origin, e.One.Size, e.One.Root, e.Other.Root)
}

// Range is the hashes that stand for a tree as entries are appended: one for
// each full subtree, the largest first. The zero Range is the empty tree.
type Range struct {
	Size int64
	Edge []merkle.Hash
}

// Append adds an entry's hash.
func (r *Range) Append(hash merkle.Hash) {
	for n := r.Size; n&1 == 1; n >>= 1 {
		hash = merkle.NodeHash(r.Edge[len(r.Edge)-1], hash)
		r.Edge = r.Edge[:len(r.Edge)-1]
	}
	r.Edge = append(r.Edge, hash)
	r.Size++
}

// Root is the root of the tree (RFC 6962, section 2.1).
func (r *Range) Root() merkle.Hash {
	if r.Size == 0 {
		root, _ := merkle.TreeHash(0, nil) // the hash of nothing; it cannot fail
		return root
	}
	root := r.Edge[len(r.Edge)-1]
	for i := len(r.Edge) - 2; i >= 0; i-- {
		root = merkle.NodeHash(r.Edge[i], root)
	}
	return root
}

// check refuses a Range that was put together by hand and wrongly.
func (r *Range) check() error {
	if r.Size < 0 || bits.OnesCount64(uint64(r.Size)) != len(r.Edge) {
		return fmt.Errorf("a tree of %d entries has not %d edge hashes", r.Size, len(r.Edge))
	}
	return nil
}
