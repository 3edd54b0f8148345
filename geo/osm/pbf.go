// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package osm

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The limits of the format (OSM PBF, "File format"), and of the strings in a
// block, of which the format says nothing.
const (
	maxHeader  = 64 << 10 // bytes
	maxBlob    = 32 << 20 // bytes, packed and unpacked
	maxStrings = 1 << 20
)

// pbf reads one file. Its buffers serve all blocks.
type pbf struct {
	in     io.Reader
	offset int64
	packed []byte
	raw    bytes.Buffer
	unzip  io.ReadCloser
	want   Query
	take   func(Element) error
}

// ReadPBF gives every element that is looked for to take, in the order of the
// file. Blocks without a tag in their table of strings cost no more than unpacking
// them, unless nodes are looked for by their ids. Blocks packed otherwise than by zlib are an error. Errors are as those of
// ReadXML.
func ReadPBF(in io.Reader, want Query, take func(Element) error) error {
	p := &pbf{in: in, want: want, take: take}
	for first := true; ; first = false {
		at := p.offset
		kind, size, err := p.header()
		if errors.Is(err, io.EOF) && !first {
			return nil
		}
		if err == nil {
			err = p.blob(kind, size, first)
		}
		var own *taken
		if errors.As(err, &own) {
			return own.err
		}
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New("it ends too early")
			}
			return &Error{at, err.Error()}
		}
	}
}

// taken is an error of the caller's own.
type taken struct{ err error }

func (t *taken) Error() string { return t.err.Error() }

