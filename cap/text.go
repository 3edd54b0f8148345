// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

func isSpaceRune(r rune) bool {
	return r < utf8.RuneSelf && lexical.IsSpace(byte(r))
}

// collapse trims white space, and makes one space of each that is left (XML
// Schema Part 2, whiteSpace).
func collapse(text string) string {
	if strings.IndexFunc(text, isSpaceRune) < 0 {
		return text
	}
	return strings.Join(strings.FieldsFunc(text, isSpaceRune), " ")
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
