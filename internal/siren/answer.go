// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// AnswerVersion is the only version of answers that this code reads and writes.
const AnswerVersion = 2

// AnswerBytes is the length of every answer.
const AnswerBytes = answerHeadBytes + ed25519.SignatureSize

const (
	answerHeadBytes = 44
	answerDomain    = "tocsin siren answer v2\n"
)

// AnswerKind says on what occasion a device speaks.
type AnswerKind uint8

// The kinds of answers.
const (
	AnswerAck   AnswerKind = 1 // to a frame
	AnswerState AnswerKind = 2 // something about the device changed, or some minutes passed
	AnswerHello AnswerKind = 3 // the device connected, or needs a fresh beacon, and asks for the frames in force
	// AnswerKeyset is about a root or keyset that the device does not take. Its
	// version stands in the place of the frame's counter, without key and epoch.
	AnswerKeyset AnswerKind = 4
)

// Answer is what a device says, signed with its own key (docs/formats/siren-frame.md).
type Answer struct {
	Kind AnswerKind
	// Number is the siren's number in the registry.
	Number uint32
	// Time is the device's clock in whole milliseconds, as far as beacons have moved it.
	Time      time.Time
	Condition Condition
	Contacts  Contacts
	// Keyset is the version of the keyset that the device obeys, zero for that of a
	// set-up without versions.
	Keyset uint32
	// Challenge is what a fresh beacon has to hold; zero when the device asks for none.
	Challenge Challenge
	// Frame, Outcome and Reason are about one frame in an acknowledgement; in
	// other answers they are about the last frame acted on, if any.
	Frame   FrameID
	Outcome Outcome
	Reason  Reason
	// Signal is what sounds now, zero for nothing, and Remaining for how long
	// still, in steps of 100 ms.
	Signal    uint8
	Remaining time.Duration
}

// answerConditions are the conditions that a device can report, by their number on the wire.
var answerConditions = [...]Condition{
	1: ConditionReady, 2: ConditionTriggered, 3: ConditionFault, 4: ConditionOff, 5: ConditionSabotage, 6: ConditionBusy,
}

// The ways in which bytes are no answer.
var (
	ErrAnswerLength  = errors.New("siren: not the length of an answer")
	ErrAnswerVersion = errors.New("siren: answer of an unknown version")
	ErrAnswerField   = errors.New("siren: answer with an impossible field")
)

// Sign writes and signs the answer with the device's key.
func (a Answer) Sign(signer Signer) ([]byte, error) {
	condition := slices.Index(answerConditions[:], a.Condition)
	if condition < 1 {
		return nil, fmt.Errorf("%w: no device reports %q", ErrAnswerField, a.Condition)
	}
	millis := uint64(max(a.Time.UnixMilli(), 0)) & MaxCounter
	remaining := min(max(a.Remaining/replyUnit, 0), 1<<16-1)
	b := make([]byte, 0, AnswerBytes)
	b = append(b, AnswerVersion, byte(a.Kind))
	b = binary.BigEndian.AppendUint32(b, a.Number)
	b = appendUint48(b, millis)
	b = append(b, byte(condition))
	b = binary.BigEndian.AppendUint16(b, a.Contacts.bits())
	b = binary.BigEndian.AppendUint32(b, a.Keyset)
	b = append(b, a.Challenge[:]...)
	b = append(b, a.Frame.Key[:]...)
	b = binary.BigEndian.AppendUint16(b, a.Frame.Epoch)
	b = appendUint48(b, a.Frame.Counter)
	b = append(b, byte(a.Outcome), byte(a.Reason), a.Signal)
	b = binary.BigEndian.AppendUint16(b, uint16(remaining))
	if _, err := parseAnswerHead(b); err != nil {
		return nil, err
	}
	return seal(b, answerDomain, signer)
}

// OpenAnswer verifies an answer with the device's public key and reads it.
func OpenAnswer(b []byte, public ed25519.PublicKey) (Answer, error) {
	a, err := ParseAnswer(b)
	if err != nil {
		return Answer{}, err
	}
	if !sealed(b, answerDomain, public) {
		return Answer{}, ErrAnswerSignature
	}
	return a, nil
}

// ErrAnswerSignature: the answer is not signed with the key that the registry holds.
var ErrAnswerSignature = errors.New("siren: answer with a wrong signature")

// ParseAnswer reads an answer and does not verify it; see OpenAnswer.
func ParseAnswer(b []byte) (Answer, error) {
	if len(b) > 0 && b[0] != AnswerVersion {
		return Answer{}, fmt.Errorf("%w: %d", ErrAnswerVersion, b[0])
	}
	if len(b) != AnswerBytes {
		return Answer{}, fmt.Errorf("%w: %d bytes, want %d", ErrAnswerLength, len(b), AnswerBytes)
	}
	return parseAnswerHead(b[:answerHeadBytes])
}

func parseAnswerHead(b []byte) (Answer, error) {
	a := Answer{
		Kind:      AnswerKind(b[1]),
		Number:    binary.BigEndian.Uint32(b[2:]),
		Time:      time.UnixMilli(int64(uint48(b[6:]))).UTC(),
		Contacts:  contactsOf(binary.BigEndian.Uint16(b[13:])),
		Keyset:    binary.BigEndian.Uint32(b[15:]),
		Challenge: Challenge(b[19:27]),
		Frame:     FrameID{KeyID(b[27:31]), binary.BigEndian.Uint16(b[31:]), uint48(b[33:])},
		Outcome:   Outcome(b[39]),
		Reason:    Reason(b[40]),
		Signal:    b[41],
		Remaining: time.Duration(binary.BigEndian.Uint16(b[42:])) * replyUnit,
	}
	bad := func(what string) (Answer, error) { return Answer{}, fmt.Errorf("%w: %s", ErrAnswerField, what) }
	switch {
	case a.Kind < AnswerAck || a.Kind > AnswerKeyset:
		return bad("unknown kind")
	case b[12] == 0 || int(b[12]) >= len(answerConditions):
		return bad("unknown condition")
	case binary.BigEndian.Uint16(b[13:]) >= 1<<contactBits:
		return bad("unknown contact")
	case a.Challenge != (Challenge{}) && a.Kind != AnswerHello:
		return bad("a challenge without a hello")
	case a.Kind == AnswerKeyset && a.Outcome != OutcomeRefused:
		return bad("a keyset that is not refused")
	case a.Outcome > OutcomeRefused || int(a.Reason) >= len(reasonKeys):
		return bad("unknown outcome or reason")
	case a.Frame.IsZero() != (a.Outcome == OutcomeNone) || a.Kind == AnswerAck && a.Outcome == OutcomeNone:
		return bad("an outcome without a frame, or a frame without an outcome")
	case a.Outcome == OutcomeRefused && a.Reason == ReasonNone:
		return bad("a refusal without a reason")
	}
	a.Condition = answerConditions[b[12]]
	a.Contacts.Rogue = a.Condition == ConditionTriggered && a.Signal == 0 && !a.Contacts.Local
	return a, nil
}
