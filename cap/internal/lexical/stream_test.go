// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package lexical

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// trace writes down what a scanner gives, to its end or its error.
func trace(s *Scanner) (tokens []string, err error) {
	for {
		token, err := s.Next()
		if errors.Is(err, io.EOF) {
			return tokens, nil
		}
		if err != nil {
			return tokens, err
		}
		tokens = append(tokens, fmt.Sprint(token.Kind, token.Raw, token.Name, token.Attributes, s.Line(token.Offset), s.Source()[token.Offset:token.End], token.Text))
	}
}

func TestStreamGivesWhatTheWholeGives(t *testing.T) {
	wide := limits
	wide.Text = 1 << 20
	long := strings.Repeat("<b>é\n<!-- \n --></b>", 400)
	for name, document := range map[string]string{
		"small":         "\uFEFF<?xml version='1.0'?>\n<a>\n<b c='d'/>x&amp;y</a>\n",
		"many windows":  "<a xmlns:p='u'>" + long + "<p:c/></a>",
		"fault far off": "<a>" + long + "\n <b>&nix;</b></a>",
		"broken":        "<a>" + long + "\xFF</a>",
		"cut off":       "<a>" + long,
		"nothing":       "",
	} {
		t.Run(name, func(t *testing.T) {
			s, refused := NewScanner([]byte(document), Options{Limits: wide})
			var want []string
			if refused == nil {
				want, refused = trace(s)
			}
			stream := NewStream(iotest.HalfReader(strings.NewReader(document)), Options{Limits: wide})
			stream.stream.ahead, stream.stream.piece = 200, make([]byte, 50)
			got, err := trace(stream)
			var refusal *Refusal
			if errors.As(err, &refusal) && refusal.Rule == RuleEncoding {
				got, want = nil, nil // the stream has given what lies before
			}
			if d := cmp.Diff(refused, err); d != "" {
				t.Errorf("the stream ends otherwise (-whole +stream):\n%s", d)
			}
			if d := cmp.Diff(len(want), len(got)); d != "" {
				t.Fatalf("the stream gives another number of tokens (-whole +stream):\n%s", d)
			}
			for i := range want {
				// Offsets of attributes are those of the window.
				if want[i] != got[i] && !strings.Contains(want[i], "c d") {
					t.Fatalf("token %d is %s, want %s", i, got[i], want[i])
				}
			}
		})
	}
}

func TestStreamHoldsWhatItIsAskedTo(t *testing.T) {
	wide := limits
	wide.Text = 1 << 20
	rapid.Check(t, func(t *rapid.T) {
		before := strings.Repeat("<x>é</x>\n", rapid.IntRange(0, 300).Draw(t, "before"))
		kept := "<k>" + strings.Repeat("<y/>", rapid.IntRange(0, 100).Draw(t, "kept")) + "</k>"
		s := NewStream(strings.NewReader("<a>"+before+kept+before+"</a>"), Options{Limits: wide})
		s.stream.ahead, s.stream.piece = 100, make([]byte, 30)
		for {
			token, err := s.Next()
			if err != nil {
				t.Fatal(err)
			}
			if token.Raw != "k" {
				continue
			}
			if token.Kind == End {
				break
			}
			s.Hold(token.Offset)
		}
		if s.Held() != kept {
			t.Fatalf("%d bytes are held, want %d", len(s.Held()), len(kept))
		}
		s.Release()
		if _, err := trace(s); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStreamCutsTextsWhereNothingIsCut(t *testing.T) {
	wide := limits
	wide.Text = 1 << 20
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"&amp;", "\r\n", "\r", "]", "]]&gt;", "a", "é", "𝄞", "&#10;", "bcdefghijklmnopqrstuvwxyz", "<![CDATA[&amp;\r\n]]>", "<!-- - -->", "<b/>"}), 0, 200).Draw(t, "parts")
		document := "<a>" + strings.Join(parts, "") + "</a>"
		text := func(s *Scanner) string {
			var b strings.Builder
			for {
				token, err := s.Next()
				if errors.Is(err, io.EOF) {
					return b.String()
				}
				if err != nil {
					t.Fatal(err)
				}
				b.WriteString(token.Text + token.Raw)
			}
		}
		whole, err := NewScanner([]byte(document), Options{Limits: wide})
		if err != nil {
			t.Fatal(err)
		}
		s := NewStream(strings.NewReader(document), Options{Limits: wide})
		s.stream.ahead = rapid.IntRange(100, 200).Draw(t, "ahead")
		if d := cmp.Diff(text(whole), text(s)); d != "" {
			t.Fatalf("the stream has another text (-whole +stream):\n%s", d)
		}
	})
}

func TestStreamRefuses(t *testing.T) {
	small := limits
	small.Bytes = 1000
	_, err := trace(NewStream(strings.NewReader("<a>"+strings.Repeat(" ", 1000)+"</a>"), Options{Limits: small}))
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Rule != RuleSize {
		t.Errorf("a document beyond the limit gives %v", err)
	}
	broken := errors.New("broken pipe")
	_, err = trace(NewStream(io.MultiReader(strings.NewReader("<a>"), iotest.ErrReader(broken)), Options{Limits: limits}))
	if !errors.Is(err, broken) {
		t.Errorf("a broken reader gives %v", err)
	}
}

func FuzzStream(f *testing.F) {
	f.Add("<a b='c'>x<!-- y --><d/></a>")
	f.Add("\uFEFF<?xml version='1.0'?><é/>")
	f.Fuzz(func(t *testing.T, document string) {
		s, want := NewScanner([]byte(document), Options{Limits: limits, Instructions: true})
		var tokens []string
		if want == nil {
			tokens, want = trace(s)
		}
		stream, got := trace(NewStream(iotest.OneByteReader(strings.NewReader(document)), Options{Limits: limits, Instructions: true}))
		if (want == nil) != (got == nil) {
			t.Fatalf("the whole gives %v, the stream %v", want, got)
		}
		if want == nil {
			if d := cmp.Diff(tokens, stream); d != "" {
				t.Error(d)
			}
		}
	})
}
