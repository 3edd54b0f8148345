// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

var declaredEncoding = regexp.MustCompile(`^(?:\x{FEFF})?\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// decoded gives a document in UTF-8. It knows the encodings that feeds have
// besides: ASCII, and ISO 8859-1 and Windows-1252, which browsers take for one
// (WHATWG Encoding Standard). It reports whether the declaration may name them.
func decoded(r io.Reader) (io.Reader, bool, error) {
	buffered := bufio.NewReader(r)
	head, err := buffered.Peek(256)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	declared := declaredEncoding.FindSubmatch(head)
	if declared == nil || bytes.HasPrefix(head, []byte("\uFEFF")) {
		return buffered, false, nil
	}
	switch strings.ToLower(string(declared[1])) {
	case "us-ascii", "ascii":
		return buffered, true, nil
	case "iso-8859-1", "latin1", "windows-1252", "cp1252":
		return &latin{reader: buffered}, true, nil
	}
	return buffered, false, nil
}

// latin turns Windows-1252 into UTF-8.
type latin struct {
	reader io.Reader
	raw    [4096]byte
	left   []byte
}

// windows1252 are the characters of 0x80 to 0x9F; a space stands for none.
const windows1252 = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ"

var upper = []rune(windows1252)

func (l *latin) Read(p []byte) (int, error) {
	if len(l.left) == 0 {
		n, err := l.reader.Read(l.raw[:])
		if n == 0 {
			return 0, err
		}
		converted := make([]byte, 0, 3*n)
		for _, c := range l.raw[:n] {
			r := rune(c)
			if c >= 0x80 && c < 0xA0 && upper[c-0x80] != ' ' {
				r = upper[c-0x80]
			}
			converted = utf8.AppendRune(converted, r)
		}
		l.left = converted
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}
