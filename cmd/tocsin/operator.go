// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

type operatorCommand struct {
	First operatorFirst `cmd:"" help:"Open an administrator's account of a node that is not running: the first, or one when nobody can sign in any more."`
	Key   operatorKey   `cmd:"" help:"Make a signing key file, and enrol it with a node."`
}

type operatorFirst struct {
	Config   string `required:"" help:"Configuration file of the node." placeholder:"FILE" type:"path"`
	Name     string `arg:"" help:"Sign-in name."`
	FullName string `required:"" help:"Full name." placeholder:"NAME"`
	output   `embed:""`
}

// account is a fresh account; the password is shown this once.
type account struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// Run implements the command.
func (c *operatorFirst) Run(ctx context.Context) error {
	config, err := node.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	config.Roles = []node.Role{node.RoleCore}
	config.Intake = node.IntakeConfig{}
	core, err := node.New(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer core.Stop()
	var secret [12]byte
	rand.Read(secret[:])
	salt := make([]byte, operator.SaltBytes)
	rand.Read(salt)
	made := account{Name: c.Name, Password: base64.RawURLEncoding.EncodeToString(secret[:])}
	create := operator.Create{
		Name: c.Name, FullName: c.FullName, Roles: []operator.Role{operator.Administrator}, PasswordHash: operator.HashPassword(made.Password, salt),
	}
	if _, err := command.Do(ctx, core.Bus(), operator.CommandCreate, operator.Node, create); err != nil {
		return err
	}
	return c.print(made, func(w io.Writer) {
		fmt.Fprintln(w, made.Password)
		fmt.Fprintf(os.Stderr, "%s is an administrator; the password is shown only now\n", made.Name)
	})
}

type operatorKey struct {
	File   string `arg:"" help:"Key file to make." type:"path"`
	Label  string `default:"command line" help:"How you call the key."`
	access `embed:""`
	output `embed:""`
}

// Run implements the command.
func (c *operatorKey) Run(ctx context.Context) error {
	key, err := operator.GenerateKey()
	if err != nil {
		return err
	}
	public, err := operator.PublicKey(key)
	if err != nil {
		return err
	}
	enrolment := console.KeyEnrolment{PublicKey: public, Label: c.Label}
	if err := operator.SaveKey(c.File, key); err != nil {
		return err
	}
	if c.Server != "" || c.Demo != "" {
		node, _, err := c.access.open()
		if err != nil {
			return err
		}
		if err := node.Call(ctx, "POST", "/keys", enrolment, nil); err != nil {
			return err
		}
	}
	return c.print(enrolment, func(w io.Writer) {
		fmt.Fprintf(w, "%s\n", operator.KeyID(public))
		if c.Server == "" && c.Demo == "" {
			fmt.Fprintf(os.Stderr, "not enrolled anywhere; the public key is %s\n", base64.StdEncoding.EncodeToString(public))
		}
	})
}
