// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/siren/listener"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// brokerEnv turns the test binary into a broker, so that its memory can be told
// from that of its clients. The value is the directory.
const brokerEnv = "TOCSIN_TEST_BROKER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(brokerEnv); dir != "" {
		broker, err := aloneIn(dir)
		if err != nil {
			panic(err)
		}
		fmt.Println(broker.Address())
		_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the parent ends
		return
	}
	os.Exit(m.Run())
}

// aloneIn opens the node's own listener, with TLS where the directory has an authority.
func aloneIn(dir string) (*listener.Listener, error) {
	topics, err := mqtt.NewTopics(sirentest.Authority)
	if err != nil {
		return nil, err
	}
	anyone := func(string) bool { return true }
	o := listener.Options{
		Address: "127.0.0.1:0", Topics: topics, Limits: listener.DefaultLimits(),
		Admit: listener.Passwords(anyone, sirentest.Credentials()), Log: slog.New(slog.DiscardHandler),
	}
	path := filepath.Join(dir, "ca.pem")
	if _, err := os.Stat(path); err == nil {
		ca, err := enrolment.OpenCA(path, sirentest.Authority, time.Now())
		if err != nil {
			return nil, err
		}
		o.TLS = ca.Listen([]string{"127.0.0.1"}, tls.RequireAndVerifyClientCert, time.Now)
		o.Admit = listener.Certificates(anyone, func(string, string) bool { return true }, time.Now)
	}
	l, err := listener.Open(o)
	if err != nil {
		return nil, err
	}
	l.Serve()
	return l, nil
}

// silentTest is a frame that a device obeys any number of times, without a limit on starts.
func silentTest(counter uint64, window time.Duration) siren.Frame {
	f := alarm(counter)
	f.Action, f.Signal, f.ReplyWindow = siren.ActionTest, 16, window
	return f
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// BenchmarkFanOut measures from the publication of a frame to the last siren's
// verified acknowledgement: through the embedded broker, and for comparison the
// same sirens through mosquitto, the same device rules on raw NATS connections,
// and raw NATS connections that only echo as many bytes.
func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var ours time.Duration
			report := func(b *testing.B, rounds []time.Duration) time.Duration {
				m := median(rounds)
				b.ReportMetric(milliseconds(m), "ms/fan-out")
				b.ReportMetric(milliseconds(rounds[len(rounds)-1]), "ms/worst")
				b.ReportMetric(0, "ns/op")
				if ours > 0 {
					b.ReportMetric(float64(ours)/float64(m), "embedded/this")
				}
				return m
			}
			b.Run("embedded", func(b *testing.B) { ours = report(b, fanOut(b, sirentest.Options{Sirens: n})) })
			b.Run("embedded-tls", func(b *testing.B) { report(b, fanOut(b, sirentest.Options{Sirens: n, TLS: true})) })
			b.Run("mosquitto-tls", func(b *testing.B) { report(b, fanOut(b, sirentest.Options{Sirens: n, Mosquitto: true, TLS: true})) })
			b.Run("mosquitto", func(b *testing.B) { report(b, fanOut(b, sirentest.Options{Sirens: n, Mosquitto: true})) })
			b.Run("nats", func(b *testing.B) { report(b, rawFanOut(b, n, true)) })
			b.Run("nats-echo", func(b *testing.B) { report(b, rawFanOut(b, n, false)) })
		})
	}
}

// roundsEach is fixed, because a median needs several and setting up a fleet
// again for more of them takes longer than they do.
const roundsEach = 5

