package identity

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWordList(t *testing.T) {
	list := strings.Fields(wordList)
	if len(list) != 1626 || !slices.IsSorted(list) {
		t.Fatalf("%d words, sorted: %v", len(list), slices.IsSorted(list))
	}
	seen := map[string]string{}
	for _, w := range list {
		if other, ok := seen[w[:prefixLength]]; ok {
			t.Errorf("%s and %s begin alike", w, other)
		}
		seen[w[:prefixLength]] = w
	}
}

// The phrase was made from the seed by another implementation of the algorithm.
const (
	knownSeed   = "0123456789abcdeffedcba9876543210"
	knownPhrase = "vexed enjoy pigment films adept voted having mops cake aces slid theatrics aces"
)

func TestKnownPhrase(t *testing.T) {
	seed, err := ParsePhrase(knownPhrase)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(seed.Expose()); got != knownSeed {
		t.Errorf("seed %s, want %s", got, knownSeed)
	}
	if got := seed.Phrase(); got != knownPhrase {
		t.Errorf("phrase %s, want %s", got, knownPhrase)
	}
	// A word that follows itself stands for a small number.
	if _, err := ParsePhrase(strings.Repeat("love ", PhraseWords)); err != nil {
		t.Errorf("one word thirteen times: %v", err)
	}
}

func TestPhraseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), SeedSize, SeedSize).Draw(t, "seed")
		seed, err := SeedFromBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePhrase(seed.Phrase())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Expose(), b) {
			t.Fatalf("%x became %x", b, again.Expose())
		}
	})
}

// People leave out letters, mix up capitals and paste odd spaces.
func TestPhraseAsPeopleTypeIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), SeedSize, SeedSize).Draw(t, "seed")
		seed, err := SeedFromBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		space := rapid.SampledFrom([]string{" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2009", "\u200b"})
		var typed strings.Builder
		typed.WriteString(rapid.SampledFrom([]string{"", "\ufeff", " \n"}).Draw(t, "lead"))
		for _, w := range strings.Fields(seed.Phrase()) {
			w = w[:rapid.IntRange(prefixLength, len(w)).Draw(t, "letters")]
			if rapid.Bool().Draw(t, "capitals") {
				w = strings.ToUpper(w)
			}
			typed.WriteString(w)
			typed.WriteString(space.Draw(t, "space"))
		}
		again, err := ParsePhrase(typed.String())
		if err != nil || !bytes.Equal(again.Expose(), b) {
			t.Fatalf("%q: %v", typed.String(), err)
		}
	})
}

