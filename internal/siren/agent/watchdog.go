// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// watchdog tells systemd and the board's own watchdog that all is well. Both
// start the board or the agent anew when they hear nothing.
type watchdog struct {
	notify   net.Conn // to systemd; nil without it
	device   *os.File // nil for none
	interval time.Duration
	fed      time.Time
}

// deviceInterval is how often the board's watchdog is fed; most wait 10 s or more.
const deviceInterval = 3 * time.Second

// openWatchdog finds systemd by its environment (sd_notify(3)).
func openWatchdog(c WatchdogConfig) (*watchdog, error) {
	w := &watchdog{interval: deviceInterval}
	if path := os.Getenv("NOTIFY_SOCKET"); path != "" {
		if strings.HasPrefix(path, "@") {
			path = "\x00" + path[1:]
		}
		notify, err := net.Dial("unixgram", path)
		if err != nil {
			return nil, problem.Wrap(err, problem.Unavailable, "systemd cannot be told that the agent lives.", "Start the agent by its unit, or without NOTIFY_SOCKET.")
		}
		w.notify = notify
	}
	if micros, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64); err == nil && micros > 0 {
		w.interval = min(w.interval, time.Duration(micros)*time.Microsecond/3)
	}
	if c.Device != "" {
		device, err := os.OpenFile(c.Device, os.O_WRONLY, 0)
		if err != nil {
			return nil, errors.Join(problem.Wrap(err, problem.Unavailable, "The board's watchdog cannot be opened.", "Correct watchdog.device, give the agent's user the right to write it, or leave it out."), w.close(true))
		}
		w.device = device
	}
	return w, nil
}

// ready says that the agent has started.
func (w *watchdog) ready() { w.say("READY=1") }

// feed says that all is well, if it is time to.
func (w *watchdog) feed(now time.Time) {
	if now.Sub(w.fed) < w.interval {
		return
	}
	w.fed = now
	w.say("WATCHDOG=1")
	if w.device != nil {
		_, _ = w.device.Write([]byte{0}) // a watchdog that cannot be fed does what it is for
	}
}

func (w *watchdog) say(words string) {
	if w.notify != nil {
		_, _ = w.notify.Write([]byte(words)) // systemd acts when it hears nothing
	}
}

// close ends the watch. The board's watchdog is disarmed only if the end is in order.
func (w *watchdog) close(inOrder bool) error {
	var all error
	if w.notify != nil {
		w.say("STOPPING=1")
		all = errors.Join(all, w.notify.Close())
	}
	if w.device != nil {
		if inOrder {
			_, err := w.device.Write([]byte("V"))
			all = errors.Join(all, err)
		}
		all = errors.Join(all, w.device.Close())
	}
	return all
}
