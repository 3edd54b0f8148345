// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"context"
	"io"
	"log"
	"os"
	"sync"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/demo"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

// station starts one demo node for all tests, when the first of them asks.
var station = sync.OnceValues(func() (*demo.Demo, error) {
	dir, err := os.MkdirTemp("", "tocsin-e2e-")
	if err != nil {
		return nil, err
	}
	cleanups = append(cleanups, func() { os.RemoveAll(dir) })
	started, err := demo.Start(context.Background(), demo.Options{
		Dir: dir, HTTP: "127.0.0.1:0", MQTT: "127.0.0.1:0", Sirens: 60, Seed: 1, SignalSpeed: 20, Words: io.Discard,
	})
	if err != nil {
		return nil, err
	}
	cleanups = append(cleanups, started.Stop)
	ctx, cancel := context.WithTimeout(context.Background(), eventually.Patience)
	defer cancel()
	return started, started.WaitForSirens(ctx)
})

var cleanups []func()

func TestMain(m *testing.M) {
	code := m.Run()
	for i := len(cleanups) - 1; i >= 0; i-- {
		cleanups[i]()
	}
	if code != 0 {
		log.Print("see the screenshots named failed")
	}
	os.Exit(code)
}

// people gives the demo's node and its people by role.
func people(t *testing.T) (demo.Description, map[operator.Role]demo.Operator) {
	t.Helper()
	d, err := station()
	if err != nil {
		t.Fatal(err)
	}
	byRole := map[operator.Role]demo.Operator{}
	for _, person := range d.Description.Operators {
		byRole[person.Role] = person
	}
	return d.Description, byRole
}

// signIn takes a person to the board, with a signing key made in this window.
func (b *tab) signIn(person demo.Operator) {
	b.t.Helper()
	b.visit("/console/")
	b.waitFor(`document.querySelector("#password")`)
	b.fill("#name", person.Name)
	b.fill("#password", person.Password)
	b.click("form.stack button")
	b.waitFor(`location.pathname === "/console/"`)
}

// enrol makes the person's key in this window.
func (b *tab) enrol() {
	b.t.Helper()
	b.visit("/console/key")
	b.waitFor(`document.querySelector("[data-key-state]")?.textContent`)
	b.fill("#label", "e2e")
	b.click("key-enrolment button")
	b.waitFor(`location.pathname === "/console/" && document.querySelector(".board")`)
}
