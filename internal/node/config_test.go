// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/console/openid"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/radio"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
)

func TestConfigFaultsNameFieldAndRemedy(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Config)
		field  string
	}{
		{"right", func(*Config) {}, ""},
		{"no directory", func(c *Config) { c.Dir = "" }, "dir"},
		{"unknown role", func(c *Config) { c.Roles = []Role{"king"} }, "roles"},
		{"one role without cluster", func(c *Config) { c.Roles = []Role{RoleCore} }, "roles"},
		{"cluster without address", func(c *Config) { c.Cluster = &ClusterConfig{Replicas: 3} }, "cluster"},
		{"even replicas", func(c *Config) { c.Cluster = &ClusterConfig{URLs: []string{"nats://a"}, Replicas: 2} }, "cluster"},
		{"no territory", func(c *Config) { c.Authority.Territory = nil }, "authority.territory"},
		{"one person releases", func(c *Config) { c.Authority.Policy.Releases = 1 }, "authority.policy.releases"},
		{"lapse before deadline", func(c *Config) { c.Authority.Policy.Lapse = c.Authority.Policy.Deadline }, "authority.policy.lapse"},
		{"sender with blank", func(c *Config) { c.Authority.Sender = "a b" }, "authority.sender"},
		{"no zone", func(c *Config) { c.Authority.TimeZone = "Mars/Olympus" }, "authority.time_zone"},
		{"mixed realm", func(c *Config) { c.Authority.Realm = authority.Realm("both") }, "authority.realm"},
		{"plain HTTP to the world", func(c *Config) { c.Console.Listen = "0.0.0.0:80" }, "console.listen"},
		{"certificate without key", func(c *Config) { c.Console.Certificate = "a.pem" }, "console.certificate"},
		{"a proxy before passkeys without an address", func(c *Config) { c.Console.BehindProxy = true }, "keys.origin"},
		{"a core apart without an address for passkeys", func(c *Config) { c.Roles = []Role{RoleCore} }, "keys.origin"},
		{"a proxy without passkeys", func(c *Config) {
			c.Console.BehindProxy, c.Keys.Release = true, []operator.KeyType{operator.SoftwareKey}
		}, ""},
		{"signals of Austria", func(c *Config) { c.Sirens.Signals = "at" }, ""},
		{"signals of nobody", func(c *Config) { c.Sirens.Signals = "fr" }, "sirens.signals"},
		{"radios of all kinds and receivers", func(c *Config) { c.Sirens.Radio, c.Sirens.Receivers = radios(), receivers() }, ""},
		{"a transmitter without a name", func(c *Config) { c.Sirens.Radio = radios(); c.Sirens.Radio[1].Name = "" }, "sirens.radio[1].name"},
		{"two of one name", func(c *Config) { c.Sirens.Radio = append(radios(), radios()[0]) }, "sirens.radio[3].name"},
		{"sound that goes nowhere", func(c *Config) { c.Sirens.Radio = radios(); c.Sirens.Radio[0].Folder = "" }, "sirens.radio[0]"},
		{"sound that goes to two places", func(c *Config) { c.Sirens.Radio = radios(); c.Sirens.Radio[0].Samples = "x" }, "sirens.radio[0]"},
		{"a function that there is not", func(c *Config) {
			c.Sirens.Radio = radios()
			c.Sirens.Radio[0].Functions = map[string]string{"warning": "E"}
		}, "sirens.radio[0]"},
		{"a signal that there is not", func(c *Config) {
			c.Sirens.Radio = radios()
			c.Sirens.Radio[0].Functions = map[string]string{"opera": "C"}
		}, "sirens.radio[0]"},
		{"a double tone that there is not", func(c *Config) {
			c.Sirens.Radio = radios()
			c.Sirens.Radio[1].Signals = map[string]string{"warning": "opera"}
		}, "sirens.radio[1]"},
		{"a radio without a port", func(c *Config) { c.Sirens.Radio = radios(); c.Sirens.Radio[2].Device = "" }, "sirens.radio[2]"},
		{"a radio of no kind", func(c *Config) { c.Sirens.Radio = radios(); c.Sirens.Radio[0].Kind = siren.PathMQTT }, "sirens.radio[0]"},
		{"a receiver with two sources", func(c *Config) { c.Sirens.Receivers = receivers(); c.Sirens.Receivers[0].Samples = "x" }, "sirens.receivers[0]"},
		{"a receiver that looks for nothing", func(c *Config) { c.Sirens.Receivers = receivers(); c.Sirens.Receivers[0].Demodulators = nil }, "sirens.receivers[0].demodulators"},
		{"a receiver without a name", func(c *Config) { c.Sirens.Receivers = receivers(); c.Sirens.Receivers[0].Name = "" }, "sirens.receivers[0].name"},
		{"no such model of hearing", func(c *Config) { c.Hearing.Model = "guess" }, "hearing"},
		{"a level that nobody hears", func(c *Config) { c.Hearing.Level = 7 }, "hearing.level"},
		{"no wait at all", func(c *Config) { c.Sirens.Waits = route.Waits{siren.PathMQTT: 0} }, "sirens.waits"},
		{"a wait for nothing", func(c *Config) { c.Sirens.Waits = route.Waits{"pigeon": time.Minute} }, "sirens.waits"},
		{"a kind of key that there is not", func(c *Config) { c.Keys.Release = []operator.KeyType{"stamp"} }, "keys.release"},
		{"a sign-in service that nobody comes back from", func(c *Config) {
			c.Console.BehindProxy, c.Keys.Release = true, []operator.KeyType{operator.SoftwareKey}
			c.OIDC = &openid.Config{Issuer: "https://id.example", ClientID: "tocsin"}
		}, "keys.origin"},
		{"a sign-in service without an id", func(c *Config) { c.OIDC = &openid.Config{Issuer: "https://id.example"} }, "oidc.client_id"},
		{"a break-glass key in the list", func(c *Config) { c.Keys.Release = []operator.KeyType{operator.BreakGlassKey} }, "keys.release"},
		{"public address with slash", func(c *Config) { c.Public.URL = "https://warnung.example/" }, "public.url"},
		{"sirens without TLS", func(c *Config) { c.Sirens.Listen = "0.0.0.0:1883" }, "sirens.enrol_listen"},
		{"no name for the sirens' certificates", func(c *Config) { c.Sirens.EnrolListen = "0.0.0.0:8884" }, "sirens.address"},
		{"an enrolment without a port", func(c *Config) { c.Sirens.EnrolListen, c.Sirens.Address = "here", "sirens.example:8883" }, "sirens.enrol_listen"},
		{"a broker's certificate without key", func(c *Config) {
			c.Sirens.Listen, c.Sirens.Broker = "", &BrokerConfig{URL: "mqtts://x:8883", Certificate: "a.pem"}
		}, "sirens.broker.certificate"},
		{"no way to sirens", func(c *Config) { c.Sirens.Listen = "" }, "sirens.listen"},
		{"Home Assistant nowhere", func(c *Config) { c.HomeAssistant = &HomeAssistantConfig{} }, "home_assistant.url"},
		{"Home Assistant at the sirens' broker", func(c *Config) {
			broker := BrokerConfig{URL: "tcp://b:1883"}
			c.Sirens.Listen, c.Sirens.Broker, c.HomeAssistant = "", &broker, &HomeAssistantConfig{BrokerConfig: broker}
		}, "home_assistant.url"},
		{"Home Assistant for no region", func(c *Config) {
			c.HomeAssistant = &HomeAssistantConfig{BrokerConfig: BrokerConfig{URL: "tcp://b:1883"}, Regions: []geo.ARS{"120540000000"}}
		}, "home_assistant.regions"},
		{"two ways to sirens", func(c *Config) { c.Sirens.Broker = &BrokerConfig{URL: "tcp://b:1883"} }, "sirens.broker"},
		{"webhook without secret", func(c *Config) { c.Webhooks = []WebhookConfig{{ID: "a", URL: "https://r.example"}} }, "webhooks[0].secret_file"},
		{"webhook twice", func(c *Config) {
			c.Webhooks = []WebhookConfig{{ID: "a", URL: "https://r.example", SecretFile: "s"}, {ID: "a", URL: "https://r.example", SecretFile: "s"}}
		}, "webhooks[1].id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := brandenburg("/somewhere")
			test.change(&config)
			faults := config.Validate()
			if test.field == "" {
				if len(faults) > 0 {
					t.Errorf("faults in a right configuration: %+v", faults)
				}
				return
			}
			if !slices.ContainsFunc(faults, func(f problem.Fault) bool { return f.Field == test.field && f.Remedy != "" }) {
				t.Errorf("no fault names %s: %+v", test.field, faults)
			}
		})
	}
}

