// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package sirentest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/freeport"
)

// OpenMosquitto starts a mosquitto that lets everyone do everything, and skips
// the test where there is none. It ends with the test.
func OpenMosquitto(t testing.TB) (address string) {
	t.Helper()
	program := lookUp("mosquitto")
	if program == "" {
		t.Skip("mosquitto is not installed")
	}
	address = freeport.Address(t)
	_, port, _ := net.SplitHostPort(address)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %s 127.0.0.1\nuser %s\nallow_anonymous true\npersistence false\nlog_dest none\nset_tcp_nodelay true\n", port, me.Username)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	broker := exec.Command(program, "-c", config)
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = broker.Process.Signal(syscall.SIGTERM)
		_ = broker.Wait()
	})
	eventually.Holds(t, "mosquitto listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return address
}
