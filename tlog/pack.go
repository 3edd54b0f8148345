// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The codes of a packed leaf. Line ends and printable ASCII stand for
// themselves, bytes from firstWord on for the words.
const (
	codeHex    = 0x01 // n, then n bytes: 2n lower-case hexadecimal digits
	codeBase64 = 0x02 // n, then n bytes: they in base64url
	codeTime   = 0x03 // 4 bytes: YYYY-MM-DDThh:mm:ss, that many seconds after 1970
	codeCopy   = 0x04 // d in 2 bytes, n: n bytes from d before here
	firstWord  = 0x80
)

// words are frequent in leaves. Their order is part of the format: new ones go
// to the end.
var words = [...]string{
	"tocsin-leaf/v1 release\ntime ", "tocsin-leaf/v1 update\ntime ", "tocsin-leaf/v1 end\ntime ",
	"Z\nauthority ", "\nrealm live\nwarning ", "\nrealm exercise\nwarning ", "\nidentifier ", "\nsender ",
	"\ntype Alert\nsent ", "\ntype Update\nsent ", "\ntype Cancel\nsent ", "\nexpires ", "\nreferences ", "\narea ",
	"\ncap ", "\ncontent ", "\nassertion request author software-key ", "\nassertion release releaser software-key ",
	"\nassertion request author passkey ", "\nassertion release releaser passkey ",
	" 05 ", " 00000000 https://", " https://", "\",\"crossOrigin\":false}", "\"}", "+01:00", "+02:00", "-00:00",
}

const timeForm = "2006-01-02T15:04:05"

// pack shortens a leaf without loss.
func pack(leaf []byte) []byte {
	text := string(leaf)
	var out []byte
	for i := 0; i < len(text); {
		code, used := packOne(text, i)
		out = append(out, code...)
		i += used
	}
	return out
}

// packOne gives the code for what stands at i, and how much of it that covers.
func packOne(text string, i int) (code []byte, used int) {
	code, used = []byte{text[i]}, 1
	saved := 0
	try := func(c []byte, n int) {
		if n-len(c) > saved {
			code, used, saved = c, n, n-len(c)
		}
	}
	for n, word := range words {
		if strings.HasPrefix(text[i:], word) {
			try([]byte{byte(firstWord + n)}, len(word))
		}
	}
	if n := len(timeForm); len(text) >= i+n {
		if t, err := time.Parse(timeForm, text[i:i+n]); err == nil && t.Unix() >= 0 && t.Unix() < 1<<32 {
			try(binary.BigEndian.AppendUint32([]byte{codeTime}, uint32(t.Unix())), n)
		}
	}
	token := text[i:]
	if end := strings.IndexAny(token, " \n"); end >= 0 {
		token = token[:end]
	}
	if raw, err := hex.DecodeString(token); err == nil && len(raw) < 256 && hex.EncodeToString(raw) == token {
		try(append([]byte{codeHex, byte(len(raw))}, raw...), len(token))
	}
	if raw, err := base64.RawURLEncoding.DecodeString(token); err == nil && len(raw) < 256 && base64.RawURLEncoding.EncodeToString(raw) == token {
		try(append([]byte{codeBase64, byte(len(raw))}, raw...), len(token))
	}
	for from := range i {
		n := 0
		for n < 255 && i+n < len(text) && from+n < i && text[from+n] == text[i+n] {
			n++
		}
		try([]byte{codeCopy, byte((i - from) >> 8), byte(i - from), byte(n)}, n)
	}
	return code, used
}

// unpack undoes pack. It never gives more than MaxLeaf bytes.
func unpack(packed []byte) ([]byte, error) {
	var out []byte
	take := func(n int) ([]byte, error) {
		if len(packed) < n {
			return nil, errors.New("packed leaf: it is cut short")
		}
		var head []byte
		head, packed = packed[:n], packed[n:]
		return head, nil
	}
	// counted takes a length and as many bytes.
	counted := func() ([]byte, error) {
		n, err := take(1)
		if err != nil {
			return nil, err
		}
		return take(int(n[0]))
	}
	for len(packed) > 0 {
		code := packed[0]
		packed = packed[1:]
		switch {
		case code == '\n', code >= 0x20 && code <= 0x7e:
			out = append(out, code)
		case code >= firstWord && int(code-firstWord) < len(words):
			out = append(out, words[code-firstWord]...)
		case code == codeHex:
			raw, err := counted()
			if err != nil {
				return nil, err
			}
			out = hex.AppendEncode(out, raw)
		case code == codeBase64:
			raw, err := counted()
			if err != nil {
				return nil, err
			}
			out = base64.RawURLEncoding.AppendEncode(out, raw)
		case code == codeTime:
			raw, err := take(4)
			if err != nil {
				return nil, err
			}
			out = time.Unix(int64(binary.BigEndian.Uint32(raw)), 0).UTC().AppendFormat(out, timeForm)
		case code == codeCopy:
			raw, err := take(3)
			if err != nil {
				return nil, err
			}
			from, n := len(out)-int(binary.BigEndian.Uint16(raw)), int(raw[2])
			if from < 0 || from+n > len(out) {
				return nil, errors.New("packed leaf: it copies what is not there")
			}
			out = append(out, out[from:from+n]...)
		default:
			return nil, fmt.Errorf("packed leaf: there is no code %#02x", code)
		}
		if len(out) > MaxLeaf {
			return nil, fmt.Errorf("packed leaf: it has more than %d bytes", MaxLeaf)
		}
	}
	return out, nil
}
