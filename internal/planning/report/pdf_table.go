// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"image/color"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// The measures of tables in points.
const (
	cellSize  = 7.5
	cellLine  = 9.6
	cellInset = 3.0
)

// table writes rows under their columns' titles, which come again on every page.
func (p *pdf) table(t table) {
	widths := p.widths(t)
	titles := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		titles[i] = c.Title
	}
	head := func() {
		p.row(t, widths, titles, true)
		p.rule(0.8, drawing.Ink)
	}
	p.room(60)
	head()
	for _, row := range t.Rows {
		if p.y+p.height(widths, row, false) > pageBottom {
			p.next()
			head()
		}
		p.row(t, widths, row, false)
		p.rule(0.4, ruleColor)
	}
	p.y += 8
}

// ruleColor is that of the lines between rows.
var ruleColor = color.NRGBA{0xAA, 0xAA, 0xAA, 0xFF}

func (p *pdf) rule(width float64, in color.NRGBA) {
	p.SetLineWidth(width)
	p.SetDrawColor(int(in.R), int(in.G), int(in.B))
	p.Line(pageMargin, p.y, pageMargin+pictureWidth, p.y)
}

func (p *pdf) row(t table, widths []float64, cells []string, bold bool) {
	p.font(cellSize, bold)
	x := pageMargin
	for i, cell := range cells {
		for n, line := range p.wrap(cell, widths[i]-2*cellInset, cellSize, bold) {
			at := x + cellInset
			if t.Columns[i].Numbers {
				at = x + widths[i] - cellInset - drawing.Measure(line, cellSize, bold)
			}
			p.write(at, p.y+cellSize+2+float64(n)*cellLine, line)
		}
		x += widths[i]
	}
	p.y += p.height(widths, cells, bold)
}

// height is that of a row.
func (p *pdf) height(widths []float64, cells []string, bold bool) float64 {
	lines := 1
	for i, cell := range cells {
		lines = max(lines, len(p.wrap(cell, widths[i]-2*cellInset, cellSize, bold)))
	}
	return float64(lines)*cellLine + 2.4
}

// widths shares the page's width among columns: each gets what its longest word
// needs, then as much of what is left as its longest cell would like.
func (p *pdf) widths(t table) []float64 {
	const widestWord = 150.0
	needs, likes := make([]float64, len(t.Columns)), make([]float64, len(t.Columns))
	measure := func(i int, cell string, bold bool) {
		for word := range strings.SplitSeq(cell, " ") {
			needs[i] = max(needs[i], min(drawing.Measure(word, cellSize, bold), widestWord)+2*cellInset+0.5)
		}
		if !bold {
			likes[i] = max(likes[i], drawing.Measure(cell, cellSize, bold)+2*cellInset+0.5)
		}
	}
	for i, c := range t.Columns {
		measure(i, c.Title, true)
		for _, row := range t.Rows {
			measure(i, row[i], false)
		}
	}
	left, wanted := pictureWidth, 0.0
	for i := range needs {
		likes[i] = max(likes[i], needs[i])
		left -= needs[i]
		wanted += likes[i] - needs[i]
	}
	for i := range needs {
		switch {
		case left < 0: // no room even for the words: these are broken
			needs[i] *= pictureWidth / (pictureWidth - left)
		case wanted > left:
			needs[i] += (likes[i] - needs[i]) * left / wanted
		default:
			needs[i] = likes[i] + (left-wanted)/float64(len(needs))
		}
	}
	return needs
}

// wrap breaks a text into lines of at most a width: at spaces, but not at those
// that hold together (U+00A0), and within words that are longer than a line.
func (p *pdf) wrap(text string, width, size float64, bold bool) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		if joined := strings.TrimPrefix(line+" "+word, " "); drawing.Measure(joined, size, bold) <= width {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for drawing.Measure(word, size, bold) > width && utf8.RuneCountInString(word) > 1 {
			cut := len(word)
			for cut > 0 && drawing.Measure(word[:cut], size, bold) > width {
				_, last := utf8.DecodeLastRuneInString(word[:cut])
				cut -= last
			}
			if cut == 0 {
				_, cut = utf8.DecodeRuneInString(word)
			}
			lines = append(lines, word[:cut])
			word = word[cut:]
		}
		line = word
	}
	return append(lines, line)
}
