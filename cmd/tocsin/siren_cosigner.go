// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"time"

	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/cosigner"
)

type sirenCosigner struct {
	Key    string `required:"" help:"PEM file of the Ed25519 key; made when absent." placeholder:"FILE" type:"path"`
	Socket string `required:"" help:"Unix socket to answer at; sirens.second_signer in the node's configuration names it." placeholder:"PATH" type:"path"`
}

// Run implements the command.
func (c *sirenCosigner) Run(ctx context.Context) error {
	key, err := node.SirenSigningKey(c.Key)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "signs wide alarms as the second, with the key %s, for whoever may open %s\n", siren.KeyIDOf(key.Public().(ed25519.PublicKey)), c.Socket)
	return cosigner.Serve(ctx, c.Socket, key, time.Now)
}
