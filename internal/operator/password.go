// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// MinPassword is the least number of characters of a password. There are no
// rules on what characters: length is what counts (NIST SP 800-63B, 5.1.1.2).
const MinPassword = 12

// maxPassword bounds what is hashed, in bytes.
const maxPassword = 1024

// SaltBytes is the length of the salt that HashPassword takes.
const SaltBytes = 16

// Argon2id's parameters for new passwords: the second recommended option of
// RFC 9106, section 4.
const (
	hashMemory  = 64 << 10 // KiB
	hashTime    = 3
	hashThreads = 4
	hashBytes   = 32
)

// CheckPassword refuses a password that is too short, too long, or the account's
// own name. The error is a *problem.Error.
func CheckPassword(name, password string) error {
	var rule string
	args := []string{}
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		rule, args = "password.short", append(args, strconv.Itoa(MinPassword))
	case len(password) > maxPassword:
		rule, args = "password.long", append(args, strconv.Itoa(maxPassword))
	case !utf8.ValidString(password):
		rule = "password.no-text"
	case strings.Contains(strings.ToLower(password), strings.ToLower(name)) && len(password) < len(name)+MinPassword:
		rule = "password.name"
	default:
		return nil
	}
	return invalid([]problem.Fault{refusal.Fault("password", rule, args...)})
}

// HashPassword gives the argon2id hash of a password in the PHC string format.
// The salt is SaltBytes random bytes. It takes 64 MiB and about a tenth of a
// second: callers bound how many run at once.
func HashPassword(password string, salt []byte) string {
	return formatHash(salt, argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashThreads, hashBytes))
}

// DecoyHash gives a hash that no password is known for, made of random bytes:
// matching against it fails after as long as against any other.
func DecoyHash() string {
	random := make([]byte, SaltBytes+hashBytes)
	rand.Read(random) // never fails (crypto/rand, since Go 1.24)
	return formatHash(random[:SaltBytes], random[SaltBytes:])
}

func formatHash(salt, hash []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash))
}

// MatchPassword reports whether the password has the hash, in a time that does
// not depend on how much of it is right.
func MatchPassword(password, hash string) bool {
	parsed, err := parseHash(hash)
	if err != nil || len(password) > maxPassword {
		return false
	}
	got := argon2.IDKey([]byte(password), parsed.salt, parsed.time, parsed.memory, parsed.threads, uint32(len(parsed.hash)))
	return subtle.ConstantTimeCompare(got, parsed.hash) == 1
}

// passwordHash is a hash in the PHC string format, taken apart.
type passwordHash struct {
	memory, time uint32
	threads      uint8
	salt, hash   []byte
}

// parseHash reads the PHC string format of argon2id. Its bounds keep a hash from
// elsewhere from being trivial to guess or from taking the node's memory.
func parseHash(text string) (passwordHash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return passwordHash{}, errors.New("the hash is not argon2id in the PHC string format")
	}
	if parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return passwordHash{}, fmt.Errorf("the hash is not of argon2 version %d", argon2.Version)
	}
	var p passwordHash
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil ||
		parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", p.memory, p.time, p.threads) {
		return passwordHash{}, errors.New("the hash's parameters are not m=,t=,p=")
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil {
		return passwordHash{}, fmt.Errorf("the hash's salt: %w", err)
	}
	if p.hash, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil {
		return passwordHash{}, fmt.Errorf("the hash: %w", err)
	}
	switch {
	case p.memory < 19<<10 || p.memory > 256<<10:
		return passwordHash{}, fmt.Errorf("the hash takes %d KiB of memory, not 19 to 256 MiB", p.memory)
	case p.time < 1 || p.time > 10 || p.threads < 1 || p.threads > 16:
		return passwordHash{}, fmt.Errorf("the hash takes %d passes and %d threads", p.time, p.threads)
	case len(p.salt) < 8 || len(p.salt) > 64 || len(p.hash) < 16 || len(p.hash) > 64:
		return passwordHash{}, fmt.Errorf("the hash has %d bytes of salt and %d of hash", len(p.salt), len(p.hash))
	}
	return p, nil
}
