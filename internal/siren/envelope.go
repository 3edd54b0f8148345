// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"filippo.io/mldsa"
)

// DocumentKind is the first byte of a signed document. No frame begins with one
// of them, so that documents travel wherever frames do.
type DocumentKind byte

// The kinds of documents.
const (
	KindRoot     DocumentKind = 'R'
	KindKeyset   DocumentKind = 'K'
	KindFirmware DocumentKind = 'F'
)

// String is the kind's name.
func (k DocumentKind) String() string {
	switch k {
	case KindRoot:
		return "root"
	case KindKeyset:
		return "keyset"
	case KindFirmware:
		return "firmware manifest"
	default:
		return fmt.Sprintf("document %q", byte(k))
	}
}

// IsDocument reports whether the bytes are meant as a root or a keyset, not as a frame.
func IsDocument(b []byte) bool {
	return len(b) > 0 && (DocumentKind(b[0]) == KindRoot || DocumentKind(b[0]) == KindKeyset)
}

const (
	documentLayout    = 1
	documentHeadBytes = 4
	// documentDomain keeps a document's signatures from being valid for anything else.
	documentDomain = "tocsin siren document v1\n"
	// MaxEnvelopeBytes bounds one document with its signatures.
	MaxEnvelopeBytes = 64 << 10
	// MaxEnvelopes bounds how many documents are taken at once.
	MaxEnvelopes = 16
)

// Algorithm is that of one signature on a document.
type Algorithm uint8

// The algorithms.
const (
	AlgorithmEd25519 Algorithm = 1 // RFC 8032
	AlgorithmMLDSA65 Algorithm = 2 // FIPS 204, with an empty context
)

// String is the algorithm's name.
func (a Algorithm) String() string {
	switch a {
	case AlgorithmEd25519:
		return "Ed25519"
	case AlgorithmMLDSA65:
		return "ML-DSA-65"
	default:
		return fmt.Sprintf("algorithm %d", uint8(a))
	}
}

// size is the length of a signature in bytes, 0 for an unknown algorithm.
func (a Algorithm) size() int {
	switch a {
	case AlgorithmEd25519:
		return ed25519.SignatureSize
	case AlgorithmMLDSA65:
		return mldsa.MLDSA65SignatureSize
	default:
		return 0
	}
}

// Signature is what one key of the root signed a document with.
type Signature struct {
	Key       KeyID // of the Ed25519 half
	Algorithm Algorithm
	Bytes     []byte
}

func (s Signature) compare(t Signature) int {
	if c := bytes.Compare(s.Key[:], t.Key[:]); c != 0 {
		return c
	}
	return int(s.Algorithm) - int(t.Algorithm)
}

// Envelope is a root, a keyset or a firmware manifest with the signatures of
// the root's keys (docs/formats/siren-frame.md). It is read before it is
// believed: only Root.Verify says whether enough keys signed it.
type Envelope struct {
	// Body is what is signed: kind, layout, length and content.
	Body []byte
	// Signatures are in ascending order by key and algorithm.
	Signatures []Signature
}

// The ways in which documents are not believed.
var (
	ErrDocumentForm       = errors.New("siren: not a document in its one form")
	ErrDocumentSignatures = errors.New("siren: document without enough signatures of the root")
	ErrDocumentRoot       = errors.New("siren: document of another version of the root")
	ErrDocumentOlder      = errors.New("siren: document older than the one held")
	ErrDocumentEarly      = errors.New("siren: document whose time has not come")
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDocumentForm, fmt.Sprintf(format, args...))
}

// Kind is what the document is.
func (d Envelope) Kind() DocumentKind {
	if len(d.Body) == 0 {
		return 0
	}
	return DocumentKind(d.Body[0])
}

// content is the body without its head.
func (d Envelope) content(kind DocumentKind) ([]byte, error) {
	if d.Kind() != kind {
		return nil, malformed("a %s is not a %s", d.Kind(), kind)
	}
	return d.Body[documentHeadBytes:], nil
}

