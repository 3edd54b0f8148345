// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/freeport"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// site is one siren with its board, at the broker of a rig.
type site struct {
	t   *testing.T
	rig *sirentest.Rig
	dir string
	id  string
	// offset is added to the board's clock.
	offset  atomic.Int64
	counter uint64
	agent   *Agent
	stop    func()
	// configured takes the place of config.
	configured string
	mu         sync.Mutex
	end        error
}

// newSite sets up a siren whose horn is a script that writes down what it sounds,
// and whose inputs are files.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, rig: sirentest.Start(t, sirentest.Options{Sirens: 1, NoSimulator: true}), dir: t.TempDir(), counter: 16}
	s.id = s.rig.Sirens[0].ID
	s.prepare(sirentest.DeviceKey(s.id), s.rig.Credentials.Password(s.id))
	return s
}

func (s *site) prepare(key any, password string) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(s.dir, "state"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	s.write("state/"+keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	s.write("password", password)
	s.write("horn.sh", "#!/bin/sh\necho \"$TOCSIN_FRAME $1\" >>\""+s.dir+"/sounded\"\nexec sleep 60\n")
	if err := os.Chmod(filepath.Join(s.dir, "horn.sh"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	for _, name := range []string{inputHorn, inputManual, inputStop, inputDoor} {
		s.write(name, "0")
	}
	s.write(inputMains, "1")
	s.write(inputBattery, "12.7")
	s.write(inputTemperature, "41000")
}

// write replaces a file as a kernel would: nobody sees half of it.
func (s *site) write(name, content string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) config() string {
	key := base64.StdEncoding.EncodeToString(sirentest.Keyset().Issuers[0].PublicKey)
	return fmt.Sprintf(`siren: %s
number: 1
ars: "%s"
authority: %s
state: state
brokers: ["mqtt://%s"]
password_file: password
keys: [{public_key: %q, epoch: 1, territory: ["12"]}]
signals:
  - {number: 1, name: warning, segments: [{tone: wail, seconds: 3}]}
  - {number: 2, name: all-clear, segments: [{tone: steady, seconds: 3}]}
  - {number: 16, name: silent-test, test: true, segments: [{tone: "off", seconds: 0.2}]}
horn: {command: ["%s/horn.sh"], heard: 300ms, coast: 400ms}
inputs:
  horn: {file: "%[7]s/horn", interval: 20ms}
  manual: {file: "%[7]s/manual", interval: 20ms}
  stop: {file: "%[7]s/stop", interval: 20ms}
  door: {file: "%[7]s/door", interval: 20ms}
  mains: {file: "%[7]s/mains", interval: 20ms}
  battery: {file: "%[7]s/battery", interval: 20ms, above: 11.8}
  temperature: {file: "%[7]s/temperature", interval: 20ms, scale: 0.001, limit: 70}
`, s.id, s.rig.Sirens[0].ARS, sirentest.Authority, s.rig.Endpoint.Address, key, s.dir, s.dir)
}

// start switches the board on.
func (s *site) start() {
	s.t.Helper()
	if s.configured == "" {
		s.write("agent.yaml", s.config())
	} else {
		s.write("agent.yaml", s.configured)
	}
	config, err := LoadConfig(filepath.Join(s.dir, "agent.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.agent, err = New(Options{Config: config, Log: slog.New(slog.DiscardHandler), Clock: func() time.Time {
		return time.Now().Add(time.Duration(s.offset.Load()))
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := s.agent.Run(ctx)
		s.mu.Lock()
		s.end = err
		s.mu.Unlock()
	}()
	s.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
		if s.end != nil {
			s.t.Errorf("the agent ended with %v", s.end)
		}
	})
	s.t.Cleanup(s.stop)
}

func (s *site) wait(what string, holds func() bool) {
	s.t.Helper()
	s.rig.Wait(what, holds)
}

// connected waits until the fleet knows the siren in a condition.
func (s *site) in(c siren.Condition) {
	s.t.Helper()
	s.wait("the siren is "+string(c), func() bool { return s.rig.Fleet.State(s.id).Condition == c })
}

func (s *site) detail(key string) {
	s.t.Helper()
	s.wait("its trouble is "+key, func() bool { return s.rig.Fleet.State(s.id).Detail == key })
}

// frame signs a frame that is valid now.
func (s *site) frame(action siren.Action, signal uint8) []byte {
	s.t.Helper()
	s.counter++
	f := siren.Frame{
		Epoch: 1, Counter: s.counter, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-time.Minute),
		TTL: 10 * time.Minute, Action: action, Signal: signal, Target: siren.All(),
	}
	b, err := f.Sign(s.rig.Issuer)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// send delivers a frame and gives the last news of it.
func (s *site) send(frame []byte) siren.Progress {
	s.t.Helper()
	var last siren.Progress
	order := siren.Order{Frames: [][]byte{frame}, Sirens: []string{s.id}, Until: time.Now().Add(eventually.Patience)}
	ctx, cancel := context.WithTimeout(s.t.Context(), eventually.Patience)
	defer cancel()
	if err := s.rig.Link.Deliver(ctx, order, func(p siren.Progress) { last = p }); err != nil {
		s.t.Fatal(err)
	}
	return last
}

// sounded lists what the horn was told to sound: frame and signal.
func (s *site) sounded() []string {
	raw, err := os.ReadFile(filepath.Join(s.dir, "sounded"))
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")[:strings.Count(string(raw), "\n")]
}

func TestSoundsAndSaysSo(t *testing.T) {
	s := newSite(t)
	s.start()
	s.in(siren.ConditionReady)
	heard := s.follow()
	got := s.send(s.frame(siren.ActionSound, 1))
	heard()
	if got.Status != siren.StatusDone || got.Reason != "" {
		t.Errorf("the warning ended with %s %s", got.Status, got.Reason)
	}
	if got := s.send(s.frame(siren.ActionTest, 16)); got.Status != siren.StatusDone {
		t.Errorf("the silent test ended with %s %s", got.Status, got.Reason)
	}
	if diff := cmp.Diff([]string{"02efe170-1-17 warning"}, named(s.sounded())); diff != "" {
		t.Errorf("sounded (-want +got):\n%s", diff)
	}
	status, err := readStatus(filepath.Join(s.dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	if status.Broker == "" || status.Trouble != "" || len(status.Acted) != 2 || status.Inputs[inputTemperature].Value != 41 {
		t.Errorf("status %+v", status)
	}
}

// named replaces the key in the names of frames, which is the rig's.
func named(lines []string) []string {
	for i, line := range lines {
		_, rest, _ := strings.Cut(line, "-")
		lines[i] = "02efe170-" + rest
	}
	return lines
}

// follow lets the horn's input hear what the horn sounds, until the end is called.
func (s *site) follow() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			level := "0"
			if s.agent.horn.state(time.Now()).Audible {
				level = "1"
			}
			s.write(inputHorn, level)
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
			}
		}
		s.write(inputHorn, "0")
	}()
	return func() { cancel(); <-done }
}

