// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// maxImport bounds an imported file, in bytes.
const maxImport = 8 << 20

// What requests carry beside the JSON body of in.
type (
	noIn struct{}
	idIn struct {
		ID string `path:"id" maxLength:"100"`
	}
	idBodyIn[T any] struct {
		ID   string `path:"id" maxLength:"100"`
		Body T
	}
	nameBodyIn[T any] struct {
		Name string `path:"name" maxLength:"64"`
		Body T
	}
	nameIDBodyIn[T any] struct {
		Name string `path:"name" maxLength:"64"`
		ID   string `path:"id" maxLength:"100"`
		Body T
	}
	nameIDIn struct {
		Name string `path:"name" maxLength:"64"`
		ID   string `path:"id" maxLength:"100"`
	}
)

// withCookie is an answer that sets the session's cookie.
type withCookie[T any] struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      T
}

// onlyCookie is an answer without a body that clears the session's cookie.
type onlyCookie struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *Service) registerOperations(api huma.API) {
	s.registerSession(api)
	s.registerOperators(api)
	s.registerSituation(api)
	s.registerSirenTests(api)
	s.registerWarnings(api)
	s.registerLists(api)
	s.registerRegistry(api)
	s.registerEnrolment(api)
	s.registerProposals(api)
	s.registerSirenOrders(api)
	s.registerPlanning(api)
}

func (s *Service) registerSession(api huma.API) {
	register(s, api, operation{
		method: http.MethodPost, path: "/session", id: "sign-in", summary: "Sign in with a password", open: true,
		note: "Opens a session and sets its cookie. Attempts are limited per account and per address; Retry-After says when to try again.",
	}, func(ctx context.Context, a asked, in *in[SignIn]) (*withCookie[Me], error) {
		cookie, err := s.SignIn(ctx, a.request, in.Body)
		if err != nil {
			return nil, err
		}
		signedIn := a.request.Clone(ctx)
		signedIn.Header = http.Header{"Accept-Language": a.request.Header.Values("Accept-Language")}
		signedIn.AddCookie(cookie)
		who, err := s.Identify(signedIn)
		if err != nil {
			return nil, err
		}
		return &withCookie[Me]{SetCookie: *cookie, Body: s.Me(who)}, nil
	})
	register(s, api, operation{
		method: http.MethodDelete, path: "/session", id: "sign-out", summary: "End the session", status: http.StatusNoContent,
	}, func(ctx context.Context, a asked, _ *noIn) (*onlyCookie, error) {
		cookie, err := s.SignOut(ctx, a.who)
		if err != nil {
			return nil, err
		}
		return &onlyCookie{SetCookie: *cookie}, nil
	})
	register(s, api, operation{
		method: http.MethodGet, path: "/seals/{name}", id: "get-sealed-key", summary: "Get a break-glass key, encrypted", open: true,
		note: "What a browser needs to open it with the code from the envelope. Attempts are limited as sign-ins are.",
	}, func(_ context.Context, a asked, in *struct {
		Name string `path:"name" maxLength:"64"`
	}) (*body[SealedKey], error) {
		return answer(s.SealedKey(a.request, in.Name))
	})
	register(s, api, operation{
		method: http.MethodPost, path: "/seals/{name}/session", id: "break-seal", summary: "Open a session by a break-glass key", open: true,
		note: "The first one breaks the seal: everyone sees it, and it stands in the public log.",
	}, func(ctx context.Context, a asked, in *nameBodyIn[SealBreaking]) (*onlyCookie, error) {
		cookie, err := s.BreakSeal(ctx, a.request, in.Name, in.Body)
		if err != nil {
			return nil, err
		}
		return &onlyCookie{SetCookie: *cookie}, nil
	})
	register(s, api, operation{
		method: http.MethodPost, path: "/seals", id: "seal-key", summary: "Make a break-glass key (administrator)", status: http.StatusCreated,
		note: "It opens nothing until another administrator or a releaser has confirmed it.",
	}, func(ctx context.Context, a asked, in *in[operator.PrepareSeal]) (*body[Accepted], error) {
		return answer(s.Seal(ctx, a.who, in.Body))
	})
	register(s, api, operation{method: http.MethodGet, path: "/me", id: "get-me", summary: "Say who asks"},
		func(_ context.Context, a asked, _ *noIn) (*body[Me], error) { return answer(s.Me(a.who), nil) })
	register(s, api, operation{
		method: http.MethodPost, path: "/keys", id: "enrol-key", summary: "Enrol one's own signing key", status: http.StatusCreated,
		note: "A passkey, or a P-256 public key as SubjectPublicKeyInfo. At most five are valid at once. Nobody can enrol a key for someone else. " +
			"A key of an account into which an administrator had a way awaits a confirmation.",
	}, func(ctx context.Context, a asked, in *in[KeyEnrolment]) (*body[Accepted], error) {
		return answer(s.EnrolKey(ctx, a.who, in.Body))
	})
	register(s, api, operation{method: http.MethodGet, path: "/keys/enrolment", id: "get-enrolment", summary: "Get what a browser needs to make a passkey"},
		func(_ context.Context, a asked, _ *noIn) (*body[Enrolment], error) {
			return answer(s.Enrolment(a.who), nil)
		})
	register(s, api, operation{method: http.MethodDelete, path: "/keys/{id}", id: "revoke-own-key", summary: "Revoke one's own signing key"},
		func(ctx context.Context, a asked, in *idIn) (*body[Accepted], error) {
			return answer(s.RevokeKey(ctx, a.who, a.who.Name, in.ID))
		})
}

