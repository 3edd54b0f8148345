// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog_test

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/tocsin-alert/tocsin/tlog"
)

// A bundle is checked with nothing but a trust file.
func ExampleVerify() {
	file, err := os.ReadFile("testdata/trust.json")
	if err != nil {
		log.Fatal(err)
	}
	trust, err := tlog.ParseTrust(file, nil)
	if err != nil {
		log.Fatal(err)
	}
	vectors, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		log.Fatal(err)
	}
	var all []struct{ Bundle []byte }
	if err := json.Unmarshal(vectors, &all); err != nil {
		log.Fatal(err)
	}

	bundle, err := tlog.ParseBundle(all[0].Bundle)
	if err != nil {
		log.Fatal(err)
	}
	verdict := tlog.Verify(bundle, trust, tlog.Options{Now: time.Date(2026, 11, 23, 13, 10, 0, 0, time.UTC)})
	fmt.Println(verdict.Result, verdict.Grade, verdict.Authority, verdict.Leaf.Identifier)
	// Output: genuine-in-force A kreis de-kreis.20261123.abcdefgh.1
}