// A recording of every frame ever sent, at once and an hour later, sounds nothing.
func TestReplaySoundsNothing(t *testing.T) {
	s := newSite(t)
	s.start()
	s.in(siren.ConditionReady)
	frames := [][]byte{s.frame(siren.ActionSound, 1), s.frame(siren.ActionStop, 0), s.frame(siren.ActionSound, 2), s.frame(siren.ActionStop, 0)}
	for _, frame := range frames {
		s.send(frame)
	}
	before := s.sounded()
	if len(before) != 2 {
		t.Fatalf("sounded %v", before)
	}
	for _, jump := range []time.Duration{0, time.Hour} {
		s.offset.Store(int64(jump))
		for _, frame := range frames {
			s.agent.link.Take(frame)
		}
	}
	s.stop()
	s.start()
	for _, frame := range frames {
		s.agent.link.Take(frame)
	}
	if diff := cmp.Diff(before, s.sounded()); diff != "" {
		t.Errorf("sounded before (-) and after (+) the replay:\n%s", diff)
	}
}

// Beacons that answer the siren's question tell the time. What the board's own
// clock shows, at the start and later, neither mutes the siren nor opens it.
func TestClockThatJumps(t *testing.T) {
	s := newSite(t)
	s.offset.Store(int64(-20 * 365 * 24 * time.Hour))
	s.start()
	s.in(siren.ConditionReady)
	var frames [][]byte
	for i, jump := range []time.Duration{0, time.Hour, -time.Hour} {
		s.offset.Store(int64(jump))
		frames = append(frames, s.frame(siren.ActionSound, 1))
		if got := s.send(frames[i]); got.Status != siren.StatusDone {
			t.Errorf("after a jump to %v: %s %s", jump, got.Status, got.Reason)
		}
		for _, frame := range frames {
			s.agent.link.Take(frame)
		}
	}
	if sounded := s.sounded(); len(sounded) != len(frames) {
		t.Errorf("%d frames sounded as %v", len(frames), sounded)
	}
}

func TestHornThatIsNotHeard(t *testing.T) {
	s := newSite(t)
	s.start()
	s.in(siren.ConditionReady)
	if got := s.send(s.frame(siren.ActionSound, 1)); got.Status != siren.StatusDone || got.Reason != siren.ReasonFault.Key() {
		t.Errorf("a warning that nobody heard ended with %s %s", got.Status, got.Reason)
	}
	s.detail(siren.DetailHorn)
	heard := s.follow()
	defer heard()
	if got := s.send(s.frame(siren.ActionSound, 1)); got.Status != siren.StatusDone || got.Reason != "" {
		t.Errorf("the warning after that ended with %s %s", got.Status, got.Reason)
	}
	s.in(siren.ConditionReady)
}

