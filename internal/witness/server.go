// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	// readFor bounds how long a request may take to arrive, and its answer to leave.
	readFor = 10 * time.Second
	// atOnce is how many requests are looked at together; the memory that
	// strangers can take follows from it and maxBody.
	atOnce = 64
)

// Serve answers on the listener until the context ends.
func (w *Witness) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: w.Handler(), ReadTimeout: readFor, WriteTimeout: readFor, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 8 << 10,
		ErrorLog: slog.NewLogLogger(w.logger.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() {
		leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), readFor)
		defer cancel()
		if server.Shutdown(leave) != nil {
			server.Close()
		}
	})
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("serve witness: %w", err)
	}
	return nil
}

// Handler answers the calls of C2SP tlog-witness.
func (w *Witness) Handler() http.Handler {
	seats := make(chan struct{}, atOnce)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+path, func(out http.ResponseWriter, r *http.Request) {
		select {
		case seats <- struct{}{}:
			defer func() { <-seats }()
		default:
			out.Header().Set("Retry-After", "1")
			http.Error(out, "too many requests at once", http.StatusServiceUnavailable)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(out, r.Body, maxBody))
		if err != nil {
			http.Error(out, "the body is too large, or did not arrive", http.StatusRequestEntityTooLarge)
			return
		}
		parsed, err := parseRequest(body)
		var lines []byte
		if err == nil {
			lines, err = w.add(parsed)
		}
		if err != nil {
			w.refuse(out, err)
			return
		}
		out.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = out.Write(lines) // who has left asks again
	})
	return mux
}

// statuses are the answers to what is not cosigned.
var statuses = map[error]int{
	errMalformed: http.StatusBadRequest, errRange: http.StatusBadRequest, errUnknown: http.StatusNotFound,
	errUnsigned: http.StatusForbidden, errFork: http.StatusConflict, errProof: http.StatusUnprocessableEntity,
}

func (w *Witness) refuse(out http.ResponseWriter, err error) {
	if size, ok := errors.AsType[*sizeError](err); ok {
		out.Header().Set("Content-Type", typeSize)
		out.WriteHeader(http.StatusConflict)
		fmt.Fprintf(out, "%d\n", size.size)
		return
	}
	for reason, status := range statuses {
		if errors.Is(err, reason) {
			http.Error(out, err.Error(), status)
			return
		}
	}
	w.logger.Error("a checkpoint could not be cosigned", slog.Any("error", err))
	http.Error(out, "the witness cannot keep what it cosigns", http.StatusInternalServerError)
}
