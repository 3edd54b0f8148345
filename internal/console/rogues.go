// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// RogueAlarm is an alarm that nobody here set off, and how often it was noticed.
type RogueAlarm struct {
	siren.Rogue
	// Name is that of the siren that said so; Names are those of the sirens that a
	// call on the air reaches.
	Name  string   `json:"name,omitempty"`
	Names []string `json:"names"`
	// Times is how often it was noticed, and Last when last.
	Times int       `json:"times"`
	Last  time.Time `json:"last"`
}

// RogueNote says what a rogue alarm was.
type RogueNote struct {
	Note string `json:"note" maxLength:"1000"`
}

// sightings holds how often each open rogue alarm was noticed.
type sightings struct {
	mu   sync.Mutex
	byID map[string]siren.RogueSighting
}

// take reports whether it read a sighting.
func (s *sightings) take(data []byte) bool {
	var seen siren.RogueSighting
	if json.Unmarshal(data, &seen) != nil || seen.ID == "" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]siren.RogueSighting{}
	}
	s.byID[seen.ID] = seen
	return true
}

func (s *sightings) of(id string) siren.RogueSighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[id]
}

// watchRogues keeps how often rogue alarms are noticed. Telemetry may be lost,
// so a watch that breaks begins again.
func (s *Service) watchRogues(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.o.Bus.WatchState(ctx, siren.RoguePattern, func(_ string, data []byte) error {
			if s.sightings.take(data) {
				s.changes.record(s.ledger.Applied())
			}
			return nil
		})
		if ctx.Err() != nil {
			return
		}
		s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "sightings of rogue alarms broke off, watching again", slog.Any("error", err))
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// RogueAlarms lists those that nobody has settled, the newest first.
func (s *Service) RogueAlarms() []RogueAlarm {
	alarms := []RogueAlarm{}
	for _, rogue := range s.view.rogues.Open() {
		seen := s.sightings.of(rogue.ID)
		alarm := RogueAlarm{Rogue: rogue, Names: []string{}, Times: max(1, seen.Times), Last: rogue.At}
		if seen.Last.After(alarm.Last) {
			alarm.Last = seen.Last
		}
		if registered, ok := s.view.fleet.Siren(rogue.Siren); ok {
			alarm.Name = registered.Name
		}
		for _, id := range rogue.Sirens {
			if registered, ok := s.view.fleet.Siren(id); ok {
				alarm.Names = append(alarm.Names, registered.Name)
			}
		}
		alarms = append(alarms, alarm)
	}
	return alarms
}

// SettleRogue records that a rogue alarm has been dealt with, and what it was.
func (s *Service) SettleRogue(ctx context.Context, who Identity, id string, in RogueNote) (Accepted, error) {
	if err := s.require(who, operator.Releaser); err != nil {
		return Accepted{}, err
	}
	return s.do(ctx, who, siren.CommandSettleRogue, siren.RogueSettled{ID: id, Note: in.Note})
}

// rogueTrouble is one line for all rogue alarms that are open.
func (s *Service) rogueTrouble() []Trouble {
	line := Trouble{Code: "siren.rogue", Things: []string{}}
	for _, alarm := range s.RogueAlarms() {
		line.Count++
		line.Since = alarm.At // the oldest comes last
		if len(line.Things) < namedThings {
			line.Things = append(line.Things, cmp.Or(alarm.Name, alarm.Siren, alarm.Call))
		}
	}
	if line.Count == 0 {
		return nil
	}
	return []Trouble{worded(line)}
}
