// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// conversion makes of the bytes of another issuer a text that the gate can
// look at: UTF-8, of characters that XML allows, from the first < or { on.
// Every offset in the text has the line and column that a person sees.
type conversion struct {
	text    string
	limits  Limits
	repairs []placed
	seen    map[string]bool // what was reported by once
}

// convert returns the text of raw. Any error is a *Refusal.
func convert(raw []byte, limits Limits) (*conversion, error) {
	if len(raw) > limits.Bytes {
		_, err := lexical.Characters(raw, limits)
		return nil, err
	}
	c := &conversion{limits: limits}
	if err := c.decode(string(raw)); err != nil {
		return nil, err
	}
	c.trimStart()
	c.trimEnd()
	c.replaceIllegal()
	return c, nil
}

func (c *conversion) repaired(offset int, rule Rule, message, original, used string) {
	c.repairs = append(c.repairs, placed{offset, Finding{Rule: rule, Severity: GravityWarning,
		Path: "alert", Message: message, Original: original, Used: used}})
}

// once reports what may stand in a document any number of times, the first
// time only.
func (c *conversion) once(offset int, rule Rule, message, original, used string) {
	key := string(rule) + original
	if strings.HasPrefix(original, "&#") {
		key = string(rule)
	}
	if c.seen[key] {
		return
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[key] = true
	c.repaired(offset, rule, message+", here and wherever else it stands", original, used)
}

var declaredEncoding = regexp.MustCompile(`^[\s\x00\x{FEFF}]*<\?xml\s[^>]*?encoding\s*=\s*["']([^"'<>]*)["']`)

// label reduces the name of an encoding to lower-case letters and digits.
func label(name string) string {
	reduced := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
	if alias, ok := charsetAliases[reduced]; ok {
		return alias
	}
	for _, prefix := range []string{"cp", "win", "xcp"} {
		if digits, ok := strings.CutPrefix(reduced, prefix); ok && charsets["windows"+digits] != "" {
			return "windows" + digits
		}
	}
	return reduced
}

// decode finds out the encoding from the bytes first, since labels are often
// wrong and text in UTF-8 hardly ever is anything else by accident.
func (c *conversion) decode(raw string) error {
	if order := utf16Order(raw); order != nil {
		c.text = decodeUTF16(raw, order)
		c.repaired(0, RuleRepairEncoding, "is in UTF-16; converted", "UTF-16", "UTF-8")
		return nil
	}
	declared := ""
	if match := declaredEncoding.FindStringSubmatch(raw[:min(len(raw), 512)]); match != nil {
		declared = match[1]
	}
	name := label(declared)
	if strings.HasPrefix(name, "iso2022") || name == "utf7" || name == "hzgb2312" {
		return lexical.Refuse(raw, 0, lexical.RuleEncoding, fmt.Sprintf("the document says it is in %q", lexical.Clip(declared)), "send it in UTF-8")
	}
	if utf8.ValidString(raw) {
		c.text = raw
		if declared != "" && name != "utf8" {
			c.repaired(0, RuleRepairEncoding, fmt.Sprintf("says it is in %q, but is in UTF-8; read as UTF-8", lexical.Clip(declared)), declared, "UTF-8")
		}
		return nil
	}
	if set, known := multibyteSets[name]; known {
		text, err := decodeMultibyte(raw, set)
		if err != nil {
			return fmt.Errorf("convert from %s: %w", set, err)
		}
		c.text = text
		c.repaired(0, RuleRepairEncoding, fmt.Sprintf("is in %q; converted", lexical.Clip(declared)), declared, "UTF-8")
		return nil
	}
	switch table, known := charsets[name]; {
	case known:
		c.text = decodeBytes(raw, []rune(table), false)
		c.repaired(0, RuleRepairEncoding, fmt.Sprintf("is in %q; converted", lexical.Clip(declared)), declared, "UTF-8")
	case declared == "" || name == "utf8" || name == "usascii" || name == "ascii" || strings.HasPrefix(name, "utf16"):
		c.text = decodeBytes(raw, []rune(charsets["windows1252"]), true)
		c.repaired(0, RuleRepairEncoding, "has bytes that are not UTF-8; they were read as windows-1252", declared, "UTF-8")
	default:
		return lexical.Refuse(raw, 0, lexical.RuleEncoding, fmt.Sprintf("the document says it is in %q, which is not read", lexical.Clip(declared)), "send it in UTF-8")
	}
	return nil
}

// utf16Order returns the byte order of a text in UTF-16, known by its byte
// order mark or by every other byte of its beginning being zero; else nil.
func utf16Order(raw string) binary.ByteOrder {
	switch {
	case strings.HasPrefix(raw, "\xFF\xFE"):
		return binary.LittleEndian
	case strings.HasPrefix(raw, "\xFE\xFF"):
		return binary.BigEndian
	case len(raw) < 4:
		return nil
	case raw[0] != 0 && raw[1] == 0 && raw[2] != 0 && raw[3] == 0:
		return binary.LittleEndian
	case raw[0] == 0 && raw[1] != 0 && raw[2] == 0 && raw[3] != 0:
		return binary.BigEndian
	}
	return nil
}

// decodeUTF16 writes U+FFFD for half a surrogate pair; half a unit at the end
// is left out.
func decodeUTF16(raw string, order binary.ByteOrder) string {
	var b strings.Builder
	b.Grow(len(raw))
	unit := func(i int) rune { return rune(order.Uint16([]byte{raw[i], raw[i+1]})) }
	for i := 0; i+1 < len(raw); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if i+3 < len(raw) {
				low = unit(i + 2)
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 2
			}
		}
		b.WriteRune(r)
	}
	return strings.TrimPrefix(b.String(), lexical.ByteOrderMark)
}

