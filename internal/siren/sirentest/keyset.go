// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package sirentest

import (
	"bytes"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// rootKey is the one key of every rig's root, which everybody knows.
func rootKey() siren.RootKey {
	key, err := siren.NewRootKey(bytes.Repeat([]byte{1}, siren.RootSeedBytes))
	if err != nil {
		panic(err)
	}
	return key
}

// Root is the root of the sirens of every rig.
func Root() siren.Root {
	return siren.Root{Version: 1, Threshold: 1, Keys: []siren.RootPublic{rootKey().Public()}}
}

// Signed is the keyset of every rig with a version, signed by the root.
func Signed(version uint32) []byte {
	k := Keyset()
	k.Version, k.Root, k.NotBefore, k.NotAfter = version, 1, time.Unix(1e9, 0), time.Unix(4e9, 0)
	d, err := k.Envelope()
	if err == nil {
		d, err = d.Sign(rootKey())
	}
	if err != nil {
		panic(err)
	}
	return Root().Trim(d).Encode()
}
