// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package client speaks to a node's API as an operator with a bearer token and,
// for what must be signed, a key file. The command line is made of it.
package client

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Client is one operator's access to one node.
type Client struct {
	server string
	token  string
	http   *http.Client
}

// New makes a client of the node at an address such as https://console.example.
func New(server, token string) *Client {
	return &Client{
		server: strings.TrimSuffix(server, "/"), token: token,
		http: &http.Client{Timeout: 30 * time.Second},
	}
}

// largestAnswer bounds what is read from a node.
const largestAnswer = 64 << 20

// Call sends a request with a JSON body (nil for none) and reads the JSON
// answer into out (nil to leave it). Its error is a *problem.Error.
func (c *Client) Call(ctx context.Context, method, path string, body, out any) error {
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		content = bytes.NewReader(raw)
	}
	return c.send(ctx, method, path, "application/json", content, out)
}

// Upload sends a file as it is and reads the JSON answer into out.
func (c *Client) Upload(ctx context.Context, path, mediaType string, content io.Reader, out any) error {
	return c.send(ctx, http.MethodPost, path, mediaType, content, out)
}

// Fetch gets a file as it is.
func (c *Client) Fetch(ctx context.Context, path string) ([]byte, error) {
	return c.exchange(ctx, http.MethodGet, path, "", nil)
}

func (c *Client) send(ctx context.Context, method, path, mediaType string, content io.Reader, out any) error {
	raw, err := c.exchange(ctx, method, path, mediaType, content)
	if err != nil || out == nil || len(raw) == 0 {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return problem.Wrap(err, problem.Unreadable, "The node's answer cannot be read.", "Check that --server is a Tocsin node of the same version.")
	}
	return nil
}

// exchange sends a request and gives the body of the answer.
func (c *Client) exchange(ctx context.Context, method, path, mediaType string, content io.Reader) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.server+"/api/v1"+path, content)
	if err != nil {
		return nil, problem.Wrap(err, problem.Invalid, fmt.Sprintf("%q is no address of a node.", c.server), "Write --server as https://host:port.")
	}
	if content != nil {
		request.Header.Set("Content-Type", mediaType)
	}
	request.Header.Set("Accept-Language", "en") // the command line's own language
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The node at %s does not answer.", c.server), "Check --server and that the node runs.")
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, largestAnswer))
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "The node's answer broke off.", "Look whether the command took effect before you try again.")
	}
	if answer.StatusCode >= 400 {
		return nil, refusal(answer.StatusCode, raw)
	}
	return raw, nil
}

func refusal(status int, raw []byte) error {
	var document problem.Document
	if err := json.Unmarshal(raw, &document); err != nil || !strings.HasPrefix(document.Type, problem.TypePrefix) {
		return problem.Wrap(errors.New(http.StatusText(status)), problem.Unavailable, fmt.Sprintf("Something answered with HTTP status %d that is no Tocsin node.", status), "Check --server.")
	}
	return problem.ErrorOf(document)
}

// Request prepares a message, checks that what the node composed has the digest
// that it says, signs it and asks for its release.
func (c *Client) Request(ctx context.Context, in console.PrepareRequest, key *ecdsa.PrivateKey) (console.Draft, error) {
	var draft console.Draft
	if err := c.Call(ctx, http.MethodPost, "/prepare", in, &draft); err != nil {
		return draft, err
	}
	if err := problem.InvalidFaults("The message breaks a rule and was not requested.", draft.Faults); err != nil {
		return draft, err
	}
	me, err := c.Me(ctx)
	if err != nil {
		return draft, err
	}
	digest, err := checkDigest(draft.CAP, draft.Digest)
	if err != nil {
		return draft, err
	}
	assertion, err := operator.Assert(key, me.Name, operator.Statement{
		Action: operator.ActionRequest, Role: operator.Author, Warning: draft.Warning, Message: draft.Identifier, Digest: digest,
	})
	if err != nil {
		return draft, err
	}
	command := warning.RequestCommand{
		Warning: draft.Warning, Identifier: draft.Identifier, Kind: draft.Kind, Content: draft.Content, Digest: digest, Assertion: assertion,
	}
	if draft.Replaces != "" {
		var replaces warning.Digest
		if err := replaces.UnmarshalText([]byte(draft.Replaces)); err != nil {
			return draft, fmt.Errorf("read draft: %w", err)
		}
		command.Replaces = &replaces
	}
	return draft, c.Call(ctx, http.MethodPost, "/requests", command, nil)
}

// Release signs the pending request of a warning and releases it.
func (c *Client) Release(ctx context.Context, id string, key *ecdsa.PrivateKey) (console.Warning, error) {
	w, err := c.Warning(ctx, id)
	if err != nil {
		return w, err
	}
	if w.Pending == nil {
		return w, problem.New(problem.Conflict, fmt.Sprintf("Nothing of %s waits for release.", id), "See tocsin warning show "+id+".")
	}
	me, err := c.Me(ctx)
	if err != nil {
		return w, err
	}
	digest, err := checkDigest(w.Pending.CAP, w.Pending.Digest)
	if err != nil {
		return w, err
	}
	assertion, err := operator.Assert(key, me.Name, operator.Statement{
		Action: operator.ActionRelease, Role: operator.Releaser, Warning: id, Message: w.Pending.Identifier, Digest: digest,
	})
	if err != nil {
		return w, err
	}
	release := console.Release{Identifier: w.Pending.Identifier, Digest: digest, Assertion: assertion}
	if err := c.Call(ctx, http.MethodPost, "/warnings/"+url.PathEscape(id)+"/release", release, nil); err != nil {
		return w, err
	}
	return c.Warning(ctx, id)
}

// checkDigest recomputes the digest of what will be signed: a node that shows
// one text and has another signed is caught here.
func checkDigest(canonical, claimed string) ([32]byte, error) {
	digest := sha256.Sum256([]byte(canonical))
	if hex.EncodeToString(digest[:]) != claimed {
		return digest, problem.New(problem.Internal, "The node's digest is not that of the message it shows. Nothing was signed.", "Do not use this node until an administrator has looked at it.")
	}
	return digest, nil
}

// Me says as whom the token signs in.
func (c *Client) Me(ctx context.Context) (console.Me, error) {
	var me console.Me
	return me, c.Call(ctx, http.MethodGet, "/me", nil, &me)
}

// Warning gives one warning.
func (c *Client) Warning(ctx context.Context, id string) (console.Warning, error) {
	var w console.Warning
	return w, c.Call(ctx, http.MethodGet, "/warnings/"+url.PathEscape(id), nil, &w)
}