// decodeBytes reads a byte a character. If mixed, it keeps what is UTF-8, and
// writes U+FFFD for a character of UTF-8 that was cut off in its middle.
func decodeBytes(raw string, table []rune, mixed bool) string {
	var b strings.Builder
	b.Grow(len(raw) + len(raw)/8)
	for i := 0; i < len(raw); i++ {
		if raw[i] < utf8.RuneSelf {
			b.WriteByte(raw[i])
			continue
		}
		if mixed {
			if _, size := utf8.DecodeRuneInString(raw[i:]); size > 1 {
				b.WriteString(raw[i : i+size])
				i += size - 1
				continue
			}
			if cut := cutOff(raw[i:]); cut > 1 {
				b.WriteRune(utf8.RuneError)
				i += cut - 1
				continue
			}
		}
		b.WriteRune(table[raw[i]-utf8.RuneSelf])
	}
	return b.String()
}

// cutOff returns how many bytes at the beginning of text are a character of
// UTF-8 that lacks its end.
func cutOff(text string) int {
	for size := min(3, len(text)); size > 1; size-- {
		if !utf8.FullRuneInString(text[:size]) {
			return size
		}
	}
	return 0
}

// wellFormedDeclaration matches an XML declaration as XML 1.0 has it.
var wellFormedDeclaration = regexp.MustCompile(`^<\?xml\s+version\s*=\s*["']1\.0["'](\s+encoding\s*=\s*["'][A-Za-z0-9._-]+["'])?(\s+standalone\s*=\s*["'](yes|no)["'])?\s*\?>`)

// invisible are the characters that may stand around a document unseen.
const (
	unexpected = "\x00\x1a\u00a0\ufeff\u200b"
	invisible  = " \t\r\n" + unexpected
)

// trimStart blanks the XML declaration, which has said all it has to say, and
// whatever shows nothing before the text.
func (c *conversion) trimStart() {
	c.text = strings.TrimPrefix(c.text, lexical.ByteOrderMark)
	rest := strings.TrimLeft(c.text, invisible)
	before := c.text[:len(c.text)-len(rest)]
	start := blank(before)
	declaration := ""
	if len(rest) > 5 && strings.EqualFold(rest[:5], "<?xml") && lexical.IsSpace(rest[5]) {
		if end := strings.Index(rest, "?>"); end >= 0 {
			declaration, rest = rest[:end+len("?>")], rest[end+len("?>"):]
		}
	}
	switch {
	case declaration != "" && before != "":
		c.repaired(len(start), RuleRepairDeclaration, "begins with something before the XML declaration; read as if it were not there", "", "")
	case strings.ContainsAny(before, unexpected):
		c.repaired(len(start), RuleRepairAround, "is preceded by invisible characters; left out", "", "")
	}
	if declaration != "" && !wellFormedDeclaration.MatchString(declaration) {
		c.repaired(len(start), RuleRepairDeclaration, "has a malformed XML declaration, or one of another version; read as XML 1.0", declaration, "")
	}
	c.text = start + blank(declaration) + rest
}

// trimEnd cuts off what shows nothing behind the text.
func (c *conversion) trimEnd() {
	if end := len(strings.TrimRight(c.text, invisible)); strings.ContainsAny(c.text[end:], unexpected) {
		c.repaired(end, RuleRepairAround, "is followed by invisible characters; left out", "", "")
		c.text = c.text[:end]
	}
}

// blank returns text with a space for every character but the line ends.
func blank(text string) string {
	return strings.Map(func(r rune) rune {
		if isSpaceRune(r) {
			return r
		}
		return ' '
	}, text)
}

// replaceIllegal puts a space in the place of every character that XML does
// not allow. They show nothing, so nobody misses them.
func (c *conversion) replaceIllegal() {
	first := lexical.Illegal(c.text)
	if first < 0 {
		return
	}
	count := 0
	var b strings.Builder
	for _, r := range c.text {
		if lexical.IsLegal(r) {
			b.WriteRune(r)
			continue
		}
		count++
		for range utf8.RuneLen(r) { // so that what was found behind it keeps its place
			b.WriteByte(' ')
		}
	}
	c.text = b.String()
	c.repaired(first, RuleRepairControl, fmt.Sprintf("has %d control characters, which XML does not allow; replaced by spaces", count), "", "")
}
