// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

// The inputs that an agent knows.
const (
	inputMains       = "mains"       // on: there is mains power
	inputBattery     = "battery"     // on: the battery can carry a warning
	inputDoor        = "door"        // on: the cabinet is open
	inputHorn        = "horn"        // on: the horn sounds
	inputManual      = "manual"      // on: somebody sounds the siren at the site
	inputStop        = "stop"        // on: somebody wants silence at the site
	inputFault       = "fault"       // on: motor or amplifier report a fault
	inputTemperature = "temperature" // a number
)

var inputNames = []string{inputMains, inputBattery, inputDoor, inputHorn, inputManual, inputStop, inputFault, inputTemperature}

var (
	idPattern        = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)
	authorityPattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

// faults gathers what is wrong with a configuration.
type faults []problem.Fault

func (f *faults) add(field, message, remedy string) {
	*f = append(*f, problem.Fault{Field: field, Rule: "config." + field, Message: message, Remedy: remedy})
}

// Validate lists everything that is wrong. grant is what an enrolment gave; nil
// for a siren that was not enrolled, which has to be told everything.
func (c Config) Validate(grant *enrolment.Grant) []problem.Fault {
	var f faults
	if grant == nil {
		c.checkIdentity(&f)
	} else {
		c.compare(*grant, &f)
	}
	if c.State == "" {
		f.add("state", "No directory is named.", "Name one on a disk that survives a power cut, such as /var/lib/tocsin-agent.")
	}
	c.checkBrokers(grant != nil, &f)
	for i, command := range c.Receivers {
		if len(command) == 0 || strings.TrimSpace(command[0]) == "" {
			f.add(fmt.Sprintf("receivers[%d]", i), "The receiver has no program.", "Begin the list with its path.")
		}
	}
	granted := grant != nil && len(grant.Keyset)+len(grant.Keys) > 0
	if len(c.Keys) == 0 && c.Keyset == "" && !granted {
		f.add("keyset", "The siren would obey nobody.", "Name the file with the authority's root and keyset, or list the authority's keys.")
	}
	if len(c.Keys) > 0 && (c.Keyset != "" || granted) {
		f.add("keys", "Keys are listed beside those of a keyset or an enrolment.", "Leave keys out.")
	}
	for i, k := range c.Keys {
		k.check(fmt.Sprintf("keys[%d]", i), &f)
	}
	checkSignals(c.Signals, &f)
	c.Horn.check(&f)
	for _, name := range slices.Sorted(maps.Keys(c.Inputs)) {
		if !slices.Contains(inputNames, name) {
			f.add("inputs."+name, fmt.Sprintf("There is no input %q.", name), "Use "+strings.Join(inputNames, ", ")+".")
			continue
		}
		c.Inputs[name].check("inputs."+name, name == inputTemperature, &f)
	}
	return f
}

func (c Config) checkIdentity(f *faults) {
	const enrol = " Or enrol the siren, and leave it out."
	if !idPattern.MatchString(c.Siren) {
		f.add("siren", fmt.Sprintf("%q is no id of a siren.", c.Siren), "Give the id that the registry has, 1 to 40 letters, digits and hyphens."+enrol)
	}
	if c.Number == 0 {
		f.add("number", "The siren's number is missing.", "Give the number that the registry has; frames for single sirens name it."+enrol)
	}
	f.region("ars", c.ARS, "Give the Amtlicher Regionalschlüssel of the Gemeinde that the registry has."+enrol)
	if !authorityPattern.MatchString(c.Authority) {
		f.add("authority", fmt.Sprintf("%q is no id of an authority.", c.Authority), "Give the id that the node's configuration has, such as de-bb."+enrol)
	}
}

// compare holds what the configuration says to what the enrolment gave.
func (c Config) compare(grant enrolment.Grant, f *faults) {
	for _, field := range []struct{ name, own, granted string }{
		{"siren", c.Siren, grant.Siren},
		{"number", numbered(c.Number), numbered(grant.Number)},
		{"ars", string(c.ARS), string(grant.ARS)},
		{"authority", c.Authority, grant.Authority},
	} {
		if field.own != "" && field.own != field.granted {
			f.add(field.name, fmt.Sprintf("The siren was enrolled with %s, and here stands %s.", field.granted, field.own), "Leave it out, or enrol the siren anew.")
		}
	}
}

func (f *faults) region(field string, ars geo.ARS, remedy string) {
	if parsed, err := geo.ParseARS(string(ars)); err != nil || parsed != ars {
		f.add(field, fmt.Sprintf("%q is no regional key in its shortest form.", ars), remedy)
	}
}

func numbered(n uint32) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(n), 10)
}

