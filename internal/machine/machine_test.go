// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package machine

import (
	"math"
	"os"
	"testing"
	"testing/fstest"
)

func files(of map[string]string) fstest.MapFS {
	system := fstest.MapFS{}
	for name, content := range of {
		system[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return system
}

func TestWhatIsLeft(t *testing.T) {
	const gib = 1 << 30
	meminfo := "MemTotal:       16384000 kB\nMemFree:          100000 kB\nMemAvailable:    4194304 kB\n"
	status := "Name:\ttocsin\nVmSize:\t 1048576 kB\nVmRSS:\t  262144 kB\n"
	for name, c := range map[string]struct {
		files   map[string]string
		goLimit int64
		want    int64
		known   bool
	}{
		"nothing is known":     {map[string]string{}, math.MaxInt64, math.MaxInt64, false},
		"the machine's memory": {map[string]string{"proc/meminfo": meminfo}, math.MaxInt64, 4 * gib, true},
		"the runtime's limit":  {map[string]string{"proc/meminfo": meminfo, "proc/self/status": status}, gib, gib - gib/4, true},
		"already beyond it":    {map[string]string{"proc/self/status": status}, gib / 8, 0, true},
		"address space": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/status": status,
			"proc/self/limits": "Limit                     Soft Limit           Hard Limit           Units\nMax address space         3221225472           unlimited            bytes\n",
		}, math.MaxInt64, 2 * gib, true},
		"no limit of address space": {map[string]string{
			"proc/meminfo":     meminfo,
			"proc/self/limits": "Max address space         unlimited            unlimited            bytes\n",
		}, math.MaxInt64, 4 * gib, true},
		"a control group of version 2": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/system.slice/tocsin.service\n",
			"sys/fs/cgroup/system.slice/tocsin.service/memory.max":     "max\n",
			"sys/fs/cgroup/system.slice/tocsin.service/memory.current": "5000\n",
			"sys/fs/cgroup/system.slice/memory.max":                    "1073741824\n",
			"sys/fs/cgroup/system.slice/memory.current":                "805306368\n",
			"sys/fs/cgroup/system.slice/memory.stat":                   "anon 1\nfile 2\ninactive_file 268435456\n",
		}, math.MaxInt64, gib / 2, true},
		"the group of a container": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/docker/0123456789\n",
			"sys/fs/cgroup/memory.max": "1073741824\n", "sys/fs/cgroup/memory.current": "0\n",
		}, math.MaxInt64, gib, true},
		"a control group of version 1": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/a\n0::/a\n",
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes": "536870912\n",
			"sys/fs/cgroup/memory/a/memory.usage_in_bytes": "268435456\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   "9223372036854771712\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes":   "900\n",
		}, math.MaxInt64, gib / 4, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, known := left(files(c.files), c.goLimit)
			if got != c.want || known != c.known {
				t.Errorf("%d bytes, known %v; want %d, %v", got, known, c.want, c.known)
			}
		})
	}
}

func TestMemoryOfThisMachine(t *testing.T) {
	if _, err := os.Stat("/proc/meminfo"); err != nil {
		t.Skipf("this system says nothing of its memory: %v", err)
	}
	if n, known := Memory(); !known || n <= 0 || n >= unlimited {
		t.Errorf("%d bytes, known %v", n, known)
	}
}
