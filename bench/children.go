// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/tocsin-alert/tocsin/internal/siren/listener"
	"github.com/tocsin-alert/tocsin/internal/siren/mqtt"
	"github.com/tocsin-alert/tocsin/internal/siren/simulator"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// childEnv turns the program into one of the processes below, so that their
// memory and their files can be told apart.
const childEnv = "TOCSIN_BENCH_CHILD"

// The processes, and the brokers.
const (
	brokerOurs      = "own listener"
	brokerMosquitto = "mosquitto"
	childSirens     = "sirens"
	childNATS       = "nats"
	childNATSSirens = "nats-sirens"

	childReckon       = "reckon"
	childReckonByHand = "reckon-by-hand"
	childScale        = "scale"
)

// child runs as another process if the environment says so.
func child() (ran bool) {
	kind := os.Getenv(childEnv)
	if kind == "" {
		return false
	}
	if err := childOf(kind, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", kind+":", err)
		os.Exit(1)
	}
	return true
}

// childOf prints its address, or ready, and works until its standard input ends;
// one that reckons prints what came out, and ends.
func childOf(kind string, arguments []string) error {
	address := arguments[0]
	switch kind {
	case brokerOurs:
		topics, err := mqtt.NewTopics(sirentest.Authority)
		if err != nil {
			return err
		}
		limits := listener.DefaultLimits()
		l, err := listener.Open(listener.Options{
			Address: address, Topics: topics, Limits: limits, Log: slog.New(slog.DiscardHandler),
			Admit: listener.Passwords(func(string) bool { return true }, sirentest.Credentials()),
		})
		if err != nil {
			return err
		}
		l.Serve()
		fmt.Println(l.Address())
	case childNATS:
		s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
		if err != nil {
			return err
		}
		go s.Start()
		if !s.ReadyForConnections(10 * time.Second) {
			return errors.New("the server does not start")
		}
		fmt.Println(s.Addr())
	case childSirens, childNATSSirens:
		n, err := strconv.Atoi(arguments[1])
		if err != nil {
			return err
		}
		if kind == childNATSSirens {
			if err := natsSirens(address, n); err != nil {
				return err
			}
			fmt.Println("ready")
			break
		}
		o := sirentest.SimulatorOptions(mqtt.Endpoint{Address: address}, sirentest.Registry(n), arguments[2])
		o.Speed = 0.25 // the silent test takes four seconds
		sim, err := simulator.New(o)
		if err != nil {
			return err
		}
		go func() { _ = sim.Run(context.Background()) }()
		fmt.Println("ready")
	case childReckon, childReckonByHand:
		return reckonChild(context.Background(), kind, arguments)
	case childScale:
		return scaleChild(context.Background(), arguments)
	default:
		return fmt.Errorf("no process %q", kind)
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// process is a child that runs.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *process) end() {
	if p.stdin != nil {
		p.stdin.Close()
	}
	p.kill()
}

// startChild starts a process and waits for its first line.
func startChild(ctx context.Context, kind string, arguments ...string) (*process, error) {
	p, _, err := startTelling(ctx, kind, arguments...)
	return p, err
}

func startTelling(ctx context.Context, kind string, arguments ...string) (p *process, said string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	cmd := exec.CommandContext(ctx, self, arguments...)
	cmd.Env, cmd.Stderr = append(os.Environ(), childEnv+"="+kind), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	p = &process{cmd, stdin}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		p.end()
		return nil, "", fmt.Errorf("%s does not start: %w", kind, err)
	}
	return p, strings.TrimSpace(line), nil
}

// startBroker starts a broker and gives its address.
func startBroker(ctx context.Context, kind, dir, address string) (*process, string, error) {
	if kind != brokerMosquitto {
		return startTelling(ctx, kind, address)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, "", err
	}
	if port == "0" {
		free, err := net.Listen("tcp", address)
		if err != nil {
			return nil, "", err
		}
		host, port, _ = net.SplitHostPort(free.Addr().String())
		free.Close()
	}
	me, err := user.Current()
	if err != nil {
		return nil, "", err
	}
	// Without passwords and access lists, which are to its favour.
	config := fmt.Sprintf("listener %s %s\nuser %s\nallow_anonymous true\npersistence false\nlog_dest none\nset_tcp_nodelay true\nmax_queued_messages 0\n", port, host, me.Username)
	path := filepath.Join(dir, "mosquitto.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, "", err
	}
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		program = "/usr/sbin/mosquitto"
	}
	cmd := exec.CommandContext(ctx, program, "-c", path)
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	p, address := &process{cmd: cmd}, net.JoinHostPort(host, port)
	for range 200 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return p, address, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.end()
	return nil, "", errors.New("mosquitto does not listen")
}

// memory is that of a process in bytes: VmRSS is what it has, VmHWM what it had at
// most.
func memory(pid int, which string) (bytes int, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if n, _ := fmt.Sscanf(line, which+": %d kB", &bytes); n == 1 {
			return bytes << 10, nil
		}
	}
	return 0, fmt.Errorf("no %s of process %d", which, pid)
}
