// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Command tocsin-pkcs11 is the signer of a public log whose keys lie in a PKCS #11
// token: a hardware module, or SoftHSM2. It speaks as every signer process does,
// over a unix socket that log.signer of a node names, and keeps the same memory of
// what was signed. It is a program of its own, because modules are C libraries and
// tocsin has no C in it. docs/runbooks/log-signer.md says how to use it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
)

const usage = `tocsin-pkcs11 keeps the keys of a public log in a PKCS #11 token.

  tocsin-pkcs11 create  makes the keys in the token, and the state file
  tocsin-pkcs11 keys    prints the public keys, as trust files have them
  tocsin-pkcs11 serve   signs over a unix socket until it is stopped

`

// options are those of all commands.
type options struct {
	module, token, pinFile, origin, state, socket string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tocsin-pkcs11:", err)
		if p, ok := errors.AsType[*problem.Error](err); ok && p.Remedy != "" {
			fmt.Fprintln(os.Stderr, p.Remedy)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("tocsin-pkcs11", flag.ContinueOnError)
	var o options
	flags.StringVar(&o.module, "module", "", "the module's shared `library`")
	flags.StringVar(&o.token, "token", "", "the token's `label`")
	flags.StringVar(&o.pinFile, "pin-file", "", "`file` with the user's PIN, readable by its owner alone")
	flags.StringVar(&o.origin, "origin", "", "the log's `name`, such as warnung.example/log")
	flags.StringVar(&o.state, "state", "", "`file` that remembers what was signed")
	flags.StringVar(&o.socket, "socket", "", "unix `socket` to serve at")
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	command := ""
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	needed := []string{"module", "token", "pin-file", "origin"}
	switch command {
	case "create":
		needed = append(needed, "state")
	case "serve":
		needed = append(needed, "state", "socket")
	case "keys":
	default:
		flags.Usage()
		return problem.New(problem.Invalid, fmt.Sprintf("There is no command %q.", command), "Use create, keys or serve.")
	}
	for _, name := range needed {
		if flags.Lookup(name).Value.String() == "" {
			return problem.New(problem.Invalid, fmt.Sprintf("%s needs --%s.", command, name), "Name it; tocsin-pkcs11 --help says what it is.")
		}
	}
	pin, err := readPIN(o.pinFile)
	if err != nil {
		return err
	}
	t, err := openToken(o.module, o.token, pin)
	if err != nil {
		return err
	}
	defer t.close()
	switch command {
	case "create":
		return create(t, o)
	case "keys":
		key, err := logKey(t, o.origin)
		if err != nil {
			return err
		}
		return show(key)
	}
	return serve(ctx, t, o)
}

// readPIN reads the PIN out of a file that nobody else may read.
func readPIN(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", problem.Wrap(err, problem.NotFound, fmt.Sprintf("There is no file %s with the PIN.", path), "Write the PIN into it, and run chmod 600.")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", problem.New(problem.Forbidden, fmt.Sprintf("Others may read the PIN in %s.", path), fmt.Sprintf("Run chmod 600 %s, and change the PIN if others could have read it.", path))
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read PIN: %w", err)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

// The labels of a log's two keys in the token.
func labels(origin string) (signs, clock string) { return origin + " signs", origin + " clock" }

// logKey joins the two keys of a log.
func logKey(t *token, origin string) (signer.Key, error) {
	signsLabel, clockLabel := labels(origin)
	signs, err := t.key(signsLabel)
	if err != nil {
		return signer.Key{}, err
	}
	clock, err := t.key(clockLabel)
	if err != nil {
		return signer.Key{}, err
	}
	return signer.KeyOf(origin, signs, clock)
}

func create(t *token, o options) error {
	signsLabel, clockLabel := labels(o.origin)
	for _, label := range []string{signsLabel, clockLabel} {
		if err := t.makeKey(label); err != nil {
			return err
		}
	}
	key, err := logKey(t, o.origin)
	if err != nil {
		return err
	}
	if err := signer.Begin(key, o.state); err != nil {
		return err
	}
	return show(key)
}

func show(key signer.Key) error {
	for _, vkey := range key.Public() {
		if _, err := fmt.Println(vkey); err != nil {
			return fmt.Errorf("print keys: %w", err)
		}
	}
	return nil
}

func serve(ctx context.Context, t *token, o options) error {
	key, err := logKey(t, o.origin)
	if err != nil {
		return err
	}
	local, err := signer.Open(key, o.state, time.Now)
	if err != nil {
		return err
	}
	err = signer.Serve(ctx, o.socket, local)
	return errors.Join(err, local.Close())
}
