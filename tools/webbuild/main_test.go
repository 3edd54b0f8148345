// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestDistIsCurrent builds the bundles again: what is committed must be what the
// sources give.
func TestDistIsCurrent(t *testing.T) {
	web, err := filepath.Abs("../../web")
	if err != nil {
		t.Fatal(err)
	}
	files, err := build(web)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadDir(filepath.Join(web, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range committed {
		if _, wanted := files[entry.Name()]; !wanted {
			t.Errorf("web/dist/%s is left over: run make web", entry.Name())
		}
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(web, "dist", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("web/dist/%s is not what the sources give: run make web", name)
		}
	}
}
