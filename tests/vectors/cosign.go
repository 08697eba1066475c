// Judges cosignatures (C2SP tlog-cosignature, Ed25519) with golang.org/x/mod/sumdb/note.
// Reads notes and a witness's key as JSON on standard input. Writes which notes hold, and the
// line that a witness in Go writes over the same text.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

type asked struct {
	Log     string   `json:"log"`
	Witness string   `json:"witness"`
	Seed    string   `json:"seed"`
	Text    string   `json:"text"`
	At      uint64   `json:"at"`
	Notes   []string `json:"notes"`
}

type answers struct {
	Line string `json:"line"`
	Vkey string `json:"vkey"`
	Held []bool `json:"held"`
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type cosigner struct {
	name string
	key  ed25519.PublicKey
}

func (c cosigner) Name() string { return c.name }

func (c cosigner) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key...))
	return binary.BigEndian.Uint32(sum[:4])
}

func message(at uint64, text []byte) []byte {
	return append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", at)), text...)
}

func (c cosigner) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(c.key, message(binary.BigEndian.Uint64(sig), text), sig[8:])
}

type signer struct {
	cosigner
	private ed25519.PrivateKey
	at      uint64
}

func (s signer) Sign(text []byte) ([]byte, error) {
	sig := binary.BigEndian.AppendUint64(nil, s.at)
	return append(sig, ed25519.Sign(s.private, message(s.at, text))...), nil
}

func main() {
	var in asked
	must(json.NewDecoder(os.Stdin).Decode(&in))
	seed, err := hex.DecodeString(in.Seed)
	must(err)
	private := ed25519.NewKeyFromSeed(seed)
	witness := cosigner{in.Witness, private.Public().(ed25519.PublicKey)}
	log, err := note.NewVerifier(in.Log)
	must(err)

	var out answers
	signed, err := note.Sign(&note.Note{Text: in.Text}, signer{witness, private, in.At})
	must(err)
	out.Line = strings.TrimPrefix(string(signed), in.Text+"\n")
	key := base64.StdEncoding.EncodeToString(append([]byte{4}, witness.key...))
	out.Vkey = fmt.Sprintf("%s+%08x+%s", in.Witness, witness.KeyHash(), key)
	for _, one := range in.Notes {
		opened, err := note.Open([]byte(one), note.VerifierList(log, witness))
		out.Held = append(out.Held, err == nil && len(opened.Sigs) == 2)
	}
	must(json.NewEncoder(os.Stdout).Encode(out))
}
