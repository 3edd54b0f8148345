// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/internal/captext"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/radio/pocsag"
	"github.com/tocsin-alert/tocsin/radio/selcall"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

type sirenDecode struct {
	File    string `arg:"" help:"WAVE file of one channel of 16-bit samples; - reads standard input."`
	Charset string `default:"german" enum:"german,international" help:"How POCSAG's texts are read: german (umlauts) or international (ASCII)."`
	toneTables
	output `embed:""`
}

// heardCalls is what a sound holds. Times are seconds from its beginning.
type heardCalls struct {
	Pocsag      []heardPocsag     `json:"pocsag"`
	Calls       []heardSequence   `json:"calls"`
	DoubleTones []heardDoubleTone `json:"doubleTones"`
}

type heardPocsag struct {
	At           float64 `json:"at"`
	Baud         int     `json:"baud"`
	Address      uint32  `json:"address"`
	Function     string  `json:"function"`
	Kind         string  `json:"kind"` // a guess
	Message      string  `json:"message"`
	Numeric      string  `json:"numeric,omitempty"`
	Alphanumeric string  `json:"alphanumeric,omitempty"`
	Corrected    int     `json:"correctedBits"`
	Lost         int     `json:"lostCodewords"`
	Inverted     bool    `json:"inverted"`
}

type heardSequence struct {
	At     float64 `json:"at"`
	System string  `json:"system"`
	Call   string  `json:"call"`
}

type heardDoubleTone struct {
	At       float64 `json:"at"`
	Duration float64 `json:"duration"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Signal   string  `json:"signal,omitempty"`
}

// Run implements the command.
func (c *sirenDecode) Run() error {
	system, table, err := c.find()
	if err != nil {
		return err
	}
	sound, err := readSound(c.File)
	if err != nil {
		return err
	}
	heard := heardCalls{Pocsag: []heardPocsag{}, Calls: []heardSequence{}, DoubleTones: []heardDoubleTone{}}
	for _, h := range pocsag.Demodulate(sound.Samples, sound.Rate, charset(c.Charset)) {
		heard.Pocsag = append(heard.Pocsag, heardPocsag{
			At: seconds(h.At), Baud: int(h.Baud), Address: h.Address, Function: h.Function.String(),
			Kind: h.Kind().String(), Message: h.Message(), Numeric: h.Numeric, Alphanumeric: h.Alphanumeric,
			Corrected: h.Corrected, Lost: h.Lost, Inverted: h.Inverted,
		})
	}
	calls, doubles := selcall.Decode(sound.Samples, sound.Rate, system, table)
	for _, h := range calls {
		heard.Calls = append(heard.Calls, heardSequence{At: seconds(h.At), System: system.Name, Call: h.Digits})
	}
	for _, h := range doubles {
		heard.DoubleTones = append(heard.DoubleTones, heardDoubleTone{At: seconds(h.At), Duration: seconds(h.Duration), Low: h.Low, High: h.High, Signal: h.Signal})
	}
	if err := c.print(heard, heard.text); err != nil {
		return err
	}
	if len(heard.Pocsag)+len(heard.Calls)+len(heard.DoubleTones) == 0 {
		return problem.New(problem.NotFound, fmt.Sprintf("%s holds no call that can be read.", captext.Plain(c.File)), "Check level and channel, and whether another --system of tones was meant.")
	}
	return nil
}

func (h heardCalls) text(w io.Writer) {
	rows := [][]string{{"AT", "CALL", "TO", "HOW", "WHAT"}}
	at := func(s float64) string { return strconv.FormatFloat(s, 'f', 2, 64) + " s" }
	for _, p := range h.Pocsag {
		how := p.Kind
		if p.Lost > 0 {
			how += fmt.Sprintf(", %d codewords lost", p.Lost)
		}
		if p.Inverted {
			how += ", inverted"
		}
		rows = append(rows, []string{at(p.At), fmt.Sprintf("POCSAG%d", p.Baud), fmt.Sprintf("%07d %s", p.Address, p.Function), how, captext.Plain(p.Message)})
	}
	for _, s := range h.Calls {
		rows = append(rows, []string{at(s.At), s.System, s.Call})
	}
	for _, d := range h.DoubleTones {
		rows = append(rows, []string{at(d.At), "double tone", "", at(d.Duration), fmt.Sprintf("%g and %g Hz %s", d.Low, d.High, d.Signal)})
	}
	if len(rows) > 1 {
		table(w, rows)
	}
}

// seconds rounds to milliseconds, which is finer than anything measured.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

func readSound(path string) (wav.Sound, error) {
	in := os.Stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return wav.Sound{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read", captext.Plain(path)), "Check the path and its permissions.")
		}
		defer file.Close()
		in = file
	}
	sound, err := wav.Read(bufio.NewReader(in))
	if err != nil {
		return sound, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read", captext.Plain(path)), "Give a WAVE file of one channel of 16-bit samples.")
	}
	return sound, nil
}
