// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/wording"
)

const releaseCount = 400

// releases measures from the second signature to its durable record, beside a
// bare publish of as many bytes with the same settings.
func releases(ctx context.Context) ([]row, error) {
	say("releases: %d warnings, one after the other", releaseCount)
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	config := node.Config{
		Dir: dir, Roles: []node.Role{node.RoleCore},
		Keys:      operator.KeyPolicy{Release: []operator.KeyType{operator.SoftwareKey}},
		Authority: authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "warnung@brandenburg.example", Territory: []geo.ARS{"12"}},
	}.WithDefaults()
	running, err := node.New(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer running.Stop()
	author, err := engage(ctx, running.Bus(), "anna", operator.Author)
	if err != nil {
		return nil, err
	}
	releaser, err := engage(ctx, running.Bus(), "ben", operator.Releaser)
	if err != nil {
		return nil, err
	}
	rules := running.Rules()
	var took sample
	var bytes int
	for range releaseCount {
		var random [5]byte
		rand.Read(random[:])
		id := warning.NewID("de-bb", time.Now(), random)
		draft, err := rules.Prepare(warning.NewBook(), warning.PrepareInput{Warning: id, Kind: warning.KindAlert, Content: flood()}, time.Now())
		if err != nil {
			return nil, err
		}
		if len(draft.Faults) > 0 {
			return nil, fmt.Errorf("the bench's warning breaks rules: %+v", draft.Faults)
		}
		statement := operator.Statement{Action: operator.ActionRequest, Role: operator.Author, Warning: id, Message: draft.Identifier, Digest: draft.Digest}
		assertion, err := operator.Assert(author, "anna", statement)
		if err != nil {
			return nil, err
		}
		request := warning.RequestCommand{Warning: id, Identifier: draft.Identifier, Kind: warning.KindAlert, Content: draft.Content, Digest: draft.Digest, Assertion: assertion}
		if _, err := command.Do(ctx, running.Bus(), warning.CommandRequest, "anna", request); err != nil {
			return nil, err
		}
		statement.Action, statement.Role = operator.ActionRelease, operator.Releaser
		if assertion, err = operator.Assert(releaser, "ben", statement); err != nil {
			return nil, err
		}
		release := warning.ReleaseCommand{Warning: id, Identifier: draft.Identifier, Digest: draft.Digest, Assertion: assertion}
		begun := time.Now()
		if _, err := command.Do(ctx, running.Bus(), warning.CommandRelease, "ben", release); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
		// A released record holds the content and its CAP form.
		content, err := json.Marshal(draft.Content)
		if err != nil {
			return nil, err
		}
		bytes = len(content) + len(draft.Canonical)*4/3 + 1200
	}
	bare, err := barePublish(ctx, bytes)
	if err != nil {
		return nil, err
	}
	return []row{
		{"second signature -> durable record", milliseconds(took.at(0.5)), milliseconds(took.at(0.99)), "bound p99 25 ms", fmt.Sprintf("%.2f of it", float64(took.at(0.99))/float64(25*time.Millisecond))},
		{fmt.Sprintf("bare JetStream publish, %d bytes", bytes), milliseconds(bare.at(0.5)), milliseconds(bare.at(0.99)), "", ""},
		{"release beside bare publish", "", "", "bare publish", fmt.Sprintf("%.1f median, %.1f p99", float64(took.at(0.5))/float64(bare.at(0.5)), float64(took.at(0.99))/float64(bare.at(0.99)))},
	}, nil
}

// barePublish publishes with nothing around it, on an engine as the node's.
func barePublish(ctx context.Context, bytes int) (sample, error) {
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	bare, err := engine.Open(engine.Options{Dir: dir, Name: "bench", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer bare.Close()
	if _, err := bare.JetStream.CreateStream(ctx, jetstream.StreamConfig{Name: "BARE", Subjects: []string{"bare"}}); err != nil {
		return nil, err
	}
	payload := make([]byte, bytes)
	var took sample
	for range releaseCount {
		begun := time.Now()
		if _, err := bare.JetStream.Publish(ctx, "bare", payload); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}

func engage(ctx context.Context, b bus.Bus, name string, role operator.Role) (*ecdsa.PrivateKey, error) {
	if _, err := command.Do(ctx, b, operator.CommandCreate, operator.Node, operator.Create{Name: name, FullName: name, Roles: []operator.Role{role}}); err != nil {
		return nil, err
	}
	key, err := operator.GenerateKey()
	if err != nil {
		return nil, err
	}
	public, err := operator.PublicKey(key)
	if err != nil {
		return nil, err
	}
	_, err = command.Do(ctx, b, operator.CommandEnrolKey, name, operator.EnrolKey{PublicKey: public, Label: "bench"})
	return key, err
}

// flood is a warning for the whole Land from the first template.
func flood() warning.Content {
	template, _ := wording.TemplateOf(wording.Templates()[0].ID)
	content := warning.Content{
		Event: template.Event, Level: warning.LevelDanger, Signal: "warning",
		Area: geo.Area{Name: "Brandenburg", ARS: []geo.ARS{"12"}}, Texts: map[string]warning.Text{},
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
