// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/chain"
	"github.com/tocsin-alert/tocsin/cap/check"
	"github.com/tocsin-alert/tocsin/cap/container"
	"github.com/tocsin-alert/tocsin/cap/federal"
	"github.com/tocsin-alert/tocsin/cap/signature"
)

var update = flag.Bool("update", false, "write docs/formats/cap-rules.md instead of comparing it")

const rulesPage = "../../docs/formats/cap-rules.md"

// TestRulesPage holds the page of rules to the tables. After a change:
// go test ./cap/check -run TestRulesPage -update
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
		t.Errorf("the page differs from the tables, write it again with -update (-tables +page):\n%s", diff)
	}
}

func page() string {
	var b strings.Builder
	b.WriteString(`<!--
SPDX-FileCopyrightText: 2026 The Tocsin Authors
SPDX-License-Identifier: EUPL-1.2
-->
<!-- Written by the test of cap/check with -update; do not edit. -->

# Rules for CAP messages

A finding names its rule by an id that stays, a severity, a path such as
` + "`alert/info[1]/headline`" + `, line and column, what is wrong and what to do.

- **error**: the message is not valid, or must not go out as it is
- **warning**: likely wrong or misread somewhere; whoever wrote it may know better
- **advice**: would be better otherwise

## Reading

A document that breaks a rule of the gate (` + "`xml.`" + `) is not read at all. A strict
reading reports the rules of the schema and the specification (` + "`cap.`" + `), a
lenient one repairs what it can and reports each repair (` + "`repair.`" + `).

| Rule | Severity | What it asks for or says | Source |
| --- | --- | --- | --- |
`)
	for _, r := range cap.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.ID, r.Severity, r.Title, r.Source)
	}
	b.WriteString(`
## Signatures

A message that breaks one of these rules is not believed, see
[cap-signature.md](cap-signature.md).

| Rule | Severity | What it asks for | Source |
| --- | --- | --- | --- |
`)
	for _, r := range signature.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.ID, r.Severity, r.Title, r.Source)
	}
	b.WriteString(`
## Containers

What a zip container, a feed or the like ([containers.md](containers.md)) has beside
its messages is passed over, and said. A file that cannot be read at all, a feed that
has nothing but links, and files that are passed over in a folder have the rules
` + "`container.unreadable`, `container.linked` and `container.other-file`" + `.

| Rule | Severity | What it asks for | Source |
| --- | --- | --- | --- |
`)
	for _, r := range container.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.ID, r.Severity, r.Title, r.Source)
	}
	b.WriteString(`
## Chains

These rules look at how several messages belong together. What they find is a
warning: a set may lack messages that others have.

| Rule | Severity | What it finds | Source |
| --- | --- | --- | --- |
`)
	for _, r := range chain.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.ID, r.Severity, r.Title, r.Source)
	}
	b.WriteString(`
## The federal forms

The forms of the federal API ([federal-json.md](federal-json.md)) have habits of
their own. They are repaired, and each repair is reported.

| Rule | Severity | What it asks for | Source |
| --- | --- | --- | --- |
`)
	for _, r := range federal.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.ID, r.Severity, r.Title, r.Source)
	}
	b.WriteString(`
## Checking

These rules look at what a valid message says. A profile names the receivers:

- **cap**: anybody who reads CAP. What the others call an error is a warning
  here, since a message that a strict reading accepts is valid.
- **public**: pages, apps and feed readers for the public.
- **de**: the German warning system. The rules about words know German and
  English (cap/check/data/lexica); other languages get the rules that need none.
  The same rules check the texts in the console while they are written.

| Rule | Profiles | Severity | What it finds | What to do | Source |
| --- | --- | --- | --- | --- | --- |
`)
	for _, r := range check.Rules("en") {
		var profiles []string
		for _, p := range r.Profiles {
			profiles = append(profiles, string(p))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", r.ID, strings.Join(profiles, ", "), r.Severity, r.Title, r.Remedy, r.Source)
	}
	return b.String()
}
