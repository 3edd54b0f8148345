// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"filippo.io/age"

	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
)

// logKeyFile names the key of a log and what it is encrypted with.
type logKeyFile struct {
	Key            string `required:"" help:"File of the log's keys. What they have signed is kept beside it, in a file whose name ends with .signed." placeholder:"FILE" type:"path"`
	PassphraseFile string `help:"File with the passphrase of the key file; without it, TOCSIN_LOG_PASSPHRASE in the environment, else it is asked for." placeholder:"FILE" type:"path"`
}

// passphraseVariable is the passphrase's place in the environment.
const passphraseVariable = "TOCSIN_LOG_PASSPHRASE"

func (f logKeyFile) passphrase(isNew bool) (string, error) {
	return passphrase{f.PassphraseFile, passphraseVariable, "the log's key"}.read(isNew)
}

// secrets gives what decrypts and encrypts the key file.
func (f logKeyFile) secrets(isNew bool) (age.Identity, age.Recipient, error) {
	passphrase, err := f.passphrase(isNew)
	if err != nil {
		return nil, nil, err
	}
	return signer.Passphrase(passphrase)
}

type logKey struct {
	Name       string `arg:"" help:"Name of the log, unique in the world and for ever, such as warnung.example/log."`
	logKeyFile `embed:""`
	output     `embed:""`
}

// logKeys are the public keys of a log, as trust files have them.
type logKeys struct {
	Keys []string `json:"keys"`
}

// Run implements the command.
func (c *logKey) Run() error {
	_, recipient, err := c.secrets(true)
	if err != nil {
		return err
	}
	key, err := signer.Create(c.Name, c.Key, c.Key+node.StateSuffix, recipient)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "the keys are in %s, encrypted; keep a copy of it and of the passphrase elsewhere, and none of %s\n", c.Key, c.Key+node.StateSuffix)
	return c.print(logKeys{key.Public()}, func(w io.Writer) {
		for _, public := range key.Public() {
			fmt.Fprintln(w, public)
		}
	})
}

type logSigner struct {
	logKeyFile `embed:""`
	Socket     string `required:"" help:"Unix socket to answer at; log.signer in the node's configuration names it." placeholder:"PATH" type:"path"`
}

// Run implements the command.
func (c *logSigner) Run(ctx context.Context) error {
	identity, _, err := c.secrets(false)
	if err != nil {
		return err
	}
	key, err := signer.Load(c.Key, identity)
	if err != nil {
		return err
	}
	by, err := signer.Open(key, c.Key+node.StateSuffix, time.Now)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "signs the log %s for whoever may open %s\n", key.Origin, c.Socket)
	return errors.Join(signer.Serve(ctx, c.Socket, by), by.Close())
}
