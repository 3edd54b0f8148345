// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package demo

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/generator"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
	"github.com/tocsin-alert/tocsin/internal/siren/simulator"
)

// FleetFile is the file in the demo's directory that holds the simulated fleet.
const FleetFile = "fleet.json"

// faultyShare is how many of the sirens are faulty, in different ways.
const faultyShare = 0.02

// fleet is a simulated fleet with all that its devices need to connect.
type fleet struct {
	Sirens []siren.Siren `json:"sirens"`
	Seed   uint64        `json:"seed"`
	// KeySecret is what the devices' keys are derived from.
	KeySecret []byte `json:"keySecret"`
	// Broker, Authority, PasswordSecret and Keyset are the node's; see node.SirenAccess.
	Broker         string       `json:"broker"`
	Authority      string       `json:"authority"`
	PasswordSecret []byte       `json:"passwordSecret"`
	Keyset         siren.Keyset `json:"keyset"`
	Root           siren.Root   `json:"root"`
}

func loadFleet(dir string) (f fleet, found bool, err error) {
	found, err = readJSON(filepath.Join(dir, FleetFile), &f)
	return f, found, err
}

func (f *fleet) save(dir string) error {
	raw, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("write fleet: %w", err)
	}
	return writeFile(filepath.Join(dir, FleetFile), raw)
}

func newFleet(gazetteer *geo.Gazetteer, o Options) fleet {
	places := gazetteer.PlacesIn(geo.Area{ARS: []geo.ARS{territory}})
	stands := registry.NewGround(gazetteer, []geo.ARS{territory}).Stands
	sirens := generator.Generate(places, generator.Options{Count: o.Sirens, Within: []geo.ARS{territory}, Seed: o.Seed, Prefix: "bb", Stands: stands, Signals: siren.GermanSignals().Names()})
	f := fleet{Sirens: sirens, Seed: o.Seed, KeySecret: make([]byte, 32)}
	rand.Read(f.KeySecret)
	for i := range f.Sirens {
		f.Sirens[i].PublicKey = simulator.DeviceKey(f.KeySecret, f.Sirens[i].ID).Public().(ed25519.PublicKey)
	}
	return f
}

// join gives the fleet what it needs to connect to the node.
func (f *fleet) join(a node.SirenAccess) {
	f.Broker, f.Authority, f.PasswordSecret, f.Keyset, f.Root = a.Endpoint.Address, a.Authority, a.Secret, a.Keyset, a.Root
}

// simulator makes the devices. dir keeps what they must not forget.
func (f *fleet) simulator(dir string, speed float64) (*simulator.Simulator, error) {
	credentials := mqtt.Credentials{Secret: f.PasswordSecret}
	return simulator.New(simulator.Options{
		Sirens: f.Sirens, KeySecret: f.KeySecret, Endpoint: mqtt.Endpoint{Address: f.Broker}, Authority: f.Authority,
		Password: credentials.Password, Keyset: f.Keyset, Root: f.Root, Dir: filepath.Join(dir, "sirens"),
		Seed: f.Seed, FaultyShare: faultyShare, Speed: speed, Log: slog.New(slog.DiscardHandler),
	})
}

// WaitForSirens waits until the node has heard of every siren that can speak.
func (d *Demo) WaitForSirens(ctx context.Context) error {
	heard := map[string]bool{}
	errAll := errors.New("all sirens were heard")
	err := d.node.Bus().WatchState(ctx, siren.StatePattern, func(subject string, data []byte) error {
		var state siren.State
		if json.Unmarshal(data, &state) != nil || state.LastContact.Before(d.began) {
			return nil
		}
		if heard[subject] = true; len(heard) == d.count {
			return errAll
		}
		return nil
	})
	if errors.Is(err, errAll) {
		return nil
	}
	return err
}

// Simulate connects the sirens of a fleet file until the context ends. broker
// replaces the file's when it is not empty.
func Simulate(ctx context.Context, path, broker string) error {
	var f fleet
	found, err := readJSON(path, &f)
	if err != nil {
		return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is no fleet file.", path), "Give the "+FleetFile+" that a demo wrote.")
	}
	if !found {
		return problem.New(problem.NotFound, fmt.Sprintf("There is no fleet file %s.", path), "Start tocsin demo once; it writes "+FleetFile+" into its directory.")
	}
	if broker != "" {
		f.Broker = broker
	}
	devices, err := f.simulator(filepath.Dir(path), 1)
	if err != nil {
		return err
	}
	if err := devices.Run(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
