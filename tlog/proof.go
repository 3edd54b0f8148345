// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	merkle "golang.org/x/mod/sumdb/tlog"
)

// proofVersion is the first line of a proof (C2SP tlog-proof).
const proofVersion = "c2sp.org/tlog-proof@v1"

// maxProofHashes is the depth of the largest tree there can be.
const maxProofHashes = 63

// maxProof bounds a proof, in bytes: the leaf in base64, hashes and checkpoint.
const maxProof = 4*MaxLeaf/3 + maxProofHashes*45 + maxCheckpoint + 128

// Proof says that a leaf is in a log, in a form that needs nothing else but the
// log's key: C2SP tlog-proof, with the leaf as its extra data.
type Proof struct {
	// Leaf is the entry itself.
	Leaf  []byte
	Index int64
	// Hashes lead from the leaf up to the root (RFC 6962, section 2.1.1).
	Hashes []merkle.Hash
	// Checkpoint is signed, with all its signature lines.
	Checkpoint []byte
}

// Text writes the proof.
func (p *Proof) Text() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\nextra %s\nindex %d\n", proofVersion, base64.StdEncoding.EncodeToString(p.Leaf), p.Index)
	for _, hash := range p.Hashes {
		fmt.Fprintf(&out, "%s\n", hash)
	}
	out.WriteByte('\n')
	out.Write(p.Checkpoint)
	return out.Bytes()
}

// ParseProof reads a proof with a leaf in it. It verifies nothing. It accepts
// the one form that Text writes; the checkpoint must be a signed note.
func ParseProof(raw []byte) (*Proof, error) {
	if len(raw) > maxProof {
		return nil, fmt.Errorf("proof: it has %d bytes, more than %d", len(raw), maxProof)
	}
	head, checkpoint, ok := strings.Cut(string(raw), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || lines[0] != proofVersion || len(lines) < 3 || len(lines) > 3+maxProofHashes {
		return nil, errors.New("proof: it is not in the form of " + proofVersion + ", or cut short")
	}
	extra, isExtra := strings.CutPrefix(lines[1], "extra ")
	index, isIndex := strings.CutPrefix(lines[2], "index ")
	if !isExtra || !isIndex {
		return nil, errors.New("proof: lines 2 and 3 are not the leaf and its index")
	}
	p := &Proof{Checkpoint: []byte(checkpoint)}
	var err error
	if p.Leaf, err = base64.StdEncoding.DecodeString(extra); err != nil || len(p.Leaf) > MaxLeaf {
		return nil, errors.New("proof: line 2 is not a leaf in base64")
	}
	if p.Index, err = strconv.ParseInt(index, 10, 64); err != nil || p.Index < 0 {
		return nil, errors.New("proof: line 3 is not the index of an entry")
	}
	for i, line := range lines[3:] {
		hash, err := merkle.ParseHash(line)
		if err != nil {
			return nil, fmt.Errorf("proof: line %d is not a hash in base64", i+4)
		}
		p.Hashes = append(p.Hashes, hash)
	}
	if string(p.Text()) != string(raw) {
		return nil, errors.New("proof: it is not written in its one form")
	}
	if _, err := UnsignedCheckpoint(p.Checkpoint); err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return p, nil
}

// Check reports whether the proof leads from its leaf to the root of the tree.
// The tree must come from OpenCheckpoint.
func (p *Proof) Check(t Tree) error {
	if p.Index < 0 || p.Index >= t.Size {
		return fmt.Errorf("proof: there is no entry %d in a log of %d", p.Index, t.Size)
	}
	return merkle.CheckRecord(p.Hashes, t.Size, t.Root, p.Index, merkle.RecordHash(p.Leaf))
}

// Prove makes the proof for an entry out of the hashes of a tree, under a
// signed checkpoint of that tree.
func Prove(leaf []byte, index int64, t Tree, hashes merkle.HashReader, checkpoint []byte) (*Proof, error) {
	path, err := merkle.ProveRecord(t.Size, index, hashes)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d of %d: %w", index, t.Size, err)
	}
	p := &Proof{Leaf: leaf, Index: index, Hashes: path, Checkpoint: checkpoint}
	if err := p.Check(t); err != nil {
		return nil, fmt.Errorf("prove entry %d of %d: %w", index, t.Size, err)
	}
	return p, nil
}
