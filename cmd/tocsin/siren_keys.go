// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/ceremony"
)

type sirenRoot struct {
	Key  sirenRootKey  `cmd:"" help:"Make one person's key of a root."`
	New  sirenRootNew  `cmd:"" help:"Make a root out of the public keys of its people."`
	Show documentShow  `cmd:"" help:"Show the roots and keysets of a file, and who signed them."`
	Sign sirenRootSign `cmd:"" help:"Add one person's signatures to the newest root of a file."`
}

type sirenKeyset struct {
	Key    sirenKeysetKey    `cmd:"" help:"Print the public half of a node's signing key, for a keyset."`
	New    sirenKeysetNew    `cmd:"" help:"Make the keyset that a YAML file describes."`
	Sign   sirenKeysetSign   `cmd:"" help:"Add one person's signatures to a keyset."`
	Show   documentShow      `cmd:"" help:"Show the roots and keysets of a file, and who signed them."`
	Verify sirenKeysetVerify `cmd:"" help:"Say whether sirens with a root take a keyset."`
}

type sirenFirmware struct {
	Sign   sirenFirmwareSign   `cmd:"" help:"Make the manifest of an image, or add one person's signatures to it."`
	Verify sirenFirmwareVerify `cmd:"" help:"Say whether sirens with a root install an image."`
}

// rootPassphrase is where a root key's passphrase comes from.
type rootPassphrase struct {
	PassphraseFile string `help:"File with the passphrase of the key; without it, TOCSIN_ROOT_PASSPHRASE in the environment, else it is asked for." placeholder:"FILE" type:"path"`
}

const rootPassphraseVariable = "TOCSIN_ROOT_PASSPHRASE"

func (p rootPassphrase) read(isNew bool) (string, error) {
	return passphrase{p.PassphraseFile, rootPassphraseVariable, "the root key"}.read(isNew)
}

// rootSigner is the key with which a person signs.
type rootSigner struct {
	Key            string `required:"" help:"File of the person's root key." placeholder:"FILE" type:"path"`
	rootPassphrase `embed:""`
}

func (s rootSigner) load() (siren.RootKey, error) {
	passphrase, err := s.read(false)
	if err != nil {
		return siren.RootKey{}, err
	}
	identity, _, err := ceremony.Passphrase(passphrase)
	if err != nil {
		return siren.RootKey{}, err
	}
	return ceremony.LoadKey(s.Key, identity)
}

type sirenRootKey struct {
	File           string `arg:"" help:"File to be made, encrypted; the public half goes beside it with .pub behind its name." type:"path"`
	rootPassphrase `embed:""`
	output         `embed:""`
}

// Run implements the command.
func (c *sirenRootKey) Run() error {
	passphrase, err := c.read(true)
	if err != nil {
		return err
	}
	_, recipient, err := ceremony.Passphrase(passphrase)
	if err != nil {
		return err
	}
	public, err := ceremony.CreateKey(c.File, recipient)
	if err != nil {
		return err
	}
	return c.print(map[string]string{"key": public.ID().String(), "public": c.File + ceremony.PublicSuffix}, func(w io.Writer) {
		fmt.Fprintf(w, "key %s; give %s to whoever makes the root, and %s to nobody\n", public.ID(), c.File+ceremony.PublicSuffix, c.File)
	})
}

type sirenRootNew struct {
	Public    []string `arg:"" help:"Files of the public keys (.pub)." type:"path"`
	Threshold int      `default:"3" help:"How many of the keys must sign."`
	After     string   `help:"File with the root that this one replaces; without it, it is the first." placeholder:"FILE" type:"path"`
	Quantum   bool     `help:"Ask for ML-DSA-65 signatures on keysets too, which makes them 10 kB long. Roots and firmware always need them."`
	Out       string   `short:"o" required:"" help:"File to write: the root, behind those of --after." placeholder:"FILE" type:"path"`
	output    `embed:""`
}

// Run implements the command.
func (c *sirenRootNew) Run() error {
	root := siren.Root{Version: 1, Threshold: c.Threshold, Quantum: []siren.DocumentKind{siren.KindRoot, siren.KindFirmware}}
	if c.Quantum {
		root.Quantum = append(root.Quantum, siren.KindKeyset)
	}
	var documents []siren.Envelope
	if c.After != "" {
		old, err := ceremony.LoadRoot(c.After)
		if err != nil {
			return err
		}
		if documents, err = ceremony.Load(c.After); err != nil {
			return err
		}
		documents = slices.DeleteFunc(documents, func(d siren.Envelope) bool { return d.Kind() != siren.KindRoot })
		root.Version = old.Version + 1
	}
	for _, path := range c.Public {
		public, err := ceremony.LoadPublic(path)
		if err != nil {
			return err
		}
		root.Keys = append(root.Keys, public)
	}
	d, err := root.Envelope()
	if err != nil {
		return problem.Wrap(err, problem.Invalid, "These keys make no root.", "Name 1 to 9 different keys, and a threshold of at most as many.")
	}
	documents = append(documents, d)
	if err := ceremony.Save(c.Out, documents...); err != nil {
		return err
	}
	return c.show(documents)
}

