// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package capreport

import (
	_ "embed"
	"encoding/json"

	"github.com/tocsin-alert/tocsin/cap"
)

//go:embed titles.de.json
var germanJSON []byte

// german holds what the rules of reading ask for, in German. Package cap, which
// knows them, speaks English.
var german = func() map[cap.Rule]string {
	var titles map[cap.Rule]string
	if err := json.Unmarshal(germanJSON, &titles); err != nil {
		panic("capreport: the German titles: " + err.Error())
	}
	return titles
}()

// inGerman puts the German title of a rule of reading before what was found.
func inGerman(f cap.Finding) cap.Finding {
	if title := german[f.Rule]; title != "" {
		f.Message = title + " (" + f.Message + ")"
	}
	return f
}