// fanOut is rounds of one frame to all sirens of a rig. The test signal takes two
// seconds, so that what the sirens say at its end does not mix with its beginning.
func fanOut(b *testing.B, o sirentest.Options) (rounds []time.Duration) {
	o.Speed = 0.5
	r := sirentest.Start(b, o)
	ids := make([]string, len(r.Sirens))
	for i, s := range r.Sirens {
		ids[i] = s.ID
	}
	counter := uint64(0)
	for range roundsEach {
		counter += 16
		frame, err := silentTest(counter, 0).Sign(r.Issuer)
		if err != nil {
			b.Fatal(err)
		}
		var mu sync.Mutex
		var last time.Time
		answered := map[string]bool{}
		began := time.Now()
		err = r.Link.Deliver(b.Context(), siren.Order{Frames: [][]byte{frame}, Sirens: ids, Until: began.Add(time.Minute)},
			func(p siren.Progress) {
				mu.Lock()
				defer mu.Unlock()
				if !answered[p.Siren] && (p.Status == siren.StatusSounding || p.Status == siren.StatusDone) {
					answered[p.Siren], last = true, time.Now()
				}
			})
		if err != nil || len(answered) != len(ids) {
			b.Fatalf("%d of %d sirens answered: %v", len(answered), len(ids), err)
		}
		rounds = append(rounds, last.Sub(began))
	}
	return rounds
}

// rawFanOut is the same over plain NATS: one connection for each siren.
func rawFanOut(b *testing.B, n int, rules bool) (rounds []time.Duration) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		b.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		b.Fatal("the NATS server does not start")
	}
	b.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	sirens := sirentest.Registry(n)
	for _, entry := range sirens {
		closer := natsSiren(b, s.Addr().String(), entry, rules)
		b.Cleanup(closer)
	}
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(nc.Close)
	acks := make(chan bool, n)
	lanes := make([]chan *nats.Msg, runtime.GOMAXPROCS(0))
	for i := range lanes {
		lanes[i] = make(chan *nats.Msg, 256)
		go func() {
			for m := range lanes[i] {
				if rules {
					a, err := siren.OpenAnswer(m.Data, sirens[index(m.Subject)].PublicKey)
					if err != nil || a.Outcome != siren.OutcomeAccepted {
						continue
					}
				}
				acks <- true
			}
		}()
	}
	if _, err := nc.Subscribe("ack.*", func(m *nats.Msg) { lanes[index(m.Subject)%len(lanes)] <- m }); err != nil {
		b.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		b.Fatal(err)
	}
	counter := uint64(0)
	for range roundsEach {
		counter += 16
		frame, err := silentTest(counter, 0).Sign(sirentest.Issuer())
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := nc.Publish("cmd", frame); err != nil {
			b.Fatal(err)
		}
		for i := range n {
			select {
			case <-acks:
			case <-time.After(20 * time.Second):
				b.Fatalf("%d of %d acknowledgements", i, n)
			}
		}
		rounds = append(rounds, time.Since(began))
	}
	return rounds
}

func index(subject string) (i int) {
	fmt.Sscanf(subject, "ack.%d", &i)
	return i - 1
}

// natsSiren speaks just enough of the NATS protocol to hear one subject and
// answer on another, with one goroutine, as the MQTT side does.
func natsSiren(b *testing.B, address string, entry siren.Siren, rules bool) (closer func()) {
	line, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	signals := siren.Signals{{Number: 16, Name: "silent-test", Test: true, Segments: []siren.Segment{{Tone: siren.ToneOff, Seconds: 0.001}}}}
	device := siren.NewDevice(siren.DeviceConfig{
		Number: entry.Number, ARS: entry.ARS, Signals: signals, Keyset: sirentest.Keyset(),
		Signer: siren.NewSigner(sirentest.DeviceKey(entry.ID)),
	}, siren.Memory{})
	now := time.Now()
	hello, err := siren.OpenAnswer(device.Step(siren.Connected{}, now).Send[1].Bytes, entry.PublicKey)
	if err != nil {
		b.Fatal(err)
	}
	beacon, err := siren.Frame{
		Epoch: 1, NotBefore: now.UTC().Truncate(time.Second), TTL: time.Minute,
		Action: siren.ActionBeacon, Target: siren.Answering(hello.Challenge),
	}.Sign(sirentest.Issuer())
	if err != nil {
		b.Fatal(err)
	}
	device.Step(siren.FrameReceived{Bytes: beacon}, now)
	reader := bufio.NewReaderSize(line, 1<<10)
	say := func(text string) { _, _ = line.Write([]byte(text)) }
	if _, err := reader.ReadString('\n'); err != nil { // INFO
		b.Fatal(err)
	}
	say("CONNECT {\"verbose\":false}\r\nSUB cmd 1\r\nPING\r\n")
	ready := make(chan struct{})
	go func() {
		for {
			head, err := reader.ReadString('\n')
			if err != nil {
				return
			}
			switch {
			case strings.HasPrefix(head, "PONG"):
				close(ready)
			case strings.HasPrefix(head, "PING"):
				say("PONG\r\n")
			case strings.HasPrefix(head, "MSG"):
				var size int
				fmt.Sscanf(head, "MSG cmd 1 %d", &size)
				payload := make([]byte, size+2)
				for got := 0; got < len(payload); {
					n, err := reader.Read(payload[got:])
					if err != nil {
						return
					}
					got += n
				}
				answer := make([]byte, siren.AnswerBytes)
				if rules {
					now := time.Now()
					device.Step(siren.Tick{}, now) // ends the last test
					for _, saying := range device.Step(siren.FrameReceived{Bytes: payload[:size]}, now).Send {
						if saying.Kind == siren.AnswerAck {
							answer = saying.Bytes
						}
					}
				}
				say(fmt.Sprintf("PUB ack.%d %d\r\n%s\r\n", entry.Number, len(answer), answer))
			}
		}
	}()
	<-ready
	return func() { line.Close() }
}

