// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Config is everything that an agent is told; docs/formats/siren-agent.md shows
// a complete file.
type Config struct {
	// Siren is the id in the registry, Number the number, ARS the region. They,
	// Authority, Brokers and the keys come with an enrolment, and are left out then.
	Siren  string  `yaml:"siren"`
	Number uint32  `yaml:"number"`
	ARS    geo.ARS `yaml:"ars"`
	// Authority is the id in the topics.
	Authority string `yaml:"authority"`
	// State is the directory of what must not be forgotten: counters and the
	// device's own key. It belongs to one agent at a time.
	State string `yaml:"state"`
	// Brokers are tried in their order.
	Brokers []string  `yaml:"brokers"`
	TLS     TLSConfig `yaml:"tls"`
	// Receivers are programs that print frames from other ways, such as a radio.
	Receivers [][]string `yaml:"receivers"`
	// PasswordFile is for brokers that ask for a password.
	PasswordFile string `yaml:"password_file"`
	// Keyset is a file with the root and the keyset that the siren obeys at first,
	// Keys are those of a siren without a root.
	Keyset string      `yaml:"keyset"`
	Keys   []KeyConfig `yaml:"keys"`
	// Signals replaces the German table.
	Signals  []SignalConfig         `yaml:"signals"`
	Horn     HornConfig             `yaml:"horn"`
	Inputs   map[string]InputConfig `yaml:"inputs"`
	Watchdog WatchdogConfig         `yaml:"watchdog"`
}

// TLSConfig names PEM files.
type TLSConfig struct {
	// CA holds the authorities that broker certificates are held to; the system's
	// own when empty.
	CA string `yaml:"ca"`
	// Certificate and Key are the siren's own. They are read anew for every
	// connection, so that they can be renewed under a running agent.
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// KeyConfig is a key that may command the siren.
type KeyConfig struct {
	// PublicKey is the Ed25519 key in base64.
	PublicKey string    `yaml:"public_key"`
	Epoch     uint16    `yaml:"epoch"`
	Territory []geo.ARS `yaml:"territory"`
	// Actions are sound, stop, test and beacon; all of them when empty.
	Actions []string `yaml:"actions"`
}

// SignalConfig is a signal that the siren can give.
type SignalConfig struct {
	Number   uint8           `yaml:"number"`
	Name     string          `yaml:"name"`
	Test     bool            `yaml:"test"`
	Segments []SegmentConfig `yaml:"segments"`
}

// SegmentConfig is one part of a signal.
type SegmentConfig struct {
	Tone    siren.Tone `yaml:"tone"`
	Seconds float64    `yaml:"seconds"`
}

// HornConfig is how the siren is made to sound: by a command or by lines.
type HornConfig struct {
	// Command is started for every signal, with the signal's name as its last
	// argument. It is ended with the signal.
	Command []string `yaml:"command"`
	// Stop is a command that is run after every signal and whenever silence is
	// ordered; empty where ending Command is enough.
	Stop  []string    `yaml:"stop"`
	Lines *LineConfig `yaml:"lines"`
	// Wail is how a motor without a line of its own for the rising and falling
	// tone is switched on and off for it.
	Wail CycleConfig `yaml:"wail"`
	// Heard is within what time the horn input must hear a signal that began.
	Heard time.Duration `yaml:"heard"`
	// Coast is for how long the horn may still be heard after it was switched off.
	Coast time.Duration `yaml:"coast"`
}

// LineConfig is the lines of a GPIO chip that switch the horn.
type LineConfig struct {
	Chip string `yaml:"chip"`
	// Steady is the line of the motor or of the steady tone; Wail that of a
	// rising and falling tone, if the siren makes it by itself.
	Steady    *uint32 `yaml:"steady"`
	Wail      *uint32 `yaml:"wail"`
	ActiveLow bool    `yaml:"active_low"`
}

// CycleConfig is a motor switched on and off in turn.
type CycleConfig struct {
	On  time.Duration `yaml:"on"`
	Off time.Duration `yaml:"off"`
}

// InputConfig is where one input comes from: exactly one of a line, a file and a command.
type InputConfig struct {
	Chip      string  `yaml:"chip"`
	Line      *uint32 `yaml:"line"`
	ActiveLow bool    `yaml:"active_low"`

	File    string   `yaml:"file"`
	Command []string `yaml:"command"`

	// Interval is how often it is read.
	Interval time.Duration `yaml:"interval"`
	// On is what the file or the command's output holds when the input is on; "1"
	// when empty.
	On string `yaml:"on"`
	// Above makes a number of it: the input is on above this value.
	Above *float64 `yaml:"above"`
	// Invert turns on into off.
	Invert bool `yaml:"invert"`
	// Scale makes degrees Celsius of the number; for the temperature alone, as is Limit.
	Scale float64 `yaml:"scale"`
	// Limit is the temperature above which the siren reports that it is too hot.
	Limit float64 `yaml:"limit"`
}

// WatchdogConfig is what restarts a board whose agent hangs.
type WatchdogConfig struct {
	// Device is fed while all is well, such as /dev/watchdog; empty for none.
	Device string `yaml:"device"`
}

// The defaults.
const (
	// defaultCycle is an assumption: makers of motor sirens name times between 2 s
	// and 4 s for on and off. Set what belongs to the motor.
	defaultCycle        = 3 * time.Second
	defaultHeard        = 4 * time.Second
	defaultCoast        = 20 * time.Second
	defaultTemperature  = 80
	defaultLineInterval = 100 * time.Millisecond
	defaultFileInterval = time.Second
	defaultRunInterval  = 10 * time.Second
)

// LoadConfig reads and checks a configuration file, and with it what an enrolment
// left in the state directory. Relative paths in it are relative to the file. Its
// error is a *problem.Error that lists every fault.
func LoadConfig(path string) (Config, error) {
	config, err := readConfig(path)
	if err != nil {
		return Config{}, err
	}
	keeper, err := openKeeper(config)
	if err != nil {
		return Config{}, err
	}
	return config, problem.InvalidFaults(fmt.Sprintf("The configuration %s is not right.", path), config.Validate(grantOf(keeper)))
}

func readConfig(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The configuration %s cannot be read.", path), "Check the path and its permissions.")
	}
	config, err := ParseConfig(raw)
	if err != nil {
		return Config{}, err
	}
	config.relativeTo(filepath.Dir(path))
	return config, nil
}