// newEnvelope puts a head in front of content.
func newEnvelope(kind DocumentKind, content []byte) Envelope {
	body := binary.BigEndian.AppendUint16([]byte{byte(kind), documentLayout}, uint16(len(content)))
	return Envelope{Body: append(body, content...)}
}

// Encode writes the document with its signatures.
func (d Envelope) Encode() []byte {
	b := append(slices.Clone(d.Body), byte(len(d.Signatures)))
	for _, s := range d.Signatures {
		b = append(append(append(b, s.Key[:]...), byte(s.Algorithm)), s.Bytes...)
	}
	return b
}

// ParseEnvelopes reads documents that stand one after the other, such as roots
// and a keyset in one file. It takes only what Encode can have written.
func ParseEnvelopes(b []byte) ([]Envelope, error) {
	var envelopes []Envelope
	for len(b) > 0 {
		if len(envelopes) == MaxEnvelopes {
			return nil, malformed("more than %d documents", MaxEnvelopes)
		}
		d, rest, err := parseEnvelope(b)
		if err != nil {
			return nil, err
		}
		envelopes, b = append(envelopes, d), rest
	}
	if len(envelopes) == 0 {
		return nil, malformed("nothing")
	}
	return envelopes, nil
}

func parseEnvelope(b []byte) (Envelope, []byte, error) {
	bad := func(format string, args ...any) (Envelope, []byte, error) {
		return Envelope{}, nil, malformed(format, args...)
	}
	if len(b) < documentHeadBytes {
		return bad("%d bytes are no document", len(b))
	}
	if kind := DocumentKind(b[0]); kind != KindRoot && kind != KindKeyset && kind != KindFirmware || b[1] != documentLayout {
		return bad("it begins with %#x, layout %d", b[0], b[1])
	}
	end := documentHeadBytes + int(binary.BigEndian.Uint16(b[2:]))
	if len(b) <= end {
		return bad("the content is cut off")
	}
	d := Envelope{Body: bytes.Clone(b[:end])}
	count := int(b[end])
	size := end + 1
	for range count {
		if len(b) < size+5 {
			return bad("a signature is cut off")
		}
		s := Signature{Key: KeyID(b[size:]), Algorithm: Algorithm(b[size+4])}
		length := s.Algorithm.size()
		if length == 0 {
			return bad("there is no signature %s", s.Algorithm)
		}
		if len(b) < size+5+length || size+5+length > MaxEnvelopeBytes {
			return bad("a signature is cut off, or the document longer than %d bytes", MaxEnvelopeBytes)
		}
		s.Bytes = bytes.Clone(b[size+5 : size+5+length])
		if last := len(d.Signatures) - 1; last >= 0 && d.Signatures[last].compare(s) >= 0 {
			return bad("the signatures are out of order")
		}
		d.Signatures, size = append(d.Signatures, s), size+5+length
	}
	return d, b[size:], nil
}

// message is what the root's keys sign.
func (d Envelope) message() []byte { return append([]byte(documentDomain), d.Body...) }

// Sign gives the document with both signatures of a root key, in the place of
// any that it had.
func (d Envelope) Sign(key RootKey) (Envelope, error) {
	message := d.message()
	quantum, err := key.quantum.SignDeterministic(message, nil)
	if err != nil {
		return Envelope{}, fmt.Errorf("sign with key %s: %w", key.ID(), err)
	}
	signed := Envelope{Body: d.Body}
	for _, s := range d.Signatures {
		if s.Key != key.ID() {
			signed.Signatures = append(signed.Signatures, s)
		}
	}
	signed.Signatures = append(signed.Signatures,
		Signature{key.ID(), AlgorithmEd25519, ed25519.Sign(key.classic, message)},
		Signature{key.ID(), AlgorithmMLDSA65, quantum})
	slices.SortFunc(signed.Signatures, Signature.compare)
	return signed, nil
}
