// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
)

var update = flag.Bool("update", false, "write docs/formats/wording-rules.md instead of comparing it")

const rulesPage = "../../docs/formats/wording-rules.md"

// TestRulesPage holds the page of rules to the table. After a change:
// go test ./internal/wording -run TestRulesPage -update
func TestRulesPage(t *testing.T) {
	want := page()
	if *update {
		if err := os.WriteFile(rulesPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(rulesPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the page differs from the table, write it again with -update (-table +page):\n%s", diff)
	}
}

func page() string {
	words := catalogue.For("en")
	var b strings.Builder
	b.WriteString(`<!--
SPDX-FileCopyrightText: 2026 The Tocsin Authors
SPDX-License-Identifier: EUPL-1.2
-->
<!-- Written by the test of internal/wording with -update; do not edit. -->

# Rules for the wording of warnings

Every text is checked against these rules while it is written and again when its
release is requested. The word lists behind them are internal/wording/data/lexica;
a language without one gets the rules that need no words.

`)
	for _, severity := range severityOrder {
		key := "wording.severity." + string(severity)
		fmt.Fprintf(&b, "- **%s**: %s\n", severity, words.T(key+".meaning"))
	}
	b.WriteString("\n| Rule | Severity | What it finds | What to do |\n| --- | --- | --- | --- |\n")
	for _, r := range rules {
		key := "wording.rule." + r.id
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.id, r.severity, words.T(key+".title"), words.T(key+".remedy"))
	}
	return b.String()
}

// TestTemplatesPage holds the list on the page about templates to the files.
func TestTemplatesPage(t *testing.T) {
	content, err := os.ReadFile("../../docs/formats/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, template := range Templates() {
		fmt.Fprintf(&want, "| `%s` | %s | %d | %s |\n", template.ID, template.Event, template.Level, template.Siren.Rule)
	}
	if !strings.Contains(string(content), "| --- |\n"+want.String()+"\n") {
		t.Errorf("the page lacks this list:\n%s", want.String())
	}
}

func TestEveryRuleHasItsWords(t *testing.T) {
	words := catalogue.For("de")
	wanted := map[string]bool{}
	for _, r := range rules {
		for _, name := range []string{"title", "message", "remedy"} {
			key := "wording.rule." + r.id + "." + name
			wanted[key] = true
			if !words.Has(key) {
				t.Errorf("the catalogue lacks %s", key)
			}
		}
	}
	for _, key := range catalogue.Keys() {
		if strings.HasPrefix(key, "wording.rule.") && !wanted[key] {
			t.Errorf("the catalogue has words for a rule that does not exist: %s", key)
		}
	}
}
