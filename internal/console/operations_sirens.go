// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// registerSirenOrders adds what is asked of sirens outside a warning.
func (s *Service) registerSirenOrders(api huma.API) {
	register(s, api, operation{method: http.MethodGet, path: "/stops", id: "list-stops", summary: "List the orders to sirens to be silent, newest first"},
		func(context.Context, asked, *noIn) (*body[[]SirenStopRow], error) { return answer(s.SirenStops(), nil) })
	register(s, api, operation{method: http.MethodPost, path: "/stops/effect", id: "check-stop", summary: "Say what an order to be silent would do"},
		func(_ context.Context, _ asked, in *in[siren.StopCommand]) (*body[SirenStopEffect], error) {
			return answer(s.StopEffect(in.Body), nil)
		})
	register(s, api, operation{
		method: http.MethodPost, path: "/stops", id: "stop-sirens", summary: "Order sirens to be silent (releaser)", status: http.StatusCreated,
		note: "One person suffices. While a warning is in force that sounded them, a browser session must also send the confirmation; with a bearer token it may be left out.",
	}, func(ctx context.Context, a asked, in *in[SirenStop]) (*body[Accepted], error) {
		return answer(s.StopSirens(ctx, a.who, in.Body))
	})
	register(s, api, operation{
		method: http.MethodGet, path: "/warnings/{id}/field-order", id: "get-field-order", summary: "List the sirens that the newest message did not reach, and what to do there",
	}, func(_ context.Context, _ asked, in *idIn) (*body[FieldOrder], error) {
		return answer(s.FieldOrder(in.ID))
	})
	register(s, api, operation{
		method: http.MethodGet, path: "/warnings/{id}/rounds", id: "get-rounds", summary: "Propose rounds for loudspeaker vehicles, where the newest message's sirens are not heard",
		note: "By the census and the sirens that sounded. A stop is what one halt does: the part of a place in one square kilometre; at most 3,000 are taken. Ways are as the crow flies, and durations are estimates by the pace that is given. Pages have the same as CSV and GPX.",
	}, func(_ context.Context, _ asked, in *struct {
		ID       string `path:"id" maxLength:"100"`
		Vehicles int    `query:"vehicles" minimum:"1" maximum:"20" default:"1" doc:"How many vehicles there are."`
	}) (*body[LoudspeakerRounds], error) {
		return answer(s.Rounds(in.ID, in.Vehicles))
	})
	register(s, api, operation{method: http.MethodGet, path: "/rogue-alarms", id: "list-rogue-alarms", summary: "List alarms that nobody here set off"},
		func(context.Context, asked, *noIn) (*body[[]RogueAlarm], error) { return answer(s.RogueAlarms(), nil) })
	register(s, api, operation{method: http.MethodPost, path: "/rogue-alarms/{id}/settle", id: "settle-rogue-alarm", summary: "Say that a rogue alarm is dealt with, and what it was (releaser)"},
		func(ctx context.Context, a asked, in *idBodyIn[RogueNote]) (*body[Accepted], error) {
			return answer(s.SettleRogue(ctx, a.who, in.ID, in.Body))
		})
}
