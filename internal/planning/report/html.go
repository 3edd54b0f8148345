// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"embed"
	"html/template"
	"io"
)

//go:embed report.html
var files embed.FS

var page = template.Must(template.New("report.html").ParseFS(files, "report.html"))

// writeHTML writes the document as a page.
func (d *document) writeHTML(w io.Writer) error { return page.Execute(w, d) }

// Element is the picture as an element of the page; name is its own.
func (f figure) Element(name string) template.HTML { return template.HTML(f.SVG(name, f.Title)) }
