// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The verifier in C, for makers of controllers, reads the public vectors.
func TestVerifierInC(t *testing.T) {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("there is no cc (Debian: gcc)")
	}
	probe := exec.Command(compiler, "-E", "-")
	probe.Stdin = strings.NewReader("#include <sodium.h>\n")
	if probe.Run() != nil {
		t.Skip("there is no sodium.h (Debian: libsodium-dev)")
	}
	verifier := filepath.Join(t.TempDir(), "verify")
	build := exec.Command(compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-o", verifier, "../../docs/examples/siren-frame-c/verify.c", "-lsodium")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	keys := []string{hex.EncodeToString(public(issuerKey)), hex.EncodeToString(public(secondKey))}
	out, err := exec.Command(verifier, "testdata/vectors.txt", keys[0], keys[1]).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, v := range frameVectors {
		if !bytes.Contains(out, []byte(v.name+": genuine")) {
			t.Errorf("it does not verify %s:\n%s", v.name, out)
		}
	}
	if n := bytes.Count(out, []byte("; 0 of ")); n != len(frameVectors) {
		t.Errorf("it takes changed frames:\n%s", out)
	}
	raw, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	spoilt := filepath.Join(t.TempDir(), "vectors.txt")
	changed := bytes.Replace(raw, []byte("sound-all 0102efe17000010000000000106b04"), []byte("sound-all 0102efe17000010000000000116b04"), 1)
	if err := os.WriteFile(spoilt, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, command := range map[string]*exec.Cmd{
		"a changed counter": exec.Command(verifier, spoilt, keys[0], keys[1]),
		"other keys":        exec.Command(verifier, "testdata/vectors.txt", keys[1], keys[0]),
		"no vectors":        exec.Command(verifier, "verifier_test.go", keys[0], keys[1]),
	} {
		if out, err := command.Output(); err == nil {
			t.Errorf("%s: it finds nothing wrong:\n%s", name, out)
		}
	}
}
