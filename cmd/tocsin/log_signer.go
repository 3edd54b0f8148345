// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/term"

	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
)

// logKeyFile names the key of a log and what it is encrypted with.
type logKeyFile struct {
	Key            string `required:"" help:"File of the log's keys. What they have signed is kept beside it, in a file whose name ends with .signed." placeholder:"FILE" type:"path"`
	PassphraseFile string `help:"File with the passphrase of the key file; without it, TOCSIN_LOG_PASSPHRASE in the environment, else it is asked for." placeholder:"FILE" type:"path"`
}

// passphraseVariable is the passphrase's place in the environment.
const passphraseVariable = "TOCSIN_LOG_PASSPHRASE"

// passphrase gives the passphrase, asked for as often as twice when it is new.
func (f logKeyFile) passphrase(isNew bool) (string, error) {
	if f.PassphraseFile != "" {
		raw, err := os.ReadFile(f.PassphraseFile)
		if err != nil {
			return "", problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The passphrase %s cannot be read.", f.PassphraseFile), "Check the path and its permissions.")
		}
		return strings.TrimSpace(string(raw)), nil
	}
	if given, ok := os.LookupEnv(passphraseVariable); ok {
		return given, nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", problem.New(problem.Invalid, "There is no passphrase for the log's key.", "Name a file with --passphrase-file, or set "+passphraseVariable+".")
	}
	first, err := ask("Passphrase of the log's key: ")
	if err != nil || !isNew {
		return first, err
	}
	again, err := ask("Once more: ")
	if err == nil && again != first {
		err = problem.New(problem.Invalid, "The two are not the same.", "Begin again.")
	}
	return first, err
}

// ask reads a line from the terminal without showing it.
func ask(prompt string) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	line, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return "", fmt.Errorf("read passphrase: %w", err)
	}
	return string(line), nil
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
