// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/web"
)

// listener is one HTTP listener with what is served on it.
type listener struct {
	net    net.Listener
	mux    *http.ServeMux
	server *http.Server
	secure bool
}

// listen opens a listener, so that a port in use is known at once.
func (n *Node) listen(c ListenConfig) (*listener, error) {
	open, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, addressProblem(err, c.Listen)
	}
	l := &listener{net: open, mux: http.NewServeMux(), secure: c.Certificate != ""}
	if l.secure {
		certificate, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
		if err != nil {
			open.Close()
			return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The certificate %s cannot be used.", c.Certificate), "Check that certificate and key are PEM files that belong together.")
		}
		l.net = tls.NewListener(open, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
	}
	l.mux.Handle("GET /assets/", web.Handler())
	l.server = &http.Server{
		Handler:           l.mux,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(n.logger.Handler(), slog.LevelDebug),
	}
	n.listeners = append(n.listeners, l)
	return l, nil
}

// addressProblem says which address cannot be had, and why.
func addressProblem(err error, address string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return problem.Wrap(err, problem.Conflict, fmt.Sprintf("The address %s is in use by another program.", address), "Stop that program, or choose another address.")
	}
	return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("It is not possible to listen on %s.", address), "Choose an address of this machine.")
}

func (n *Node) serve(l *listener) {
	if err := l.server.Serve(l.net); err != nil && !errors.Is(err, http.ErrServerClosed) && n.ctx.Err() == nil {
		n.stop(fmt.Errorf("serve %s: %w", l.net.Addr(), err))
	}
}

func (l *listener) port() string {
	_, port, _ := net.SplitHostPort(l.net.Addr().String()) // a TCP address has one
	return port
}

func (l *listener) url() string {
	scheme := "http"
	if l.secure {
		scheme = "https"
	}
	return scheme + "://" + l.net.Addr().String()
}
