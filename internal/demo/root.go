// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/ceremony"
)

// The demo's root: five people whose keys lie in one folder, which nobody else
// should do, under one passphrase, of whom three sign.
const (
	rootFolder     = "root"
	rootPeople     = 5
	rootThreshold  = 3
	rootPassphrase = "demo"
	keysetFile     = "keyset"
	secondKeyFile  = "siren-second-key.pem"
	// keysetYears is how long the demo's keyset lasts.
	keysetYears = 5
	// oneSignatureSirens is how many sirens by number one signature may sound.
	oneSignatureSirens = 200
)

// enthrone makes the demo's root and a keyset with the node's keys at the first
// start, and configures both. Warnings beyond one Kreis take two signatures.
func enthrone(config *node.Config) error {
	dir := filepath.Join(config.Dir, rootFolder)
	config.Sirens.Root, config.Sirens.Keyset = filepath.Join(dir, "root"), filepath.Join(dir, keysetFile)
	config.Sirens.SecondSigningKey = filepath.Join(config.Dir, secondKeyFile)
	if _, err := os.Stat(config.Sirens.Keyset); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make root of the demo: %w", err)
	}
	recipient, err := age.NewScryptRecipient(rootPassphrase)
	if err != nil {
		return fmt.Errorf("make root of the demo: %w", err)
	}
	recipient.SetWorkFactor(10) // everybody knows this passphrase
	identity, err := age.NewScryptIdentity(rootPassphrase)
	if err != nil {
		return fmt.Errorf("make root of the demo: %w", err)
	}
	root := siren.Root{Version: 1, Threshold: rootThreshold, Quantum: []siren.DocumentKind{siren.KindRoot, siren.KindFirmware}}
	var keys []siren.RootKey
	for i := range rootPeople {
		path := filepath.Join(dir, fmt.Sprintf("key-%d", i+1))
		if _, err := ceremony.CreateKey(path, recipient); err != nil && !exists(path) {
			return err
		}
		key, err := ceremony.LoadKey(path, identity)
		if err != nil {
			return err
		}
		keys, root.Keys = append(keys, key), append(root.Keys, key.Public())
	}
	first, second, err := node.MakeSirenKeys(config.Sirens)
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	keyset := siren.Keyset{
		Version: 1, Root: root.Version, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(keysetYears, 0, 0),
		Limit: siren.Limit{Digits: 5, Sirens: oneSignatureSirens},
		Issuers: []siren.Issuer{
			{PublicKey: first, Epoch: config.Sirens.Epoch, Territory: config.Authority.Territory, Actions: siren.AllActions},
			{PublicKey: second, Territory: config.Authority.Territory, Seconds: true},
		},
	}
	// The keyset last: it says that everything is there.
	if err := seal(config.Sirens.Root, root, keys[:rootThreshold]); err != nil {
		return err
	}
	return seal(config.Sirens.Keyset, keyset, keys[:rootThreshold])
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// seal writes a document that the keys have signed.
func seal(path string, v interface {
	Envelope() (siren.Envelope, error)
}, keys []siren.RootKey) error {
	d, err := v.Envelope()
	for _, key := range keys {
		if err == nil {
			d, err = d.Sign(key)
		}
	}
	if err != nil {
		return fmt.Errorf("sign for the demo: %w", err)
	}
	return ceremony.Save(path, d)
}
