// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// passphrase says where the passphrase of an encrypted key comes from: a file,
// else a variable of the environment, else a person at the terminal.
type passphrase struct {
	file, variable string
	of             string // what it belongs to, in words
}

// read gives the passphrase, asked for as often as twice when it is new.
func (p passphrase) read(isNew bool) (string, error) {
	if p.file != "" {
		raw, err := os.ReadFile(p.file)
		if err != nil {
			return "", problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The passphrase %s cannot be read.", p.file), "Check the path and its permissions.")
		}
		return strings.TrimSpace(string(raw)), nil
	}
	if given, ok := os.LookupEnv(p.variable); ok {
		return given, nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", problem.New(problem.Invalid, "There is no passphrase for "+p.of+".", "Name a file with --passphrase-file, or set "+p.variable+".")
	}
	first, err := ask("Passphrase of " + p.of + ": ")
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
