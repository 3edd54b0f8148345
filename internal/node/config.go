// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/console/openid"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
)

// Role names a part of a node that can run as a process of its own.
type Role string

// The roles.
const (
	RoleCore    Role = "core"    // decides; serves commands
	RoleGateway Role = "gateway" // sirens and other channels
	RolePublic  Role = "public"  // citizens' page, feeds
	RoleConsole Role = "console" // operators' pages and API
)

var allRoles = []Role{RoleCore, RoleGateway, RolePublic, RoleConsole}

// Config is everything that a node is told. docs/formats/config.md shows a
// complete file; tocsin check-config reads one and says what is wrong with it.
type Config struct {
	// Dir holds the journal, the registry of sirens' connections and imported
	// regions. It is made when absent and belongs to one node at a time.
	Dir string `yaml:"dir"`
	// Roles are the parts that this process runs; all of them when empty.
	// Several processes need a NATS cluster, since the embedded journal belongs
	// to one process.
	Roles     []Role              `yaml:"roles"`
	Authority authority.Authority `yaml:"authority"`
	Keys      operator.KeyPolicy  `yaml:"keys"`
	Cluster   *ClusterConfig      `yaml:"cluster"`
	OIDC      *openid.Config      `yaml:"oidc"`
	Console   ListenConfig        `yaml:"console"`
	Public    PublicConfig        `yaml:"public"`
	Sirens    SirenConfig         `yaml:"sirens"`
	Webhooks  []WebhookConfig     `yaml:"webhooks"`
	Intake    IntakeConfig        `yaml:"intake"`
	Log       LogConfig           `yaml:"log"`
	Hearing   HearingConfig       `yaml:"hearing"`
	// HomeAssistant shows the sirens there; nil for not.
	HomeAssistant *HomeAssistantConfig `yaml:"home_assistant"`
	// PlanCommand is the command line of processes that reckon what planners ask;
	// this process does it when empty. It is this program's own: see study.Process.
	PlanCommand []string `yaml:"-"`
}

// HearingConfig says when a siren counts as heard, for all that the console says of
// who hears one: before a release, during a warning, and of sirens that are silent.
type HearingConfig struct {
	// Model is cpg117 or iso9613; cpg117 when empty, which is the cautious one.
	Model earshot.Model `yaml:"model"`
	// Level is at how many dB(A); 70 when 0.
	Level float64 `yaml:"level"`
	// PerDoubling is the loss of cpg117 in dB for each doubling of the distance.
	PerDoubling float64 `yaml:"per_doubling"`
	// Temperature (°C), Humidity (%) and Ground (0 hard to 1 porous) are for iso9613.
	Temperature *float64 `yaml:"temperature"`
	Humidity    *float64 `yaml:"humidity"`
	Ground      *float64 `yaml:"ground"`
	// Terrain are files and folders of elevations (docs/formats/plan.md); the ground
	// is flat when empty.
	Terrain []string `yaml:"terrain"`
}

func (h HearingConfig) assumptions() earshot.Assumptions {
	return earshot.Assumptions{Model: h.Model, PerDoubling: h.PerDoubling, Temperature: h.Temperature, Humidity: h.Humidity, Ground: h.Ground}
}

func (h HearingConfig) validate() []problem.Fault {
	var faults []problem.Fault
	if err := h.assumptions().Validate(); err != nil {
		faults = append(faults, problem.Fault{Field: "hearing", Rule: "config.hearing", Message: err.Error() + ".", Remedy: "Use the model cpg117 with per_doubling, or iso9613 with temperature, humidity and ground."})
	}
	if h.Level != 0 && !(h.Level >= 30 && h.Level <= 120) {
		faults = append(faults, problem.Fault{Field: "hearing.level", Rule: "config.hearing", Message: fmt.Sprintf("%g dB(A) is no level to hear a siren at.", h.Level), Remedy: "Give 30 to 120, such as 70."})
	}
	return faults
}

