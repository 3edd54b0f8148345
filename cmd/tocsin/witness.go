// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/witness"
	"github.com/tocsin-alert/tocsin/tlog"
)

type witnessCommand struct {
	Key   witnessKey   `cmd:"" help:"Make a witness with its key; prints the public keys."`
	Serve witnessServe `cmd:"" help:"Cosign the checkpoints of public logs (C2SP tlog-witness)."`
}

type witnessKey struct {
	Name   string `arg:"" help:"Name of the witness, unique in the world, such as witness.example/1."`
	Dir    string `required:"" help:"Directory to make for the key and for what is cosigned." placeholder:"DIR" type:"path"`
	output `embed:""`
}

// witnessKeys are the public keys of a witness, as trust files have them.
type witnessKeys struct {
	Keys []string `json:"keys"`
}

// Run implements the command.
func (c *witnessKey) Run() error {
	key, err := witness.Create(c.Dir, c.Name)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "the private key is in %s and must never be elsewhere; give the logs' operators what is printed here\n", c.Dir)
	return c.print(witnessKeys{key.Public()}, func(w io.Writer) {
		for _, public := range key.Public() {
			fmt.Fprintln(w, public)
		}
	})
}

type witnessServe struct {
	Dir    string   `required:"" help:"Directory that tocsin witness key made." placeholder:"DIR" type:"path"`
	Listen string   `required:"" help:"Address to answer at, such as 127.0.0.1:8092." placeholder:"ADDRESS"`
	Trust  string   `help:"Trust file; all logs in it are cosigned." placeholder:"FILE" type:"path"`
	Log    []string `sep:"none" help:"Key of another log to cosign, in the form NAME+HASH+KEY; may be given several times." placeholder:"KEY"`
}

// Run implements the command.
func (c *witnessServe) Run(ctx context.Context) error {
	logs, err := c.logs()
	if err != nil {
		return err
	}
	w, err := witness.Open(witness.Options{Dir: c.Dir, Logs: logs, Now: time.Now, Logger: slog.Default()})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return errors.Join(problem.Wrap(err, problem.Unavailable, fmt.Sprintf("Nothing can listen at %s.", c.Listen), "Name another address, or stop what listens there."), w.Close())
	}
	fmt.Fprintf(os.Stderr, "cosigns %d logs at http://%s/add-checkpoint with the keys\n  %s\n", len(logs), listener.Addr(), strings.Join(w.Keys(), "\n  "))
	return errors.Join(w.Serve(ctx, listener), w.Close())
}

// logs are the keys of the logs to cosign, by their origins.
func (c *witnessServe) logs() (map[string][]string, error) {
	logs := map[string][]string{}
	if c.Trust != "" {
		trust, err := readTrust(c.Trust)
		if err != nil {
			return nil, err
		}
		for _, a := range trust.Authorities {
			for _, l := range a.Logs {
				logs[l.Origin] = l.Keys
			}
		}
	}
	for _, key := range c.Log {
		verifier, err := tlog.NewVerifier(key)
		if err != nil {
			return nil, problem.Wrap(err, problem.Invalid, fmt.Sprintf("%q is no key of a log.", key), "Give it in the form NAME+HASH+KEY.")
		}
		logs[verifier.Name()] = append(logs[verifier.Name()], key)
	}
	if len(logs) == 0 {
		return nil, problem.New(problem.Invalid, "There is no log to cosign.", "Name a trust file with --trust, or the key of a log with --log.")
	}
	return logs, nil
}
