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
	"strconv"
	"strings"
	"time"
)

// The versions of frames: with one signature, and with a second one by another key.
const (
	FrameVersion       = 1
	FrameVersionSecond = 2
)

// MaxFrameBytes is the longest frame. Longer lists of sirens are split into
// several frames, each signed on its own.
const MaxFrameBytes = 1000

const (
	frameHeadBytes = 23
	minFrameBytes  = frameHeadBytes + ed25519.SignatureSize
	// secondBytes is what a second signature adds: the key's id and the signature.
	secondBytes    = 4 + ed25519.SignatureSize
	maxTargetBytes = MaxFrameBytes - minFrameBytes
	// partBytes is how long a part of a split target may be, so that there is room
	// for a second signature.
	partBytes = maxTargetBytes - secondBytes
	// frameDomain keeps a frame's signature from being valid for anything else, and
	// secondDomain both signatures of a frame with two from being valid alone.
	frameDomain  = "tocsin siren frame v1\n"
	secondDomain = "tocsin siren frame v2\n"
	// MaxCounter is the highest counter that a frame can carry (48 bits).
	MaxCounter = 1<<48 - 1
	// replyUnit is the unit of the reply window on the wire.
	replyUnit = 100 * time.Millisecond
	// MaxReplyWindow is the longest reply window that a frame can carry.
	MaxReplyWindow = 255 * replyUnit
)

// Action is what a frame commands.
type Action uint8

// The actions.
const (
	ActionSound  Action = 1 // sound a signal
	ActionStop   Action = 2 // end whatever sounds
	ActionTest   Action = 3 // give a test signal, never an alarm pattern
	ActionBeacon Action = 4 // no command: tells the time and which counters are over
)

// AllActions are what an authority's own key may do.
var AllActions = []Action{ActionSound, ActionStop, ActionTest, ActionBeacon}

// String is the action's name.
func (a Action) String() string {
	switch a {
	case ActionSound:
		return "sound"
	case ActionStop:
		return "stop"
	case ActionTest:
		return "test"
	case ActionBeacon:
		return "beacon"
	default:
		return fmt.Sprintf("action %d", uint8(a))
	}
}

// Frame is one signed command to sirens (docs/formats/siren-frame.md).
type Frame struct {
	Key   KeyID
	Epoch uint16
	// Counter grows with every frame of a key; a device acts on none twice. In a
	// beacon it is the highest counter whose frame is over.
	Counter uint64
	// NotBefore and TTL are when the frame may be acted on first and for how
	// long, in whole seconds. In a beacon NotBefore is the time.
	NotBefore time.Time
	TTL       time.Duration
	Action    Action
	// Signal is the number of the signal to sound or test; zero otherwise.
	Signal uint8
	// ReplyWindow is the time over which devices spread their answers, in steps
	// of 100 ms up to 25.5 s.
	ReplyWindow time.Duration
	Target      Target
	// Second is the key that signed beside Key; zero for none.
	Second KeyID
}

// FrameID names a frame. It is unique because a key never repeats a counter.
type FrameID struct {
	Key     KeyID
	Epoch   uint16
	Counter uint64
}

// ID is the frame's name.
func (f Frame) ID() FrameID { return FrameID{f.Key, f.Epoch, f.Counter} }

// Expires is when the frame may no longer be acted on.
func (f Frame) Expires() time.Time { return f.NotBefore.Add(f.TTL) }

// IsZero reports whether the id names no frame.
func (id FrameID) IsZero() bool { return id == FrameID{} }

// String is the key id, the epoch and the counter, as in "1f0a22b3-1-4096".
func (id FrameID) String() string {
	return fmt.Sprintf("%s-%d-%d", id.Key, id.Epoch, id.Counter)
}

// ParseFrameID reads what String writes.
func ParseFrameID(s string) (FrameID, error) {
	var id FrameID
	parts := strings.Split(s, "-")
	if len(parts) != 3 {
		return FrameID{}, fmt.Errorf("frame id %q has not three parts", s)
	}
	if err := id.Key.UnmarshalText([]byte(parts[0])); err != nil {
		return FrameID{}, fmt.Errorf("frame id %q: %w", s, err)
	}
	epoch, err := strconv.ParseUint(parts[1], 10, 16)
	if err != nil {
		return FrameID{}, fmt.Errorf("frame id %q: epoch: %w", s, err)
	}
	id.Epoch = uint16(epoch)
	if id.Counter, err = strconv.ParseUint(parts[2], 10, 48); err != nil {
		return FrameID{}, fmt.Errorf("frame id %q: counter: %w", s, err)
	}
	if id.String() != s {
		return FrameID{}, fmt.Errorf("frame id %q is not in its one form %q", s, id)
	}
	return id, nil
}

