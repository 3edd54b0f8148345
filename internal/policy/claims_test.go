// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A claim of security is worth what holds it: the threat model names tests, files
// and vectors, and each of them is there.
func TestClaimsAreHeld(t *testing.T) {
	const path = "docs/security/threat-model.md"
	dir := filepath.Dir(filepath.Join(root(t), path))
	raw, err := os.ReadFile(filepath.Join(root(t), path))
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	// The test's name stands in the link to its file, or in front of it.
	link := regexp.MustCompile(`\[([^\]]*)\]\(([^)#]*)\)`)
	tests := map[string]bool{}
	for _, m := range link.FindAllStringSubmatch(text, -1) {
		content, err := os.ReadFile(filepath.Join(dir, m[2]))
		if err != nil {
			t.Errorf("%s leads to %s, which is not there", path, m[2])
			continue
		}
		for _, found := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(content), -1) {
			tests[found[1]] = true
		}
		if strings.HasPrefix(m[1], "Test") && !strings.Contains(string(content), "\nfunc "+m[1]+"(") {
			t.Errorf("%s has no test %s", m[2], m[1])
		}
	}
	for _, name := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(text, -1) {
		if !tests[name] {
			t.Errorf("no file that %s names has the test %s", path, name)
		}
	}
	raw, err = os.ReadFile(filepath.Join(root(t), "tlog", "testdata", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct{ Name string }
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"keys-unchecked": true, "this-form": true}
	for _, v := range vectors {
		known[v.Name] = true
	}
	for _, m := range regexp.MustCompile("`([a-z]+(?:-[a-z]+)+)`").FindAllStringSubmatch(text, -1) {
		if !known[m[1]] {
			t.Errorf("%s names the vector %s, which is not in the suite", path, m[1])
		}
	}
}