// ParseConfig reads a configuration and fills defaults. Unknown fields are
// refused, each with its line.
func ParseConfig(raw []byte) (Config, error) {
	var config Config
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(&config); err != nil && !errors.Is(err, io.EOF) {
		refusal := problem.Wrap(err, problem.Unreadable, "The configuration is not the YAML that is expected.", "Compare it with docs/formats/siren-agent.md.")
		if several, ok := errors.AsType[*yaml.TypeError](err); ok {
			refusal.Err = nil
			for _, fault := range several.Errors {
				refusal.Faults = append(refusal.Faults, problem.Fault{Rule: "config.yaml", Message: fault})
			}
		}
		return Config{}, refusal
	}
	return config.withDefaults(), nil
}

func (c Config) withDefaults() Config {
	fill := func(value *time.Duration, standard time.Duration) {
		if *value == 0 {
			*value = standard
		}
	}
	fill(&c.Horn.Wail.On, defaultCycle)
	fill(&c.Horn.Wail.Off, defaultCycle)
	fill(&c.Horn.Heard, defaultHeard)
	fill(&c.Horn.Coast, defaultCoast)
	for name, in := range c.Inputs {
		switch {
		case len(in.Command) > 0:
			fill(&in.Interval, defaultRunInterval)
		case in.File != "":
			fill(&in.Interval, defaultFileInterval)
		default:
			fill(&in.Interval, defaultLineInterval)
		}
		if in.On == "" {
			in.On = "1"
		}
		if in.Scale == 0 {
			in.Scale = 1
		}
		if in.Limit == 0 {
			in.Limit = defaultTemperature
		}
		c.Inputs[name] = in
	}
	return c
}

func (c *Config) relativeTo(dir string) {
	for _, path := range []*string{&c.State, &c.TLS.CA, &c.TLS.Certificate, &c.TLS.Key, &c.PasswordFile, &c.Keyset} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
}
