// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/client"
	"github.com/tocsin-alert/tocsin/internal/demo"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// access says which node a command speaks to, and as whom.
type access struct {
	Server string `env:"TOCSIN_SERVER" help:"Address of the node's console, such as https://console.example." placeholder:"URL"`
	Token  string `env:"TOCSIN_TOKEN" help:"Bearer token of the operator; @FILE reads it from a file." placeholder:"TOKEN"`
	Demo   string `env:"TOCSIN_DEMO" help:"Take server and token from the demo in this directory, as the operator named with --as." placeholder:"DIR" type:"path"`
	As     string `help:"Name or role of the demo operator." placeholder:"NAME"`
}

// open gives a client. It fills what --demo says.
func (a *access) open() (*client.Client, *demo.Operator, error) {
	if a.Demo != "" {
		return a.openDemo()
	}
	if a.Server == "" {
		return nil, nil, problem.New(problem.Invalid, "No node is named.", "Give --server and --token, set TOCSIN_SERVER and TOCSIN_TOKEN, or give --demo DIR --as author.")
	}
	token := a.Token
	if len(token) > 1 && token[0] == '@' {
		raw, err := os.ReadFile(token[1:])
		if err != nil {
			return nil, nil, problem.Wrap(err, problem.Unreadable, "The token file cannot be read.", "Check the path after @.")
		}
		token = strings.TrimSpace(string(raw))
	}
	return client.New(a.Server, token), nil, nil
}

func (a *access) openDemo() (*client.Client, *demo.Operator, error) {
	path := filepath.Join(a.Demo, demo.DescriptionFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("There is no demo in %s.", a.Demo), "Start one with tocsin demo --dir "+a.Demo+".")
	}
	var description demo.Description
	if err := json.Unmarshal(raw, &description); err != nil {
		return nil, nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", path), "Remove the directory and start the demo anew.")
	}
	for _, o := range description.Operators {
		if o.Name == a.As || string(o.Role) == a.As {
			return client.New(description.API, o.Token), &o, nil
		}
	}
	return nil, nil, problem.New(problem.NotFound, fmt.Sprintf("The demo has no operator %q.", a.As), "Give --as author or --as releaser.")
}