// LogConfig is the public log.
type LogConfig struct {
	// Origin is the log's name, which is unique in the world and never changes,
	// such as warnung.example/log: the public address without its scheme. Empty
	// takes that, or the authority's id where there is no address.
	Origin string `yaml:"origin"`
	// Key is the file of the keys that sign checkpoints; what they have signed is
	// kept beside it. Made at the first start when absent.
	Key string `yaml:"key"`
	// PassphraseFile holds the passphrase that Key is encrypted with; empty for a
	// key that lies open.
	PassphraseFile string `yaml:"passphrase_file"`
	// Signer is the unix socket of a signer in a process of its own, in place of Key.
	Signer string `yaml:"signer"`
	// IssuerKey is the file of the key that vouches for messages while the signer
	// cannot be reached: PEM, and apart from the log's own. Made at the first start
	// when absent.
	IssuerKey string `yaml:"issuer_key"`
	// Operator is the body that runs the node; the authority's id when empty.
	Operator string `yaml:"operator"`
	// Witnesses are those that are asked, and whose cosignatures count.
	Witnesses []WitnessConfig `yaml:"witnesses"`
	// QuorumOperators is of how many operators witnesses must have cosigned for
	// grade A; 0 for no such grade.
	QuorumOperators int `yaml:"quorum_operators"`
}

// WitnessConfig is one witness.
type WitnessConfig struct {
	// URL is its submission prefix (C2SP tlog-witness), such as https://witness.example.
	URL string `yaml:"url"`
	// Key is in the form of C2SP signed-note.
	Key string `yaml:"key"`
	// Operator is the body that runs it.
	Operator string `yaml:"operator"`
}

// ClusterConfig points to NATS servers with JetStream outside of this process.
type ClusterConfig struct {
	URLs            []string `yaml:"urls"`
	CredentialsFile string   `yaml:"credentials_file"`
	// Replicas is how many servers keep each record: 1, 3 or 5.
	Replicas int `yaml:"replicas"`
}

// ListenConfig is one HTTP listener.
type ListenConfig struct {
	// Listen is host:port. The console and the public may share one.
	Listen string `yaml:"listen"`
	// Certificate and Key are PEM files. Without them the listener speaks plain
	// HTTP, which is allowed on loopback addresses and behind a proxy alone.
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	// BehindProxy says that a proxy on this machine or network ends TLS.
	BehindProxy bool `yaml:"behind_proxy"`
}

// PublicConfig is the citizens' side.
type PublicConfig struct {
	ListenConfig `yaml:",inline"`
	// URL is where the public reaches it, such as https://warnung.example; it
	// stands in every message and must never change. Empty takes the listener's.
	URL string `yaml:"url"`
}

// SirenConfig is the way to the sirens.
type SirenConfig struct {
	// Signals names the table of signals that the sirens give, such as "de" or
	// "at" (tocsin siren signals lists them); "de" when empty.
	Signals string `yaml:"signals"`
	// Listen is host:port of the node's own MQTT listener; empty for none. Without
	// EnrolListen it speaks no TLS, and only a loopback address is allowed.
	Listen string `yaml:"listen"`
	// EnrolListen is host:port of the HTTPS listener at which sirens get their
	// certificates.
	EnrolListen string `yaml:"enrol_listen"`
	// Address is host:port under which sirens reach the broker; its host is that of
	// EnrolListen too. Changing the host is changing every siren.
	Address string `yaml:"address"`
	// CA is the file of the sirens' certificate authority with its key; made at the
	// first start when absent.
	CA string `yaml:"ca"`
	// Broker is an outside MQTT broker instead of the node's own listener.
	Broker *BrokerConfig `yaml:"broker"`
	// SigningKey is the file of the Ed25519 key that signs frames; made at the
	// first start when absent.
	SigningKey string `yaml:"signing_key"`
	// SecondSigningKey is the file of the key that signs beside it what the keyset
	// wants signed twice; empty for none.
	SecondSigningKey string `yaml:"second_signing_key"`
	// SecondSigner is the unix socket of a cosigner with that key in a process of its
	// own, in place of SecondSigningKey.
	SecondSigner string `yaml:"second_signer"`
	// Keyset is the file of the keyset that the sirens are to obey, and Root that of
	// the roots behind it, the oldest first (docs/runbooks/siren-keys.md). Empty:
	// sirens obey SigningKey alone, which is part of their set-up.
	Keyset string `yaml:"keyset"`
	Root   string `yaml:"root"`
	// Secret is the file of the secret from which the sirens' passwords at a
	// listener without TLS are derived; made at the first start when absent.
	Secret string `yaml:"secret"`
	// Epoch is raised by hand after a backup of the journal was restored, since
	// frame counters grow with the journal (docs/runbooks/restore-from-backup.md).
	Epoch uint16 `yaml:"epoch"`
	// Radio are the transmitters that call sirens; Receivers listen to what is on the air.
	Radio     []TransmitterConfig `yaml:"radio"`
	Receivers []ReceiverConfig    `yaml:"receivers"`
	// Waits are how long an answer on a way may take before the next way to a siren
	// is tried, by kind; route.DefaultWaits for the others.
	Waits route.Waits `yaml:"waits"`
}

