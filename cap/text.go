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

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

func isSpaceRune(r rune) bool {
	return r < utf8.RuneSelf && lexical.IsSpace(byte(r))
}

func trimSpace(text string) string {
	return strings.TrimFunc(text, isSpaceRune)
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
			return fmt.Errorf("%q is not a language tag", lexical.Clip(tag))
		}
		for _, c := range []byte(part) {
			letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
			if !letter && (i == 0 || c < '0' || c > '9') {
				return fmt.Errorf("%q is not a language tag", lexical.Clip(tag))
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
