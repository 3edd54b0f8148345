// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tetra

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCommandsOnTheWire(t *testing.T) {
	for want, c := range map[string]Command{
		"AT\r\n":                       Attention("AT"),
		"AT+CTSDS=12,0\r\n":            Select{SDS4},
		"AT+CTSDS=13,0\r\n":            Select{Status},
		"AT+CMGS=23401,16\r\nE004\x1a": Ready.Message("23401"),
		"AT+CMGS=09011638300023401,32\r\n8210001D\x1a":     Send{"09011638300023401", 32, Report{Text, false, Received, 0x1D}.Encode()},
		"AT+CMGS=16777215,12\r\nABC0\x1a":                  Send{"16777215", 12, []byte{0xAB, 0xC0}},
		"AT+CMGS=23401,96\r\n82041D014164676A6D707477\x1a": Send{"23401", 96, Transfer{Protocol: Text, Request: WhenReceived, Reference: 0x1D, Data: text(t, "Adgjmptw")}.Encode()},
	} {
		got, err := c.Encode()
		if err != nil || string(got) != want {
			t.Errorf("%+v is %q, %v, want %q", c, got, err, want)
		}
	}
}

func text(t *testing.T, s string) []byte {
	t.Helper()
	data, err := EncodeText(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCommandsThatAreRefused(t *testing.T) {
	for want, c := range map[string]Command{
		"digits only":         Send{"23x", 16, []byte{1, 2}},
		"up to 8 digits":      Send{"123456789", 16, []byte{1, 2}},
		"at most 16777215":    Send{"16777216", 16, []byte{1, 2}},
		"it must be 2":        Send{"1", 16, []byte{1}},
		"1 to 2047":           Send{"1", 2048, make([]byte, 256)},
		"last 4 bits":         Send{"1", 12, []byte{1, 1}},
		"carries no":          Select{8},
		"begin with AT":       Attention("+CTSDS?"),
		"one line":            Attention("AT\rATD112"),
		"identity \"\": it m": Send{"", 16, []byte{1, 2}},
	} {
		if got, err := c.Encode(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v is %q, %v, want %q in the error", c, got, err, want)
		}
	}
}

func TestResultsFromRadios(t *testing.T) {
	for name, c := range map[string]struct {
		bytes string
		want  []Result
	}{
		"answers":              {"\r\nOK\r\n\r\nERROR\r\n\r\n+CME ERROR: 42\r\n", []Result{OK{}, Failure{-1}, Failure{42}}},
		"sent":                 {"+CMGS: 0\r\nOK\r\n+CMGS: 0,4,65\r\n+CMGS: 1,5\r\n+CMGS: 2,,7\r\n", []Result{Sent{0, Taken, -1}, OK{}, Sent{0, OnAir, 65}, Sent{1, Failed, -1}, Sent{2, Taken, 7}}},
		"echo and others":      {"AT+CTSDS=12,0\r\r\nOK\r\n+CTXG: 1,3,0,0,3,09011638300023404\r\n", []Result{Line("AT+CTSDS=12,0"), OK{}, Line("+CTXG: 1,3,0,0,3,09011638300023404")}},
		"status":               {"\r\n+CTSDSR: 13,9876543,0,1234567,0,16\r\nE00F\r\n", []Result{Message{Status, "9876543", "1234567", 16, []byte{0xE0, 0x0F}}}},
		"text":                 {"+CTSDSR: 12,23404,0,23401,0,96\r\n82041D014164676A6D707477\r\n", []Result{Message{SDS4, "23404", "23401", 96, unhex("82041D014164676A6D707477")}}},
		"without caller":       {"+CTSDSR: 12,23401,0,8\r\nff\r\n+CTSDSR: 12,23401,8\r\n01\r\n", []Result{Message{SDS4, "", "23401", 8, []byte{0xFF}}, Message{SDS4, "", "23401", 8, []byte{1}}}},
		"with encryption flag": {"+CTSDSR: 12,23404,0,23401,0,8,0\r\n01\r\n", []Result{Message{SDS4, "23404", "23401", 8, []byte{1}}}},
		"84 bits, 22 digits":   {"+CTSDSR: 12,2269001,0,9999,0,84\r\n0A112853A9FF4D4FFFE810\r\n", []Result{Message{SDS4, "2269001", "9999", 84, unhex("0A112853A9FF4D4FFFE810")}}},
		"84 bits, 21 digits":   {"+CTSDSR: 12,2269001,0,9999,0,84\r\n0A0BA7D5B95BC50AFFE16\r\n", []Result{Message{SDS4, "2269001", "9999", 84, unhex("0A0BA7D5B95BC50AFFE160")}}},
	} {
		t.Run(name, func(t *testing.T) {
			// A serial port gives bytes as they come.
			r := NewResultReader(iotest.OneByteReader(strings.NewReader(c.bytes)))
			for _, want := range c.want {
				got, err := r.Next()
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			}
			if got, err := r.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("got %v, %v behind the end", got, err)
			}
		})
	}
}

func unhex(s string) []byte {
	data, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return data
}

func TestWrongLinesDoNotStopTheReader(t *testing.T) {
	for want, line := range map[string]string{
		"no number":            "+CME ERROR: x",
		"field 1, \"\"":        "+CMGS: ",
		"not 3, 4, 6 or 7":     "+CTSDSR: 12,1",
		"no short data":        "+CTSDSR: 7,1,0,2,0,8",
		"digits only":          "+CTSDSR: 12,a,0,2,0,8",
		"no message of":        "+CTSDSR: 13,1,0,2,0,8",
		"0 bits":               "+CTSDSR: 12,1,0,2,0,0",
		"encrypted":            "+CTSDSR: 12,1,0,2,0,8,1",
		"user data":            "+CTSDSR: 12,1,0,2,0,8\r\nxx",
		"has 2 octets":         "+CTSDSR: 12,1,0,2,0,8\r\n0102",
		"longer than":          strings.Repeat("A", 5000),
		"99999999999999999999": "+CMGS: 99999999999999999999",
	} {
		r := NewResultReader(strings.NewReader(line + "\r\nOK\r\n"))
		_, err := r.Next()
		if _, ok := errors.AsType[*SyntaxError](err); !ok || !strings.Contains(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%.40q: got %v, want %q in it", line, err, want)
		}
		if got, err := r.Next(); err != nil || got != (OK{}) {
			t.Errorf("%.40q: then %v, %v", line, got, err)
		}
	}
}

func drawIdentity(t *rapid.T) Identity {
	ssi := rapid.IntRange(0, maxSSI).Draw(t, "ssi")
	if rapid.Bool().Draw(t, "tsi") {
		return Identity(fmt.Sprintf("0%03d%05d%08d", rapid.IntRange(0, 999).Draw(t, "mcc"), rapid.IntRange(0, 16383).Draw(t, "mnc"), ssi))
	}
	return Identity(fmt.Sprint(ssi))
}

func drawData(t *rapid.T, length int) []byte {
	data := rapid.SliceOfN(rapid.Byte(), (length+7)/8, (length+7)/8).Draw(t, "data")
	data[len(data)-1] &^= 1<<(8*len(data)-length) - 1
	return data
}

func TestReadersAreTheInverseOfEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(1, MaxBits).Draw(t, "bits")
		commands := []Command{Select{rapid.SampledFrom([]Service{SDS1, SDS2, SDS3, SDS4, Status}).Draw(t, "service")}, Send{drawIdentity(t), length, drawData(t, length)}, Attention("ATZ")}
		var port bytes.Buffer
		for _, c := range commands {
			raw, err := c.Encode()
			if err != nil {
				t.Fatal(err)
			}
			port.Write(raw)
		}
		r := NewCommandReader(&port)
		for _, want := range commands {
			if got, err := r.Next(); err != nil || !cmp.Equal(want, got) {
				t.Fatalf("%+v is read as %+v, %v", want, got, err)
			}
		}
		results := []Result{
			OK{}, Failure{rapid.IntRange(-1, 45).Draw(t, "code")}, Sent{rapid.IntRange(0, 255).Draw(t, "instance"), OnAir, rapid.IntRange(-1, 255).Draw(t, "reference")},
			Sent{3, Taken, -1}, Message{SDS4, drawIdentity(t), drawIdentity(t), length, drawData(t, length)}, Line("+CTOM: 0"),
		}
		port.Reset()
		for _, result := range results {
			port.Write(result.Encode())
		}
		s := NewResultReader(&port)
		for _, want := range results {
			if got, err := s.Next(); err != nil || !cmp.Equal(want, got) {
				t.Fatalf("%+v is read as %+v, %v", want, got, err)
			}
		}
	})
}

func TestParsePDUIsTheInverseOfEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		protocol, reference := Protocol(rapid.IntRange(0x80, 0xFF).Draw(t, "protocol")), rapid.Byte().Draw(t, "reference")
		for _, want := range []PDU{
			Transfer{protocol, ReportRequest(rapid.IntRange(0, 3).Draw(t, "request")), rapid.Bool().Draw(t, "long"), reference, rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "data")},
			Report{protocol, rapid.Bool().Draw(t, "answer"), DeliveryStatus(rapid.Byte().Draw(t, "status")), reference},
			Acknowledge{protocol, Consumed, reference},
		} {
			if got, err := ParsePDU(want.Encode()); err != nil || !cmp.Equal(want, got) {
				t.Fatalf("%+v is read as %+v, %v", want, got, err)
			}
		}
	})
}

func TestParsePDURefuses(t *testing.T) {
	for want, data := range map[string]string{
		"no message of": "8200", "no transport layer": "020141", "store and forward": "82010041", "no report": "821000", "kind 15": "82F00041",
	} {
		if got, err := ParsePDU(unhex(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %+v, %v, want %q in the error", data, got, err, want)
		}
	}
}

func TestTexts(t *testing.T) {
	for _, want := range []string{"Adgjmptw", "Übung für Köln 20 °C", "zwei\nZeilen", ""} {
		if got, err := DecodeText(text(t, want)); err != nil || got != want {
			t.Errorf("%q is read as %q, %v", want, got, err)
		}
	}
	for data, want := range map[string]string{"0D A4A6": "€Š", "1A 00DC20AC": "Ü€", "81 000000 41": "A"} {
		if got, err := DecodeText(unhex(strings.ReplaceAll(data, " ", ""))); err != nil || got != want {
			t.Errorf("%s is read as %q, %v, want %q", data, got, err, want)
		}
	}
	for _, data := range []string{"", "8100", "00E8"} {
		if got, err := DecodeText(unhex(data)); err == nil {
			t.Errorf("%q is read as %q", data, got)
		}
	}
	if _, err := EncodeText("5 €"); err == nil || !strings.Contains(err.Error(), "character 3, '€'") {
		t.Errorf("got %v, want the character and its place", err)
	}
}

func TestSirenStatuses(t *testing.T) {
	// The numbers that control rooms know.
	for number, want := range map[SirenStatus]string{57344: "triggered", 57348: "ready", 57351: "sabotage", 57355: "sabotage-over", 57359: "manual-trigger", 57360: "status-57360"} {
		if number.String() != want || number.Known() == strings.HasPrefix(want, "status-") {
			t.Errorf("%d is %s", number, number)
		}
	}
	if len(sirenStatuses) != int(ManualTrigger-Triggered)+1 {
		t.Errorf("%d names", len(sirenStatuses))
	}
	sent := MainsFault.Message("9876543")
	got, err := ReadStatus(Message{Service: Status, To: sent.To, Bits: sent.Bits, Data: sent.Data})
	if err != nil || got != MainsFault {
		t.Errorf("read %v, %v", got, err)
	}
	if _, err := ReadStatus(Message{Service: SDS4, Data: sent.Data}); err == nil {
		t.Error("a text was read as a status")
	}
}

func TestFailuresAreWorded(t *testing.T) {
	for code, want := range map[int]string{30: "out of service", 99: "no reason"} {
		if got := (Failure{code}).Error(); !strings.Contains(got, want) {
			t.Errorf("%d: %s", code, got)
		}
	}
	if s := DeliveryStatus(0x21); s.Delivered() || !s.Delayed() {
		t.Error("a stored message counts as delivered, or as failed")
	}
	if s := DeliveryStatus(0x4B); s.Delivered() || s.Delayed() {
		t.Error("a failed message does not count as failed")
	}
}

func FuzzReaders(f *testing.F) {
	f.Add([]byte("\r\n+CTSDSR: 12,23404,0,23401,0,96\r\n82041D014164676A6D707477\r\nOK\r\n+CMGS: 0,4,65\r\n+CME ERROR: 35\r\n"))
	f.Add([]byte("AT+CTSDS=12,0\r\nAT+CMGS=1,16\r\nE004\x1aATZ\r"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		results := NewResultReader(bytes.NewReader(raw))
		for {
			got, err := results.Next()
			if _, ok := errors.AsType[*SyntaxError](err); ok {
				continue
			}
			if err != nil {
				break
			}
			if again, err := NewResultReader(bytes.NewReader(got.Encode())).Next(); err != nil || !cmp.Equal(got, again) {
				if line, ok := got.(Line); !ok || !strings.ContainsRune(string(line), 0x7F) {
					t.Fatalf("%#v is written and read as %#v, %v", got, again, err)
				}
			}
			if m, ok := got.(Message); ok {
				if pdu, err := ParsePDU(m.Data); err == nil {
					if transfer, ok := pdu.(Transfer); ok {
						_, _ = DecodeText(transfer.Data)
					}
				}
			}
		}
		commands := NewCommandReader(bytes.NewReader(raw))
		for {
			got, err := commands.Next()
			if _, ok := errors.AsType[*SyntaxError](err); ok {
				continue
			}
			if err != nil {
				break
			}
			if _, err := got.Encode(); err != nil {
				t.Fatalf("%#v was read and cannot be written: %v", got, err)
			}
		}
	})
}
