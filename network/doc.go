// Package network is the client side of the Session Network.
package network
