// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package ceremony

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Load reads the documents of a file: roots in ascending order, with a keyset
// behind them or without, or one firmware manifest.
func Load(path string) ([]siren.Envelope, error) {
	raw, err := read(path)
	if err != nil {
		return nil, err
	}
	documents, err := siren.ParseEnvelopes(raw)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s holds no signed documents.", path), "Name a file that tocsin siren root, keyset or firmware wrote.")
	}
	return documents, nil
}

// LoadRoot reads the newest root of a file. The first one is believed as it
// stands there, and each one after it if it was signed as a root must be.
func LoadRoot(path string) (siren.Root, error) {
	documents, err := Load(path)
	if err != nil {
		return siren.Root{}, err
	}
	var root siren.Root
	for i, d := range documents {
		if d.Kind() == siren.KindKeyset && i > 0 {
			break // a file may hold the keyset too
		}
		if i == 0 {
			root, err = siren.ReadRoot(d)
		} else {
			root, err = root.Next(d)
		}
		if err != nil {
			return siren.Root{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("Document %d of %s is no root that follows.", i+1, path), "Put roots in ascending order, each signed by enough keys of itself and of the one before.")
		}
	}
	return root, nil
}

// Save writes documents to a file, in the place of what was there.
func Save(path string, documents ...siren.Envelope) error {
	var b []byte
	for _, d := range documents {
		b = append(b, d.Encode()...)
	}
	if err := durable.Replace(path, b); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be written.", path), "Check that its folder is there and may be written.")
	}
	return nil
}

// Sign adds the signatures of a root key to the last document of a file, which
// must be of the kind.
func Sign(path string, kind siren.DocumentKind, key siren.RootKey) (siren.Envelope, error) {
	documents, err := Load(path)
	if err != nil {
		return siren.Envelope{}, err
	}
	last := len(documents) - 1
	if documents[last].Kind() != kind {
		return siren.Envelope{}, problem.New(problem.Invalid, fmt.Sprintf("The last document of %s is a %s, not a %s.", path, documents[last].Kind(), kind), "Name another file, or sign with the command of that kind.")
	}
	if documents[last], err = documents[last].Sign(key); err != nil {
		return siren.Envelope{}, err
	}
	return documents[last], Save(path, documents...)
}

// plan is a keyset as people write it.
type plan struct {
	Version   uint32      `yaml:"version"`
	NotBefore time.Time   `yaml:"not_before"`
	NotAfter  time.Time   `yaml:"not_after"`
	Limit     planLimit   `yaml:"one_signature"`
	Keys      []planIssue `yaml:"keys"`
}

type planLimit struct {
	Digits int    `yaml:"digits"`
	Sirens uint32 `yaml:"sirens"`
}

type planIssue struct {
	PublicKey string   `yaml:"public_key"`
	Epoch     uint16   `yaml:"epoch"`
	Territory []string `yaml:"territory"`
	Actions   []string `yaml:"actions"`
	Second    bool     `yaml:"second_signature"`
}

// NewKeyset makes the keyset that a YAML file describes, to be signed by the root.
func NewKeyset(path string, root siren.Root) (siren.Envelope, error) {
	raw, err := read(path)
	if err != nil {
		return siren.Envelope{}, err
	}
	k, err := parsePlan(raw)
	var d siren.Envelope
	if err == nil {
		k.Root = root.Version
		d, err = k.Envelope()
	}
	if err != nil {
		return siren.Envelope{}, problem.Wrap(err, problem.Invalid, fmt.Sprintf("%s describes no keyset.", path), "Compare it with docs/runbooks/siren-keys.md.")
	}
	return d, nil
}

