// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/miekg/pkcs11"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// What PKCS #11 v3.0 has for Edwards curves, and the library has no names for.
const (
	keyTypeEdwards    = 0x40   // CKK_EC_EDWARDS
	mechanismMakeKeys = 0x1055 // CKM_EC_EDWARDS_KEY_PAIR_GEN
	mechanismEdDSA    = 0x1057 // CKM_EDDSA
)

// octetString begins one in DER (X.690).
const octetString = 0x04

const remedyOfToken = "Look with the module's own tool, such as softhsm2-util --show-slots or pkcs11-tool -L."

// ed25519Params name the curve, by its OID 1.3.101.112 (RFC 8410) and by the name
// that PKCS #11 v3.0 gives it (section 2.3.3): modules differ in which they take.
var ed25519Params = [][]byte{
	{0x06, 0x03, 0x2b, 0x65, 0x70},
	append([]byte{0x13, 0x0c}, "edwards25519"...),
}

// token is a PKCS #11 token that a user is signed in to. Keys never leave it.
type token struct {
	module    *pkcs11.Ctx
	label     string
	pin       string
	mu        sync.Mutex
	session   pkcs11.SessionHandle
	connected bool
}

// openToken loads a module and signs in to the token of that label.
func openToken(module, label, pin string) (*token, error) {
	ctx := pkcs11.New(module)
	if ctx == nil {
		return nil, problem.New(problem.NotFound, fmt.Sprintf("%s is no PKCS #11 module.", module), "Name the module's shared library, such as /usr/lib/softhsm/libsofthsm2.so.")
	}
	if err := ctx.Initialize(); err != nil && !errors.Is(err, pkcs11.Error(pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED)) {
		ctx.Destroy()
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The module %s does not start.", module), "Check its own configuration, such as SOFTHSM2_CONF, and that this user may read it.")
	}
	t := &token{module: ctx, label: label, pin: pin}
	if err := t.connect(); err != nil {
		ctx.Destroy()
		return nil, err
	}
	return t, nil
}

// connect opens the session. It is called with mu held, or before others know of t.
func (t *token) connect() error {
	slots, err := t.module.GetSlotList(true)
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, "The module does not name its tokens.", remedyOfToken)
	}
	found := -1
	for i, slot := range slots {
		info, err := t.module.GetTokenInfo(slot)
		if err != nil || info.Label != t.label {
			continue
		}
		if found >= 0 {
			return problem.New(problem.Conflict, fmt.Sprintf("Two tokens are called %q.", t.label), "Give one of them another name: it must be clear which one signs.")
		}
		found = i
	}
	if found < 0 {
		return problem.New(problem.NotFound, fmt.Sprintf("There is no token %q.", t.label), remedyOfToken)
	}
	session, err := t.module.OpenSession(slots[found], pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The token %q opens no session.", t.label), remedyOfToken)
	}
	if err := t.module.Login(session, pkcs11.CKU_USER, t.pin); err != nil && !errors.Is(err, pkcs11.Error(pkcs11.CKR_USER_ALREADY_LOGGED_IN)) {
		_ = t.module.CloseSession(session) // nothing was done in it
		return problem.Wrap(err, problem.Forbidden, fmt.Sprintf("The token %q does not take the PIN.", t.label), "Check the PIN's file. Do not try often: most tokens lock themselves.")
	}
	t.session, t.connected = session, true
	return nil
}

// close signs out and lets go of the module.
func (t *token) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.connected {
		_ = t.module.Logout(t.session) // the module is let go of anyway
		_ = t.module.CloseSession(t.session)
	}
	_ = t.module.Finalize()
	t.module.Destroy()
}

// find gives the only object of a class and label; false when there is none.
func (t *token) find(class uint, label string) (pkcs11.ObjectHandle, bool, error) {
	err := t.module.FindObjectsInit(t.session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, class), pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, keyTypeEdwards), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
	})
	if err != nil {
		return 0, false, fmt.Errorf("look for the key %q: %w", label, err)
	}
	objects, _, err := t.module.FindObjects(t.session, 2)
	if err = errors.Join(err, t.module.FindObjectsFinal(t.session)); err != nil {
		return 0, false, fmt.Errorf("look for the key %q: %w", label, err)
	}
	switch len(objects) {
	case 0:
		return 0, false, nil
	case 1:
		return objects[0], true, nil
	}
	return 0, false, problem.New(problem.Conflict, fmt.Sprintf("Two keys in the token are called %q.", label), "Delete the one that signs no log, after a look at which one the trust file names.")
}

