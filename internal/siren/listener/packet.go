// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package listener

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The control packets of MQTT 3.1.1 that a client may send here (section 2.2.1).
const (
	kindConnect     = 1
	kindPublish     = 3
	kindSubscribe   = 8
	kindUnsubscribe = 10
	kindPing        = 12
	kindDisconnect  = 14
)

// errProtocol: what came is not MQTT 3.1.1 as it is spoken here.
var errProtocol = errors.New("not MQTT 3.1.1 at QoS 0")

func malformed(format string, a ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errProtocol}, a...)...)
}

// packet is one control packet as it came.
type packet struct {
	kind, flags byte
	body        []byte
}

// readPacket reads a packet of at most limit bytes behind its head. It takes no
// memory for more, whatever the head says.
func readPacket(r *bufio.Reader, limit int) (packet, error) {
	head, err := r.ReadByte()
	if err != nil {
		return packet{}, err
	}
	// Refused before its length is believed: what speaks another protocol has none.
	if !slices.Contains([]byte{kindConnect, kindPublish, kindSubscribe, kindUnsubscribe, kindPing, kindDisconnect}, head>>4) {
		return packet{}, malformed("a packet of kind %d", head>>4)
	}
	length := 0
	for shift := 0; ; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return packet{}, unexpected(err)
		}
		if shift > 21 {
			return packet{}, malformed("a length of over four bytes")
		}
		length |= int(b&0x7f) << shift
		if b < 0x80 {
			break
		}
	}
	if length > limit {
		return packet{}, fmt.Errorf("%w: a packet of %d bytes, over %d", errLimit, length, limit)
	}
	p := packet{kind: head >> 4, flags: head & 0x0f, body: make([]byte, length)}
	if _, err := io.ReadFull(r, p.body); err != nil {
		return packet{}, unexpected(err)
	}
	return p, nil
}

// unexpected turns an end in the midst of a packet into what it is.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// cursor reads the fields of a packet's body; the first error stays.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) fail(format string, a ...any) {
	if c.err == nil {
		c.err = malformed(format, a...)
	}
	c.rest = nil
}

