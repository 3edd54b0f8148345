// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"crypto/ed25519"
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

func authority(t *testing.T) *enrolment.CA {
	t.Helper()
	ca, err := enrolment.OpenCA(filepath.Join(t.TempDir(), "ca.pem"), "de-bb", time.Now().Add(-20*365*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// greet connects to a broker with a certificate of the authority at a time.
func greet(t *testing.T, ca *enrolment.CA, at time.Duration, config *tls.Config) error {
	t.Helper()
	server := ca.Listen([]string{"127.0.0.1"}, tls.NoClientCert, func() time.Time { return time.Now().Add(at) })
	server.Time = time.Now
	listener, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_ = conn.(*tls.Conn).Handshake()
			conn.Close()
		}
	}()
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp", listener.Addr().String(), config)
	if err == nil {
		conn.Close()
	}
	return err
}

func TestBrokersAreVerified(t *testing.T) {
	own, foreign := authority(t), authority(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, own.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		ca    *enrolment.CA
		at    time.Duration
		fault string
	}{
		{"a good one", own, 0, ""},
		{"one from what a board without a battery takes for the future", own, 365 * 24 * time.Hour, ""},
		{"one that has expired", own, -365 * 24 * time.Hour, "expired"},
		{"a foreign one", foreign, 0, "unknown authority"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, err := TLSConfig{CA: file}.client()
			if err != nil {
				t.Fatal(err)
			}
			err = greet(t, c.ca, c.at, config)
			if (err != nil) != (c.fault != "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Errorf("the handshake ended with %v", err)
			}
			config.ServerName = "other.example"
			if err := greet(t, c.ca, c.at, config); err == nil {
				t.Error("a certificate for another host was taken")
			}
		})
	}
}

// A root with one key, and keysets that it signs.
type rootFile struct {
	t    *testing.T
	key  siren.RootKey
	root siren.Envelope
}

func newRoot(t *testing.T) rootFile {
	t.Helper()
	key, err := siren.NewRootKey(make([]byte, siren.RootSeedBytes))
	if err != nil {
		t.Fatal(err)
	}
	root, err := siren.Root{Version: 1, Threshold: 1, Keys: []siren.RootPublic{key.Public()}}.Envelope()
	if err == nil {
		root, err = root.Sign(key)
	}
	if err != nil {
		t.Fatal(err)
	}
	return rootFile{t, key, root}
}

func (r rootFile) keyset(version uint32, public ed25519.PublicKey) []byte {
	r.t.Helper()
	set, err := siren.Keyset{
		Version: version, Root: 1, NotBefore: time.Unix(1e9, 0).UTC(), NotAfter: time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second),
		Issuers: []siren.Issuer{{PublicKey: public, Epoch: 1, Territory: []geo.ARS{"12"}, Actions: siren.AllActions}},
	}.Envelope()
	if err == nil {
		set, err = set.Sign(r.key)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return set.Encode()
}

// A board takes a newer keyset, and obeys it when it starts anew without any
// connection: what comes then on another way is held to the newest keys.
func TestCutOffWithItsLastKeyset(t *testing.T) {
	s := newSite(t)
	r := newRoot(t)
	old, oldKey, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	fresh, freshKey, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.write("keyset", string(append(r.root.Encode(), r.keyset(1, old)...)))
	configuration := s.config()
	at, end := strings.Index(configuration, "keys:"), strings.Index(configuration, "signals:")
	s.write("agent.yaml", configuration[:at]+"keyset: keyset\n"+configuration[end:])
	config, err := LoadConfig(filepath.Join(s.dir, "agent.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// The agent is not run, so it is connected to nobody.
	open := func() *Agent {
		a, err := New(Options{Config: config, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	stopped := func(a *Agent, key ed25519.PrivateKey, counter uint64) bool {
		f := siren.Frame{
			Epoch: 1, Counter: counter, NotBefore: time.Now().UTC().Truncate(time.Second).Add(-time.Minute), TTL: 5 * time.Minute,
			Action: siren.ActionStop, Target: siren.All(),
		}
		b, err := f.Sign(siren.NewSigner(key))
		if err != nil {
			t.Fatal(err)
		}
		before := len(a.memory.Acted)
		a.link.Take(b)
		return len(a.memory.Acted) > before
	}
	a := open()
	if !stopped(a, oldKey, 16) || stopped(a, freshKey, 16) {
		t.Error("the first keyset is not the one that is obeyed")
	}
	a.link.Take(r.keyset(2, fresh))
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	a = open()
	if stopped(a, oldKey, 32) || !stopped(a, freshKey, 32) {
		t.Error("after a restart the newer keyset is not the one that is obeyed")
	}
	a.link.Take(append(r.root.Encode(), r.keyset(1, old)...))
	if stopped(a, oldKey, 48) {
		t.Error("an older keyset was taken")
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
}

func TestKeysetsThatCannotBeUsed(t *testing.T) {
	r := newRoot(t)
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := r.keyset(1, public)
	spoilt[16] ^= 1 // in its not after
	path := filepath.Join(t.TempDir(), "keyset")
	for name, content := range map[string][]byte{
		"noise": []byte("noise"), "a root alone": r.root.Encode(), "a keyset alone": r.keyset(1, public),
		"one that was altered": append(r.root.Encode(), spoilt...),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (Config{Keyset: path}).trust(nil); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Rules that hang are noticed: the horn is silenced, and the agent ends with an
// error, so that it is started anew.
func TestRulesThatHang(t *testing.T) {
	s := newSite(t)
	s.write("agent.yaml", s.config())
	config, err := LoadConfig(filepath.Join(s.dir, "agent.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	var hang atomic.Bool
	a, err := New(Options{Config: config, Log: slog.New(slog.DiscardHandler), Clock: func() time.Time {
		if hang.Load() {
			<-release
		}
		return time.Now()
	}})
	if err != nil {
		t.Fatal(err)
	}
	a.patience = 300 * time.Millisecond
	a.horn.sound(siren.Sounding{Signal: siren.GermanSignals()[0]})
	eventually.Holds(t, "the horn sounds", func() bool { return len(s.sounded()) == 1 })
	hang.Store(true)
	if err := a.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "stuck") {
		t.Errorf("ended with %v", err)
	}
	if a.horn.state(time.Now()).Audible {
		t.Error("the horn goes on")
	}
	close(release)
}
