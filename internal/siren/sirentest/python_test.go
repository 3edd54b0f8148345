// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package sirentest_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// foreign is a siren in another language, written from the documents alone.
type foreign struct {
	t      *testing.T
	rig    *sirentest.Rig
	dir    string
	id     string
	number uint32
	words  bytes.Buffer
	stop   func()
}

// python finds the one that has Debian's packages, which need not be the first.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(name, "-c", "import paho.mqtt.client, nacl.signing").Run() == nil {
			return name
		}
	}
	t.Skip("python3 with python3-paho-mqtt and python3-nacl is not installed")
	return ""
}

func newForeign(t *testing.T) *foreign {
	t.Helper()
	program := python(t)
	f := &foreign{t: t, rig: sirentest.Start(t, sirentest.Options{Sirens: 4, NoSimulator: true, TLS: true}), dir: t.TempDir()}
	entry := f.rig.Sirens[1]
	f.id, f.number = entry.ID, entry.Number
	host, port, err := net.SplitHostPort(strings.TrimPrefix(f.rig.Endpoint.Address, "mqtts://"))
	if err != nil {
		t.Fatal(err)
	}
	portNumber, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	horn := filepath.Join(f.dir, "horn.sh")
	f.write("horn.sh", fmt.Sprintf("#!/bin/sh\necho \"$1 $2\" >>'%s/sounded'\necho $$ >'%[1]s/pid'\nexec sleep 60\n", f.dir))
	config := map[string]any{
		"authority": sirentest.Authority, "siren": f.id, "number": entry.Number, "ars": entry.ARS,
		"seed": hex.EncodeToString(sirentest.DeviceKey(f.id).Seed()), "host": host, "port": portNumber,
		"keys": []map[string]any{{
			"publicKey": base64.StdEncoding.EncodeToString(sirentest.Keyset().Issuers[0].PublicKey), "epoch": 1, "territory": []string{"12"},
		}},
		"memory": filepath.Join(f.dir, "memory.json"), "horn": []string{horn}, "speed": 10,
	}
	f.access(config)
	raw, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	f.write("siren.json", string(raw))
	f.start(program)
	return f
}

// access is the certificate with which the siren connects.
func (f *foreign) access(config map[string]any) {
	f.t.Helper()
	own := f.rig.TLS(f.id).Certificates[0]
	der, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		f.t.Fatal(err)
	}
	for field, content := range map[string][]byte{
		"ca":             f.rig.CA().PEM(),
		"certificate":    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]}),
		"certificateKey": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
	} {
		f.write(field, string(content))
		config[field] = filepath.Join(f.dir, field)
	}
}

func (f *foreign) write(name, content string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(content), 0o700); err != nil {
		f.t.Fatal(err)
	}
}

func (f *foreign) start(program string) {
	f.t.Helper()
	command := exec.Command(program, "-B", "../../../docs/examples/siren-python/siren.py", filepath.Join(f.dir, "siren.json"))
	command.Stdout, command.Stderr = &f.words, &f.words
	if err := command.Start(); err != nil {
		f.t.Fatal(err)
	}
	stopped := false
	f.stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = command.Process.Kill()
		_ = command.Wait()
		f.rig.Wait("the siren is gone", func() bool { return f.condition() == siren.ConditionOffline })
	}
	f.t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	f.rig.Wait("the siren has said hello", func() bool { return f.condition() == siren.ConditionReady })
}

func (f *foreign) condition() siren.Condition { return f.rig.Fleet.State(f.id).Condition }

// frame signs what the change makes of a trial to all that is valid now.
func (f *foreign) frame(counter uint64, signer siren.Signer, change func(*siren.Frame)) []byte {
	f.t.Helper()
	frame := siren.Frame{
		Epoch: 1, Counter: counter, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-time.Minute),
		TTL: 10 * time.Minute, Action: siren.ActionSound, Signal: 4, ReplyWindow: 300 * time.Millisecond, Target: siren.All(),
	}
	if change != nil {
		change(&frame)
	}
	b, err := frame.Sign(signer)
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

// deliver gives the statuses that the siren went through, and the last reason.
// It looks at the first answer alone where the siren goes on being asked.
func (f *foreign) deliver(frame []byte, until time.Duration) (statuses []siren.Status, reason string) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), eventually.Patience)
	defer cancel()
	order := siren.Order{Frames: [][]byte{frame}, Sirens: []string{f.id}, Until: time.Now().Add(until)}
	if err := f.rig.Link.Deliver(ctx, order, func(p siren.Progress) {
		if p.Reason != "" {
			reason = p.Reason
		}
		if n := len(statuses); n == 0 || statuses[n-1] != p.Status {
			statuses = append(statuses, p.Status)
		}
		if p.Status == siren.StatusWaiting && p.Reason == siren.ReasonBadSignature.Key() {
			cancel()
		}
	}); err != nil && ctx.Err() == nil {
		f.t.Error(err)
	}
	return statuses, reason
}

