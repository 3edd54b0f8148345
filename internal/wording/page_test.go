// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package wording

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

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
