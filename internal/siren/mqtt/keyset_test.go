// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt_test

import (
	"testing"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// A keyset reaches sirens that are connected and those that come later, over any
// broker, and an older one is refused in words that the fleet's page shows.
func TestKeysetReachesEverySiren(t *testing.T) {
	brokers(t, func(t *testing.T, o sirentest.Options) {
		o.Sirens = 5
		r := sirentest.Start(t, o)
		obeying := func(version uint32) (n int) {
			for _, s := range r.Fleet.States() {
				if s.Keyset == version {
					n++
				}
			}
			return n
		}
		give := func(version uint32) {
			r.StopLink()
			r.KeysetVersion = version
			r.StartLink()
		}
		restore := r.Simulator.Cut(r.Sirens[0].ID)
		give(5)
		r.Wait("the sirens that are connected obey it", func() bool { return obeying(5) == 4 })
		restore()
		r.Wait("the siren that comes later obeys it", func() bool { return obeying(5) == 5 })

		give(4)
		r.Wait("all refuse an older one", func() bool {
			n := 0
			for _, s := range r.Fleet.States() {
				if s.Detail == siren.ReasonKeysetOlder.Key() {
					n++
				}
			}
			return n == 5
		})
		r.StopSimulator()
		r.StartSimulator()
		r.WaitConnected(5)
		r.Wait("they still obey the newer one after a restart", func() bool { return obeying(5) == 5 })

		d := deliver(t, r, order(t, r, alarm(16)))
		if err := d.wait(); err != nil || d.counts()["done "] != 5 {
			t.Errorf("with the new keyset: %v, %v", d.counts(), err)
		}
	})
}
