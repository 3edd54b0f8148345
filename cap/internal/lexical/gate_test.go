// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package lexical

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// limits are those of CAP messages.
var limits = Limits{Bytes: 1 << 20, Depth: 16, Elements: 50_000, Attributes: 32, Text: 64 << 10, LargeText: 512 << 10,
	Large: []string{"description", "instruction", "polygon", "derefUri"}}

// gate scans a document to its end.
func gate(raw []byte, options Options) error {
	s, err := NewScanner(raw, options)
	for err == nil {
		_, err = s.Next()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func TestGateRefuses(t *testing.T) {
	deep := strings.Repeat("<a>", 17) + strings.Repeat("</a>", 17)
	var attributes strings.Builder
	for i := range 33 {
		fmt.Fprintf(&attributes, " a%d=''", i)
	}
	tests := []struct {
		name, document string
		rule           Rule
		line, column   int
	}{
		{"nothing", "", RuleSyntax, 1, 1},
		{"no element", "<?xml version='1.0'?>\n<!-- -->", RuleSyntax, 2, 9},
		{"JSON", `{"identifier":"a"}`, RuleSyntax, 1, 1},
		{"text before the root", " x<a/>", RuleSyntax, 1, 2},
		{"UTF-16", "\xFF\xFE<\x00a\x00/\x00>\x00", RuleEncoding, 1, 1},
		{"Latin-1", "<a>K\xF6ln</a>", RuleEncoding, 1, 5},
		{"declared as Latin-1", `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, RuleEncoding, 1, 21},
		{"encoded surrogate", "<a>\xED\xA0\x80</a>", RuleEncoding, 1, 4},
		{"control character", "<a>\n\n ä\x01</a>", RuleEncoding, 3, 3},
		{"noncharacter", "<a>\uFFFE</a>", RuleEncoding, 1, 4},
		{"reference to a control character", "<a>&#1;</a>", RuleEncoding, 1, 4},
		{"reference to a surrogate", "<a>&#xD800;</a>", RuleEncoding, 1, 4},
		{"reference with a sign", "<a>&#+65;</a>", RuleEncoding, 1, 4},
		{"XML 1.1", `<?xml version="1.1"?><a/>`, RuleSyntax, 1, 7},
		{"declaration without version", `<?xml encoding="UTF-8"?><a/>`, RuleSyntax, 1, 7},
		{"declaration in disorder", `<?xml version="1.0" standalone="no" encoding="UTF-8"?><a/>`, RuleSyntax, 1, 37},
		{"declaration with an odd standalone", `<?xml version="1.0" standalone="si"?><a/>`, RuleSyntax, 1, 21},
		{"declaration without end", `<?xml version="1.0"`, RuleSyntax, 1, 1},
		{"declaration after a line end", "\n<?xml version='1.0'?><a/>", RuleInstruction, 2, 1},
		{"second declaration", "<?xml version='1.0'?><?xml version='1.0'?><a/>", RuleInstruction, 1, 22},
		{"declaration inside", "<a><?xml version='1.0'?></a>", RuleInstruction, 1, 4},
		{"style sheet", "<?xml-stylesheet href='https://evil.example/x.xsl'?><a/>", RuleInstruction, 1, 1},
		{"instruction inside", "<a>\n <?php ?></a>", RuleInstruction, 2, 2},
		{"document type", "<!DOCTYPE a><a/>", RuleDoctype, 1, 1},
		{"external entity", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`, RuleDoctype, 1, 1},
		{"document type inside", "<a><!DOCTYPE a></a>", RuleDoctype, 1, 4},
		{"unknown entity", "<a>&nbsp;</a>", RuleEntity, 1, 4},
		{"ampersand", "<a>Keller & Garagen</a>", RuleSyntax, 1, 11},
		{"ampersand in an attribute", "<a b='x&y'/>", RuleSyntax, 1, 8},
		{"less-than in an attribute", "<a b='<'/>", RuleSyntax, 1, 4},
		{"less-than in text", "<a>1 < 2</a>", RuleSyntax, 1, 6},
		{"end of CDATA in text", "<a>x]]>y</a>", RuleSyntax, 1, 5},
		{"CDATA without end", "<a><![CDATA[x</a>", RuleSyntax, 1, 4},
		{"CDATA before the root", "<![CDATA[x]]><a/>", RuleSyntax, 1, 1},
		{"comment without end", "<a><!-- x</a>", RuleSyntax, 1, 4},
		{"dashes in a comment", "<a><!-- x -- y --></a>", RuleSyntax, 1, 11},
		{"cut off", "<a><b>x</b>", RuleSyntax, 1, 12},
		{"cut off in a tag", "<a><b", RuleSyntax, 1, 6},
		{"wrong end tag", "<a><b></a></b>", RuleSyntax, 1, 7},
		{"end tag of another prefix", "<p:a xmlns:p='u' xmlns:q='u'></q:a>", RuleSyntax, 1, 30},
		{"unquoted attribute", "<a b=c/>", RuleSyntax, 1, 4},
		{"attributes without space", "<a b='1'c='2'/>", RuleSyntax, 1, 9},
		{"name beyond ASCII", "<größe/>", RuleSyntax, 1, 4},
		{"attribute twice", "<a b='1' b='2'/>", RuleAttribute, 1, 10},
		{"attribute twice by namespace", "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", RuleAttribute, 1, 36},
		{"namespace declared twice", "<a xmlns='u' xmlns='v'/>", RuleAttribute, 1, 14},
		{"too many attributes", "<a" + attributes.String() + "/>", RuleAttribute, 1, 218},
		{"undeclared prefix", "<p:a/>", RuleNamespace, 1, 1},
		{"undeclared prefix of an attribute", "<a p:b=''/>", RuleNamespace, 1, 4},
		{"prefix out of scope", "<a><b xmlns:p='u'/><p:c/></a>", RuleNamespace, 1, 20},
		{"two colons", "<a:b:c xmlns:a='u'/>", RuleNamespace, 1, 1},
		{"prefix undeclared again", "<a xmlns:p=''/>", RuleNamespace, 1, 4},
		{"prefix xml redefined", "<a xmlns:xml='u'/>", RuleNamespace, 1, 4},
		{"prefix xmlns defined", "<a xmlns:xmlns='u'/>", RuleNamespace, 1, 4},
		{"second root", "<a/><a/>", RuleAfterRoot, 1, 5},
		{"text after the root", "<a/>\n x", RuleAfterRoot, 2, 2},
		{"instruction after the root", "<a/><?x?>", RuleInstruction, 1, 5},
		{"too deep", deep, RuleDepth, 1, 49},
		{"too many elements", "<a>" + strings.Repeat("<b/>", 50_000) + "</a>", RuleElements, 1, 200_000},
		{"too much text", "<a>" + strings.Repeat("x", 64<<10) + "<!-- -->y</a>", RuleText, 1, 65548},
		{"too much text with large elements", "<polygon>" + strings.Repeat("x", 512<<10+1) + "</polygon>", RuleText, 1, 10},
		{"too long an attribute", "<a b='" + strings.Repeat("x", 64<<10+1) + "'/>", RuleText, 1, 4},
		{"too large", strings.Repeat(" ", 1<<20) + "<a/>", RuleSize, 1, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := gate([]byte(test.document), Options{Limits: limits})
			var refusal *Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("Gate lets it through, or fails with %v", err)
			}
			if refusal.Rule != test.rule || refusal.Line != test.line || refusal.Column != test.column {
				t.Errorf("refused by rule %s at %d:%d, want %s at %d:%d: %v",
					refusal.Rule, refusal.Line, refusal.Column, test.rule, test.line, test.column, refusal)
			}
			if refusal.Message == "" || refusal.Remedy == "" {
				t.Errorf("the refusal says too little: %+v", refusal)
			}
		})
	}
}

