// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

module github.com/tocsin-alert/tocsin/cmd/tocsin-pkcs11

go 1.26.0

replace github.com/tocsin-alert/tocsin => ../..

require (
	github.com/miekg/pkcs11 v1.1.2
	github.com/tocsin-alert/tocsin v0.0.0
	golang.org/x/mod v0.42.0
)

require (
	filippo.io/age v1.3.2 // indirect
	filippo.io/hpke v0.4.0 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