// BrokerConfig is an outside MQTT broker.
type BrokerConfig struct {
	URL          string `yaml:"url"` // tcp://host:1883 or ssl://host:8883
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	// CA is a PEM file with the authority that signed the broker's certificate; that
	// of the sirens where EnrolListen is set, else those of the system.
	CA string `yaml:"ca"`
	// Certificate and Key are PEM files by which the broker knows the gateway. Where
	// EnrolListen is set, the sirens' authority makes the gateway's certificate.
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// HomeAssistantConfig is the way to Home Assistant.
type HomeAssistantConfig struct {
	// BrokerConfig is Home Assistant's broker, never that of the sirens.
	BrokerConfig `yaml:",inline"`
	// Prefix is Home Assistant's discovery prefix, homeassistant when empty.
	Prefix string `yaml:"prefix"`
	// Regions are the ARS prefixes whose sirens are shown; all when empty.
	Regions []geo.ARS `yaml:"regions"`
	// AllowTests lets Home Assistant start silent tests of single sirens. There is
	// no way from there to an alarm.
	AllowTests bool `yaml:"allow_tests"`
}

// WebhookConfig is one receiver of webhooks.
type WebhookConfig struct {
	ID  string `yaml:"id"`
	URL string `yaml:"url"`
	// SecretFile holds the secret shared with the receiver: whsec_ and base64.
	SecretFile string `yaml:"secret_file"`
}

// IntakeConfig says where foreign CAP messages come from.
type IntakeConfig struct {
	// Folder is watched for CAP files and zip files.
	Folder string `yaml:"folder"`
	// Feeds are addresses of Atom or RSS feeds, CAP files or zip files.
	Feeds []string `yaml:"feeds"`
}

// LoadConfig reads and checks a configuration file. Relative paths in it are
// relative to the file. Its error is a *problem.Error that lists every fault.
func LoadConfig(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The configuration %s cannot be read.", path), "Check the path and its permissions.")
	}
	config, err := ParseConfig(raw)
	if err != nil {
		return Config{}, err
	}
	config.relativeTo(filepath.Dir(path))
	return config, problem.InvalidFaults(fmt.Sprintf("The configuration %s is not right.", path), config.Validate())
}

// ParseConfig reads a configuration and fills defaults. Unknown fields are refused.
func ParseConfig(raw []byte) (Config, error) {
	var config Config
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(&config); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, problem.Wrap(err, problem.Unreadable, "The configuration is not the YAML that is expected.", "Compare it with docs/formats/config.md.")
	}
	return config.WithDefaults(), nil
}

