// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package machine says what the machine has to give to this process, so that work
// that would not fit is refused with a number before it is begun, and is not
// killed in its midst.
package machine

import (
	"bufio"
	"bytes"
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// Memory is how many more bytes this process can use: the least of what the
// machine has free (MemAvailable of /proc/meminfo), what its control group and
// those around it leave (versions 1 and 2), its limit of address space
// (ulimit -v), and the Go runtime's own limit (GOMEMLIMIT). It is false where
// nothing is known, as on systems without /proc. What it says is of this moment:
// ask once, when work begins.
func Memory() (bytes int64, known bool) {
	return left(os.DirFS("/"), debug.SetMemoryLimit(-1))
}

// unlimited is more than any machine has; control groups write numbers near it
// where nothing is limited.
const unlimited = 1 << 60

// left reads the limits from the files of a system. goLimit is the runtime's.
func left(system fs.FS, goLimit int64) (bytes int64, known bool) {
	least := int64(math.MaxInt64)
	take := func(n int64) {
		if n < unlimited {
			least = max(0, min(least, n))
		}
	}
	resident, virtual := size(system)
	if goLimit < unlimited {
		take(goLimit - resident)
	}
	if n, ok := field(system, "proc/meminfo", "MemAvailable:"); ok {
		take(n << 10)
	}
	if n, ok := field(system, "proc/self/limits", "Max address space"); ok {
		take(n - virtual)
	}
	for _, group := range groups(system) {
		most, limited := number(system, path.Join(group.folder, group.most))
		used, ok := number(system, path.Join(group.folder, group.used))
		if !limited || !ok {
			continue
		}
		// Pages of files that were not used lately are given back when they are needed.
		idle, _ := field(system, path.Join(group.folder, "memory.stat"), group.idle)
		take(most - used + min(idle, used))
	}
	return least, least < math.MaxInt64
}

// group is a control group of memory, with the names of its files.
type group struct{ folder, most, used, idle string }

// groups lists the control groups of this process, from its own outwards.
func groups(system fs.FS) []group {
	raw, err := fs.ReadFile(system, "proc/self/cgroup")
	if err != nil {
		return nil
	}
	var all []group
	for line := range strings.Lines(string(raw)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root, kind := "sys/fs/cgroup", group{most: "memory.max", used: "memory.current", idle: "inactive_file "}
		if parts[1] == "memory" {
			root, kind = "sys/fs/cgroup/memory", group{most: "memory.limit_in_bytes", used: "memory.usage_in_bytes", idle: "total_inactive_file "}
		} else if parts[0] != "0" || parts[1] != "" {
			continue
		}
		// In a container the path may be that of the host: its folders are not
		// there then, and the container's own group is the root.
		for at := path.Clean("/" + parts[2]); ; at = path.Dir(at) {
			kind.folder = path.Join(root, at)
			all = append(all, kind)
			if at == "/" {
				break
			}
		}
	}
	return all
}

// size is what the process holds now in memory, and of address space.
func size(system fs.FS) (resident, virtual int64) {
	kib, _ := field(system, "proc/self/status", "VmRSS:")
	virtualKiB, _ := field(system, "proc/self/status", "VmSize:")
	return kib << 10, virtualKiB << 10
}

// field is the first number behind a word that begins a line.
func field(system fs.FS, name, word string) (int64, bool) {
	raw, err := fs.ReadFile(system, name)
	if err != nil {
		return 0, false
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		rest, found := strings.CutPrefix(lines.Text(), word)
		if words := strings.Fields(rest); found && len(words) > 0 {
			return parse(words[0])
		}
	}
	return 0, false
}

// number is what a file holds that holds one number.
func number(system fs.FS, name string) (int64, bool) {
	raw, err := fs.ReadFile(system, name)
	if err != nil {
		return 0, false
	}
	return parse(strings.TrimSpace(string(raw)))
}

// parse reads a number of bytes; "max" and "unlimited" are none.
func parse(word string) (int64, bool) {
	n, err := strconv.ParseInt(word, 10, 64)
	return n, err == nil && n >= 0 && n < unlimited
}
