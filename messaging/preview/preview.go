// Package preview makes previews of links: the title of the page behind a link,
// and a picture of it.
//
// It knows which link of a text has one, fetches the page from this machine,
// straight or through a proxy, and reads what the page says of itself. It knows
// neither messages nor the profile, and asks for nothing that it is not told to:
// whoever calls Fetch tells the site that somebody is about to mention it, and
// from where. What sites send is bounded in size and time, and only what lies in
// the public internet is asked. It starts no goroutines beside those of net/http.
//
// Limits and rules are those of session-foundation/session-desktop:
// ts/util/linkPreviewFetch.ts, ts/util/linkPreviews.ts,
// ts/components/conversation/SessionStagedLinkPreview.tsx.
package preview

import (
	"net/netip"
	"net/url"
	"strings"

	"seance/messaging/link"
)

// Preview is what is shown of a link.
type Preview struct {
	URL   string // as it stands in the text
	Title string // of any content
	Image []byte // JPEG or PNG, without metadata; nil: none
}

const (
	maxURL = 4096 // bytes
	// MaxTitle is how many code points a title has at most.
	MaxTitle = 300
)

// Link is the link of a text that a preview is made of: the first one, "" if
// that is none to ask for.
func Link(text string) string {
	if links := Links(text); len(links) > 0 {
		if _, ok := parse(links[0]); ok {
			return links[0]
		}
	}
	return ""
}

// Standing is a link as it stands in a text, "" if it does not.
func Standing(address, text string) string { return Among(address, Links(text)) }

// Links are the links in a text that lead to pages.
func Links(text string) (list []string) {
	for _, k := range link.Find(text) {
		if found := text[k.From:k.To]; !strings.HasPrefix(strings.ToLower(found), "mailto:") {
			list = append(list, found)
		}
	}
	return list
}

// Among is a link as it is among those of a text, "" if it is not. Apps differ in
// whether the punctuation behind a link belongs to it.
func Among(address string, links []string) string {
	bare := func(s string) string { return strings.TrimRight(s, "./,;:!?'\"*_)]}#") }
	address = bare(address)
	for _, found := range links {
		if bare(found) == address {
			return found
		}
	}
	return ""
}

// Host is the site that a link leads to, in letters as the link has them; "" if
// it leads to none.
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// parse reads an address that may be asked: https, of a site with a name that
// hides nothing, or of an address in the public internet.
func parse(address string) (*url.URL, bool) {
	if len(address) > maxURL {
		return nil, false
	}
	u, err := url.Parse(address)
	return u, err == nil && askable(u)
}

func askable(u *url.URL) bool {
	if u.Scheme != "https" || u.User != nil || u.Opaque != "" {
		return false
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil {
		return public(ip)
	}
	labels := strings.Split(host, ".")
	if len(host) > 255 || len(labels) < 2 {
		return false
	}
	ascii, other := false, false
	for _, label := range labels {
		if label == "" || strings.Contains(label, "%") || strings.HasPrefix(strings.ToLower(label), "xn--") {
			return false
		}
		for _, r := range label {
			ascii, other = ascii || r < 0x80, other || r >= 0x80
		}
	}
	// One letter of another script makes a name look like a different one.
	return !ascii || !other
}
