// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package powercut takes the power from a file system under test: ext4 on a loop
// device is shut down without its log being written, which leaves on the device
// exactly what was synced. It needs Linux, root and a loop device, and skips the
// test by name where one is missing.
package powercut
