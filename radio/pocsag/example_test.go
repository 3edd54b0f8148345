// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pocsag_test

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/radio/pocsag"
)

func Example() {
	sent, err := pocsag.Encode([]pocsag.Call{
		{Address: 1234567, Function: pocsag.C, Kind: pocsag.Alphanumeric, Message: "Übung"},
		{Address: 2000000, Function: pocsag.C, Group: true},
	}, pocsag.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sent.Batches(), "batches,", sent.Airtime(pocsag.Baud1200))
	samples, err := pocsag.Modulation{Baud: pocsag.Baud1200, Rate: 22050}.Samples(sent.Bits())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, heard := range pocsag.Demodulate(samples, 22050, pocsag.German) {
		fmt.Printf("%d %s %s %q\n", heard.Address, heard.Function, heard.Kind(), heard.Message())
	}
	// Output:
	// 2 batches, 1.386666666s
	// 2000000 C tone-only ""
	// 1234567 C alphanumeric "Übung"
}
