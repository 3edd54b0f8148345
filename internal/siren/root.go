// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"slices"

	"filippo.io/mldsa"
)

// RootKey is one person's share of an authority's root: an Ed25519 key and an
// ML-DSA-65 key, which always sign together.
type RootKey struct {
	classic ed25519.PrivateKey
	quantum *mldsa.PrivateKey
}

// RootSeedBytes is the length of what a root key is made from: the seed of the
// Ed25519 key (RFC 8032) and that of the ML-DSA-65 key (FIPS 204).
const RootSeedBytes = ed25519.SeedSize + mldsa.PrivateKeySize

// NewRootKey makes a root key from its seed of RootSeedBytes random bytes.
func NewRootKey(seed []byte) (RootKey, error) {
	if len(seed) != RootSeedBytes {
		return RootKey{}, fmt.Errorf("make root key: the seed has %d bytes, want %d", len(seed), RootSeedBytes)
	}
	quantum, err := mldsa.NewPrivateKey(mldsa.MLDSA65(), seed[ed25519.SeedSize:])
	if err != nil {
		return RootKey{}, fmt.Errorf("make root key: %w", err)
	}
	return RootKey{ed25519.NewKeyFromSeed(seed[:ed25519.SeedSize]), quantum}, nil
}

// Seed is what NewRootKey makes the key from.
func (k RootKey) Seed() []byte { return append(k.classic.Seed(), k.quantum.Bytes()...) }

// ID names the key by its Ed25519 half.
func (k RootKey) ID() KeyID { return KeyIDOf(k.classic.Public().(ed25519.PublicKey)) }

// Public is the public half.
func (k RootKey) Public() RootPublic {
	return RootPublic{k.classic.Public().(ed25519.PublicKey), k.quantum.PublicKey().Bytes()}
}

// RootPublic is the public half of a root key.
type RootPublic struct {
	Classic ed25519.PublicKey `json:"ed25519"`
	Quantum []byte            `json:"mldsa65"`
}

// ID names the key by its Ed25519 half.
func (p RootPublic) ID() KeyID { return KeyIDOf(p.Classic) }

// rootPublicBytes is the length of a public root key on the wire.
const rootPublicBytes = ed25519.PublicKeySize + mldsa.MLDSA65PublicKeySize

// Bytes is the key on the wire: the Ed25519 half, then the ML-DSA-65 half.
func (p RootPublic) Bytes() []byte { return slices.Concat(p.Classic, p.Quantum) }

// ParseRootPublic reads what Bytes writes.
func ParseRootPublic(b []byte) (RootPublic, error) {
	if len(b) != rootPublicBytes {
		return RootPublic{}, malformed("a root key has %d bytes, want %d", len(b), rootPublicBytes)
	}
	p := RootPublic{slices.Clone(b[:ed25519.PublicKeySize]), slices.Clone(b[ed25519.PublicKeySize:])}
	if _, err := mldsa.NewPublicKey(mldsa.MLDSA65(), p.Quantum); err != nil {
		return RootPublic{}, malformed("the ML-DSA-65 key of %s: %v", p.ID(), err)
	}
	return p, nil
}

// MaxRootKeys is how many keys a root can have.
const MaxRootKeys = 9

// Root says which keys must sign the documents that devices believe, and how
// many of them. A device holds one from its set-up, and follows it to newer ones.
type Root struct {
	// Version grows by one from root to root.
	Version uint32
	// Threshold is how many of the keys must sign, such as 3 of 5.
	Threshold int
	// Quantum lists the kinds of documents that need the threshold of ML-DSA-65
	// signatures too. Roots and firmware outlast the day on which Ed25519 falls, so
	// they belong here; keysets are renewed often, and short without.
	Quantum []DocumentKind
	// Keys are in ascending order of their ids.
	Keys []RootPublic
}

// quantumBits are the kinds of Root.Quantum by their bit on the wire.
var quantumBits = [...]DocumentKind{KindRoot, KindKeyset, KindFirmware}

const rootHeadBytes = 7

// Envelope writes the root without signatures; what does not fit is ErrDocumentForm.
func (r Root) Envelope() (Envelope, error) {
	slices.SortFunc(r.Keys, func(a, b RootPublic) int { x, y := a.ID(), b.ID(); return slices.Compare(x[:], y[:]) })
	b := binary.BigEndian.AppendUint32(nil, r.Version)
	flags := byte(0)
	for i, kind := range quantumBits {
		if slices.Contains(r.Quantum, kind) {
			flags |= 1 << i
		}
	}
	b = append(b, byte(r.Threshold), flags, byte(len(r.Keys)))
	for _, key := range r.Keys {
		b = append(b, key.Bytes()...)
	}
	d := newEnvelope(KindRoot, b)
	if r.Threshold < 1 || r.Threshold > len(r.Keys) || len(r.Keys) > MaxRootKeys {
		return Envelope{}, malformed("%d of %d keys are no threshold; a root has up to %d keys", r.Threshold, len(r.Keys), MaxRootKeys)
	}
	_, err := ReadRoot(d)
	return d, err
}

