// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package chain says how the messages of a set belong together: which of them
// are in force at a time, what a message that is written now has to refer to,
// and where references do not fit. It is pure: it reads no clock and no file.
//
// Messages form chains by the references of Updates and Cancels (CAP 1.2,
// section 3.2.1). An Update takes the place of the messages that it names, a
// Cancel ends them, and so does an Update whose info blocks all say AllClear.
// Ack and Error answer a message and change nothing.
//
// A reference takes effect only between messages of the same sender and the
// same status, so that nobody ends the warning of another, and no exercise
// ends what is actual. It also has no effect on a message sent later than the
// one that refers, on that one itself, or inside a loop. Where messages
// contradict each other, the set would rather have a warning in force too long
// than not at all; [Set.Findings] reports every such place.
package chain
