// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package freeport gives tests addresses on this machine for what has to be known
// before it listens, or listens there again.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// first and last are ports that no system gives to those who ask for any, so that
// an address stays free between two who listen there.
const (
	first = 15_000
	last  = 31_999
)

// Address is an address, such as 127.0.0.1:20000, on which nothing listens.
func Address(t testing.TB) string {
	t.Helper()
	return address(Port(t))
}

// Port is the port of such an address.
func Port(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := first + rand.IntN(last-first+1)
		if l, err := net.Listen("tcp", address(port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
