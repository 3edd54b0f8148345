# SPDX-FileCopyrightText: 2026 The Tocsin Authors
# SPDX-License-Identifier: EUPL-1.2

GO ?= go
export CGO_ENABLED = 0

# Debian packages that tests use as peers: a browser, a broker, an XML validator,
# a signer and verifier of XML, a decoder of radio calls, a tool for sound, a
# PKCS #11 token, two exact solvers, map projections, formats of geodata,
# what a siren in Python needs, a compiler and a library for one in C.
PEERS = chromium mosquitto mosquitto-clients libxml2-utils xmlsec1 multimon-ng sox softhsm2 coinor-cbc glpk-utils proj-bin gdal-bin \
	python3-paho-mqtt python3-nacl poppler-utils qpdf gcc libc6-dev libsodium-dev

.PHONY: run build agent test test-pkcs11 pkcs11 torture bench lint web peers

run: build ## build and start the demo node
	./bin/tocsin demo

build: ## build bin/tocsin
	$(GO) build -trimpath -o bin/tocsin ./cmd/tocsin

test: peers ## every test
	$(GO) vet ./...
	cd tools && $(GO) vet ./... && $(GO) test ./...
	cd tlog/oracle && $(GO) vet ./... && $(GO) test ./...
	cd internal/console/openid/openidtest/provider && $(GO) vet ./...
	@$(MAKE) --no-print-directory test-pkcs11
	$(GO) test -timeout 18m ./...

torture: ## kill nodes and signers 1,000 times and take their power 200 times: half an hour
	TOCSIN_TEST_KILLS=1000 TOCSIN_TEST_CUTS=200 $(GO) test -count 1 -timeout 3h -v ./e2e/crash

agent: ## build bin/tocsin-agent-ARCH, the program of the boards at sirens
	GOARCH=amd64 $(GO) build -trimpath -ldflags "-s -w" -o bin/tocsin-agent-amd64 ./cmd/tocsin-agent
	GOARCH=arm64 $(GO) build -trimpath -ldflags "-s -w" -o bin/tocsin-agent-arm64 ./cmd/tocsin-agent
	GOARCH=arm GOARM=7 $(GO) build -trimpath -ldflags "-s -w" -o bin/tocsin-agent-armv7 ./cmd/tocsin-agent

# The one program with C in it.
pkcs11: ## build bin/tocsin-pkcs11, which needs a C compiler
	cd cmd/tocsin-pkcs11 && CGO_ENABLED=1 $(GO) build -trimpath -o ../../bin/tocsin-pkcs11 .

test-pkcs11: ## its tests, where there is a C compiler
	@if command -v $$($(GO) env CC) >/dev/null; then \
	  cd cmd/tocsin-pkcs11 && CGO_ENABLED=1 $(GO) vet ./... && CGO_ENABLED=1 $(GO) test ./...; \
	else echo "no C compiler: tests of tocsin-pkcs11 are skipped" >&2; fi

peers: ## install missing Debian test peers where that is possible
	@.ci/peers $(PEERS)

bench: build peers ## side-by-side benchmarks, printed as a table
	$(GO) run ./bench

lint: ## vet, formatting, staticcheck
	$(GO) vet ./...
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	$(GO) tool -modfile=tools/go.mod staticcheck ./...

web: ## rebuild web/dist from web/
	cd tools && $(GO) run ./webbuild
