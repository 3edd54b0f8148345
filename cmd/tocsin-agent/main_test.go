// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// The program has to fit on a small board.
const (
	maxBytes    = 20 << 20
	maxResident = 32 << 10 // KiB
)

func build(t *testing.T, environment ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "tocsin-agent")
	command := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	command.Env = append(append(os.Environ(), "CGO_ENABLED=0"), environment...)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v %d bytes", environment, info.Size())
	if info.Size() > maxBytes {
		t.Errorf("the program for %v has %d bytes, more than the %d of a small board", environment, info.Size(), maxBytes)
	}
	return path
}

func TestFitsOnBoards(t *testing.T) {
	for _, board := range []struct{ name, arch, arm string }{{"arm64", "arm64", ""}, {"armv7", "arm", "7"}} {
		t.Run(board.name, func(t *testing.T) {
			build(t, "GOOS=linux", "GOARCH="+board.arch, "GOARM="+board.arm)
		})
	}
}

// board is a directory with everything that the program needs.
type board struct {
	t       *testing.T
	rig     *sirentest.Rig
	program string
	dir     string
	id      string
	command *exec.Cmd
	words   bytes.Buffer
}

func newBoard(t *testing.T, o sirentest.Options) *board {
	t.Helper()
	o.Sirens, o.NoSimulator = 1, true
	if runtime.GOOS != "linux" {
		t.Skip("the board runs Linux")
	}
	b := &board{t: t, rig: sirentest.Start(t, o), program: build(t), dir: t.TempDir()}
	b.id = b.rig.Sirens[0].ID
	der, err := x509.MarshalPKCS8PrivateKey(sirentest.DeviceKey(b.id))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(b.dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	b.write("state/device-key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	access, address := b.access(o.TLS), b.rig.Endpoint.Address
	if !o.TLS {
		address = "mqtt://" + address
	}
	b.write("horn.sh", fmt.Sprintf("#!/bin/sh\necho \"$TOCSIN_FRAME\" >>'%s/sounded'\necho $$ >'%[1]s/pid'\nexec sleep 60\n", b.dir))
	b.write("agent.yaml", fmt.Sprintf(`siren: %s
number: 1
ars: %q
authority: %s
state: state
brokers: [%q]
%s
keys: [{public_key: %q, epoch: 1, territory: ["12"]}]
signals:
  - {number: 1, name: warning, segments: [{tone: wail, seconds: 1}]}
  - {number: 17, name: growl-test, test: true, segments: [{tone: growl, seconds: 1}]}
horn: {command: [%q]}
`, b.id, b.rig.Sirens[0].ARS, sirentest.Authority, address, access,
		base64.StdEncoding.EncodeToString(sirentest.Keyset().Issuers[0].PublicKey), filepath.Join(b.dir, "horn.sh")))
	return b
}

// access gives the board what it signs in with, and says so in its configuration.
func (b *board) access(certificate bool) string {
	b.t.Helper()
	if !certificate {
		b.write("password", b.rig.Credentials.Password(b.id))
		return "password_file: password"
	}
	own := b.rig.TLS(b.id).Certificates[0]
	der, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		b.t.Fatal(err)
	}
	b.write("ca.pem", string(b.rig.CA().PEM()))
	b.write("siren.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]})))
	b.write("siren.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	return "tls: {ca: ca.pem, certificate: siren.pem, key: siren.key}"
}

func (b *board) write(name, content string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(content), 0o700); err != nil {
		b.t.Fatal(err)
	}
}

func (b *board) read(name string) string {
	b.t.Helper()
	raw, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil && !os.IsNotExist(err) {
		b.t.Fatal(err)
	}
	return string(raw)
}

func (b *board) start() {
	b.t.Helper()
	b.command = exec.Command(b.program, "--config", filepath.Join(b.dir, "agent.yaml"))
	b.command.Stderr = &b.words
	if err := b.command.Start(); err != nil {
		b.t.Fatal(err)
	}
	process := b.command
	b.t.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
	b.rig.Wait("the siren is ready", func() bool { return b.rig.Fleet.State(b.id).Condition == siren.ConditionReady })
}

// kill takes the agent away as a power cut does, and waits until the node knows.
func (b *board) kill() {
	b.t.Helper()
	if err := b.command.Process.Kill(); err != nil {
		b.t.Fatal(err)
	}
	_ = b.command.Wait()
	b.rig.Wait("the siren is gone", func() bool { return b.rig.Fleet.State(b.id).Condition == siren.ConditionOffline })
}

// silent waits until the horn's command is gone.
func (b *board) silent() {
	b.t.Helper()
	pid := strings.TrimSpace(b.read("pid"))
	if pid == "" {
		return
	}
	b.rig.Wait("the horn is silent", func() bool {
		stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
		return err != nil || bytes.Contains(stat, []byte(") Z "))
	})
}

func (b *board) deliver(action siren.Action, signal uint8, counter uint64) (ended chan siren.Progress) {
	b.t.Helper()
	return b.bring(b.frame(action, signal, counter))
}

func (b *board) frame(action siren.Action, signal uint8, counter uint64) []byte {
	b.t.Helper()
	f := siren.Frame{
		Epoch: 1, Counter: counter, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-time.Minute),
		TTL: 10 * time.Minute, Action: action, Signal: signal, Target: siren.All(),
	}
	frame, err := f.Sign(b.rig.Issuer)
	if err != nil {
		b.t.Fatal(err)
	}
	return frame
}

// bring gives the last news of a frame on its way to the siren.
func (b *board) bring(frame []byte) (ended chan siren.Progress) {
	ended = make(chan siren.Progress, 1)
	go func() {
		var last siren.Progress
		order := siren.Order{Frames: [][]byte{frame}, Sirens: []string{b.id}, Until: time.Now().Add(eventually.Patience)}
		if err := b.rig.Link.Deliver(context.Background(), order, func(p siren.Progress) { last = p }); err != nil {
			b.t.Error(err)
		}
		ended <- last
	}()
	return ended
}

// The real program sounds a warning within the memory of a small board, and can
// be asked how it is.
func TestMemoryOfTheProgram(t *testing.T) {
	b := newBoard(t, sirentest.Options{TLS: true})
	b.start()
	if got := <-b.deliver(siren.ActionSound, 1, 17); got.Status != siren.StatusDone {
		t.Fatalf("the warning ended with %s %s; the agent said\n%s", got.Status, got.Reason, b.words.String())
	}
	status, err := exec.Command(b.program, "status", "--json", "--config", filepath.Join(b.dir, "agent.yaml")).Output()
	if err != nil || !bytes.Contains(status, []byte(`"siren": "`+b.id+`"`)) {
		t.Errorf("status: %v\n%s", err, status)
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(raw), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(peak)[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("at most %d KiB resident", kib)
	if kib > maxResident {
		t.Errorf("the agent needed %d KiB of memory, more than %d", kib, maxResident)
	}
	b.silent()
}

// The agent is killed at any moment around the start of a signal. The horn falls
// silent with it, no frame ever sounds twice, and no counter is forgotten.
func TestKilledAtAnyMoment(t *testing.T) {
	const kills = 8
	b := newBoard(t, sirentest.Options{})
	highest := uint64(0)
	for kill := range kills {
		counter := uint64(kill+1) * 16
		b.start()
		ended := b.deliver(siren.ActionTest, 17, counter)
		time.Sleep(rand.N(120 * time.Millisecond))
		b.kill()
		b.silent()
		b.start()
		select {
		case <-ended:
		case <-time.After(eventually.Patience):
			t.Fatalf("no answer after the restart; the agent said\n%s", b.words.String())
		}
		var memory siren.Memory
		if err := json.Unmarshal([]byte(b.read("state/memory.json")), &memory); err != nil {
			t.Fatal(err)
		}
		for _, mark := range memory.Counters {
			if mark.Counter < highest || mark.Counter < counter {
				t.Errorf("after kill %d the counter is %d; it was %d", kill, mark.Counter, max(highest, counter))
			}
			highest = mark.Counter
		}
		b.kill()
	}
	seen := map[string]int{}
	for _, frame := range strings.Fields(b.read("sounded")) {
		seen[frame]++
		if seen[frame] > 1 {
			t.Errorf("%s sounded %d times", frame, seen[frame])
		}
	}
	t.Logf("%d of %d signals sounded once, none twice, over %d kills", len(seen), kills, 2*kills)
	if len(seen) == 0 {
		t.Error("nothing ever sounded")
	}
}

// The broker goes and comes back, and every frame ever sent comes once more: the
// siren is there again, and nothing sounds.
func TestBrokerThatGoesAndReplays(t *testing.T) {
	b := newBoard(t, sirentest.Options{NoBroker: true})
	broker := b.rig.StartBroker(b.rig.Endpoint.Address)
	b.start()
	var frames [][]byte
	for i, action := range []siren.Action{siren.ActionTest, siren.ActionSound, siren.ActionStop} {
		signal := map[siren.Action]uint8{siren.ActionTest: 17, siren.ActionSound: 1}[action]
		frames = append(frames, b.frame(action, signal, uint64(i+1)*16))
		if got := <-b.bring(frames[i]); got.Status != siren.StatusDone {
			t.Fatalf("frame %d ended with %s %s", i, got.Status, got.Reason)
		}
	}
	before := b.read("sounded")
	broker.Stop()
	b.rig.Wait("the siren is gone", func() bool { connected, _ := b.rig.Link.Connected(); return !connected })
	b.rig.StartBroker(b.rig.Endpoint.Address)
	for i, frame := range frames {
		if got := <-b.bring(frame); got.Status != siren.StatusDone {
			t.Errorf("frame %d once more: %s %s", i, got.Status, got.Reason)
		}
	}
	b.kill()
	b.start()
	for i, frame := range frames {
		if got := <-b.bring(frame); got.Status != siren.StatusDone {
			t.Errorf("frame %d after a restart: %s %s", i, got.Status, got.Reason)
		}
	}
	if after := b.read("sounded"); after != before {
		t.Errorf("before the replays it had sounded %q, afterwards %q", before, after)
	}
}
