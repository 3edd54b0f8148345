// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package tlog checks warnings against their public log, and holds the forms
// that a third party must know to do the same: leaves, checkpoints, proofs,
// bundles, tiles and the trust file (docs/formats/leaf.md, log.md, proof.md,
// trust.md). It builds on the Merkle tree and the signed notes of
// golang.org/x/mod/sumdb and on the C2SP specifications around them.
//
// It is pure: it reads no clock, no file and no network. [Verify] says what a
// bundle of message, leaf and proof is worth, [VerifyAssertion] whether an
// operator signed a statement, and [Auditor] follows a whole log.
package tlog