func TestInputsAreReported(t *testing.T) {
	s := newSite(t)
	s.start()
	s.in(siren.ConditionReady)
	// A motor may still run down when an agent starts; after that it is a rogue.
	s.wait("the horn has had its time to run down", func() bool { return time.Since(s.agent.started) > time.Second })
	s.write(inputHorn, "1")
	s.detail(siren.DetailRogue)
	s.in(siren.ConditionTriggered)
	s.write(inputHorn, "0")
	s.in(siren.ConditionReady)

	s.write(inputManual, "1")
	s.write(inputHorn, "1")
	s.detail(siren.DetailLocal)
	s.write(inputManual, "0")
	s.write(inputHorn, "0")
	s.in(siren.ConditionReady)

	for _, c := range []struct{ input, bad, good, detail string }{
		{inputMains, "0", "1", siren.DetailMains},
		{inputBattery, "11.2", "12.6", siren.DetailBattery},
		{inputDoor, "1", "0", siren.DetailSabotage},
		{inputTemperature, "91000", "40000", siren.DetailHot},
	} {
		s.write(c.input, c.bad)
		s.detail(c.detail)
		s.write(c.input, c.good)
		s.detail("")
	}
}

func TestSilenceAtTheSite(t *testing.T) {
	s := newSite(t)
	s.configured = strings.Replace(s.config(), "tone: wail, seconds: 3", "tone: wail, seconds: 300", 1)
	s.start()
	s.in(siren.ConditionReady)
	frame := s.frame(siren.ActionSound, 1)
	s.agent.link.Take(frame)
	s.wait("it sounds", func() bool { return len(s.sounded()) == 1 })
	s.write(inputStop, "1")
	if got := s.send(frame); got.Status != siren.StatusDone || got.Reason != siren.ReasonAllStop.Key() {
		t.Errorf("a warning silenced at the site ended with %s %s", got.Status, got.Reason)
	}
	if got := s.send(s.frame(siren.ActionSound, 1)); got.Status != siren.StatusRefused {
		t.Errorf("a warning while the switch is on ended with %s", got.Status)
	}
	s.detail(siren.DetailAllStop)
	s.write(inputStop, "0")
	s.in(siren.ConditionReady)
	if got := s.send(s.frame(siren.ActionSound, 2)); got.Status != siren.StatusDone {
		t.Errorf("a warning after that ended with %s", got.Status)
	}
}

func TestDiskThatDoesNotStore(t *testing.T) {
	s := newSite(t)
	s.start()
	s.in(siren.ConditionReady)
	state := filepath.Join(s.dir, "state")
	if err := os.Rename(state, state+".gone"); err != nil {
		t.Fatal(err)
	}
	if got := s.send(s.frame(siren.ActionSound, 1)); got.Status != siren.StatusRefused || got.Reason != siren.ReasonStorage.Key() {
		t.Errorf("without a disk: %s %s", got.Status, got.Reason)
	}
	s.detail(siren.DetailStorage)
	if err := os.Rename(state+".gone", state); err != nil {
		t.Fatal(err)
	}
	if got := s.send(s.frame(siren.ActionSound, 1)); got.Status != siren.StatusDone {
		t.Errorf("with the disk back: %s %s", got.Status, got.Reason)
	}
	if sounded := s.sounded(); len(sounded) != 1 {
		t.Errorf("sounded %v", sounded)
	}
}

func TestSecondBroker(t *testing.T) {
	s := newSite(t)
	s.rig.StopLink()
	s.start()
	s.wait("the agent is connected", func() bool { return s.agent.link.Broker() != "" })
	s.stop()
	// Nobody listens at the first address any more.
	broker := s.rig.StartBroker(freeport.Address(t))
	s.rig.Endpoint.Address = "127.0.0.1:1\", \"mqtt://" + broker.Address()
	s.start()
	s.wait("the agent is connected to the second one", func() bool { return s.agent.link.Broker() == "mqtt://"+broker.Address() })
	broker.Stop()
	s.wait("the agent is cut off", func() bool { return s.agent.link.Broker() == "" })
	s.rig.StartBroker(broker.Address())
	s.wait("the agent is back", func() bool { return s.agent.link.Broker() != "" })
}

func TestOneAgentForOneDirectory(t *testing.T) {
	s := newSite(t)
	s.start()
	config, err := LoadConfig(filepath.Join(s.dir, "agent.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Config: config, Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "Another agent") {
		t.Errorf("a second agent started: %v", err)
	}
}

func TestMemoryThatCannotBeRead(t *testing.T) {
	s := newSite(t)
	s.write("state/"+memoryFile, `{"counters":{"02efe170":1`)
	s.write("agent.yaml", s.config())
	config, err := LoadConfig(filepath.Join(s.dir, "agent.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Config: config, Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("an agent started without its counters: %v", err)
	}
}
