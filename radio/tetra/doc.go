// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package tetra writes and reads what passes between a computer and a TETRA
// radio on its serial peripheral equipment interface (PEI, ETSI EN 300 392-5):
// AT commands, result codes, and the short data (SDS) and status messages in
// them (EN 300 392-2, clause 29). It opens no port and keeps no state but that of
// a half-read line; both sides are there, so that tests can play a radio.
package tetra

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Service is a kind of message on the air (EN 300 392-5, 6.17: AI service).
type Service int

// The services that carry short data.
const (
	SDS1   Service = 9  // 16 bits
	SDS2   Service = 10 // 32 bits
	SDS3   Service = 11 // 64 bits
	SDS4   Service = 12 // up to 2047 bits; its first octet says of which protocol
	Status Service = 13 // 16 bits of agreed meaning
)

// MaxBits is the length of a type-4 message.
const MaxBits = 2047

// bits is the length of a service's messages; 0 where it varies.
func (s Service) bits() (length int, ok bool) {
	switch s {
	case SDS1, Status:
		return 16, true
	case SDS2:
		return 32, true
	case SDS3:
		return 64, true
	case SDS4:
		return 0, true
	}
	return 0, false
}

// Identity is an address as a radio writes it: a short subscriber identity (SSI,
// up to 8 digits, at most 16777215) of one radio or a group, or with country and
// network before it (TSI, 15 to 17 digits).
type Identity string

// maxSSI is 24 bits.
const maxSSI = 1<<24 - 1

func (i Identity) check() error {
	if i == "" || strings.Trim(string(i), "0123456789") != "" {
		return fmt.Errorf("identity %q: it must have digits only", string(i))
	}
	ssi := string(i)
	if len(ssi) > 8 {
		if len(ssi) < 15 || len(ssi) > 17 {
			return fmt.Errorf("identity %q: it must have up to 8 digits, or 15 to 17 with country and network", ssi)
		}
		ssi = ssi[len(ssi)-8:]
	}
	if n, err := strconv.Atoi(ssi); err != nil || n > maxSSI {
		return fmt.Errorf("identity %q: its last 8 digits must be at most %d", string(i), maxSSI)
	}
	return nil
}

// kind is the code of the identity's form (6.17: called party identity type).
func (i Identity) kind() int {
	if len(i) > 8 {
		return 1
	}
	return 0
}

// encodeData writes user data as the interface carries it.
func encodeData(data []byte) string { return strings.ToUpper(hex.EncodeToString(data)) }

// checkData refuses data that cannot be a message of so many bits.
func checkData(length int, data []byte) error {
	if length < 1 || length > MaxBits {
		return fmt.Errorf("%d bits: a message has 1 to %d", length, MaxBits)
	}
	if len(data) != (length+7)/8 {
		return fmt.Errorf("%d octets for %d bits: it must be %d", len(data), length, (length+7)/8)
	}
	if spare := 8*len(data) - length; spare > 0 && data[len(data)-1]&(1<<spare-1) != 0 {
		return fmt.Errorf("the last %d bits of %d octets are set, and not of the %d bits", spare, len(data), length)
	}
	return nil
}

// decodeData reads user data of so many bits. Radios write whole octets or only
// the hexadecimal digits that the bits need.
func decodeData(length int, text string) ([]byte, error) {
	if length < 1 || length > MaxBits {
		return nil, fmt.Errorf("%d bits: a message has 1 to %d", length, MaxBits)
	}
	if len(text) == (length+3)/4 && len(text)%2 != 0 {
		text += "0"
	}
	data, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("user data: %w", err)
	}
	if want := (length + 7) / 8; len(data) != want {
		return nil, fmt.Errorf("user data has %d octets, %d bits need %d", len(data), length, want)
	}
	if spare := 8*len(data) - length; spare > 0 {
		data[len(data)-1] &^= 1<<spare - 1
	}
	return data, nil
}
