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
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tocsin-alert/tocsin/internal/freeport"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
)

// mosquitto starts a mosquitto with the access list that the documentation gives.
func (r *Rig) mosquitto() (address string) {
	r.t.Helper()
	program := lookUp("mosquitto")
	if program == "" {
		r.t.Skip("mosquitto is not installed")
	}
	topics, err := mqtt.NewTopics(Authority)
	if err != nil {
		r.t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		r.t.Fatal(err)
	}
	dir := r.t.TempDir()
	r.files = dir
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
		return path
	}
	write(mqtt.MosquittoACLFile, topics.MosquittoACL(siren.GatewayName))
	address = freeport.Address(r.t)
	host, port, _ := net.SplitHostPort(address)
	config := mqtt.MosquittoConfig(dir, host, port)
	if r.ca != nil {
		r.mosquittoCertificates(write)
	} else {
		config = r.withPasswords(config, write)
	}
	config = write(mqtt.MosquittoConfigFile, config+"user "+me.Username+"\nlog_dest none\n")
	broker := exec.Command(program, "-c", config)
	if err := broker.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.Mosquitto = broker.Process.Pid
	r.t.Cleanup(func() {
		_ = broker.Process.Signal(syscall.SIGTERM)
		_ = broker.Wait()
	})
	r.Wait("mosquitto listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return address
}

// mosquittoCertificates writes what the configuration names.
func (r *Rig) mosquittoCertificates(write func(name, text string) string) {
	r.t.Helper()
	key, certificate, err := r.ca.ServerFiles([]string{"127.0.0.1"}, time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	write(mqtt.MosquittoKeyFile, string(key))
	write(mqtt.MosquittoCertFile, string(certificate))
	write(mqtt.MosquittoCAFile, string(r.ca.PEM()))
	r.ListRevoked()
}

// ListRevoked writes mosquitto's list of revoked certificates anew.
func (r *Rig) ListRevoked() {
	r.t.Helper()
	crl, err := r.ca.CRL(r.Book.Revoked(time.Now()), time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.files, mqtt.MosquittoCRLFile), crl, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// withPasswords is the configuration without TLS: for rigs that have none.
func (r *Rig) withPasswords(config string, write func(name, text string) string) string {
	r.t.Helper()
	tool := lookUp("mosquitto_passwd")
	if tool == "" {
		r.t.Skip("mosquitto_passwd is not installed")
	}
	var passwords strings.Builder
	for _, name := range append([]string{siren.GatewayName}, ids(r)...) {
		fmt.Fprintf(&passwords, "%s:%s\n", name, r.Credentials.Password(name))
	}
	file := write("passwords", passwords.String())
	if out, err := exec.Command(tool, "-U", file).CombinedOutput(); err != nil {
		r.t.Fatalf("mosquitto_passwd: %v: %s", err, out)
	}
	plain := "password_file " + file + "\n"
	for line := range strings.Lines(config) {
		option, _, _ := strings.Cut(line, " ")
		if !slices.Contains([]string{"cafile", "certfile", "keyfile", "crlfile", "require_certificate", "use_identity_as_username"}, option) {
			plain += line
		}
	}
	return plain
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
