// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package federal_test

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/cap/federal"
)

func ExampleRead() {
	alert, findings, err := federal.Read([]byte(`{
  "identifier": "mow.DE-XX-1", "sender": "DE-XX", "sent": "2026-11-23T14:05:00+01:00",
  "status": "Actual", "msgType": "Alert", "scope": "Public",
  "info": [{"language": "DE", "category": ["Fire"], "event": "Gefahrendurchsage",
    "urgency": "Immediate", "severity": "Severe", "certainty": "Observed",
    "headline": "Rauch &amp; Ru&szlig;"}]
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(alert.Info[0].Headline)
	for _, f := range findings {
		fmt.Printf("line %d: %s %s: %q, taken as %q\n", f.Line, f.Path, f.Rule, f.Original, f.Used)
	}
	// Output:
	// Rauch & Ruß
	// line 4: alert/info[1]/language federal.language: "DE", taken as "de"
	// line 6: alert/info[1]/headline federal.html: "Rauch &amp; Ru&szlig;", taken as "Rauch & Ruß"
}