func (c Config) checkBrokers(enrolled bool, f *faults) {
	if len(c.Brokers) == 0 && !enrolled {
		if len(c.Receivers) == 0 {
			f.add("brokers", "There is no broker to connect to.", "Enrol the siren, name the node's listener, such as mqtts://sirens.example:8883, or a receiver.")
		}
		return // a siren that only listens signs in nowhere
	}
	for i, address := range c.Brokers {
		field := fmt.Sprintf("brokers[%d]", i)
		u, err := url.Parse(address)
		if err != nil || u.Port() == "" || u.Hostname() == "" || u.Scheme != "mqtts" && u.Scheme != "mqtt" {
			f.add(field, fmt.Sprintf("%q is no address of a broker.", address), "Write mqtts://HOST:PORT.")
			continue
		}
		if ip := net.ParseIP(u.Hostname()); u.Scheme == "mqtt" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			f.add(field, "Frames and states would cross a network in the open.", "Write mqtts:// for TLS; mqtt:// is for brokers on the board itself.")
		}
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		f.add("tls", "Certificate and key belong together, and only one of them is named.", "Name both files, or neither.")
	}
	if c.TLS.Certificate == "" && c.PasswordFile == "" && !enrolled {
		f.add("tls.certificate", "The siren has nothing to sign in with.", "Enrol it, name its certificate and key, or a password_file for brokers that ask for a password.")
	}
}

func (k KeyConfig) check(field string, f *faults) {
	if _, err := k.issuer(); err != nil {
		f.add(field, "This is no key: "+err.Error()+".", "Give the 32 bytes of the authority's Ed25519 key in base64, and of the actions sound, stop, test and beacon.")
	}
	if len(k.Territory) == 0 {
		f.add(field+".territory", "The key commands nowhere.", "List the regions of the authority, such as [\"12\"].")
	}
	for i, region := range k.Territory {
		f.region(fmt.Sprintf("%s.territory[%d]", field, i), region, "Give a Regionalschlüssel of 2, 3, 5, 9 or 12 digits, in quotation marks.")
	}
}

// issuer is the key that the fields mean.
func (k KeyConfig) issuer() (siren.Issuer, error) {
	raw, err := base64.StdEncoding.DecodeString(k.PublicKey)
	if err != nil {
		return siren.Issuer{}, fmt.Errorf("%q is not base64", k.PublicKey)
	}
	key := enrolment.Key{PublicKey: raw, Epoch: k.Epoch, Territory: k.Territory, Actions: k.Actions}
	if len(key.Actions) == 0 {
		key = enrolment.KeyOf(siren.Issuer{PublicKey: raw, Epoch: k.Epoch, Territory: k.Territory, Actions: siren.AllActions})
	}
	return key.Issuer()
}

// keys is whom a siren obeys whose authority has no root.
func (c Config) keys(grant *enrolment.Grant) (trust siren.Trust, err error) {
	add := func(issuer siren.Issuer, err error) error {
		if err != nil {
			return problem.Wrap(err, problem.Unreadable, "A key that the siren is to obey cannot be used.", "Correct keys, or enrol the siren anew.")
		}
		trust.Keyset.Issuers = append(trust.Keyset.Issuers, issuer)
		return nil
	}
	for _, k := range c.Keys {
		err = errors.Join(err, add(k.issuer()))
	}
	if grant != nil {
		for _, k := range grant.Keys {
			err = errors.Join(err, add(k.Issuer()))
		}
	}
	return trust, err
}

func checkSignals(signals []SignalConfig, f *faults) {
	numbers, names := map[uint8]bool{}, map[string]bool{}
	for i, s := range signals {
		field := fmt.Sprintf("signals[%d]", i)
		if s.Number == 0 || numbers[s.Number] {
			f.add(field+".number", fmt.Sprintf("The number %d is none, or that of another signal.", s.Number), "Give every signal a number of its own, from 1 to 255.")
		}
		if strings.TrimSpace(s.Name) == "" || names[s.Name] {
			f.add(field+".name", fmt.Sprintf("The name %q is none, or that of another signal.", s.Name), "Give every signal a name of its own.")
		}
		numbers[s.Number], names[s.Name] = true, true
		if len(s.Segments) == 0 {
			f.add(field+".segments", "The signal has no segments.", "List tones and seconds, such as {tone: wail, seconds: 60}.")
		}
		for j, segment := range s.Segments {
			segment.check(fmt.Sprintf("%s.segments[%d]", field, j), s.Test, f)
		}
		if d := s.signal().Duration(); d > siren.MaxSound {
			f.add(field+".segments", fmt.Sprintf("The signal takes %v; sirens refuse more than %v.", d, siren.MaxSound), "Shorten it.")
		}
	}
}

