// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

// The configuration in the documentation is one that works.
func TestDocumentedConfiguration(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/formats/siren-agent.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(raw, -1)
	if len(blocks) == 0 {
		t.Fatal("the document shows no configuration")
	}
	example, err := os.ReadFile("../../../docs/examples/siren-agent/agent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range append(blocks, [][]byte{nil, example}) {
		config, err := ParseConfig(block[1])
		if err != nil {
			t.Fatalf("block %d: %v", i, err)
		}
		var grant *enrolment.Grant
		if config.Siren == "" {
			grant = &enrolment.Grant{Siren: "schulhaus-1", Broker: "mqtts://sirens.example:8883", Keyset: []byte{1}}
		}
		if faults := config.Validate(grant); len(faults) > 0 {
			t.Errorf("block %d: %v", i, faults)
		}
	}
}

func TestEveryFaultIsListed(t *testing.T) {
	config, err := ParseConfig([]byte(`siren: "no id"
authority: DE
brokers: ["mqtt://sirens.example:1883", "sirens.example"]
tls: {certificate: siren.pem}
keys: [{public_key: AAAA, territory: ["120"], actions: [shout]}]
signals:
  - {number: 16, name: test, test: true, segments: [{tone: wail, seconds: 3}]}
  - {number: 16, name: test, segments: []}
  - {number: 17, name: long, segments: [{tone: whistle, seconds: 2000}]}
horn: {command: [horn], lines: {chip: ""}, coast: 1h}
inputs:
  doorbell: {file: f}
  door: {}
  mains: {line: 3, above: 4}
  horn: {file: f, interval: 1ms}
`))
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, f := range config.Validate(nil) {
		fields = append(fields, f.Field)
		if f.Message == "" || f.Remedy == "" {
			t.Errorf("%s: no message or no remedy", f.Field)
		}
	}
	slices.Sort(fields)
	want := []string{
		"ars", "authority", "brokers[0]", "brokers[1]", "horn", "horn.coast", "horn.lines",
		"inputs.door", "inputs.doorbell", "inputs.horn.interval", "inputs.mains", "inputs.mains.chip",
		"keys[0]", "keys[0].territory[0]", "number",
		"signals[0].segments[0].tone", "signals[1].name", "signals[1].number", "signals[1].segments",
		"signals[2].segments", "signals[2].segments[0].seconds", "signals[2].segments[0].tone",
		"siren", "state", "tls",
	}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// What an enrolment gave must not be contradicted.
func TestEnrolledConfiguration(t *testing.T) {
	grant := enrolment.Grant{Siren: "a-1", Number: 30, ARS: "12054", Authority: "de-bb", Broker: "mqtts://b:1", Keyset: []byte{1}}
	for _, c := range []struct{ name, yaml, fault string }{
		{"nothing else", "", ""},
		{"the same", "siren: a-1\nnumber: 30\nars: \"12054\"\nauthority: de-bb\n", ""},
		{"another number", "number: 3\n", "number"},
		{"another siren", "siren: a-2\n", "siren"},
		{"keys beside a keyset", "keys: [{public_key: nqxv0qgDX3002jX32zZS3PoCYxsOA5uZ003kQ4glLT8=, territory: [\"12\"]}]\n", "keys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, err := ParseConfig([]byte("state: s\nhorn: {command: [horn]}\n" + c.yaml))
			if err != nil {
				t.Fatal(err)
			}
			var got string
			for _, f := range config.Validate(&grant) {
				got += f.Field
			}
			if got != c.fault {
				t.Errorf("faults in %q, want %q", got, c.fault)
			}
		})
	}
}

func TestUnknownFieldsAreRefused(t *testing.T) {
	_, err := ParseConfig([]byte("siren: a\nhorm: {}\nnumber: x\n"))
	p, ok := errors.AsType[*problem.Error](err)
	if !ok || p.Kind != problem.Unreadable || len(p.Faults) != 2 || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("refused with %v", err)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("siren: a\nhorn: {command: [x]}\ninputs: {door: {file: f}}\n"))
	f.Add([]byte("signals: [{segments: [{tone: wail, seconds: .inf}]}]\nhorn: {lines: {}}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		config, err := ParseConfig(raw)
		if err == nil {
			config.Validate(nil)
		}
	})
}

// systemd hears that the agent is ready, that it lives, and that it ends.
func TestWatchdogIsFed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	device := filepath.Join(t.TempDir(), "watchdog")
	if err := os.WriteFile(device, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "3000000")
	for _, c := range []struct {
		name    string
		inOrder bool
		want    string
	}{{"an end in order disarms it", true, "\x00\x00V"}, {"a hang does not", false, "\x00\x00V\x00\x00"}} {
		w, err := openWatchdog(WatchdogConfig{Device: device})
		if err != nil {
			t.Fatal(err)
		}
		w.device.Close()
		if w.device, err = os.OpenFile(device, os.O_WRONLY|os.O_APPEND, 0); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		w.ready()
		w.feed(now)
		w.feed(now.Add(500 * time.Millisecond))
		w.feed(now.Add(1100 * time.Millisecond))
		if err := w.close(c.inOrder); err != nil {
			t.Fatal(err)
		}
		var heard []string
		buffer := make([]byte, 100)
		for range 4 {
			socket.SetReadDeadline(time.Now().Add(eventually.Patience))
			n, err := socket.Read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			heard = append(heard, string(buffer[:n]))
		}
		if diff := cmp.Diff([]string{"READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"}, heard); diff != "" {
			t.Errorf("%s: systemd heard (-want +got):\n%s", c.name, diff)
		}
		if fed, err := os.ReadFile(device); err != nil || string(fed) != c.want {
			t.Errorf("%s: the device got %q, %v", c.name, fed, err)
		}
	}
	t.Setenv("NOTIFY_SOCKET", path+".none")
	if _, err := openWatchdog(WatchdogConfig{}); err == nil {
		t.Error("a socket that is not there was taken")
	}
}
