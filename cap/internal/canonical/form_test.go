// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package canonical

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

var limits = lexical.Limits{Bytes: 1 << 20, Depth: 16, Elements: 50_000, Attributes: 32, Text: 64 << 10, LargeText: 512 << 10}

var algorithms = map[string]Algorithm{"--exc-c14n": Exclusive, "--c14n": Inclusive, "--c14n11": Inclusive11}

func parse(t testing.TB, raw string) *Document {
	t.Helper()
	document, err := Parse([]byte(raw), lexical.Options{Limits: limits})
	if err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return document
}

func form(algorithm Algorithm, prefixes ...string) Form {
	return Form{Algorithm: algorithm, Prefixes: prefixes, Limit: 1 << 20}
}

var comments = regexp.MustCompile(`(?s)<!--.*?-->`)

// TestWholeDocumentsAgreeWithLibxml2 compares the canonical forms of random
// documents with those of xmllint, which keeps comments: they are taken out of
// its output, where < cannot begin anything else.
func TestWholeDocumentsAgreeWithLibxml2(t *testing.T) {
	program, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed")
	}
	const count = 4000
	dir := t.TempDir()
	separator := filepath.Join(dir, "separator.xml")
	if err := os.WriteFile(separator, []byte("<between-documents/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	var files []string
	documents := make([]*Document, count)
	for i := range documents {
		raw := draw(uint64(i))
		documents[i] = parse(t, string(raw))
		file := filepath.Join(dir, fmt.Sprintf("%d.xml", i))
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file, separator)
	}
	for option, algorithm := range algorithms {
		t.Run(option, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			command := exec.Command(program, append([]string{"--nonet", option}, files...)...)
			command.Stdout, command.Stderr = &stdout, &stderr
			if err := command.Run(); err != nil {
				t.Fatalf("xmllint: %v\n%s", err, stderr.Bytes())
			}
			theirs := strings.Split(stdout.String(), "<between-documents></between-documents>")
			if len(theirs) != count+1 {
				t.Fatalf("xmllint wrote %d documents, not %d", len(theirs)-1, count)
			}
			differ, largest := 0, 0
			for i, document := range documents {
				want := strings.Trim(comments.ReplaceAllString(theirs[i], ""), "\n")
				ours, err := form(algorithm).Of(document.Root, nil)
				if err != nil {
					t.Fatal(err)
				}
				largest = max(largest, len(ours))
				if string(ours) != want {
					differ++
					if differ <= 3 {
						t.Errorf("document %d\n%s\nours\n%s\nxmllint's\n%s", i, draw(uint64(i)), ours, want)
					}
				}
			}
			t.Logf("%d of %d documents have the same form; the largest has %d bytes", count-differ, count, largest)
		})
	}
}