// BenchmarkMemory measures what one connected siren costs the broker's process,
// and what it costs the simulator's.
func BenchmarkMemory(b *testing.B) {
	const n = 2000
	for name, o := range map[string]sirentest.Options{
		"embedded":      {},
		"embedded-tls":  {TLS: true},
		"mosquitto":     {Mosquitto: true},
		"mosquitto-tls": {Mosquitto: true, TLS: true},
	} {
		o.Sirens, o.NoSimulator = n, true
		b.Run(name, func(b *testing.B) {
			pid := 0
			if !o.Mosquitto {
				dir := b.TempDir()
				if o.TLS {
					ca, err := enrolment.OpenCA(filepath.Join(dir, "ca.pem"), sirentest.Authority, time.Now())
					if err != nil {
						b.Fatal(err)
					}
					o.CA = ca
				}
				o.Address, pid = brokerProcess(b, dir)
			}
			r := sirentest.Start(b, o)
			if o.Mosquitto {
				pid = r.Mosquitto
			}
			before, own := resident(b, pid), ownMemory(b)
			began := time.Now()
			r.StartSimulator()
			r.WaitConnected(n)
			b.ReportMetric(time.Since(began).Seconds(), "s/connect-all")
			b.ReportMetric(float64(resident(b, pid)-before)/n, "broker-B/siren")
			b.ReportMetric(float64(ownMemory(b)-own)/n, "simulator-B/siren")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func brokerProcess(b *testing.B, dir string) (address string, pid int) {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), brokerEnv+"="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stdin.Close(); cancel(); _ = cmd.Wait() })
	address, err = bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(address), cmd.Process.Pid
}

// resident is the memory of a process in bytes.
func resident(b *testing.B, pid int) (bytes int) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skipf("this system does not tell the memory of a process: %v", err)
	}
	for line := range strings.Lines(string(raw)) {
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &bytes); n == 1 {
			return bytes << 10
		}
	}
	b.Fatalf("no VmRSS of process %d", pid)
	return 0
}

// ownMemory is this process's memory after everything unused was given back.
func ownMemory(b *testing.B) int {
	debug.FreeOSMemory()
	return resident(b, os.Getpid())
}

// BenchmarkReconnect measures how long all sirens take to be back after the
// listener was restarted, each with its certificate.
func BenchmarkReconnect(b *testing.B) {
	const n = 2000
	r := sirentest.Start(b, sirentest.Options{Sirens: n, TLS: true, NoBroker: true})
	broker := r.StartBroker(r.Endpoint.Address)
	r.WaitConnected(n)
	broker.Stop()
	began := time.Now()
	broker = r.StartBroker(r.Endpoint.Address)
	r.Wait("all are back", func() bool { return broker.Connections() == n+1 })
	b.ReportMetric(time.Since(began).Seconds(), "s/all-back")
	b.ReportMetric(0, "ns/op")
}
