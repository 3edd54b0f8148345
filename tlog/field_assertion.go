// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// assertionTexts writes each assertion on one line: action, role, guard, key,
// signature, and for a passkey relying party, flags, counter and client data.
func assertionTexts(l *Leaf) []string {
	texts := make([]string, len(l.Assertions))
	for i, a := range l.Assertions {
		texts[i] = strings.Join([]string{
			string(a.Action), string(a.Role), string(a.Guard),
			base64.RawURLEncoding.EncodeToString(a.Key[:]), base64.RawURLEncoding.EncodeToString(a.Signature[:]),
		}, " ")
		if a.Guard == Passkey || a.Ceremony != (Ceremony{}) {
			c := a.Ceremony
			texts[i] += fmt.Sprintf(" %s %02x %08x %s", c.RelyingParty, c.Flags, c.Counter, c.ClientData)
		}
	}
	return texts
}

func addAssertion(l *Leaf, v string) error {
	if len(l.Assertions) >= MaxAssertions {
		return fmt.Errorf("is one more than %d", MaxAssertions)
	}
	parts := strings.SplitN(v, " ", 9)
	if len(parts) < 5 {
		return errors.New("is not action, role, guard, key and signature")
	}
	a := Assertion{Action: Action(parts[0]), Role: Role(parts[1]), Guard: Guard(parts[2])}
	switch {
	case a.Action != ActionRequest && a.Action != ActionRelease:
		return fmt.Errorf("has the action %q, which there is not", parts[0])
	case !slices.Contains([]Guard{SoftwareKey, Passkey, BreakGlass}, a.Guard):
		return fmt.Errorf("has the guard %q, which there is not", parts[2])
	}
	if err := checkCode(parts[1]); err != nil {
		return fmt.Errorf("has a role that %w", err)
	}
	if err := keyInto(&a.Key, parts[3]); err != nil {
		return fmt.Errorf("has a key that %w", err)
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[4])
	if err != nil || len(signature) != len(a.Signature) || len(parts[4]) != base64.RawURLEncoding.EncodedLen(len(a.Signature)) {
		return errors.New("has a signature that is not 64 bytes in base64url")
	}
	a.Signature = Signature(signature)
	switch {
	case a.Guard != Passkey && len(parts) == 5:
	case a.Guard == Passkey && len(parts) == 9:
		if a.Ceremony, err = parseCeremony(parts[5:]); err != nil {
			return err
		}
	default:
		return fmt.Errorf("has %d parts, which is not what a %s has", len(parts), a.Guard)
	}
	l.Assertions = append(l.Assertions, a)
	return nil
}

func parseCeremony(parts []string) (Ceremony, error) {
	c := Ceremony{RelyingParty: parts[0], ClientData: parts[3]}
	if err := checkOrigin(c.RelyingParty); err != nil {
		return c, fmt.Errorf("has a relying party that %w", err)
	}
	flags, err := strconv.ParseUint(parts[1], 16, 8)
	if err != nil || fmt.Sprintf("%02x", flags) != parts[1] {
		return c, errors.New("has flags that are not 2 lower-case hexadecimal digits")
	}
	counter, err := strconv.ParseUint(parts[2], 16, 32)
	if err != nil || fmt.Sprintf("%08x", counter) != parts[2] {
		return c, errors.New("has a counter that is not 8 lower-case hexadecimal digits")
	}
	c.Flags, c.Counter = byte(flags), uint32(counter)
	if _, err := c.origin(); err != nil {
		return c, fmt.Errorf("is not in standard form: %w", err)
	}
	return c, nil
}
