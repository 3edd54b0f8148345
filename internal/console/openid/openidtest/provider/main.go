// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Provider is an OpenID provider for tests, in a process of its own: that of
// zitadel/oidc with its store in memory. It lets in the people of a file, says
// its address on standard output, and runs until it is killed.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "host:port")
	people := flag.String("people", "", "file of the people, as the store reads it")
	client := flag.String("client", "", "id of the one client")
	secret := flag.String("secret", "", "secret of the client")
	redirect := flag.String("redirect", "", "address to which the client's people go back")
	flag.Parse()
	if err := run(*listen, *people, storage.WebClient(*client, *secret, *redirect)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(listen, people string, client *storage.Client) error {
	open, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	users, err := storage.StoreFromFile(people)
	if err != nil {
		return err
	}
	storage.RegisterClients(client)
	issuer := "http://" + open.Addr().String()
	handler := exampleop.SetupServer(issuer, telling{storage.NewStorage(users)}, slog.New(slog.DiscardHandler), false)
	fmt.Println(issuer)
	return http.Serve(open, handler)
}

// telling is a store whose client finds the claims of its scopes in the ID token.
type telling struct{ *storage.Storage }

func (t telling) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	found, err := t.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return tellingClient{found}, nil
}

type tellingClient struct{ op.Client }

func (tellingClient) IDTokenUserinfoClaimsAssertion() bool { return true }
