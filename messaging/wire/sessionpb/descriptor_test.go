package sessionpb

import (
	"context"
	"path"
	"path/filepath"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
)

// The generated code is what the .proto files beside it say.
func TestGeneratedCodeIsCurrent(t *testing.T) {
	const folder = "messaging/wire/sessionpb"
	files, err := filepath.Glob("*.proto")
	if err != nil {
		t.Fatal(err)
	}
	generated := map[string]protoreflect.FileDescriptor{}
	for _, f := range []protoreflect.FileDescriptor{
		File_messaging_wire_sessionpb_content_proto, File_messaging_wire_sessionpb_data_proto,
		File_messaging_wire_sessionpb_envelope_proto, File_messaging_wire_sessionpb_group_proto,
	} {
		generated[f.Path()] = f
	}
	if len(files) != len(generated) {
		t.Fatalf("%d .proto files, %d generated", len(files), len(generated))
	}
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{ImportPaths: []string{"../../.."}}}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			parsed, err := compiler.Compile(context.Background(), path.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			code, ok := generated[path.Join(folder, name)]
			if !ok {
				t.Fatal("no code was generated from it")
			}
			want, got := protodesc.ToFileDescriptorProto(parsed[0]), protodesc.ToFileDescriptorProto(code)
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("run go generate: -.proto +code\n%s", diff)
			}
		})
	}
}