func (c *cursor) take(n int) []byte {
	if len(c.rest) < n {
		c.fail("a packet that ends early")
		return make([]byte, n)
	}
	taken := c.rest[:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *cursor) byte() byte { return c.take(1)[0] }

func (c *cursor) uint16() uint16 { return binary.BigEndian.Uint16(c.take(2)) }

// binary is a field with its length in front.
func (c *cursor) binary() []byte {
	n := int(c.uint16())
	if c.err != nil {
		return nil
	}
	return c.take(n)
}

// text is a field of UTF-8 without null characters (section 1.5.3).
func (c *cursor) text() string {
	raw := c.binary()
	if !utf8.Valid(raw) || strings.ContainsRune(string(raw), 0) {
		c.fail("a text that is not UTF-8")
	}
	return string(raw)
}

// end is to be called when everything was read.
func (c *cursor) end() error {
	if c.err == nil && len(c.rest) > 0 {
		c.fail("%d bytes behind the end of a packet", len(c.rest))
	}
	return c.err
}

// connect is what a client says first (section 3.1).
type connect struct {
	version        byte
	client         string
	user, password string
	keepAlive      time.Duration
	will           *message
}

func parseConnect(p packet) (connect, error) {
	if p.kind != kindConnect || p.flags != 0 {
		return connect{}, malformed("it begins with a packet of kind %d", p.kind)
	}
	c := cursor{rest: p.body}
	protocol := c.text()
	o := connect{version: c.byte()}
	if c.err == nil && (protocol != "MQTT" || o.version != 4) {
		// The fields that follow differ from version to version.
		return connect{version: o.version}, fmt.Errorf("%w: protocol %q, version %d", errVersion, protocol, o.version)
	}
	flags := c.byte()
	o.keepAlive = time.Duration(c.uint16()) * time.Second
	o.client = c.text()
	willQoS := flags >> 3 & 3
	switch hasWill := flags&0x04 != 0; {
	case flags&0x01 != 0, !hasWill && flags&0x38 != 0, flags&0xc0 == 0x40:
		c.fail("flags of %#x", flags)
	case hasWill:
		o.will = &message{retain: flags&0x20 != 0, topic: c.topic()}
		o.will.payload = c.binary()
		if willQoS != 0 {
			c.fail("a last will at QoS %d", willQoS)
		}
	}
	if flags&0x80 != 0 {
		o.user = c.text()
	}
	if flags&0x40 != 0 {
		o.password = string(c.binary())
	}
	return o, c.end()
}

// errVersion is answered, unlike other faults of a CONNECT.
var errVersion = errors.New("another version of MQTT than 3.1.1")

// message is what is published.
type message struct {
	topic   string
	payload []byte
	retain  bool
}

// topic is the name of one topic: not empty and without wildcards (section 4.7).
func (c *cursor) topic() string {
	name := c.text()
	if c.err == nil && (name == "" || strings.ContainsAny(name, "+#")) {
		c.fail("%q is no topic", name)
	}
	return name
}

// parsePublish reads a PUBLISH at QoS 0 (section 3.3).
func parsePublish(p packet) (message, error) {
	if p.flags&0x06 != 0 {
		return message{}, fmt.Errorf("%w: a publication at QoS %d", errQoS, p.flags>>1&3)
	}
	if p.flags&0x08 != 0 {
		return message{}, malformed("a duplicate at QoS 0")
	}
	c := cursor{rest: p.body}
	m := message{topic: c.topic(), retain: p.flags&0x01 != 0}
	m.payload = c.rest
	return m, c.err
}

// errQoS: something was asked for that only QoS 0 is there for.
var errQoS = errors.New("only QoS 0 is served")

// filter is one topic filter with the QoS that is asked for.
type filter struct {
	topics string
	qos    byte
}

// parseSubscribe reads a SUBSCRIBE (section 3.8), or an UNSUBSCRIBE (3.10) whose
// filters have no QoS.
func parseSubscribe(p packet) (id uint16, filters []filter, err error) {
	c := cursor{rest: p.body}
	if p.flags != 2 {
		c.fail("flags of %#x", p.flags)
	}
	if id = c.uint16(); id == 0 {
		c.fail("the packet identifier is zero")
	}
	for c.err == nil && len(c.rest) > 0 {
		f := filter{topics: c.text()}
		if p.kind == kindSubscribe {
			f.qos = c.byte()
		}
		if f.qos > 2 || !validFilter(f.topics) {
			c.fail("%q at QoS %d is no subscription", f.topics, f.qos)
		}
		filters = append(filters, f)
	}
	if len(filters) == 0 {
		c.fail("no topic filter")
	}
	return id, filters, c.end()
}

// validFilter holds a topic filter to section 4.7.1.
func validFilter(f string) bool {
	if f == "" {
		return false
	}
	levels := strings.Split(f, "/")
	for i, level := range levels {
		if level == "#" && i < len(levels)-1 || len(level) > 1 && strings.ContainsAny(level, "+#") {
			return false
		}
	}
	return true
}

// covers reports whether every topic that the filter matches is matched by the
// allowed one too. A topic is a filter without wildcards.
func covers(allowed, filter string) bool {
	a, f := strings.Split(allowed, "/"), strings.Split(filter, "/")
	for i, level := range a {
		switch {
		case level == "#":
			return true
		case i == len(f), f[i] == "#":
			return false
		case level != "+" && level != f[i]:
			return false
		}
	}
	return len(a) == len(f)
}

// The packets that the listener sends.

func connack(code byte) []byte { return []byte{0x20, 2, 0, code} }

// The return codes of a CONNACK (section 3.2.2.3).
const (
	accepted           = 0
	refusedVersion     = 1
	refusedClient      = 2
	refusedUnavailable = 3
	refusedUser        = 5
)

// refusedSubscription is the return code of a SUBACK (section 3.9.3).
const refusedSubscription = 0x80

func suback(id uint16, codes []byte) []byte {
	return append(binary.BigEndian.AppendUint16(head(0x90, 2+len(codes)), id), codes...)
}

func unsuback(id uint16) []byte { return binary.BigEndian.AppendUint16([]byte{0xb0, 2}, id) }

func pingresp() []byte { return []byte{0xd0, 0} }

func publication(m message) []byte {
	first := byte(0x30)
	if m.retain {
		first |= 1
	}
	b := head(first, 2+len(m.topic)+len(m.payload))
	b = binary.BigEndian.AppendUint16(b, uint16(len(m.topic)))
	return append(append(b, m.topic...), m.payload...)
}

// head is a fixed header with the remaining length (section 2.2).
func head(first byte, length int) []byte {
	b := append(make([]byte, 0, 5+length), first)
	for length >= 0x80 {
		b = append(b, byte(length)|0x80)
		length >>= 7
	}
	return append(b, byte(length))
}
