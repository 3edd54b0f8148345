// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

func TestTokens(t *testing.T) {
	secret, hash := NewToken()
	if got, err := ParseToken(secret); err != nil || got != hash {
		t.Errorf("%q: %v", secret, err)
	}
	other, _ := NewToken()
	if other == secret {
		t.Error("two tokens are equal")
	}
	for _, bad := range []string{"", TokenPrefix, secret[1:], secret + "A", secret[:len(secret)-1], TokenPrefix + strings.Repeat("!", 43)} {
		if _, err := ParseToken(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	session, hash := NewSession()
	if got, err := ParseSession(session); err != nil || got != hash {
		t.Errorf("%q: %v", session, err)
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(TokenPrefix + strings.Repeat("A", 43))
	f.Add("tocsin_")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if hash, err := ParseToken(text); err == nil {
			if len(text) != len(TokenPrefix)+43 || hash == (SecretHash{}) {
				t.Errorf("%q was taken", text)
			}
		}
	})
}

func TestPasswords(t *testing.T) {
	salt := bytes.Repeat([]byte{1}, SaltBytes)
	hash := HashPassword("correct horse battery", salt)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Errorf("hash %q", hash)
	}
	if !MatchPassword("correct horse battery", hash) || MatchPassword("correct horse batterz", hash) || MatchPassword("", hash) {
		t.Error("the wrong password matches, or the right one does not")
	}
	if MatchPassword("", "") || MatchPassword("x", "$argon2id$") {
		t.Error("something matches no hash")
	}
}

// Were a decoy told apart from a hash, trying a name would tell whether it exists.
func TestDecoyHash(t *testing.T) {
	decoy, err := parseHash(DecoyHash())
	if err != nil {
		t.Fatal(err)
	}
	real, err := parseHash(HashPassword("correct horse battery", bytes.Repeat([]byte{1}, SaltBytes)))
	if err != nil {
		t.Fatal(err)
	}
	if decoy.memory != real.memory || decoy.time != real.time || decoy.threads != real.threads ||
		len(decoy.salt) != len(real.salt) || len(decoy.hash) != len(real.hash) {
		t.Errorf("a decoy costs other than a hash: %+v, %+v", decoy, real)
	}
	if first, second := DecoyHash(), DecoyHash(); first == second {
		t.Error("two decoys are the same")
	}
}

// The reference implementation's command line gave this hash, so passwords can
// be brought along from elsewhere.
func TestForeignHash(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if !MatchPassword("password", hash) {
		t.Error("the password of the reference implementation's test does not match")
	}
}

func TestCheckPassword(t *testing.T) {
	for password, ok := range map[string]bool{
		"elf zeichen": false, "zwölf zeichen": true, "ä": false, "anna-lindow1": false,
		"anna.lindow and a horse": true, strings.Repeat("x", 1025): false, "twelve\xff\xff\xff\xff\xff\xff": false,
	} {
		err := CheckPassword("anna-lindow", password)
		if (err == nil) != ok {
			t.Errorf("%q: %v", password, err)
		}
		if err != nil && !errors.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=3,p=4$AQEBAQEBAQEBAQEBAQEBAQ$AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE")
	f.Add("$argon2i$v=19$m=65536,t=3,p=4$AQ$AQ")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAA$AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseHash(text)
		if err == nil && (p.memory > 256<<10 || p.time > 10 || p.threads > 16 || len(p.hash) < 16 || len(p.salt) < 8) {
			t.Errorf("%q was taken as %+v", text, p)
		}
	})
}

func TestKeyFiles(t *testing.T) {
	_, key := signer(t, "anna")
	path := filepath.Join(t.TempDir(), "anna.key")
	if err := SaveKey(path, key); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	loaded, err := LoadKey(path)
	if err != nil || !loaded.Equal(key) {
		t.Errorf("loaded: %v", err)
	}
	if err := SaveKey(path, key); !errors.Is(err, problem.Conflict) {
		t.Errorf("overwriting: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path); !errors.Is(err, problem.Forbidden) {
		t.Errorf("a key that others may read: %v", err)
	}
	if _, err := LoadKey(path + "x"); !errors.Is(err, problem.NotFound) {
		t.Errorf("a key that is not there: %v", err)
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(other); !errors.Is(err, problem.Unreadable) {
		t.Errorf("a file that is no key: %v", err)
	}
}

func FuzzDecodeKey(f *testing.F) {
	_, key := signer(f, "anna")
	content, err := EncodeKey(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		key, err := DecodeKey(content)
		if err != nil {
			return
		}
		again, err := EncodeKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := DecodeKey(again); err != nil || !same.Equal(key) {
			t.Errorf("the key does not survive: %v", err)
		}
	})
}
