// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package chain_test

import (
	"fmt"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/chain"
)

// An update has replaced the first warning; an all-clear has to name it.
func Example() {
	one := time.Date(2026, 11, 23, 13, 0, 0, 0, time.FixedZone("", 3600))
	alert := &cap.Alert{
		Identifier: "flood.1", Sender: "leitstelle@kreis.example", Sent: cap.NewTime(one),
		Status: cap.StatusActual, MsgType: cap.MsgTypeAlert, Scope: cap.ScopePublic,
	}
	update := &cap.Alert{
		Identifier: "flood.2", Sender: "leitstelle@kreis.example", Sent: cap.NewTime(one.Add(time.Hour)),
		Status: cap.StatusActual, MsgType: cap.MsgTypeUpdate, Scope: cap.ScopePublic,
		References: cap.References{alert.Reference()},
	}
	set := chain.New([]*cap.Alert{alert, update})

	now := one.Add(2 * time.Hour)
	for _, standing := range set.InForce(cap.StatusActual, now) {
		fmt.Println("in force:", standing.Alert.Identifier)
		fmt.Println("to end it, refer to:", standing.Chain.References(now))
	}
	// Output:
	// in force: flood.2
	// to end it, refer to: leitstelle@kreis.example,flood.2,2026-11-23T14:00:00+01:00
}
