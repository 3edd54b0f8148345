// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package crash

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// many reads how often something is to be done from the environment.
func many(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number from 1 on", variable, text)
	}
	return n
}

// killsEnv says how often TestKilledLog kills; `make torture` does it 1,000 times.
const killsEnv = "TOCSIN_TEST_KILLS"

// perLog is how often one log lives through it. What is in it then takes a node
// as long to read as the rest of its start.
const perLog = 50

// TestKilledLog kills nodes and signers at random moments: in the midst of
// releases and signatures, and of starting.
func TestKilledLog(t *testing.T) {
	if testing.Short() {
		t.Skip("kills 25 nodes: a minute")
	}
	releases, checkpoints := 0, 0
	left := many(t, killsEnv, 25)
	kills := left
	for left > 0 {
		o := newObserver(newPlace(t, t.TempDir(), t.TempDir()))
		left -= o.live(min(left, perLog))
		releases, checkpoints = releases+len(o.released), checkpoints+len(o.signed)
		t.Logf("%d kills: %d releases acknowledged, 0 missing; %d checkpoints signed, none shrank or forked", kills-left, releases, checkpoints)
	}
}

// live kills so many processes of one log, or one more, and says how many.
func (o *observer) live(kills int) (killed int) {
	o.Helper()
	signer := o.place.signer()
	signer.awaitReady(o)
	for killed < kills {
		node := o.place.node()
		if rand.N(5) == 0 {
			time.Sleep(rand.N(400 * time.Millisecond)) // in the midst of its start
		} else {
			node.awaitReady(o)
			o.look()
			time.Sleep(rand.N(250 * time.Millisecond))
		}
		// Now and then the signer goes, and the node goes on without it for a while.
		if rand.N(3) == 0 {
			signer.kill()
			killed++
			o.hear(signer)
			o.checkMemory()
			time.Sleep(rand.N(50 * time.Millisecond))
			signer = o.place.signer()
			signer.awaitReady(o)
			time.Sleep(rand.N(100 * time.Millisecond))
		}
		node.kill()
		killed++
		o.hear(node, signer)
	}
	node := o.place.node()
	node.awaitReady(o)
	o.look()
	node.kill()
	signer.kill()
	o.hear(node, signer)
	o.checkMemory()
	return killed
}
