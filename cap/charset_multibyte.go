// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// multibyteSets names the character sets of East Asia with two bytes for most
// characters, by labels reduced like those of charsetAliases.
var multibyteSets = map[string]string{
	"gb18030": "gb18030", "gbk": "gb18030", "xgbk": "gb18030", "gb2312": "gb18030", "csgb2312": "gb18030",
	"euccn": "gb18030", "cp936": "gb18030", "ms936": "gb18030", "windows936": "gb18030",
	"big5": "big5", "xxbig5": "big5", "big5hkscs": "big5", "cnbig5": "big5", "cp950": "big5", "windows950": "big5",
	"shiftjis": "shiftjis", "sjis": "shiftjis", "xsjis": "shiftjis", "mskanji": "shiftjis", "cp932": "shiftjis",
	"ms932": "shiftjis", "windows932": "shiftjis", "windows31j": "shiftjis",
	"eucjp": "eucjp", "xeucjp": "eucjp",
	"euckr": "euckr", "ksc5601": "euckr", "ksc56011987": "euckr", "cp949": "euckr", "ms949": "euckr", "windows949": "euckr", "uhc": "euckr",
}

// multibyteTables holds for each set what its pairs of bytes stand for: rows by
// the first byte, columns by the second, in UTF-8, and U+FFFD where a pair
// stands for nothing.
//
//go:embed charsets/*.gz
var multibyteTables embed.FS

const (
	firstLead, lastLead   = 0x81, 0xFE
	firstTrail, lastTrail = 0x40, 0xFE
	trails                = lastTrail - firstTrail + 1
)

// decodeMultibyte reads a text of one of the sets; U+FFFD stands for what is in
// none of them. Characters that EUC-JP writes with three bytes are not read.
func decodeMultibyte(raw, set string) (string, error) {
	table, err := multibyteTable(set)
	if err != nil {
		return "", err
	}
	var quads []rune
	if set == "gb18030" {
		quads = fourByteCharacters(table)
	}
	var b strings.Builder
	b.Grow(len(raw) + len(raw)/2)
	for i := 0; i < len(raw); {
		r, size := rune(raw[i]), 1
		switch {
		case raw[i] < utf8.RuneSelf:
		case quads != nil && i+1 < len(raw) && raw[i+1] >= '0' && raw[i+1] <= '9':
			r, size = fourBytes(raw[i:], quads)
		default:
			r, size = pair(raw[i:], set, table)
		}
		b.WriteRune(r)
		i += size
	}
	return b.String(), nil
}

// pair reads the one or two bytes at the beginning of text.
func pair(text, set string, table []rune) (rune, int) {
	lead, trail := text[0], byte(0)
	if len(text) > 1 {
		trail = text[1]
	}
	switch { // half-width katakana, and what else stands for itself
	case set == "shiftjis" && lead >= 0xA1 && lead <= 0xDF:
		return 0xFF61 + rune(lead-0xA1), 1
	case set == "eucjp" && lead == 0x8E && trail >= 0xA1 && trail <= 0xDF:
		return 0xFF61 + rune(trail-0xA1), 2
	case set == "gb18030" && lead == 0x80:
		return '€', 1
	case set == "shiftjis" && lead == 0x80:
		return 0x80, 1
	case lead < firstLead || lead > lastLead || trail < firstTrail || trail > lastTrail:
		return utf8.RuneError, 1
	}
	r := table[int(lead-firstLead)*trails+int(trail-firstTrail)]
	if r == utf8.RuneError && trail < utf8.RuneSelf {
		return r, 1 // the second byte may be a bracket of the document
	}
	return r, 2
}

// Of the private use area GB 18030 gives the beginning to pairs, but for these
// spans, whose pairs have become characters of their own since.
var fourBytePrivate = [][2]rune{
	{0xE76C, 0xE76C}, {0xE7C8, 0xE7C8}, {0xE7E7, 0xE7F3}, {0xE815, 0xE815}, {0xE819, 0xE81D}, {0xE81F, 0xE825}, {0xE827, 0xE82A},
	{0xE82D, 0xE830}, {0xE833, 0xE83A}, {0xE83C, 0xE842}, {0xE844, 0xE853}, {0xE856, 0xE863},
}

const lastPairedPrivate = 0xE865

// fourByteCharacters are the characters of the basic plane that GB 18030 writes
// with four bytes, in their order: all that no pair stands for.
func fourByteCharacters(table []rune) []rune {
	paired := make([]bool, 1<<16)
	for _, r := range table {
		if int(r) < len(paired) {
			paired[r] = true
		}
	}
	var all []rune
	for r := rune(0x80); r < 1<<16; r++ {
		if r >= 0xD800 && r < lastPairedPrivate && !slices.ContainsFunc(fourBytePrivate, func(span [2]rune) bool { return span[0] <= r && r <= span[1] }) {
			continue
		}
		if !paired[r] || r == utf8.RuneError {
			all = append(all, r)
		}
	}
	return all
}

// fourBytes reads four bytes of GB 18030, or fewer that stand for nothing.
func fourBytes(text string, quads []rune) (rune, int) {
	const supplementary = 189_000
	if len(text) < 4 || text[0] == 0x80 || text[0] == 0xFF || text[2] < firstLead || text[2] > lastLead || text[3] < '0' || text[3] > '9' {
		return utf8.RuneError, 1
	}
	n := ((int(text[0]-firstLead)*10+int(text[1]-'0'))*126+int(text[2]-firstLead))*10 + int(text[3]-'0')
	switch {
	case n < len(quads):
		return quads[n], 4
	case n >= supplementary && n-supplementary <= utf8.MaxRune-0x10000:
		return rune(0x10000 + n - supplementary), 4
	}
	return utf8.RuneError, 4
}

func multibyteTable(set string) ([]rune, error) {
	packed, err := multibyteTables.ReadFile("charsets/" + set + ".gz")
	if err != nil {
		return nil, err
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(reader)
	return []rune(string(text)), err
}
