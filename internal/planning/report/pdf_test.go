// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// peer runs a program on a report's PDF, and skips the test where there is none.
func peer(t *testing.T, r Report, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	path := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(path, written(t, r.WritePDF), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "FILE", path)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// TestPDFHoldsWhatTheHTMLDoes compares every word of every sentence and cell, as
// pdftotext reads them.
func TestPDFHoldsWhatTheHTMLDoes(t *testing.T) {
	spaces := regexp.MustCompile(`\s+`)
	each(t, func(t *testing.T, kind string, r Report) {
		text := spaces.ReplaceAllString(strings.ReplaceAll(peer(t, r, "pdftotext", "-layout", "FILE", "-"), "\u00a0", " "), " ")
		p := read(t, written(t, r.WriteHTML))
		for _, paragraph := range p.paragraphs {
			if want := strings.ReplaceAll(paragraph, "\u00a0", " "); !strings.Contains(text, want) && !acrossPages(text, want) {
				t.Errorf("the PDF lacks %q", want)
			}
		}
		for _, row := range p.rows {
			for _, cell := range row {
				for word := range strings.FieldsSeq(strings.ReplaceAll(cell, "\u00a0", " ")) {
					if len(word) < 60 && !strings.Contains(text, word) { // a digest is broken in two
						t.Errorf("the PDF lacks %q of %q", word, row)
					}
				}
			}
		}
		var sites []planning.Site
		if r.Sites != nil {
			sites = r.Sites.Sites
		} else if r.Programme != nil {
			for _, s := range r.Programme.Sites {
				sites = append(sites, s.Site)
			}
		}
		for _, s := range sites {
			if n := strings.Count(text, s.UTMREF); n != 1 {
				t.Errorf("the site at %s is there %d times", s.UTMREF, n)
			}
		}
	})
}

// acrossPages reports whether all words are there, where a page's foot stands
// between two lines.
func acrossPages(text, paragraph string) bool {
	for word := range strings.FieldsSeq(paragraph) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

func TestPDFSaysWhatItIs(t *testing.T) {
	each(t, func(t *testing.T, kind string, r Report) {
		info := peer(t, r, "pdfinfo", "FILE")
		title := map[string]string{"coverage de": "Wer eine Sirene hört", "coverage en": "Who hears a siren", "sites de": "Wo neue Sirenen stehen sollen", "sites en": "Where new sirens should stand"}[kind+" "+r.Language]
		if kind == "programme" {
			title = "Sirenen <für> alle"
		}
		for _, want := range []string{`Title: +` + regexp.QuoteMeta(title) + `\n`, `\(A4\)`, `Encrypted: +no`, `JavaScript: +no`} {
			if !regexp.MustCompile(want).MatchString(info) {
				t.Errorf("the PDF's properties lack %s:\n%s", want, info)
			}
		}
		pages, err := strconv.Atoi(regexp.MustCompile(`Pages: +(\d+)`).FindStringSubmatch(info)[1])
		if err != nil {
			t.Fatal(err)
		}
		text := peer(t, r, "pdftotext", "FILE", "-")
		for page := range pages {
			if want := map[string]string{"de": "Seite %d von %d", "en": "Page %d of %d"}[r.Language]; !strings.Contains(text, fmt.Sprintf(want, page+1, pages)) {
				t.Errorf("there is no "+want, page+1, pages)
			}
		}
		if raw := string(written(t, r.WritePDF)); !strings.Contains(raw, "/Lang ("+r.Language+")") {
			t.Error("the language is not said")
		}
	})
}

func TestPDFIsInOrder(t *testing.T) {
	each(t, func(t *testing.T, _ string, r Report) { peer(t, r, "qpdf", "--check", "FILE") })
}

// TestLinesHoldAllWords breaks texts into lines: none is too wide, and together
// they are the text.
func TestLinesHoldAllWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zäß\x{a0}]{0,30}( [A-Z0-9ü]{1,40}){0,6}`).Draw(t, "text")
		width := rapid.Float64Range(12, 200).Draw(t, "width")
		lines := (&pdf{}).wrap(text, width, 8, false)
		for _, line := range lines {
			if wide := drawing.Measure(line, 8, false); wide > width+1e-9 {
				t.Fatalf("%q is %g wide, more than %g", line, wide, width)
			}
		}
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if bare(strings.Join(lines, "")) != bare(text) {
			t.Fatalf("%q became %q", text, lines)
		}
	})
}
