package fileserver

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"testing"
	"time"
)

func TestVersion(t *testing.T) {
	inWorld(t, Options{Releases: map[string]string{"desktop": "1.17.4"}}, func(w *world) {
		key := ed25519.NewKeyFromSeed(make([]byte, 32))
		id := "07" + hex.EncodeToString(key.Public().(ed25519.PublicKey))
		const path = "/session_version?platform=desktop&release_channel=stable"
		at := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
		sign := func(id, ts, text string) map[string]string {
			return map[string]string{
				"X-FS-Pubkey": id, "X-FS-Timestamp": ts,
				"X-FS-Signature": base64.StdEncoding.EncodeToString(ed25519.Sign(key, []byte(text))),
			}
		}
		good := sign(id, at(0), at(0)+"GET"+path)
		without := func(name string) map[string]string {
			m := map[string]string{}
			for k, v := range good {
				if k != name {
					m[k] = v
				}
			}
			return m
		}
		day := 24 * time.Hour
		for name, tt := range map[string]struct {
			path    string
			headers map[string]string
			code    int
		}{
			"signed":               {path, good, 200},
			"unsigned":             {path, nil, 200},
			"almost a day ago":     {path, sign(id, at(-day), at(-day)+"GET"+path), 200},
			"in almost a day":      {path, sign(id, at(day), at(day)+"GET"+path), 200},
			"too long ago":         {path, sign(id, at(-day-time.Second), at(-day-time.Second)+"GET"+path), 425},
			"too far ahead":        {path, sign(id, at(day+time.Second), at(day+time.Second)+"GET"+path), 425},
			"another path":         {path + "x", good, 401},
			"another time":         {path, sign(id, at(time.Second), at(0)+"GET"+path), 401},
			"another method":       {path, sign(id, at(0), at(0)+"POST"+path), 401},
			"an account's key":     {path, sign("05"+id[2:], at(0), at(0)+"GET"+path), 400},
			"a short key":          {path, sign(id[:64], at(0), at(0)+"GET"+path), 400},
			"no point":             {path, sign("07"+"02"+id[4:], at(0), at(0)+"GET"+path), 400},
			"no number":            {path, sign(id, "now", "nowGET"+path), 400},
			"no key":               {path, without("X-FS-Pubkey"), 400},
			"no timestamp":         {path, without("X-FS-Timestamp"), 400},
			"no signature":         {path, without("X-FS-Signature"), 400},
			"unknown platform":     {"/session_version?platform=amiga", nil, 404},
			"platform not known":   {"/session_version?platform=ios", nil, 502},
			"no platform":          {"/session_version", nil, 404},
			"signed, not released": {"/session_version?platform=ios", sign(id, at(0), at(0)+"GET/session_version?platform=ios"), 502},
		} {
			got := w.do("GET", tt.path, tt.headers, nil)
			if got.code != tt.code {
				t.Errorf("%s: %d %s", name, got.code, got.body)
			}
			if got.code != 200 {
				continue
			}
			var v struct {
				Status  int `json:"status_code"`
				Result  string
				Updated float64
			}
			if err := json.Unmarshal(got.body, &v); err != nil || v.Status != 200 || v.Result != "1.17.4" || !near(v.Updated, time.Now()) {
				t.Errorf("%s: %s, %v", name, got.body, err)
			}
		}
	})
}
