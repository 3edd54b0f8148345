// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/signature"
	"github.com/tocsin-alert/tocsin/internal/captext"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

type capSign struct {
	File        string `arg:"" help:"CAP message in XML or JSON; - reads standard input."`
	Key         string `required:"" help:"Private key in PEM: P-256, or RSA of 3072 bits or more." placeholder:"PEM" type:"path"`
	Certificate string `help:"Certificate of the key in PEM, to go into the message." placeholder:"PEM" type:"path"`
	written     `embed:""`
}

// Run implements the command.
func (c *capSign) Run() error {
	options := signature.SignOptions{}
	raw, err := readDocument(c.Key)
	if err != nil {
		return err
	}
	if options.Key, err = signature.ParsePrivateKey(raw); err != nil {
		return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is no private key for signing.", c.Key), "Give a P-256 or RSA-3072 key in PEM; tocsin cap key makes one.")
	}
	if c.Certificate != "" {
		if options.Certificate, err = readCertificate(c.Certificate); err != nil {
			return err
		}
	}
	document, err := readDocument(c.File)
	if err != nil {
		return err
	}
	x, err := cap.Examine(document, cap.Strict)
	if err != nil {
		return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s cannot be read.", captext.Plain(c.File)), "Sign a CAP message in XML or JSON.")
	}
	if !x.Valid() {
		return invalid(c.File, x.Findings)
	}
	signed, err := signature.Sign(x.Alert, options)
	if err != nil {
		return problem.Wrap(err, problem.Invalid, fmt.Sprintf("%s cannot be signed.", captext.Plain(c.File)), "Check that the key is P-256 or RSA of 3072 bits or more, and that the certificate is the key's.")
	}
	return c.write(signed)
}

func readCertificate(path string) (*x509.Certificate, error) {
	raw, err := readDocument(path)
	if err != nil {
		return nil, err
	}
	cause := errors.New("it holds no certificate")
	if block, _ := pem.Decode(raw); block != nil && block.Type == "CERTIFICATE" {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err == nil {
			return certificate, nil
		}
		cause = err
	}
	return nil, problem.Wrap(cause, problem.Unreadable, fmt.Sprintf("%s is no certificate.", path), "Give the certificate of the key in PEM.")
}

type capVerify struct {
	File    string   `arg:"" help:"Signed CAP message; - reads standard input."`
	Key     []string `required:"" sep:"none" help:"Public keys or certificates in PEM that are believed; may be given several times." placeholder:"PEM" type:"path"`
	Profile string   `default:"partner" enum:"own,partner" help:"What a signature may look like: own, the strict form that Tocsin writes, or partner, what others send as well."`
	output  `embed:""`
}

// verdict is whether a signature is genuine, and whose it is.
type verdict struct {
	File    string `json:"file"`
	Genuine bool   `json:"genuine"`
	// Key to Identifier are those of a genuine signature.
	Key         string `json:"key,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Algorithm   string `json:"algorithm,omitempty"`
	Profile     string `json:"profile,omitempty"`
	Sender      string `json:"sender,omitempty"`
	Identifier  string `json:"identifier,omitempty"`
	// Findings are why it is not genuine, or what was repaired to read it.
	Findings []cap.Finding `json:"findings"`
}

// Run implements the command.
func (c *capVerify) Run() error {
	options := signature.VerifyOptions{Profile: signature.ProfileOwn}
	if c.Profile == "partner" {
		options.Profile = signature.ProfilePartner
	}
	for _, path := range c.Key {
		raw, err := readDocument(path)
		if err != nil {
			return err
		}
		keys, err := signature.ParsePEM(raw)
		if err != nil {
			return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s holds no key that can be believed.", path), "Give public keys or certificates in PEM: P-256, or RSA of 2048 bits or more.")
		}
		options.Keys = append(options.Keys, keys...)
	}
	raw, err := readDocument(c.File)
	if err != nil {
		return err
	}
	result, exit := judge(c.File, raw, options)
	if err := c.print(result, result.text); err != nil {
		return err
	}
	return exit.err()
}

// judge verifies a message.
func judge(file string, raw []byte, options signature.VerifyOptions) (verdict, exitCode) {
	v := verdict{File: captext.Plain(file), Findings: []cap.Finding{}}
	found, err := signature.Verify(raw, options)
	if err == nil {
		v.Genuine, v.Key, v.Fingerprint = true, found.Key.Name, found.Key.Fingerprint()
		v.Algorithm, v.Profile = found.Algorithm, found.Profile.String()
		v.Sender, v.Identifier = found.Alert.Sender, found.Alert.Identifier
		v.Findings = append(v.Findings, found.Findings...)
		return v, 0
	}
	if broken, ok := errors.AsType[*signature.Error](err); ok {
		v.Findings = append(v.Findings, broken.Finding)
		return v, exitInvalid
	}
	if refusal, ok := errors.AsType[*cap.Refusal](err); ok {
		v.Findings = append(v.Findings, cap.Finding{Rule: refusal.Rule, Severity: cap.GravityError, Line: refusal.Line, Column: refusal.Column, Message: refusal.Message, Remedy: refusal.Remedy})
		return v, exitUnreadable
	}
	if broken, ok := errors.AsType[*cap.InvalidError](err); ok {
		v.Findings = append(v.Findings, broken.Findings...)
	}
	return v, exitUnreadable
}

func (v verdict) text(w io.Writer) {
	if v.Genuine {
		fmt.Fprintf(w, "%s: signed by %s\n", v.File, captext.Plain(v.Key))
		table(w, [][]string{
			{"  fingerprint", v.Fingerprint}, {"  algorithm", v.Algorithm}, {"  form", v.Profile},
			{"  sender", captext.Plain(v.Sender)}, {"  identifier", captext.Plain(v.Identifier)},
		})
	} else {
		fmt.Fprintf(w, "%s: no genuine signature\n", v.File)
	}
	for _, f := range v.Findings {
		say(v.File, string(f.Severity), f)
	}
}

type capKey struct {
	File string `arg:"" help:"File to make for the private key." type:"path"`
	RSA  bool   `name:"rsa" help:"Make an RSA key of 3072 bits, for receivers that cannot verify P-256."`
}

// Run implements the command.
func (c *capKey) Run() error {
	key, err := generateKey(c.RSA)
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode private key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("encode public key: %w", err)
	}
	file, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return problem.Wrap(err, problem.Conflict, fmt.Sprintf("The key file %s cannot be made.", c.File), "Choose another path, or move the file that is there away.")
	}
	if err := errors.Join(pem.Encode(file, &pem.Block{Type: "PRIVATE KEY", Bytes: private}), file.Close()); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The key file %s cannot be written.", c.File), "Check the disk.")
	}
	fmt.Fprintf(os.Stderr, "the private key is in %s; give others what is printed here\n", c.File)
	return pem.Encode(os.Stdout, &pem.Block{Type: "PUBLIC KEY", Bytes: public})
}

func generateKey(withRSA bool) (crypto.Signer, error) {
	if withRSA {
		return rsa.GenerateKey(rand.Reader, 3072)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}
