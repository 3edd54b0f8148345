// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/freeport"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// What the gateway writes for a mosquitto outside is all that it needs, and the
// gateway connects to it by the sirens' own authority.
func TestMosquittoOutside(t *testing.T) {
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/mosquitto"); err != nil {
			t.Skip("mosquitto is not installed")
		}
	}
	_, port, _ := net.SplitHostPort(freeport.Address(t))
	config := brandenburg(t.TempDir())
	config.Sirens.Listen, config.Sirens.EnrolListen, config.Sirens.Address = "", "127.0.0.1:0", "localhost:"+port
	config.Sirens.Broker = &BrokerConfig{URL: "mqtts://localhost:" + port}
	n := run(t, config)
	dir := filepath.Join(config.Dir, "mosquitto")
	list := filepath.Join(dir, mqtt.MosquittoCRLFile)
	eventually.Holds(t, "the files are there", func() bool { _, err := os.Stat(list); return err == nil })
	raw, err := os.ReadFile(filepath.Join(dir, mqtt.MosquittoConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := strings.ReplaceAll(string(raw), mosquittoFolder, dir) + "user " + me.Username + "\n"
	if err := os.WriteFile(here, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	broker := exec.Command(program, "-c", here)
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = broker.Process.Signal(syscall.SIGTERM)
		_ = broker.Wait()
	})
	awaitGateway(t, n)

	// The broker's certificate stays over a restart, and everything else is as it was.
	certificate, err := os.ReadFile(filepath.Join(dir, mqtt.MosquittoCertFile))
	if err != nil {
		t.Fatal(err)
	}
	n.Stop()
	again := run(t, config)
	awaitGateway(t, again)
	if after, err := os.ReadFile(filepath.Join(dir, mqtt.MosquittoCertFile)); err != nil || string(after) != string(certificate) {
		t.Errorf("the broker's certificate is another one: %v", err)
	}
}
