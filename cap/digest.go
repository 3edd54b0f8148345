// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// Content returns the bytes that ContentDigest digests: Write's, with the sent
// element cut out from the < of its start tag to the > of its end tag. The
// value of Sent does not matter and may be zero. Errors are those of Write.
func Content(a *Alert) ([]byte, error) {
	message := *a
	message.Sent = NewTime(time.Unix(0, 0).UTC())
	raw, err := Write(&message)
	if err != nil {
		return nil, err
	}
	// Text cannot hold a <, so that the first tags found are the right ones.
	before, rest, _ := bytes.Cut(raw, []byte("<sent>"))
	_, after, _ := bytes.Cut(rest, []byte("</sent>"))
	return append(bytes.Clone(before), after...), nil
}

// ContentDigest returns the SHA-256 of Content: of everything that the people
// who write and release a message decide. The time of sending is not theirs;
// the node sets it when it sends. docs/formats/content-digest.md has the rule
// for other implementations. Errors are those of Write.
func ContentDigest(a *Alert) ([32]byte, error) {
	content, err := Content(a)
	if err != nil {
		return [32]byte{}, err
	}
	return sha256.Sum256(content), nil
}

// ContentCode returns six decimal digits by which two people compare a digest
// by eye or by telephone: its first eight bytes as a big-endian number, modulo
// 1,000,000, with leading zeros. They guard against a mix-up, not against an
// attacker; signatures cover the whole digest.
func ContentCode(digest [32]byte) string {
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(digest[:8])%1_000_000)
}
