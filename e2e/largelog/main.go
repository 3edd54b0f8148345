// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Command largelog runs a node whose public log has 100,000 entries and more, for
// tests of who reads such logs. It prints the node's public address and the
// number of entries, and ends when its input does.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/node/nodetest"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

const (
	origin = "de-bb/log"
	// people each have as many keys as one may have.
	people, keys = 20_000, 5
	warnings     = 100
	// entries are all that are in the log: the first, the keys of the many and of
	// the two who warn, and the warnings.
	entries = 1 + people*keys + 2 + warnings
)

var brandenburg = authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "tocsin-largelog")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := enrol(ctx, filepath.Join(dir, "journal")); err != nil {
		return err
	}
	running, err := node.New(ctx, node.Config{
		Dir: dir, Roles: []node.Role{node.RoleCore, node.RolePublic}, Authority: brandenburg,
		Keys:   operator.KeyPolicy{Release: []operator.KeyType{operator.SoftwareKey}},
		Public: node.PublicConfig{ListenConfig: node.ListenConfig{Listen: "127.0.0.1:0"}},
		Log:    node.LogConfig{Origin: origin},
	}.WithDefaults(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer running.Stop()
	desk, err := nodetest.Open(ctx, running, "")
	if err != nil {
		return err
	}
	for range warnings {
		_, release, err := desk.Request(ctx, nodetest.Flood("12"))
		if err == nil {
			err = desk.Release(ctx, release)
		}
		if err != nil {
			return err
		}
	}
	fmt.Println(strings.TrimSuffix(running.Addresses().Public, "/"), entries)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// enrol writes a journal as the core does, but for many people at a time, until
// all their keys are in the log.
func enrol(ctx context.Context, dir string) (err error) {
	driver, err := engine.Open(engine.Options{Dir: dir, Name: brandenburg.ID, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() {
		if closing := driver.Close(); err == nil {
			err = closing
		}
	}()
	j, err := jetstream.Open(ctx, driver.JetStream, jetstream.Options{})
	if err != nil {
		return err
	}
	directory := operator.NewDirectory()
	scribe, err := publiclog.NewScribe(publiclog.ScribeOptions{
		Authority: brandenburg.WithDefaults(), Origin: origin, Operators: directory, Warnings: warning.NewBook(), Tree: publiclog.NewTree(),
		Regions: func(geo.Area) []string { return []string{"12"} },
	})
	if err != nil {
		return err
	}
	ledger := journal.NewLedger(j, journal.Projections{directory, scribe}, time.Now)
	const atOnce = 100
	for first := 0; first < people; first += atOnce {
		for round := range 1 + keys {
			_, err := ledger.Do(ctx, operator.Node, func(now time.Time, _ uint64) ([]journal.Event, error) {
				var all []journal.Event
				for i := range atOnce {
					e, err := event(fmt.Sprintf("p%d", first+i), round == 0, now)
					if err != nil {
						return nil, err
					}
					all = append(all, e)
				}
				return scribe.Complete(all, now)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// event opens an account, or enrols a key. The rules that say who may have a key
// compare it with all others; here there are too many for that.
func event(name string, open bool, now time.Time) (journal.Event, error) {
	if open {
		return journal.NewEvent(operator.EventCreated, operator.Created{Name: name, FullName: name, Roles: []operator.Role{operator.Author}}), nil
	}
	key, err := operator.GenerateKey()
	if err != nil {
		return journal.Event{}, err
	}
	public, err := operator.PublicKey(key)
	return journal.NewEvent(operator.EventKeyEnrolled, operator.KeyEnrolled{Name: name, Key: operator.Key{
		ID: operator.KeyID(public), Type: operator.SoftwareKey, PublicKey: public, Enrolled: now,
	}}), err
}
