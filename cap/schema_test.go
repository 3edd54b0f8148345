// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// xmllint returns a function that runs libxml2's xmllint, and skips the test
// where it is not installed.
func xmllint(t *testing.T) func(args ...string) (stdout, stderr []byte) {
	t.Helper()
	program, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed")
	}
	return func(args ...string) ([]byte, []byte) {
		var stdout, stderr bytes.Buffer
		command := exec.Command(program, append([]string{"--nonet"}, args...)...)
		command.Stdout, command.Stderr = &stdout, &stderr
		_ = command.Run() // the schema's verdict is in stderr
		return stdout.Bytes(), stderr.Bytes()
	}
}

// schema returns the address of the schema that OASIS publishes.
func schema(t *testing.T) string {
	t.Helper()
	data(t, "CAP-v1.2.xsd")
	return filepath.Join("..", "..", "shared", "data", "cap", "CAP-v1.2.xsd")
}

// validFiles asks xmllint which documents are valid, in one run.
func validFiles(t *testing.T, documents [][]byte) []bool {
	t.Helper()
	run, xsd, dir := xmllint(t), schema(t), t.TempDir()
	args := []string{"--noout", "--schema", xsd}
	for i, document := range documents {
		name := filepath.Join(dir, fmt.Sprintf("%d.xml", i))
		if err := os.WriteFile(name, document, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	_, verdicts := run(args...)
	valid := make([]bool, len(documents))
	for i := range documents {
		name := filepath.Join(dir, fmt.Sprintf("%d.xml", i))
		valid[i] = bytes.Contains(verdicts, []byte(name+" validates\n"))
		if !valid[i] && !bytes.Contains(verdicts, []byte(name)) {
			t.Fatalf("xmllint says nothing about %s:\n%s", name, verdicts)
		}
	}
	return valid
}

func TestWrittenMessagesAgreeWithTheSchema(t *testing.T) {
	var documents [][]byte
	for seed := range 200 {
		raw, err := Write(drawnAlert.Example(seed))
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, raw)
	}
	for i, valid := range validFiles(t, documents) {
		if !valid {
			t.Errorf("not valid:\n%s", documents[i])
		}
	}
}

func TestAddressesAgreeWithTheSchema(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	parts := strings.Split("http:|https:|urn:|mailto:|//|/|/|?|#|:|:|@|[|]|%|%20|%zz|example.org|1.2.3.4|[::1]|80|a|B|9|-|.|_|~|!|'|ü|😀|\"|{|\\\\|^| |+a|", "|")
	var addresses []string
	var documents [][]byte
	for range 2_000 {
		var address strings.Builder
		for range 1 + random.IntN(6) {
			address.WriteString(parts[random.IntN(len(parts))])
		}
		addresses = append(addresses, address.String())
		documents = append(documents, []byte(edit(t, "<area>", "<web>"+string(appendEscaped(nil, address.String()))+"</web><area>")))
	}
	for i, valid := range validFiles(t, documents) {
		if err := checkURI(collapse(addresses[i])); valid != (err == nil) {
			t.Errorf("%q: the schema says valid: %v, we say %v", addresses[i], valid, err)
		}
	}
}

func TestFaultsAgreeWithTheSchema(t *testing.T) {
	documents := make([][]byte, len(faulty))
	for i, test := range faulty {
		documents[i] = []byte(edit(t, test.old, test.new))
	}
	for i, valid := range validFiles(t, documents) {
		if valid == faulty[i].schema {
			t.Errorf("%s: the schema accepts it: %v", faulty[i].name, valid)
		}
	}
}

// TestWrittenMessagesAreTheirCanonicalForm has xmllint write the exclusive
// canonical forms of all messages behind each other.
func TestWrittenMessagesAreTheirCanonicalForm(t *testing.T) {
	messages := 3_000
	if testing.Short() {
		messages = 200
	}
	run, dir := xmllint(t), t.TempDir()
	var all bytes.Buffer
	ends := make([]int, messages)
	args := []string{"--exc-c14n"}
	for seed := range messages {
		raw, err := Write(drawnAlert.Example(seed))
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, fmt.Sprintf("%d.xml", seed))
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
		ends[seed] = all.Len()
		args = append(args, name)
	}
	canonical, stderr := run(args...)
	if bytes.Equal(all.Bytes(), canonical) {
		return
	}
	at := 0
	for at < min(all.Len(), len(canonical)) && all.Bytes()[at] == canonical[at] {
		at++
	}
	seed, _ := slices.BinarySearch(ends, at+1)
	t.Errorf("the canonical form of the message of seed %d differs: %q, written %q\n%s", seed,
		canonical[at:min(at+80, len(canonical))], all.Bytes()[at:min(at+80, all.Len())], stderr)
}

// TestGateAgreesWithLibxml checks that what the gate lets through, libxml2
// reads without complaint, on documents that stress the syntax.
func TestGateAgreesWithLibxml(t *testing.T) {
	run, dir := xmllint(t), t.TempDir()
	piece := rapid.SampledFrom(strings.Split(`<a>|</a>|<b xmlns="urn:u">|</b>|<p:c xmlns:p="urn:v" p:d="&lt;">|</p:c>|<e f='1'/>|&amp;|&#228;|&x;|<![CDATA[|]]>|<!--|-->|--|ä|&|<?x?>|<!DOCTYPE a>|"|>| `, "|"))
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		inner := strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"), "")
		document := "<a>" + inner + "</a>"
		if Gate([]byte(document), DefaultLimits()) != nil {
			return
		}
		accepted++
		name := filepath.Join(dir, "document.xml")
		if err := os.WriteFile(name, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, stderr := run("--noout", name); len(stderr) > 0 {
			t.Fatalf("the gate lets through %q, libxml2 says\n%s", document, stderr)
		}
	})
	if accepted == 0 {
		t.Error("the gate let nothing through, so that nothing was compared")
	}
}
