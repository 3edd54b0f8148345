// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package crash

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/jetstream"
	"github.com/tocsin-alert/tocsin/internal/powercut"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// unsynced before a role makes it one whose syncs do nothing.
const unsynced = "unsynced "

func init() {
	for _, role := range []string{"node", "signer"} {
		roles[unsynced+role] = func(context.Context) error {
			os.Setenv(roleEnv, role)
			return powercut.ExecUnsynced(os.Environ())
		}
	}
}

// cutsEnv says how often TestPowerCutLog takes the power; `make torture` does it
// 200 times.
const cutsEnv = "TOCSIN_TEST_CUTS"

const (
	// perRig is how many cuts one log lives through.
	perRig = 20
	// loadFor is how long a node works until the power goes, and enough how many
	// releases it must have acknowledged.
	loadFor = 700 * time.Millisecond
	enough  = 10
)

// rig is a node and a signer, each on a disk of its own, so that the syncs of
// one do not help the other.
type rig struct {
	*observer
	disks [2]*powercut.Disk
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{disks: [2]*powercut.Disk{powercut.New(t), powercut.New(t)}}
	r.observer = newObserver(newPlace(t, r.disks[0].Dir(), r.disks[1].Dir()))
	return r
}

func (r *rig) release() {
	r.Helper()
	for _, disk := range r.disks {
		disk.Release()
	}
}

// TestPowerCutLog takes the power from node and signer at once. The control runs
// under a kernel that does not sync, and must lose something: else this rig
// cannot tell.
func TestPowerCutLog(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts file systems: half a minute")
	}
	control(t)
	releases, checkpoints := 0, 0
	cuts := many(t, cutsEnv, 4)
	for left := cuts; left > 0; {
		r := newRig(t)
		for range min(left, perRig) {
			if rand.N(5) == 0 {
				r.cutStart()
			} else {
				r.cut()
			}
			r.look()
			left--
		}
		r.release()
		releases, checkpoints = releases+len(r.released), checkpoints+len(r.signed)
		t.Logf("%d power cuts: %d releases acknowledged, 0 missing; %d checkpoints signed, none shrank or forked", cuts-left, releases, checkpoints)
	}
}

// cut lets signer and node work, and takes the power from both.
func (r *rig) cut() {
	r.Helper()
	signer, node := r.place.signer(), r.place.node()
	signer.awaitReady(r)
	node.awaitReady(r)
	before := len(r.released)
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		r.hear(node, signer)
		if worked := time.Since(begun); worked >= loadFor && len(r.released)-before >= enough || worked > eventually.Patience {
			break
		}
	}
	r.takePower(node, signer)
	if len(r.released)-before < enough {
		r.Fatalf("the node acknowledged only %d releases: %s", len(r.released)-before, node.stderr)
	}
}

// cutStart takes the power while they start.
func (r *rig) cutStart() {
	r.Helper()
	signer, node := r.place.signer(), r.place.node()
	time.Sleep(rand.N(400 * time.Millisecond))
	r.hear(node, signer)
	r.takePower(node, signer)
}

// takePower does it. What the processes say from then on does not count.
func (r *rig) takePower(processes ...*process) {
	r.Helper()
	for _, i := range rand.Perm(len(r.disks)) {
		r.disks[i].Cut()
	}
	for _, p := range processes {
		p.kill()
	}
	for _, disk := range r.disks {
		disk.Restore()
	}
}

// look checks what is left: the signer's memory, and the log as it is served.
func (r *rig) look() {
	r.Helper()
	r.checkMemory()
	signer, node := r.place.signer(), r.place.node()
	signer.awaitReady(r)
	node.awaitReady(r)
	r.observer.look()
	node.kill()
	signer.kill()
	r.hear(node, signer)
}

// control loses something, or ends the test.
func control(t *testing.T) {
	t.Helper()
	o := newRig(t)
	defer o.release()
	o.place.prefix = unsynced
	o.cut()
	tree, err := o.remembered()
	t.Logf("control without syncs: the signer remembers %d entries of %d that it signed, error: %v", tree.Size, o.last().Size, err)
	forgot := err != nil || tree.Size < o.last().Size
	n, err := o.lost()
	t.Logf("control without syncs: %d of %d acknowledged releases lost, error: %v", n, len(o.released), err)
	if !forgot || n == 0 {
		t.Skip("this disk cannot tell: without syncing, nothing was lost")
	}
}

// lost counts the acknowledged releases that a journal no longer has: all of
// them when it cannot be read.
func (o *observer) lost() (int, error) {
	e, err := engine.Open(engine.Options{Dir: filepath.Join(o.place.nodeDir, "journal"), Name: "de-bb", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return len(o.released), err
	}
	defer e.Close()
	j, err := jetstream.Open(o.Context(), e.JetStream, jetstream.Options{})
	if err != nil {
		return len(o.released), err
	}
	missing := maps.Clone(o.released)
	for after, batch := uint64(0), 1000; batch == 1000; {
		records, err := j.Read(o.Context(), after, 1000)
		if err != nil {
			return len(o.released), err
		}
		for _, r := range records {
			for _, event := range r.Events {
				if event.Kind != warning.EventReleased {
					continue
				}
				body, err := journal.Decode[warning.Released](event)
				if err != nil {
					return len(o.released), err
				}
				delete(missing, body.Message.Identifier)
			}
		}
		batch, after = len(records), after+uint64(len(records))
	}
	return len(missing), nil
}
