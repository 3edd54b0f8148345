// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/client"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/demo"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/freeport"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// TestKilledNodeLosesNothingAndSoundsNothingTwice kills a whole demo with
// SIGKILL at random moments around requests and releases, starts it again, and
// checks that everything acknowledged is there, that dispatches come to their
// end, and that no siren sounded twice for one message.
func TestKilledNodeLosesNothingAndSoundsNothingTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a node a dozen times")
	}
	kills := 10
	k := &killed{t: t, dir: t.TempDir(), binary: build(t), http: freeport.Address(t), mqtt: freeport.Address(t)}
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	var released []string
	for i := range kills {
		k.start()
		id, ok := k.warn(fmt.Sprintf("Hochwasser in Potsdam %d", i), time.Duration(random.IntN(1200))*time.Millisecond)
		if ok {
			released = append(released, id)
		}
		k.kill()
	}
	if len(released) == 0 {
		t.Fatal("no release was acknowledged before a kill; nothing was tested")
	}
	k.start()
	defer k.kill()
	for _, id := range released {
		k.ends(id)
	}
	k.soundedOnce(len(released))
	t.Logf("%d kills, %d releases acknowledged", kills, len(released))
}

type killed struct {
	t                       *testing.T
	dir, binary, http, mqtt string
	process                 *exec.Cmd
	nodes                   map[operator.Role]*client.Client
	description             demo.Description
}

// build builds the program once for a test.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tocsin")
	command := exec.Command("go", "build", "-o", path, "../cmd/tocsin")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

func (k *killed) start() {
	k.t.Helper()
	k.process = exec.Command(k.binary, "demo", "--dir", k.dir, "--http", k.http, "--mqtt", k.mqtt, "--sirens", "40")
	words, err := k.process.StderrPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.process.Start(); err != nil {
		k.t.Fatal(err)
	}
	ready := make(chan bool, 1)
	go func() {
		for lines := bufio.NewScanner(words); lines.Scan(); {
			if strings.Contains(lines.Text(), "ready") {
				ready <- true
				io.Copy(io.Discard, words)
				return
			}
		}
		ready <- false
	}()
	select {
	case ok := <-ready:
		if !ok {
			k.t.Fatal("the demo ended before it was ready")
		}
	case <-time.After(eventually.Patience):
		k.t.Fatal("the demo did not start")
	}
	raw, err := os.ReadFile(filepath.Join(k.dir, demo.DescriptionFile))
	if err != nil {
		k.t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &k.description); err != nil {
		k.t.Fatal(err)
	}
	k.nodes = map[operator.Role]*client.Client{}
	for _, o := range k.description.Operators {
		k.nodes[o.Role] = client.New(k.description.API, o.Token)
	}
}

func (k *killed) kill() {
	k.process.Process.Signal(syscall.SIGKILL)
	k.process.Wait()
}

// warn requests and releases, and has the process killed after a while. It says
// whether the release was acknowledged.
func (k *killed) warn(headline string, after time.Duration) (string, bool) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), eventually.Patience)
	defer cancel()
	content := warning.Content{
		Event: "BBK-EVC-038", Level: warning.LevelDanger, Signal: "warning", Expires: time.Now().Add(4 * time.Hour),
		Area: geo.Area{Name: "Potsdam", ARS: []geo.ARS{"12054"}},
		Texts: map[string]warning.Text{
			"de": {Headline: headline, Description: "Die Havel tritt über die Ufer.", Instruction: "Meiden Sie die Ufer."},
			"en": {Headline: "Flood in Potsdam", Description: "The Havel is bursting its banks.", Instruction: "Keep away from the banks."},
		},
	}
	draft, err := k.nodes[operator.Author].Request(ctx, console.PrepareRequest{Kind: warning.KindAlert, Content: &content}, k.key(operator.Author))
	if err != nil {
		k.t.Fatal(err)
	}
	time.AfterFunc(after, func() { k.process.Process.Signal(syscall.SIGKILL) })
	_, err = k.nodes[operator.Releaser].Release(ctx, draft.Warning, k.key(operator.Releaser))
	if err == nil {
		time.Sleep(after) // let the kill fall into the dispatch
	}
	return draft.Warning, err == nil
}

func (k *killed) key(role operator.Role) *ecdsa.PrivateKey {
	k.t.Helper()
	for _, o := range k.description.Operators {
		if o.Role == role {
			loaded, err := operator.LoadKey(o.KeyFile)
			if err != nil {
				k.t.Fatal(err)
			}
			return loaded
		}
	}
	k.t.Fatalf("the demo has no %s", role)
	return nil
}

// ends waits until every dispatch of a warning is finished, and checks that the
// public has it.
func (k *killed) ends(id string) {
	k.t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); ; {
		w, err := k.nodes[operator.Author].Warning(k.t.Context(), id)
		if err != nil {
			k.t.Fatalf("%s was acknowledged and is gone: %v", id, err)
		}
		open := 0
		for _, d := range w.Deliveries {
			if d.Finished.IsZero() {
				open++
			}
		}
		if len(w.Deliveries) > 0 && open == 0 {
			break
		}
		if time.Now().After(deadline) {
			k.t.Fatalf("%s: %d of %d dispatches do not come to an end", id, open, len(w.Deliveries))
		}
		time.Sleep(500 * time.Millisecond)
	}
	answer, err := http.Get(k.description.Public + "cap/" + id + ".1.xml")
	if err != nil {
		k.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		k.t.Errorf("the public does not have %s: %s", id, answer.Status)
	}
}

// soundedOnce reads what the simulated horns wrote down.
func (k *killed) soundedOnce(messages int) {
	k.t.Helper()
	file, err := os.Open(filepath.Join(k.dir, "sirens", "sounded.jsonl"))
	if err != nil {
		k.t.Fatal(err)
	}
	defer file.Close()
	times := map[string]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var line struct{ Siren, Frame string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			continue // the last line before a kill may be cut
		}
		times[line.Siren+" "+line.Frame]++
	}
	if len(times) < messages {
		k.t.Errorf("%d soundings for %d messages", len(times), messages)
	}
	for once, n := range times {
		if n > 1 {
			k.t.Errorf("%s sounded %d times", once, n)
		}
	}
}
