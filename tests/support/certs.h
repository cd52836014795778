/* tests/support/certs.h -- certificates that sign themselves, and their keys, as files of PEM in a
 * folder that goes again. */
#pragma once

struct certs {
    char dir[32];
};

enum cert_kind { CERT_EC, CERT_RSA, CERT_RSA_SMALL };

void certs_begin(struct certs *c);
void certs_end(struct certs *c);

/* Makes NAME.pem and NAME.key there, for the host `dns`; it expires in `days`, which may be over.
 */
void certs_make(const struct certs *c, const char *name, const char *dns, int days,
                enum cert_kind kind);
/* The key anew, behind a passphrase. */
void certs_lock(const struct certs *c, const char *name);
/* Appends the certificate of `other` to that of `name`, as if it were from it. */
void certs_chain(const struct certs *c, const char *name, const char *other);

/* The path of a file there. Good until the fourth call after this one. */
const char *certs_path(const struct certs *c, const char *name, const char *end);
void certs_write(const struct certs *c, const char *name, const char *end, const char *text);
