// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// most is how much memory a process may have used that iterates over a container,
// the Go runtime and the test's own code included.
const most = 40 << 20

// iterate names a file for the process that TestMemoryIsBounded starts.
const iterate = "TOCSIN_TEST_ITERATE"

func TestMain(m *testing.M) {
	if name := os.Getenv(iterate); name != "" {
		if err := iterateOver(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// iterateOver prints the number of items and the most memory that was resident.
func iterateOver(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	items := 0
	for range Messages(Source{Name: "x", Reader: file, Size: info.Size()}) {
		items++
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(peak, "kB")
	fmt.Println(items, strings.TrimSpace(peak))
	return nil
}

func TestMemoryIsBounded(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skipf("the memory of a process cannot be read here: %v", err)
	}
	large := strings.Replace(alert, "</scope>", "</scope><note>"+strings.Repeat("a<!---->", (MaxMessage-len(alert)-13)/8)+"</note>", 1)
	entry := "<entry><content>" + alert + "</content></entry>"
	repeat := func(w io.Writer, text string, bytes int) error {
		for range bytes / len(text) {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
		}
		return nil
	}
	feed := func(w io.Writer, text string, bytes int) error {
		if _, err := io.WriteString(w, atom); err != nil {
			return err
		}
		if err := repeat(w, text, bytes); err != nil {
			return err
		}
		_, err := io.WriteString(w, "</feed>")
		return err
	}
	archive := func(w io.Writer, files int, content func(io.Writer) error) error {
		z := zip.NewWriter(w)
		for i := range files {
			f, err := z.Create(fmt.Sprintf("%d.xml", i))
			if err != nil {
				return err
			}
			if err := content(f); err != nil {
				return err
			}
		}
		return z.Close()
	}
	tests := []struct {
		name  string
		items int
		write func(io.Writer) error
	}{
		{"a feed of 30 MiB with small messages", maxItems + 1, func(w io.Writer) error { return feed(w, entry, 30<<20) }},
		{"a feed of 30 MiB with large messages", 29, func(w io.Writer) error { return feed(w, "<entry><content>"+large+"</content></entry>", 30<<20) }},
		{"a feed of 30 MiB with escaped messages", 30 << 20 / len("<entry><summary>"+escaped(large)+"</summary></entry>"), func(w io.Writer) error {
			return feed(w, "<entry><summary>"+escaped(large)+"</summary></entry>", 30<<20)
		}},
		{"a feed that is one text", 1, func(w io.Writer) error { return feed(w, "a", 30<<20) }},
		{"a feed that is one comment", 1, func(w io.Writer) error { return feed(w, "<!--"+strings.Repeat("a", 30<<20), 31<<20) }},
		{"a feed of attributes", 1, func(w io.Writer) error { return feed(w, "<a b='"+strings.Repeat("&lt;", 1<<15)+"'/>", 30<<20) }},
		{"a zip of 127 MiB with large messages", 127, func(w io.Writer) error {
			return archive(w, 127, func(f io.Writer) error { return repeat(f, large, len(large)) })
		}},
		{"a zip with 5,000 files", 5_000, func(w io.Writer) error {
			return archive(w, 5_000, func(f io.Writer) error { return repeat(f, alert, len(alert)) })
		}},
		{"a zip with zips", 20, func(w io.Writer) error {
			return archive(w, 20, func(f io.Writer) error {
				return archive(f, 1, func(f io.Writer) error { return repeat(f, large, len(large)) })
			})
		}},
		{"a gzip of a feed of 120 MiB", 101, func(w io.Writer) error {
			z := gzip.NewWriter(w)
			if err := feed(z, "<entry/>"+strings.Repeat(" <x/> ", 1000), 10<<20); err != nil {
				return err
			}
			return z.Close()
		}},
		{"one message of 32 MiB", 1, func(w io.Writer) error { return repeat(w, "<alert>", 31<<20) }},
		{"JSON of 32 MiB", 1, func(w io.Writer) error { return repeat(w, "{", 31<<20) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "file")
			file, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			buffered := bufio.NewWriter(file)
			if err := test.write(buffered); err != nil {
				t.Fatal(err)
			}
			if err := buffered.Flush(); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			command := exec.Command(os.Args[0])
			// A collector that is short of time lets more lie about than is in use.
			command.Env = append(os.Environ(), iterate+"="+name, "GOMEMLIMIT=24MiB")
			out, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			counted, peak, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
			kilobytes, err := strconv.Atoi(peak)
			if err != nil {
				t.Fatalf("%v in %q", err, out)
			}
			t.Logf("%s items, %d MiB", counted, kilobytes>>10)
			if counted != strconv.Itoa(test.items) {
				t.Errorf("%s items, want %d", counted, test.items)
			}
			if kilobytes<<10 > most {
				t.Errorf("%d MiB were resident, more than %d", kilobytes>>10, most>>20)
			}
		})
	}
}
