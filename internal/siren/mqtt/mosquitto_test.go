// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import (
	"os"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// The document shows what the gateway writes.
func TestDocumentedMosquitto(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/formats/siren-mqtt.md")
	if err != nil {
		t.Fatal(err)
	}
	topics, err := NewTopics("de-bb")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"access list": topics.MosquittoACL(siren.GatewayName), "configuration": MosquittoConfig("/etc/mosquitto/sirens", "", "8883"),
	} {
		if !strings.Contains(string(raw), "```\n"+text+"```\n") {
			t.Errorf("the document has another %s than\n%s", name, text)
		}
	}
}
