// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package enrolment

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
)

// Codes are made of digits and letters that people do not confuse (Crockford's
// base 32): 12 of them are 60 random bits.
const (
	codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength  = 12
	codeGroup   = 4
)

// NewCode makes a one-time code, such as 7K2M-9QXA-4TBC.
func NewCode() string {
	raw := make([]byte, codeLength)
	rand.Read(raw)
	var b strings.Builder
	for i, r := range raw {
		if i > 0 && i%codeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(codeLetters[r%32])
	}
	return b.String()
}

var codeReader = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// parseCode reads a code as people type it.
func parseCode(typed string) (string, bool) {
	if len(typed) > 4*codeLength {
		return "", false
	}
	code := codeReader.Replace(strings.ToUpper(typed))
	if len(code) != codeLength || strings.Trim(code, codeLetters) != "" {
		return "", false
	}
	return code, true
}

// hashRounds make it costly to try codes on a stolen journal: about 20 ms each.
const hashRounds = 100_000

// HashCode is what is kept of a siren's code; false for what is no code.
func HashCode(siren, typed string) ([]byte, bool) {
	code, ok := parseCode(typed)
	if !ok {
		return nil, false
	}
	hash, err := pbkdf2.Key(sha256.New, code, []byte("tocsin siren enrolment code v1\n"+siren), hashRounds, sha256.Size)
	if err != nil {
		panic(fmt.Sprintf("enrolment: %v", err)) // the parameters are constant
	}
	return hash, true
}
