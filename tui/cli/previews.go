package cli

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/preview"
	"seance/tui/config"
	"seance/tui/render"
)

// previews says how sites are asked for previews: through the proxy that the
// configuration names, or else the environment. One that cannot be understood is
// not gone around.
func (p *program) previews(c config.Config) *preview.Fetcher {
	address, name := c.Proxy, "proxy"
	for _, variable := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		if value := p.lookup(variable); value != "" && address == "" {
			address, name = value, variable
			if !strings.Contains(value, "://") {
				address = "http://" + value // as other programs take it
			}
		}
	}
	if address == "" {
		return &preview.Fetcher{}
	}
	through, err := config.ParseProxy(address)
	if err != nil {
		return &preview.Fetcher{Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New(name + " names no proxy that can be used")
		}}
	}
	return &preview.Fetcher{Proxy: through}
}

// withoutPreview begins the line that says why there is none.
const withoutPreview = "the message goes without a preview: "

// preview is the preview of the link in a text, nil if the user wants none or
// there is none, which is said to who has asked for this one.
func (p *program) preview(ctx context.Context, cmd *cobra.Command, c *messaging.Client, text string, asked bool) (*preview.Preview, error) {
	if !cmd.Flags().Changed("preview") {
		dir, err := p.profileDir()
		if err != nil {
			return nil, err
		}
		configuration, err := p.configuration(dir)
		if err != nil || !configuration.LinkPreviews || preview.Link(text) == "" {
			return nil, err
		}
		asked = true
	}
	if !asked {
		return nil, nil
	}
	shown, err := c.Preview(ctx, text)
	if err != nil {
		p.warn(withoutPreview + render.Line(strings.TrimPrefix(err.Error(), preview.ErrNone.Error()+": ")))
	}
	return shown, nil
}