// header reads the head of the next blob; io.EOF says that there is none.
func (p *pbf) header() (kind string, size int, err error) {
	var length [4]byte
	if n, err := io.ReadFull(p.in, length[:]); err != nil {
		if n > 0 {
			return "", 0, io.ErrUnexpectedEOF
		}
		return "", 0, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxHeader {
		return "", 0, fmt.Errorf("the head of a block has %d bytes, more than the format allows; it is no PBF file", n)
	}
	head := make([]byte, n)
	if _, err := io.ReadFull(p.in, head); err != nil {
		return "", 0, io.ErrUnexpectedEOF
	}
	p.offset += int64(4 + n)
	for m := (message{rest: head}); m.next(); {
		switch m.field {
		case 1:
			kind = string(m.bytes)
		case 3:
			if m.number > maxBlob {
				return "", 0, fmt.Errorf("a block of %d bytes is larger than the format allows", m.number)
			}
			size = int(m.number)
		}
		err = m.err
	}
	return kind, size, err
}

// blob reads one block and what is in it.
func (p *pbf) blob(kind string, size int, first bool) error {
	if cap(p.packed) < size {
		p.packed = make([]byte, size)
	}
	p.packed = p.packed[:size]
	if _, err := io.ReadFull(p.in, p.packed); err != nil {
		return io.ErrUnexpectedEOF
	}
	p.offset += int64(size)
	if first && kind != "OSMHeader" {
		return errors.New("it does not begin with a header; it is no PBF file")
	}
	if kind != "OSMHeader" && kind != "OSMData" {
		return nil // blocks of other kinds are to be passed over
	}
	raw, err := p.unpack()
	if err != nil {
		return err
	}
	if kind == "OSMHeader" {
		return checkFeatures(raw)
	}
	return p.block(raw)
}

// unpack gives the content of the blob.
func (p *pbf) unpack() ([]byte, error) {
	var raw, zipped []byte
	m := message{rest: p.packed}
	for m.next() {
		switch m.field {
		case 1:
			raw = m.bytes
		case 3:
			zipped = m.bytes
		case 4, 5, 6, 7:
			return nil, errors.New("a block is packed otherwise than by zlib. Pack it again with: osmium cat in.pbf -o out.pbf")
		}
	}
	if m.err != nil || zipped == nil {
		return raw, m.err
	}
	var err error
	source := bytes.NewReader(zipped)
	if p.unzip == nil {
		p.unzip, err = zlib.NewReader(source)
	} else {
		err = p.unzip.(zlib.Resetter).Reset(source, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("unpack a block: %w", err)
	}
	p.raw.Reset()
	n, err := io.Copy(&p.raw, io.LimitReader(p.unzip, maxBlob+1))
	if err != nil {
		return nil, fmt.Errorf("unpack a block: %w", err)
	}
	if n > maxBlob {
		return nil, fmt.Errorf("a block unpacks to over %d bytes", maxBlob)
	}
	return p.raw.Bytes(), nil
}

// checkFeatures refuses files that need what this reader does not know.
func checkFeatures(header []byte) error {
	m := message{rest: header}
	for m.next() {
		if m.field != 4 {
			continue
		}
		switch feature := string(m.bytes); feature {
		case "OsmSchema-V0.6", "DenseNodes":
		default:
			return fmt.Errorf("the file needs %.40q, which is not known here", feature)
		}
	}
	return m.err
}

// block is one block of elements.
type block struct {
	strings [][]byte
	// keys and values are the places of the tags in strings, by their place in the
	// query; 0 for none: the first string is always empty.
	keys, values         []uint64
	granularity          int64
	latOffset, lonOffset int64
}

func (p *pbf) block(raw []byte) error {
	b := block{granularity: 100, keys: make([]uint64, len(p.want.Tags)), values: make([]uint64, len(p.want.Tags))}
	var groups [][]byte
	m := message{rest: raw}
	for m.next() {
		switch m.field {
		case 1:
			if err := b.table(m.bytes, p.want.Tags); err != nil {
				return err
			}
		case 2:
			if len(groups) >= maxStrings {
				return errors.New("a block has too many groups")
			}
			groups = append(groups, m.bytes)
		case 17:
			b.granularity = int64(m.number)
		case 19:
			b.latOffset = int64(m.number)
		case 20:
			b.lonOffset = int64(m.number)
		}
	}
	if m.err != nil || len(p.want.Nodes) == 0 && !b.tags() {
		return m.err
	}
	for _, group := range groups {
		if err := p.group(&b, group); err != nil {
			return err
		}
	}
	return nil
}

// tags reports whether one of the tags may be in the block.
func (b *block) tags() bool {
	for i := range b.keys {
		if b.keys[i] != 0 && b.values[i] != 0 {
			return true
		}
	}
	return false
}

// is reports whether a tag of an element is one of those looked for.
func (b *block) is(key, value uint64) bool {
	for i := range b.keys {
		if key != 0 && value != 0 && b.keys[i] == key && b.values[i] == value {
			return true
		}
	}
	return false
}

func (b *block) table(raw []byte, want []Tag) error {
	m := message{rest: raw}
	for m.next() {
		if m.field != 1 {
			continue
		}
		if len(b.strings) >= maxStrings {
			return errors.New("a block has too many strings")
		}
		for i, t := range want {
			if string(m.bytes) == t.Key {
				b.keys[i] = uint64(len(b.strings))
			}
			if string(m.bytes) == t.Value {
				b.values[i] = uint64(len(b.strings))
			}
		}
		b.strings = append(b.strings, m.bytes)
	}
	return m.err
}

func (p *pbf) group(b *block, raw []byte) error {
	m := message{rest: raw}
	for m.next() {
		var err error
		switch m.field {
		case 1:
			err = p.element(b, Node, m.bytes)
		case 2:
			err = p.dense(b, m.bytes)
		case 3:
			err = p.element(b, Way, m.bytes)
		case 4:
			err = p.element(b, Relation, m.bytes)
		}
		if err != nil {
			return err
		}
	}
	return m.err
}

// element reads a node, way or relation that is a message of its own.
func (p *pbf) element(b *block, kind Kind, raw []byte) error {
	e := Element{Kind: kind}
	var keys, values, refs packed
	var lat, lon int64
	m := message{rest: raw}
	for m.next() {
		switch {
		case m.field == 1 && kind == Node:
			e.ID = zigzag(m.number)
		case m.field == 1:
			e.ID = int64(m.number)
		case m.field == 2:
			keys = packed{m.bytes}
		case m.field == 3:
			values = packed{m.bytes}
		case m.field == 8 && kind == Way:
			refs = packed{m.bytes}
		case m.field == 8 && kind == Node:
			lat = zigzag(m.number)
		case m.field == 9 && kind == Node:
			lon = zigzag(m.number)
		}
	}
	if m.err != nil {
		return m.err
	}
	found := false
	for keys, values := keys, values; ; {
		k, moreKeys := keys.next()
		v, moreValues := values.next()
		if !moreKeys || !moreValues {
			break
		}
		found = found || b.is(k, v)
	}
	if !found && !(kind == Node && p.want.Nodes[e.ID]) {
		return nil
	}
	e.Tags = map[string]string{}
	for len(e.Tags) < maxTags {
		k, moreKeys := keys.next()
		v, moreValues := values.next()
		if !moreKeys || !moreValues {
			break
		}
		if err := b.tag(&e, k, v); err != nil {
			return err
		}
	}
	for ref := int64(0); kind == Way && p.want.Refs && len(e.Refs) < maxRefs; {
		step, more := refs.next()
		if !more {
			break
		}
		ref += zigzag(step)
		e.Refs = append(e.Refs, ref)
	}
	if kind == Node {
		e.locate(b.degrees(b.latOffset, lat), b.degrees(b.lonOffset, lon))
	}
	return p.give(e)
}

// dense reads nodes whose members stand in columns, each as its difference to the
// one before.
func (p *pbf) dense(b *block, raw []byte) error {
	var ids, lats, lons, tags packed
	m := message{rest: raw}
	for m.next() {
		switch m.field {
		case 1:
			ids = packed{m.bytes}
		case 8:
			lats = packed{m.bytes}
		case 9:
			lons = packed{m.bytes}
		case 10:
			tags = packed{m.bytes}
		}
	}
	if m.err != nil {
		return m.err
	}
	var id, lat, lon int64
	for {
		step, more := ids.next()
		if !more {
			return nil
		}
		id += zigzag(step)
		up, hasLat := lats.next()
		east, hasLon := lons.next()
		if !hasLat || !hasLon {
			return errors.New("dense nodes have more ids than positions")
		}
		lat, lon = lat+zigzag(up), lon+zigzag(east)
		own, found := tags, false
		for {
			k, more := tags.next()
			if !more || k == 0 {
				break
			}
			v, _ := tags.next()
			found = found || b.is(k, v)
		}
		if !found && !p.want.Nodes[id] {
			continue
		}
		e := Element{Kind: Node, ID: id, Tags: map[string]string{}}
		e.locate(b.degrees(b.latOffset, lat), b.degrees(b.lonOffset, lon))
		for len(e.Tags) < maxTags {
			k, more := own.next()
			if !more || k == 0 {
				break
			}
			v, _ := own.next()
			if err := b.tag(&e, k, v); err != nil {
				return err
			}
		}
		if err := p.give(e); err != nil {
			return err
		}
	}
}

func (p *pbf) give(e Element) error {
	if err := p.take(e); err != nil {
		return &taken{err}
	}
	return nil
}

func (b *block) tag(e *Element, key, value uint64) error {
	if key >= uint64(len(b.strings)) || value >= uint64(len(b.strings)) {
		return errors.New("a tag names a string that is not there")
	}
	e.Tags[string(b.strings[key])] = string(b.strings[value])
	return nil
}

// degrees is the coordinate that stands for v, in units of the block's
// granularity, which is in billionths of a degree.
func (b *block) degrees(offset, v int64) float64 {
	return 1e-9 * (float64(offset) + float64(b.granularity)*float64(v))
}
