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
	"strings"
	"syscall"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// mosquitto starts a mosquitto with the access list that the documentation gives.
func (r *Rig) mosquitto() (address string) {
	r.t.Helper()
	program := lookUp("mosquitto")
	if program == "" {
		r.t.Skip("mosquitto is not installed")
	}
	tool := lookUp("mosquitto_passwd")
	if tool == "" {
		r.t.Skip("mosquitto_passwd is not installed")
	}
	topics, err := mqtt.NewTopics(Authority)
	if err != nil {
		r.t.Fatal(err)
	}
	dir := r.t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
		return path
	}
	var passwords strings.Builder
	for _, name := range append([]string{mqtt.GatewayUser}, ids(r)...) {
		fmt.Fprintf(&passwords, "%s:%s\n", name, r.Credentials.Password(name))
	}
	passwordFile := write("passwords", passwords.String())
	if out, err := exec.Command(tool, "-U", passwordFile).CombinedOutput(); err != nil {
		r.t.Fatalf("mosquitto_passwd: %v: %s", err, out)
	}
	me, err := user.Current()
	if err != nil {
		r.t.Fatal(err)
	}
	address = freeAddress(r)
	_, port, _ := net.SplitHostPort(address)
	config := write("mosquitto.conf", strings.Join([]string{
		"listener " + port + " 127.0.0.1", "user " + me.Username, "allow_anonymous false",
		"password_file " + passwordFile, "acl_file " + write("acl", topics.MosquittoACL(mqtt.GatewayUser)),
		"use_username_as_clientid true", "set_tcp_nodelay true", "max_queued_messages 0", "persistence false", "log_dest none", "",
	}, "\n"))
	broker := exec.Command(program, "-c", config)
	if err := broker.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.Mosquitto = broker.Process.Pid
	r.t.Cleanup(func() {
		_ = broker.Process.Signal(syscall.SIGTERM)
		_ = broker.Wait()
	})
	r.Wait(10*time.Second, "mosquitto listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return address
}

// lookUp also finds what lies where only administrators look.
func lookUp(name string) string {
	for _, candidate := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	return ""
}

func ids(r *Rig) []string {
	all := make([]string, len(r.Sirens))
	for i, s := range r.Sirens {
		all[i] = s.ID
	}
	return all
}

func freeAddress(r *Rig) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