// The complete file in the documentation is a right one.
func TestDocumentedConfigIsRight(t *testing.T) {
	config, policy := documented(t, "config.md"), documented(t, "policy.md")
	joined := strings.Replace(config, "authority: {}                     # see policy.md\n", policy, 1)
	parsed, err := ParseConfig([]byte(joined))
	if err != nil {
		t.Fatal(err)
	}
	if faults := parsed.Validate(); len(faults) > 0 {
		t.Errorf("%+v", faults)
	}
}

func documented(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/formats/" + name)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(raw), "```yaml\n")
	block, _, closed := strings.Cut(after, "```")
	if !found || !closed {
		t.Fatalf("%s shows no YAML", name)
	}
	return block
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("dir: here\n"))
	f.Add([]byte("authority: {territory: [\"12\"], policy: {deadline: 5m}}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		config, err := ParseConfig(raw)
		if err == nil {
			config.Validate()
		}
	})
}

// radios are transmitters of all kinds.
func radios() []TransmitterConfig {
	return []TransmitterConfig{
		{Name: "north", Kind: siren.PathPOCSAG, Folder: "calls", Functions: map[string]string{"warning": "C"}},
		{Name: "south", Kind: siren.PathTones, Command: []string{"transmit"}, Signals: map[string]string{"fire-12": "fire"}},
		{Name: "radio", Kind: siren.PathTETRA, Device: "/dev/ttyUSB0", Messages: map[string]radio.TETRASignal{"warning": {Text: "2{sub}"}}},
	}
}

func receivers() []ReceiverConfig {
	return []ReceiverConfig{{Name: "tower", Source: []string{"rtl_fm"}, Demodulators: []string{"POCSAG1200"}}}
}
