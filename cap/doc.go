// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package cap reads, checks and writes messages of the Common Alerting
// Protocol, version 1.2 (OASIS Standard, 1 July 2010).
//
// [Read] is strict: it accepts only messages that the schema and the rules of
// the specification's section 3 allow. [ReadLenient] is for messages of other
// issuers as they come: it mends what it can, keeps what has no place, and
// reports every repair.
// [Examine] does either and says everything that it found, each finding with
// its rule (listed by [Rules]), element, line, column and remedy, and gives as
// much of an invalid message as can be read. All use one decoder behind one
// lexical gate, [Gate], which bounds the input and refuses the parts of XML
// that a warning has no use for.
//
// [Write] emits one form only: schema-valid, and byte for byte its own
// exclusive canonical form, so that a signature or a digest over the bytes is
// one over the meaning. What Write returns, Read accepts and reads back as it
// was. [ContentDigest] is the digest that operators sign when they release a
// message.
//
// The JSON form (read by [ReadJSON], written by encoding/json) has the element
// names of CAP as field names and CAP's own text in every leaf.
package cap