func (s *Service) registerOperators(api huma.API) {
	register(s, api, operation{method: http.MethodGet, path: "/people", id: "list-people", summary: "List people with their keys, and what happened to accounts"},
		func(_ context.Context, a asked, _ *noIn) (*body[People], error) { return answer(s.People(a.who), nil) })
	register(s, api, operation{
		method: http.MethodPost, path: "/operators/{name}/keys/{id}/confirm", id: "confirm-key", summary: "Confirm a key (its owner, or an administrator)",
		note: "The assertion is over the statement that /people gives with the key. An administrator who had a way into the account is refused.",
	}, func(ctx context.Context, a asked, in *nameIDBodyIn[KeyConfirmation]) (*body[Accepted], error) {
		return answer(s.ConfirmKey(ctx, a.who, in.Name, in.ID, in.Body))
	})
	register(s, api, operation{method: http.MethodGet, path: "/operators", id: "list-operators", summary: "List accounts (administrator)"},
		func(_ context.Context, a asked, _ *noIn) (*body[[]Operator], error) {
			return answer(s.Operators(a.who))
		})
	register(s, api, operation{method: http.MethodPost, path: "/operators", id: "create-operator", summary: "Open an account (administrator)", status: http.StatusCreated},
		func(ctx context.Context, a asked, in *in[NewOperator]) (*body[Accepted], error) {
			return answer(s.CreateOperator(ctx, a.who, in.Body))
		})
	register(s, api, operation{
		method: http.MethodPatch, path: "/operators/{name}", id: "change-operator", summary: "Change an account (administrator), or one's own password",
		note: "Members that are absent stay. Nobody changes their own roles; the last administrator stays one. A new password ends the account's sessions.",
	}, func(ctx context.Context, a asked, in *nameBodyIn[OperatorChange]) (*body[Accepted], error) {
		return answer(s.ChangeOperator(ctx, a.who, in.Name, in.Body))
	})
	register(s, api, operation{method: http.MethodDelete, path: "/operators/{name}/keys/{id}", id: "revoke-key", summary: "Revoke a signing key (administrator)"},
		func(ctx context.Context, a asked, in *nameIDIn) (*body[Accepted], error) {
			return answer(s.RevokeKey(ctx, a.who, in.Name, in.ID))
		})
	register(s, api, operation{
		method: http.MethodPost, path: "/operators/{name}/tokens", id: "issue-token", summary: "Issue a bearer token (one's own, or as administrator)", status: http.StatusCreated,
		note: "The secret is in this answer and nowhere else.",
	}, func(ctx context.Context, a asked, in *nameBodyIn[NewToken]) (*body[IssuedToken], error) {
		return answer(s.IssueToken(ctx, a.who, in.Name, in.Body))
	})
	register(s, api, operation{method: http.MethodDelete, path: "/operators/{name}/tokens/{id}", id: "revoke-token", summary: "Revoke a bearer token (one's own, or as administrator)"},
		func(ctx context.Context, a asked, in *nameIDIn) (*body[Accepted], error) {
			return answer(s.RevokeToken(ctx, a.who, in.Name, in.ID))
		})
}

