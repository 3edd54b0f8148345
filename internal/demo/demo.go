// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package demo runs a node for a made-up authority in Brandenburg, with real
// places, made-up people and simulated sirens that speak real MQTT, four people, three witnesses of
// its log and a receiver of webhooks, so that a newcomer sees a warning go its
// whole way within a minute.
package demo

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/console/openid"
	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Options say what demo to run.
type Options struct {
	// Dir keeps the demo from start to start.
	Dir        string
	HTTP, MQTT string
	Sirens     int
	Seed       uint64
	// Words takes what is told to the person who started it.
	Words io.Writer
	// SignalSpeed makes simulated signals shorter: 60 turns a minute into a
	// second. Zero is 1.
	SignalSpeed float64
	// SignInService lets the people sign in at a provider too; nil for none.
	SignInService *openid.Config
	// PlanCommand is that of node.Config.
	PlanCommand []string
}

// territory is that of the Land Brandenburg.
const territory geo.ARS = "12"

// Demo is a running demo.
type Demo struct {
	Description Description
	node        *node.Node
	receiver    *receiver
	witnesses   *witnesses
	log         *os.File
	// sirens ends the simulated sirens; silent is closed when they have ended.
	sirens context.CancelFunc
	silent chan struct{}
	count  int // of sirens
	// began is when the sirens were switched on: older states are of the last time.
	began time.Time
}

// Run starts a demo and keeps it until the context ends.
func Run(ctx context.Context, o Options) error {
	d, err := Start(ctx, o)
	if err != nil {
		return err
	}
	defer d.Stop()
	d.tell(o.Words, o.Dir)
	if err := d.node.Wait(ctx); err != nil {
		return err
	}
	fmt.Fprintln(o.Words, "\nThe demo ends. Everything is kept in "+o.Dir+".")
	return nil
}

// Start starts a demo, or takes up the one in the directory.
func Start(ctx context.Context, o Options) (_ *Demo, err error) {
	begun := time.Now()
	say := func(format string, args ...any) {
		fmt.Fprintf(o.Words, "%5.1f s  %s\n", time.Since(begun).Seconds(), fmt.Sprintf(format, args...))
	}
	if o.Sirens < 0 || o.Sirens > 20_000 {
		return nil, problem.New(problem.Invalid, fmt.Sprintf("%d sirens are too many or too few.", o.Sirens), "Give --sirens between 0 and 20000.")
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, intakeFolder), 0o700); err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The directory %s cannot be made.", o.Dir), "Give another --dir.")
	}
	d := &Demo{}
	defer func() {
		if err != nil {
			d.Stop()
		}
	}()
	if d.Description, err = load(o.Dir); err != nil {
		return nil, err
	}
	if len(d.Description.Operators) == 0 {
		if d.Description.Operators, err = hire(o.Dir); err != nil {
			return nil, err
		}
		if err := d.Description.save(o.Dir); err != nil {
			return nil, err
		}
	}
	d.log, err = os.OpenFile(filepath.Join(o.Dir, "node.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "The demo cannot write its log.", "Check the permissions of "+o.Dir+".")
	}
	logger := slog.New(slog.NewTextHandler(d.log, nil))
	secret, err := webhookSecret(o.Dir)
	if err != nil {
		return nil, err
	}
	if d.receiver, err = newReceiver(filepath.Join(o.Dir, ReceivedFile), secret); err != nil {
		return nil, err
	}
	say("starting the node; its journal is in %s", o.Dir)
	config := configuration(o, d.receiver.url())
	if d.witnesses, err = newWitnesses(&config, logger); err != nil {
		return nil, err
	}
	if err := enthrone(&config); err != nil {
		return nil, err
	}
	if err := settle(o); err != nil {
		return nil, err
	}
	if d.node, err = node.New(ctx, config, logger); err != nil {
		return nil, err
	}
	if !d.Description.Engaged {
		say("opening accounts for %d people", len(d.Description.Operators))
		for _, person := range d.Description.Operators {
			if err := person.engage(ctx, d.node.Bus()); err != nil {
				return nil, err
			}
		}
		d.Description.Engaged = true
	}
	f, known, err := loadFleet(o.Dir)
	if err != nil {
		return nil, err
	}
	if !known {
		say("placing %d made-up sirens where people live", o.Sirens)
		f = newFleet(d.node.Gazetteer(), o)
		// Registered again after a crash in between, sirens replace themselves.
		if err := f.register(ctx, d.node); err != nil {
			return nil, err
		}
	}
	f.join(d.node.SirenAccess())
	if err := f.save(o.Dir); err != nil {
		return nil, err
	}
	at := d.node.Addresses()
	d.Description.Console, d.Description.Public, d.Description.API = at.Console, at.Public, at.API
	d.Description.MQTT, d.Description.Webhook = "tcp://"+at.MQTT, d.receiver.url()
	if err := d.Description.save(o.Dir); err != nil {
		return nil, err
	}
	say("connecting %d simulated sirens over MQTT", len(f.Sirens))
	d.count, d.began = len(f.Sirens), time.Now()
	devices, err := f.simulator(o.Dir, o.SignalSpeed)
	if err != nil {
		return nil, err
	}
	var sounding context.Context
	sounding, d.sirens = context.WithCancel(context.Background())
	d.silent = make(chan struct{})
	go func() {
		defer close(d.silent)
		if err := devices.Run(sounding); !errors.Is(err, context.Canceled) {
			logger.Error("the simulated sirens ended", slog.Any("error", err))
		}
	}()
	say("ready")
	return d, nil
}

