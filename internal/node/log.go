// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"filippo.io/age"

	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/internal/warning/assessment"
	"github.com/tocsin-alert/tocsin/internal/witness"
	"github.com/tocsin-alert/tocsin/tlog"
)

// StateSuffix is what the name of a log key's state ends with, beside the key's.
const StateSuffix = ".signed"

// issuerSuffix is what the name of an issuer key ends with, after the authority's id.
const issuerSuffix = "/issuer"

// publicLog is the node's log: who writes it, and who has it signed.
type publicLog struct {
	scribe *publiclog.Scribe
	keeper *publiclog.Keeper
}

// newLog makes the core's part of the log. It makes the issuer key at the first
// start, and the log's own where the signer is in this process.
func newLog(n *Node, keeping publiclog.KeeperOptions, directory *operator.Directory, book *warning.Book) (*publicLog, error) {
	c := n.config
	origin, by, err := openSigner(c)
	if err != nil {
		return nil, err
	}
	n.cleanup(func() { closeAndLog(n.logger, "log signer", by.Close) })
	issues, err := signingKey(c.Log.IssuerKey, "issuer key")
	if err != nil {
		return nil, err
	}
	if keeping.Issuer, err = publiclog.NewIssuer(c.Authority.ID+issuerSuffix, issues); err != nil {
		return nil, err
	}
	tree := publiclog.NewTree()
	scribe, err := publiclog.NewScribe(publiclog.ScribeOptions{
		Authority: c.Authority, Origin: origin, Keys: c.Keys, Operators: directory, Warnings: book,
		Regions: assessment.Areas{Known: n.gazetteer.Regions(), Territory: c.Authority.Territory}.Regions, Tree: tree,
	})
	if err != nil {
		return nil, err
	}
	keeping.Tree, keeping.Signer, keeping.Now = tree, by, time.Now
	if len(c.Log.Witnesses) > 0 {
		if keeping.Witnesses, err = witness.NewClient(c.witnesses(), n.logger); err != nil {
			return nil, err
		}
	}
	keeping.Trust = func(keys []string) (*tlog.Trust, error) {
		_, trust, err := c.trust(origin, time.Now()).Trust(keys)
		return trust, err
	}
	return &publicLog{scribe, publiclog.NewKeeper(keeping)}, nil
}

// trust is what the node's own trust file says.
func (c Config) trust(origin string, issued time.Time) publiclog.TrustOptions {
	o := publiclog.TrustOptions{Authority: c.Authority, Operator: c.Log.Operator, Origin: origin, ConsoleOrigin: c.Keys.Origin, Read: witness.NewVerifier, Issued: issued}
	for _, w := range c.Log.Witnesses {
		o.Witnesses = append(o.Witnesses, tlog.Witness{Key: w.Key, Operator: w.Operator})
	}
	if c.Log.QuorumOperators > 0 {
		o.Quorum = &tlog.Quorum{Operators: c.Log.QuorumOperators}
	}
	return o
}

// witnesses are those that are asked.
func (c Config) witnesses() []witness.Peer {
	peers := make([]witness.Peer, len(c.Log.Witnesses))
	for i, w := range c.Log.Witnesses {
		peers[i] = witness.Peer{URL: w.URL, Key: w.Key}
	}
	return peers
}

// logOrigin is the name of a log that is not there yet.
func (c Config) logOrigin() string {
	if u, err := url.Parse(c.Public.URL); c.Log.Origin == "" && err == nil && u.Host != "" {
		return u.Host + u.Path + "/log"
	}
	return cmp.Or(c.Log.Origin, c.Authority.ID+"/log")
}

// closer is a signer that is to be let go of.
type closer interface {
	publiclog.Signer
	Close() error
}

// openSigner gives the signer that is configured, and the name of its log.
func openSigner(c Config) (origin string, by closer, err error) {
	if c.Log.Signer != "" {
		return c.logOrigin(), signer.Dial(c.Log.Signer), nil
	}
	var identities []age.Identity
	var recipients []age.Recipient
	if c.Log.PassphraseFile != "" {
		passphrase, err := readSecret(c.Log.PassphraseFile)
		if err != nil {
			return "", nil, err
		}
		identity, recipient, err := signer.Passphrase(passphrase)
		if err != nil {
			return "", nil, err
		}
		identities, recipients = append(identities, identity), append(recipients, recipient)
	}
	state := c.Log.Key + StateSuffix
	if _, err := os.Stat(c.Log.Key); errors.Is(err, os.ErrNotExist) {
		if _, err := signer.Create(c.logOrigin(), c.Log.Key, state, recipients...); err != nil {
			return "", nil, err
		}
	}
	key, err := signer.Load(c.Log.Key, identities...)
	if err != nil {
		return "", nil, err
	}
	if c.Log.Origin != "" && c.Log.Origin != key.Origin {
		return "", nil, problem.New(problem.Conflict, fmt.Sprintf("The key %s is that of the log %s, not of %s.", c.Log.Key, key.Origin, c.Log.Origin),
			"Set log.origin back; or, to begin a new log, name a new file as log.key.")
	}
	local, err := signer.Open(key, state, time.Now)
	return key.Origin, local, err
}

// validateLog lists what is wrong with the configuration of the log. It tries
// all of it with keys of no worth.
func (c Config) validateLog() []problem.Fault {
	fault := func(field, message, remedy string) []problem.Fault {
		return []problem.Fault{{Field: "log." + field, Rule: "config.log." + field, Message: message, Remedy: remedy}}
	}
	if c.Log.Key != "" && c.Log.Signer != "" {
		return fault("signer", "There are two signers of the public log.", "Set either key or signer.")
	}
	if c.Log.Signer != "" && c.Log.Origin == "" {
		return fault("origin", "The log has no name.", "Write the name that the signer's key was made with.")
	}
	if most := max(c.Authority.Policy.Releases, c.Authority.Policy.AllClearReleases); most > maxSigners {
		return []problem.Fault{{Field: "authority.policy.releases", Rule: "config.log.releases", Message: fmt.Sprintf("%d people are to sign, and the public log has room for the signatures of %d.", most, maxSigners), Remedy: fmt.Sprintf("Write %d or fewer.", maxSigners)}}
	}
	for i, w := range c.Log.Witnesses {
		if u, err := url.Parse(w.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fault(fmt.Sprintf("witnesses[%d].url", i), fmt.Sprintf("%q is no address.", w.URL), "Write it as https://witness.example.")
		}
	}
	key, err := signer.NewKey(c.logOrigin())
	if err != nil {
		return fault("origin", fmt.Sprintf("A log cannot have the name %q.", c.logOrigin()), "Write a name without blanks and plus signs, such as warnung.example/log.")
	}
	if _, _, err := c.trust(key.Origin, time.Now()).Trust(key.Public()); err != nil {
		return fault("witnesses", fmt.Sprintf("No trust file can be made of authority, witnesses and quorum: %v.", err), "Compare them with docs/formats/trust.md.")
	}
	return nil
}

// maxSigners is how many signatures by passkeys a leaf holds.
const maxSigners = 3