func TestGateLetsThrough(t *testing.T) {
	tests := map[string]string{
		"declaration":       `<?xml version = "1.0" encoding='utf-8' standalone="yes" ?><a/>`,
		"byte order mark":   "\uFEFF<?xml version='1.0'?><a/>",
		"comments":          "<!-- a --><a><!-- b - c --></a><!---->\n",
		"CDATA":             "<a><![CDATA[<b>&]]]]><![CDATA[>]]></a>",
		"references":        "<a b='&lt;&#10;'>&amp;&#xE4;&#228;&#x1D11E;</a>",
		"namespaces":        "<p:a xmlns:p='u' p:b='' b=''><c xmlns='v' xml:lang='de'/><c/></p:a >",
		"prefix xml itself": "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
		"at its limits":     "<a>" + strings.Repeat("<b/>", 49_999) + "</a>",
		"large description": "<description>" + strings.Repeat("x", 512<<10) + "</description>",
	}
	for name, document := range tests {
		t.Run(name, func(t *testing.T) {
			if err := gate([]byte(document), Options{Limits: limits}); err != nil {
				t.Error(err)
			}
		})
	}
}

// plainAttribute is what encoding/xml knows of an attribute.
type plainAttribute struct {
	name  Name
	value string
}

func plain(attributes []Attribute) []plainAttribute {
	var all []plainAttribute
	for _, a := range attributes {
		all = append(all, plainAttribute{a.Name, a.Value})
	}
	return all
}