// Stop ends the demo; everything acknowledged is kept.
func (d *Demo) Stop() {
	if d.sirens != nil {
		d.sirens()
		<-d.silent
	}
	if d.node != nil {
		d.node.Stop()
	}
	if d.witnesses != nil {
		d.witnesses.close()
	}
	if d.receiver != nil {
		d.receiver.close()
	}
	if d.log != nil {
		d.log.Close()
	}
}

func configuration(o Options, webhook string) node.Config {
	return node.Config{
		Dir: o.Dir,
		Authority: authority.Authority{
			ID: "de-bb", Name: "Land Brandenburg (Demo)", Sender: "warnung@brandenburg.example",
			SenderName: "Land Brandenburg, Lagezentrum (Demo)", Territory: []geo.ARS{territory},
			Contact: "Lagezentrum, Telefon 0331 555 0112 (Demo)",
			Policy:  authority.Policy{EscalateTo: "Leitung Lagezentrum, Telefon 0331 555 0100 (Demo)"},
		},
		Keys:    operator.KeyPolicy{Release: []operator.KeyType{operator.Passkey, operator.SoftwareKey}},
		OIDC:    o.SignInService,
		Console: node.ListenConfig{Listen: o.HTTP},
		Public:  node.PublicConfig{ListenConfig: node.ListenConfig{Listen: o.HTTP}},
		Sirens:  node.SirenConfig{Listen: o.MQTT},
		Webhooks: []node.WebhookConfig{
			{ID: "demo", URL: webhook, SecretFile: filepath.Join(o.Dir, secretFile)},
		},
		Intake: node.IntakeConfig{Folder: filepath.Join(o.Dir, intakeFolder)},
		Log:    node.LogConfig{Origin: logOrigin},

		PlanCommand: o.PlanCommand,
	}.WithDefaults()
}

// intakeFolder is watched for CAP files.
const intakeFolder = "intake"

const secretFile = "webhook-secret"

// webhookSecret makes the secret at the first start.
func webhookSecret(dir string) (string, error) {
	path := filepath.Join(dir, secretFile)
	raw, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(raw)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read webhook secret: %w", err)
	}
	var random [32]byte
	rand.Read(random[:])
	secret := "whsec_" + base64.StdEncoding.EncodeToString(random[:])
	return secret, writeFile(path, []byte(secret+"\n"))
}

// register tells the node of the fleet, in as many commands as it takes.
func (f *fleet) register(ctx context.Context, n *node.Node) error {
	for rest := f.Sirens; len(rest) > 0; {
		part := rest[:min(len(rest), siren.MaxRegister)]
		rest = rest[len(part):]
		if _, err := command.Do(ctx, n.Bus(), siren.CommandRegister, operator.Node, siren.Registered{Sirens: part}); err != nil {
			return fmt.Errorf("register sirens: %w", err)
		}
	}
	return nil
}

func (d *Demo) tell(w io.Writer, dir string) {
	fmt.Fprintf(w, "\n  Console      %s\n  Public page  %s\n  Public log   %slog, with %d witnesses of the demo's own\n  API          %s/api/openapi.json\n  Sirens       %s\n\n", d.Description.Console, d.Description.Public, d.Description.Public, demoWitnesses, d.Description.API, d.Description.MQTT)
	for _, o := range d.Description.Operators {
		if o.Role == operator.Author || o.Role == operator.Releaser {
			fmt.Fprintf(w, "  %-11s  %s   %s\n", o.Role, o.Name, o.Password)
		}
	}
	fmt.Fprintf(w, "\n  Sirens and residents are made up: %s holds no census.\n", filepath.Join(dir, node.PopulationFile))
	fmt.Fprintf(w, "\n  Write a warning as the author, and release it as the releaser in another browser.\n  More accounts, tokens and keys are in %s. Ctrl-C ends the demo.\n", filepath.Join(dir, DescriptionFile))
}

// readJSON reads a file of the demo; found is false when there is none.
func readJSON(path string, into any) (found bool, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	return true, nil
}
