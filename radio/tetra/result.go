// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tetra

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Result is what a radio says: [OK], [Failure], [Sent], [Message] or [Line].
type Result interface {
	// Encode gives the bytes for the port.
	Encode() []byte
}

// OK is the radio's word that a command was carried out.
type OK struct{}

// Encode implements Result.
func (OK) Encode() []byte { return []byte("\r\nOK\r\n") }

// Failure is the radio's word that a command was not carried out.
type Failure struct {
	// Code is the number of +CME ERROR (EN 300 392-5, 6.17); -1 for a bare ERROR.
	Code int
}

// Encode implements Result.
func (f Failure) Encode() []byte {
	if f.Code < 0 {
		return []byte("\r\nERROR\r\n")
	}
	return fmt.Appendf(nil, "\r\n+CME ERROR: %d\r\n", f.Code)
}

// Error makes a failure an error, in words for the codes that short data meets.
func (f Failure) Error() string {
	meaning := map[int]string{
		-1: "it refuses the command",
		0:  "it could not send over the air",
		1:  "it has no reliable connection to the computer",
		2:  "its port is in use",
		3:  "it cannot do this in its present state",
		4:  "it does not know the command",
		20: "its store of messages is full",
		30: "it is out of service",
		31: "the network did not acknowledge",
		32: "it cannot read the user data",
		33: "a parameter is of the wrong type",
		34: "a parameter is out of range",
		35: "the command's syntax is wrong",
		36: "user data came without +CMGS",
		37: "no user data came after +CMGS",
		40: "not while it is in direct mode",
		41: "it may not transmit at present",
		42: "it is busy with signalling; try again",
		43: "not while it is in trunked mode",
	}[f.Code]
	if meaning == "" {
		meaning = "it gives no reason that is known"
	}
	return fmt.Sprintf("radio answers error %d: %s", f.Code, meaning)
}

// Sent is what became of a message (6.13.2, +CMGS). A radio says it once when it
// takes the message, without State, and once more when it has tried to send it.
type Sent struct {
	Instance  int
	State     SentState
	Reference int // SDS-TL message reference; -1 where the radio names none
}

// SentState is how far a message has come.
type SentState int

// The states that radios report of messages they send.
const (
	Taken  SentState = -1 // it lies in the radio
	OnAir  SentState = 4  // it was sent
	Failed SentState = 5  // it could not be sent
)

// Encode implements Result.
func (s Sent) Encode() []byte {
	out := fmt.Appendf(nil, "\r\n+CMGS: %d", s.Instance)
	if s.State >= 0 {
		out = fmt.Appendf(out, ",%d", s.State)
	}
	if s.Reference >= 0 {
		if s.State < 0 {
			out = append(out, ',') // its place stays empty
		}
		out = fmt.Appendf(out, ",%d", s.Reference)
	}
	return append(out, "\r\n"...)
}

// Message is a message that has come in (6.13.3, +CTSDSR).
type Message struct {
	Service  Service
	From, To Identity // From is empty where the radio does not know it
	Bits     int
	Data     []byte
}

// Encode implements Result.
func (m Message) Encode() []byte {
	return fmt.Appendf(nil, "\r\n+CTSDSR: %d,%s,%d,%s,%d,%d\r\n%s\r\n",
		m.Service, m.From, m.From.kind(), m.To, m.To.kind(), m.Bits, encodeData(m.Data))
}

// Line is any other line: an echo, or a result of something else.
type Line string

// Encode implements Result.
func (l Line) Encode() []byte { return []byte("\r\n" + string(l) + "\r\n") }

// ResultReader reads results, as a computer does.
type ResultReader struct{ lines lines }

// NewResultReader makes a reader of results.
func NewResultReader(r io.Reader) *ResultReader { return &ResultReader{newLines(r)} }

// Next gives the next result. After a [SyntaxError] reading can go on; any other
// error is the port's.
func (r *ResultReader) Next() (Result, error) {
	line, err := r.lines.next()
	if err != nil {
		return nil, err
	}
	switch {
	case line == "OK":
		return OK{}, nil
	case line == "ERROR":
		return Failure{Code: -1}, nil
	}
	name, rest, _ := strings.Cut(line, ":")
	fields := strings.Split(strings.TrimSpace(rest), ",")
	switch name {
	case "+CME ERROR", "+CMS ERROR":
		code, err := number(fields, 0)
		if err != nil {
			return nil, syntax(line, err)
		}
		return Failure{Code: code}, nil
	case "+CMGS":
		return sent(line, fields)
	case "+CTSDSR":
		m, err := header(fields)
		if err != nil {
			return nil, syntax(line, err)
		}
		text, err := r.lines.next()
		if err != nil {
			return nil, err
		}
		if m.Data, err = decodeData(m.Bits, text); err != nil {
			return nil, syntax(text, err)
		}
		return m, nil
	}
	return Line(line), nil
}

// number reads a field as a number of at most nine digits.
func number(fields []string, i int) (int, error) {
	if i >= len(fields) {
		return 0, fmt.Errorf("field %d is missing", i+1)
	}
	text := strings.TrimSpace(fields[i])
	if text == "" || len(text) > 9 || strings.Trim(text, "0123456789") != "" {
		return 0, fmt.Errorf("field %d, %.20q, is no number", i+1, text)
	}
	return strconv.Atoi(text)
}

func sent(line string, fields []string) (Result, error) {
	s := Sent{State: Taken, Reference: -1}
	var err error
	if s.Instance, err = number(fields, 0); err != nil {
		return nil, syntax(line, err)
	}
	if len(fields) > 1 && fields[1] != "" {
		state, err := number(fields, 1)
		if err != nil {
			return nil, syntax(line, err)
		}
		s.State = SentState(state)
	}
	if len(fields) > 2 && fields[2] != "" {
		if s.Reference, err = number(fields, 2); err != nil {
			return nil, syntax(line, err)
		}
	}
	return s, nil
}

// header reads the fields of +CTSDSR: service, calling party and the kind of its
// identity (both may be missing), called party and kind, bits, and whether it is
// encrypted end to end.
func header(fields []string) (Message, error) {
	var m Message
	service, err := number(fields, 0)
	if err != nil {
		return m, err
	}
	m.Service = Service(service)
	length, ok := m.Service.bits()
	if !ok {
		return m, fmt.Errorf("service %d carries no short data", service)
	}
	at := 0
	switch len(fields) {
	case 3, 4:
		m.To, at = Identity(strings.TrimSpace(fields[1])), len(fields)-1
	case 6, 7:
		m.From, m.To, at = Identity(strings.TrimSpace(fields[1])), Identity(strings.TrimSpace(fields[3])), 5
		if len(fields) == 7 && strings.TrimSpace(fields[6]) == "1" {
			return m, errors.New("the message is encrypted end to end")
		}
	default:
		return m, fmt.Errorf("+CTSDSR has %d fields, not 3, 4, 6 or 7", len(fields))
	}
	if m.From != "" {
		if err := m.From.check(); err != nil {
			return m, err
		}
	}
	if err := m.To.check(); err != nil {
		return m, err
	}
	if m.Bits, err = number(fields, at); err != nil {
		return m, err
	}
	if m.Bits < 1 || m.Bits > MaxBits || length != 0 && m.Bits != length {
		return m, fmt.Errorf("%d bits are no message of service %d", m.Bits, service)
	}
	return m, nil
}
