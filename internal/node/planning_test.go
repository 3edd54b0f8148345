// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// TestWarnsWithoutItsPlanner starts a node whose studies cannot be read: planning
// keeps no warning from going out.
func TestWarnsWithoutItsPlanner(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, PlanningFolder), []byte("no folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := run(t, brandenburg(dir))
	if n.planner() != nil {
		t.Error("a library was opened in a file")
	}
	for _, address := range []string{n.Addresses().Console, n.Addresses().Public} {
		if status, _ := get(t, http.DefaultClient, address); status != http.StatusOK {
			t.Errorf("%s: %d", address, status)
		}
	}
}

func TestPlannerInItsFolder(t *testing.T) {
	dir := t.TempDir()
	run(t, brandenburg(dir))
	for _, folder := range []string{"files", "studies"} {
		if info, err := os.Stat(filepath.Join(dir, PlanningFolder, folder)); err != nil || !info.IsDir() {
			t.Errorf("%s: %v", folder, err)
		}
	}
}
