// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/tocsin-alert/tocsin/internal/demo"
	"github.com/tocsin-alert/tocsin/internal/node"
)

type serveCommand struct {
	Config string `required:"" help:"Configuration file." placeholder:"FILE" type:"path"`
}

// startTimeout bounds a node's start: a hundred thousand records take seconds.
const startTimeout = 5 * time.Minute

// Run implements the command.
func (c *serveCommand) Run(ctx context.Context) error {
	config, err := node.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	config.PlanCommand = planCommandLine()
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	running, err := node.New(starting, config, slog.Default())
	if err != nil {
		return err
	}
	defer running.Stop()
	at := running.Addresses()
	fmt.Fprintf(os.Stderr, "%s warns. Console %s, public %s, sirens %s\n", config.Authority.Name, at.Console, at.Public, at.MQTT)
	return running.Wait(ctx)
}

type checkConfigCommand struct {
	Config string `arg:"" help:"Configuration file." type:"path"`
	output `embed:""`
}

// Run implements the command.
func (c *checkConfigCommand) Run() error {
	config, err := node.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	return c.print(config.Authority, func(w io.Writer) {
		fmt.Fprintf(w, "%s is right: %s (%s), territory %v, realm %s\n", c.Config, config.Authority.Name, config.Authority.ID, config.Authority.Territory, config.Authority.Realm)
	})
}

type demoCommand struct {
	Dir    string `default:"demo-data" help:"Directory of the demo; it is kept from start to start." type:"path"`
	HTTP   string `name:"http" default:"127.0.0.1:8080" help:"Address of console, public page and API." placeholder:"ADDR"`
	MQTT   string `name:"mqtt" default:"127.0.0.1:1883" help:"Address of the sirens' MQTT listener." placeholder:"ADDR"`
	Sirens int    `default:"200" help:"Number of simulated sirens." placeholder:"N"`
	Seed   uint64 `default:"1" help:"Seed that places the sirens and picks the faulty ones." placeholder:"N"`
}

// Run implements the command.
func (c *demoCommand) Run(ctx context.Context) error {
	return demo.Run(ctx, demo.Options{Dir: c.Dir, HTTP: c.HTTP, MQTT: c.MQTT, Sirens: c.Sirens, Seed: c.Seed, Words: os.Stderr, PlanCommand: planCommandLine()})
}

type versionCommand struct{}

// Run implements the command.
func (versionCommand) Run() error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				version += " " + s.Value
			}
		}
	}
	fmt.Println("tocsin", version)
	return nil
}
