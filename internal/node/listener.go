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

// httpListener is one HTTP listener with what is served on it.
type httpListener struct {
	net    net.Listener
	mux    *http.ServeMux // of pages; nil for others
	server *http.Server
	secure bool
}

// listen opens the listener of a page, so that a port in use is known at once.
func (n *Node) listen(c ListenConfig) (*httpListener, error) {
	var config *tls.Config
	if c.Certificate != "" {
		certificate, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
		if err != nil {
			return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The certificate %s cannot be used.", c.Certificate), "Check that certificate and key are PEM files that belong together.")
		}
		config = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", web.Handler())
	l, err := n.open(c.Listen, config, mux)
	if err != nil {
		return nil, err
	}
	l.mux = mux
	return l, nil
}

// open opens a listener that is served once the node runs; without TLS where the
// configuration is nil.
func (n *Node) open(address string, config *tls.Config, handler http.Handler) (*httpListener, error) {
	open, err := net.Listen("tcp", address)
	if err != nil {
		return nil, addressProblem(err, address)
	}
	l := &httpListener{net: open, secure: config != nil}
	if l.secure {
		l.net = tls.NewListener(open, config)
	}
	l.server = &http.Server{
		Handler:           handler,
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

func (n *Node) serve(l *httpListener) {
	if err := l.server.Serve(l.net); err != nil && !errors.Is(err, http.ErrServerClosed) && n.ctx.Err() == nil {
		n.stop(fmt.Errorf("serve %s: %w", l.net.Addr(), err))
	}
}

func (l *httpListener) port() string {
	_, port, _ := net.SplitHostPort(l.net.Addr().String()) // a TCP address has one
	return port
}

func (l *httpListener) url() string {
	scheme := "http"
	if l.secure {
		scheme = "https"
	}
	return scheme + "://" + l.net.Addr().String()
}
