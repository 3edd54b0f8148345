// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestFindingsWhileTyping sees what the rules find beside the field that it is
// about, in the operator's language, and gone once it is put right.
func TestFindingsWhileTyping(t *testing.T) {
	b, _ := room(t)
	b.write("Cottbus")
	original := script[string](b, `document.querySelector("#de-description").value`)
	b.fill("#de-description", "Seit 10:00 Uhr gibt es vermutlich mehrere Tote. „Bald“ mehr.")
	b.fill("#web", "http://potsdam.example/lage")
	b.waitFor(`document.querySelectorAll("#de-description-faults .is-finding").length >= 2 && document.querySelector("#web-faults .is-finding")`)
	said := b.text("#de-description-faults")
	for _, part := range []string{"Caution:", "vermutlich mehrere Tote", "„ (U+201E)"} {
		if !strings.Contains(said, part) {
			t.Errorf("beside the description stands %q, without %q", said, part)
		}
	}
	b.check("findings")
	b.fill("#de-description", original)
	b.fill("#web", kb.Backspace)
	b.waitFor(`!document.querySelector("#web-faults .is-finding") && !document.querySelector("#de-description-faults").textContent.includes("U+201E")`)
}
