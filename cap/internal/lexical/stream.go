// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package lexical

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// ready is how much of a stream lies ready behind the scanner, in bytes, and
	// so the largest tag that it may have.
	ready = 256 << 10
	// maxToken is the largest comment, CDATA section or instruction, in bytes.
	maxToken = 2 << 20
)

// stream is a document of which the scanner's source is a window that moves on.
type stream struct {
	reader io.Reader
	ahead  int // how much lies ready behind the scanner, in bytes
	ended  bool
	total  int    // bytes read
	tail   string // the first bytes of a character that the window cuts
	held   int    // where in the window the text to be kept begins, -1 for nowhere
	// line and column are those of the window's first byte, from 0; known is an
	// offset in the window of which knownLine is the line.
	line, column     int
	known, knownLine int
	piece            []byte
}

// NewStream returns a scanner of a document that is read piece by piece, for
// documents too large to be held. Offsets and Source are those of the window
// that lies ready, and move with every call of Next; what the scanner passed
// is gone from it unless it is held. A tag may have 256 KiB, a comment or a CDATA
// section 2 MiB; a longer text comes in several tokens.
//
// What it refuses is a *Refusal, also a broken character that lies ahead; any
// other error of Next is the reader's.
func NewStream(r io.Reader, options Options) *Scanner {
	return &Scanner{options: options, stream: &stream{reader: r, ahead: ready, held: -1, piece: make([]byte, 16<<10)}}
}

// Hold keeps the source from the offset on, which lies in the last token. Only
// a scanner of a stream has it, as Held and Release.
func (s *Scanner) Hold(offset int) { s.stream.held = offset }

// Held returns what is kept, up to the end of the last token.
func (s *Scanner) Held() string {
	if s.stream.held < 0 {
		return ""
	}
	return s.src[s.stream.held:s.pos]
}

// Release stops keeping the source.
func (s *Scanner) Release() { s.stream.held = -1 }

// Line returns the line, from 1, of an offset that lies in the last token.
func (s *Scanner) Line(offset int) int {
	st := s.stream
	if st == nil {
		line, _ := Position(s.src, offset)
		return line
	}
	if offset < st.known {
		st.known, st.knownLine = 0, st.line
	}
	st.knownLine += strings.Count(s.src[st.known:offset], "\n")
	st.known = offset
	return st.knownLine + 1
}

// place corrects a position in the window to one in the document.
func (st *stream) place(line, column int) (int, int) {
	if line == 1 {
		column += st.column
	}
	return line + st.line, column
}

// fill moves the window on when less than a token may lie ready.
func (s *Scanner) fill() error {
	st := s.stream
	for need := st.ahead; !st.ended; need *= 2 {
		if len(s.src)-s.pos < need {
			if err := s.read(2 * need); err != nil {
				return err
			}
		}
		if need >= maxToken || !isCut(s.src[s.pos:]) {
			return nil
		}
	}
	return nil
}

// isCut reports whether a comment, a CDATA section or an instruction begins rest
// and does not end in it.
func isCut(rest string) bool {
	switch {
	case strings.HasPrefix(rest, "<!--"):
		return !strings.Contains(rest[len("<!--"):], "--")
	case strings.HasPrefix(rest, "<![CDATA["):
		return !strings.Contains(rest, "]]>")
	case strings.HasPrefix(rest, "<?"):
		return !strings.Contains(rest, "?>")
	}
	return false
}

// read moves the window to the first byte that is still needed, and reads until
// so many bytes lie ready behind the scanner.
func (s *Scanner) read(ready int) error {
	st := s.stream
	drop := s.pos
	if st.held >= 0 {
		drop = min(drop, st.held)
	}
	line := s.Line(drop) - 1
	_, column := Position(s.src, drop)
	if line == st.line {
		column += st.column
	}
	var window strings.Builder
	window.Grow(len(s.src) - drop + ready)
	window.WriteString(s.src[drop:])
	s.pos -= drop
	if st.held >= 0 {
		st.held -= drop
	}
	st.line, st.column, st.known, st.knownLine = line, column-1, 0, line
	fresh := window.Len()
	window.WriteString(st.tail)
	st.tail = ""
	for !st.ended && window.Len()-s.pos < ready {
		n, err := st.reader.Read(st.piece[:min(len(st.piece), ready-window.Len()+s.pos)])
		window.Write(st.piece[:n])
		if st.total += n; st.total > s.options.Limits.Bytes {
			return &Refusal{Rule: RuleSize, Line: 1, Column: 1,
				Message: fmt.Sprintf("the document has more than the %d bytes allowed", s.options.Limits.Bytes), Remedy: "send a smaller document"}
		}
		if errors.Is(err, io.EOF) {
			st.ended = true
		} else if err != nil {
			return fmt.Errorf("reading the document: %w", err)
		}
	}
	s.src = window.String()
	if !st.ended {
		s.src, st.tail = cutCharacter(s.src)
	}
	if err := s.checkCharacters(fresh); err != nil {
		return err
	}
	if !s.seen {
		s.src = strings.TrimPrefix(s.src, ByteOrderMark)
	}
	return nil
}

// textEnd is where a text ends of which the window holds only the beginning: not
// inside of a reference, a line end or ]]>.
func (s *Scanner) textEnd() int {
	end := len(s.src)
	if s.stream == nil || s.stream.ended {
		return end
	}
	if at := strings.LastIndexByte(s.src[max(s.pos, end-maxReference):], '&'); at >= 0 {
		end = max(s.pos, end-maxReference) + at
	}
	for end > s.pos && (s.src[end-1] == '\r' || s.src[end-1] == ']') {
		end--
	}
	if end == s.pos {
		return len(s.src)
	}
	return end
}

// checkCharacters checks the source from an offset on.
func (s *Scanner) checkCharacters(from int) error {
	if i := Illegal(s.src[from:]); i >= 0 {
		message, remedy := illegalAt(s.src[from+i:])
		return s.refuse(from+i, RuleEncoding, message, remedy)
	}
	return nil
}

// cutCharacter takes a last character away that is not complete.
func cutCharacter(text string) (whole, rest string) {
	for i := len(text) - 1; i >= 0 && i >= len(text)-utf8.UTFMax; i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRuneInString(text[i:]) {
				return text[:i], text[i:]
			}
			break
		}
	}
	return text, ""
}
