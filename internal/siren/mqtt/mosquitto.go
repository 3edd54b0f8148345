// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"path/filepath"
	"strings"
)

// MosquittoFiles are the names of the files beside a MosquittoConfig.
const (
	MosquittoConfigFile = "mosquitto.conf"
	MosquittoACLFile    = "sirens.acl"
	MosquittoCAFile     = "sirens-ca.pem"
	MosquittoCRLFile    = "sirens-revoked.pem"
	MosquittoCertFile   = "broker.pem"
	MosquittoKeyFile    = "broker-key.pem"
)

// MosquittoConfig makes mosquitto serve the fleet as the node's own listener does:
// a client is who its certificate says, and is confined by the access list. dir is
// where the files lie, and
// host the address to listen on, empty for all.
func MosquittoConfig(dir, host, port string) string {
	file := func(name string) string { return filepath.Join(dir, name) }
	return strings.Join([]string{
		strings.TrimSpace("listener " + port + " " + host),
		"cafile " + file(MosquittoCAFile),
		"certfile " + file(MosquittoCertFile),
		"keyfile " + file(MosquittoKeyFile),
		"crlfile " + file(MosquittoCRLFile),
		"require_certificate true",
		"use_identity_as_username true",
		"use_username_as_clientid true",
		"allow_anonymous false",
		"acl_file " + file(MosquittoACLFile),
		"max_qos 0",
		"message_size_limit 262144",
		"max_queued_messages 0",
		"set_tcp_nodelay true",
		"persistence false",
	}, "\n") + "\n"
}

// MosquittoACL is the access list with which mosquitto gives every siren its own
// topics and the gateway's user all of them, as the node's listener does by itself.
func (t Topics) MosquittoACL(gateway string) string {
	device := t.Rights("%u")
	b := "user " + gateway + "\n" + "topic readwrite " + t.prefix + "#\n"
	for _, topic := range device.Subscribe {
		b += "pattern read " + topic + "\n"
	}
	for _, topic := range device.Publish {
		b += "pattern write " + topic + "\n"
	}
	return b
}
