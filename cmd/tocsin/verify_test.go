// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tocsin-alert/tocsin/tlog"
)

// suite is where the forgery suite is, relative to this package.
const suite = "../../tlog/testdata"

// forgery is one vector of the suite (tlog/testdata/README.md).
type forgery struct {
	Name    string       `json:"name"`
	Bundle  []byte       `json:"bundle"`
	Short   []byte       `json:"short"`
	Message []byte       `json:"message"`
	Now     time.Time    `json:"now"`
	MaxAge  int          `json:"maxAge"`
	Seen    []string     `json:"seen"`
	Keys    bool         `json:"keys"`
	Want    tlog.Verdict `json:"want"`
}

func forgerySuite() (all []forgery, folder string, err error) {
	folder, err = filepath.Abs(suite)
	if err != nil {
		return nil, "", err
	}
	raw, err := os.ReadFile(filepath.Join(folder, "vectors.json"))
	if err != nil {
		return nil, "", err
	}
	return all, folder, json.Unmarshal(raw, &all)
}

// put writes the files of a vector and gives the arguments that name them.
func (f forgery) put(folder string) ([]string, error) {
	write := func(ending string, raw []byte) (string, error) {
		path := filepath.Join(folder, f.Name+ending)
		return path, os.WriteFile(path, raw, 0o600)
	}
	proof, err := write(".tocsin", append(f.Bundle, f.Short...)) // it has one of the two
	if err != nil || f.Message == nil {
		return []string{proof}, err
	}
	message, err := write(".xml", f.Message)
	return []string{message, "--proof", proof}, err
}

// vector writes files of the forgery suite: NAME.tocsin, NAME.xml, trust.json.
func vector(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: vector NAME...")
	}
	all, folder, err := forgerySuite()
	ts.Check(err)
	trust, err := os.ReadFile(filepath.Join(folder, "trust.json"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("trust.json"), trust, 0o600))
	found := map[string]bool{}
	for _, f := range all {
		found[f.Name] = true
	}
	for _, name := range args {
		if !found[name] {
			ts.Fatalf("there is no vector %s", name)
		}
		for _, f := range all {
			if f.Name == name {
				_, err := f.put(ts.MkAbs("."))
				ts.Check(err)
			}
		}
	}
}

// forgeries runs the whole suite through the command line.
func forgeries(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: forgeries")
	}
	all, folder, err := forgerySuite()
	ts.Check(err)
	tocsin, err := exec.LookPath("tocsin")
	ts.Check(err)
	for _, f := range all {
		if f.Keys || len(f.Seen) > 0 {
			continue // what an audit knows is not in the vector's files
		}
		files, err := f.put(ts.MkAbs("."))
		ts.Check(err)
		command := exec.Command(tocsin, append([]string{"verify", "--json", "--trust", filepath.Join(folder, "trust.json"),
			"--at", f.Now.Format(time.RFC3339), "--max-age", strconv.Itoa(f.MaxAge) + "s"}, files...)...)
		out, _ := command.Output() // the exit code follows
		var got struct {
			tlog.Verdict
			Genuine bool `json:"genuine"`
		}
		if err := json.Unmarshal(out, &got); err != nil {
			ts.Fatalf("%s: %v: %s", f.Name, err, out)
		}
		want := 1
		switch {
		case f.Want.Result == tlog.GenuineInForce:
			want = 0
		case f.Want.Result.Genuine():
			want = 3
		case f.Want.Result == tlog.Unreadable, f.Want.Result == "unreadable-bundle":
			want = 2
		}
		if code := command.ProcessState.ExitCode(); got.Result != f.Want.Result || got.Grade != f.Want.Grade || got.Genuine != f.Want.Result.Genuine() || code != want {
			ts.Fatalf("%s: %s of grade %q, exit code %d; want %s, %q, %d", f.Name, got.Result, got.Grade, code, f.Want.Result, f.Want.Grade, want)
		}
	}
}
