// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package cosigner holds the key of second signatures in a process of its own,
// behind a unix socket. It signs alarms that are for now and name its key, and
// nothing else, whoever asks.
package cosigner

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/unixsocket"
)

// What is said over the socket: HTTP/1.1, with raw bytes.
const (
	pathKey  = "/key"
	pathSign = "/sign"
	// maxMessage bounds what is to be signed, in bytes.
	maxMessage = 2 << 10
	// clockSlack is how far the node's clock and the cosigner's may differ.
	clockSlack = 5 * time.Minute
)

// ErrRefused is the error of a cosigner that must not sign.
var ErrRefused = errors.New("cosigner: refused")

// Check says with ErrRefused why a message is not one that the key may sign as
// the second: the text of a frame with two signatures, which sounds an alarm now.
func Check(message []byte, key siren.KeyID, now time.Time) error {
	f, err := siren.ParseSecond(message)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrRefused, err)
	case f.Second != key:
		return fmt.Errorf("%w: the frame names the second key %s", ErrRefused, f.Second)
	case f.Action != siren.ActionSound:
		return fmt.Errorf("%w: a %s needs one signature", ErrRefused, f.Action)
	case f.NotBefore.After(now.Add(clockSlack)) || f.Expires().Before(now.Add(-clockSlack)):
		return fmt.Errorf("%w: the frame is for %v", ErrRefused, f.NotBefore)
	}
	return nil
}

// Serve answers on a unix socket until the context ends. A socket that a dead
// process left is taken over.
func Serve(ctx context.Context, path string, key ed25519.PrivateKey, now func() time.Time) error {
	return unixsocket.Serve(ctx, path, "cosigner", handler(key, now))
}

func handler(key ed25519.PrivateKey, now func() time.Time) http.Handler {
	signer, public := siren.NewSigner(key), key.Public().(ed25519.PublicKey)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathKey, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(public) // who has left asks again
	})
	mux.HandleFunc("POST "+pathSign, func(w http.ResponseWriter, r *http.Request) {
		message, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
		if err == nil {
			err = Check(message, signer.KeyID(), now())
		}
		var signature []byte
		if err == nil {
			signature, err = signer.Sign(message)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		_, _ = w.Write(signature)
	})
	return mux
}

// Remote is the key behind a socket, as a siren.Signer.
type Remote struct {
	path   string
	client *http.Client

	mu     sync.Mutex
	public ed25519.PublicKey
}

var _ siren.Signer = (*Remote)(nil)

// Dial gives the signer behind a unix socket. It need not answer yet; until it
// did once, its key has no id and signs nothing.
func Dial(path string) *Remote {
	return &Remote{path: path, client: unixsocket.Client(path)}
}

// Close ends the connection.
func (r *Remote) Close() error {
	r.client.CloseIdleConnections()
	return nil
}

// Public is the public half of the key; nil if the cosigner did not answer yet.
func (r *Remote) Public() ed25519.PublicKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.public == nil {
		if key, err := r.call(pathKey, nil); err == nil && len(key) == ed25519.PublicKeySize {
			r.public = key
		}
	}
	return r.public
}

// KeyID implements siren.Signer.
func (r *Remote) KeyID() siren.KeyID {
	public := r.Public()
	if public == nil {
		return siren.KeyID{}
	}
	return siren.KeyIDOf(public)
}

// Sign implements siren.Signer.
func (r *Remote) Sign(message []byte) ([]byte, error) { return r.call(pathSign, message) }

func (r *Remote) call(path string, body []byte) ([]byte, error) {
	response, err := r.client.Post("http://cosigner"+path, "application/octet-stream", bytes.NewReader(body))
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("No cosigner answers at %s.", r.path), "Start it: tocsin siren cosigner.")
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxMessage))
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The cosigner at %s broke off.", r.path), "Look at its own record.")
	}
	if response.StatusCode != http.StatusOK {
		return nil, problem.Wrap(ErrRefused, problem.Forbidden, "The cosigner does not sign: "+string(bytes.TrimSpace(answer)), "Compare the clocks of node and cosigner, and the keyset with its key.")
	}
	return answer, nil
}
