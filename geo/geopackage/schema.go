// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geopackage

import "strings"

// columnsOf finds the names of a table's columns in the statement that made it,
// and which of them stands for the row's number (INTEGER PRIMARY KEY); -1 if none.
func columnsOf(sql string) (names []string, rowid int) {
	rowid = -1
	begin := strings.IndexByte(sql, '(')
	if begin < 0 {
		return nil, rowid
	}
	for _, definition := range definitions(sql[begin+1:]) {
		if len(definition) == 0 {
			continue
		}
		first := definition[0]
		if !first.quoted {
			switch strings.ToUpper(first.text) {
			case "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN":
				continue // of the table
			}
		}
		for i := 1; i+2 < len(definition); i++ {
			if strings.EqualFold(definition[1].text, "INTEGER") && strings.EqualFold(definition[i+1].text, "PRIMARY") && strings.EqualFold(definition[i+2].text, "KEY") {
				rowid = len(names)
			}
		}
		names = append(names, first.text)
	}
	return names, rowid
}

// word is a word of a statement, without the marks around it.
type word struct {
	text   string
	quoted bool
}

// definitions cuts what is in the statement's outer parentheses at its commas,
// and each piece into words. What is in inner parentheses is left out.
func definitions(sql string) [][]word {
	var all [][]word
	var current []word
	depth := 0
	add := func(w word) {
		if depth == 0 {
			current = append(current, w)
		}
	}
	for i := 0; i < len(sql); {
		switch c := sql[i]; c {
		case '(':
			depth++
			i++
		case ')':
			if depth == 0 {
				return append(all, current)
			}
			depth--
			i++
		case ',':
			if depth == 0 {
				all, current = append(all, current), nil
			}
			i++
		case '"', '\'', '`', '[':
			text, n := quotedWord(sql[i:])
			add(word{text, true})
			i += n
		case ' ', '\t', '\n', '\r':
			i++
		case '-':
			i++
			if strings.HasPrefix(sql[i:], "-") { // a comment
				if end := strings.IndexByte(sql[i:], '\n'); end >= 0 {
					i += end
				} else {
					i = len(sql)
				}
			}
		default:
			end := strings.IndexAny(sql[i:], "(),\"'`[ \t\n\r-")
			if end < 0 {
				end = len(sql) - i
			}
			add(word{sql[i : i+end], false})
			i += end
		}
	}
	return append(all, current)
}

// quotedWord reads a word in quotation marks, of which a doubled one stands for
// one, and says how long it is with them.
func quotedWord(sql string) (text string, n int) {
	closing := sql[0]
	if closing == '[' {
		closing = ']'
	}
	var out strings.Builder
	for i := 1; i < len(sql); i++ {
		if sql[i] != closing {
			out.WriteByte(sql[i])
			continue
		}
		if i+1 < len(sql) && sql[i+1] == closing && closing != ']' {
			out.WriteByte(closing)
			i++
			continue
		}
		return out.String(), i + 1
	}
	return out.String(), len(sql)
}