// WithDefaults fills what is empty.
func (c Config) WithDefaults() Config {
	if len(c.Roles) == 0 {
		c.Roles = slices.Clone(allRoles)
	}
	c.Authority = c.Authority.WithDefaults()
	c.Keys = c.Keys.WithDefaults()
	if c.OIDC != nil {
		filled := c.OIDC.WithDefaults()
		c.OIDC = &filled
	}
	if c.Sirens.SigningKey == "" && c.Dir != "" {
		c.Sirens.SigningKey = filepath.Join(c.Dir, "siren-signing-key.pem")
	}
	if c.Sirens.CA == "" && c.Dir != "" {
		c.Sirens.CA = filepath.Join(c.Dir, "siren-ca.pem")
	}
	if c.Sirens.Secret == "" && c.Dir != "" {
		c.Sirens.Secret = filepath.Join(c.Dir, "siren-secret")
	}
	if c.Log.Key == "" && c.Log.Signer == "" && c.Dir != "" {
		c.Log.Key = filepath.Join(c.Dir, "log", "key")
	}
	if c.Log.IssuerKey == "" && c.Dir != "" {
		c.Log.IssuerKey = filepath.Join(c.Dir, "log", "issuer-key.pem")
	}
	if c.Log.Operator == "" {
		c.Log.Operator = c.Authority.ID
	}
	if c.Cluster != nil && c.Cluster.Replicas == 0 {
		c.Cluster.Replicas = 3
	}
	return c
}

