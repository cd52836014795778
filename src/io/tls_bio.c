/* io/tls_bio.c -- how OpenSSL reads and writes a socket here (BIO_meth_new(3)). */
#include "io/tls_bio.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

static bool again(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

/* Less than was asked for is all there is: asking once more would be a system call for nothing. */
static int bio_read(BIO *bio, char *out, int len)
{
    struct tls_bio *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (len <= 0) return 0;
    size_t want = (size_t)len < t->readable ? (size_t)len : t->readable;
    ssize_t n = want ? recv(t->fd, out, want, 0) : -1;
    if (n < 0 && (!want || again(errno))) BIO_set_retry_read(bio);
    t->cut_off = n == 0;
    t->readable -= n > 0 && (size_t)n == want ? (uint32_t)n : t->readable;
    return (int)n;
}

static int bio_write(BIO *bio, const char *bytes, int len)
{
    struct tls_bio *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (len <= 0) return 0;
    ssize_t n = send(t->fd, bytes, (size_t)len, MSG_NOSIGNAL);
    if (n < 0 && again(errno)) BIO_set_retry_write(bio);
    return (int)n;
}

static long bio_ctrl(BIO *bio, int what, long number, void *pointer)
{
    const struct tls_bio *t = BIO_get_data(bio);
    (void)number, (void)pointer;
    if (what == BIO_CTRL_EOF) return t->cut_off;
    return what == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_bio_new_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "kith");
    if (m && BIO_meth_set_read(m, bio_read) == 1 && BIO_meth_set_write(m, bio_write) == 1 &&
        BIO_meth_set_ctrl(m, bio_ctrl) == 1)
        return m;
    BIO_meth_free(m);
    return NULL;
}

bool tls_bio_attach(SSL *ssl, const BIO_METHOD *method, struct tls_bio *socket)
{
    BIO *bio = BIO_new(method);
    if (!bio) return false;
    BIO_set_data(bio, socket);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    return true;
}