type sirenRootSign struct {
	File       string `arg:"" help:"File that the root is in." type:"path"`
	rootSigner `embed:""`
	output     `embed:""`
}

// Run implements the command.
func (c *sirenRootSign) Run() error {
	return signDocument(c.File, siren.KindRoot, c.rootSigner, c.output)
}

type sirenKeysetSign struct {
	File       string `arg:"" help:"File that the keyset is in." type:"path"`
	rootSigner `embed:""`
	output     `embed:""`
}

// Run implements the command.
func (c *sirenKeysetSign) Run() error {
	return signDocument(c.File, siren.KindKeyset, c.rootSigner, c.output)
}

func signDocument(path string, kind siren.DocumentKind, signer rootSigner, out output) error {
	key, err := signer.load()
	if err != nil {
		return err
	}
	if _, err := ceremony.Sign(path, kind, key); err != nil {
		return err
	}
	documents, err := ceremony.Load(path)
	if err != nil {
		return err
	}
	return out.show(documents)
}

type documentShow struct {
	File   string `arg:"" help:"File of roots and keysets." type:"path"`
	output `embed:""`
}

// Run implements the command.
func (c *documentShow) Run() error {
	documents, err := ceremony.Load(c.File)
	if err != nil {
		return err
	}
	return c.show(documents)
}

type sirenKeysetKey struct {
	File   string `arg:"" help:"PEM file of the key, private or public." type:"path"`
	output `embed:""`
}

// Run implements the command.
func (c *sirenKeysetKey) Run() error {
	public, err := ceremony.IssuerKey(c.File)
	if err != nil {
		return err
	}
	text := base64.StdEncoding.EncodeToString(public)
	return c.print(map[string]string{"publicKey": text, "id": siren.KeyIDOf(public).String()}, func(w io.Writer) { fmt.Fprintln(w, text) })
}

type sirenKeysetNew struct {
	From   string `arg:"" help:"YAML file that describes the keyset." type:"path"`
	Root   string `required:"" help:"File of the root whose people will sign." placeholder:"FILE" type:"path"`
	Out    string `short:"o" required:"" help:"File to write." placeholder:"FILE" type:"path"`
	output `embed:""`
}

// Run implements the command.
func (c *sirenKeysetNew) Run() error {
	root, err := ceremony.LoadRoot(c.Root)
	if err != nil {
		return err
	}
	d, err := ceremony.NewKeyset(c.From, root)
	if err != nil {
		return err
	}
	if err := ceremony.Save(c.Out, d); err != nil {
		return err
	}
	return c.show([]siren.Envelope{d})
}

type sirenKeysetVerify struct {
	File   string `arg:"" help:"File of the keyset." type:"path"`
	Root   string `required:"" help:"File of the root that the sirens hold." placeholder:"FILE" type:"path"`
	output `embed:""`
}

// Run implements the command.
func (c *sirenKeysetVerify) Run() error {
	root, err := ceremony.LoadRoot(c.Root)
	if err != nil {
		return err
	}
	trust, message, err := ceremony.OpenKeyset(c.File, root)
	if err != nil {
		return err
	}
	return c.print(trust.Keyset, func(w io.Writer) {
		fmt.Fprintf(w, "keyset %d is signed by root %d; %d bytes on the air\n", trust.Keyset.Version, trust.Root.Version, len(message))
		if now := time.Now(); now.Before(trust.Keyset.NotBefore) || now.After(trust.Keyset.NotAfter) {
			fmt.Fprintf(w, "not now: from %s to %s\n", clock(trust.Keyset.NotBefore), clock(trust.Keyset.NotAfter))
		}
	})
}

type sirenFirmwareSign struct {
	Image      string `arg:"" help:"File to be installed." type:"path"`
	Manifest   string `required:"" help:"File of the manifest, made by the first who signs." placeholder:"FILE" type:"path"`
	Root       string `required:"" help:"File of the root whose people sign." placeholder:"FILE" type:"path"`
	Model      string `required:"" help:"Hardware that it is for." placeholder:"NAME"`
	Release    uint32 `required:"" help:"Number that grows with every release; no siren goes back."`
	Name       string `required:"" help:"Version for people, such as 2.1.0." placeholder:"VERSION"`
	rootSigner `embed:""`
	output     `embed:""`
}

// Run implements the command.
func (c *sirenFirmwareSign) Run() error {
	root, err := ceremony.LoadRoot(c.Root)
	if err != nil {
		return err
	}
	key, err := c.load()
	if err != nil {
		return err
	}
	d, err := ceremony.SignFirmware(c.Image, c.Manifest, siren.Firmware{Release: c.Release, Root: root.Version, Model: c.Model, Version: c.Name}, key)
	if err != nil {
		return err
	}
	return c.show([]siren.Envelope{d})
}

type sirenFirmwareVerify struct {
	Image     string `arg:"" help:"File to be installed." type:"path"`
	Manifest  string `required:"" help:"File of the manifest." placeholder:"FILE" type:"path"`
	Root      string `required:"" help:"File of the root that the sirens hold." placeholder:"FILE" type:"path"`
	Model     string `help:"Hardware of the siren; any when absent." placeholder:"NAME"`
	Installed uint32 `help:"Release that the siren runs."`
	output    `embed:""`
}

