// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// checkURI holds the form of xs:anyURI as libxml2 does: the grammar of RFC
// 3986, appendix A, for a URI or a relative reference, in which spaces,
// characters beyond ASCII and those that the grammar leaves out may stand for
// themselves, as readers will percent-encode them.
func checkURI(text string) error {
	rest := text
	if scheme, ok := cutScheme(text); ok {
		rest = scheme
	} else if segment := skipURI(text, "@"); strings.HasPrefix(segment, ":") {
		return errURI(segment)
	}
	if host, ok := strings.CutPrefix(rest, "//"); ok {
		rest = skipAuthority(host)
		if rest != "" && !strings.ContainsRune("/?#", rune(rest[0])) {
			return errURI(rest)
		}
	}
	rest = skipURI(rest, ":@/")
	if query, ok := strings.CutPrefix(rest, "?"); ok {
		rest = skipURI(query, ":@/?")
	}
	if fragment, ok := strings.CutPrefix(rest, "#"); ok {
		rest = skipURI(fragment, ":@/?[]")
	}
	if rest != "" {
		return errURI(rest)
	}
	return nil
}

func errURI(rest string) error {
	r, _ := utf8.DecodeRuneInString(rest)
	return fmt.Errorf("is not a URI: %q may not stand where it does", r)
}

// cutScheme returns what follows a URI's scheme and colon.
func cutScheme(text string) (after string, ok bool) {
	for i, c := range []byte(text) {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return text[i+1:], true
		default:
			return "", false
		}
	}
	return "", false
}

// isAbsolute reports whether a URI names its scheme.
func isAbsolute(uri string) bool {
	_, ok := cutScheme(uri)
	return ok
}

// skipURI returns what follows the characters that may stand in any part of a
// URI, and those in also.
func skipURI(text, also string) string {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '%':
			if i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2]) {
				return text[i:]
			}
		case strings.IndexByte(":/?#[]@", c) >= 0 && strings.IndexByte(also, c) < 0:
			return text[i:]
		}
	}
	return ""
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// skipAuthority returns what follows the user, host and port at the beginning
// of rest, or what is wrong there.
func skipAuthority(rest string) string {
	if host, ok := strings.CutPrefix(skipURI(rest, ":"), "@"); ok {
		rest = host
	}
	if strings.HasPrefix(rest, "[") {
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return rest
		}
		rest = rest[end+1:]
	} else {
		rest = skipURI(rest, "")
	}
	port, ok := strings.CutPrefix(rest, ":")
	if !ok {
		return rest
	}
	after := strings.TrimLeft(port, "0123456789")
	if n, err := strconv.Atoi(port[:len(port)-len(after)]); err != nil || n > math.MaxInt32 {
		return rest
	}
	return after
}
