// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Status is what an agent says of itself at the site.
type Status struct {
	Siren     string `json:"siren"`
	Number    uint32 `json:"number"`
	PublicKey string `json:"publicKey"`
	// Keyset is the version of the one that the siren obeys; 0 without a root.
	Keyset uint32 `json:"keyset"`
	// Started is when the agent started, Clock its clock now.
	Started time.Time `json:"started"`
	Clock   time.Time `json:"clock"`
	// Broker is the one it is connected to; empty when it is cut off.
	Broker string `json:"broker"`
	// Trouble is the catalogue key of the gravest trouble; empty for none.
	Trouble string `json:"trouble,omitempty"`
	// Horn is why the last signal was not given; empty if it was.
	Horn     string             `json:"horn,omitempty"`
	Sounding bool               `json:"sounding"`
	Inputs   map[string]reading `json:"inputs"`
	// Acted is the last frames acted on, oldest first.
	Acted    []siren.Acted              `json:"acted"`
	Counters map[siren.KeyID]siren.Mark `json:"counters"`
}

const (
	statusSocket = "agent.sock"
	statusLimit  = 5 * time.Second
	maxStatus    = 64 << 10
)

// Status says how the siren is.
func (a *Agent) Status() Status {
	now := time.Now()
	horn, broker := a.horn.state(now), a.link.Broker()
	a.mu.Lock()
	defer a.mu.Unlock()
	s := Status{
		Siren: a.identity.siren, Number: a.identity.number, Keyset: a.identity.trust.Keyset.Version,
		PublicKey: base64.StdEncoding.EncodeToString(a.identity.public()),
		Started:   a.started.UTC(), Clock: a.options.Clock().UTC(), Broker: broker,
		Trouble: a.contacts.Detail(), Sounding: horn.Audible, Inputs: a.sensors.all(),
		Acted: a.memory.Acted, Counters: a.memory.Counters,
	}
	if newer, err := siren.ReadKeyset(siren.Envelope{Body: a.memory.Keyset}); err == nil {
		s.Keyset = max(s.Keyset, newer.Version)
	}
	if horn.Failure != nil {
		s.Horn = horn.Failure.Error()
	}
	return s
}

// serveStatus answers whoever connects to the socket in the state directory.
func (a *Agent) serveStatus() (io.Closer, error) {
	path := filepath.Join(a.options.Config.State, statusSocket)
	_ = os.Remove(path) // of an agent that was killed; the lock says that none runs
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "The agent's status cannot be offered.", "Give the state directory a path of less than 90 bytes, and the agent the right to write there.")
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			_ = conn.SetDeadline(time.Now().Add(statusLimit))
			_ = json.NewEncoder(conn).Encode(a.Status()) // whoever asked may be gone
			conn.Close()
		}
	}()
	return listener, nil
}

// readStatus asks the agent that uses the state directory.
func readStatus(dir string) (Status, error) {
	conn, err := net.Dial("unix", filepath.Join(dir, statusSocket))
	if err != nil {
		return Status{}, problem.Wrap(err, problem.Unavailable, "No agent answers here.", "Look at its record with journalctl -u tocsin-agent, and start it.")
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(statusLimit))
	var s Status
	if err := json.NewDecoder(io.LimitReader(conn, maxStatus)).Decode(&s); err != nil {
		return Status{}, problem.Wrap(err, problem.Unavailable, "The agent does not say how it is.", "Try again; if that does not help, start it anew.")
	}
	return s, nil
}

// write prints a status for people.
func (s Status) write(w io.Writer) {
	broker := s.Broker
	if broker == "" {
		broker = "none, cut off"
	}
	fmt.Fprintf(w, "siren %s, number %d\nbroker: %s\nclock: %s\nstarted: %s\n", s.Siren, s.Number, broker, s.Clock.Format(time.RFC3339), s.Started.Format(time.RFC3339))
	if s.Trouble != "" {
		fmt.Fprintf(w, "trouble: %s\n", strings.TrimPrefix(s.Trouble, "siren.detail."))
	}
	if s.Horn != "" {
		fmt.Fprintf(w, "horn: %s\n", s.Horn)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Inputs)) {
		r := s.Inputs[name]
		state := "off"
		switch {
		case !r.Known:
			state = "not read yet"
		case name == inputTemperature:
			state = fmt.Sprintf("%.1f °C", r.Value)
		case r.On:
			state = "on"
		}
		if r.Error != "" {
			state += ", cannot be read: " + r.Error
		}
		fmt.Fprintf(w, "input %s: %s\n", name, state)
	}
	for _, a := range s.Acted {
		fmt.Fprintf(w, "frame %s: %s %s\n", a.Frame, a.Outcome, a.At.UTC().Format(time.RFC3339))
	}
}
