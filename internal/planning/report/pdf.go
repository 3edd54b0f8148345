// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// The measures of a page in points: A4, with what pictures need between margins.
const (
	pageWidth    = 595.28
	pageHeight   = 841.89
	pageMargin   = (pageWidth - pictureWidth) / 2
	pageTop      = 46.0
	pageBottom   = pageHeight - 52
	footerHeight = 24.0
)

const family = "Go"

// noDay stands for the day on which a report was made, which it does not know:
// the same answer makes the same bytes.
var noDay = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// pdf is a document on its way to pages: y is where the next thing goes.
type pdf struct {
	*fpdf.Fpdf
	document *document
	y        float64
}

// writePDF writes the document as PDF.
func (d *document) writePDF(w io.Writer) error {
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", SizeStr: "A4"})
	f.SetCatalogSort(true)
	f.SetCreationDate(noDay)
	f.SetModificationDate(noDay)
	f.SetTitle(drawing.Legible(d.Title), true)
	f.SetLang(d.Tag())
	f.SetCreator("Tocsin", true)
	f.SetDisplayMode("fullwidth", "continuous")
	f.SetAutoPageBreak(false, 0)
	f.AliasNbPages("")
	f.AddUTF8FontFromBytes(family, "", drawing.Regular)
	f.AddUTF8FontFromBytes(family, "B", drawing.Bold)
	p := &pdf{Fpdf: f, document: d}
	f.SetFooterFunc(p.footer)

	p.next()
	p.paragraph(d.Title, style{size: 18, bold: true, after: 8})
	if d.Mind != "" {
		p.mind(d.Mind)
	}
	for _, sentence := range d.Answer {
		p.paragraph(sentence, style{size: 11, after: 4})
	}
	p.y += 6
	p.figure(d.Picture)
	p.next()
	for _, s := range d.Sections {
		p.section(s)
	}
	if err := f.Error(); err != nil {
		return err
	}
	return f.Output(w)
}

func (p *pdf) section(s section) {
	p.room(150) // a heading alone at the foot of a page helps nobody
	if p.y > pageTop {
		p.y += 14
	}
	p.Bookmark(s.Title, 0, p.y)
	p.paragraph(s.Title, style{size: 13, bold: true, after: 4})
	for _, text := range s.Texts {
		p.paragraph(text, style{size: 10, after: 4})
	}
	for _, f := range s.Figures {
		p.figure(f)
	}
	if len(s.Table.Rows) > 0 {
		p.table(s.Table)
	}
	for _, point := range s.Points {
		p.paragraph("– "+point, style{size: 10, after: 3})
	}
}

// next begins a page.
func (p *pdf) next() {
	p.AddPage()
	p.y = pageTop
}

// room begins a page where this one has less height left than asked for.
func (p *pdf) room(height float64) {
	if p.y+height > pageBottom {
		p.next()
	}
}

func (p *pdf) footer() {
	p.font(8, false)
	y := pageHeight - footerHeight
	page := p.document.T("plan.report.page", fmt.Sprint(p.PageNo()), "{nb}")
	p.write(pageMargin, y, page)
	title := p.wrap(p.document.Title, pictureWidth-120, 8, false)[0]
	p.write(pageWidth-pageMargin-drawing.Measure(title, 8, false), y, title)
}

// style is how a paragraph looks.
type style struct {
	size, after float64
	bold        bool
}

func (p *pdf) font(size float64, bold bool) {
	weight := ""
	if bold {
		weight = "B"
	}
	p.SetFont(family, weight, size)
	p.SetTextColor(int(drawing.Ink.R), int(drawing.Ink.G), int(drawing.Ink.B))
}

// write writes a line, its foot at y, in letters that the font has: fpdf fails at
// others.
func (p *pdf) write(x, y float64, text string) { p.Fpdf.Text(x, y, drawing.Legible(text)) }

// paragraph writes lines over the whole width.
func (p *pdf) paragraph(text string, s style) {
	line := s.size * 1.35
	for _, part := range p.wrap(text, pictureWidth, s.size, s.bold) {
		p.room(line)
		p.font(s.size, s.bold)
		p.y += line
		p.write(pageMargin, p.y-0.3*s.size, part)
	}
	p.y += s.after
}

// mind writes what must be seen in a box.
func (p *pdf) mind(text string) {
	const size, inset = 11.0, 8.0
	lines := p.wrap(text, pictureWidth-2*inset, size, true)
	height := float64(len(lines))*size*1.35 + 2*inset
	p.SetLineWidth(1.5)
	p.SetDrawColor(int(drawing.Ink.R), int(drawing.Ink.G), int(drawing.Ink.B))
	p.Rect(pageMargin, p.y, pictureWidth, height, "D")
	p.font(size, true)
	for i, line := range lines {
		p.write(pageMargin+inset, p.y+inset+size*(1+1.35*float64(i)), line)
	}
	p.y += height + 8
}
