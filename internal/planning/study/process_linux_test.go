// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/eventually"
)

// status is a line of /proc/PID/status, without its name; empty where there is no
// such process.
func status(pid, name string) string {
	raw, _ := os.ReadFile(filepath.Join("/proc", pid, "status"))
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// TestProcessEndsWithItsNode kills a node, which cannot clear up, and looks for the
// process that it began. That one gave way to all others while it ran.
func TestProcessEndsWithItsNode(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	command := exec.Command(self, folder)
	command.Env = append(os.Environ(), asProcess+"=node")
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if lines := bufio.NewScanner(out); !lines.Scan() || lines.Text() != "it runs" {
		t.Fatalf("it does not run: %q", lines.Text())
	}
	raw, err := os.ReadFile(filepath.Join(folder, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid := string(raw)
	if first, err := os.ReadFile("/proc/" + pid + "/oom_score_adj"); err != nil || strings.TrimSpace(string(first)) != "1000" {
		t.Errorf("it is not the first to go: %s, %v", first, err)
	}
	if raw, err := os.ReadFile("/proc/" + pid + "/stat"); err != nil {
		t.Error(err)
	} else if fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:])); fields[16] != "19" {
		t.Errorf("its priority is %s", fields[16]) // field 19 of proc(5)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	command.Wait()
	eventually.Holds(t, "the process ends with its node", func() bool {
		state := status(pid, "State")
		return state == "" || strings.HasPrefix(state, "Z")
	})
}