func TestPhraseErrors(t *testing.T) {
	words := strings.Fields(knownPhrase)
	with := func(position int, word string) string {
		w := slices.Clone(words)
		w[position-1] = word
		return strings.Join(w, " ")
	}
	swapped := slices.Clone(words)
	swapped[0], swapped[3] = swapped[3], swapped[0]
	other := "abbey"
	if words[12] == other {
		other = "zoom"
	}
	tests := []struct {
		name, phrase string
		want         PhraseError
		text         string
	}{
		{"nothing", " \n", PhraseError{Problem: WrongCount}, "a recovery phrase has 13 words, this one has 0"},
		{"without the last word", strings.Join(words[:12], " "), PhraseError{Problem: WrongCount, Count: 12}, "a recovery phrase has 13 words, this one has 12"},
		{"one word too many", knownPhrase + " abbey", PhraseError{Problem: WrongCount, Count: 14}, "a recovery phrase has 13 words, this one has 14"},
		{"words joined", strings.ReplaceAll(knownPhrase, " ", ","), PhraseError{Problem: WrongCount, Count: 1}, "a recovery phrase has 13 words, this one has 1"},
		{"a word that is none", with(5, "Xylophon"), PhraseError{Problem: UnknownWord, Position: 5, Typed: "Xylophon", Count: 13},
			`word 5 of the recovery phrase, "Xylophon", is not in the list of words`},
		{"a misspelt ending", with(1, words[0]+"x"), PhraseError{Problem: UnknownWord, Position: 1, Typed: words[0] + "x", Count: 13},
			`word 1 of the recovery phrase, "` + words[0] + `x", is not in the list of words`},
		{"the first wrong word is named", strings.Repeat("qqq ", 13), PhraseError{Problem: UnknownWord, Position: 1, Typed: "qqq", Count: 13},
			`word 1 of the recovery phrase, "qqq", is not in the list of words`},
		{"after the last word of the list", with(2, "zzz"), PhraseError{Problem: UnknownWord, Position: 2, Typed: "zzz", Count: 13},
			`word 2 of the recovery phrase, "zzz", is not in the list of words`},
		{"too short", with(13, "ab"), PhraseError{Problem: ShortWord, Position: 13, Typed: "ab", Count: 13},
			`word 13 of the recovery phrase, "ab", is too short: at least 3 letters are needed`},
		{"escape sequence", with(3, "\x1b[2J"), PhraseError{Problem: UnknownWord, Position: 3, Typed: "\x1b[2J", Count: 13},
			`word 3 of the recovery phrase, "\x1b[2J", is not in the list of words`},
		{"very long", with(3, strings.Repeat("é", 100)), PhraseError{Problem: UnknownWord, Position: 3, Typed: strings.Repeat("é", 100), Count: 13},
			`word 3 of the recovery phrase, "` + strings.Repeat("é", 20) + `…", is not in the list of words`},
		{"check word of the list that does not fit", with(13, other), PhraseError{Problem: WrongCheckWord, Position: 13, Typed: other, Count: 13},
			`the last word of the recovery phrase, "` + other + `", does not fit the others: one of them is wrong or they are in another order`},
		// abbey, abbey, zoom: (n-1)*n^2 is above 2^32.
		{"words that cannot follow each other", strings.Join(slices.Concat(words[:3], []string{"abbey", "abbey", "zoom"}, words[6:]), " "),
			PhraseError{Problem: ImpossibleWords, Position: 4, Count: 13},
			"words 4 to 6 of the recovery phrase cannot stand together: one of them is wrong or they are in another order"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParsePhrase(tt.phrase)
			var phraseErr *PhraseError
			if !errors.As(err, &phraseErr) {
				t.Fatalf("error %v", err)
			}
			if *phraseErr != tt.want {
				t.Errorf("%#v, want %#v", *phraseErr, tt.want)
			}
			if err.Error() != tt.text {
				t.Errorf("text %q, want %q", err, tt.text)
			}
		})
	}
	if _, err := ParsePhrase(strings.Join(swapped, " ")); err == nil {
		t.Error("words in another order are accepted")
	}
}

func FuzzParsePhrase(f *testing.F) {
	f.Add(knownPhrase)
	f.Add(strings.ToUpper(knownPhrase))
	f.Add(strings.Repeat("abbey ", 13))
	f.Add("\ufeff" + strings.ReplaceAll(knownPhrase, " ", "\u3000\n"))
	f.Fuzz(func(t *testing.T, phrase string) {
		seed, err := ParsePhrase(phrase)
		if err != nil {
			var phraseErr *PhraseError
			if !errors.As(err, &phraseErr) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("error %q", err)
			}
			return
		}
		again, err := ParsePhrase(seed.Phrase())
		if err != nil || !again.Equal(seed.Bytes) {
			t.Fatalf("%q does not come back: %v", phrase, err)
		}
	})
}

func TestNewSeed(t *testing.T) {
	a, err := NewSeed(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewSeed(rand.Reader)
	if err != nil || a.Equal(b.Bytes) || a.Len() != SeedSize {
		t.Errorf("two new seeds are equal or short: %v", err)
	}
	if _, err := NewSeed(bytes.NewReader(make([]byte, 15))); err == nil {
		t.Error("a source that ends makes a seed")
	}
	if _, err := SeedFromBytes(make([]byte, 32)); err == nil {
		t.Error("32 bytes make a seed")
	}
}
