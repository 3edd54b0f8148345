// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Command vendorweb fetches the browser libraries that the pages are built
// from: exact versions, by "npm pack", only the files that are used. It writes
// them to web/vendor and e2e/testdata and their digests to web/vendor/SHA256SUMS.
// It runs when a version changes; building and testing need neither npm nor a network.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// library is one package of the npm registry.
type library struct {
	name, version string
	// files maps paths in the package to paths in the repository.
	files map[string]string
	// license is the SPDX expression, copyright the holder; both go into a
	// sidecar beside every file, as REUSE asks.
	license, copyright string
}

var libraries = []library{
	{
		name: "maplibre-gl", version: "6.17.0", license: "BSD-3-Clause", copyright: "2023 MapLibre contributors",
		files: map[string]string{
			"dist/maplibre-gl.mjs":        "web/vendor/maplibre-gl/maplibre-gl.mjs",
			"dist/maplibre-gl-worker.mjs": "web/vendor/maplibre-gl/maplibre-gl.worker.mjs",
			"dist/maplibre-gl.css":        "web/vendor/maplibre-gl/maplibre-gl.css",
			"LICENSE.txt":                 "web/vendor/maplibre-gl/LICENSE.txt",
		},
	},
	{
		name: "@kern-ux/native", version: "2.7.2", license: "EUPL-1.2", copyright: "The KERN team",
		files: map[string]string{"dist/kern.min.css": "web/vendor/kern/kern.min.css"},
	},
	{
		name: "@kern-ux/native", version: "2.7.2", license: "OFL-1.1", copyright: "2012-2018 The Mozilla Foundation and Telefonica S.A.",
		files: map[string]string{
			"dist/fonts/fira-sans/FiraSans-Regular.woff2":  "web/vendor/fira-sans/FiraSans-Regular.woff2",
			"dist/fonts/fira-sans/FiraSans-Medium.woff2":   "web/vendor/fira-sans/FiraSans-Medium.woff2",
			"dist/fonts/fira-sans/FiraSans-SemiBold.woff2": "web/vendor/fira-sans/FiraSans-SemiBold.woff2",
		},
	},
	{
		name: "qr", version: "0.7.0", license: "MIT", copyright: "2023 Paul Miller (paulmillr.com)",
		files: map[string]string{
			"decode.js": "web/vendor/qr/decode.js",
			"index.js":  "web/vendor/qr/index.js",
		},
	},
	{
		name: "axe-core", version: "4.14.1", license: "MPL-2.0", copyright: "2015-2026 Deque Systems, Inc.",
		files: map[string]string{"axe.min.js": "e2e/testdata/axe.min.js"},
	},
}

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	root, err := filepath.Abs("..")
	if err != nil {
		return fmt.Errorf("find the repository: %w", err)
	}
	if _, err := os.Stat(filepath.Join(root, "web", "vendor")); err != nil {
		return fmt.Errorf("run this in the folder tools of the repository: %w", err)
	}
	var sums []string
	for _, l := range libraries {
		written, err := l.fetch(root)
		if err != nil {
			return fmt.Errorf("fetch %s@%s: %w", l.name, l.version, err)
		}
		sums = append(sums, written...)
	}
	slices.SortFunc(sums, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	list := strings.Join(sums, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(root, "web", "vendor", "SHA256SUMS"), []byte(list), 0o644); err != nil {
		return fmt.Errorf("write the digests: %w", err)
	}
	fmt.Print(list)
	return nil
}

// fetch packs the library into a temporary folder and copies the files out of
// it. It returns one line for SHA256SUMS per file.
func (l library) fetch(root string) ([]string, error) {
	folder, err := os.MkdirTemp("", "vendorweb-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	pack := exec.Command("npm", "pack", "--silent", "--pack-destination", folder, l.name+"@"+l.version)
	pack.Stderr = os.Stderr
	if _, err := pack.Output(); err != nil {
		return nil, fmt.Errorf("npm pack: %w", err)
	}
	packed, err := filepath.Glob(filepath.Join(folder, "*.tgz"))
	if err != nil || len(packed) != 1 {
		return nil, errors.Join(errors.New("npm pack left no archive"), err)
	}
	archive, err := os.ReadFile(packed[0])
	if err != nil {
		return nil, err
	}
	return l.extract(archive, root)
}

func (l library) extract(archive []byte, root string) ([]string, error) {
	plain, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	var sums []string
	for entries := tar.NewReader(plain); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		target, wanted := l.files[strings.TrimPrefix(header.Name, "package/")]
		if !wanted {
			continue
		}
		content, err := io.ReadAll(entries)
		if err != nil {
			return nil, err
		}
		content = withoutSourceMap(content)
		if err := l.write(filepath.Join(root, target), content); err != nil {
			return nil, err
		}
		sums = append(sums, fmt.Sprintf("%x  %s", sha256.Sum256(content), target))
	}
	if len(sums) != len(l.files) {
		return nil, fmt.Errorf("the package holds %d of the %d files wanted", len(sums), len(l.files))
	}
	return sums, nil
}

// withoutSourceMap cuts the pointer to a source map that is not kept.
func withoutSourceMap(content []byte) []byte {
	if i := bytes.LastIndex(content, []byte("\n//# sourceMappingURL=")); i >= 0 {
		return content[:i+1]
	}
	return content
}

func (l library) write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return err
	}
	sidecar := fmt.Sprintf("SPDX-FileCopyrightText: %s\nSPDX-License-Identifier: %s\n", l.copyright, l.license)
	return os.WriteFile(path+".license", []byte(sidecar), 0o644)
}
