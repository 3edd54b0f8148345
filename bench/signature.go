// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/container"
	"github.com/tocsin-alert/tocsin/cap/signature"
)

// signatures signs and verifies a small message and, where there is one, the
// largest of the German weather service's, beside the bare operation of the
// key and beside xmlsec1.
func signatures(ctx context.Context) ([]row, error) {
	messages, err := messagesToSign()
	if err != nil {
		return nil, err
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	rsa3072, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, key := range []crypto.Signer{p256, rsa3072} {
		for _, m := range messages {
			say("signatures: %s", m.name)
			measured, err := signing{key: key, message: m}.rows(ctx)
			if err != nil {
				return nil, err
			}
			rows = append(rows, measured...)
		}
	}
	return rows, nil
}

type messageToSign struct {
	name  string
	alert *cap.Alert
}

// weather is a container that not everybody has.
const weather = "../shared/data/cap/dwd_Z_CAP_C_EDZW_MUL.zip"

func messagesToSign() ([]messageToSign, error) {
	small := cap.Alert{
		Identifier: "2.49.0.0.276.999.2026.9", Sender: "leitstelle@kreis.example", Sent: cap.NewTime(time.Now()),
		Status: cap.StatusTest, MsgType: cap.MsgTypeAlert, Scope: cap.ScopePublic,
		Info: []cap.Info{{
			Language: "de-DE", Category: []cap.Category{cap.CategoryFire}, Event: "Brand",
			Urgency: cap.UrgencyImmediate, Severity: cap.SeveritySevere, Certainty: cap.CertaintyObserved,
			Headline: "Rauch am Hafen", Description: "Über dem Hafen zieht Rauch ab.",
			Area: []cap.Area{{AreaDesc: "Hafen", Circle: []cap.Circle{{Center: cap.Point{Lat: 52.4, Lon: 13.06}, RadiusKM: 2}}}},
		}},
	}
	messages := []messageToSign{{"a small message", &small}}
	raw, err := os.ReadFile(weather)
	if errors.Is(err, fs.ErrNotExist) {
		return messages, nil
	}
	if err != nil {
		return nil, err
	}
	var largest []byte
	for item := range container.Messages(container.Bytes(weather, raw)) {
		if item.Form == container.XML && len(item.Raw) > len(largest) {
			largest = item.Raw
		}
	}
	alert, _, err := cap.ReadLenient(largest)
	if err != nil {
		return nil, err
	}
	return append(messages, messageToSign{"the largest of the weather service", alert}), nil
}

// signing measures one key with one message.
type signing struct {
	key     crypto.Signer
	message messageToSign
}

func (s signing) rows(ctx context.Context) ([]row, error) {
	raw, err := signature.Sign(s.message.alert, signature.SignOptions{Key: s.key})
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(raw)
	value, err := s.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	kind := "P-256"
	bareVerify := func() bool { return ecdsa.VerifyASN1(s.key.Public().(*ecdsa.PublicKey), digest[:], value) }
	if public, ok := s.key.Public().(*rsa.PublicKey); ok {
		kind = "RSA-3072"
		bareVerify = func() bool { return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], value) == nil }
	}
	options := signature.VerifyOptions{Keys: []signature.Key{{Name: kind, Public: s.key.Public()}}}
	sign, err := timed(100, func() error {
		_, err := signature.Sign(s.message.alert, signature.SignOptions{Key: s.key})
		return err
	})
	if err != nil {
		return nil, err
	}
	bareSign, err := timed(100, func() error {
		_, err := s.key.Sign(rand.Reader, digest[:], crypto.SHA256)
		return err
	})
	if err != nil {
		return nil, err
	}
	verify, err := timed(1000, func() error {
		_, err := signature.Verify(raw, options)
		return err
	})
	if err != nil {
		return nil, err
	}
	bare, err := timed(1000, func() error {
		if !bareVerify() {
			return errors.New("the bare signature does not verify")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%s, %s (%d bytes)", kind, s.message.name, len(raw))
	rows := []row{
		besides("sign with "+what, sign, "the key's own signing", bareSign.at(0.5)),
		besides("verify with "+what, verify, "the key's own verifying", bare.at(0.5)),
	}
	theirs, err := xmlsecVerify(ctx, raw, s.key.Public())
	if errors.Is(err, exec.ErrNotFound) {
		return rows, nil
	}
	return append(rows, besides("verify with "+what, verify, "xmlsec1, of 200 files at once", theirs)), err
}

func besides(what string, ours sample, peer string, theirs time.Duration) row {
	return row{what, milliseconds(ours.at(0.5)), milliseconds(ours.at(0.99)), peer + ": " + milliseconds(theirs),
		fmt.Sprintf("%.2f", float64(ours.at(0.5))/float64(theirs))}
}

func timed(times int, do func() error) (sample, error) {
	var took sample
	for range times {
		begun := time.Now()
		if err := do(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}

// xmlsecVerify returns what xmlsec1 needs for a message, by letting it verify
// many in one process.
func xmlsecVerify(ctx context.Context, raw []byte, public crypto.PublicKey) (time.Duration, error) {
	const count = 200
	program, err := exec.LookPath("xmlsec1")
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return 0, err
	}
	key := filepath.Join(dir, "key.pem")
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		return 0, err
	}
	args := []string{"--verify", "--pubkey-pem", key}
	for i := range count {
		name := filepath.Join(dir, strconv.Itoa(i)+".xml")
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			return 0, err
		}
		args = append(args, name)
	}
	begun := time.Now()
	said, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	if err != nil || bytes.Count(said, []byte("OK\nSignedInfo")) != count {
		return 0, fmt.Errorf("xmlsec1 does not verify: %v\n%s", err, said)
	}
	return time.Since(begun) / count, nil
}
