// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
)

// schemaFile is the schema of OASIS, which not everybody has.
const schemaFile = "../shared/data/cap/CAP-v1.2.xsd"

// messages reads, checks and writes CAP messages: small ones, and the weather
// service's where there are some. Reading stands beside encoding/xml, which
// fills plain structs and checks nothing, and beside xmllint with the schema.
func messages(ctx context.Context) ([]row, error) {
	alerts, err := messagesToSign()
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, m := range alerts {
		raw, err := cap.Write(m.alert)
		if err != nil {
			return nil, err
		}
		say("messages: %s, %d bytes", m.name, len(raw))
		measured, err := messageRows(m, raw)
		if err != nil {
			return nil, err
		}
		rows = append(rows, measured...)
		beside, err := besideSchema(ctx, m.name, raw)
		if err != nil {
			return nil, err
		}
		rows = append(rows, beside...)
	}
	return rows, nil
}

func messageRows(m messageToSign, raw []byte) ([]row, error) {
	times := max(50, min(2_000, 20<<20/len(raw)))
	plain, err := timed(times, func() error { return xml.Unmarshal(raw, new(plainAlert)) })
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, way := range []struct {
		what, peer string
		beside     sample
		do         func() error
	}{
		{"read, strictly, ", "encoding/xml into plain structs", plain, func() error { _, err := cap.Read(raw); return err }},
		{"read, leniently, ", "encoding/xml into plain structs", plain, func() error { _, _, err := cap.ReadLenient(raw); return err }},
		{"check, profile de, ", "encoding/xml into plain structs", plain, func() error {
			_, err := check.Document(raw, check.Options{Profile: check.ProfileGerman})
			return err
		}},
		{"write ", "", nil, func() error { _, err := cap.Write(m.alert); return err }},
	} {
		took, err := timed(times, way.do)
		if err != nil {
			return nil, fmt.Errorf("%s%s: %w", way.what, m.name, err)
		}
		median := took.at(0.5)
		r := row{
			what:   fmt.Sprintf("%s%s: %.0f/s, %.0f MB/s, %.0f kB allocated", way.what, m.name, 1/median.Seconds(), float64(len(raw))/1e6/median.Seconds(), allocated(way.do)/1e3),
			median: brief(median), p99: brief(took.at(0.99)),
		}
		if way.beside != nil {
			theirs := way.beside.at(0.5)
			r.peer = fmt.Sprintf("%s %s, %.0f kB", way.peer, brief(theirs), allocated(func() error { return xml.Unmarshal(raw, new(plainAlert)) })/1e3)
			r.ratio = strconv.FormatFloat(median.Seconds()/theirs.Seconds(), 'f', 2, 64)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// brief writes a duration in microseconds if it is short.
func brief(d time.Duration) string {
	if d < time.Millisecond {
		return fmt.Sprintf("%.1f µs", float64(d)/float64(time.Microsecond))
	}
	return milliseconds(d)
}

// allocated gives the bytes that one call allocates.
func allocated(do func() error) float64 {
	const calls = 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		_ = do() // it has succeeded before
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / calls
}

// besideSchema reads 1,000 files, as one process of xmllint does.
func besideSchema(ctx context.Context, name string, raw []byte) ([]row, error) {
	const files = 1_000
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		say("messages: xmllint is not installed")
		return nil, nil
	}
	if _, err := os.Stat(schemaFile); err != nil {
		say("messages: %s is not here", filepath.Base(schemaFile))
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	args := []string{"--nonet", "--noout", "--schema", schemaFile}
	for i := range files {
		file := filepath.Join(dir, strconv.Itoa(i)+".xml")
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			return nil, err
		}
		args = append(args, file)
	}
	start := time.Now()
	for _, file := range args[len(args)-files:] {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if _, err := cap.Read(content); err != nil {
			return nil, err
		}
	}
	ours := time.Since(start)
	start = time.Now()
	if out, err := exec.CommandContext(ctx, xmllint, args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("xmllint: %w: %.200s", err, out)
	}
	theirs := time.Since(start)
	return []row{{fmt.Sprintf("read, strictly, %d files of %s", files, name), milliseconds(ours), "",
		"xmllint --schema " + milliseconds(theirs), strconv.FormatFloat(ours.Seconds()/theirs.Seconds(), 'f', 2, 64)}}, nil
}

// plainAlert is what encoding/xml fills: every element as text.
type plainAlert struct {
	XMLName     xml.Name    `xml:"urn:oasis:names:tc:emergency:cap:1.2 alert"`
	Identifier  string      `xml:"identifier"`
	Sender      string      `xml:"sender"`
	Sent        string      `xml:"sent"`
	Status      string      `xml:"status"`
	MsgType     string      `xml:"msgType"`
	Source      string      `xml:"source"`
	Scope       string      `xml:"scope"`
	Restriction string      `xml:"restriction"`
	Addresses   string      `xml:"addresses"`
	Code        []string    `xml:"code"`
	Note        string      `xml:"note"`
	References  string      `xml:"references"`
	Incidents   string      `xml:"incidents"`
	Info        []plainInfo `xml:"info"`
}

type plainInfo struct {
	Language     string          `xml:"language"`
	Category     []string        `xml:"category"`
	Event        string          `xml:"event"`
	ResponseType []string        `xml:"responseType"`
	Urgency      string          `xml:"urgency"`
	Severity     string          `xml:"severity"`
	Certainty    string          `xml:"certainty"`
	Audience     string          `xml:"audience"`
	EventCode    []plainValue    `xml:"eventCode"`
	Effective    string          `xml:"effective"`
	Onset        string          `xml:"onset"`
	Expires      string          `xml:"expires"`
	SenderName   string          `xml:"senderName"`
	Headline     string          `xml:"headline"`
	Description  string          `xml:"description"`
	Instruction  string          `xml:"instruction"`
	Web          string          `xml:"web"`
	Contact      string          `xml:"contact"`
	Parameter    []plainValue    `xml:"parameter"`
	Resource     []plainResource `xml:"resource"`
	Area         []plainArea     `xml:"area"`
}

type plainValue struct {
	ValueName string `xml:"valueName"`
	Value     string `xml:"value"`
}

type plainResource struct {
	ResourceDesc string `xml:"resourceDesc"`
	MimeType     string `xml:"mimeType"`
	Size         string `xml:"size"`
	URI          string `xml:"uri"`
	DerefURI     string `xml:"derefUri"`
	Digest       string `xml:"digest"`
}

type plainArea struct {
	AreaDesc string       `xml:"areaDesc"`
	Polygon  []string     `xml:"polygon"`
	Circle   []string     `xml:"circle"`
	Geocode  []plainValue `xml:"geocode"`
	Altitude string       `xml:"altitude"`
	Ceiling  string       `xml:"ceiling"`
}
