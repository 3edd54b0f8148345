// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"cmp"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/ceremony"
	"github.com/tocsin-alert/tocsin/internal/siren/cosigner"
)

// sirenKeys are the keys with which the node commands sirens, and what tells the
// sirens to obey them.
type sirenKeys struct {
	signer siren.Signer
	second siren.Signer // nil without one
	public ed25519.PublicKey
	// root is the first one, which devices hold from their set-up; zero without a
	// signed keyset. keyset is what the sirens obey.
	root   siren.Root
	keyset siren.Keyset
	// setup is what a new device is given, news what the others need.
	setup, news []byte
}

// openSirenKeys reads the node's keys and its keyset, and refuses a keyset by
// which the sirens would not obey the node.
func openSirenKeys(c Config, logger *slog.Logger) (*sirenKeys, error) {
	key, err := signingKey(c.Sirens.SigningKey, "siren signing key")
	if err != nil {
		return nil, err
	}
	k := &sirenKeys{signer: siren.NewSigner(key), public: key.Public().(ed25519.PublicKey)}
	if c.Sirens.SecondSigningKey != "" {
		second, err := SirenSigningKey(c.Sirens.SecondSigningKey)
		if err != nil {
			return nil, err
		}
		k.second = siren.NewSigner(second)
	}
	if c.Sirens.SecondSigner != "" {
		k.second = cosigner.Dial(c.Sirens.SecondSigner)
	}
	if c.Sirens.Keyset == "" {
		k.keyset = siren.Keyset{Issuers: []siren.Issuer{{
			PublicKey: k.public, Territory: c.Authority.Territory, Epoch: c.Sirens.Epoch, Actions: siren.AllActions,
		}}}
		return k, nil
	}
	if err := k.load(c.Sirens); err != nil {
		return nil, err
	}
	return k, k.check(c, logger)
}

// load reads the root and the keyset behind it.
func (k *sirenKeys) load(c SirenConfig) error {
	newest, err := ceremony.LoadRoot(c.Root)
	if err != nil {
		return err
	}
	roots, err := ceremony.Load(c.Root)
	if err != nil {
		return err
	}
	trust, keyset, err := ceremony.OpenKeyset(c.Keyset, newest)
	if err != nil {
		return err
	}
	k.keyset = trust.Keyset
	for i, d := range roots {
		if d.Kind() != siren.KindRoot {
			break
		}
		k.setup = append(k.setup, d.Encode()...)
		if i == 0 {
			k.root, err = siren.ReadRoot(d)
		} else {
			k.news = append(k.news, d.Encode()...)
		}
	}
	k.setup, k.news = append(k.setup, keyset...), append(k.news, keyset...)
	return err
}

// check compares the keyset with the node's own keys and territory.
func (k *sirenKeys) check(c Config, logger *slog.Logger) error {
	refuse := func(format string, args ...any) error {
		return problem.New(problem.Conflict, fmt.Sprintf("By the keyset %s sirens would not obey this node: ", c.Sirens.Keyset)+fmt.Sprintf(format, args...)+".",
			"Have the root sign a keyset with the node's keys (docs/runbooks/siren-keys.md), or name the right files.")
	}
	own, known := k.keyset.Find(k.signer.KeyID())
	switch {
	case !known || !own.PublicKey.Equal(k.public):
		return refuse("it does not hold the key %s of %s", k.signer.KeyID(), c.Sirens.SigningKey)
	case own.Epoch != c.Sirens.Epoch:
		return refuse("it holds the key %s in epoch %d, and sirens.epoch is %d", k.signer.KeyID(), own.Epoch, c.Sirens.Epoch)
	}
	for _, action := range siren.AllActions {
		for _, region := range c.Authority.Territory {
			if !own.May(action, region) {
				return refuse("the key %s may not command %s in %s", k.signer.KeyID(), action, region)
			}
		}
	}
	if k.second == nil {
		wide := siren.Frame{Key: k.signer.KeyID(), Action: siren.ActionSound, Target: siren.Regions(c.Authority.Territory...)}
		if k.keyset.NeedsSecond(wide) {
			logger.Warn("the keyset asks for a second signature on wide targets, and sirens.second_signing_key is not set: a warning of the whole territory will be refused")
		}
		return nil
	}
	if k.second.KeyID() == (siren.KeyID{}) {
		// Narrow warnings need no second key, so the node starts all the same.
		logger.Error("the cosigner of sirens.second_signer does not answer: until it does, wide warnings cannot be signed", "socket", c.Sirens.SecondSigner)
		return nil
	}
	second, known := k.keyset.Find(k.second.KeyID())
	if !known || !second.Seconds || slices.ContainsFunc(c.Authority.Territory, func(region geo.ARS) bool { return !second.Reaches(region) }) {
		return refuse("the key %s of %s may not sign as the second everywhere in the territory", k.second.KeyID(), cmp.Or(c.Sirens.SecondSigningKey, c.Sirens.SecondSigner))
	}
	return nil
}

// SirenSigningKey reads the key of a cosigner, or makes it when absent.
func SirenSigningKey(path string) (ed25519.PrivateKey, error) {
	return signingKey(path, "second siren signing key")
}

// MakeSirenKeys makes the signing keys that are configured and not there yet, so
// that a keyset can hold them before the node's first start. It gives their
// public halves; the second is nil without one.
func MakeSirenKeys(c SirenConfig) (first, second ed25519.PublicKey, err error) {
	key, err := signingKey(c.SigningKey, "siren signing key")
	if err != nil {
		return nil, nil, err
	}
	first = key.Public().(ed25519.PublicKey)
	if c.SecondSigningKey == "" {
		return first, nil, nil
	}
	if key, err = SirenSigningKey(c.SecondSigningKey); err != nil {
		return nil, nil, err
	}
	return first, key.Public().(ed25519.PublicKey), nil
}