func (s SegmentConfig) check(field string, test bool, f *faults) {
	if test && s.Tone.Alarming() {
		f.add(field+".tone", "A test must not sound like an alarm.", "Use off and growl.")
	}
	if !s.Tone.Alarming() && s.Tone != siren.ToneOff && s.Tone != siren.ToneGrowl {
		f.add(field+".tone", fmt.Sprintf("There is no tone %q.", s.Tone), "Use steady, wail, low, growl or off.")
	}
	// Written so that a NaN is refused too.
	if !(s.Seconds > 0 && s.Seconds <= siren.MaxSound.Seconds()) {
		f.add(field+".seconds", fmt.Sprintf("%g s is no length of a segment.", s.Seconds), "Give seconds, more than 0.")
	}
}

func (s SignalConfig) signal() siren.Signal {
	signal := siren.Signal{Number: s.Number, Name: s.Name, Test: s.Test}
	for _, segment := range s.Segments {
		signal.Segments = append(signal.Segments, siren.Segment{Tone: segment.Tone, Seconds: segment.Seconds})
	}
	return signal
}

// signals is what the siren can give: what the configuration lists, else what the
// registry named at the enrolment, else what is usual in Germany.
func (c Config) signals(grant *enrolment.Grant) siren.Signals {
	var table siren.Signals
	for _, s := range c.Signals {
		table = append(table, s.signal())
	}
	if len(table) == 0 && grant != nil {
		for _, s := range siren.AllSignals() {
			if slices.Contains(grant.Signals, s.Name) {
				table = append(table, s)
			}
		}
	}
	if len(table) == 0 {
		return siren.GermanSignals()
	}
	return table
}

func (h HornConfig) check(f *faults) {
	switch {
	case len(h.Command) == 0 && h.Lines == nil:
		f.add("horn", "There is nothing to make the siren sound with.", "Give command or lines.")
	case len(h.Command) > 0 && h.Lines != nil:
		f.add("horn", "The siren would be driven by a command and by lines at once.", "Give either command or lines.")
	case len(h.Command) > 0 && strings.TrimSpace(h.Command[0]) == "":
		f.add("horn.command", "The command has no program.", "Begin the list with its path.")
	case len(h.Stop) > 0 && h.Lines != nil:
		f.add("horn.stop", "Lines are switched off without a command.", "Leave stop out.")
	}
	if l := h.Lines; l != nil {
		if l.Chip == "" || l.Steady == nil {
			f.add("horn.lines", "Chip or line are missing.", "Give chip, such as /dev/gpiochip0, and the offset of the line as steady.")
		}
		if l.Steady != nil && l.Wail != nil && *l.Steady == *l.Wail {
			f.add("horn.lines.wail", "The line is that of the steady tone.", "Leave wail out for a motor: it is switched on and off for the rising and falling tone.")
		}
	}
	for name, d := range map[string]time.Duration{"wail.on": h.Wail.On, "wail.off": h.Wail.Off, "heard": h.Heard, "coast": h.Coast} {
		if d < 100*time.Millisecond || d > 2*time.Minute {
			f.add("horn."+name, fmt.Sprintf("%v is not between 100ms and 2m.", d), "Write a time such as 3s.")
		}
	}
}

func (in InputConfig) check(field string, number bool, f *faults) {
	ways := 0
	for _, given := range []bool{in.Line != nil, in.File != "", len(in.Command) > 0} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		f.add(field, fmt.Sprintf("The input has %d sources.", ways), "Give exactly one of line, file and command.")
	}
	if (in.Line != nil) != (in.Chip != "") {
		f.add(field+".chip", "A line needs its chip, and a chip a line.", "Give both, such as chip: /dev/gpiochip0 and line: 17.")
	}
	if in.Line != nil && (number || in.Above != nil) {
		f.add(field, "A line gives no number.", "Use file or command.")
	}
	if in.Interval < 20*time.Millisecond || in.Interval > time.Hour {
		f.add(field+".interval", fmt.Sprintf("%v is not between 20ms and 1h.", in.Interval), "Write a time such as 1s.")
	}
}

// missing lists what the configuration names and this board does not have.
func (c Config) missing() []problem.Fault {
	var f faults
	program := func(field string, command []string) {
		if len(command) == 0 {
			return
		}
		if _, err := exec.LookPath(command[0]); err != nil {
			f.add(field, err.Error()+".", "Correct the path, and give the agent's user the right to run it.")
		}
	}
	file := func(field, path string) {
		if path == "" {
			return
		}
		if _, err := os.Stat(path); err != nil {
			f.add(field, err.Error()+".", "Correct the path.")
		}
	}
	program("horn.command", c.Horn.Command)
	program("horn.stop", c.Horn.Stop)
	if c.Horn.Lines != nil {
		file("horn.lines.chip", c.Horn.Lines.Chip)
	}
	for i, command := range c.Receivers {
		program(fmt.Sprintf("receivers[%d]", i), command)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Inputs)) {
		in := c.Inputs[name]
		file("inputs."+name+".chip", in.Chip)
		file("inputs."+name+".file", in.File)
		program("inputs."+name+".command", in.Command)
	}
	file("watchdog.device", c.Watchdog.Device)
	return f
}
