// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package nodetest engages people on a running node and has them warn, for tests
// and measurements.
package nodetest

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/wording"
)

// Person is an operator with a software key.
type Person struct {
	Name string
	Key  *ecdsa.PrivateKey
}

// Engage opens an account and enrols a key.
func Engage(ctx context.Context, n *node.Node, name string, role operator.Role) (Person, error) {
	if _, err := command.Do(ctx, n.Bus(), operator.CommandCreate, operator.Node, operator.Create{Name: name, FullName: name, Roles: []operator.Role{role}}); err != nil {
		return Person{}, err
	}
	key, err := Enrol(ctx, n, name)
	return Person{name, key}, err
}

// Enrol enrols one more key of an operator.
func Enrol(ctx context.Context, n *node.Node, name string) (*ecdsa.PrivateKey, error) {
	key, err := operator.GenerateKey()
	if err != nil {
		return nil, err
	}
	public, err := operator.PublicKey(key)
	if err != nil {
		return nil, err
	}
	_, err = command.Do(ctx, n.Bus(), operator.CommandEnrolKey, name, operator.EnrolKey{PublicKey: public, Label: "test"})
	return key, err
}

// Desk is two people who warn. It is for any number of goroutines.
type Desk struct {
	Node             *node.Node
	Author, Releaser Person
}

// Open engages an author and a releaser, whose names begin with a prefix that is
// new to the node.
func Open(ctx context.Context, n *node.Node, prefix string) (*Desk, error) {
	d := &Desk{Node: n}
	var err error
	if d.Author, err = Engage(ctx, n, prefix+"author", operator.Author); err != nil {
		return nil, err
	}
	d.Releaser, err = Engage(ctx, n, prefix+"releaser", operator.Releaser)
	return d, err
}

// Request asks for the release of a new warning. It gives the draft and the
// signed command that releases it.
func (d *Desk) Request(ctx context.Context, content warning.Content) (warning.Draft, warning.ReleaseCommand, error) {
	var none warning.ReleaseCommand
	var random [5]byte
	rand.Read(random[:])
	rules := d.Node.Rules()
	id := warning.NewID(rules.Authority.ID, time.Now(), random)
	draft, err := rules.Prepare(warning.NewBook(), warning.PrepareInput{Warning: id, Kind: warning.KindAlert, Content: content}, time.Now())
	if err == nil && len(draft.Faults) > 0 {
		err = fmt.Errorf("the warning breaks rules: %+v", draft.Faults)
	}
	if err != nil {
		return draft, none, err
	}
	statement := operator.Statement{Action: operator.ActionRequest, Role: operator.Author, Warning: id, Message: draft.Identifier, Digest: draft.Digest}
	assertion, err := operator.Assert(d.Author.Key, d.Author.Name, statement)
	if err != nil {
		return draft, none, err
	}
	if _, err := command.Do(ctx, d.Node.Bus(), warning.CommandRequest, d.Author.Name, warning.RequestCommand{
		Warning: id, Identifier: draft.Identifier, Kind: warning.KindAlert, Content: draft.Content, Digest: draft.Digest, Assertion: assertion,
	}); err != nil {
		return draft, none, err
	}
	statement.Action, statement.Role = operator.ActionRelease, operator.Releaser
	assertion, err = operator.Assert(d.Releaser.Key, d.Releaser.Name, statement)
	return draft, warning.ReleaseCommand{Warning: id, Identifier: draft.Identifier, Digest: draft.Digest, Assertion: assertion}, err
}

// Release gives the second signature. When it returns without error, the release
// is acknowledged.
func (d *Desk) Release(ctx context.Context, c warning.ReleaseCommand) error {
	_, err := command.Do(ctx, d.Node.Bus(), warning.CommandRelease, d.Releaser.Name, c)
	return err
}

// Flood is a warning from the first template for a region of the node's.
func Flood(region geo.ARS) warning.Content {
	template, _ := wording.TemplateOf(wording.Templates()[0].ID)
	content := warning.Content{
		Event: template.Event, Level: warning.LevelDanger, Signal: "warning",
		Area: geo.Area{Name: "Brandenburg", ARS: []geo.ARS{region}}, Texts: map[string]warning.Text{},
		Expires: time.Now().Add(4 * time.Hour),
	}
	for _, tag := range []string{"de", "en"} {
		values := map[string]string{}
		for _, p := range wording.Placeholders() {
			values[p.Name] = p.Example.In(tag)
		}
		filled := template.Fill(wording.PartAlert, tag, values)
		content.Texts[tag] = warning.Text{Headline: filled.Headline, Description: filled.Description, Instruction: filled.Instruction}
	}
	return content
}