// events renders a document as the scanner sees it.
func events(raw []byte) (string, error) {
	s, err := NewScanner(raw, Options{Limits: limits})
	if err != nil {
		return "", err
	}
	var b, run strings.Builder
	for {
		t, err := s.Next()
		if t.Kind != Text || err != nil {
			fmt.Fprintf(&b, "%q ", run.String())
			run.Reset()
		}
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch t.Kind {
		case Start:
			fmt.Fprintf(&b, "<%v %q> ", t.Name, plain(t.Attributes))
		case End:
			fmt.Fprintf(&b, "</%v> ", t.Name)
		case Text:
			run.WriteString(t.Text)
		}
	}
}

// standardEvents renders a document as encoding/xml sees it.
func standardEvents(raw []byte) (string, error) {
	dec := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(raw, []byte(ByteOrderMark))))
	var b, run strings.Builder
	depth := 0
	for {
		t, err := dec.Token()
		switch t := t.(type) {
		case xml.CharData:
			if depth > 0 {
				run.Write(t)
			}
			continue
		case xml.Comment, xml.ProcInst:
			continue
		case xml.StartElement:
			depth++
			var attributes []plainAttribute
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name != (xml.Name{Local: "xmlns"}) {
					attributes = append(attributes, plainAttribute{Name{a.Name.Space, a.Name.Local}, normalized(a.Value)})
				}
			}
			fmt.Fprintf(&b, "%q <%v %q> ", run.String(), Name{t.Name.Space, t.Name.Local}, attributes)
		case xml.EndElement:
			depth--
			fmt.Fprintf(&b, "%q </%v> ", run.String(), Name{t.Name.Space, t.Name.Local})
		case nil:
			fmt.Fprintf(&b, "%q ", run.String())
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return b.String(), err
		}
		run.Reset()
	}
}

// normalized is what encoding/xml leaves out: white space in attributes. It
// cannot tell a written line end from a reference to one, so that both sides
// of the comparison go through it.
func normalized(value string) string {
	return strings.NewReplacer("\n", " ", "\t", " ", "\r", " ").Replace(value)
}

func FuzzGate(f *testing.F) {
	for _, seed := range []string{
		"<a/>", "<?xml version='1.0' encoding='UTF-8'?>\n<a b='1' c=\"&lt;\">x&amp;y<!-- z --><![CDATA[<]]></a>",
		"<p:a xmlns:p='u' p:b=' '><c xmlns='v'/></p:a>", "<a>\r\n\r&#13;</a>", "<a xml:lang='de'><b></b></a>",
		"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a/><?b?>", "<a><b></a></b>", "\uFEFF<a>]]&gt;</a>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := events(raw)
		if gateErr := gate(raw, Options{Limits: limits}); (gateErr == nil) != (err == nil) {
			t.Fatalf("gate says %v, the scanner %v", gateErr, err)
		}
		if err != nil {
			return
		}
		want, err := standardEvents(raw)
		if err != nil {
			t.Fatalf("the gate lets through what encoding/xml refuses: %v", err)
		}
		if normalized(unquoteSpaces.Replace(got)) != normalized(unquoteSpaces.Replace(want)) {
			t.Fatalf("the gate reads\n%s\nencoding/xml reads\n%s", got, want)
		}
	})
}

// unquoteSpaces makes escaped white space in attributes plain for comparison.
var unquoteSpaces = strings.NewReplacer(`\n`, " ", `\t`, " ", `\r`, " ", `  `, " ")

func TestPositionCountsCharacters(t *testing.T) {
	src := "ä\nüöx"
	if line, column := Position(src, strings.IndexByte(src, 'x')); line != 2 || column != 3 {
		t.Errorf("position is %d:%d, want 2:3", line, column)
	}
}

func TestGateHoldsTheCallersLimits(t *testing.T) {
	limits := Limits{Bytes: 100, Depth: 2, Elements: 3, Attributes: 1, Text: 4, LargeText: 8, Large: []string{"b"}}
	tests := map[string]Rule{
		"<a><b>12345678</b><c>1234</c></a>":       "",
		"<a><b>123456789</b></a>":                 RuleText,
		"<a>12345</a>":                            RuleText,
		"<a><b><c/></b></a>":                      RuleDepth,
		"<a><b/><b/><b/></a>":                     RuleElements,
		"<a b='' c=''/>":                          RuleAttribute,
		"<a>" + strings.Repeat(" ", 100) + "</a>": RuleSize,
	}
	for document, want := range tests {
		var got Rule
		var refusal *Refusal
		if errors.As(gate([]byte(document), Options{Limits: limits}), &refusal) {
			got = refusal.Rule
		}
		if got != want {
			t.Errorf("%s is refused by rule %q, want %q", document, got, want)
		}
	}
}
