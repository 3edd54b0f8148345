// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

// Commands are the verbs of an agent, the same in the large program and in the
// small one.
type Commands struct {
	Run     RunCommand     `cmd:"" default:"withargs" help:"Run the siren."`
	Enrol   EnrolCommand   `cmd:"" help:"Get the siren's certificate, id and keys with a one-time code."`
	Check   CheckCommand   `cmd:"" help:"Read a configuration and all that it names, and say what is wrong; prints the siren's public key."`
	Status  StatusCommand  `cmd:"" help:"Say how the siren is that runs here."`
	Silence SilenceCommand `cmd:"" help:"Switch the horn off, when no agent runs; for the unit's ExecStopPost."`
}

type configured struct {
	Config string `required:"" help:"Configuration file." placeholder:"FILE" type:"path"`
}

// RunCommand runs the siren.
type RunCommand struct {
	configured `embed:""`
}

// Run implements the command.
func (c *RunCommand) Run(ctx context.Context) error {
	config, err := LoadConfig(c.Config)
	if err != nil {
		return err
	}
	a, err := New(Options{Config: config, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		return err
	}
	return a.Run(ctx)
}

// EnrolCommand gets the siren's first certificate.
type EnrolCommand struct {
	configured  `embed:""`
	Siren       string `help:"Id of the siren in the registry, if the configuration does not name it." placeholder:"ID"`
	URL         string `name:"url" required:"" help:"Address of the node's enrolment service." placeholder:"URL"`
	Fingerprint string `required:"" help:"Fingerprint of the fleet's certificate authority." placeholder:"HEX"`
	Code        string `required:"" help:"One-time code that an administrator opened." placeholder:"CODE"`
}

// Run implements the command.
func (c *EnrolCommand) Run(ctx context.Context) error {
	config, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	if c.Siren == "" {
		c.Siren = config.Siren
	}
	if config.State == "" || c.Siren == "" {
		return problem.New(problem.Invalid, "The siren's id or the state directory is missing.", "Name them in the configuration, or the id with --siren.")
	}
	if err := os.MkdirAll(config.State, 0o700); err != nil {
		return problem.Wrap(err, problem.Unavailable, "The state directory cannot be made.", "Make it, and give it to the agent's user.")
	}
	held, err := lock(filepath.Join(config.State, lockFile))
	if err != nil {
		return err
	}
	defer held.Close()
	key, err := deviceKey(filepath.Join(config.State, keyFile))
	if err != nil {
		return err
	}
	access, err := enrolment.Enrol(ctx, enrolment.Application{URL: c.URL, Fingerprint: c.Fingerprint, Siren: c.Siren, Code: c.Code, Key: key})
	if err != nil {
		return err
	}
	if _, err := enrolment.NewKeeper(filepath.Join(config.State, accessFile), access, time.Now); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "siren %s of %s, number %d, is enrolled; its broker is %s\n", access.Siren, access.Authority, access.Number, access.Broker)
	return nil
}

// CheckCommand looks at everything that can be looked at without a horn.
type CheckCommand struct {
	configured `embed:""`
}

// Run implements the command.
func (c *CheckCommand) Run() error {
	config, err := LoadConfig(c.Config)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(config.State, 0o700); err != nil {
		return problem.Wrap(err, problem.Unavailable, "The state directory cannot be made.", "Make it, and give it to the agent's user.")
	}
	if err := problem.InvalidFaults("Something that the configuration names is not there.", config.missing()); err != nil {
		return err
	}
	_, memory := loadMemory(config.State)
	own, err := openIdentity(config)
	if err := errors.Join(memory, err); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s is right; the registry's publicKey for siren %s, number %d, is\n", filepath.Base(c.Config), own.siren, own.number)
	fmt.Println(base64.StdEncoding.EncodeToString(own.public()))
	return nil
}

// StatusCommand asks the agent that runs.
type StatusCommand struct {
	configured `embed:""`
	JSON       bool `name:"json" help:"Print JSON."`
}

// Run implements the command.
func (c *StatusCommand) Run() error {
	config, err := LoadConfig(c.Config)
	if err != nil {
		return err
	}
	status, err := readStatus(config.State)
	if err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(status)
	}
	status.write(os.Stdout)
	return nil
}

// SilenceCommand switches the horn off.
type SilenceCommand struct {
	configured `embed:""`
}

// Run implements the command.
func (c *SilenceCommand) Run() error {
	config, err := LoadConfig(c.Config)
	if err != nil {
		return err
	}
	d, err := openDriver(config.Horn)
	if err != nil {
		return err
	}
	return errors.Join(d.rest(), d.close())
}
