// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
)

// TestFindingsHaveWords reads the sources: every rule has words in both languages.
func TestFindingsHaveWords(t *testing.T) {
	rules := map[string]bool{}
	for _, name := range []string{"planning.go", "terrain.go"} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`found\("([a-z.]+)"|\{"(ground\.[a-z]+)", m`).FindAllStringSubmatch(string(source), -1) {
			rules[m[1]+m[2]] = true
		}
	}
	if len(rules) != 12 {
		t.Errorf("the sources have the rules %v", rules)
	}
	for rule := range rules {
		for _, part := range []string{".message", ".remedy"} {
			if key := "plan.finding." + rule + part; !catalogue.For(catalogue.German).Has(key) {
				t.Errorf("%s has no words", key)
			}
		}
	}
}

// TestFindingsAreSaidAgain says a finding that was kept as JSON.
func TestFindingsAreSaidAgain(t *testing.T) {
	f := found("far", []int64{5}, "Hochwasser & Co").about("s-1")
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var kept Finding
	if err := json.Unmarshal(raw, &kept); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, kept); diff != "" {
		t.Error(diff)
	}
	if got := kept.Say(catalogue.For("de")); !strings.HasPrefix(got, "Hochwasser & Co steht mehr als 5 km von allen Menschen entfernt. Prüfen Sie") {
		t.Error(got)
	}
	if got := kept.Say(catalogue.For("en")); got != f.Message+". "+f.Remedy || !strings.HasPrefix(got, "Hochwasser & Co stands more than 5 km") {
		t.Error(got)
	}
}