// MarshalText implements encoding.TextMarshaler.
func (id FrameID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *FrameID) UnmarshalText(text []byte) error {
	parsed, err := ParseFrameID(string(text))
	if err == nil {
		*id = parsed
	}
	return err
}

// The ways in which bytes are no frame.
var (
	ErrFrameLength  = errors.New("siren: not the length of a frame")
	ErrFrameVersion = errors.New("siren: frame of an unknown version")
	ErrFrameField   = errors.New("siren: frame with an impossible field")
)

// check holds a frame to the rules that reader and writer share.
func (f Frame) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrFrameField, fmt.Sprintf(format, args...))
	}
	seconds, ttl := f.NotBefore.Unix(), f.TTL/time.Second
	switch {
	case f.Counter > MaxCounter:
		return bad("the counter %d has more than 48 bits", f.Counter)
	case seconds < 0 || seconds > 1<<32-1 || f.NotBefore.Nanosecond() != 0:
		return bad("not before %v is no whole second of 32 bits", f.NotBefore)
	case ttl < 1 || ttl > 1<<16-1 || f.TTL%time.Second != 0:
		return bad("a validity of %v is not 1 to 65535 whole seconds", f.TTL)
	case f.ReplyWindow < 0 || f.ReplyWindow > MaxReplyWindow || f.ReplyWindow%replyUnit != 0:
		return bad("a reply window of %v is not 0 to 25.5 s in steps of 100 ms", f.ReplyWindow)
	}
	switch f.Action {
	case ActionSound, ActionTest:
		if f.Signal == 0 {
			return bad("%s names no signal", f.Action)
		}
	case ActionStop:
		if f.Signal != 0 {
			return bad("stop names a signal")
		}
	case ActionBeacon:
		if f.Signal != 0 || f.ReplyWindow != 0 {
			return bad("a beacon asks for something")
		}
		if f.Second != (KeyID{}) {
			return bad("a beacon with a second signature")
		}
	default:
		return bad("there is no %s", f.Action)
	}
	switch {
	case f.Target.Type == TargetChallenge && f.Action != ActionBeacon:
		return bad("only a beacon answers a challenge")
	case f.Second == f.Key && f.Second != (KeyID{}):
		return bad("one key signed twice")
	}
	return nil
}

