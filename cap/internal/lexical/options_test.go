// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package lexical

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTokensSayWhatWasWritten(t *testing.T) {
	const document = "<!-- c --><?p q?><p:a xmlns:p='u' p:b='1' xmlns='v' c='&lt;'>x&amp;<d/></p:a>"
	s, err := NewScanner([]byte(document), Options{Limits: limits, Comments: true, Instructions: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		token, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %q %q %v %v %v %q", token.Kind, s.Source()[token.Offset:token.End], token.Raw, token.Name, token.Declarations, token.Attributes, token.Text))
		for _, a := range token.Declarations {
			got = append(got, "prefix "+a.Prefix())
		}
	}
	want := []string{
		`3 "<!-- c -->" "" { } [] [] " c "`,
		`4 "<?p q?>" "" { } [] [] "p q"`,
		`0 "<p:a xmlns:p='u' p:b='1' xmlns='v' c='&lt;'>" "p:a" {u a} [{{http://www.w3.org/2000/xmlns/ p} xmlns:p u 22} {{http://www.w3.org/2000/xmlns/ xmlns} xmlns v 42}] [{{u b} p:b 1 34} {{ c} c < 52}] ""`,
		"prefix p", "prefix ",
		`2 "x&amp;" "" { } [] [] "x&"`,
		`0 "<d/>" "d" {v d} [] [] ""`,
		`1 "" "d" {v d} [] [] ""`,
		`1 "</p:a>" "p:a" {u a} [] [] ""`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the tokens differ (-want +got):\n%s", d)
	}
}

func TestOptionsOpenAndCloseTheGate(t *testing.T) {
	guess := func(_ int, entity string) (string, bool) {
		known := map[string]string{"": "&", "nbsp": "\u00A0"}
		text, ok := known[entity]
		return text, ok
	}
	stray := func(int, string) bool { return true }
	tests := []struct {
		name, document string
		options        Options
		rule           Rule
	}{
		{"comment", "<a><!-- --></a>", Options{NoComments: true}, RuleComment},
		{"comment before the root", "<!-- --><a/>", Options{NoComments: true}, RuleComment},
		{"instruction", "<?b?><a><?b  c ?></a><?b?>", Options{Instructions: true}, ""},
		{"second declaration", "<a><?xml version='1.0'?></a>", Options{Instructions: true}, RuleSyntax},
		{"instruction without name", "<a><? x?></a>", Options{Instructions: true}, RuleSyntax},
		{"instruction without end", "<a><?x ></a>", Options{Instructions: true}, RuleSyntax},
		{"converted", "<?xml version='1.0' encoding='latin1'?><a/>", Options{Converted: true}, ""},
		{"entity", "<a b='&nbsp;'>x &nbsp; y & z&;</a>", Options{Reference: guess}, ""},
		{"unknown entity", "<a>&xxe;</a>", Options{Reference: guess}, RuleEntity},
		{"control character", "<a>&#1;</a>", Options{Reference: guess}, RuleEncoding},
		{"control character resolved", "<a>&#1;</a>", Options{Reference: func(int, string) (string, bool) { return " ", true }}, ""},
		{"stray marks", "<a>1 < 2, ]]> <</a>", Options{Stray: stray}, ""},
		{"stray tag", "<a>1 <2 b</a>", Options{}, RuleSyntax},
		{"stray mark before the root", "< <a/>", Options{Stray: stray}, RuleSyntax},
		{"stray mark after the root", "<a/>< ", Options{Stray: stray}, RuleAfterRoot},
		{"end tag without name", "<a></></a>", Options{Stray: stray}, RuleSyntax},
		{"prefix", "<b:a c:d='1'></b:a>", Options{Prefix: func(_ int, prefix string) (string, bool) { return "urn:" + prefix, true }}, ""},
		{"prefix refused", "<b:a c:d='1'></b:a>", Options{Prefix: func(_ int, prefix string) (string, bool) { return "", prefix == "b" }}, RuleNamespace},
		{"document type", "<!DOCTYPE a [<!ENTITY nbsp 'x'>]><a>&nbsp;</a>", Options{Reference: guess, Instructions: true}, RuleDoctype},
		{"many ampersands", "<a>" + strings.Repeat("& ", 30_000) + "</a>", Options{Reference: guess}, ""},
		{"a number with zeros", "<a>&#x0000000000000000000041;</a>", Options{}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.options.Limits = limits
			var got Rule
			var refusal *Refusal
			if errors.As(gate([]byte(test.document), test.options), &refusal) {
				got = refusal.Rule
			}
			if got != test.rule {
				t.Errorf("refused by rule %q (%v), want %q", got, refusal, test.rule)
			}
		})
	}
}
