// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"
)

// shortVersion is the first byte of the short form.
const shortVersion = 0x01

// maxShort is what the largest QR code holds in bytes (ISO/IEC 18004, version
// 40-L).
const maxShort = 2953

// A KeyName gives the names of the keys with that hash: logs' and witnesses'.
// Trust.KeyNames is one.
type KeyName func(hash uint32) []string

// Short writes the proof for a QR code, in binary: the leaf packed, the root
// left out because the proof leads to it, names left out because the trust file
// has them, and of the signatures only those of Ed25519. The keys that it keeps
// are the log's, given first, and the witnesses'. docs/formats/proof.md has the
// form.
func (p *Proof) Short(log note.Verifier, witnesses ...note.Verifier) ([]byte, error) {
	t, err := OpenCheckpoint(p.Checkpoint, log)
	if err != nil {
		return nil, fmt.Errorf("shorten proof: %w", err)
	}
	if err := p.Check(t); err != nil {
		return nil, fmt.Errorf("shorten proof: %w", err)
	}
	if t.Origin != log.Name() {
		return nil, fmt.Errorf("shorten proof: the log %s signs with a key of another name, %s", t.Origin, log.Name())
	}
	out := binary.BigEndian.AppendUint32([]byte{shortVersion}, log.KeyHash())
	out = binary.AppendUvarint(out, uint64(t.Size))
	out = binary.AppendUvarint(out, uint64(p.Index))
	for _, hash := range p.Hashes { // the size and the index say how many
		out = append(out, hash[:]...)
	}
	var cosignatures []byte
	count := 0
	for i, key := range append([]note.Verifier{log}, witnesses...) {
		signed, err := note.Open(p.Checkpoint, note.VerifierList(key))
		if err != nil {
			continue
		}
		line, err := base64.StdEncoding.DecodeString(signed.Sigs[0].Base64)
		switch {
		case err != nil:
		case i == 0 && len(line) == 4+ed25519.SignatureSize:
			out = append(out, line[4:]...)
		case i > 0 && len(line) == 4+8+ed25519.SignatureSize:
			cosignatures = append(cosignatures, line...)
			count++
		}
	}
	if count > 255 {
		return nil, fmt.Errorf("shorten proof: %d cosignatures are too many", count)
	}
	out = append(append(out, byte(count)), cosignatures...)
	out = append(out, pack(p.Leaf)...)
	if len(out) > maxShort {
		return nil, fmt.Errorf("shorten proof: %d bytes do not fit into a QR code", len(out))
	}
	if _, err := ParseShort(out, func(hash uint32) []string {
		for _, key := range append([]note.Verifier{log}, witnesses...) {
			if key.KeyHash() == hash {
				return []string{key.Name()}
			}
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("shorten proof: %w", err)
	}
	return out, nil
}

// ErrUnknownLog is the error for a short form whose log the trust file does not have.
var ErrUnknownLog = errors.New("short proof: no log is known that has the key")

// ParseShort reads the short form back into a proof. It verifies nothing.
// Cosignatures by keys that have no name are dropped: they could not be checked.
func ParseShort(raw []byte, names KeyName) (*Proof, error) {
	if len(raw) > maxShort {
		return nil, fmt.Errorf("short proof: it has %d bytes, more than %d", len(raw), maxShort)
	}
	if len(raw) < 5 || raw[0] != shortVersion {
		return nil, errors.New("short proof: it does not begin as one")
	}
	short := errors.New("short proof: it is cut short")
	logKey := raw[1:5]
	rest := raw[5:]
	size, n := binary.Uvarint(rest)
	if n <= 0 || size == 0 || size >= 1<<62 {
		return nil, errors.New("short proof: it has no size")
	}
	rest = rest[n:]
	index, n := binary.Uvarint(rest)
	if n <= 0 || index >= size {
		return nil, errors.New("short proof: it has no index within the size")
	}
	rest = rest[n:]
	p := &Proof{Index: int64(index)}
	depth := pathLength(int64(index), int64(size))
	if len(rest) < depth*merkle.HashSize+ed25519.SignatureSize+1 {
		return nil, short
	}
	for range depth {
		p.Hashes = append(p.Hashes, merkle.Hash(rest[:merkle.HashSize]))
		rest = rest[merkle.HashSize:]
	}
	signature := rest[:ed25519.SignatureSize]
	count := int(rest[ed25519.SignatureSize])
	rest = rest[ed25519.SignatureSize+1:]
	const cosignature = 4 + 8 + ed25519.SignatureSize
	if len(rest) < count*cosignature {
		return nil, short
	}
	cosignatures := rest[:count*cosignature]
	var err error
	if p.Leaf, err = unpack(rest[count*cosignature:]); err != nil {
		return nil, err
	}
	logs := names(binary.BigEndian.Uint32(logKey))
	if len(logs) == 0 {
		return nil, ErrUnknownLog
	}
	// Hashes of keys are short. Should two logs share one, the signature of the
	// second would not verify here; none is ever accepted wrongly.
	t := Tree{logs[0], int64(size), pathRoot(merkle.RecordHash(p.Leaf), int64(index), int64(size), p.Hashes)}
	var text strings.Builder
	text.WriteString(t.Text() + "\n" + signatureLine(t.Origin, logKey, signature))
	for ; len(cosignatures) > 0; cosignatures = cosignatures[cosignature:] {
		for _, name := range names(binary.BigEndian.Uint32(cosignatures)) {
			text.WriteString(signatureLine(name, cosignatures[:4], cosignatures[4:cosignature]))
		}
	}
	p.Checkpoint = []byte(text.String())
	return p, nil
}

func signatureLine(name string, hash, signature []byte) string {
	return "— " + name + " " + base64.StdEncoding.EncodeToString(append(append([]byte(nil), hash...), signature...)) + "\n"
}

// pathLength is how many hashes lead from an entry to the root.
func pathLength(index, size int64) int {
	n := 0
	for last := size - 1; last > 0; index, last = index>>1, last>>1 {
		if index&1 == 1 || index < last {
			n++
		}
	}
	return n
}

// pathRoot is the root to which the hashes lead (RFC 9162, section 2.1.3.2).
func pathRoot(hash merkle.Hash, index, size int64, path []merkle.Hash) merkle.Hash {
	for last := size - 1; last > 0; index, last = index>>1, last>>1 {
		switch {
		case index&1 == 1:
			hash, path = merkle.NodeHash(path[0], hash), path[1:]
		case index < last:
			hash, path = merkle.NodeHash(hash, path[0]), path[1:]
		}
	}
	return hash
}
