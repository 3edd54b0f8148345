// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/controller"
	"github.com/tocsin-alert/tocsin/internal/siren/onair"
	"github.com/tocsin-alert/tocsin/internal/siren/radio"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/radio/pocsag"
)

// TransmitterConfig is one radio that calls sirens (docs/runbooks/radio.md).
type TransmitterConfig struct {
	// Name is unique among transmitters; it stands in receipts.
	Name string `yaml:"name"`
	// Kind is pocsag, tones or tetra.
	Kind siren.PathKind `yaml:"kind"`
	// Area is the regions that it covers; everywhere when empty. The first
	// transmitter of a kind that covers a siren calls it.
	Area []geo.ARS `yaml:"area"`
	// Baud is POCSAG's 512, 1200 or 2400, or the speed of a TETRA radio's port.
	Baud int `yaml:"baud"`
	// Functions are POCSAG's letters by the names of signals.
	Functions map[string]string `yaml:"functions"`
	Inverted  bool              `yaml:"inverted"`
	// System and Table are those of tones; Signals names the table's double tones
	// for signals that have another name there.
	System  string            `yaml:"system"`
	Table   string            `yaml:"table"`
	Signals map[string]string `yaml:"signals"`
	// Device is the serial port of a TETRA radio, Setup AT commands that it needs,
	// Messages what asks for the signals, by their names.
	Device   string                       `yaml:"device"`
	Setup    []string                     `yaml:"setup"`
	Messages map[string]radio.TETRASignal `yaml:"messages"`
	// Folder, Samples and Command are where sound goes: WAV files in a directory, a
	// file or pipe for raw samples, or a program that reads raw samples, or with WAV
	// a file, from its standard input.
	Folder  string        `yaml:"folder"`
	Samples string        `yaml:"samples"`
	Command []string      `yaml:"command"`
	WAV     bool          `yaml:"wav"`
	Timeout time.Duration `yaml:"timeout"`
	// Rate is that of the samples per second; 22050 when zero.
	Rate int `yaml:"rate"`
}

// ReceiverConfig is one receiver that listens to what is on the air.
type ReceiverConfig struct {
	// Name is unique among receivers; it stands in receipts and rogue alarms.
	Name string `yaml:"name"`
	// Lines is a program that prints what multimon-ng prints; Source one that prints
	// raw samples; Samples a file, pipe or device to read them from.
	Lines   []string `yaml:"lines"`
	Source  []string `yaml:"source"`
	Samples string   `yaml:"samples"`
	// Demodulators are what multimon-ng looks for in samples.
	Demodulators []string `yaml:"demodulators"`
}

// output is where a transmitter's sound goes.
func (t TransmitterConfig) output() (radio.Output, error) {
	var outputs []radio.Output
	if t.Folder != "" {
		outputs = append(outputs, radio.Folder{Dir: t.Folder})
	}
	if t.Samples != "" {
		outputs = append(outputs, radio.Samples{Path: t.Samples})
	}
	if len(t.Command) > 0 {
		outputs = append(outputs, radio.Process{Command: t.Command, WAV: t.WAV, Timeout: t.Timeout})
	}
	if len(outputs) != 1 {
		return nil, errors.New("its sound goes nowhere, or to several places: set one of folder, samples and command")
	}
	return outputs[0], nil
}

// caller makes what the configuration describes; o holds what a TETRA radio needs
// of the node.
func (t TransmitterConfig) caller(o radio.TETRAOptions) (route.Caller, error) {
	switch t.Kind {
	case siren.PathPOCSAG:
		output, err := t.output()
		if err != nil {
			return nil, err
		}
		var functions map[string]pocsag.Function
		for signal, letter := range t.Functions {
			function, err := pocsag.ParseFunction(letter)
			if err != nil {
				return nil, fmt.Errorf("signal %s: %w", signal, err)
			}
			if functions == nil {
				functions = map[string]pocsag.Function{}
			}
			functions[signal] = function
		}
		return radio.NewPOCSAG(radio.POCSAGOptions{
			Name: t.Name, Area: t.Area, Baud: pocsag.Baud(t.Baud), Functions: functions, Rate: t.Rate, Inverted: t.Inverted, Output: output,
		})
	case siren.PathTones:
		output, err := t.output()
		if err != nil {
			return nil, err
		}
		return radio.NewTones(radio.TonesOptions{Name: t.Name, Area: t.Area, System: t.System, Table: t.Table, Signals: t.Signals, Rate: t.Rate, Output: output})
	case siren.PathTETRA:
		if t.Device == "" {
			return nil, errors.New("its serial port is missing: set device")
		}
		o.Name, o.Area, o.Device, o.Baud, o.Setup, o.Signals = t.Name, t.Area, t.Device, t.Baud, t.Setup, t.Messages
		return radio.NewTETRA(o)
	}
	return nil, fmt.Errorf("kind %q: it must be pocsag, tones or tetra", t.Kind)
}

