// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

const received = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>2.49.0.0.276.999.2026.9</identifier>
  <sender>leitstelle@kreis.example</sender>
  <sent>2026-11-23T14:05:00Z</sent>
  <status>Test</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
  <info>
    <category>Infra</category>
    <event>Outage</event>
    <urgency>Immediate</urgency>
    <severity>high</severity>
    <certainty>Observed</certainty>
  </info>
</alert>`

func ExampleRead() {
	_, err := cap.Read([]byte(received))
	var invalid *cap.InvalidError
	if errors.As(err, &invalid) {
		for _, fault := range invalid.Findings {
			fmt.Println(fault)
		}
	}
	// Output:
	// alert/sent (line 4, column 3) "2026-11-23T14:05:00Z" is not in the form YYYY-MM-DDThh:mm:ss±hh:mm; write it like 2026-11-23T14:05:00+01:00, UTC with -00:00
	// alert/info[1]/severity (line 12, column 5) has the unknown value "high"; use one of Extreme, Severe, Moderate, Minor, Unknown
}

func ExampleReadLenient() {
	alert, findings, err := cap.ReadLenient([]byte(received))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(alert.Sent, alert.Info[0].Severity)
	for _, finding := range findings {
		fmt.Printf("%s: %q became %q\n", finding.Path, finding.Original, finding.Used)
	}
	// Output:
	// 2026-11-23T14:05:00-00:00 Unknown
	// alert/sent: "2026-11-23T14:05:00Z" became "2026-11-23T14:05:00-00:00"
	// alert/info[1]/severity: "high" became "Unknown"
}

func ExampleExamine() {
	examined, err := cap.Examine([]byte(received), cap.Strict)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(examined.Alert.Identifier, "is valid:", examined.Valid())
	for _, finding := range examined.Findings {
		fmt.Printf("%s at line %d: %s\n", finding.Rule, finding.Line, finding.Path)
	}
	// Output:
	// 2.49.0.0.276.999.2026.9 is valid: false
	// cap.time at line 4: alert/sent
	// cap.value at line 12: alert/info[1]/severity
}

func ExampleWrite() {
	alert := &cap.Alert{
		Identifier: "2.49.0.0.276.999.2026.10",
		Sender:     "leitstelle@kreis.example",
		Sent:       cap.NewTime(time.Date(2026, 11, 23, 13, 5, 0, 0, time.UTC)),
		Status:     cap.StatusActual,
		MsgType:    cap.MsgTypeAlert,
		Scope:      cap.ScopePublic,
		Info: []cap.Info{{
			Language:  "de-DE",
			Category:  []cap.Category{cap.CategoryFire},
			Event:     "Brand",
			Urgency:   cap.UrgencyImmediate,
			Severity:  cap.SeveritySevere,
			Certainty: cap.CertaintyObserved,
			Headline:  "Rauch & Ruß am Hafen",
			Area: []cap.Area{{
				AreaDesc: "Hafen",
				Circle:   []cap.Circle{{Center: cap.Point{Lat: 52.4, Lon: 13.06}, RadiusKM: 2}},
			}},
		}},
	}
	raw, err := cap.Write(alert)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(raw))
	// Output:
	// <alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
	//   <identifier>2.49.0.0.276.999.2026.10</identifier>
	//   <sender>leitstelle@kreis.example</sender>
	//   <sent>2026-11-23T13:05:00-00:00</sent>
	//   <status>Actual</status>
	//   <msgType>Alert</msgType>
	//   <scope>Public</scope>
	//   <info>
	//     <language>de-DE</language>
	//     <category>Fire</category>
	//     <event>Brand</event>
	//     <urgency>Immediate</urgency>
	//     <severity>Severe</severity>
	//     <certainty>Observed</certainty>
	//     <headline>Rauch &amp; Ruß am Hafen</headline>
	//     <area>
	//       <areaDesc>Hafen</areaDesc>
	//       <circle>52.4,13.06 2</circle>
	//     </area>
	//   </info>
	// </alert>
}

func ExampleReadJSON() {
	alert, err := cap.ReadJSON([]byte(`{
		"identifier": "a-2", "sender": "leitstelle@kreis.example", "sent": "2026-11-23T15:00:00+01:00",
		"status": "Actual", "msgType": "Cancel", "scope": "Public",
		"references": "leitstelle@kreis.example,a-1,2026-11-23T14:05:00+01:00"
	}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(alert.References[0].Identifier)
	raw, err := json.Marshal(alert)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(raw))
	// Output:
	// a-1
	// {"identifier":"a-2","sender":"leitstelle@kreis.example","sent":"2026-11-23T15:00:00+01:00","status":"Actual","msgType":"Cancel","scope":"Public","references":"leitstelle@kreis.example,a-1,2026-11-23T14:05:00+01:00"}
}

func ExampleContentCode() {
	alert, err := cap.ReadJSON([]byte(`{
		"identifier": "a-1", "sender": "leitstelle@kreis.example", "sent": "2026-11-23T14:05:00+01:00",
		"status": "Test", "msgType": "Alert", "scope": "Public"
	}`))
	if err != nil {
		log.Fatal(err)
	}
	before, err := cap.ContentDigest(alert)
	if err != nil {
		log.Fatal(err)
	}
	alert.Sent = cap.NewTime(alert.Sent.Add(time.Minute))
	after, err := cap.ContentDigest(alert)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(before == after, len(cap.ContentCode(after)))
	// Output: true 6
}

func ExampleGate() {
	err := cap.Gate([]byte(`<!DOCTYPE feed [<!ENTITY a "b">]><feed>&a;</feed>`), cap.DefaultLimits())
	var refusal *cap.Refusal
	fmt.Println(errors.As(err, &refusal), err)
	// Output: true line 1, column 1: a document type declaration is not allowed; remove <!DOCTYPE …>
}
