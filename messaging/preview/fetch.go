package preview

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"seance/messaging/attachment/picture"
)

// ErrNone is returned, wrapped, where there is no preview of a link.
var ErrNone = errors.New("no preview")

const (
	patience     = 20 * time.Second // for all of it
	maxRedirects = 10
	maxHeader    = 64 << 10
	maxHTML      = 500 << 10
	maxImage     = 1 << 20
	maxPixels    = 16_000_000 // of the image before it is made small
	side         = 400        // of the image in pixels, at most
	// agent is what Session and Signal call themselves for this: what sites know as
	// somebody who wants to see a preview.
	agent = "WhatsApp"
)

// imageTypes are the content types of images that can be shown.
var imageTypes = []string{picture.JPEG, picture.PNG, picture.GIF, picture.WebP}

// Fetcher fetches previews. The zero value asks sites from this machine.
type Fetcher struct {
	// Proxy is what asks in our place, and resolves the names: an http, https or
	// socks5 URL. nil: none.
	Proxy *url.URL
	// Dial opens every connection. nil is a net.Dialer that refuses addresses which
	// are not in the public internet, but for the proxy's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Roots are the authorities whose certificates are believed. nil is the system's.
	Roots *x509.CertPool
}

// Fetch makes the preview of a link. The error wraps ErrNone, and says why there
// is none in words for people.
func (f *Fetcher) Fetch(ctx context.Context, address string) (*Preview, error) {
	u, ok := parse(address)
	if !ok {
		return nil, fmt.Errorf("%w: only https addresses of sites in the public internet are asked", ErrNone)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client := f.client()
	defer client.CloseIdleConnections()
	site, from, err := f.page(ctx, client, u)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, plain(err))
	}
	if site.title == "" {
		return nil, fmt.Errorf("%w: the page has no title", ErrNone)
	}
	p := &Preview{URL: address, Title: site.title}
	if at, err := from.Parse(site.image); err == nil && site.image != "" && len(site.image) <= maxURL && askable(at) {
		p.Image, _ = image(ctx, client, at) // the title is a preview by itself
	}
	return p, nil
}

// client keeps no cookies, and forgets its connections.
func (f *Fetcher) client() *http.Client {
	transport := &http.Transport{
		DialContext: f.Dial, TLSClientConfig: &tls.Config{RootCAs: f.Roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true, MaxResponseHeaderBytes: maxHeader, MaxConnsPerHost: 2,
	}
	if f.Proxy != nil {
		transport.Proxy = http.ProxyURL(f.Proxy)
	} else if f.Dial == nil {
		transport.DialContext = dialer(public).DialContext
	}
	return &http.Client{Transport: transport, CheckRedirect: redirect}
}

func redirect(to *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxRedirects:
		return errors.New("the site sends from one page to the next without an end")
	case !askable(to.URL):
		return errors.New("the site sends to an address that is not asked")
	}
	to.Header.Del("Referer")
	return nil
}

// get asks for something of one of several content types.
func get(ctx context.Context, client *http.Client, u *url.URL, accept string, types []string) (*http.Response, map[string]string, error) {
	at := *u
	at.Fragment, at.RawFragment = "", ""
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("User-Agent", agent)
	request.Header.Set("Accept", accept)
	answer, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	kind, more, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	disposition, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Disposition"))
	switch {
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		err = fmt.Errorf("the site answers %d", answer.StatusCode)
	case !slices.Contains(types, kind):
		err = errors.New("it is no page with a title")
	case disposition != "" && disposition != "inline":
		err = errors.New("it is a file to download")
	}
	if err != nil {
		answer.Body.Close()
		return nil, nil, err
	}
	return answer, more, nil
}

// page is what a page says of itself, and its address in the end.
func (f *Fetcher) page(ctx context.Context, client *http.Client, u *url.URL) (about, *url.URL, error) {
	answer, more, err := get(ctx, client, u, "text/html,application/xhtml+xml", []string{"text/html", "application/xhtml+xml"})
	if err != nil {
		return about{}, nil, err
	}
	defer answer.Body.Close()
	site := read(io.LimitReader(answer.Body, maxHTML), more["charset"])
	if site.title == "" && ctx.Err() != nil {
		return about{}, nil, ctx.Err()
	}
	return site, answer.Request.URL, nil
}

// image is a picture of the page, made small and new, so that nothing is in it
// but the pixels.
func image(ctx context.Context, client *http.Client, u *url.URL) ([]byte, error) {
	answer, _, err := get(ctx, client, u, "image/*", imageTypes)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxImage+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxImage {
		return nil, picture.ErrTooLarge
	}
	if info, err := picture.Inspect(data); err != nil || info.Height > maxPixels/info.Width {
		return nil, errors.Join(picture.ErrTooLarge, err)
	}
	return picture.Small(data, side)
}

// plain is an error without what surrounds it: the address is known, and who
// reads this does not care for the verb.
func plain(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	var inner *net.OpError
	var unknown *net.DNSError
	switch {
	case errors.Is(err, errPrivate):
		return errPrivate
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("the site takes too long")
	case errors.As(err, &unknown):
		return errors.New("nobody knows the site by its name")
	case errors.As(err, &inner):
		return fmt.Errorf("the site cannot be reached: %w", inner.Err)
	}
	return err
}
