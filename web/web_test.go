// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func get(t *testing.T, path, encoding string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Header.Set("Accept-Encoding", encoding)
	recorder := httptest.NewRecorder()
	Handler().ServeHTTP(recorder, request)
	return recorder.Result()
}

func TestManifestAndFilesAgree(t *testing.T) {
	for _, name := range []string{"console.js", "console.css", "public.js", "public.css", "verify.js"} {
		if response := get(t, Asset(name), ""); response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", Asset(name), response.Status)
		}
	}
	reference := regexp.MustCompile(`(?:/assets/|"\./)([A-Za-z0-9._-]+-[A-Z0-9]{8}\.[a-z0-9]+)`)
	entries, err := fs.ReadDir(Dist, ".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, entry := range entries {
		content, err := fs.ReadFile(Dist, entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range reference.FindAllSubmatch(content, -1) {
			found++
			if _, err := fs.Stat(Dist, string(match[1])); err != nil {
				t.Errorf("%s names %s, which is not there", entry.Name(), match[1])
			}
		}
	}
	if found == 0 {
		t.Error("no bundle names another: does the pattern still fit?")
	}
}

func TestAssetPanicsForUnknownNames(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Asset("nothing.js")
}

func TestServedCompressedAndForEver(t *testing.T) {
	plain, err := io.ReadAll(get(t, Asset("console.js"), "").Body)
	if err != nil {
		t.Fatal(err)
	}
	for encoding, decode := range map[string]func(io.Reader) (io.Reader, error){
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	} {
		response := get(t, Asset("console.js"), encoding)
		if got := response.Header.Get("Content-Encoding"); got != encoding {
			t.Errorf("asked for %s, got %q", encoding, got)
		}
		if got := response.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("Cache-Control is %q", got)
		}
		reader, err := decode(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s gives other bytes (%v)", encoding, err)
		}
	}
	if response := get(t, Prefix+"console.js", ""); response.StatusCode != http.StatusNotFound {
		t.Errorf("a name without a hash: %s", response.Status)
	}
}

// TestVendoredFilesAreAsPublished compares with the digests that vendorweb wrote.
func TestVendoredFilesAreAsPublished(t *testing.T) {
	list, err := os.ReadFile("vendor/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(list)), "\n") {
		want, path, _ := strings.Cut(line, "  ")
		content, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Error(err)
			continue
		}
		sum := sha256.Sum256(content)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s was changed: %s", path, got)
		}
		if _, err := os.Stat(filepath.Join("..", path+".license")); err != nil {
			t.Error(err)
		}
	}
}
