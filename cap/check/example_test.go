// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check_test

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/cap/check"
)

func ExampleDocument() {
	const document = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>example.org.17</identifier>
  <sender>example.org</sender>
  <sent>2026-11-23T14:05:00+01:00</sent>
  <status>Actual</status>
  <msgType>Update</msgType>
  <scope>Public</scope>
</alert>`
	result, err := check.Document([]byte(document), check.Options{Profile: check.ProfilePublic})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("valid:", result.Valid)
	for _, f := range result.Findings {
		fmt.Printf("%d:%d %s %s: %s\n", f.Line, f.Column, f.Severity, f.Rule, f.Message)
	}
	// Output:
	// valid: true
	// 1:1 error references.missing: The message is of type Update but does not say to which earlier message it belongs.
	// 1:1 error info.missing: A message of type Update has nothing to show without an info block.
}

func ExampleAlert() {
	a := soundAlert()
	a.Info[1].Description = "The Havel &amp; the Nuthe rise."
	for _, f := range check.Alert(a, check.Options{Profile: check.ProfilePublic, Language: "de"}) {
		fmt.Println(f.Path, f.Message, f.Remedy)
	}
	// Output:
	// alert/info[2]/description Hier steht Auszeichnung statt Text: &amp; Schreiben Sie reinen Text mit Zeilenumbrüchen.
}