func parsePlan(raw []byte) (siren.Keyset, error) {
	var p plan
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil {
		return siren.Keyset{}, err
	}
	k := siren.Keyset{
		Version: p.Version, NotBefore: p.NotBefore.UTC(), NotAfter: p.NotAfter.UTC(),
		Limit: siren.Limit{Digits: p.Limit.Digits, Sirens: p.Limit.Sirens},
	}
	for i, key := range p.Keys {
		public, err := base64.StdEncoding.DecodeString(key.PublicKey)
		if err != nil || len(public) != ed25519.PublicKeySize {
			return siren.Keyset{}, fmt.Errorf("keys[%d].public_key: not 32 bytes in base64; tocsin siren keyset key prints one", i)
		}
		issuer := siren.Issuer{PublicKey: public, Epoch: key.Epoch, Seconds: key.Second}
		for _, region := range key.Territory {
			ars, err := geo.ParseARS(region)
			if err != nil {
				return siren.Keyset{}, fmt.Errorf("keys[%d].territory: %w", i, err)
			}
			issuer.Territory = append(issuer.Territory, ars)
		}
		for _, name := range key.Actions {
			at := slices.IndexFunc(siren.AllActions, func(a siren.Action) bool { return a.String() == name })
			if at < 0 {
				return siren.Keyset{}, fmt.Errorf("keys[%d].actions: there is no action %q, only sound, stop, test and beacon", i, name)
			}
			issuer.Actions = append(issuer.Actions, siren.AllActions[at])
		}
		k.Issuers = append(k.Issuers, issuer)
	}
	return k, nil
}

// IssuerKey reads the public half of a PEM file with an Ed25519 key, private or public.
func IssuerKey(path string) (ed25519.PublicKey, error) {
	raw, err := read(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block != nil {
		if private, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			if key, ok := private.(ed25519.PrivateKey); ok {
				return key.Public().(ed25519.PublicKey), nil
			}
		}
		if public, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
			if key, ok := public.(ed25519.PublicKey); ok {
				return key, nil
			}
		}
	}
	return nil, problem.New(problem.Unreadable, fmt.Sprintf("%s holds no Ed25519 key.", path), "Name the PEM file of sirens.signing_key or sirens.second_signing_key.")
}

// OpenKeyset reads a file with roots and a keyset behind them and verifies it
// with the root, which may be older than those of the file.
func OpenKeyset(path string, root siren.Root) (siren.Trust, []byte, error) {
	documents, err := Load(path)
	if err != nil {
		return siren.Trust{}, nil, err
	}
	var message []byte
	by := root
	for _, d := range documents {
		if next, err := siren.ReadRoot(d); err == nil {
			if next.Version <= root.Version {
				continue // devices hold it
			}
			by = next
		} else {
			d = by.Trim(d)
		}
		message = append(message, d.Encode()...)
	}
	trust, err := siren.OpenTrust(message, root)
	if err == nil && trust.Keyset.Version == 0 {
		err = errors.New("it holds no keyset")
	}
	if err != nil {
		return siren.Trust{}, nil, problem.Wrap(err, problem.Forbidden, fmt.Sprintf("The keyset %s is not one of root %d.", path, root.Version), "Have enough people sign it (tocsin siren keyset sign), or name the root that they belong to.")
	}
	return trust, message, nil
}

// SignFirmware writes or goes on with the manifest of an image: the first person
// makes it, and the next ones sign it if it is that of the same image.
func SignFirmware(image, manifest string, f siren.Firmware, key siren.RootKey) (siren.Envelope, error) {
	file, err := os.Open(image)
	if err != nil {
		return siren.Envelope{}, problem.Wrap(err, problem.NotFound, fmt.Sprintf("The image %s cannot be read.", image), "Check the path and its permissions.")
	}
	defer file.Close()
	if f, err = f.Describe(file); err != nil {
		return siren.Envelope{}, err
	}
	wanted, err := f.Envelope()
	if err != nil {
		return siren.Envelope{}, problem.Wrap(err, problem.Invalid, "The manifest cannot be written.", "Give a release from 1, and a model and a version of 1 to 40 bytes.")
	}
	if _, err := os.Stat(manifest); errors.Is(err, os.ErrNotExist) {
		if err := Save(manifest, wanted); err != nil {
			return siren.Envelope{}, err
		}
	}
	documents, err := Load(manifest)
	if err != nil {
		return siren.Envelope{}, err
	}
	if !slices.Equal(documents[0].Body, wanted.Body) {
		return siren.Envelope{}, problem.New(problem.Conflict, fmt.Sprintf("%s is the manifest of another image, model or release.", manifest), "Compare what the others signed (tocsin siren firmware verify), or name another file.")
	}
	return Sign(manifest, siren.KindFirmware, key)
}
