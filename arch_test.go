package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "seance/"

// leaves are packages without I/O that every side may import; they themselves
// import only the standard library.
var leaves = []string{"messaging/id", "messaging/secret", "messaging/bencode"}

// mayImport says, for the packages below a folder, below which folders their
// imports may lie. The longest folder that fits counts. Leaves may always be
// imported.
var mayImport = map[string][]string{
	".":            {"tui/cli"},
	"tui":          {"tui", "messaging", "network", "store"},
	"messaging":    {"messaging", "network", "store"},
	"network":      {"network"},
	"network/node": {"network/node", "network/netfile", "network/pipenet"},
	"store":        {"store"},
}

// nodeUsers are the only files outside network/node that may import it: the
// client must not lean on the other side of the wire.
var nodeUsers = []string{"tui/cli/devnet.go", "tui/cli/demo.go", "tui/demo/"}

// topLevel is what may stand in the root of the repository.
var topLevel = []string{
	".ci", ".git", ".gitattributes", ".gitignore", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE",
	"README.md", "SECURITY.md", "arch_test.go", "go.mod", "go.sum", "main.go", "messaging", "network", "store", "tui",
}

type source struct {
	name string // slash-separated, from the root
	file *ast.File
}

func (s source) folder() string { return path.Dir(s.name) }

// sources parses every file of the program that is no test.
func sources(t *testing.T) (list []source) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		list = append(list, source{filepath.ToSlash(name), file})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 50 {
		t.Fatalf("found %d files only", len(list))
	}
	return list
}

func below(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

func TestImportsPointOneWay(t *testing.T) {
	for _, s := range sources(t) {
		allowed := allowedFrom(s.folder())
		leaf := slices.Contains(leaves, s.folder())
		for _, spec := range s.file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			own, inside := strings.CutPrefix(imported, module)
			switch {
			case leaf && (inside || strings.Contains(strings.Split(imported, "/")[0], ".")):
				t.Errorf("%s imports %s: a leaf imports only the standard library", s.name, imported)
			case inside && below(own, "network/node") && !below(s.folder(), "network/node"):
				if !slices.ContainsFunc(nodeUsers, func(user string) bool { return strings.HasPrefix(s.name, user) }) {
					t.Errorf("%s imports %s: only the devnet and the demo run nodes", s.name, imported)
				}
			case inside && !slices.Contains(leaves, own) && !slices.ContainsFunc(allowed, func(f string) bool { return below(own, f) }):
				t.Errorf("%s imports %s, which is not one of %v", s.name, imported, allowed)
			}
		}
	}
}

// TestImportsCallNoMethodsByName: the linker keeps every method that there is once a template may call it, a tenth of
// the program.
func TestImportsCallNoMethodsByName(t *testing.T) {
	for _, s := range sources(t) {
		for _, spec := range s.file.Imports {
			if strings.HasSuffix(spec.Path.Value, `/template"`) {
				t.Errorf("%s imports %s", s.name, spec.Path.Value)
			}
		}
	}
}

func allowedFrom(folder string) []string {
	for ; folder != "."; folder = path.Dir(folder) {
		if allowed, ok := mayImport[folder]; ok {
			return allowed
		}
	}
	return mayImport["."]
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		documented[s.folder()] = documented[s.folder()] || s.file.Doc != nil && len(s.file.Doc.Text()) > 40
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("package %s has no package comment", folder)
		}
	}
}

// TestOnlyMainTouchesTheProcess keeps commands functions of an environment.
func TestOnlyMainTouchesTheProcess(t *testing.T) {
	process := []string{"Stdin", "Stdout", "Stderr", "Exit", "Getenv", "LookupEnv", "Environ", "Setenv", "Getwd", "Chdir", "Args"}
	for _, s := range sources(t) {
		if s.name == "main.go" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == "os" && slices.Contains(process, selector.Sel.Name) {
				t.Errorf("%s uses os.%s", s.name, selector.Sel.Name)
			}
			return true
		})
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(topLevel, e.Name()) && e.Name() != "seance" {
			t.Errorf("%s does not belong into the root of the repository", e.Name())
		}
	}
}
