// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Prefix is the path under which the API is served.
const Prefix = "/api/v1"

// APIVersion is the version of the API's description.
const APIVersion = "1.0.0"

// asked is what the outer handler knows of a request.
type asked struct {
	request *http.Request
	who     Identity
	err     error
}

type askedKey struct{}

// newHandler builds the API. The order of its layers: recover from defects, set
// headers, refuse foreign origins, find out who asks, and then the operation.
func (s *Service) newHandler() (http.Handler, error) {
	useProblems()
	mux := http.NewServeMux()
	api := humago.New(mux, apiConfig())
	allowDrafts(api)
	s.registerOperations(api)
	if err := s.registerStreams(mux, api); err != nil {
		return nil, err
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.writeProblem(w, r, problem.New(problem.NotFound, fmt.Sprintf("There is no %s %s.", r.Method, r.URL.Path), "See /api/openapi.json for what there is."))
	})
	origins := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recover(w, r)
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		// Only browsers send cookies by themselves; a bearer token is sent on purpose.
		if r.Header.Get("Authorization") == "" {
			if err := origins.Check(r); err != nil {
				s.writeProblem(w, r, problem.Wrap(err, problem.Forbidden, "This request comes from another site.", "Open the console at its own address and try again."))
				return
			}
		}
		state := asked{request: r}
		state.who, state.err = s.Identify(r)
		mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), askedKey{}, state)))
	}), nil
}

func (s *Service) recover(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	s.writeProblem(w, r, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
}

func apiConfig() huma.Config {
	config := huma.DefaultConfig("Tocsin", APIVersion)
	config.DocsPath, config.OpenAPIPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema member and no Link header in answers
	config.Info.Description = "Everything that the operators' console does. docs/formats/api.md explains it."
	config.Info.License = &huma.License{Name: "EUPL-1.2", Identifier: "EUPL-1.2"}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "A bearer token of an operator."},
		"session": {Type: "apiKey", In: "cookie", Name: "tocsin_session", Description: "The session of a browser; __Host-tocsin_session over HTTPS."},
	}
	config.Security = []map[string][]string{{"token": {}}, {"session": {}}}
	return config
}

// allowDrafts lets a content, or a planner's question, come with members missing: what is missing is
// for the rules to say, in their words and all at once.
func allowDrafts(api huma.API) {
	registry := api.OpenAPI().Components.Schemas
	for _, t := range []reflect.Type{
		reflect.TypeFor[warning.Content](), reflect.TypeFor[warning.Text](), reflect.TypeFor[geo.Area](),
		reflect.TypeFor[study.Question](), reflect.TypeFor[earshot.Assumptions](),
	} {
		schema := registry.SchemaFromRef(registry.Schema(t, true, "").Ref)
		schema.Required = nil
		schema.PrecomputeMessages()
	}
}

// operation describes one operation of the API.
type operation struct {
	method, path, id, summary string
	// note says more than the summary.
	note string
	// status is that of success, 200 when zero.
	status int
	// largest bounds the body in bytes; zero stands for 1 MiB.
	largest int64
	// open lets in whoever is not signed in.
	open bool
}

// register adds an operation. The handler is called for those who are signed
// in alone, unless the operation is open.
func register[In, Out any](s *Service, api huma.API, op operation, handler func(context.Context, asked, *In) (*Out, error)) {
	described := huma.Operation{
		Method: op.method, Path: Prefix + op.path, OperationID: op.id, Summary: op.summary, Description: op.note,
		DefaultStatus: op.status, MaxBodyBytes: op.largest, BodyReadTimeout: bodyTimeout(op.largest),
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity},
		Tags:   []string{strings.Split(strings.TrimPrefix(op.path, "/"), "/")[0]},
	}
	if op.open {
		described.Security = []map[string][]string{}
	} else {
		described.Middlewares = huma.Middlewares{s.signedIn}
	}
	huma.Register(api, described, func(ctx context.Context, in *In) (*Out, error) {
		state := askedOf(ctx)
		out, err := handler(ctx, state, in)
		if err != nil {
			return nil, s.problemOf(ctx, refusal.In(catalogue.For(Language(state.request)), err))
		}
		return out, nil
	})
}

// slowest is the slowest line on which a large body still arrives in time, in bytes
// per second.
const slowest = 256 << 10

// bodyTimeout is how long a body may take to arrive.
func bodyTimeout(largest int64) time.Duration {
	return 5*time.Second + time.Duration(largest/slowest)*time.Second
}

// signedIn refuses whoever is not, before anything of the request is read.
func (s *Service) signedIn(ctx huma.Context, next func(huma.Context)) {
	if err := askedOf(ctx.Context()).err; err != nil {
		r, w := humago.Unwrap(ctx)
		s.writeProblem(w, r, err)
		return
	}
	next(ctx)
}

// askedOf is what newHandler put there; it does so for every request.
func askedOf(ctx context.Context) asked { return ctx.Value(askedKey{}).(asked) }

// body is an answer with a JSON body.
type body[T any] struct{ Body T }

// in is a request with a JSON body.
type in[T any] struct{ Body T }

func answer[T any](value T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{Body: value}, nil
}

// registerStreams adds what is not JSON: the stream, the map and the
// description itself. They stand in the description by hand.
func (s *Service) registerStreams(mux *http.ServeMux, api huma.API) error {
	served := func(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := askedOf(r.Context()).err; err != nil {
				s.writeProblem(w, r, err)
				return
			}
			if err := handle(w, r); err != nil {
				s.writeProblem(w, r, err)
			}
		}
	}
	mux.HandleFunc("GET "+Prefix+"/stream", served(s.stream))
	mux.HandleFunc("GET "+Prefix+"/map/{file}", served(s.maps.serve))
	s.registerPlanningFiles(mux, api, served)
	text := func(mediaType, description string) map[string]*huma.Response {
		return map[string]*huma.Response{"200": {
			Description: description, Content: map[string]*huma.MediaType{mediaType: {Schema: &huma.Schema{Type: "string"}}},
		}}
	}
	api.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: Prefix + "/stream", OperationID: "watch-changes", Tags: []string{"stream"},
		Summary:     "Watch what changes",
		Description: "Server-sent events, at most ten batches a second: board (StreamBoard), warning (StreamWarning), siren (StreamSirens), reach (StreamReach: who hears the sirens of a warning in force). The first event is always board.",
		Responses:   text("text/event-stream", "A stream that ends with the session."),
	})
	api.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: Prefix + "/map/{file}", OperationID: "get-map-file", Tags: []string{"map"},
		Summary: "Get what the map draws: regions.geojson, places.geojson or background.geojson",
		Parameters: []*huma.Param{{Name: "file", In: "path", Required: true, Schema: &huma.Schema{
			Type: "string", Enum: []any{"regions.geojson", "places.geojson", "background.geojson"},
		}}},
		Responses: text("application/geo+json", "A GeoJSON FeatureCollection (RFC 7946)."),
	})
	for _, t := range []reflect.Type{reflect.TypeFor[StreamBoard](), reflect.TypeFor[StreamWarning](), reflect.TypeFor[StreamSirens](), reflect.TypeFor[StreamReach]()} {
		api.OpenAPI().Components.Schemas.Schema(t, true, "")
	}
	description, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
	if err != nil {
		return fmt.Errorf("write API description: %w", err)
	}
	s.description = append(description, '\n')
	mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(s.description)
	})
	return nil
}
