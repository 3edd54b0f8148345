// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package demo

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// people are the demo's accounts. Passwords, tokens and keys are made fresh at
// the first start of every demo.
var people = []Operator{
	{Name: "anna", FullName: "Anna Lindow", Role: operator.Author},
	{Name: "ben", FullName: "Ben Okafor", Role: operator.Releaser},
	{Name: "clara", FullName: "Clara Voss", Role: operator.Administrator},
	{Name: "deniz", FullName: "Deniz Yılmaz", Role: operator.Observer},
}

// hire makes the demo's people: passwords, tokens and signing key files.
func hire(dir string) ([]Operator, error) {
	keys := filepath.Join(dir, "keys")
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for keys: %w", err)
	}
	hired := make([]Operator, len(people))
	for i, o := range people {
		o.Password = newPassword()
		o.Token, _ = operator.NewToken()
		o.KeyFile = filepath.Join(keys, o.Name+".pem")
		key, err := operator.GenerateKey()
		if err != nil {
			return nil, err
		}
		// What an earlier start left unfinished makes way.
		if err := os.RemoveAll(o.KeyFile); err != nil {
			return nil, fmt.Errorf("make key file: %w", err)
		}
		if err := operator.SaveKey(o.KeyFile, key); err != nil {
			return nil, err
		}
		hired[i] = o
	}
	return hired, nil
}

// engage opens an account with its token and the key for the command line. What
// an earlier start has done already is left as it is.
func (o Operator) engage(ctx context.Context, b bus.Bus) error {
	salt := make([]byte, operator.SaltBytes)
	rand.Read(salt)
	hash, err := operator.ParseToken(o.Token)
	if err != nil {
		return err
	}
	key, err := operator.LoadKey(o.KeyFile)
	if err != nil {
		return err
	}
	public, err := operator.PublicKey(key)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		name, by string
		body     any
	}{
		{operator.CommandCreate, operator.Node, operator.Create{
			Name: o.Name, FullName: o.FullName, Roles: []operator.Role{o.Role}, PasswordHash: operator.HashPassword(o.Password, salt),
		}},
		{operator.CommandIssueToken, o.Name, operator.IssueToken{Operator: o.Name, Label: "command line", Hash: hash}},
		{operator.CommandEnrolKey, o.Name, operator.EnrolKey{PublicKey: public, Label: "command line"}},
	} {
		if _, err := command.Do(ctx, b, step.name, step.by, step.body); err != nil && !errors.Is(err, problem.Conflict) {
			return fmt.Errorf("open the demo account %s: %w", o.Name, err)
		}
	}
	return nil
}

// newPassword makes 80 random bits in four groups that can be typed and read out.
func newPassword() string {
	var raw [10]byte
	rand.Read(raw[:])
	letters := strings.ToLower(base32.StdEncoding.EncodeToString(raw[:]))
	return strings.Join([]string{letters[:4], letters[4:8], letters[8:12], letters[12:]}, "-")
}
