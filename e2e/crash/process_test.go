// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package crash

import (
	"bufio"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/freeport"
)

// process is one that runs, with what it has said so far.
type process struct {
	cmd    *exec.Cmd
	stderr *strings.Builder
	ready  chan struct{} // closed when it serves
	ended  chan struct{} // closed when all it has said is heard

	mu       sync.Mutex
	released []string // since it was heard last, as signed
	signed   [][]byte
}

// place is where the processes of one log are.
type place struct {
	testing.TB
	nodeDir, signerDir string
	socket, listen     string
	prefix             string // of the roles
}

// newPlace makes one with its data in those folders.
func newPlace(t testing.TB, nodes, signers string) *place {
	t.Helper()
	p := &place{
		TB: t, nodeDir: filepath.Join(nodes, "node"), signerDir: filepath.Join(signers, "signer"),
		socket: filepath.Join(t.TempDir(), "s"), listen: freeport.Address(t),
	}
	for _, dir := range []string{p.nodeDir, p.signerDir} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *place) node() *process   { p.Helper(); return p.start("node", p.nodeDir) }
func (p *place) signer() *process { p.Helper(); return p.start("signer", p.signerDir) }

func (p *place) start(role, dir string) *process {
	p.Helper()
	s := &process{cmd: exec.Command(os.Args[0]), stderr: &strings.Builder{}, ready: make(chan struct{}), ended: make(chan struct{})}
	s.cmd.Env = append(os.Environ(), roleEnv+"="+p.prefix+role, dirEnv+"="+dir, socketEnv+"="+p.socket, listenEnv+"="+p.listen)
	s.cmd.Stderr = s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		p.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	p.Cleanup(s.kill)
	go func() {
		defer close(s.ended)
		// A line that was cut off by the end of the process did not leave it.
		for lines := bufio.NewReader(out); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			s.hear(strings.Fields(line))
		}
	}()
	return s
}

func (s *process) hear(words []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch words[0] {
	case saysReady:
		close(s.ready)
	case saysReleased:
		s.released = append(s.released, words[1])
	case saysSigned:
		signed, err := base64.StdEncoding.DecodeString(words[1])
		if err != nil {
			panic(err) // it is written above
		}
		s.signed = append(s.signed, signed)
	}
}

// heard gives what the process has said since the last call.
func (s *process) heard() (released []string, signed [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	released, signed = s.released, s.signed
	s.released, s.signed = nil, nil
	return released, signed
}

// awaitReady waits until the process serves.
func (s *process) awaitReady(t testing.TB) {
	t.Helper()
	select {
	case <-s.ready:
	case <-s.ended:
		s.kill()
		t.Fatalf("it does not start: %s", s.stderr)
	case <-time.After(eventually.Patience):
		s.kill()
		t.Fatalf("it does not start in time: %s", s.stderr)
	}
}

// kill ends the process with SIGKILL, if that was not done before, and returns
// when all that it said is heard.
func (s *process) kill() {
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Kill() // one whose disk failed may have ended
	<-s.ended
	_ = s.cmd.Wait()
}