func (s *Service) registerSituation(api huma.API) {
	register(s, api, operation{method: http.MethodGet, path: "/board", id: "get-board", summary: "Get the situation"},
		func(_ context.Context, a asked, _ *noIn) (*body[Board], error) { return answer(s.Board(a.who), nil) })
	register(s, api, operation{method: http.MethodGet, path: "/sirens", id: "list-sirens", summary: "List sirens with their states"},
		func(_ context.Context, _ asked, in *SirenFilter) (*body[SirenPage], error) {
			return answer(s.Sirens(*in))
		})
	register(s, api, operation{method: http.MethodGet, path: "/fleet/regions", id: "list-fleet-regions", summary: "Count the sirens by region"},
		func(_ context.Context, _ asked, in *struct {
			Level string `query:"level" enum:"land,kreis" doc:"Without one, kreis where all sirens stand in one Land"`
		}) (*body[[]FleetRegion], error) {
			return answer(s.FleetRegions(map[string]geo.Level{"land": geo.LevelLand, "kreis": geo.LevelKreis}[in.Level]), nil)
		})
	register(s, api, operation{method: http.MethodGet, path: "/sirens/{id}", id: "get-siren", summary: "Get one siren with what it did"},
		func(_ context.Context, _ asked, in *idIn) (*body[SirenDetail], error) { return answer(s.Siren(in.ID)) })
	register(s, api, operation{method: http.MethodGet, path: "/areas", id: "search-areas", summary: "Find regions and places by name or key"},
		func(_ context.Context, _ asked, in *struct {
			Query string `query:"q" required:"true" minLength:"1" maxLength:"100"`
		}) (*body[[]AreaHit], error) {
			return answer(s.SearchAreas(in.Query), nil)
		})
	register(s, api, operation{method: http.MethodPost, path: "/areas/check", id: "check-area", summary: "Say what an area is, holds and breaks"},
		func(_ context.Context, _ asked, in *in[geo.Area]) (*body[AreaCheck], error) {
			return answer(s.CheckArea(in.Body), nil)
		})
}

func (s *Service) registerWarnings(api huma.API) {
	register(s, api, operation{
		method: http.MethodPost, path: "/prepare", id: "prepare-message", summary: "Say what a message would be and do",
		note: "Composes the message, checks it, and estimates its reach. Nothing is stored. Sign the statement, and send what came back to /requests.",
	}, func(_ context.Context, a asked, in *in[PrepareRequest]) (*body[Draft], error) {
		return answer(s.Prepare(a.who, in.Body))
	})
	register(s, api, operation{
		method: http.MethodPost, path: "/requests", id: "request-release", summary: "Ask for the release of a message (author)", status: http.StatusCreated,
		note: "The assertion is over the statement that /prepare gave. 412 means that someone else changed the request or the chain meanwhile.",
	}, func(ctx context.Context, a asked, in *in[warning.RequestCommand]) (*body[Accepted], error) {
		return answer(s.Request(ctx, a.who, in.Body))
	})
	register(s, api, operation{method: http.MethodGet, path: "/warnings", id: "list-warnings", summary: "List warnings, newest first"},
		func(_ context.Context, _ asked, in *struct {
			Status warning.Status `query:"status" enum:"waiting,in-force,ended,expired,dropped"`
		}) (*body[[]WarningRow], error) {
			rows := slices.DeleteFunc(s.Warnings(), func(r WarningRow) bool { return in.Status != "" && r.Status != in.Status })
			return answer(rows, nil)
		})
	register(s, api, operation{method: http.MethodGet, path: "/warnings/{id}", id: "get-warning", summary: "Get one warning with its chain, its request and its deliveries"},
		func(_ context.Context, a asked, in *idIn) (*body[Warning], error) {
			return answer(s.Warning(a.who, in.ID))
		})
	register(s, api, operation{method: http.MethodGet, path: "/warnings/{id}/diff", id: "get-difference", summary: "Say what the pending message changes"},
		func(_ context.Context, a asked, in *idIn) (*body[Difference], error) {
			return answer(s.Difference(a.who, in.ID))
		})
	for _, kind := range []warning.Kind{warning.KindUpdate, warning.KindAllClear} {
		register(s, api, operation{method: http.MethodGet, path: "/warnings/{id}/" + string(kind), id: "prefill-" + string(kind), summary: "Get the content of an " + string(kind) + ", prefilled"},
			func(_ context.Context, a asked, in *idIn) (*body[Prefilled], error) {
				return answer(s.Prefill(a.who, in.ID, kind))
			})
	}
	register(s, api, operation{method: http.MethodGet, path: "/warnings/{id}/read-back", id: "read-back", summary: "Fetch the last message as the public receives it"},
		func(ctx context.Context, a asked, in *idIn) (*body[ReadBack], error) {
			return answer(s.ReadBack(ctx, a.who, in.ID))
		})
	register(s, api, operation{
		method: http.MethodPost, path: "/warnings/{id}/release", id: "release-message", summary: "Release the pending message (releaser)",
		note: "A browser session must also send the confirmation: the area and the level. With a bearer token it may be left out.",
	}, func(ctx context.Context, a asked, in *idBodyIn[Release]) (*body[Accepted], error) {
		return answer(s.Release(ctx, a.who, in.ID, in.Body))
	})
	for _, end := range []struct {
		verb, who string
		do        func(context.Context, Identity, string, Drop) (Accepted, error)
	}{
		{"refuse", "releaser, with a reason", s.Refuse},
		{"withdraw", "its author", s.Withdraw},
		{"stop", "anyone on shift", s.Stop},
	} {
		register(s, api, operation{
			method: http.MethodPost, path: "/warnings/{id}/" + end.verb, id: end.verb + "-request",
			summary: "End the pending request: " + end.verb + " (" + end.who + ")",
		}, func(ctx context.Context, a asked, in *idBodyIn[Drop]) (*body[Accepted], error) {
			return answer(end.do(ctx, a.who, in.ID, in.Body))
		})
	}
}

