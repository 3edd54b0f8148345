// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"time"

	"github.com/tocsin-alert/tocsin/internal/operator"
)

// SignIn is what a person types to sign in.
type SignIn struct {
	Name     string `json:"name" maxLength:"64"`
	Password string `json:"password" maxLength:"1024"`
}

// KeyEnrolment enrols a signing key for the operator who asks: a software key by
// its public half, or a passkey by the browser's answer to an Enrolment.
type KeyEnrolment struct {
	// PublicKey is the DER form of a P-256 SubjectPublicKeyInfo, in base64.
	PublicKey []byte                 `json:"publicKey,omitempty"`
	Passkey   *operator.Registration `json:"passkey,omitempty"`
	// Label is how the operator calls the key, such as "Desk 2, Firefox".
	Label string `json:"label,omitempty" maxLength:"80"`
}

// Operator is an account as administrators see it; Roles and names everyone sees.
type Operator struct {
	Name     string          `json:"name"`
	FullName string          `json:"fullName"`
	Roles    []operator.Role `json:"roles"`
	Keys     []operator.Key  `json:"keys"`
	Disabled bool            `json:"disabled"`
	Created  time.Time       `json:"created"`
	// SignedIn is true while a session of theirs is open.
	SignedIn bool `json:"signedIn"`
	// HasPassword is true when the account can sign in with a password.
	HasPassword bool `json:"hasPassword"`
	// Subject is whom the sign-in service knows the person as; empty for nobody.
	Subject string  `json:"subject,omitempty"`
	Tokens  []Token `json:"tokens"`
}

// NewOperator opens an account.
type NewOperator struct {
	Name     string          `json:"name" maxLength:"40"`
	FullName string          `json:"fullName" maxLength:"120"`
	Roles    []operator.Role `json:"roles"`
	// Password has at least 12 characters; empty makes an account for tokens alone.
	Password string `json:"password,omitempty" maxLength:"1024"`
}

// OperatorChange changes an account; absent members stay as they are.
type OperatorChange struct {
	FullName *string          `json:"fullName,omitempty"`
	Roles    *[]operator.Role `json:"roles,omitempty"`
	Disabled *bool            `json:"disabled,omitempty"`
	// Subject is whom the sign-in service knows the person as; empty for nobody.
	Subject  *string `json:"subject,omitempty" maxLength:"512"`
	Password *string `json:"password,omitempty" maxLength:"1024"`
}

// Token is a bearer token without its secret.
type Token struct {
	ID      string    `json:"id"`
	Label   string    `json:"label"`
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// NewToken asks for a bearer token.
type NewToken struct {
	Label string `json:"label" maxLength:"80"`
	// Expires ends the token; absent means that it lasts until it is revoked.
	Expires time.Time `json:"expires,omitzero"`
}

// IssuedToken is a fresh bearer token, the one time that its secret is shown.
type IssuedToken struct {
	Token
	Secret string `json:"secret"`
}
