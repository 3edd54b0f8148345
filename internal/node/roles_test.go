// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// natsBeside starts a NATS server as an authority may run one beside its nodes.
func natsBeside(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		ServerName: "beside", Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), SyncAlways: true,
		MaxPayload: 4 << 20, NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server does not start")
	}
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s.ClientURL()
}

// The roles meet only over journal and bus: split over two processes' worth of
// nodes, a warning goes its whole way, and the end of one half does not stop the
// other.
func TestRolesApart(t *testing.T) {
	url := natsBeside(t)
	apart := func(roles ...Role) Config {
		config := brandenburg(t.TempDir())
		config.Keys.Release = []operator.KeyType{operator.SoftwareKey}
		config.Roles = roles
		config.Cluster = &ClusterConfig{URLs: []string{url}, Replicas: 1}
		config.Public.URL = "https://warnung.example"
		return config
	}
	inside := run(t, apart(RoleCore, RoleConsole))
	outside := run(t, apart(RoleGateway, RolePublic))
	author, releaser := engage(t, inside.Bus(), "anna", operator.Author), engage(t, inside.Bus(), "ben", operator.Releaser)

	id := warn(t, inside, author, releaser, 1)
	listener := outside.listeners[0].url()
	eventually.Holds(t, "the public half has the warning", func() bool {
		status, body := get(t, http.DefaultClient, listener+"/cap/"+id+".1.xml")
		return status == http.StatusOK && strings.Contains(body, "Hochwasser in Potsdam")
	})

	// Without its outer half, the inner one goes on deciding.
	outside.Stop()
	second := warn(t, inside, author, releaser, 2)
	again := run(t, apart(RoleGateway, RolePublic))
	eventually.Holds(t, "a new outer half catches up", func() bool {
		status, _ := get(t, http.DefaultClient, again.listeners[0].url()+"/cap/"+second+".1.xml")
		return status == http.StatusOK
	})

	// Without a core, nothing is decided, and that is said.
	inside.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := command.Do(ctx, again.Bus(), operator.CommandCreate, operator.Node, operator.Create{}); !errors.Is(err, problem.Unavailable) {
		t.Errorf("a command without a core: %v", err)
	}
}

func engage(t *testing.T, b bus.Bus, name string, role operator.Role) *ecdsa.PrivateKey {
	t.Helper()
	key, err := operator.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := operator.PublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	do(t, b, operator.CommandCreate, operator.Node, operator.Create{Name: name, FullName: name, Roles: []operator.Role{role}})
	do(t, b, operator.CommandEnrolKey, name, operator.EnrolKey{PublicKey: public})
	return key
}

func do(t *testing.T, b bus.Bus, name, by string, body any) {
	t.Helper()
	if _, err := command.Do(t.Context(), b, name, by, body); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// warn requests and releases a warning for Potsdam.
func warn(t *testing.T, n *Node, author, releaser *ecdsa.PrivateKey, number byte) string {
	t.Helper()
	id := warning.NewID("de-bb", time.Now(), [5]byte{number})
	content := warning.Content{
		Event: "BBK-EVC-038", Level: warning.LevelDanger, Expires: time.Now().Add(4 * time.Hour),
		Area: geo.Area{Name: "Potsdam", ARS: []geo.ARS{"12054"}},
		Texts: map[string]warning.Text{
			"de": {Headline: "Hochwasser in Potsdam", Description: "Die Havel tritt über die Ufer.", Instruction: "Meiden Sie die Ufer."},
			"en": {Headline: "Flood in Potsdam", Description: "The Havel is bursting its banks.", Instruction: "Keep away from the banks."},
		},
	}
	draft, err := n.Rules().Prepare(warning.NewBook(), warning.PrepareInput{Warning: id, Kind: warning.KindAlert, Content: content}, time.Now())
	if err != nil || len(draft.Faults) > 0 {
		t.Fatalf("%v %+v", err, draft.Faults)
	}
	sign := func(key *ecdsa.PrivateKey, name string, action operator.Action, role operator.Role) operator.Assertion {
		a, err := operator.Assert(key, name, operator.Statement{Action: action, Role: role, Warning: id, Message: draft.Identifier, Digest: draft.Digest})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	do(t, n.Bus(), warning.CommandRequest, "anna", warning.RequestCommand{
		Warning: id, Identifier: draft.Identifier, Kind: warning.KindAlert, Content: draft.Content, Digest: draft.Digest,
		Assertion: sign(author, "anna", operator.ActionRequest, operator.Author),
	})
	do(t, n.Bus(), warning.CommandRelease, "ben", warning.ReleaseCommand{
		Warning: id, Identifier: draft.Identifier, Digest: draft.Digest, Assertion: sign(releaser, "ben", operator.ActionRelease, operator.Releaser),
	})
	return id
}