func (s *Service) registerLists(api huma.API) {
	register(s, api, operation{method: http.MethodGet, path: "/templates", id: "list-templates", summary: "List prepared warnings"},
		func(context.Context, asked, *noIn) (*body[[]TemplateInfo], error) { return answer(s.Templates(), nil) })
	register(s, api, operation{method: http.MethodGet, path: "/events", id: "list-events", summary: "List what a warning can be about"},
		func(context.Context, asked, *noIn) (*body[[]EventInfo], error) { return answer(s.Events(), nil) })
	register(s, api, operation{method: http.MethodGet, path: "/levels", id: "list-levels", summary: "List the warning levels"},
		func(context.Context, asked, *noIn) (*body[[]LevelInfo], error) { return answer(s.Levels(), nil) })
	register(s, api, operation{method: http.MethodGet, path: "/signals", id: "list-signals", summary: "List the siren signals"},
		func(context.Context, asked, *noIn) (*body[[]SignalInfo], error) { return answer(s.Signals(), nil) })
}

func (s *Service) registerProposals(api huma.API) {
	register(s, api, operation{method: http.MethodGet, path: "/proposals", id: "list-proposals", summary: "List foreign messages"},
		func(_ context.Context, _ asked, in *struct {
			Status string `query:"status" enum:"open,adopted,dismissed,superseded"`
		}) (*body[[]Proposal], error) {
			return answer(s.Proposals(in.Status), nil)
		})
	register(s, api, operation{method: http.MethodGet, path: "/proposals/{id}", id: "get-proposal", summary: "Get one with its original and a prefilled content"},
		func(_ context.Context, _ asked, in *idIn) (*body[ProposalDetail], error) {
			return answer(s.Proposal(in.ID))
		})
	register(s, api, operation{
		method: http.MethodPost, path: "/proposals/import", id: "import-proposals", summary: "Import a CAP message or a zip container of them", largest: maxImport,
		note: "The body is the file as it is, at most 8 MiB. Messages that came before change nothing.",
	}, func(ctx context.Context, a asked, in *struct {
		Name    string `query:"name" maxLength:"200" doc:"Name of the file"`
		RawBody []byte `contentType:"application/octet-stream"`
	}) (*body[Imported], error) {
		name := in.Name
		if name == "" {
			name = "upload"
		}
		return answer(s.Import(ctx, a.who, name, slices.Clone(in.RawBody)))
	})
	register(s, api, operation{method: http.MethodPost, path: "/proposals/{id}/dismiss", id: "dismiss-proposal", summary: "Dismiss a proposal, with a reason"},
		func(ctx context.Context, a asked, in *idBodyIn[Dismissal]) (*body[Accepted], error) {
			return answer(s.Dismiss(ctx, a.who, in.ID, in.Body))
		})
}
