// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
)

// Credentials are the passwords at an authority's broker. They are derived from
// one secret, so that nothing needs to be stored for each device.
type Credentials struct {
	// Secret is at least 16 random bytes. A new one changes every password.
	Secret []byte
}

// Password is the password of a siren by its id, or of siren.GatewayName.
func (c Credentials) Password(user string) string {
	mac := hmac.New(sha256.New, c.Secret)
	mac.Write([]byte("tocsin mqtt password v1\n" + user))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac.Sum(nil)[:20])
}
