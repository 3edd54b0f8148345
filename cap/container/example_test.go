// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container_test

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/container"
)

func ExampleMessages() {
	source := container.Bytes("feed.atom", []byte(`<?xml version="1.0"?>
<?xml-stylesheet href="feed.xsl"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <entry><link type="application/cap+xml" href="warning-7.xml"/></entry>
  <entry><content type="application/cap+xml">
    <alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
      <identifier>warning-8</identifier><sender>office@kreis.example</sender><sent>2026-11-23T14:05:00+01:00</sent>
      <status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
    </alert>
  </content></entry>
</feed>`))
	source.Address = "https://kreis.example/feeds/feed.atom"
	for item := range container.Messages(source) {
		switch {
		case item.Err != nil:
			fmt.Println(item.Name, "cannot be taken out:", item.Err)
		case item.Note != nil:
			fmt.Println(item.Name, item.Note.Line, item.Note.Message)
		case item.Link != "":
			fmt.Println(item.Name, "is at", item.Link)
		default:
			alert, err := cap.Read(item.Raw)
			fmt.Println(item.Name, "is", alert.Identifier, "on line", item.Line, err)
		}
	}
	// Output:
	// feed.atom 2 the processing instruction "xml-stylesheet" was passed over
	// feed.atom#1 is at https://kreis.example/feeds/warning-7.xml
	// feed.atom#2 is warning-8 on line 6 <nil>
}
