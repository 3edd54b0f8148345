// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package peer lets tests ask other programs what they hear in our sound. Tests
// skip, and name the program, where one is missing.
package peer

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/radio/wav"
)

func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
}

// file writes samples at the default rate into a WAVE file.
func file(t *testing.T, samples []int16) string {
	t.Helper()
	raw, err := wav.Sound{Rate: wav.DefaultRate, Samples: samples}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sound.wav")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Multimon gives the lines that multimon-ng prints for samples at the default
// rate. sox reads them for it from a WAVE file, and must read what was written.
func Multimon(t *testing.T, samples []int16, arguments ...string) []string {
	t.Helper()
	need(t, "sox", "multimon-ng")
	raw, err := exec.Command("sox", file(t, samples), "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", strconv.Itoa(wav.DefaultRate), "-").Output()
	if err != nil {
		t.Fatalf("sox: %v", err)
	}
	if want := (wav.Sound{Samples: samples}).Raw(); !bytes.Equal(raw, want) {
		t.Fatalf("sox read %d bytes of samples, not the %d that were written, or others", len(raw), len(want))
	}
	decode := exec.Command("multimon-ng", append(arguments, "-q", "-t", "raw", "-")...)
	decode.Stdin = bytes.NewReader(raw)
	out, err := decode.Output()
	if err != nil {
		t.Fatalf("multimon-ng: %v", err)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Band gives the level that sox measures between two frequencies, in decibels
// below full scale (root mean square).
func Band(t *testing.T, samples []int16, low, high int) float64 {
	t.Helper()
	need(t, "sox")
	band := strconv.Itoa(low) + "-" + strconv.Itoa(high)
	out, err := exec.Command("sox", file(t, samples), "-n", "sinc", "-a", "100", "-t", "10", band, "stats").CombinedOutput()
	if err != nil {
		t.Fatalf("sox: %v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if level, ok := strings.CutPrefix(line, "RMS lev dB"); ok {
			value, err := strconv.ParseFloat(strings.Fields(level)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	t.Fatalf("sox states no level: %s", out)
	return 0
}
