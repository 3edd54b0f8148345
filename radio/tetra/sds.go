// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tetra

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Protocol is the first octet of a type-4 message (EN 300 392-2, table 29.21).
type Protocol byte

// Protocols of texts.
const (
	SimpleText    Protocol = 0x02 // without references and reports
	Text          Protocol = 0x82 // by the transport layer SDS-TL
	ImmediateText Protocol = 0x89 // shown at once
)

// PDU is the content of a type-4 message of the transport layer SDS-TL:
// [Transfer], [Report] or [Acknowledge].
type PDU interface{ Encode() []byte }

// Transfer carries data (29.4.2.4).
type Transfer struct {
	Protocol Protocol
	Request  ReportRequest
	// NoShortReport is set where reports must come in their long form.
	NoShortReport bool
	Reference     byte
	Data          []byte
}

// ReportRequest asks the receiver for reports (table 29.17).
type ReportRequest byte

// The requests.
const (
	NoReport ReportRequest = iota
	WhenReceived
	WhenConsumed
	WhenReceivedAndConsumed
)

// kinds of SDS-TL messages (table 29.20).
const (
	transferKind = iota
	reportKind
	acknowledgeKind
)

// Encode gives the octets.
func (t Transfer) Encode() []byte {
	second := transferKind<<4 | byte(t.Request&3)<<2
	if t.NoShortReport {
		second |= 1 << 1
	}
	return append([]byte{byte(t.Protocol), second, t.Reference}, t.Data...)
}

// Report says what became of a transfer (29.4.2.2).
type Report struct {
	Protocol    Protocol
	WantsAnswer bool // the sender of the report waits for an Acknowledge
	Status      DeliveryStatus
	Reference   byte
}

// DeliveryStatus is what became of a transfer (table 29.16).
type DeliveryStatus byte

// The states that a siren's controller sends, and limits of the others.
const (
	Received  DeliveryStatus = 0x00
	Consumed  DeliveryStatus = 0x02
	temporary DeliveryStatus = 0x20
	failed    DeliveryStatus = 0x40
)

// Delivered says that the message has arrived.
func (s DeliveryStatus) Delivered() bool { return s < temporary }

// Delayed says that the network still tries.
func (s DeliveryStatus) Delayed() bool { return s >= temporary && s < failed }

// Encode gives the octets.
func (r Report) Encode() []byte {
	second := byte(reportKind << 4)
	if r.WantsAnswer {
		second |= 1 << 3
	}
	return []byte{byte(r.Protocol), second, byte(r.Status), r.Reference}
}

// Acknowledge answers a report (29.4.2.1).
type Acknowledge struct {
	Protocol  Protocol
	Status    DeliveryStatus
	Reference byte
}

// Encode gives the octets.
func (a Acknowledge) Encode() []byte {
	return []byte{byte(a.Protocol), acknowledgeKind << 4, byte(a.Status), a.Reference}
}

// ParsePDU reads the content of a type-4 message of a protocol from 0x80 on.
// Messages that a network stores and forwards are refused.
func ParsePDU(data []byte) (PDU, error) {
	if len(data) < 3 {
		return nil, fmt.Errorf("%d octets are no message of SDS-TL", len(data))
	}
	if data[0] < 0x80 {
		return nil, fmt.Errorf("protocol 0x%02X has no transport layer", data[0])
	}
	protocol, second := Protocol(data[0]), data[1]
	if second&1 != 0 && second>>4 != acknowledgeKind {
		return nil, errors.New("the message holds orders to store and forward it, which are not read")
	}
	switch second >> 4 {
	case transferKind:
		return Transfer{
			Protocol: protocol, Request: ReportRequest(second >> 2 & 3), NoShortReport: second&2 != 0,
			Reference: data[2], Data: append([]byte(nil), data[3:]...),
		}, nil
	case reportKind, acknowledgeKind:
		if len(data) < 4 {
			return nil, fmt.Errorf("%d octets are no report", len(data))
		}
		if second>>4 == acknowledgeKind {
			return Acknowledge{Protocol: protocol, Status: DeliveryStatus(data[2]), Reference: data[3]}, nil
		}
		return Report{Protocol: protocol, WantsAnswer: second&8 != 0, Status: DeliveryStatus(data[2]), Reference: data[3]}, nil
	}
	return nil, fmt.Errorf("kind %d of SDS-TL messages is not known", second>>4)
}

// coding schemes of texts (table 29.29).
const (
	latin1  = 1
	latin9  = 13
	utf16BE = 26
)

// timestamped marks a time of three octets before a text.
const timestamped = 0x80

// EncodeText gives the data of a text in ISO 8859-1, which all radios show.
func EncodeText(text string) ([]byte, error) {
	out := []byte{latin1}
	position := 0
	for _, r := range text {
		position++
		if r > 0xFF || r < ' ' && r != '\n' && r != '\r' || r >= 0x7F && r < 0xA0 {
			return nil, fmt.Errorf("character %d, %q (U+%04X), is not in ISO 8859-1", position, r, r)
		}
		out = append(out, byte(r))
	}
	return out, nil
}

// DecodeText reads the data of a text in ISO 8859-1, ISO 8859-15 or UTF-16.
func DecodeText(data []byte) (string, error) {
	if len(data) == 0 {
		return "", errors.New("a text without coding scheme")
	}
	scheme, rest := data[0]&^timestamped, data[1:]
	if data[0]&timestamped != 0 {
		if len(rest) < 3 {
			return "", errors.New("a text whose time is cut short")
		}
		rest = rest[3:]
	}
	switch scheme {
	case utf16BE:
		units := make([]uint16, len(rest)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(rest[2*i:])
		}
		return string(utf16.Decode(units)), nil
	case latin1, latin9:
		var out strings.Builder
		for _, b := range rest {
			r := rune(b)
			if other, ok := latin9Letters[b]; ok && scheme == latin9 {
				r = other
			}
			out.WriteRune(r)
		}
		return out.String(), nil
	}
	return "", fmt.Errorf("coding scheme %d of texts is not read", scheme)
}

// latin9Letters are where ISO 8859-15 differs from ISO 8859-1.
var latin9Letters = map[byte]rune{0xA4: '€', 0xA6: 'Š', 0xA8: 'š', 0xB4: 'Ž', 0xB8: 'ž', 0xBC: 'Œ', 0xBD: 'œ', 0xBE: 'Ÿ'}
