// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"html"
	"regexp"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

var (
	htmlTag = regexp.MustCompile(`(?is)<(/?)(a|abbr|b|big|blockquote|body|br|center|code|dd|div|dl|dt|em|font|h[1-6]|head|hr|html|i|img|li|meta|ol|p|pre|s|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|title|tr|tt|u|ul)(\s[^<>]*)?/?>`)
	// unread matches what a browser does not show.
	unread   = regexp.MustCompile(`(?is)<!--.*?-->|<(script|style)\b[^<>]*>.*?</(script|style)\s*>`)
	htmlLink = regexp.MustCompile(`(?is)\s(href|src|alt)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)`)
	entity   = regexp.MustCompile(`&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);`)
	// emptyLines matches more than one empty line.
	emptyLines = regexp.MustCompile(`\n[ \t]*\n\s*\n`)
)

// around returns what an HTML tag does to the text before and behind it.
func around(tag string) (before, after string) {
	switch strings.ToLower(tag) {
	case "br", "hr":
		return "\n", ""
	case "blockquote", "center", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "section", "table", "tr", "ul":
		return "\n", "\n"
	case "td", "th":
		return " ", " "
	}
	return "", ""
}

// linked returns what to write for an attribute of an HTML tag: the address of
// a link or a picture in parentheses, and what a picture shows.
func linked(attribute, value string) string {
	value = trimSpace(value)
	switch strings.ToLower(attribute) {
	case "alt":
		return value
	case "href", "src":
		if strings.Contains(value, ":") {
			return " (" + value + ")"
		}
	}
	return ""
}

func tidyLines(text string) string {
	return trimSpace(emptyLines.ReplaceAllString(text, "\n\n"))
}

// plain returns a text with its HTML resolved, which may be escaped several
// times over; the text as it is if there is no end to that.
func plain(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	const most = 5
	used := text
	for range most {
		next := entity.ReplaceAllStringFunc(withoutTags(used), func(written string) string {
			if resolved := html.UnescapeString(written); lexical.Illegal(resolved) < 0 {
				return resolved
			}
			return " "
		})
		if next == used {
			if used == text {
				return text
			}
			if used = tidyLines(used); used == "" {
				return text // nothing but a tag
			}
			return used
		}
		used = next
	}
	return text
}

// withoutTags returns a text without HTML's tags, a line end where they make
// one, the address of a link behind it.
func withoutTags(text string) string {
	text = unread.ReplaceAllString(text, "")
	var b strings.Builder
	from := 0
	pending := "" // of a link that is open
	flush := func() {
		if address := strings.Trim(pending, " ()"); address != "" && !strings.HasSuffix(b.String(), address) {
			b.WriteString(pending)
		}
		pending = ""
	}
	for _, at := range htmlTag.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[from:at[0]])
		from = at[1]
		before, after := around(text[at[4]:at[5]])
		isEnd, isLink := at[3] > at[2], strings.EqualFold(text[at[4]:at[5]], "a")
		if isLink {
			flush()
		}
		if isEnd {
			b.WriteString(after)
			continue
		}
		b.WriteString(before)
		if at[6] < 0 {
			continue
		}
		for _, match := range htmlLink.FindAllStringSubmatch(text[at[6]:at[7]], -1) {
			said := linked(match[1], strings.Trim(match[2], `"'`))
			if isLink {
				pending += said
			} else {
				b.WriteString(said)
			}
		}
	}
	flush()
	b.WriteString(text[from:])
	return b.String()
}
