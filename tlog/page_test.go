// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	merkle "golang.org/x/mod/sumdb/tlog"
)

// page reads one of docs/formats.
func page(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "docs", "formats", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func contains(t *testing.T, page, row string) {
	t.Helper()
	if !strings.Contains(page, row) {
		t.Errorf("the page lacks %q", row)
	}
}

// The pages are what others implement, so they say what the code does.
func TestPages(t *testing.T) {
	leaf, trust, proof, log := page(t, "leaf.md"), page(t, "trust.md"), page(t, "proof.md"), page(t, "log.md")
	for kind, slots := range shapes {
		var names []string
		for _, s := range slots {
			mark := map[[2]bool]string{{true, true}: "+", {false, true}: "*", {false, false}: "?"}[[2]bool{s.least > 0, s.most > 1}]
			names = append(names, s.name+mark)
		}
		i := strings.Index(leaf, fmt.Sprintf("| `%s` | ", kind))
		if i < 0 {
			t.Errorf("leaf.md lacks the kind %s", kind)
			continue
		}
		row, _, _ := strings.Cut(leaf[i:], "\n")
		contains(t, row, " | `"+strings.Join(names, " ")+"` |")
	}
	for name := range fields {
		contains(t, leaf, "`"+name+"`")
	}
	for _, result := range Results() {
		contains(t, trust, fmt.Sprintf("| `%s` | ", result))
	}
	for _, note := range []Note{
		NoteKeysUnchecked, NoteSoftwareKey, NoteMessageAbsent, NoteStaleView, NoteNoTime, NoteFuture, NoteLaterIgnored, NoteLookalikeSender, NoteOwnMessage,
	} {
		contains(t, trust, fmt.Sprintf("| `%s` | ", note))
	}
	for _, fault := range []Fault{
		FaultStatement, FaultPurpose, FaultGuard, FaultSignature, FaultOrigin, FaultRelyingParty, FaultClientData, FaultPresence, FaultVerification, FaultSynced,
	} {
		contains(t, leaf, fmt.Sprintf("| `%s` | ", fault))
	}
	for _, result := range []Result{RolledBack, ForkedLog, WrongRoot, StaleCheckpoint, BadLeaf, OutOfOrder} {
		contains(t, log, fmt.Sprintf("| `%s` | ", result))
	}
	for i, word := range words {
		contains(t, proof, fmt.Sprintf("| 0x%02X | `%s` |", firstWord+i, strings.NewReplacer("\n", "⏎", " ", "␠").Replace(word)))
	}
}

// The leaf on the page is a leaf, its hash is the one given there, and by the
// page's own rules its signatures hold.
func TestLeafVector(t *testing.T) {
	_, section, _ := strings.Cut(page(t, "leaf.md"), "## Test vector")
	_, rest, _ := strings.Cut(section, "```\n")
	text, _, _ := strings.Cut(rest, "```")
	contains(t, section, fmt.Sprintf("A leaf of %d bytes.", len(text)))
	hash := merkle.RecordHash([]byte(text))
	contains(t, section, "`"+base64.StdEncoding.EncodeToString(hash[:])+"`")
	l, err := ParseLeaf([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range l.Assertions {
		if err := VerifyAssertion(l.Statement(a), a, AssertionRules{Origins: []string{"https://release.kreis.example"}}); err != nil {
			t.Error(err)
		}
	}
}

func TestPackIsLossless(t *testing.T) {
	_, section, _ := strings.Cut(page(t, "leaf.md"), "## Test vector")
	for from := range section {
		text := section[from:min(len(section), from+400)]
		if !printable(strings.ReplaceAll(text, "\n", "")) {
			continue
		}
		again, err := unpack(pack([]byte(text)))
		if err != nil || string(again) != text {
			t.Fatalf("%q comes back as %q, %v", text, again, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(pack([]byte("tocsin-leaf/v1 release\ntime 2026-11-23T13:01:00Z\nauthority kreis\n")))
	f.Add([]byte{codeHex, 2, 0xab, 0xcd, codeCopy, 0, 4, 4, codeTime, 0xff, 0xff, 0xff, 0xff, codeBase64, 1, 0})
	f.Fuzz(func(t *testing.T, packed []byte) {
		text, err := unpack(packed)
		if err != nil {
			return
		}
		if again, err := unpack(pack(text)); err != nil || string(again) != string(text) {
			t.Errorf("%q comes back as %q, %v", text, again, err)
		}
	})
}