func (s SirenConfig) validateRadio() []problem.Fault {
	var faults []problem.Fault
	fault := func(field, message, remedy string) {
		faults = append(faults, problem.Fault{Field: "sirens." + field, Rule: "config.radio", Message: message, Remedy: remedy})
	}
	seen := map[string]bool{}
	for i, t := range s.Radio {
		field := fmt.Sprintf("radio[%d]", i)
		if t.Name == "" || seen[t.Name] {
			fault(field+".name", "The transmitter has no name of its own.", "Give each transmitter another name.")
		}
		seen[t.Name] = true
		if _, err := t.caller(radio.TETRAOptions{}); err != nil {
			fault(field, fmt.Sprintf("The transmitter cannot be used: %v.", err), "Compare it with docs/runbooks/radio.md.")
		}
		for _, signal := range slices.Concat(keys(t.Functions), keys(t.Signals), keys(t.Messages)) {
			if _, known := siren.AllSignals().Named(signal); !known {
				fault(field, fmt.Sprintf("There is no signal %q.", signal), "Name signals that tocsin siren signals lists.")
			}
		}
	}
	clear(seen)
	for i, r := range s.Receivers {
		field := fmt.Sprintf("receivers[%d]", i)
		if r.Name == "" || seen[r.Name] {
			fault(field+".name", "The receiver has no name of its own.", "Give each receiver another name.")
		}
		seen[r.Name] = true
		sources := 0
		for _, set := range []bool{len(r.Lines) > 0, len(r.Source) > 0, r.Samples != ""} {
			if set {
				sources++
			}
		}
		if sources != 1 {
			fault(field, "The receiver has no source, or several.", "Set one of lines, source and samples.")
		}
		if (len(r.Lines) > 0) != (len(r.Demodulators) == 0) {
			fault(field+".demodulators", "multimon-ng looks for nothing, or for lines that others print.", "Name demodulators such as POCSAG1200 and ZVEI1 beside source or samples, and none beside lines.")
		}
	}
	for kind, wait := range s.Waits {
		if !slices.Contains(siren.PathKinds, kind) || wait < time.Second || wait > 10*time.Minute {
			fault("waits", fmt.Sprintf("%s: %s is no wait.", kind, wait), "Name kinds of paths, and 1s to 10m each.")
		}
	}
	return faults
}

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	return names
}

// ways are all ways to the sirens, what listens to them, and what runs for them.
type ways struct {
	route  *route.Route
	ledger *journal.Ledger
	run    []func(context.Context) error
}

// newWays builds what the configuration names beside MQTT.
func newWays(c SirenConfig, g *gateway, records journal.Journal) (*ways, error) {
	book, orders := &route.Book{}, onair.NewOrders(c.Epoch)
	w := &ways{ledger: journal.NewLedger(records, journal.Projections{book, orders}, time.Now)}
	observe := func(s siren.State) { tell(g.bus, g.logger, s) }
	overHTTP := controller.New(controller.Options{Fleet: g.fleet, Observe: observe, Issuer: g.keys.signer, Epoch: c.Epoch, Log: g.logger})
	w.run = append(w.run, overHTTP.Run)
	var callers []route.Caller
	for _, t := range c.Radio {
		caller, err := t.caller(radio.TETRAOptions{
			Fleet: g.fleet, Observe: observe, Log: g.logger,
			Report: func(p siren.Progress) { w.route.Answer(p) },
		})
		if err != nil {
			return nil, err
		}
		if running, ok := caller.(interface{ Run(context.Context) error }); ok {
			w.run = append(w.run, running.Run)
		}
		callers = append(callers, caller)
	}
	w.route = route.New(route.Options{
		Bearers: map[siren.PathKind]route.Bearer{siren.PathMQTT: g.link, siren.PathHTTP: overHTTP}, Callers: callers,
		Waits: c.Waits, Recorder: route.Recorder{Book: book, Ledger: w.ledger}, Log: g.logger,
	})
	guard := onair.NewGuard(onair.GuardOptions{
		Ledger: w.ledger, Book: book, Orders: orders, Fleet: g.fleet, Confirm: w.route.Heard, Telemetry: g.bus, Now: time.Now, Log: g.logger,
	})
	w.run = append(w.run, guard.Run)
	for _, r := range c.Receivers {
		w.run = append(w.run, onair.NewReceiver(onair.ReceiverOptions{
			Name: r.Name, Lines: r.Lines, Source: r.Source, Samples: r.Samples, Demodulators: r.Demodulators, Hear: guard.Hear, Log: g.logger,
		}).Run)
	}
	return w, nil
}

// serve runs all that listens and calls. It returns early only when the journal
// can no longer be followed.
func (w *ways) serve(ctx context.Context, ready func()) error {
	if err := w.ledger.CatchUp(ctx); err != nil {
		return err
	}
	ready()
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	for _, run := range w.run {
		running.Go(func() { _ = run(ctx) }) // each ends with the context alone
	}
	if err := w.ledger.Follow(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("the guard of the sirens cannot follow the journal: %w", err)
	}
	return nil
}

// tellTime bounds how long a siren's state may take to the bus.
const tellTime = 2 * time.Second

// tell makes a siren's state known.
func tell(b bus.Bus, logger *slog.Logger, s siren.State) {
	ctx, cancel := context.WithTimeout(context.Background(), tellTime)
	defer cancel()
	data, err := json.Marshal(s)
	if err == nil {
		err = b.PutState(ctx, siren.StateSubject(s.Siren), data)
	}
	if err != nil {
		logger.Warn("cannot tell a siren's state", "siren", s.Siren, "error", err)
	}
}