// Run implements the command.
func (c *sirenFirmwareVerify) Run() error {
	root, err := ceremony.LoadRoot(c.Root)
	if err != nil {
		return err
	}
	documents, err := ceremony.Load(c.Manifest)
	if err != nil {
		return err
	}
	image, err := os.Open(c.Image)
	if err != nil {
		return problem.Wrap(err, problem.NotFound, fmt.Sprintf("The image %s cannot be read.", c.Image), "Check the path and its permissions.")
	}
	defer image.Close()
	f, err := siren.OpenFirmware(documents[0], root, siren.Firmware{Model: c.Model, Release: c.Installed}, image)
	if err != nil {
		return problem.Wrap(err, problem.Forbidden, fmt.Sprintf("No siren installs %s.", c.Image), "Name the image that was signed, have enough people sign its manifest, and give a release above the installed one.")
	}
	shown := showFirmware(f)
	return c.print(shown, shown.text)
}

// shownDocument is a document as the commands print it.
type shownDocument struct {
	Kind     string         `json:"kind"`
	Bytes    int            `json:"bytes"`
	Root     *shownRoot     `json:"root,omitempty"`
	Keyset   *siren.Keyset  `json:"keyset,omitempty"`
	Firmware *shownFirmware `json:"firmware,omitempty"`
	// SignedBy are the ids of the keys that signed, good or not.
	SignedBy []string `json:"signedBy"`
}

type shownRoot struct {
	Version   uint32   `json:"version"`
	Threshold int      `json:"threshold"`
	Keys      []string `json:"keys"`
}

type shownFirmware struct {
	siren.Firmware
	SHA256 string `json:"sha256"`
}

func showFirmware(f siren.Firmware) *shownFirmware {
	return &shownFirmware{f, hex.EncodeToString(f.Digest[:])}
}

func (f shownFirmware) text(w io.Writer) {
	fmt.Fprintf(w, "firmware %s for %s, release %d, of root %d: %d bytes, SHA-256 %s\n", f.Version, f.Model, f.Release, f.Root, f.Size, f.SHA256)
}

// show prints documents and who signed them.
func (o output) show(documents []siren.Envelope) error {
	shown := make([]shownDocument, len(documents))
	for i, d := range documents {
		s := shownDocument{Kind: d.Kind().String(), Bytes: len(d.Encode()), SignedBy: []string{}}
		for _, signature := range d.Signatures {
			if signature.Algorithm == siren.AlgorithmEd25519 {
				s.SignedBy = append(s.SignedBy, signature.Key.String())
			}
		}
		var err error
		switch d.Kind() {
		case siren.KindRoot:
			var r siren.Root
			r, err = siren.ReadRoot(d)
			s.Root = &shownRoot{Version: r.Version, Threshold: r.Threshold}
			for _, key := range r.Keys {
				s.Root.Keys = append(s.Root.Keys, key.ID().String())
			}
		case siren.KindKeyset:
			s.Keyset = new(siren.Keyset)
			*s.Keyset, err = siren.ReadKeyset(d)
		default:
			var f siren.Firmware
			f, err = siren.ReadFirmware(d)
			s.Firmware = showFirmware(f)
		}
		if err != nil {
			return problem.Wrap(err, problem.Unreadable, fmt.Sprintf("Document %d cannot be read.", i+1), "It is damaged: take the copy of somebody else.")
		}
		shown[i] = s
	}
	return o.print(shown, func(w io.Writer) {
		for _, s := range shown {
			s.text(w)
		}
	})
}

func (s shownDocument) text(w io.Writer) {
	switch {
	case s.Root != nil:
		fmt.Fprintf(w, "root %d: %d of %s\n", s.Root.Version, s.Root.Threshold, strings.Join(s.Root.Keys, " "))
	case s.Keyset != nil:
		k := s.Keyset
		fmt.Fprintf(w, "keyset %d of root %d, %s to %s\n", k.Version, k.Root, clock(k.NotBefore), clock(k.NotAfter))
		if k.Limit != (siren.Limit{}) {
			fmt.Fprintf(w, "one signature sounds a region of %d digits or %d sirens by number, two sound more\n", k.Limit.Digits, k.Limit.Sirens)
		}
		rows := [][]string{{"KEY", "EPOCH", "TERRITORY", "MAY"}}
		for _, i := range k.Issuers {
			may := []string{}
			for _, a := range i.Actions {
				may = append(may, a.String())
			}
			if i.Seconds {
				may = append(may, "second signature")
			}
			regions := []string{}
			for _, region := range i.Territory {
				regions = append(regions, string(region))
			}
			rows = append(rows, []string{siren.KeyIDOf(i.PublicKey).String(), fmt.Sprint(i.Epoch), strings.Join(regions, " "), strings.Join(may, ", ")})
		}
		table(w, rows)
	case s.Firmware != nil:
		s.Firmware.text(w)
	}
	fmt.Fprintf(w, "signed by %d: %s\n", len(s.SignedBy), strings.Join(s.SignedBy, " "))
}
