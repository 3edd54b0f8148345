// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import "context"

// ClientOptions are a client that is neither a siren nor their gateway, such as a
// bridge to another system.
type ClientOptions struct {
	Endpoint Endpoint
	// ID is the client id, User and Password may be empty.
	ID, User, Password string
	// Will gets the text "offline", retained, when the connection breaks.
	Will      string
	Subscribe []string
	// Receive is called for every message, one after the other, from Dial on.
	Receive func(topic string, payload []byte, retained bool)
}

// Client is one connection at QoS 0. It does not reconnect by itself.
type Client struct{ conn *conn }

// Dial connects and subscribes. Its error is a *problem.Error: Unavailable,
// Unauthenticated, or Forbidden when a subscription is refused.
func Dial(ctx context.Context, o ClientOptions) (*Client, error) {
	c, err := dial(ctx, connOptions{
		endpoint: o.Endpoint, client: o.ID, user: o.User, password: o.Password,
		willTopic: o.Will, subscribe: o.Subscribe,
		receive: func(m message) { o.Receive(m.topic, m.payload, m.retained) },
	})
	if err != nil {
		return nil, err
	}
	return &Client{c}, nil
}

// Publish sends a message: nil says that it left, not that it arrived.
func (c *Client) Publish(topic string, payload []byte, retained bool) error {
	return c.conn.publish(topic, payload, retained)
}

// Done is closed when the connection has ended; Cause then says why.
func (c *Client) Done() <-chan struct{} { return c.conn.done }

// Cause is why the connection ended.
func (c *Client) Cause() error { return c.conn.cause() }

// Close says goodbye; the will is not published.
func (c *Client) Close() { c.conn.close() }
