// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	for _, step := range []struct {
		name    string
		write   func(string, []byte) error
		content string
		want    string
		err     error
	}{
		{"create", Create, "one", "one", nil},
		{"create again", Create, "two", "one", fs.ErrExist},
		{"replace", Replace, "three", "three", nil},
	} {
		if err := step.write(path, []byte(step.content)); !errors.Is(err, step.err) {
			t.Errorf("%s: error %v, want %v", step.name, err, step.err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != step.want {
			t.Errorf("%s: file holds %q (%v), want %q", step.name, got, err, step.want)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v (%v), want -rw-------", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files beside each other (%v), want the one that was written", len(entries), err)
	}
	if err := Replace(filepath.Join(path, "none"), nil); err == nil {
		t.Error("a file was written below a file")
	}
}
