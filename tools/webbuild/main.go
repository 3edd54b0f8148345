// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Command webbuild bundles the pages' scripts and styles into web/dist, under
// names that carry a hash of their content, and lists them in
// web/dist/manifest.json. A face is a folder web/NAME with the entry points
// NAME.ts and NAME.css. It needs no Node: esbuild is a library of this program.
//
// Run it in the folder tools: go run ./webbuild
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	web, err := filepath.Abs("../web")
	if err != nil {
		return fmt.Errorf("find the folder web: %w", err)
	}
	files, err := build(web)
	if err != nil {
		return err
	}
	dist := filepath.Join(web, "dist")
	if err := os.RemoveAll(dist); err != nil {
		return fmt.Errorf("clear web/dist: %w", err)
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return fmt.Errorf("make web/dist: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(dist, name), files[name], 0o644); err != nil {
			return fmt.Errorf("write a bundle: %w", err)
		}
		fmt.Printf("%9d  %s\n", len(files[name]), name)
	}
	return nil
}

// readable is the entry point that is bundled as its sources read: people and
// programs shall see how a warning is checked. It is one file by itself, so that
// the page can be saved with it.
const readable = "verify.ts"

// build gives the files of web/dist by name.
func build(web string) (map[string][]byte, error) {
	entries, err := entryPoints(web)
	if err != nil {
		return nil, err
	}
	plain := slices.DeleteFunc(slices.Clone(entries), func(path string) bool { return filepath.Base(path) != readable })
	minified := slices.DeleteFunc(entries, func(path string) bool { return filepath.Base(path) == readable })
	files, names := map[string][]byte{}, map[string]string{}
	for _, o := range []api.BuildOptions{minify(options(web, minified)), mapped(options(web, plain))} {
		result := api.Build(o)
		if len(result.Errors) > 0 {
			return nil, errors.New(strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), ""))
		}
		for _, file := range result.OutputFiles {
			files[filepath.Base(file.Path)] = file.Contents
		}
		if err := addNames(names, result.Metafile); err != nil {
			return nil, err
		}
	}
	content, err := json.MarshalIndent(names, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	files["manifest.json"] = append(content, '\n')
	return files, nil
}

// face is the folder that an entry point is in.
func face(path string) string { return filepath.Base(filepath.Dir(path)) }

func entryPoints(web string) ([]string, error) {
	var entries []string
	for _, extension := range []string{".ts", ".css"} {
		found, err := filepath.Glob(filepath.Join(web, "*", "*"+extension))
		if err != nil {
			return nil, fmt.Errorf("look for entry points: %w", err)
		}
		for _, path := range found {
			if face(path)+extension == filepath.Base(path) {
				entries = append(entries, path)
			}
		}
	}
	if len(entries) == 0 {
		return nil, errors.New("no entry points in ../web: run this in the folder tools of the repository")
	}
	return entries, nil
}

func options(web string, entries []string) api.BuildOptions {
	return api.BuildOptions{
		EntryPoints:   entries,
		AbsWorkingDir: web,
		Outdir:        filepath.Join(web, "dist"),
		EntryNames:    "[name]-[hash]",
		ChunkNames:    "chunk-[hash]",
		AssetNames:    "[name]-[hash]",
		PublicPath:    "/assets/",
		// The libraries that scripts import by name.
		Alias: map[string]string{
			"maplibre-gl": filepath.Join(web, "vendor", "maplibre-gl", "maplibre-gl.mjs"),
			"qr":          filepath.Join(web, "vendor", "qr", "decode.js"),
		},
		Loader: map[string]api.Loader{
			".woff2":      api.LoaderFile,
			".worker.mjs": api.LoaderFile,
		},
		Bundle:   true,
		Format:   api.FormatESModule,
		Target:   api.ES2020,
		Charset:  api.CharsetUTF8,
		Metafile: true,
	}
}

// minify makes the bundles small, and lets them share what several need.
func minify(o api.BuildOptions) api.BuildOptions {
	o.Splitting = true
	o.MinifyWhitespace, o.MinifyIdentifiers, o.MinifySyntax = true, true, true
	return o
}

// mapped leads from a script to its sources, with their comments and types.
func mapped(o api.BuildOptions) api.BuildOptions {
	o.Sourcemap = api.SourceMapLinked
	return o
}

// addNames maps each entry point's plain name ("console.js") to the name of its
// bundle ("console-4TQ7ZB3Y.js").
func addNames(names map[string]string, metafile string) error {
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string `json:"entryPoint"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal([]byte(metafile), &meta); err != nil {
		return fmt.Errorf("read esbuild's metafile: %w", err)
	}
	for output, about := range meta.Outputs {
		name, extension := face(about.EntryPoint), filepath.Ext(output)
		if strings.HasPrefix(filepath.Base(about.EntryPoint), name+".") {
			names[name+extension] = filepath.Base(output)
		}
	}
	return nil
}
