/* SPDX-FileCopyrightText: 2026 The Tocsin Authors
 * SPDX-License-Identifier: EUPL-1.2
 *
 * Reads and verifies siren frames with libsodium (docs/formats/siren-frame.md).
 *
 *     cc -Wall -o verify verify.c -lsodium
 *     verify VECTORS FIRST-KEY SECOND-KEY
 *
 * takes the public vectors and the two public keys in hexadecimal. It verifies
 * every frame among the vectors, and that no frame with one byte changed is
 * taken. frame_read and frame_verify are what a siren's controller needs of it. */

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { HEAD = 23, SIGNATURE = 64, KEY_ID = 4, LEAST = HEAD + SIGNATURE, SECOND = KEY_ID + SIGNATURE, MOST = 1000 };

struct frame {
    int version;
    uint8_t key[KEY_ID], second[KEY_ID]; /* second: zero for none */
    uint16_t epoch, ttl;
    uint64_t counter;
    uint32_t not_before;
    uint8_t action, signal, window, target_type;
    const uint8_t *target; /* within the bytes that were read */
    size_t target_length;
};

static uint64_t big_endian(const uint8_t *b, int bytes)
{
    uint64_t v = 0;
    while (bytes-- > 0)
        v = v << 8 | *b++;
    return v;
}

/* frame_read reads the fields and returns 0, or -1 for what is no frame. Nothing
 * of it may be acted on before frame_verify. */
static int frame_read(const uint8_t *b, size_t n, struct frame *f)
{
    memset(f, 0, sizeof *f);
    if (n < LEAST || n > MOST || (b[0] != 1 && b[0] != 2) || (b[0] == 2 && n < LEAST + SECOND))
        return -1;
    size_t end = n - SIGNATURE - (b[0] == 2 ? SECOND : 0);
    f->version = b[0];
    memcpy(f->key, b + 1, KEY_ID);
    f->epoch = (uint16_t)big_endian(b + 5, 2);
    f->counter = big_endian(b + 7, 6);
    f->not_before = (uint32_t)big_endian(b + 13, 4);
    f->ttl = (uint16_t)big_endian(b + 17, 2);
    f->action = b[19];
    f->signal = b[20];
    f->window = b[21];
    f->target_type = b[22];
    f->target = b + HEAD;
    f->target_length = end - HEAD;
    if (f->version == 2) {
        memcpy(f->second, b + end, KEY_ID);
        if (sodium_is_zero(f->second, KEY_ID) || memcmp(f->second, f->key, KEY_ID) == 0)
            return -1;
    }
    if (f->ttl == 0 || f->action < 1 || f->action > 4 || f->target_type > 3)
        return -1;
    int signalling = f->action == 1 || f->action == 3;
    if (signalling != (f->signal != 0) || (f->action == 4 && (f->window != 0 || f->version == 2)))
        return -1;
    return 0; /* the target has rules of its own, which are not read here */
}

static int signed_by(const char *domain, const uint8_t *b, size_t n, const uint8_t *signature, const uint8_t *key)
{
    uint8_t message[64 + MOST];
    size_t length = strlen(domain);
    memcpy(message, domain, length);
    memcpy(message + length, b, n);
    return crypto_sign_verify_detached(signature, message, length + n, key) == 0;
}

static int has_id(const uint8_t *key, const uint8_t *id)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, key, crypto_sign_PUBLICKEYBYTES);
    return memcmp(digest, id, KEY_ID) == 0;
}

/* frame_verify says whether the frame is signed by the first key and, if it has
 * two signatures, by the second too. */
static int frame_verify(const uint8_t *b, size_t n, const uint8_t *first, const uint8_t *second)
{
    struct frame f;
    if (frame_read(b, n, &f) != 0 || !has_id(first, f.key))
        return 0;
    if (f.version == 1)
        return signed_by("tocsin siren frame v1\n", b, n - SIGNATURE, b + n - SIGNATURE, first);
    size_t body = n - 2 * SIGNATURE;
    return has_id(second, f.second) && signed_by("tocsin siren frame v2\n", b, body, b + body, first) &&
           signed_by("tocsin siren frame v2\n", b, body, b + body + SIGNATURE, second);
}

static int from_hex(uint8_t *out, size_t room, const char *text, size_t *n)
{
    return sodium_hex2bin(out, room, text, strlen(text), NULL, n, NULL);
}

int main(int argc, char **argv)
{
    uint8_t first[crypto_sign_PUBLICKEYBYTES], second[crypto_sign_PUBLICKEYBYTES], b[MOST];
    size_t n;
    if (sodium_init() < 0 || argc != 4 || from_hex(first, sizeof first, argv[2], &n) != 0 || n != sizeof first ||
        from_hex(second, sizeof second, argv[3], &n) != 0 || n != sizeof second) {
        fprintf(stderr, "usage: verify VECTORS FIRST-KEY SECOND-KEY\n");
        return 2;
    }
    FILE *vectors = fopen(argv[1], "r");
    if (vectors == NULL) {
        perror(argv[1]);
        return 2;
    }
    char line[2 * MOST + 200], name[100], hex[2 * MOST + 1];
    int wrong = 0, frames = 0;
    while (fgets(line, sizeof line, vectors) != NULL) {
        struct frame f;
        if (line[0] == '#' || sscanf(line, "%99s %2000s", name, hex) != 2 || from_hex(b, sizeof b, hex, &n) != 0)
            continue;
        if (frame_read(b, n, &f) != 0)
            continue; /* an answer, or a document of the root */
        frames++;
        if (!frame_verify(b, n, first, second)) {
            printf("%s: NOT genuine\n", name);
            wrong = 1;
            continue;
        }
        int taken = 0;
        for (size_t i = 0; i < n; i++) {
            b[i] ^= 1;
            taken += frame_verify(b, n, first, second);
            b[i] ^= 1;
        }
        printf("%s: genuine, version %d, epoch %u, counter %llu, action %u, signal %u, target of %zu bytes; %d of %zu changed frames taken\n",
               name, f.version, (unsigned)f.epoch, (unsigned long long)f.counter, (unsigned)f.action, (unsigned)f.signal,
               f.target_length, taken, n);
        wrong |= taken != 0;
    }
    fclose(vectors);
    return wrong || frames == 0;
}
