// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package gpio

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// layout asks the C compiler for what the kernel's header says.
const layout = `#include <stddef.h>
#include <stdio.h>
#include <linux/gpio.h>
int main(void) {
	printf("%zu %zu %zu\n", sizeof(struct gpio_v2_line_request), sizeof(struct gpio_v2_line_config), sizeof(struct gpio_v2_line_values));
	printf("%zu %zu %zu %zu\n", offsetof(struct gpio_v2_line_request, consumer), offsetof(struct gpio_v2_line_request, config),
		offsetof(struct gpio_v2_line_request, num_lines), offsetof(struct gpio_v2_line_request, fd));
	printf("%lx %lx %lx\n", (unsigned long)GPIO_V2_GET_LINE_IOCTL, (unsigned long)GPIO_V2_LINE_GET_VALUES_IOCTL, (unsigned long)GPIO_V2_LINE_SET_VALUES_IOCTL);
	printf("%d %d %d\n", GPIO_V2_LINE_FLAG_ACTIVE_LOW, GPIO_V2_LINE_FLAG_INPUT, GPIO_V2_LINE_FLAG_OUTPUT);
}
`

func TestLayoutIsThatOfTheKernel(t *testing.T) {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler here to read linux/gpio.h")
	}
	if _, err := os.Stat("/usr/include/linux/gpio.h"); err != nil {
		t.Skip("linux/gpio.h is not installed")
	}
	source, program := filepath.Join(t.TempDir(), "layout.c"), filepath.Join(t.TempDir(), "layout")
	if err := os.WriteFile(source, []byte(layout), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(compiler, "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := exec.Command(program).Output()
	if err != nil {
		t.Fatal(err)
	}
	var r lineRequest
	want := fmt.Sprintf("%d %d %d\n%d %d %d %d\n%x %x %x\n%d %d %d\n",
		unsafe.Sizeof(r), unsafe.Sizeof(r.config), unsafe.Sizeof(lineValues{}),
		unsafe.Offsetof(r.consumer), unsafe.Offsetof(r.config), unsafe.Offsetof(r.count), unsafe.Offsetof(r.descriptor),
		getLine, getValues, setValues, flagActiveLow, flagInput, flagOutput)
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("the kernel's layout (-) and ours (+):\n%s", diff)
	}
}

func TestRequestRefuses(t *testing.T) {
	if _, err := Request(Options{Chip: "/dev/null", Lines: []uint32{1}}); err == nil {
		t.Error("a device that is no chip gave lines")
	}
	if _, err := Request(Options{Chip: filepath.Join(t.TempDir(), "gpiochip0"), Lines: []uint32{1}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a chip that is not there: %v", err)
	}
	for _, lines := range [][]uint32{nil, make([]uint32, MaxLines+1)} {
		if _, err := Request(Options{Chip: "/dev/null", Lines: lines}); err == nil {
			t.Errorf("%d lines were taken", len(lines))
		}
	}
}
