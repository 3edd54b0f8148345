// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package problem

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheDocumentedTableIsTheTable(t *testing.T) {
	raw, err := os.ReadFile("../../docs/formats/problems.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind, r := range table {
		line := fmt.Sprintf("| %s | %d | %d | %s |\n", kind, r.status, r.exit, r.title)
		if !strings.Contains(string(raw), line) {
			t.Errorf("docs/formats/problems.md lacks %q", line)
		}
	}
	if got := strings.Count(string(raw), "\n| ") - 2; got != len(table) {
		t.Errorf("the document has %d kinds, the table %d", got, len(table))
	}
}

func TestDocumentsComeBackAsErrors(t *testing.T) {
	cause := errors.New("disk on fire at /var")
	err := fmt.Errorf("command: %w", &Error{Kind: Stale, Message: "Changed.", Remedy: "Read again.", Faults: []Fault{{Field: "a", Message: "b"}}, Err: cause})
	document := DocumentOf(err)
	if strings.Contains(fmt.Sprint(document), "fire") {
		t.Error("the cause leaves the node")
	}
	back := ErrorOf(document)
	if !errors.Is(back, Stale) || KindOf(back) != Stale {
		t.Errorf("came back as %v", back)
	}
	if diff := cmp.Diff(document, DocumentOf(back)); diff != "" {
		t.Error(diff)
	}
}

func TestStrangersAreInternal(t *testing.T) {
	document := DocumentOf(errors.New("secret"))
	if document.Status != 500 || strings.Contains(document.Detail, "secret") {
		t.Errorf("%+v", document)
	}
	if KindOf(ErrorOf(Document{Type: "about:blank"})) != Internal {
		t.Error("an unknown type is not internal")
	}
}

func TestNoFaultsIsNoError(t *testing.T) {
	if err := InvalidFaults("x", nil); err != nil {
		t.Error(err)
	}
}

func TestReportSaysEverythingOnce(t *testing.T) {
	said := Fault{Message: "Only a releaser may do that.", Remedy: "Call Ben."}
	var out strings.Builder
	code := Report(&out, "tocsin", &Error{Kind: Forbidden, Message: said.Message, Remedy: said.Remedy, Faults: []Fault{said, {Field: "by", Message: "Nobody."}, {Field: "at", Message: "Too late.", Remedy: "Be earlier."}}})
	want := "tocsin: Only a releaser may do that; by: Nobody; at: Too late.\n  at: Be earlier.\nwhat to do: Call Ben.\n"
	if diff := cmp.Diff(want, out.String()); diff != "" || code != Forbidden.ExitCode() {
		t.Errorf("code %d (-want +got):\n%s", code, diff)
	}
}
