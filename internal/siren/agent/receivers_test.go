// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"bytes"
	"context"
	"encoding/hex"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

func TestLinesOfReceivers(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		want []string
	}{
		{"frames", "0102\n03\n", []string{"\x01\x02", "\x03"}},
		{"no end yet", "0102\n03", []string{"\x01\x02"}},
		{"other words", "radio ready\n\n0a\r\n0\n", []string{"\n"}},
		{"too long", strings.Repeat("00", maxLine) + "\n0b\n", []string{"\v"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, piece := range []int{1 << 20, 7} {
				var got []string
				l := &lines{take: func(b []byte) { got = append(got, string(b)) }}
				for rest := []byte(c.text); len(rest) > 0; rest = rest[min(piece, len(rest)):] {
					if n, err := l.Write(rest[:min(piece, len(rest))]); n != min(piece, len(rest)) || err != nil {
						t.Fatal(n, err)
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("in pieces of %d (-want +got):\n%s", piece, diff)
				}
			}
		})
	}
}

func FuzzLinesOfReceivers(f *testing.F) {
	f.Add([]byte("0102\n03\nradio\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		taken := 0
		l := &lines{take: func(b []byte) { taken += len(b) }}
		_, _ = l.Write(text)
		if 2*taken > len(text) || len(l.line) > maxLine {
			t.Errorf("%d bytes of frames from %d bytes of text", taken, len(text))
		}
	})
}

// A receiver that ends is started anew, and ends with the agent.
func TestReceiverIsStartedAnew(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var got bytes.Buffer
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		receive(ctx, []string{script(t, "echo 41; echo broken >&2; exit 1")}, func(b []byte) {
			mu.Lock()
			defer mu.Unlock()
			got.Write(b)
		}, slog.New(slog.DiscardHandler))
	}()
	eventually.Holds(t, "it ran twice", func() bool { mu.Lock(); defer mu.Unlock(); return got.Len() >= 2 })
	cancel()
	<-ended
}

// A siren without a broker that only listens sounds what a radio brings, with the
// beacons that come on it, and says nothing.
func TestSirenThatOnlyListens(t *testing.T) {
	s := newSite(t)
	beacon, err := siren.Frame{
		Epoch: 1, Counter: 16, NotBefore: time.Now().UTC().Truncate(time.Second), TTL: time.Minute, Action: siren.ActionBeacon, Target: siren.All(),
	}.Sign(s.rig.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	frame := hex.EncodeToString(s.frame(siren.ActionSound, 1))
	radio := script(t, "echo "+frame+"\necho "+hex.EncodeToString(beacon)+"\necho "+frame+"\necho "+frame+"\nexec sleep 60")
	var text strings.Builder
	for line := range strings.Lines(s.config()) {
		if !strings.HasPrefix(line, "brokers:") && !strings.HasPrefix(line, "password_file:") {
			text.WriteString(line)
		}
	}
	s.configured = text.String() + "receivers: [[\"" + filepath.ToSlash(radio) + "\"]]\n"
	s.start()
	s.wait("the siren sounds once", func() bool { return len(s.sounded()) == 1 })
	s.wait("the signal is over", func() bool {
		status, err := readStatus(filepath.Join(s.dir, "state"))
		return err == nil && len(status.Acted) == 1 && status.Acted[0].Outcome == siren.OutcomeDone
	})
	if sounded := s.sounded(); len(sounded) != 1 {
		t.Errorf("sounded %v", sounded)
	}
}
