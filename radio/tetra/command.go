// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tetra

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Command is what a computer says to a radio: [Attention], [Select] or [Send].
type Command interface {
	// Encode gives the bytes for the port.
	Encode() ([]byte, error)
}

// Attention is a bare or any other AT command, such as "AT" or "AT+CTOM=0".
type Attention string

// Encode implements Command.
func (a Attention) Encode() ([]byte, error) {
	if !strings.HasPrefix(string(a), "AT") || len(a) > maxLine || strings.ContainsFunc(string(a), func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, fmt.Errorf("command %.40q: it must begin with AT and be one line of printable ASCII", string(a))
	}
	return []byte(a + "\r\n"), nil
}

// Select chooses the service of the messages sent from then on (EN 300 392-5,
// 6.14.6, +CTSDS), for V+D.
type Select struct{ Service Service }

// Encode implements Command.
func (s Select) Encode() ([]byte, error) {
	if _, ok := s.Service.bits(); !ok {
		return nil, fmt.Errorf("service %d carries no short data", s.Service)
	}
	return fmt.Appendf(nil, "AT+CTSDS=%d,0\r\n", s.Service), nil
}

// Send sends a message by the service chosen before (6.13.2, +CMGS).
type Send struct {
	To   Identity
	Bits int
	Data []byte
}

// endOfData is control-Z, which ends user data.
const endOfData = 0x1A

// Encode implements Command.
func (s Send) Encode() ([]byte, error) {
	if err := s.To.check(); err != nil {
		return nil, err
	}
	if err := checkData(s.Bits, s.Data); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "AT+CMGS=%s,%d\r\n%s%c", s.To, s.Bits, encodeData(s.Data), endOfData), nil
}

// SyntaxError is a line that is not of this interface. Reading can go on.
type SyntaxError struct {
	Line string // at most the first 80 bytes
	Err  error
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %q: %v", e.Line, e.Err) }

// Unwrap gives the cause.
func (e *SyntaxError) Unwrap() error { return e.Err }

func syntax(line string, err error) error {
	return &SyntaxError{Line: line[:min(len(line), 80)], Err: err}
}

// maxLine is the longest line that is read; a message of 2047 bits has 512 digits.
const maxLine = 1024

var errTooLong = fmt.Errorf("it is longer than %d bytes", maxLine)

// lines reads lines with a bound. CR, LF and control-Z end a line, empty lines
// and other control characters are passed over.
type lines struct{ r *bufio.Reader }

func newLines(r io.Reader) lines { return lines{bufio.NewReaderSize(r, maxLine)} }

func (l lines) next() (string, error) {
	var line []byte
	long := false
	for {
		b, err := l.r.ReadByte()
		if err != nil && len(line) == 0 {
			return "", err
		}
		switch {
		case err != nil || b == '\r' || b == '\n' || b == endOfData:
			if long {
				return "", syntax(string(line), errTooLong)
			}
			if len(line) > 0 {
				return string(line), nil
			}
		case b < ' ':
		case len(line) == maxLine:
			long = true
		default:
			line = append(line, b)
		}
	}
}

// CommandReader reads commands, as a radio does.
type CommandReader struct{ lines lines }

// NewCommandReader makes a reader of commands.
func NewCommandReader(r io.Reader) *CommandReader { return &CommandReader{newLines(r)} }

// Next gives the next command. After a [SyntaxError] reading can go on; any other
// error is the port's.
func (c *CommandReader) Next() (Command, error) {
	line, err := c.lines.next()
	if err != nil {
		return nil, err
	}
	if rest, ok := strings.CutPrefix(line, "AT+CMGS="); ok {
		to, length, ok := strings.Cut(rest, ",")
		count, err := strconv.Atoi(length)
		if !ok || err != nil {
			return nil, syntax(line, errors.New("+CMGS needs an identity and a number of bits"))
		}
		if err := Identity(to).check(); err != nil {
			return nil, syntax(line, err)
		}
		text, err := c.lines.next()
		if err != nil {
			return nil, err
		}
		data, err := decodeData(count, text)
		if err != nil {
			return nil, syntax(text, err)
		}
		return Send{To: Identity(to), Bits: count, Data: data}, nil
	}
	if rest, ok := strings.CutPrefix(line, "AT+CTSDS="); ok {
		first, _, _ := strings.Cut(rest, ",")
		number, err := strconv.Atoi(first)
		if _, known := Service(number).bits(); err != nil || !known {
			return nil, syntax(line, errors.New("+CTSDS needs a service from 9 to 13"))
		}
		return Select{Service(number)}, nil
	}
	if _, err := Attention(line).Encode(); err != nil {
		return nil, syntax(line, err)
	}
	return Attention(line), nil
}
