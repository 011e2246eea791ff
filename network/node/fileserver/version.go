package fileserver

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"filippo.io/edwards25519"
)

// version tells the newest release of an app. Whoever asks may sign, with a key
// made for that; a signature must be right then.
func (s *Server) version(r request) response {
	query, _ := url.ParseQuery(r.query) // what cannot be read is not there
	platform := query.Get("platform")
	if !slices.Contains([]string{"desktop", "android", "ios"}, platform) {
		return status(http.StatusNotFound)
	}
	now := time.Now()
	if code, err := r.checkSigner(now); err != nil {
		return text(code, "Invalid authentication: "+err.Error())
	}
	release, ok := s.o.Releases[platform]
	if !ok {
		return status(http.StatusBadGateway)
	}
	return data(http.StatusOK, map[string]any{"status_code": http.StatusOK, "updated": seconds(now), "result": release})
}

const maxSkew = 24 * time.Hour // of the clock of whoever signs

// checkSigner checks the signature, if there is one, over timestamp, method and
// path with query.
func (r request) checkSigner(now time.Time) (code int, err error) {
	var given [3]string
	missing := 0
	for i, name := range []string{"x-fs-pubkey", "x-fs-timestamp", "x-fs-signature"} {
		if given[i] = r.headers[name]; given[i] == "" {
			missing++
		}
	}
	switch missing {
	case 0:
	case len(given):
		return 0, nil
	default:
		return http.StatusBadRequest, errors.New("a part of it is missing")
	}
	id, err := decode(given[0], 1+ed25519.PublicKeySize)
	if err != nil || id[0] != 0x07 {
		return http.StatusBadRequest, errors.New("the key is not 66 hexadecimal digits that begin with 07")
	}
	key := ed25519.PublicKey(id[1:])
	if _, err := new(edwards25519.Point).SetBytes(key); err != nil {
		return http.StatusBadRequest, errors.New("the key is not one of Ed25519")
	}
	signature, err := decode(given[2], ed25519.SignatureSize)
	if err != nil {
		return http.StatusBadRequest, errors.New("the signature is not 64 bytes in base64")
	}
	ts, err := strconv.ParseInt(given[1], 10, 64)
	if err != nil {
		return http.StatusBadRequest, errors.New("the timestamp is not a number of seconds")
	}
	if d := now.Unix() - ts; d < -int64(maxSkew/time.Second) || d > int64(maxSkew/time.Second) {
		return http.StatusTooEarly, errors.New("the timestamp is too far from now")
	}
	signed := strconv.FormatInt(ts, 10) + r.method + r.path
	if r.query != "" {
		signed += "?" + r.query
	}
	if !ed25519.Verify(key, []byte(signed), signature) {
		return http.StatusUnauthorized, errors.New("the signature is wrong")
	}
	return 0, nil
}

// decode reads so many bytes in hexadecimal or in base64, padded or not.
func decode(s string, size int) ([]byte, error) {
	if len(s) == 2*size {
		return hex.DecodeString(s)
	}
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	if err == nil && len(b) != size {
		err = errors.New("wrong length")
	}
	return b, err
}
