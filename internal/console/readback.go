// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

const (
	readBackTimeout = 5 * time.Second
	maxReadBack     = 4 << 20
)

// The results of reading a page back.
const (
	readSame        = "same"
	readMissing     = "missing"
	readDifferent   = "different"
	readUnreachable = "unreachable"
)

// ReadBack fetches the last message of a warning from the public addresses, so
// that the room sees what people see and not what it meant to send.
func (s *Service) ReadBack(ctx context.Context, who Identity, id string) (ReadBack, error) {
	var identifier string
	var released []byte
	found := false
	s.ledger.View(func() {
		w, ok := s.view.book.Warning(id)
		if found = ok; ok && w.Last() != nil {
			identifier, released = w.Last().Identifier, w.Last().CAP
		}
	})
	switch {
	case !found:
		return ReadBack{}, notFound("warning.unknown", id)
	case released == nil:
		return ReadBack{}, problem.New(problem.Conflict, who.text("api.refusal.not-released"), who.text("api.refusal.not-released.remedy"))
	case s.o.PublicURL == "":
		return ReadBack{}, problem.New(problem.Unavailable, who.text("api.read-back.no-address"), who.text("api.read-back.no-address.remedy"))
	}
	out := ReadBack{Warning: id, Identifier: identifier, At: s.o.Now().UTC()}
	for _, page := range []struct {
		name, path string
		judge      func([]byte) string
	}{
		{"cap", capPath(identifier), func(body []byte) string {
			if bytes.Equal(body, released) {
				return readSame
			}
			return readDifferent
		}},
		{"page", "/warnings/" + url.PathEscape(id), holds(id)},
		{"feed", "/feed.atom", holds(identifier)},
	} {
		out.Pages = append(out.Pages, s.readBack(ctx, page.name, s.o.PublicURL+page.path, page.judge))
	}
	return out, nil
}

func holds(text string) func([]byte) string {
	return func(body []byte) string {
		if bytes.Contains(body, []byte(text)) {
			return readSame
		}
		return readMissing
	}
}

func (s *Service) readBack(ctx context.Context, name, address string, judge func([]byte) string) ReadBackPage {
	page := ReadBackPage{Name: name, URL: address, Result: readUnreachable}
	ctx, cancel := context.WithTimeout(ctx, readBackTimeout)
	defer cancel()
	begun := time.Now()
	body, status, err := fetch(ctx, address)
	page.Milliseconds = time.Since(begun).Milliseconds()
	switch {
	case err != nil:
		page.Detail = err.Error()
	case status == http.StatusOK:
		page.Result = judge(body)
	case status == http.StatusNotFound || status == http.StatusGone:
		page.Result = readMissing
	default:
		page.Detail = fmt.Sprintf("the answer has status %d", status)
	}
	return page
}

func fetch(ctx context.Context, address string) ([]byte, int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("read back: %w", err)
	}
	// What is read back must be what the public gets now, not what a cache held.
	request.Header.Set("Cache-Control", "no-cache")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, 0, fmt.Errorf("read back: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReadBack))
	if err != nil {
		return nil, 0, fmt.Errorf("read back: %w", err)
	}
	return body, response.StatusCode, nil
}
