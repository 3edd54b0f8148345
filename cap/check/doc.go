// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package check looks for what is wrong with a CAP message beyond its form:
// what will be misread, dropped or shown badly by those who receive it.
//
// [Document] examines a document and checks what it says; [Alert] checks a
// message that is at hand. A [Profile] says who is to receive it: anybody who
// reads CAP, public feeds and pages, or the German warning system. Each rule
// has an id that stays, and its words in English and German; [Rules] lists all,
// and docs/formats/cap-rules.md repeats the list.
//
// [Wording] applies the rules about texts alone, to a message that its author
// has not finished.
package check
