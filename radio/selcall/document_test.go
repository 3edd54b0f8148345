// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package selcall

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocumentHasTheTables compares docs/formats/radio.md with the data.
func TestDocumentHasTheTables(t *testing.T) {
	document, err := os.ReadFile("../../docs/formats/radio.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, s := range Systems() {
		row := fmt.Sprintf("| %s | %d |", s.Name, s.Duration.Milliseconds())
		for _, hertz := range s.Tones {
			row += fmt.Sprintf(" %g |", hertz)
		}
		rows = append(rows, row)
	}
	for _, table := range Tables() {
		for _, s := range table.Signals {
			rows = append(rows, fmt.Sprintf("| %s | %s | %s | %g + %g |", table.Name, s.Name, s.Title, s.Low, s.High))
		}
	}
	for _, row := range rows {
		if !strings.Contains(string(document), row+"\n") {
			t.Errorf("docs/formats/radio.md lacks the row %s", row)
		}
	}
}
