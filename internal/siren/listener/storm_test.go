// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package listener_test

import (
	"crypto/tls"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/listener"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// After a power cut all sirens come at once. They are let in at the rate that is
// set, and a frame that was given out meanwhile reaches every one of them.
func TestReconnectStorm(t *testing.T) {
	const sirens = 300
	limits := listener.DefaultLimits()
	limits.PerSecond = 100
	r := sirentest.Start(t, sirentest.Options{Sirens: sirens, TLS: true, NoBroker: true, Limits: &limits, Speed: 60})
	broker := r.StartBroker(r.Endpoint.Address)
	r.WaitConnected(sirens)
	broker.Stop()
	frame, err := siren.Frame{
		Epoch: 1, Counter: 16, NotBefore: time.Now().UTC().Truncate(time.Second), TTL: 10 * time.Minute,
		Action: siren.ActionSound, Signal: 1, Target: siren.All(),
	}.Sign(r.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	order := siren.Order{Frames: [][]byte{frame}, Until: time.Now().Add(10 * time.Minute)}
	for _, s := range r.Sirens {
		order.Sirens = append(order.Sirens, s.ID)
	}
	var mu sync.Mutex
	done := map[string]bool{}
	ended := make(chan error, 1)
	go func() {
		ended <- r.Link.Deliver(t.Context(), order, func(p siren.Progress) {
			mu.Lock()
			defer mu.Unlock()
			done[p.Siren] = p.Status == siren.StatusDone
		})
	}()
	began := time.Now()
	broker = r.StartBroker(r.Endpoint.Address)
	r.Wait("all are back", func() bool { return broker.Connections() == sirens+1 })
	if took, least := time.Since(began), sirens*time.Second/100-time.Second; took < least {
		t.Errorf("%d sirens are back after %v, less than %v", sirens, took, least)
	}
	if err := eventually.Receive(t, "the delivery ends", ended); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	sounded := map[string]int{}
	for _, s := range r.Simulator.Sounded() {
		sounded[s.Siren]++
	}
	for _, s := range r.Sirens {
		if !done[s.ID] || sounded[s.ID] != 1 {
			t.Errorf("%s: done %v, sounded %d times", s.ID, done[s.ID], sounded[s.ID])
		}
	}
}

// tool is one of mosquitto's own clients.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	return path
}

// pem writes the rig's authority and a siren's key and certificate for other programs.
func (b bench) pem(t *testing.T, id string) []string {
	t.Helper()
	dir := t.TempDir()
	key, certificate := sirentest.PEM(t, b.TLS(id).Certificates[0])
	files := map[string][]byte{"ca": b.CA().PEM(), "key": key, "cert": certificate}
	var options []string
	for name, content := range files {
		path := filepath.Join(dir, name+".pem")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		options = append(options, map[string]string{"ca": "--cafile", "key": "--key", "cert": "--cert"}[name], path)
	}
	host, port, _ := strings.Cut(b.broker.Address(), ":")
	return append(options, "-h", host, "-p", port, "-i", id)
}

// The clients of mosquitto are another implementation of the protocol and of TLS.
func TestMosquittosClients(t *testing.T) {
	sub, pub := tool(t, "mosquitto_sub"), tool(t, "mosquitto_pub")
	b := start(t, quick())
	id := "siren-00001"
	options := b.pem(t, id)
	frame, err := siren.Frame{
		Epoch: 1, Counter: 16, NotBefore: time.Now().UTC().Truncate(time.Second), TTL: time.Minute,
		Action: siren.ActionTest, Signal: 16, Target: siren.Numbers(1),
	}.Sign(b.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	// It hears a frame for its siren.
	listen := exec.Command(sub, append(options, "-t", prefix+"siren/"+id+"/cmd", "-F", "%x", "-C", "1", "-W", "180")...)
	heard := make(chan string, 1)
	go func() {
		out, err := listen.Output()
		if err != nil {
			out = append(out, err.Error()...)
		}
		heard <- strings.TrimSpace(string(out))
	}()
	b.Wait("mosquitto_sub is connected", func() bool { return b.broker.Connections() == 2 })
	gateway := b.dial(t, b.Endpoint.TLS)
	gateway.greet(connect("speaks"))
	for got := ""; got == ""; {
		gateway.send(publish(prefix+"siren/"+id+"/cmd", string(frame), 0, false))
		select {
		case got = <-heard:
			if got != hex.EncodeToString(frame) {
				t.Errorf("mosquitto_sub heard %s", got)
			}
		case <-time.After(100 * time.Millisecond):
		}
	}
	// It says that its siren is ready.
	state, err := siren.Answer{Kind: siren.AnswerState, Number: 1, Time: time.Now(), Condition: siren.ConditionReady}.Sign(siren.NewSigner(sirentest.DeviceKey(id)))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(file, state, 0o600); err != nil {
		t.Fatal(err)
	}
	say := func(topic string, more ...string) ([]byte, error) {
		return exec.Command(pub, append(append(options, "-t", topic, "-f", file), more...)...).CombinedOutput()
	}
	if out, err := say(prefix+"siren/"+id+"/state", "-r"); err != nil {
		t.Fatalf("mosquitto_pub: %v: %s", err, out)
	}
	b.Wait("the siren is ready", func() bool { return b.Fleet.State(id).Condition == siren.ConditionReady })
	// It is refused where it has no business.
	for name, args := range map[string][]string{
		"QoS 1":         {"-t", prefix + "siren/" + id + "/cmd", "-q", "1"},
		"another siren": {"-t", prefix + "siren/siren-00002/cmd"},
		"everything":    {"-t", "#"},
	} {
		out, _ := exec.Command(sub, append(append(options, args...), "-W", "180", "-C", "1")...).CombinedOutput()
		if !strings.Contains(string(out), "denied") {
			t.Errorf("%s: mosquitto_sub says %q", name, out)
		}
	}
	if out, err := exec.Command(pub, append(options, "-V", "mqttv5", "-t", "x", "-m", "x")...).CombinedOutput(); err == nil {
		t.Errorf("MQTT 5 is let in: %s", out)
	}
	b.Revoke(id)
	if out, err := say(prefix + "siren/" + id + "/state"); err == nil {
		t.Errorf("a revoked certificate is let in: %s", out)
	}
}

// A mosquitto outside keeps a revoked certificate out once it has the new list.
func TestMosquittoRefusesRevokedCertificates(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 2, TLS: true, Mosquitto: true, NoSimulator: true})
	enters := func(id string) bool {
		conn, err := tls.Dial("tcp", strings.TrimPrefix(r.Endpoint.Address, "mqtts://"), r.TLS(id))
		if err != nil {
			return false
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(eventually.Patience))
		if connect(id).Write(conn) != nil {
			return false
		}
		answer, err := packets.ReadPacket(conn)
		connack, ok := answer.(*packets.ConnackPacket)
		return err == nil && ok && connack.ReturnCode == packets.Accepted
	}
	lost, kept := r.Sirens[0].ID, r.Sirens[1].ID
	if !enters(lost) || !enters(kept) {
		t.Fatal("sirens are refused")
	}
	r.Revoke(lost)
	r.ListRevoked()
	if err := syscall.Kill(r.Mosquitto, syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	r.Wait("the revoked certificate is refused", func() bool { return !enters(lost) })
	if !enters(kept) {
		t.Error("the other siren is refused too")
	}
}
