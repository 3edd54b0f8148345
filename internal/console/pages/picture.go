// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/tone"
)

// picture is a siren signal to see and to hear.
type picture struct {
	console.SignalInfo
	// Path is the course of the pitch; see tone.Path.
	Path string
}

func (c *call) pictures() map[string]picture {
	all := map[string]picture{}
	for _, signal := range c.s.Service.Signals() {
		all[signal.Name] = picture{SignalInfo: signal, Path: tone.Path(siren.Signal{Segments: signal.Segments})}
	}
	return all
}
