// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tocsin-alert/tocsin/internal/logaudit/logtest"
)

// publiclog publishes a log in a folder as a node does, with so many warnings,
// and the bundle of the first as warning.tocsin; "forked" lets it go on otherwise
// after two, "foreign" warns in a region of others, "old" is an hour old.
func publiclog(t *testing.T, ts *testscript.TestScript, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: publiclog DIR WARNINGS [forked|foreign|old]")
	}
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	l, at := logtest.New(t), time.Now()
	first := ""
	for i := range count {
		region := "120690249249"
		switch {
		case slices.Contains(args, "forked") && i > 1:
			region = "120690304304"
		case slices.Contains(args, "foreign") && i == 1:
			region = "120630001001"
		}
		if identifier := l.Release(region); first == "" {
			first = identifier
		}
	}
	if slices.Contains(args, "old") {
		at = at.Add(-time.Hour)
	}
	dir := ts.MkAbs(args[0])
	l.Publish(dir, at)
	ts.Check(os.WriteFile(ts.MkAbs("trust.json"), l.TrustFile(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("warning.tocsin"), l.Bundle(first, at).Encode(), 0o600))
}
