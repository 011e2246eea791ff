// Package sessionpb holds the Protocol Buffers of the Session protocol: the
// .proto files beside it, written for this program with the numbers and types
// of the protocol, and the code generated from them. It knows nothing else.
//
// The facts are from session-foundation/session-desktop:
// protos/SignalService.proto.
//
// The generated code is committed, and a test compares it with the .proto
// files, so that building and testing need neither protoc nor protoc-gen-go.
// After a change run "go generate" with protoc 3.21 and protoc-gen-go v1.36.12.
package sessionpb

// Paths are from the root of the repository, since the names of .proto files
// are global to a program.
//
//go:generate protoc -I ../../.. --go_out=../../.. --go_opt=paths=source_relative ../../../messaging/wire/sessionpb/content.proto ../../../messaging/wire/sessionpb/data.proto ../../../messaging/wire/sessionpb/envelope.proto ../../../messaging/wire/sessionpb/group.proto
