// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

// SirenEnrolment is what whoever sets up a device needs. The code is shown this once.
type SirenEnrolment struct {
	Siren   string    `json:"siren"`
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
	enrolment.Info
}

// codeLife is how long a code holds.
const codeLife = 24 * time.Hour

// registerEnrolment adds how sirens get and lose their certificates.
func (s *Service) registerEnrolment(api huma.API) {
	register(s, api, operation{
		method: http.MethodPost, path: "/sirens/{id}/enrolment", id: "enrol-siren", summary: "Let a device enrol as a siren (administrator)", status: http.StatusCreated,
		note: "Gives a code for one device and 24 hours, and ends the code before. The certificates that the siren has end when the device enrols.",
	}, func(ctx context.Context, a asked, in *idIn) (*body[SirenEnrolment], error) {
		return answer(s.EnrolSiren(ctx, a.who, in.ID))
	})
	register(s, api, operation{
		method: http.MethodDelete, path: "/sirens/{id}/certificates", id: "revoke-siren", summary: "End a siren's certificates and its open code (administrator)",
	}, func(ctx context.Context, a asked, in *idIn) (*body[Accepted], error) {
		return answer(s.RevokeSiren(ctx, a.who, in.ID))
	})
}

// EnrolSiren opens the enrolment of a siren, for administrators.
func (s *Service) EnrolSiren(ctx context.Context, who Identity, id string) (SirenEnrolment, error) {
	if err := s.require(who, operator.Administrator); err != nil {
		return SirenEnrolment{}, err
	}
	if _, ok := s.view.fleet.Siren(id); !ok {
		return SirenEnrolment{}, notFound("siren.unknown", id)
	}
	out := SirenEnrolment{Siren: id, Code: enrolment.NewCode(), Expires: s.o.Now().UTC().Add(codeLife).Truncate(time.Second)}
	asking, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	raw, err := s.o.Bus.Request(asking, enrolment.InfoSubject, nil)
	if err == nil {
		err = json.Unmarshal(raw, &out.Info)
	}
	if err != nil {
		said := refusal.New(problem.Conflict, "siren.enrolment")
		said.Err = err
		return SirenEnrolment{}, said
	}
	hash, _ := enrolment.HashCode(id, out.Code) // of a code that was just made
	_, err = s.do(ctx, who, enrolment.CommandOpen, enrolment.Opening{Siren: id, Hash: hash, Expires: out.Expires})
	return out, err
}

// RevokeSiren ends a siren's certificates, for administrators.
func (s *Service) RevokeSiren(ctx context.Context, who Identity, id string) (Accepted, error) {
	if err := s.require(who, operator.Administrator); err != nil {
		return Accepted{}, err
	}
	if _, ok := s.view.fleet.Siren(id); !ok {
		return Accepted{}, notFound("siren.unknown", id)
	}
	return s.do(ctx, who, enrolment.CommandRevoke, enrolment.Revocation{Siren: id})
}

// watchRefused keeps what the gateway's listener refuses. Telemetry may be lost,
// so a watch that breaks begins again.
func (s *Service) watchRefused(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.o.Bus.WatchState(ctx, siren.RefusedSubject, func(_ string, data []byte) error {
			var refused siren.Refused
			if json.Unmarshal(data, &refused) == nil {
				s.refused.Store(&refused)
				s.changes.record(s.ledger.Applied())
			}
			return nil
		})
		if ctx.Err() != nil {
			return
		}
		s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "what the listener refuses broke off, watching again", slog.Any("error", err))
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// refusedTime is how long what was refused is a trouble.
const refusedTime = time.Hour

// refusedTrouble is a line for what sirens tried that they may not. What
// strangers try stands in the gateway's record alone: there are always some. It
// is called within View.
func (s *Service) refusedTrouble() []Trouble {
	refused := s.refused.Load()
	if refused == nil {
		return nil
	}
	line := Trouble{Code: "siren-listener.refused", Things: []string{}}
	for _, r := range refused.Last {
		registered, known := s.view.fleet.Siren(r.Siren)
		if !known || s.o.Now().Sub(r.At) > refusedTime {
			continue
		}
		line.Count++
		if line.Since.IsZero() {
			line.Since = r.At
		}
		if len(line.Things) < namedThings && !slices.Contains(line.Things, registered.Name) {
			line.Things = append(line.Things, registered.Name)
		}
	}
	if line.Count == 0 {
		return nil
	}
	return []Trouble{worded(line)}
}
