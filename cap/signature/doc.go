// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package signature signs CAP messages and verifies their signatures:
// enveloped XML signatures (W3C XML Signature Syntax and Processing, version
// 1.1) as CAP 1.2 has them, section 3.3.4.1.
//
// [Sign] writes one form only: SHA-256, exclusive canonicalization, RSA of 3072
// bits or more or ECDSA on P-256, one Signature at the end of the message, and
// bytes that are their own canonical form.
//
// [Verify] believes pinned keys alone, never a key or a certificate that the
// message brings along. It takes the form of Sign, or with [ProfilePartner]
// also what other issuers send. The document is scanned once; what is digested,
// checked and returned comes from that one reading, and the message returned is
// read from the very bytes whose digest was signed. Whatever else arrived with
// them is not in it.
package signature