func (c *Config) relativeTo(dir string) {
	paths := []*string{&c.Dir, &c.Console.Certificate, &c.Console.Key, &c.Public.Certificate, &c.Public.Key, &c.Sirens.CA, &c.Sirens.SigningKey, &c.Sirens.SecondSigningKey, &c.Sirens.SecondSigner, &c.Sirens.Keyset, &c.Sirens.Root, &c.Sirens.Secret, &c.Intake.Folder, &c.Log.Key, &c.Log.PassphraseFile, &c.Log.Signer, &c.Log.IssuerKey}
	if c.Sirens.Broker != nil {
		paths = append(paths, &c.Sirens.Broker.PasswordFile, &c.Sirens.Broker.CA, &c.Sirens.Broker.Certificate, &c.Sirens.Broker.Key)
	}
	if c.HomeAssistant != nil {
		paths = append(paths, &c.HomeAssistant.PasswordFile, &c.HomeAssistant.CA)
	}
	if c.OIDC != nil {
		paths = append(paths, &c.OIDC.SecretFile)
	}
	if c.Cluster != nil {
		paths = append(paths, &c.Cluster.CredentialsFile)
	}
	for i := range c.Sirens.Radio {
		paths = append(paths, &c.Sirens.Radio[i].Folder, &c.Sirens.Radio[i].Samples)
	}
	for i := range c.Sirens.Receivers {
		paths = append(paths, &c.Sirens.Receivers[i].Samples)
	}
	for i := range c.Hearing.Terrain {
		paths = append(paths, &c.Hearing.Terrain[i])
	}
	for i := range c.Webhooks {
		paths = append(paths, &c.Webhooks[i].SecretFile)
	}
	for _, path := range paths {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
}

// consoleOrigin is the address of a console that is opened on this machine, at
// the port on which it listens. Browsers offer passkeys there under the name
// localhost alone. It is empty where the configuration has to say the address.
func (c Config) consoleOrigin(port string) string {
	host, _, err := net.SplitHostPort(c.Console.Listen)
	if err != nil || !c.Has(RoleConsole) || !loopback(host) || c.Console.BehindProxy {
		return ""
	}
	scheme := "http"
	if c.Console.Certificate != "" {
		scheme = "https"
	}
	return scheme + "://localhost:" + port
}

// Has reports whether this process runs the role.
func (c Config) Has(role Role) bool { return slices.Contains(c.Roles, role) }

// Validate lists everything that is wrong.
func (c Config) Validate() []problem.Fault {
	faults := c.Authority.Validate()
	fault := func(field, message, remedy string) {
		faults = append(faults, problem.Fault{Field: field, Rule: "config." + field, Message: message, Remedy: remedy})
	}
	if c.Dir == "" {
		fault("dir", "No directory is named.", "Name one on a disk of its own, such as /var/lib/tocsin.")
	}
	for _, role := range c.Roles {
		if !slices.Contains(allRoles, role) {
			fault("roles", fmt.Sprintf("There is no role %q.", role), "Use core, gateway, public and console.")
		}
	}
	if c.Cluster == nil && len(c.Roles) != len(allRoles) {
		fault("roles", "Without a cluster one process runs all roles.", "Leave roles empty, or configure cluster.")
	}
	if c.Cluster != nil && (len(c.Cluster.URLs) == 0 || !slices.Contains([]int{1, 3, 5}, c.Cluster.Replicas)) {
		fault("cluster", "The cluster has no address or an odd number of replicas.", "List urls, and set replicas to 1, 3 or 5.")
	}
	if c.Has(RoleConsole) {
		faults = append(faults, c.Console.validate("console")...)
	}
	faults = append(faults, c.Keys.Validate()...)
	if c.Keys.Origin == "" && !slices.Contains(c.Keys.Release, operator.SoftwareKey) && c.consoleOrigin("0") == "" {
		fault("keys.origin", "Nobody could release: passkeys need the console's address.", "Write the address at which the console is opened, such as https://konsole.example.")
	}
	if c.OIDC != nil {
		faults = append(faults, c.OIDC.Validate()...)
		if c.Keys.Origin == "" && c.consoleOrigin("0") == "" {
			fault("keys.origin", "The sign-in service could not send people back.", "Write the address at which the console is opened, such as https://konsole.example.")
		}
	}
	if c.Has(RolePublic) {
		faults = append(faults, c.Public.validate("public")...)
	}
	if c.Public.URL != "" {
		if u, err := url.Parse(c.Public.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.HasSuffix(c.Public.URL, "/") {
			fault("public.url", fmt.Sprintf("%q is no address.", c.Public.URL), "Write it as https://warnung.example, without a slash at its end.")
		}
	}
	if c.Has(RoleGateway) {
		faults = append(faults, c.Sirens.validate()...)
		faults = append(faults, c.Sirens.validateRadio()...)
	}
	if _, err := siren.TableNamed(c.Sirens.Signals); err != nil {
		fault("sirens.signals", fmt.Sprintf("There is no table of signals %q.", c.Sirens.Signals), "Choose one that tocsin siren signals lists.")
	}
	if c.Has(RoleCore) || c.Has(RolePublic) {
		faults = append(faults, c.validateLog()...)
	}
	if c.HomeAssistant != nil {
		faults = append(faults, c.HomeAssistant.validate(c.Sirens)...)
	}
	faults = append(faults, c.Hearing.validate()...)
	seen := map[string]bool{}
	for i, w := range c.Webhooks {
		field := fmt.Sprintf("webhooks[%d]", i)
		if w.ID == "" || seen[w.ID] {
			fault(field+".id", "The receiver has no id of its own.", "Give each receiver another id.")
		}
		seen[w.ID] = true
		if u, err := url.Parse(w.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			fault(field+".url", fmt.Sprintf("%q is no address.", w.URL), "Write it as https://receiver.example/path.")
		}
		if w.SecretFile == "" {
			fault(field+".secret_file", "The receiver could not tell who sends.", "Name a file with the shared secret.")
		}
	}
	return faults
}

func (l ListenConfig) validate(field string) []problem.Fault {
	host, _, err := net.SplitHostPort(l.Listen)
	if err != nil {
		return []problem.Fault{{Field: field + ".listen", Rule: "config.listen", Message: fmt.Sprintf("%q is no address to listen on.", l.Listen), Remedy: "Write host:port, such as 127.0.0.1:8080."}}
	}
	if (l.Certificate == "") != (l.Key == "") {
		return []problem.Fault{{Field: field + ".certificate", Rule: "config.tls", Message: "Certificate and key go together.", Remedy: "Name both files, or neither."}}
	}
	if l.Certificate == "" && !l.BehindProxy && !loopback(host) {
		return []problem.Fault{{Field: field + ".listen", Rule: "config.tls", Message: fmt.Sprintf("%s would serve plain HTTP beyond this machine.", l.Listen), Remedy: "Name certificate and key, or set behind_proxy where a proxy ends TLS."}}
	}
	return nil
}

func (s SirenConfig) validate() []problem.Fault {
	var faults []problem.Fault
	fault := func(field, message, remedy string) {
		faults = append(faults, problem.Fault{Field: "sirens." + field, Rule: "config.sirens", Message: message, Remedy: remedy})
	}
	if s.SecondSigningKey != "" && s.SecondSigner != "" {
		fault("second_signer", "There are two second signers.", "Set either second_signing_key or second_signer.")
	}
	if (s.Keyset == "") != (s.Root == "") {
		fault("keyset", "A keyset needs the root that signed it.", "Name both files, keyset and root, or neither.")
	}
	switch {
	case s.Listen == "" && s.Broker == nil:
		fault("listen", "There is no way to the sirens.", "Set listen for the node's own MQTT listener, or broker for one outside.")
	case s.Listen != "" && s.Broker != nil:
		fault("broker", "There are two ways to the sirens.", "Set either listen or broker.")
	case s.Broker != nil:
		if u, err := url.Parse(s.Broker.URL); err != nil || u.Host == "" {
			fault("broker.url", fmt.Sprintf("%q is no broker address.", s.Broker.URL), "Write mqtts://host:8883, or mqtt://host:1883.")
		}
		if (s.Broker.Certificate == "") != (s.Broker.Key == "") {
			fault("broker.certificate", "Certificate and key go together.", "Name both files, or neither.")
		}
	default:
		host, _, err := net.SplitHostPort(s.Listen)
		if err != nil {
			fault("listen", fmt.Sprintf("%q is no address to listen on.", s.Listen), "Write host:port, such as 0.0.0.0:8883.")
		} else if s.EnrolListen == "" && !loopback(host) {
			fault("enrol_listen", "Sirens would connect without certificates.", "Set enrol_listen and address, or listen on a loopback address.")
		}
	}
	if s.EnrolListen == "" {
		return faults
	}
	if _, _, err := net.SplitHostPort(s.EnrolListen); err != nil {
		fault("enrol_listen", fmt.Sprintf("%q is no address to listen on.", s.EnrolListen), "Write host:port, such as 0.0.0.0:8884.")
	}
	if host, port, err := net.SplitHostPort(s.Address); err != nil || host == "" || port == "" {
		fault("address", fmt.Sprintf("%q is no address at which sirens reach the broker.", s.Address), "Write host:port, such as sirens.example:8883.")
	}
	return faults
}

func (h HomeAssistantConfig) validate(sirens SirenConfig) []problem.Fault {
	var faults []problem.Fault
	fault := func(field, message, remedy string) {
		faults = append(faults, problem.Fault{Field: "home_assistant." + field, Rule: "config.home-assistant", Message: message, Remedy: remedy})
	}
	if u, err := url.Parse(h.URL); err != nil || u.Host == "" {
		fault("url", fmt.Sprintf("%q is no broker address.", h.URL), "Write tcp://host:1883 or ssl://host:8883.")
	} else if sirens.Broker != nil && sirens.Broker.URL == h.URL {
		fault("url", "Home Assistant would be at the broker of the sirens.", "Give Home Assistant a broker of its own; whoever reads there is not to read, or fill, the sirens' topics.")
	}
	for _, region := range h.Regions {
		if parsed, err := geo.ParseARS(string(region)); err != nil || parsed != region {
			fault("regions", fmt.Sprintf("%q is no regional key in its shortest form.", region), "Give an ARS without zeros at its end, such as 12054.")
		}
	}
	return faults
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
