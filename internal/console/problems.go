// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// problemType is the media type of problem documents (RFC 9457).
const problemType = "application/problem+json"

// Problem is the body of every refusal: a problem document.
type Problem struct {
	problem.Document
}

var _ huma.StatusError = Problem{}

// Error implements error.
func (p Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (Problem) ContentType(string) string { return problemType }

// problemOf makes the answer to an error. What is no problem is a defect of
// ours: it is logged, and outsiders learn nothing but that.
func (s *Service) problemOf(ctx context.Context, err error) error {
	if problem.KindOf(err) == problem.Internal {
		s.o.Logger.LogAttrs(ctx, slog.LevelError, "request failed", slog.Any("error", err))
	}
	answer := Problem{problem.DocumentOf(err)}
	headers := http.Header{}
	setProblemHeaders(headers, err)
	if len(headers) == 0 {
		return answer
	}
	return huma.ErrorWithHeaders(answer, headers)
}

func setProblemHeaders(h http.Header, err error) {
	switch problem.KindOf(err) {
	case problem.RateLimited:
		h.Set("Retry-After", strconv.Itoa(retryAfter(err)))
	case problem.Unauthenticated:
		h.Set("WWW-Authenticate", `Bearer realm="tocsin"`)
	}
}

// retryAfter is how many seconds to wait after a limited error, at least one.
func retryAfter(err error) int {
	l, ok := errors.AsType[limited](err)
	if !ok {
		return 1
	}
	return max(1, int((l.wait+time.Second-1)/time.Second))
}

// writeProblem answers where huma does not.
func (s *Service) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	if problem.KindOf(err) == problem.Internal {
		s.o.Logger.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	document := problem.DocumentOf(err)
	setProblemHeaders(w.Header(), err)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(document.Status)
	// The status is out; a reader that went away is no concern.
	_ = json.NewEncoder(w).Encode(document)
}

// useProblems makes huma word its own refusals (a body that is not JSON, a field
// that the schema does not know) as problem documents. huma has one such
// setting for the whole process, and all its users here want the same.
var useProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return Problem{problem.DocumentOf(schemaProblem(status, message, errs))}
	}
})

func schemaProblem(status int, message string, errs []error) *problem.Error {
	kind := problem.Internal
	switch status {
	case http.StatusUnprocessableEntity:
		kind = problem.Invalid
	case http.StatusRequestEntityTooLarge:
		kind = problem.TooLarge
	case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusNotAcceptable, http.StatusRequestTimeout:
		kind = problem.Unreadable
	}
	if kind == problem.Internal {
		return problem.New(kind, kind.Title(), "")
	}
	if kind == problem.TooLarge {
		return problem.New(kind, "The request is larger than the node takes here.", "Send less at once; see the API's description for the limits.")
	}
	out := problem.New(kind, sentence(message), "Send what the API's description at /api/openapi.json asks for.")
	for _, err := range errs {
		if err == nil {
			continue
		}
		fault := problem.Fault{Rule: "api.schema", Message: sentence(err.Error())}
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			fault.Message = sentence(d.Message)
			fault.Field = strings.TrimPrefix(strings.TrimPrefix(d.Location, "body"), ".")
		}
		out.Faults = append(out.Faults, fault)
	}
	return out
}

// sentence gives a message the form of a sentence.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
