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
	"net"
	"net/http"
	"os"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
)

// What is said over the socket: HTTP/1.1, POST, JSON, or the checkpoint as it is.
const (
	pathKeys = "/keys"
	pathLast = "/last"
	pathSign = "/sign"
	// maxMessage bounds a request and an answer, in bytes.
	maxMessage = 64 << 10
	// callFor bounds one call; a signature takes milliseconds.
	callFor = 5 * time.Second
)

// Serve answers on a unix socket until the context ends. A socket that a dead
// signer left is taken over. Whoever may open the socket may have trees signed
// that go on from the last one, and nothing else.
func Serve(ctx context.Context, path string, s publiclog.Signer) error {
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return problem.New(problem.Conflict, fmt.Sprintf("A signer answers at %s.", path), "Stop it first.")
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == os.ModeSocket {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("take over socket: %w", err)
		}
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The socket %s cannot be made.", path), "Check that its folder is there and may be written.")
	}
	// The node's user belongs to the socket's group.
	if err := os.Chmod(path, 0o660); err != nil {
		return errors.Join(fmt.Errorf("protect socket: %w", err), listener.Close())
	}
	server := &http.Server{Handler: handler(s), ReadTimeout: callFor, WriteTimeout: callFor}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("serve signer: %w", err)
	}
	return nil
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
	dialer := net.Dialer{Timeout: callFor}
	return &Remote{&http.Client{Timeout: callFor, Transport: &http.Transport{
		DialContext:  func(ctx context.Context, _, _ string) (net.Conn, error) { return dialer.DialContext(ctx, "unix", path) },
		MaxIdleConns: 1, IdleConnTimeout: 2 * time.Minute,
	}}}
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