// ReadRoot reads a root and believes nothing of it.
func ReadRoot(d Envelope) (Root, error) {
	b, err := d.content(KindRoot)
	if err != nil {
		return Root{}, err
	}
	if len(b) < rootHeadBytes || len(b) != rootHeadBytes+int(b[6])*rootPublicBytes {
		return Root{}, malformed("%d bytes are not the length of a root", len(b))
	}
	r := Root{Version: binary.BigEndian.Uint32(b), Threshold: int(b[4])}
	for i, kind := range quantumBits {
		if b[5]>>i&1 == 1 {
			r.Quantum = append(r.Quantum, kind)
		}
	}
	count := int(b[6])
	switch {
	case r.Version == 0:
		return Root{}, malformed("a root of version 0")
	case b[5] >= 1<<len(quantumBits):
		return Root{}, malformed("the root asks for what is not known")
	case count > MaxRootKeys || r.Threshold < 1 || r.Threshold > count:
		return Root{}, malformed("%d of %d keys are no threshold", r.Threshold, count)
	}
	for i := range count {
		key, err := ParseRootPublic(b[rootHeadBytes+i*rootPublicBytes:][:rootPublicBytes])
		if err != nil {
			return Root{}, err
		}
		if i > 0 {
			last, id := r.Keys[i-1].ID(), key.ID()
			if slices.Compare(last[:], id[:]) >= 0 {
				return Root{}, malformed("the keys of the root are out of order")
			}
		}
		r.Keys = append(r.Keys, key)
	}
	return r, nil
}

// find returns the key with the id.
func (r Root) find(id KeyID) (RootPublic, bool) {
	i := slices.IndexFunc(r.Keys, func(k RootPublic) bool { return k.ID() == id })
	if i < 0 {
		return RootPublic{}, false
	}
	return r.Keys[i], true
}

// Signers lists the keys of this root whose signatures on the document are
// good, by algorithm. Signatures of other keys are passed over.
func (r Root) Signers(d Envelope) map[Algorithm][]KeyID {
	signers := map[Algorithm][]KeyID{}
	message := d.message()
	for _, s := range d.Signatures {
		key, known := r.find(s.Key)
		if known && key.verify(s, message) {
			signers[s.Algorithm] = append(signers[s.Algorithm], s.Key)
		}
	}
	return signers
}

func (p RootPublic) verify(s Signature, message []byte) bool {
	switch s.Algorithm {
	case AlgorithmEd25519:
		return ed25519.Verify(p.Classic, message, s.Bytes)
	case AlgorithmMLDSA65:
		key, err := mldsa.NewPublicKey(mldsa.MLDSA65(), p.Quantum)
		return err == nil && mldsa.Verify(key, message, s.Bytes, nil) == nil
	default:
		return false
	}
}

// Verify reports with ErrDocumentSignatures whether too few of the root's keys
// signed the document.
func (r Root) Verify(d Envelope) error {
	signers := r.Signers(d)
	need := []Algorithm{AlgorithmEd25519}
	if slices.Contains(r.Quantum, d.Kind()) {
		need = append(need, AlgorithmMLDSA65)
	}
	for _, a := range need {
		if n := len(signers[a]); r.Threshold < 1 || n < r.Threshold {
			return fmt.Errorf("%w: %d of the %d that root %d asks for, with %s", ErrDocumentSignatures, n, r.Threshold, r.Version, a)
		}
	}
	return nil
}

// Trim drops the signatures that Verify does not need, so that a document is as
// short on the air as the root allows. One that Verify refuses stays as it is.
func (r Root) Trim(d Envelope) Envelope {
	if r.Verify(d) != nil {
		return d
	}
	signers := r.Signers(d)
	trimmed := Envelope{Body: d.Body}
	for _, s := range d.Signatures {
		needed := s.Algorithm == AlgorithmEd25519 || slices.Contains(r.Quantum, d.Kind())
		if good := signers[s.Algorithm]; needed && slices.Contains(good[:r.Threshold], s.Key) {
			trimmed.Signatures = append(trimmed.Signatures, s)
		}
	}
	return trimmed
}

// Next follows a root to the next one, which the threshold of both must have signed.
func (r Root) Next(d Envelope) (Root, error) {
	next, err := ReadRoot(d)
	switch {
	case err != nil:
		return Root{}, err
	case next.Version <= r.Version:
		return Root{}, fmt.Errorf("%w: root %d, held %d", ErrDocumentOlder, next.Version, r.Version)
	case next.Version != r.Version+1:
		return Root{}, fmt.Errorf("%w: root %d does not follow %d", ErrDocumentRoot, next.Version, r.Version)
	}
	if err := r.Verify(d); err != nil {
		return Root{}, err
	}
	return next, next.Verify(d)
}
