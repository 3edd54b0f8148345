// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/radio/pocsag"
	"github.com/tocsin-alert/tocsin/radio/selcall"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

type sirenEncode struct {
	Pocsag encodePocsag `cmd:"" help:"A POCSAG call (ITU-R M.584-2)."`
	Zvei   encodeZvei   `cmd:"" help:"A five-tone call, and the double tone that sets off a siren."`
}

// soundFile is where and how a sound is written.
type soundFile struct {
	Output string `short:"o" required:"" help:"File to write; - writes to standard output." placeholder:"FILE" type:"path"`
	Rate   int    `default:"22050" help:"Samples per second."`
	Raw    bool   `help:"Write bare samples (16 bits, signed, little-endian) instead of a WAVE file."`
}

func (f soundFile) write(samples []int16) error {
	sound := wav.Sound{Rate: f.Rate, Samples: samples}
	raw := sound.Raw()
	if !f.Raw {
		var err error
		if raw, err = sound.Bytes(); err != nil {
			return problem.Wrap(err, problem.Invalid, "The sound cannot be written.", "Choose another rate, or send less at once.")
		}
	}
	if f.Output == "-" {
		_, err := os.Stdout.Write(raw)
		return err
	}
	return writeFile(f.Output, raw)
}

// unsigned warns of what no radio call of these kinds can show.
const unsigned = "No receiver can tell who sent it, and whoever hears it can send it again."

type encodePocsag struct {
	RIC           []uint32 `name:"ric" required:"" help:"Address, 0 to 2097151. Several get the same call, one after the other." placeholder:"RIC"`
	Function      string   `required:"" enum:"A,B,C,D" help:"A, B, C or D; what each sets off is agreed locally."`
	Baud          int      `default:"1200" enum:"512,1200,2400" help:"512, 1200 or 2400 bits per second."`
	Message       string   `help:"Text of the call; without one it is tone-only." placeholder:"TEXT"`
	Numeric       bool     `help:"Send the text as digits: 0 to 9, *, U, space, -, ) and (."`
	Charset       string   `default:"german" enum:"german,international" help:"What seven bits stand for: german (umlauts) or international (ASCII)."`
	Transliterate bool     `help:"Write characters that the set lacks with others, instead of refusing them."`
	Inverted      bool     `help:"Make a one the positive level, for transmitters that want it so."`
	soundFile     `embed:""`
}

// Run implements the command.
func (c *encodePocsag) Run() error {
	function, err := pocsag.ParseFunction(c.Function)
	if err != nil {
		return err
	}
	kind := pocsag.ToneOnly
	switch {
	case c.Message != "" && c.Numeric:
		kind = pocsag.Numeric
	case c.Message != "":
		kind = pocsag.Alphanumeric
	}
	var calls []pocsag.Call
	var addresses []string
	for _, ric := range c.RIC {
		calls = append(calls, pocsag.Call{Address: ric, Function: function, Kind: kind, Message: c.Message})
		addresses = append(addresses, fmt.Sprintf("%07d", ric))
	}
	sent, err := pocsag.Encode(calls, pocsag.Options{Charset: charset(c.Charset), Transliterate: c.Transliterate})
	if err != nil {
		remedy := "Correct what is named."
		if _, ok := errors.AsType[*pocsag.CharacterError](err); ok && kind == pocsag.Alphanumeric {
			remedy = "Write it with other characters, or add --transliterate."
		}
		return problem.Wrap(err, problem.Invalid, "This cannot be sent by POCSAG", remedy)
	}
	baud := pocsag.Baud(c.Baud)
	samples, err := pocsag.Modulation{Baud: baud, Rate: c.Rate, Inverted: c.Inverted}.Samples(sent.Bits())
	if err != nil {
		return problem.Wrap(err, problem.Invalid, "This cannot be made a sound", "Choose a higher --rate.")
	}
	if err := c.write(samples); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "On the air for %.2f s. On a siren's frequency this sets off whatever function %s stands for at %s. %s\n",
		sent.Airtime(baud).Seconds(), function, strings.Join(addresses, ", "), unsigned)
	return nil
}

func charset(name string) pocsag.Charset {
	if name == "international" {
		return pocsag.International
	}
	return pocsag.German
}

type encodeZvei struct {
	Call   string `required:"" help:"Five digits of the receiver (up to eight in other systems); repeat tones go in by themselves." placeholder:"12345"`
	Signal string `help:"Signal that a siren is to give, by the double tone after the call: fire, warning, trial, disaster, all-clear, nbc in the table de." placeholder:"NAME"`
	Times  int    `default:"2" help:"How often the call is sent before the double tone."`
	toneTables
	soundFile `embed:""`
}

// toneTables are the tables that a call of tones is written and read by.
type toneTables struct {
	System string `default:"ZVEI1" help:"Table of tones: ZVEI1, ZVEI2, ZVEI3, DZVEI, PZVEI, CCIR, EEA or EIA."`
	Table  string `default:"de" help:"Country whose double tones are meant: de or at."`
}

func (t toneTables) find() (selcall.System, selcall.Table, error) {
	system, err := selcall.Named(t.System)
	if err != nil {
		return system, selcall.Table{}, problem.Wrap(err, problem.Invalid, "The call has no tones", "Choose one of those named.")
	}
	table, err := selcall.TableNamed(t.Table)
	if err != nil {
		return system, table, problem.Wrap(err, problem.Invalid, "The signals have no tones", "Choose one of those named.")
	}
	return system, table, nil
}

// Run implements the command.
func (c *encodeZvei) Run() error {
	system, table, err := c.find()
	if err != nil {
		return err
	}
	alert := selcall.Alert{System: system, Call: c.Call, Times: c.Times}
	sets := "wakes the pagers with this call; sirens that have it wait some seconds for a double tone."
	if c.Signal != "" {
		signal, err := table.Signal(c.Signal)
		if err != nil {
			return problem.Wrap(err, problem.Invalid, "There is no such double tone", "Choose one of those named, or another --table.")
		}
		alert.Signal = &signal
		sets = fmt.Sprintf("makes every siren with this call sound %s (%s, %g and %g Hz).", signal.Sounds, signal.Title, signal.Low, signal.High)
	}
	if c.Times == 0 {
		return problem.New(problem.Invalid, "The call is to be sent 0 times.", "Give --times 1 or more.")
	}
	samples, err := alert.Samples(c.Rate)
	if err != nil {
		return problem.Wrap(err, problem.Invalid, "This cannot be sent by tones", "Correct what is named.")
	}
	if err := c.write(samples); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "On the air for %.2f s. On a siren's frequency this %s %s\n", wav.Sound{Rate: c.Rate, Samples: samples}.Duration().Seconds(), sets, unsigned)
	return nil
}
