// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package crash

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// writers is how many write warnings at a time.
const writers = 4

// load asks for warnings and releases them, as fast as the node takes them.
type load struct {
	node             *node.Node
	author, releaser person
}

type person struct {
	name string
	key  *ecdsa.PrivateKey
}

// newLoad engages two people with new keys, which is in the log too.
func newLoad(ctx context.Context, n *node.Node) (*load, error) {
	l := &load{node: n}
	var err error
	if l.author, err = engage(ctx, n, operator.Author); err != nil {
		return nil, err
	}
	l.releaser, err = engage(ctx, n, operator.Releaser)
	return l, err
}

func engage(ctx context.Context, n *node.Node, role operator.Role) (person, error) {
	var random [4]byte
	rand.Read(random[:])
	p := person{name: string(role) + "-" + hex.EncodeToString(random[:])}
	if _, err := command.Do(ctx, n.Bus(), operator.CommandCreate, operator.Node, operator.Create{Name: p.name, FullName: p.name, Roles: []operator.Role{role}}); err != nil {
		return p, err
	}
	var err error
	if p.key, err = operator.GenerateKey(); err != nil {
		return p, err
	}
	public, err := operator.PublicKey(p.key)
	if err != nil {
		return p, err
	}
	_, err = command.Do(ctx, n.Bus(), operator.CommandEnrolKey, p.name, operator.EnrolKey{PublicKey: public, Label: "crash"})
	return p, err
}

// run writes until something fails or the context ends.
func (l *load) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	for range writers {
		work.Go(func() {
			for ctx.Err() == nil {
				if err := l.warn(ctx); err != nil {
					cancel(err)
				}
			}
		})
	}
	work.Wait()
	return context.Cause(ctx)
}

// warn releases one warning, and says so.
func (l *load) warn(ctx context.Context) error {
	var random [5]byte
	rand.Read(random[:])
	id := warning.NewID("de-bb", time.Now(), random)
	draft, err := l.node.Rules().Prepare(warning.NewBook(), warning.PrepareInput{Warning: id, Kind: warning.KindAlert, Content: flood()}, time.Now())
	if err == nil && len(draft.Faults) > 0 {
		err = fmt.Errorf("the warning breaks rules: %+v", draft.Faults)
	}
	if err != nil {
		return err
	}
	statement := operator.Statement{Action: operator.ActionRequest, Role: operator.Author, Warning: id, Message: draft.Identifier, Digest: draft.Digest}
	request, err := operator.Assert(l.author.key, l.author.name, statement)
	statement.Action, statement.Role = operator.ActionRelease, operator.Releaser
	release, other := operator.Assert(l.releaser.key, l.releaser.name, statement)
	if err := errors.Join(err, other); err != nil {
		return err
	}
	if _, err := command.Do(ctx, l.node.Bus(), warning.CommandRequest, l.author.name, warning.RequestCommand{
		Warning: id, Identifier: draft.Identifier, Kind: warning.KindAlert, Content: draft.Content, Digest: draft.Digest, Assertion: request,
	}); err != nil {
		return err
	}
	if _, err := command.Do(ctx, l.node.Bus(), warning.CommandRelease, l.releaser.name, warning.ReleaseCommand{
		Warning: id, Identifier: draft.Identifier, Digest: draft.Digest, Assertion: release,
	}); err != nil {
		return err
	}
	say(saysReleased, draft.Identifier)
	return nil
}

func flood() warning.Content {
	return warning.Content{
		Event: "BBK-EVC-038", Level: warning.LevelDanger, Signal: "warning", Expires: time.Now().Add(4 * time.Hour),
		Area: geo.Area{Name: "Potsdam", ARS: []geo.ARS{"12054"}},
		Texts: map[string]warning.Text{
			"de": {Headline: "Hochwasser in Potsdam", Description: "Die Havel tritt über die Ufer.", Instruction: "Meiden Sie die Ufer."},
			"en": {Headline: "Flood in Potsdam", Description: "The Havel is bursting its banks.", Instruction: "Keep away from the banks."},
		},
	}
}
