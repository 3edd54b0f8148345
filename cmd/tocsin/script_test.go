// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tocsin-alert/tocsin/internal/demo"
	"github.com/tocsin-alert/tocsin/internal/freeport"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tocsin": func() { os.Exit(run(os.Args[1:])) }})
}

// TestScripts runs the command line as people use it. Scripts that start a demo
// get free addresses in $HTTP and $MQTT.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HTTP", freeport.Address(t))
			env.Setenv("MQTT", freeport.Address(t))
			env.Setenv("SHARED", sharedData(t))
			return nil
		},
		Condition: func(condition string) (bool, error) {
			return condition == "shared" && sharedData(t) != "", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await":      await,
			"listening":  listening,
			"field":      field,
			"fill":       fill,
			"exits":      exits,
			"replace":    replace,
			"serving":    serving,
			"vector":     vector,
			"forgeries":  forgeries,
			"publiclog":  func(ts *testscript.TestScript, neg bool, args []string) { publiclog(t, ts, args) },
			"present":    present,
			"checkpoint": checkpoint,
		},
	})
}

// sharedData is the folder with real data, empty where there is none.
func sharedData(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	path := dir + "/../../../shared/data"
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// await waits until a demo has started: its description names its console.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await DIR")
	}
	path := ts.MkAbs(args[0] + "/" + demo.DescriptionFile)
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		raw, err := os.ReadFile(path)
		var d demo.Description
		if err != nil || json.Unmarshal(raw, &d) != nil || d.Console == "" {
			continue
		}
		if open, err := net.Dial("tcp", strings.TrimPrefix(d.API, "http://")); err == nil {
			open.Close()
			return
		}
	}
	ts.Fatalf("the demo in %s did not start", args[0])
}

// field puts a trimmed line of a file into a variable.
func field(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: field NAME FILE")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

// fill puts the time in four hours in the place of UNTIL in files, and the
// address of the script in the place of "HTTP".
func fill(ts *testscript.TestScript, neg bool, args []string) {
	places := strings.NewReplacer("UNTIL", time.Now().Add(4*time.Hour).UTC().Format(time.RFC3339), "\"HTTP\"", `"`+ts.Getenv("HTTP")+`"`)
	for _, name := range args {
		content := places.Replace(ts.ReadFile(name))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(content), 0o600))
	}
}

// exits runs a program and wants one exit code of it.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT...")
	}
	code := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

// replace puts one text in the place of another in a file.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace OLD NEW FILE")
	}
	content := ts.ReadFile(args[2])
	if !strings.Contains(content, args[0]) {
		ts.Fatalf("%s has no %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Replace(content, args[0], args[1], 1)), 0o600))
}

// serving serves the folder of the script at $HTTP while it runs.
func serving(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: serving")
	}
	listener, err := net.Listen("tcp", ts.Getenv("HTTP"))
	ts.Check(err)
	server := &http.Server{Handler: http.FileServer(http.Dir(ts.MkAbs(".")))}
	go server.Serve(listener)
	ts.Defer(func() { server.Close() })
}

// listening waits until something listens on $HTTP.
func listening(ts *testscript.TestScript, neg bool, args []string) {
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if open, err := net.Dial("tcp", ts.Getenv("HTTP")); err == nil {
			open.Close()
			return
		}
	}
	ts.Fatalf("nothing listens on %s", ts.Getenv("HTTP"))
}

// checkpoint waits until the node at $HTTP serves a checkpoint, and keeps it.
func checkpoint(ts *testscript.TestScript, neg bool, args []string) {
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get("http://" + ts.Getenv("HTTP") + "/log/checkpoint")
		if err != nil {
			continue
		}
		raw, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err == nil && answer.StatusCode == http.StatusOK {
			ts.Check(os.WriteFile(ts.MkAbs("checkpoint"), raw, 0o600))
			return
		}
	}
	ts.Fatalf("the node at %s has no checkpoint", ts.Getenv("HTTP"))
}

// present waits until a file is there.
func present(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: present FILE")
	}
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s did not come", args[0])
}
