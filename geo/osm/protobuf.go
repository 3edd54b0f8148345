// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package osm

import (
	"encoding/binary"
	"errors"
)

// message walks over the fields of a Protocol Buffers message (wire format,
// proto2). Nothing is copied.
type message struct {
	rest   []byte
	field  uint64
	number uint64 // of a varint or a fixed field
	bytes  []byte // of a field with a length
	err    error
}

var errMessage = errors.New("a message is cut off or malformed")

// next reads a field; false at the end, and at an error, which err then has.
func (m *message) next() bool {
	if len(m.rest) == 0 || m.err != nil {
		return false
	}
	key, ok := m.varint()
	if m.field, m.number, m.bytes = key>>3, 0, nil; !ok || m.field == 0 {
		m.err = errMessage
		return false
	}
	switch key & 7 {
	case 0:
		m.number, ok = m.varint()
	case 1:
		if ok = len(m.rest) >= 8; ok {
			m.number, m.rest = binary.LittleEndian.Uint64(m.rest), m.rest[8:]
		}
	case 2:
		var n uint64
		if n, ok = m.varint(); ok && n <= uint64(len(m.rest)) {
			m.bytes, m.rest = m.rest[:n:n], m.rest[n:]
		} else {
			ok = false
		}
	case 5:
		if ok = len(m.rest) >= 4; ok {
			m.number, m.rest = uint64(binary.LittleEndian.Uint32(m.rest)), m.rest[4:]
		}
	default:
		ok = false
	}
	if !ok {
		m.err = errMessage
	}
	return ok
}

func (m *message) varint() (uint64, bool) {
	v, n := binary.Uvarint(m.rest)
	if n <= 0 {
		return 0, false
	}
	m.rest = m.rest[n:]
	return v, true
}

// packed walks over a packed list of varints. What is malformed ends it.
type packed struct{ rest []byte }

func (p *packed) next() (uint64, bool) {
	v, n := binary.Uvarint(p.rest)
	if n <= 0 {
		p.rest = nil
		return 0, false
	}
	p.rest = p.rest[n:]
	return v, true
}

// zigzag is the signed number that v stands for.
func zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
