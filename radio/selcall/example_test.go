// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package selcall_test

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/radio/selcall"
)

func Example() {
	zvei, _ := selcall.Named("ZVEI1")
	germany, _ := selcall.TableNamed("de")
	trial, _ := germany.Signal("trial")
	samples, err := selcall.Alert{System: zvei, Call: "11223", Signal: &trial}.Samples(22050)
	if err != nil {
		fmt.Println(err)
		return
	}
	calls, doubles := selcall.Decode(samples, 22050, zvei, germany)
	for _, c := range calls {
		fmt.Println(c.Digits)
	}
	for _, d := range doubles {
		fmt.Println(d.Low, d.High, d.Signal)
	}
	// Output:
	// 11223
	// 11223
	// 675 1860 trial
}
