// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package demo

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/operator"
)

// DescriptionFile is the file in the demo's directory that says how to reach it.
const DescriptionFile = "demo.json"

// Description is what DescriptionFile holds. It has secrets, but only of the demo.
type Description struct {
	Console string `json:"console"`
	Public  string `json:"public"`
	// API is the address to give to --server; requests go to its /api/v1/.
	API  string `json:"api"`
	MQTT string `json:"mqtt"`
	// Webhook is the address of the demo's own receiver of webhooks.
	Webhook   string     `json:"webhook"`
	Operators []Operator `json:"operators"`
	// Engaged is true once the node knows the operators.
	Engaged bool `json:"engaged"`
}

// Operator is one of the demo's people.
type Operator struct {
	Name     string        `json:"name"`
	FullName string        `json:"fullName"`
	Role     operator.Role `json:"role"`
	Password string        `json:"password"`
	Token    string        `json:"token"`
	// KeyFile is the signing key for the command line.
	KeyFile string `json:"keyFile"`
}

// load reads the description of an earlier start; an empty one when there was none.
func load(dir string) (d Description, err error) {
	_, err = readJSON(filepath.Join(dir, DescriptionFile), &d)
	return d, err
}

// save writes the description so that a crash leaves the old one or the new one.
func (d Description) save(dir string) error {
	raw, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("write demo description: %w", err)
	}
	return writeFile(filepath.Join(dir, DescriptionFile), append(raw, '\n'))
}

// writeFile replaces a secret file as a whole.
func writeFile(path string, content []byte) error {
	if err := durable.Replace(path, content); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
