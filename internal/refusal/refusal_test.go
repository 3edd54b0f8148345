// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package refusal

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func TestARefusalSpeaksBothLanguages(t *testing.T) {
	err := New(problem.Conflict, "release.twice", "ben", "02:14:07")
	err.Faults = []problem.Fault{Fault("level", "level.unknown", "7"), {Field: "x", Rule: "nobody.knows", Message: "as it was"}}
	if !strings.Contains(err.Message, "ben released this message at 02:14:07") {
		t.Errorf("English: %s", err.Message)
	}
	german, ok := errors.AsType[*problem.Error](In(catalogue.For("de"), err))
	if !ok || german.Kind != problem.Conflict || !strings.Contains(german.Message, "ben hat diese Meldung um 02:14:07 freigegeben") {
		t.Errorf("German: %v", german)
	}
	if !strings.Contains(german.Faults[0].Message, "Es gibt keine Stufe 7") || german.Faults[1].Message != "as it was" {
		t.Errorf("faults: %+v", german.Faults)
	}
	if err.Faults[0].Message == german.Faults[0].Message {
		t.Error("the original was changed")
	}
}

func TestStrangersStayAsTheyAre(t *testing.T) {
	plain := errors.New("plain")
	if In(catalogue.For("de"), plain) != plain {
		t.Error("an error that is no problem was changed")
	}
}

// Every rule that the code names has its words.
func TestEveryRuleHasWords(t *testing.T) {
	words := catalogue.For(catalogue.English)
	found := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if rule, ok := ruleInLiteral(n); ok && strings.Contains(words.T("rule."+rule+".message"), "%!") {
				t.Errorf("%s words the rule %s itself, but another rule of that name has words with arguments", path, rule)
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			selected, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if in, ok := selected.X.(*ast.Ident); !ok || in.Name != "refusal" || selected.Sel.Name != "New" && selected.Sel.Name != "Fault" {
				return true
			}
			literal, ok := call.Args[1].(*ast.BasicLit)
			if !ok {
				return true
			}
			rule, err := strconv.Unquote(literal.Value)
			if found++; err != nil || !words.Has("rule."+rule+".message") || !words.Has("rule."+rule+".remedy") {
				t.Errorf("%s names the rule %s, which has no words", path, literal.Value)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 20 {
		t.Errorf("only %d rules were found in the code; the search is broken", found)
	}
}

// ruleInLiteral finds the rule of a fault that is worded where it is made.
func ruleInLiteral(n ast.Node) (string, bool) {
	pair, ok := n.(*ast.KeyValueExpr)
	if !ok {
		return "", false
	}
	key, isName := pair.Key.(*ast.Ident)
	value, isLiteral := pair.Value.(*ast.BasicLit)
	if !isName || !isLiteral || key.Name != "Rule" {
		return "", false
	}
	rule, err := strconv.Unquote(value.Value)
	return rule, err == nil
}