func (f *foreign) sounded() []string {
	raw, err := os.ReadFile(filepath.Join(f.dir, "sounded"))
	if err != nil && !os.IsNotExist(err) {
		f.t.Fatal(err)
	}
	return strings.Fields(string(raw))
}

func TestSirenInAnotherLanguage(t *testing.T) {
	f := newForeign(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the siren said\n%s", f.words.String())
		}
	})
	state := f.rig.Fleet.State(f.id)
	if offset := state.ClockOffset; offset < -5*time.Second || offset > 5*time.Second {
		t.Errorf("its clock is off by %v", offset)
	}
	waiting, sounding, done := siren.StatusWaiting, siren.StatusSounding, siren.StatusDone
	first := f.frame(16, f.rig.Issuer, nil)
	want := func(name string, frame []byte, reason siren.Reason, path ...siren.Status) {
		t.Helper()
		got, why := f.deliver(frame, eventually.Patience)
		if len(got) > 0 && got[0] == waiting {
			got = got[1:]
		}
		if diff := cmp.Diff(path, got); diff != "" || why != reason.Key() {
			t.Errorf("%s: reason %q, want %q; statuses (-want +got):\n%s", name, why, reason.Key(), diff)
		}
	}
	want("a trial", first, siren.ReasonNone, sounding, done)
	want("the same again", first, siren.ReasonNone, done)
	want("to its number", f.frame(32, f.rig.Issuer, func(x *siren.Frame) {
		x.Target = siren.Numbers(f.number, f.number+2)
	}), siren.ReasonNone, sounding, done)
	want("to its region", f.frame(48, f.rig.Issuer, func(x *siren.Frame) {
		x.Action, x.Signal, x.Target = siren.ActionTest, 17, siren.Regions(f.rig.Sirens[1].ARS)
	}), siren.ReasonNone, sounding, done)
	want("an older one", f.frame(40, f.rig.Issuer, nil), siren.ReasonOlder, siren.StatusRefused)
	want("one that is over", f.frame(64, f.rig.Issuer, func(x *siren.Frame) {
		x.NotBefore, x.TTL = x.NotBefore.Add(-time.Hour), time.Minute
	}), siren.ReasonExpired, siren.StatusRefused)
	want("one of another epoch", f.frame(64, f.rig.Issuer, func(x *siren.Frame) { x.Epoch = 2 }), siren.ReasonEpoch, siren.StatusRefused)
	want("an alarm as a test", f.frame(64, f.rig.Issuer, func(x *siren.Frame) { x.Action = siren.ActionTest }), siren.ReasonSignal, siren.StatusRefused)

	_, forger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	forged := f.frame(80, f.rig.Issuer, nil)
	forged[len(forged)-1] ^= 1
	if _, reason := f.deliver(forged, eventually.Patience); reason != siren.ReasonBadSignature.Key() {
		t.Errorf("a forged frame: %q", reason)
	}
	before := f.sounded()
	// Unauthenticated frames are answered now and then alone, so this one may stay without an answer.
	if got, _ := f.deliver(f.frame(96, siren.NewSigner(forger), nil), 2*time.Second); got[len(got)-1] == sounding || got[len(got)-1] == done {
		t.Errorf("a frame of a foreign key: %v", got)
	}
	f.stop()
	f.start(python(t))
	want("the first one after a restart", first, siren.ReasonNone, done)
	if diff := cmp.Diff(before, f.sounded()); diff != "" {
		t.Errorf("forgeries and replays sounded (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"trial", "e9300716-1-16", "trial", "e9300716-1-32", "growl-test", "e9300716-1-48"}, before); diff != "" {
		t.Errorf("sounded (-want +got):\n%s", diff)
	}

	go f.deliver(f.frame(112, f.rig.Issuer, func(x *siren.Frame) { x.Signal = 1 }), eventually.Patience)
	f.rig.Wait("it sounds", func() bool { return len(f.sounded()) == len(before)+2 })
	want("a stop", f.frame(128, f.rig.Issuer, func(x *siren.Frame) { x.Action, x.Signal = siren.ActionStop, 0 }), siren.ReasonNone, done)
	pid, err := os.ReadFile(filepath.Join(f.dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join("/proc", strings.TrimSpace(string(pid)))); err == nil {
		t.Error("the horn goes on after the stop")
	}
}
