// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// hostile returns documents within the gate's limits that would be slow, or
// large, for a reader whose work or memory grows faster than its input.
func hostile(t *testing.T) map[string]string {
	wrap := func(inner string) string { return edit(t, "<info>", inner+"<info>") }
	area := func(inner string) string { return edit(t, "</area>", inner+"</area>") }
	var declarations, keys strings.Builder
	for i := range 31 {
		fmt.Fprintf(&declarations, " xmlns:n%d='u%d'", i, i)
	}
	for i := range 49_000 {
		fmt.Fprintf(&keys, `"k%d":0,`, i)
	}
	nested := strings.Repeat("<x"+declarations.String()+">", 8)
	return map[string]string{
		"unknown elements": wrap(strings.Repeat("<x/>", 49_000)),
		"faulty polygons":  area(strings.Repeat("<polygon>x</polygon>", 49_000)),
		"short polygons":   area(strings.Repeat("<polygon>1,1</polygon>", 45_000)),
		"broken text":      edit(t, "Rauch am Hafen", strings.Repeat("x<!---->", 60_000)),
		"attributes":       wrap(strings.Repeat("<code a='' b='' c='' d=''>x</code>", 29_000)),
		"bound prefixes":   wrap(nested + strings.Repeat("<n0:y n1:a='' n2:a='' n3:a='' n4:a='' n5:a=''/>", 20_000) + strings.Repeat("</x>", 8)),
		"references":       wrap("<references>" + strings.Repeat("a ", 32_000) + "</references>"),
		"entities":         edit(t, "<headline>Rauch am Hafen</headline>", "<description>"+strings.Repeat("&amp;", 100_000)+"</description>"),
		"open comments":    wrap(strings.Repeat("<!-- ", 200_000)),
		"keys":             "{" + keys.String() + `"a":0}`,
		"empty arrays":     `{"code":[` + strings.Repeat("[],", 49_000) + "[]]}",
		"digits":           area("<polygon>" + strings.Repeat("0", 500_000) + ",1</polygon>"),
		"points":           area("<polygon>" + strings.Repeat("1,1 ", 130_000) + "</polygon><polygon>" + strings.Repeat("1,1 ", 130_000) + "</polygon>"),
		"empty infos":      wrap(strings.Repeat("<info/>", 49_000)),
		"empty parameters": area(strings.Repeat("<geocode/>", 49_000)),
		"long names":       wrap(strings.Repeat("<"+strings.Repeat("n", 400)+"/>", 2_500)),
	}
}

// TestHostileDocumentsCostLittle holds a bound that is far above what they need,
// and far below what quadratic work would.
func TestHostileDocumentsCostLittle(t *testing.T) {
	const bound = time.Minute
	for name, document := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, strict := Read([]byte(document))
			_, lenient := ReadJSON([]byte(document))
			_, findings, lenientErr := ReadLenient([]byte(document))
			took := time.Since(start)
			t.Logf("%d bytes in %v, %d findings", len(document), took, len(findings))
			if took > bound {
				t.Errorf("three readings took %v: %v, %v, %v", took, strict, lenient, lenientErr)
			}
		})
	}
}

// TestHostileDocumentsTakeLittleMemory reads each in a process of its own, which
// stays under 64 MiB.
func TestHostileDocumentsTakeLittleMemory(t *testing.T) {
	const variable, bound = "TOCSIN_TEST_DOCUMENT", 64 << 10
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the memory of a process is not known here")
	}
	if name := os.Getenv(variable); name != "" {
		document := []byte(hostile(t)[name])
		for _, mode := range []Mode{Strict, Lenient} {
			if _, err := Examine(document, mode); err != nil && !errors.As(err, new(*Refusal)) {
				t.Error(err)
			}
		}
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(string(status))
		return
	}
	for name := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(os.Args[0], "-test.run=^TestHostileDocumentsTakeLittleMemory$")
			// As the commands do that read messages of strangers.
			command.Env = append(os.Environ(), variable+"="+name, "GOMEMLIMIT=30MiB")
			out, err := command.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			_, peak, _ := strings.Cut(string(out), "VmHWM:")
			var used int
			if _, err := fmt.Sscan(peak, &used); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%d KiB", used)
			if used > bound {
				t.Errorf("the process took %d KiB, more than %d", used, bound)
			}
		})
	}
}
