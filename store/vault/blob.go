package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"seance/messaging/secret"
)

// A blob is a file cut into chunks of 64 KiB, each sealed with AES-256-GCM. The
// nonce is the number of the chunk and whether it is the last one, so chunks
// cannot be moved, left out or added. That is safe because every blob has a
// key of its own. Only the last chunk is shorter, and it is empty only in an
// empty blob.
const (
	blobChunk  = 64 << 10
	blobSealed = blobChunk + tagSize
)

func blobCipher(key secret.Bytes) (cipher.AEAD, error) {
	if key.Len() != keySize {
		return nil, fmt.Errorf("a key of %d bytes instead of %d", key.Len(), keySize)
	}
	block, err := aes.NewCipher(key.Expose())
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func blobNonce(nonce []byte, chunk int64, last bool) []byte {
	clear(nonce)
	binary.BigEndian.PutUint64(nonce, uint64(chunk))
	if last {
		nonce[nonceSize-1] = 1
	}
	return nonce
}

// SealBlob encrypts into w what is written to the result, with a new key drawn
// from rand. Close writes the end; it does not close w. Without it, or after
// an error, what is in w does not open.
func SealBlob(w io.Writer, rand io.Reader) (io.WriteCloser, secret.Bytes, error) {
	key, err := NewKey(rand)
	if err != nil {
		return nil, secret.Bytes{}, err
	}
	aead, err := blobCipher(key.Bytes)
	if err != nil {
		return nil, secret.Bytes{}, err
	}
	return &blobWriter{w: w, aead: aead, chunk: make([]byte, 0, blobSealed)}, key.Bytes, nil
}

type blobWriter struct {
	w      io.Writer
	aead   cipher.AEAD
	number int64
	nonce  [nonceSize]byte
	chunk  []byte
	err    error
}

func (b *blobWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 && b.err == nil {
		if len(b.chunk) == blobChunk { // only now is it known not to be the last
			b.flush(false)
			continue
		}
		part := min(len(p), blobChunk-len(b.chunk))
		b.chunk = append(b.chunk, p[:part]...)
		p, n = p[part:], n+part
	}
	return n, b.err
}

func (b *blobWriter) flush(last bool) {
	sealed := b.aead.Seal(b.chunk[:0], blobNonce(b.nonce[:], b.number, last), b.chunk, nil)
	_, b.err = b.w.Write(sealed)
	b.number++
	b.chunk = b.chunk[:0]
}

// Close writes the end. A second call fails.
func (b *blobWriter) Close() error {
	if b.err != nil {
		return b.err
	}
	b.flush(true)
	if b.err != nil {
		return b.err
	}
	b.err = fs.ErrClosed
	return nil
}

// Blob reads an encrypted file, from anywhere, and gives no byte that is not
// authentic. ReadAt may be called by several goroutines at a time. It holds one
// chunk in memory.
type Blob struct {
	r      io.ReaderAt
	aead   cipher.AEAD
	size   int64 // of the plaintext
	offset int64 // of Read

	mu     sync.Mutex
	nonce  [nonceSize]byte
	number int64 // of the chunk in plain, -1: none
	plain  []byte
	buffer [blobSealed]byte
}

// OpenBlob opens size bytes of r. It fails with ErrDamaged if these are not the
// whole of a blob that was sealed with key, as do the reading methods for chunks
// that were changed.
func OpenBlob(r io.ReaderAt, size int64, key secret.Bytes) (*Blob, error) {
	aead, err := blobCipher(key)
	if err != nil {
		return nil, err
	}
	if rest := size % blobSealed; size < tagSize || rest > 0 && rest < tagSize || rest == tagSize && size > tagSize {
		return nil, fmt.Errorf("the encrypted file is %w: it has %d bytes", ErrDamaged, size)
	}
	chunks := (size + blobSealed - 1) / blobSealed
	b := &Blob{r: r, aead: aead, size: size - chunks*tagSize, number: -1}
	// The last chunk proves that nothing was cut off.
	if err := b.load(chunks - 1); err != nil {
		return nil, err
	}
	return b, nil
}

// Size is the number of bytes of the plaintext.
func (b *Blob) Size() int64 { return b.size }

// load makes a chunk the one in plain.
func (b *Blob) load(number int64) error {
	if b.number == number {
		return nil
	}
	b.number = -1
	n := min(blobChunk, b.size-number*blobChunk) + tagSize
	if read, err := b.r.ReadAt(b.buffer[:n], number*blobSealed); int64(read) < n {
		return fmt.Errorf("read an encrypted file: %w", noEnd(err))
	}
	last := (number+1)*blobChunk >= b.size
	plain, err := b.aead.Open(b.buffer[:0], blobNonce(b.nonce[:], number, last), b.buffer[:n], nil)
	if err != nil {
		return fmt.Errorf("the encrypted file is %w", ErrDamaged)
	}
	b.number, b.plain = number, plain
	return nil
}

// noEnd keeps a file that got shorter from looking like one that ends well.
func noEnd(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ReadAt implements io.ReaderAt.
func (b *Blob) ReadAt(p []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, errors.New("read an encrypted file: negative offset")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(p) > 0 {
		if offset >= b.size {
			return n, io.EOF
		}
		if err := b.load(offset / blobChunk); err != nil {
			return n, err
		}
		part := copy(p, b.plain[offset%blobChunk:])
		p, n, offset = p[part:], n+part, offset+int64(part)
	}
	return n, nil
}

// Read implements io.Reader. Read and Seek are for one goroutine.
func (b *Blob) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if b.offset >= b.size {
		return 0, io.EOF
	}
	n, err := b.ReadAt(p[:min(int64(len(p)), b.size-b.offset)], b.offset)
	b.offset += int64(n)
	return n, err
}

// Seek implements io.Seeker.
func (b *Blob) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += b.offset
	case io.SeekEnd:
		offset += b.size
	default:
		return 0, errors.New("seek in an encrypted file: unknown base")
	}
	if offset < 0 {
		return 0, errors.New("seek in an encrypted file: negative offset")
	}
	b.offset = offset
	return offset, nil
}