// makeKey makes a key pair in the token. The private key can never be read.
func (t *token) makeKey(label string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, found, err := t.find(pkcs11.CKO_PRIVATE_KEY, label); err != nil {
		return err
	} else if found {
		return problem.New(problem.Conflict, fmt.Sprintf("The token has a key %q.", label), "Keep it. If an earlier create broke off before it printed keys, delete this one with the module's own tool; else choose another name for the log.")
	}
	var err error
	for _, params := range ed25519Params {
		_, _, err = t.module.GenerateKeyPair(t.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanismMakeKeys, nil)}, []*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label), pkcs11.NewAttribute(pkcs11.CKA_ID, []byte(label)),
			pkcs11.NewAttribute(pkcs11.CKA_VERIFY, true), pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, params),
		}, []*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label), pkcs11.NewAttribute(pkcs11.CKA_ID, []byte(label)),
			pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true), pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true), pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
			pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
		})
		if err == nil {
			return nil
		}
	}
	return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The token does not make the key %q.", label), "It must know Ed25519 (CKM_EC_EDWARDS_KEY_PAIR_GEN and CKM_EDDSA of PKCS #11 v3.0).")
}

// tokenKey is an Ed25519 key in a token.
type tokenKey struct {
	in     *token
	label  string
	public ed25519.PublicKey
}

var _ crypto.Signer = (*tokenKey)(nil)

// key finds a key pair by its label.
func (t *token) key(label string) (*tokenKey, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	object, found, err := t.find(pkcs11.CKO_PUBLIC_KEY, label)
	if err == nil && !found {
		err = problem.New(problem.NotFound, fmt.Sprintf("The token has no key %q.", label), "Make it with tocsin-pkcs11 create, or check the log's name.")
	}
	if err != nil {
		return nil, err
	}
	attributes, err := t.module.GetAttributeValue(t.session, object, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil)})
	if err != nil {
		return nil, fmt.Errorf("read public key %q: %w", label, err)
	}
	public, err := point(attributes[0].Value)
	if err != nil {
		return nil, fmt.Errorf("read public key %q: %w", label, err)
	}
	return &tokenKey{t, label, public}, nil
}

// point reads CKA_EC_POINT: an OCTET STRING in DER, or as older modules have it,
// the bytes alone.
func point(value []byte) (ed25519.PublicKey, error) {
	if len(value) == ed25519.PublicKeySize+2 && value[0] == octetString && value[1] == ed25519.PublicKeySize {
		value = value[2:]
	}
	if len(value) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("its %d bytes are no Ed25519 key", len(value))
	}
	return ed25519.PublicKey(value), nil
}

// Public implements crypto.Signer.
func (k *tokenKey) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer. A session that the token has dropped is opened
// again, once.
func (k *tokenKey) Sign(_ io.Reader, message []byte, o crypto.SignerOpts) ([]byte, error) {
	if o.HashFunc() != 0 {
		return nil, errors.New("sign with token: Ed25519 signs messages, not their hashes")
	}
	k.in.mu.Lock()
	defer k.in.mu.Unlock()
	if k.in.connected {
		signature, err := k.sign(message)
		if err == nil {
			return signature, nil
		}
		_ = k.in.module.CloseSession(k.in.session) // it may be gone already
		k.in.connected = false
	}
	if err := k.in.connect(); err != nil {
		return nil, err
	}
	return k.sign(message)
}

func (k *tokenKey) sign(message []byte) ([]byte, error) {
	object, found, err := k.in.find(pkcs11.CKO_PRIVATE_KEY, k.label)
	if err == nil && !found {
		err = fmt.Errorf("the token no longer has the key %q", k.label)
	}
	if err == nil {
		err = k.in.module.SignInit(k.in.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanismEdDSA, nil)}, object)
	}
	var signature []byte
	if err == nil {
		signature, err = k.in.module.Sign(k.in.session, message)
	}
	if err != nil {
		return nil, fmt.Errorf("sign with token: %w", err)
	}
	return signature, nil
}
