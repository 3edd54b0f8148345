// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"time"

	sirens "github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
)

// payload is what the plan keeps: the signed frames and the calls on the air, so
// that a delivery that is taken up again sends the very same ones and no siren
// sounds twice.
type payload struct {
	Signal string   `json:"signal"`
	Frames [][]byte `json:"frames"`
	// Ways are those beside MQTT, with every call on the air that may be made:
	// route.Ways as JSON, compressed, since one record has to hold them for a Land.
	Ways []byte `json:"ways,omitempty"`
	// Airtime is how long each transmitter would be busy if all had to be called.
	Airtime map[string]time.Duration `json:"airtime,omitempty"`
}

// mostWays bounds the ways of one plan, in bytes of JSON.
const mostWays = 64 << 20

// payload fixes what an order to the sirens that are meant may use.
func (c *Channel) payload(signal string, frames [][]byte, meant []sirens.Siren) (json.RawMessage, error) {
	ways := route.Survey(c.options.Fleet.All(), meant, signal, c.options.Route.Callers())
	packed, err := pack(ways)
	if err != nil {
		return nil, err
	}
	return json.Marshal(payload{signal, frames, packed, ways.Airtime()})
}

func pack(w route.Ways) ([]byte, error) {
	if len(w.Sirens) == 0 {
		return nil, nil
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if err := json.NewEncoder(writer).Encode(w); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

func unpack(packed []byte) (w route.Ways, err error) {
	if len(packed) == 0 {
		return w, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return w, err
	}
	raw, err := io.ReadAll(io.LimitReader(reader, mostWays+1))
	if err == nil && len(raw) > mostWays {
		err = fmt.Errorf("more than %d bytes", mostWays)
	}
	if err == nil {
		err = json.Unmarshal(raw, &w)
	}
	return w, err
}
