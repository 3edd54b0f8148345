// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/unixsocket"
)

// What is said over the socket: HTTP/1.1, POST, JSON, or the checkpoint as it is.
const (
	pathKeys = "/keys"
	pathLast = "/last"
	pathSign = "/sign"
	// maxMessage bounds a request and an answer, in bytes.
	maxMessage = 64 << 10
)

// Serve answers on a unix socket until the context ends. A socket that a dead
// signer left is taken over. Whoever may open the socket may have trees signed
// that go on from the last one, and nothing else.
func Serve(ctx context.Context, path string, s publiclog.Signer) error {
	return unixsocket.Serve(ctx, path, "signer", handler(s))
}

func handler(s publiclog.Signer) http.Handler {
	mux := http.NewServeMux()
	answer := func(path string, call func(context.Context, []byte) ([]byte, error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
			if err == nil {
				body, err = call(r.Context(), body)
			}
			switch {
			case errors.Is(err, publiclog.ErrRefused):
				http.Error(w, err.Error(), http.StatusConflict)
			case err != nil:
				http.Error(w, err.Error(), http.StatusInternalServerError)
			default:
				_, _ = w.Write(body) // who has left asks again
			}
		})
	}
	answer(pathKeys, func(ctx context.Context, _ []byte) ([]byte, error) {
		keys, err := s.Keys(ctx)
		if err != nil {
			return nil, err
		}
		return json.Marshal(keys)
	})
	answer(pathLast, func(ctx context.Context, _ []byte) ([]byte, error) { return s.Last(ctx) })
	answer(pathSign, func(ctx context.Context, body []byte) ([]byte, error) {
		var p publiclog.Proposal
		if err := json.Unmarshal(body, &p); err != nil {
			return nil, err
		}
		return s.Sign(ctx, p)
	})
	return mux
}

// Remote is a signer behind a socket.
type Remote struct{ client *http.Client }

var _ publiclog.Signer = (*Remote)(nil)

// Dial gives the signer behind a unix socket. It need not answer yet.
func Dial(path string) *Remote {
	return &Remote{unixsocket.Client(path)}
}

// Close ends the connection.
func (r *Remote) Close() error {
	r.client.CloseIdleConnections()
	return nil
}

// Keys implements publiclog.Signer.
func (r *Remote) Keys(ctx context.Context) ([]string, error) {
	raw, err := r.call(ctx, pathKeys, nil)
	if err != nil {
		return nil, err
	}
	var keys []string
	if err := json.Unmarshal(raw, &keys); err != nil {
		return nil, fmt.Errorf("signer's keys: %w", err)
	}
	return keys, nil
}

// Last implements publiclog.Signer.
func (r *Remote) Last(ctx context.Context) ([]byte, error) { return r.call(ctx, pathLast, nil) }

// Sign implements publiclog.Signer.
func (r *Remote) Sign(ctx context.Context, p publiclog.Proposal) ([]byte, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("ask signer: %w", err)
	}
	return r.call(ctx, pathSign, body)
}

func (r *Remote) call(ctx context.Context, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://signer"+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask signer: %w", err)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the signer does not answer: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxMessage))
	if err != nil {
		return nil, fmt.Errorf("the signer does not answer: %w", err)
	}
	switch response.StatusCode {
	case http.StatusOK:
		return answer, nil
	case http.StatusConflict:
		return nil, fmt.Errorf("%w: %s", publiclog.ErrRefused, bytes.TrimSpace(answer))
	}
	return nil, fmt.Errorf("the signer failed: %s", bytes.TrimSpace(answer))
}
