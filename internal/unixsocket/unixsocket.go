// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package unixsocket lets a process that holds a key serve the node beside it:
// HTTP over a unix socket, which the file system guards.
package unixsocket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// callFor bounds one call; a signature takes milliseconds.
const callFor = 5 * time.Second

// Serve answers at the path until the context ends. A socket that a dead process
// left is taken over; one that answers is not. name is what serves, such as
// "signer", for errors.
func Serve(ctx context.Context, path, name string, handler http.Handler) error {
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return problem.New(problem.Conflict, fmt.Sprintf("A %s answers at %s.", name, path), "Stop it first.")
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
	server := &http.Server{Handler: handler, ReadTimeout: callFor, WriteTimeout: callFor}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("serve %s: %w", name, err)
	}
	return nil
}

// Client speaks to the process behind a socket, which need not answer yet.
func Client(path string) *http.Client {
	dialer := net.Dialer{Timeout: callFor}
	return &http.Client{Timeout: callFor, Transport: &http.Transport{
		DialContext:  func(ctx context.Context, _, _ string) (net.Conn, error) { return dialer.DialContext(ctx, "unix", path) },
		MaxIdleConns: 1, IdleConnTimeout: 2 * time.Minute,
	}}
}
