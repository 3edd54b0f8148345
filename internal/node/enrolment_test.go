// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/freeport"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// certified is a node with certificates for its sirens.
func certified(t *testing.T) Config {
	t.Helper()
	config := brandenburg(t.TempDir())
	config.Sirens.Listen = freeport.Address(t)
	_, port, _ := net.SplitHostPort(config.Sirens.Listen)
	config.Sirens.Address = "localhost:" + port
	config.Sirens.EnrolListen = "127.0.0.1:0"
	return config
}

// condition is what the node tells of a siren now.
func condition(t *testing.T, n *Node, id string) (c siren.Condition) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	first := errors.New("the first state")
	_ = n.Bus().WatchState(ctx, siren.StateSubject(id), func(_ string, data []byte) error {
		var s siren.State
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		c = s.Condition
		return first
	})
	return c
}

// A device with nothing but a code becomes a siren of the node, and stops being
// one when its certificate is revoked.
func TestSirenEnrolsAndConnects(t *testing.T) {
	t.Run("one process", func(t *testing.T) {
		n := run(t, certified(t))
		enrolAndConnect(t, n, n)
	})
	// Sirens reach a machine that has neither core nor console.
	t.Run("a gateway of its own", func(t *testing.T) {
		cluster := &ClusterConfig{URLs: []string{natsBeside(t)}, Replicas: 1}
		inside, outside := brandenburg(t.TempDir()), certified(t)
		inside.Roles, inside.Cluster = []Role{RoleCore, RoleConsole}, cluster
		inside.Public.URL, outside.Public.URL = "https://warnung.example", "https://warnung.example"
		outside.Roles, outside.Cluster = []Role{RoleGateway}, cluster
		enrolAndConnect(t, run(t, inside), run(t, outside))
	})
}

func enrolAndConnect(t *testing.T, n, outside *Node) {
	awaitGateway(t, outside)
	do(t, n.Bus(), siren.CommandRegister, operator.Node, siren.Registered{Sirens: []siren.Siren{{
		ID: "p-1", Number: 1, Name: "Potsdam", ARS: "12054", Position: geo.Point{Lat: 52.4, Lon: 13.06}, Signals: []string{"warning", "all-clear"},
	}}})
	code := enrolment.NewCode()
	hash, _ := enrolment.HashCode("p-1", code)
	do(t, n.Bus(), enrolment.CommandOpen, operator.Node, enrolment.Opening{Siren: "p-1", Hash: hash, Expires: time.Now().Add(time.Hour)})
	answer, err := n.Bus().Request(t.Context(), enrolment.InfoSubject, nil)
	if err != nil {
		t.Fatal(err)
	}
	var info enrolment.Info
	if err := json.Unmarshal(answer, &info); err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var access enrolment.Access
	eventually.Holds(t, "the gateway knows of the code", func() bool {
		access, err = enrolment.Enrol(t.Context(), enrolment.Application{URL: info.URL, Fingerprint: info.Fingerprint, Siren: "p-1", Code: code, Key: key})
		return err == nil
	})
	keeper, err := enrolment.NewKeeper(filepath.Join(t.TempDir(), "access.json"), access, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	agent, err := mqtt.NewAgent(mqtt.AgentOptions{
		Endpoint: mqtt.Endpoint{Address: access.Broker, TLS: keeper.TLS()}, Authority: access.Authority, Siren: access.Siren,
		Device: siren.DeviceConfig{Number: access.Number, ARS: access.ARS, Signals: siren.GermanSignals(), Signer: siren.NewSigner(key)},
		Store:  func(siren.Memory) error { return nil }, Sound: func(siren.Sounding) {}, Silence: func() {},
		Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	eventually.Holds(t, "the siren is ready", func() bool { return condition(t, n, "p-1") == siren.ConditionReady })
	if err := keeper.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	do(t, n.Bus(), enrolment.CommandRevoke, operator.Node, enrolment.Revocation{Siren: "p-1"})
	eventually.Holds(t, "the connection of a revoked certificate is cut", func() bool { return condition(t, n, "p-1") == siren.ConditionOffline })
	if err := keeper.Renew(t.Context()); err == nil {
		t.Error("a revoked certificate was renewed")
	}
}

// The sirens' authority is the same after a restart, or every siren would have to
// be enrolled again.
func TestSirenAuthorityIsKept(t *testing.T) {
	config := certified(t)
	first := run(t, config)
	before := first.gateway.ca.Fingerprint()
	first.Stop()
	if after := run(t, config).gateway.ca.Fingerprint(); after != before {
		t.Error("the authority is another one after a restart")
	}
}

func TestOnlyAdministratorsEnrolSirens(t *testing.T) {
	n := run(t, brandenburg(t.TempDir()))
	engage(t, n.Bus(), "anna", operator.Author)
	for _, name := range []string{enrolment.CommandOpen, enrolment.CommandRevoke, enrolment.CommandCertify} {
		if _, err := command.Do(t.Context(), n.Bus(), name, "anna", enrolment.Revocation{Siren: "p-1"}); err == nil {
			t.Errorf("an author may %s", name)
		}
	}
}

// Strangers who say nothing do not exhaust the service, and leave room when they go.
func TestConnectionsToTheEnrolmentAreBounded(t *testing.T) {
	server := &http.Server{Handler: http.NotFoundHandler(), ConnState: atMost(2)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	address := "http://" + listener.Addr().String()
	asks := func() error {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		answer, err := client.Get(address)
		if err == nil {
			answer.Body.Close()
		}
		return err
	}
	var idle []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
	}
	if err := asks(); err == nil {
		t.Error("a third connection is served")
	}
	idle[0].Close()
	eventually.Holds(t, "there is room again", func() bool { return asks() == nil })
	idle[1].Close()
}
