// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// receiver is the demo's own receiver of webhooks. It checks the signature of
// what comes (Standard Webhooks) and keeps it, one JSON line each, in a file.
type receiver struct {
	secret []byte
	file   *os.File
	server *http.Server
	net    net.Listener
}

// ReceivedFile is the file in the demo's directory with the webhooks that came.
const ReceivedFile = "webhook-received.jsonl"

func newReceiver(path, secret string) (*receiver, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return nil, fmt.Errorf("read webhook secret: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open webhook receiver's file: %w", err)
	}
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("listen for webhooks: %w", err)
	}
	r := &receiver{secret: key, file: file, net: open}
	r.server = &http.Server{Handler: http.HandlerFunc(r.receive), ReadTimeout: 10 * time.Second}
	go r.server.Serve(open) // ends with close
	return r, nil
}

func (r *receiver) url() string { return "http://" + r.net.Addr().String() + "/" }

func (r *receiver) close() {
	r.server.Close()
	r.file.Close()
}

func (r *receiver) receive(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, 4<<20))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	id, stamp := request.Header.Get("Webhook-Id"), request.Header.Get("Webhook-Timestamp")
	mac := hmac.New(sha256.New, r.secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, given := range strings.Fields(request.Header.Get("Webhook-Signature")) {
		if hmac.Equal([]byte(given), []byte(expected)) {
			line, err := json.Marshal(map[string]any{"received": time.Now().UTC(), "id": id, "body": json.RawMessage(body)})
			if err == nil {
				_, err = r.file.Write(append(line, '\n'))
			}
			if err != nil {
				http.Error(w, "not kept", http.StatusInternalServerError)
				return
			}
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	http.Error(w, "wrong signature", http.StatusUnauthorized)
}
