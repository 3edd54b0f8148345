// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/tlog"
)

// askFor bounds what one witness may take, in all.
const askFor = 5 * time.Second

// Peer is a witness to ask.
type Peer struct {
	// URL is its submission prefix, to which /add-checkpoint is added.
	URL string
	// Key is its public key in the form of C2SP signed-note, Ed25519 or ML-DSA-44.
	Key string
}

// Client asks witnesses to cosign the checkpoints of one log.
type Client struct {
	peers  []*peer
	http   *http.Client
	logger *slog.Logger
}

// peer is what the client knows of a witness. It is asked by one goroutine at a time.
type peer struct {
	url string
	key note.Verifier
	// size is that of the tree which it cosigned last, as far as known.
	size int64
	// failing says that it did not cosign when it was asked last.
	failing bool
}

// NewClient makes a client. The error names the peer whose key cannot be read.
func NewClient(peers []Peer, logger *slog.Logger) (*Client, error) {
	c := &Client{logger: logger, http: &http.Client{
		// A witness that moves is a new address in the configuration.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, p := range peers {
		key, err := NewVerifier(p.Key)
		if err != nil {
			return nil, fmt.Errorf("witness %s: %w", p.URL, err)
		}
		c.peers = append(c.peers, &peer{url: strings.TrimSuffix(p.URL, "/") + path, key: key})
	}
	return c, nil
}

// Collect asks every witness at once to cosign a signed checkpoint, each for at
// most five seconds. yield gets the signature lines of one witness after the
// other, in the goroutine of the call; each has a cosignature by the witness's
// key. consistency gives the proof from a smaller tree to that of the checkpoint;
// it is called by several goroutines. Collect returns when all have answered or
// the context ends. It must not run twice at once.
func (c *Client) Collect(ctx context.Context, checkpoint []byte, consistency func(from int64) ([]merkle.Hash, error), yield func(lines []byte)) {
	tree, err := tlog.UnsignedCheckpoint(checkpoint)
	if err != nil {
		c.logger.Error("the checkpoint for the witnesses cannot be read", slog.Any("error", err))
		return
	}
	answers := make(chan []byte)
	var asking sync.WaitGroup
	for _, p := range c.peers {
		asking.Go(func() {
			limited, cancel := context.WithTimeout(ctx, askFor)
			defer cancel()
			lines, err := c.cosign(limited, p, question{tree, checkpoint, consistency})
			if failing := err != nil; failing != p.failing && ctx.Err() == nil {
				p.failing = failing
				c.report(p, err)
			}
			if err == nil {
				answers <- lines
			}
		})
	}
	go func() { asking.Wait(); close(answers) }()
	for lines := range answers {
		yield(lines)
	}
}

// report tells of a witness that has begun to fail, or to work again.
func (c *Client) report(p *peer, err error) {
	if err != nil {
		c.logger.Warn("a witness does not cosign", slog.String("witness", p.key.Name()), slog.String("url", p.url), slog.Any("error", err))
		return
	}
	c.logger.Info("a witness cosigns again", slog.String("witness", p.key.Name()))
}

// question is what every witness is asked.
type question struct {
	tree        tlog.Tree
	checkpoint  []byte
	consistency func(from int64) ([]merkle.Hash, error)
}

// cosign asks one witness, and once more when it knows another tree than we
// thought.
func (c *Client) cosign(ctx context.Context, p *peer, q question) ([]byte, error) {
	lines, err := c.ask(ctx, p, q)
	other, ok := errors.AsType[*sizeError](err)
	if !ok {
		return lines, err
	}
	p.size = other.size
	if p.size > q.tree.Size {
		return nil, fmt.Errorf("it has cosigned a tree of %d entries, this one has %d", p.size, q.tree.Size)
	}
	return c.ask(ctx, p, q)
}

func (c *Client) ask(ctx context.Context, p *peer, q question) ([]byte, error) {
	r := request{old: p.size, checkpoint: q.checkpoint}
	if r.old > q.tree.Size {
		r.old = 0 // it will say what it has
	}
	if r.old > 0 && r.old < q.tree.Size {
		var err error
		if r.proof, err = q.consistency(r.old); err != nil {
			return nil, fmt.Errorf("prove consistency with the %d entries that it knows: %w", r.old, err)
		}
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(r.encode()))
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(post)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if err != nil {
		return nil, err
	}
	if kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); err == nil && kind == typeSize && answer.StatusCode == http.StatusConflict {
		size, err := parseSize(strings.TrimSuffix(string(body), "\n"))
		if err != nil {
			return nil, err
		}
		return nil, &sizeError{size}
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s: %.200q", answer.Status, body)
	}
	if len(tlog.Cosignatures(fmt.Appendf(nil, "%s\n%s", q.tree.Text(), body), p.key)) == 0 {
		return nil, errors.New("it answers without a cosignature by its key")
	}
	p.size = q.tree.Size
	return body, nil
}