// Sign writes the frame with the signer's key id in its place and signs it, with
// a second signer where one is given. Fields that do not fit the wire are ErrFrameField.
func (f Frame) Sign(signer Signer, second ...Signer) ([]byte, error) {
	f.Key, f.Second = signer.KeyID(), KeyID{}
	if len(second) > 1 {
		return nil, fmt.Errorf("%w: %d signatures", ErrFrameField, 1+len(second))
	}
	version, domain := byte(FrameVersion), frameDomain
	if len(second) == 1 {
		version, domain, f.Second = FrameVersionSecond, secondDomain, second[0].KeyID()
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	target, err := f.Target.encode()
	if err != nil {
		return nil, err
	}
	if len(second) == 1 && len(target) > partBytes {
		return nil, fmt.Errorf("%w: a target of %d bytes leaves no room for a second signature", ErrFrameLength, len(target))
	}
	b := make([]byte, 0, minFrameBytes+len(target)+secondBytes)
	b = append(b, version)
	b = append(b, f.Key[:]...)
	b = binary.BigEndian.AppendUint16(b, f.Epoch)
	b = appendUint48(b, f.Counter)
	b = binary.BigEndian.AppendUint32(b, uint32(f.NotBefore.Unix()))
	b = binary.BigEndian.AppendUint16(b, uint16(f.TTL/time.Second))
	b = append(b, byte(f.Action), f.Signal, byte(f.ReplyWindow/replyUnit), byte(f.Target.Type))
	b = append(b, target...)
	if len(second) == 0 {
		return seal(b, domain, signer)
	}
	b = append(b, f.Second[:]...)
	first, err := seal(b, domain, signer)
	if err != nil {
		return nil, err
	}
	both, err := seal(b[:len(b):len(b)], domain, second[0])
	if err != nil {
		return nil, err
	}
	return append(first, both[len(b):]...), nil
}

// ParseFrame reads a frame and does not verify it: nothing in it may be acted
// on before VerifyFrame. It takes only what Sign can have written.
func ParseFrame(b []byte) (Frame, error) {
	if len(b) > 0 && b[0] != FrameVersion && b[0] != FrameVersionSecond {
		return Frame{}, fmt.Errorf("%w: %d", ErrFrameVersion, b[0])
	}
	least := minFrameBytes
	if len(b) > 0 && b[0] == FrameVersionSecond {
		least += secondBytes
	}
	if len(b) < least || len(b) > MaxFrameBytes {
		return Frame{}, fmt.Errorf("%w: %d bytes, want %d to %d", ErrFrameLength, len(b), least, MaxFrameBytes)
	}
	f := Frame{
		Key:         KeyID(b[1:5]),
		Epoch:       binary.BigEndian.Uint16(b[5:]),
		Counter:     uint48(b[7:]),
		NotBefore:   time.Unix(int64(binary.BigEndian.Uint32(b[13:])), 0).UTC(),
		TTL:         time.Duration(binary.BigEndian.Uint16(b[17:])) * time.Second,
		Action:      Action(b[19]),
		Signal:      b[20],
		ReplyWindow: time.Duration(b[21]) * replyUnit,
	}
	end := len(b) - ed25519.SignatureSize
	if b[0] == FrameVersionSecond {
		end -= secondBytes
		f.Second = KeyID(b[end:])
		if f.Second == (KeyID{}) {
			return Frame{}, fmt.Errorf("%w: the second key has no id", ErrFrameField)
		}
	}
	target, err := parseTarget(TargetType(b[22]), b[frameHeadBytes:end])
	if err != nil {
		return Frame{}, err
	}
	f.Target = target
	if err := f.check(); err != nil {
		return Frame{}, err
	}
	return f, nil
}

// VerifyFrame reports whether the bytes of a frame bear the signature of its
// first key.
func VerifyFrame(b []byte, public ed25519.PublicKey) bool {
	if len(b) > 0 && b[0] == FrameVersionSecond {
		end := len(b) - ed25519.SignatureSize
		return end >= 0 && sealed(b[:end], secondDomain, public)
	}
	return sealed(b, frameDomain, public)
}

// VerifySecond reports whether the bytes of a frame bear the signature of its
// second key. A frame with one signature does not.
func VerifySecond(b []byte, public ed25519.PublicKey) bool {
	end := len(b) - ed25519.SignatureSize
	if end < minFrameBytes || b[0] != FrameVersionSecond {
		return false
	}
	signed := slices.Concat(b[:end-ed25519.SignatureSize], b[end:])
	return sealed(signed, secondDomain, public)
}

// ParseSecond reads the text that both keys of a frame with two signatures sign.
// A signer that does not believe whoever asks learns from it what it would sign.
func ParseSecond(message []byte) (Frame, error) {
	b, ok := bytes.CutPrefix(message, []byte(secondDomain))
	if !ok || len(b) == 0 || b[0] != FrameVersionSecond {
		return Frame{}, fmt.Errorf("%w: not the text of a frame with two signatures", ErrFrameVersion)
	}
	return ParseFrame(slices.Concat(b, make([]byte, 2*ed25519.SignatureSize)))
}

// seal appends the signature over the domain and b.
func seal(b []byte, domain string, signer Signer) ([]byte, error) {
	signature, err := signer.Sign(append([]byte(domain), b...))
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", signer.KeyID(), err)
	}
	if len(signature) != ed25519.SignatureSize {
		return nil, fmt.Errorf("sign with key %s: the signature has %d bytes, not %d",
			signer.KeyID(), len(signature), ed25519.SignatureSize)
	}
	return append(b, signature...), nil
}

// sealed verifies what seal made.
func sealed(b []byte, domain string, public ed25519.PublicKey) bool {
	split := len(b) - ed25519.SignatureSize
	return split >= 0 && len(public) == ed25519.PublicKeySize &&
		ed25519.Verify(public, append([]byte(domain), b[:split]...), b[split:])
}

func appendUint48(b []byte, v uint64) []byte {
	return append(b, byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func uint48(b []byte) uint64 {
	return uint64(binary.BigEndian.Uint16(b))<<32 | uint64(binary.BigEndian.Uint32(b[2:]))
}
