// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tetra_test

import (
	"fmt"
	"strings"

	"github.com/tocsin-alert/tocsin/radio/tetra"
)

func Example() {
	text, err := tetra.EncodeText("Übung")
	if err != nil {
		fmt.Println(err)
		return
	}
	pdu := tetra.Transfer{Protocol: tetra.Text, Request: tetra.WhenReceived, Reference: 7, Data: text}.Encode()
	command, err := tetra.Send{To: "23401", Bits: 8 * len(pdu), Data: pdu}.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", command)

	port := strings.NewReader("\r\n+CTSDSR: 13,9876543,0,23401,0,16\r\nE004\r\n")
	result, err := tetra.NewResultReader(port).Next()
	if message, ok := result.(tetra.Message); ok {
		status, err := tetra.ReadStatus(message)
		fmt.Println(message.From, status, err)
	} else {
		fmt.Println(err)
	}
	// Output:
	// "AT+CMGS=23401,72\r\n82040701DC62756E67\x1a"
	// 9876543 ready <nil>
}
