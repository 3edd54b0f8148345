// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// isSpace reports whether c is white space in XML.
func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r'
}

func isSpaceRune(r rune) bool {
	return r < utf8.RuneSelf && isSpace(byte(r))
}

func isBlank(text string) bool {
	for i := range len(text) {
		if !isSpace(text[i]) {
			return false
		}
	}
	return true
}

func trimSpace(text string) string {
	return strings.TrimFunc(text, isSpaceRune)
}

// isLegal reports whether r may occur in an XML 1.0 document.
func isLegal(r rune) bool {
	return r >= 0x20 && r <= 0xD7FF || r == '\n' || r == '\t' || r == '\r' ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// illegal returns the offset of the first byte of text that is not UTF-8 or
// not a character of XML 1.0, or -1.
func illegal(text string) int {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c < 0x20 && !isSpace(c) {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || !isLegal(r) {
			return i
		}
		i += size
	}
	return -1
}

// clip shortens text for a message to a person.
func clip(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// checkToken holds the rule for identifier and sender (section 3.2.1).
func checkToken(text string) error {
	if text == "" {
		return errors.New("is missing or empty")
	}
	if i := strings.IndexAny(text, " \t\r\n,<&"); i >= 0 {
		return fmt.Errorf("contains %q; spaces, commas, < and & are not allowed", text[i:i+1])
	}
	return nil
}

// checkLanguage holds the form of xs:language, which RFC 3066 gives.
func checkLanguage(tag string) error {
	for i, part := range strings.Split(tag, "-") {
		if len(part) < 1 || len(part) > 8 {
			return fmt.Errorf("%q is not a language tag", clip(tag))
		}
		for _, c := range []byte(part) {
			letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
			if !letter && (i == 0 || c < '0' || c > '9') {
				return fmt.Errorf("%q is not a language tag", clip(tag))
			}
		}
	}
	return nil
}

var badEscape = regexp.MustCompile(`%([^0-9a-fA-F]|.[^0-9a-fA-F]|.?$)`)

// checkURI holds the form of xs:anyURI, which RFC 3986 gives, characters
// beyond ASCII allowed.
func checkURI(text string, absolute bool) error {
	if i := strings.IndexAny(text, " \t\r\n<>\"{}|\\^`"); i >= 0 {
		return fmt.Errorf("contains %q, which must be percent-encoded", text[i:i+1])
	}
	if strings.Count(text, "#") > 1 {
		return errors.New("contains more than one #")
	}
	if badEscape.MatchString(text) {
		return errors.New("has a % without two hexadecimal digits")
	}
	parsed, err := url.Parse(text)
	if err != nil {
		return errors.New("is not a URI")
	}
	brackets := strings.Count(text, "[") + strings.Count(text, "]")
	if inHost := strings.HasPrefix(parsed.Host, "["); brackets > 0 && (!inHost || brackets != 2) {
		return errors.New("has [ or ] outside of an IPv6 address; they must be percent-encoded")
	}
	if parsed.User != nil {
		return errors.New("has a user name before the host")
	}
	if strings.HasSuffix(parsed.Host, ":") {
		return errors.New("has a colon without a port")
	}
	web := parsed.Scheme == "http" || parsed.Scheme == "https"
	if absolute && (!parsed.IsAbs() || web && parsed.Host == "" || parsed.Opaque+parsed.Path+parsed.Host == "") {
		return errors.New("is not an absolute URI such as https://example.org/page")
	}
	return nil
}
