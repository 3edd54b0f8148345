// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// BundleExtension is the ending of files that hold a bundle.
const BundleExtension = ".tocsin"

// BundleMediaType is the media type of a bundle.
const BundleMediaType = "application/vnd.tocsin.bundle"

const bundleVersion = "tocsin-bundle/v1"

// MaxLater is the most later proofs that a bundle holds.
const MaxLater = 8

// maxMessage is what the gate lets through by default, in bytes.
const maxMessage = 1 << 20

// maxBundleHead and maxBundle bound the lines before the parts, and all, in bytes.
const (
	maxBundleHead = 512
	maxBundle     = maxMessage + (MaxLater+2)*maxProof + maxBundleHead
)

// Bundle is a message with all that shows where it comes from.
type Bundle struct {
	// CAP is the message's exact bytes; empty for a proof alone.
	CAP []byte
	// Proof is that of the message's leaf; nil while the log cannot be reached.
	Proof *Proof
	// Issuer is the leaf as a note that the authority signed (grade C); empty
	// when there is a proof.
	Issuer []byte
	// Later are proofs of later leaves of the same warning, which update or end it.
	Later []*Proof
}

// Encode writes the bundle: a line for each part with its kind and length, an
// empty line, then the parts one after the other.
func (b *Bundle) Encode() []byte {
	head, body := bytes.NewBufferString(bundleVersion+"\n"), &bytes.Buffer{}
	part := func(name string, raw []byte) {
		fmt.Fprintf(head, "%s %d\n", name, len(raw))
		body.Write(raw)
	}
	if len(b.CAP) > 0 {
		part("cap", b.CAP)
	}
	if b.Proof != nil {
		part("proof", b.Proof.Text())
	}
	if len(b.Issuer) > 0 {
		part("issuer", b.Issuer)
	}
	for _, proof := range b.Later {
		part("later", proof.Text())
	}
	head.WriteByte('\n')
	return append(head.Bytes(), body.Bytes()...)
}

// ParseBundle reads a bundle. It verifies nothing. It accepts the one form that
// Encode writes.
func ParseBundle(raw []byte) (*Bundle, error) {
	if len(raw) > maxBundle {
		return nil, fmt.Errorf("bundle: it has %d bytes, more than %d", len(raw), maxBundle)
	}
	end := bytes.Index(raw[:min(len(raw), maxBundleHead)], []byte("\n\n"))
	if end < 0 || !bytes.HasPrefix(raw, []byte(bundleVersion+"\n")) {
		return nil, errors.New("bundle: it does not begin with " + bundleVersion)
	}
	lines := strings.Split(string(raw[:end]), "\n")
	body := raw[end+2:]
	b := &Bundle{}
	for i, line := range lines[1:] {
		name, length, _ := strings.Cut(line, " ")
		n, err := strconv.Atoi(length)
		if err != nil || n < 1 || n > len(body) {
			return nil, fmt.Errorf("bundle: line %d does not say how long the part is, or it is cut short", i+2)
		}
		if err := b.add(name, body[:n:n]); err != nil {
			return nil, fmt.Errorf("bundle: line %d: %w", i+2, err)
		}
		body = body[n:]
	}
	if !bytes.Equal(b.Encode(), raw) {
		return nil, errors.New("bundle: it is not written in its one form")
	}
	return b, nil
}

func (b *Bundle) add(name string, part []byte) error {
	switch name {
	case "cap":
		if len(part) > maxMessage {
			return fmt.Errorf("the message has more than %d bytes", maxMessage)
		}
		b.CAP = part
		return nil
	case "issuer":
		b.Issuer = part
		return nil
	case "proof", "later":
		proof, err := ParseProof(part)
		if err != nil {
			return err
		}
		if name == "proof" {
			b.Proof = proof
		} else if b.Later = append(b.Later, proof); len(b.Later) > MaxLater {
			return fmt.Errorf("there are more than %d later proofs", MaxLater)
		}
		return nil
	}
	return fmt.Errorf("there is no part %q", name)
}
