// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check_test

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
)

// realMessages are messages of real issuers, kept beside the repository.
func realMessages(t *testing.T) map[string][]byte {
	t.Helper()
	const folder = "../../../shared/data/cap"
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Skip("the real messages are not beside the repository")
	}
	messages := map[string][]byte{}
	for _, file := range files {
		name := filepath.Join(folder, file.Name())
		switch filepath.Ext(name) {
		case ".xml", ".json":
			if messages[file.Name()], err = os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		case ".zip":
			archive, err := zip.OpenReader(name)
			if err != nil {
				t.Fatal(err)
			}
			defer archive.Close()
			for _, member := range archive.File {
				if !strings.HasSuffix(member.Name, ".xml") {
					continue
				}
				r, err := member.Open()
				if err != nil {
					t.Fatal(err)
				}
				if messages[member.Name], err = io.ReadAll(r); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return messages
}

// TestRealMessages holds what the rules say of real messages: all of it worded,
// no error under the profile cap, and the known defects of each kind.
func TestRealMessages(t *testing.T) {
	known := map[string][]cap.Rule{
		"mowas": {"texts.identical", "event.vague", "exercise.word", "all-clear.headline", "language.script", "sender-name.missing"},
		"DWD":   {"polygon.repeated", "level.unstated", "event.code-missing"},
		"Amber": {"texts.capitals", "expires.missing", "texts.language-missing"},
	}
	for name, raw := range realMessages(t) {
		for _, profile := range check.Profiles() {
			result, err := check.Document(raw, check.Options{Profile: profile, Mode: cap.Lenient, Language: "de"})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var rules []cap.Rule
			for _, f := range result.Findings {
				rules = append(rules, f.Rule)
				if f.Message == "" || strings.Contains(f.Message, "{1}") || f.Line == 0 {
					t.Errorf("%s: incomplete finding %+v", name, f)
				}
				if profile == check.ProfileCAP && f.Severity == cap.GravityError {
					t.Errorf("%s: %v", name, f)
				}
				if testing.Verbose() {
					t.Logf("%s %s %s %s", name, profile, f.Severity, f)
				}
			}
			for part, wanted := range known {
				for _, rule := range wanted {
					if profile == check.ProfileGerman && strings.Contains(name, part) && !slices.Contains(rules, rule) {
						t.Errorf("%s: %s found nothing", name, rule)
					}
				}
			}
		}
	}
}