func TestForm(t *testing.T) {
	const document = `<a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q" xml:lang="de" xml:id="i" b="1">` +
		`<p:b xml:space="preserve"><c xmlns="" q:z="2" z="3"/><without><p:x/></without></p:b></a>`
	apex := parse(t, document).Root.Children()[0]
	without := apex.Children()[1]
	tests := map[string]struct {
		form Form
		want string
	}{
		"exclusive": {form(Exclusive),
			`<p:b xmlns:p="urn:p" xml:space="preserve"><c xmlns:q="urn:q" z="3" q:z="2"></c></p:b>`},
		"exclusive with prefixes": {form(Exclusive, "", "q", "unknown"),
			`<p:b xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q" xml:space="preserve"><c xmlns="" z="3" q:z="2"></c></p:b>`},
		"inclusive 1.0": {form(Inclusive),
			`<p:b xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q" xml:id="i" xml:lang="de" xml:space="preserve"><c xmlns="" z="3" q:z="2"></c></p:b>`},
		"inclusive 1.1": {form(Inclusive11),
			`<p:b xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q" xml:lang="de" xml:space="preserve"><c xmlns="" z="3" q:z="2"></c></p:b>`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := test.form.Of(apex, without)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// libxml2 writes the & of a namespace's address as it is, so that its output
// is not XML. The standard has it escaped like any attribute.
func TestNamespacesAreEscaped(t *testing.T) {
	got, err := form(Exclusive).Of(parse(t, "<a xmlns='http://a.example/?b&amp;c'/>").Root, nil)
	if want := `<a xmlns="http://a.example/?b&amp;c"></a>`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestNoBlanksLeavesOutIndentation(t *testing.T) {
	f := form(Exclusive)
	f.NoBlanks = true
	got, err := f.Of(parse(t, "<a>\n  <b> x </b>\n\t<c/>\r\n</a>").Root, nil)
	if err != nil || string(got) != "<a><b> x </b><c></c></a>" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestFormFails(t *testing.T) {
	large := `<a xmlns:p="urn:` + strings.Repeat("x", 60<<10) + `">` + strings.Repeat("<p:b/>", 40_000) + "</a>"
	tests := map[string]struct {
		document  string
		algorithm Algorithm
		message   string
	}{
		"relative namespace":          {"<a xmlns='relative'/>", Exclusive, `"relative" is not an absolute address`},
		"relative namespace inside":   {"<a><b xmlns:p='../p'/></a>", Inclusive, `"../p" is not an absolute address`},
		"namespace with a space":      {"<a xmlns='urn:a b'/>", Inclusive11, `"urn:a b" is not an absolute address`},
		"namespace beyond ASCII":      {"<a xmlns='urn:ä'/>", Exclusive, `"urn:ä" is not an absolute address`},
		"namespace without a scheme":  {"<a xmlns='1:b'/>", Exclusive, `"1:b" is not an absolute address`},
		"repeated large declarations": {large, Exclusive, "more than the 1048576 bytes allowed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := form(test.algorithm).Of(parse(t, test.document).Root, nil)
			var failure *Error
			if !errors.As(err, &failure) || !strings.Contains(failure.Message, test.message) {
				t.Errorf("got %v, want %q", err, test.message)
			}
		})
	}
	inner := parse(t, "<a xml:base='http://example.org/'><b/></a>").Root.Children()[0]
	for algorithm, fails := range map[Algorithm]bool{Exclusive: false, Inclusive: false, Inclusive11: true} {
		if _, err := form(algorithm).Of(inner, nil); (err != nil) != fails {
			t.Errorf("inherited xml:base with %s: %v", algorithm, err)
		}
	}
}

// FuzzForm checks that a canonical form passes the gate, is its own canonical
// form, and has the same tree as the document.
func FuzzForm(f *testing.F) {
	for seed := range uint64(8) {
		if raw := draw(seed); len(raw) < 1000 {
			f.Add(raw)
		}
	}
	f.Add([]byte("<a xmlns='urn:a'><b xmlns=''>&#13;<![CDATA[<]]></b></a>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		document, err := Parse(raw, lexical.Options{Limits: limits})
		if err != nil {
			return
		}
		for name, algorithm := range algorithms {
			once, err := form(algorithm).Of(document.Root, nil)
			if err != nil {
				continue
			}
			again, err := Parse(once, lexical.Options{Limits: limits})
			var refusal *lexical.Refusal
			if errors.As(err, &refusal) && (refusal.Rule == lexical.RuleText || refusal.Rule == lexical.RuleAttribute) {
				continue // escapes and repeated declarations can pass a limit
			}
			if err != nil {
				t.Fatalf("%s gives what the gate refuses: %v\n%s", name, err, once)
			}
			twice, err := form(algorithm).Of(again.Root, nil)
			if err != nil || !bytes.Equal(once, twice) {
				t.Fatalf("%s of its own form differs: %v\n%s\n%s", name, err, once, twice)
			}
			if a, b := outline(document.Root), outline(again.Root); a != b {
				t.Fatalf("%s changes the document from\n%s\nto\n%s", name, a, b)
			}
		}
	})
}

// outline renders what a reader sees of an element.
func outline(e *Element) string {
	var b strings.Builder
	var attributes []string
	for _, a := range e.Attributes {
		attributes = append(attributes, fmt.Sprintf("%v=%q", a.Name, a.Value))
	}
	slices.Sort(attributes)
	fmt.Fprintf(&b, "<%v %s", e.Name, attributes)
	run := ""
	for _, n := range e.Content {
		if n.Element == nil {
			run += n.Text
			continue
		}
		fmt.Fprintf(&b, " %q %s", run, outline(n.Element))
		run = ""
	}
	fmt.Fprintf(&b, " %q>", run)
	return b.String()
}
