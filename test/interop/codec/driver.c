/* Reads requests from standard input: which type, how many bytes, the bytes (numbers are 4 bytes, big-endian).
 * Decodes them with rpcgen's routine and answers with the number of bytes that were left over (-1 for a refusal), the
 * value as text by field names, and its encoding by the same routine, each behind its length.
 * In place of the number of bytes -1, and then a seed: makes a random value itself, and answers with it likewise.
 * With the highest bit of the type set it decodes in a process of its own, of little memory: a crash is a refusal. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "driver.h"

static FILE *text;

void put(const char *what) { fputs(what, text); }
void put_signed(long long value) { fprintf(text, "\"%lld\"", value); }
void put_unsigned(unsigned long long value) { fprintf(text, "\"%llu\"", value); }

void put_bytes(const void *bytes, size_t length) {
  fputc('"', text);
  for (size_t i = 0; i < length; i++) fprintf(text, "%02x", ((const unsigned char *)bytes)[i]);
  fputc('"', text);
}

void put_float(float value) {
  unsigned int bits;
  memcpy(&bits, &value, 4);
  fprintf(text, "\"%08x\"", bits);
}

void put_double(double value) {
  unsigned long long bits;
  memcpy(&bits, &value, 8);
  fprintf(text, "\"%016llx\"", bits);
}

static int read_number(unsigned int *number) {
  if (fread(number, 4, 1, stdin) != 1) return 0;
  *number = ntohl(*number);
  return 1;
}

static void write_block(const char *bytes, size_t length) {
  unsigned int number = htonl((unsigned int)length);
  fwrite(&number, 4, 1, stdout);
  fwrite(bytes, 1, length, stdout);
}

static void show(const struct type *type, void *value) {
  char *printed = NULL;
  size_t length = 0;
  text = open_memstream(&printed, &length);
  if (value != NULL) type->print(value);
  fclose(text);
  write_block(printed, length);
  free(printed);
}

static void encode(const struct type *type, void *value) {
  static char bytes[1 << 22];
  XDR encoder;
  xdrmem_create(&encoder, bytes, sizeof bytes, XDR_ENCODE);
  write_block(bytes, value != NULL && type->codec(&encoder, value) ? xdr_getpos(&encoder) : 0);
}

static void answer(const struct type *type, char *bytes, unsigned int length) {
  XDR decoder;
  void *value = calloc(1, type->size);
  xdrmem_create(&decoder, bytes, length, XDR_DECODE);
  int decoded = type->codec(&decoder, value);
  unsigned int left = htonl(decoded ? length - xdr_getpos(&decoder) : 0xffffffffu);
  fwrite(&left, 4, 1, stdout);
  show(type, decoded ? value : NULL);
  encode(type, decoded ? value : NULL);
  if (decoded) xdr_free((xdrproc_t)type->codec, value);
  free(value);
}

static void invent(const struct type *type, unsigned int with) {
  static const unsigned int none = 0;
  void *value = calloc(1, type->size);
  seed(with);
  type->make(value, 0);
  fwrite(&none, 4, 1, stdout);
  show(type, value);
  encode(type, value);
  xdr_free((xdrproc_t)type->codec, value);
  free(value);
}

static void refuse(void) {
  static const unsigned int none = 0xffffffffu;
  fwrite(&none, 4, 1, stdout);
  write_block("", 0);
  write_block("", 0);
}

/* What a child leaves unfreed ends with it, and so does what it was told to allocate. */
static void try_answer(const struct type *type, char *bytes, unsigned int length) {
  int status;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) {
    struct rlimit little = { 64 << 20, 64 << 20 };
    setrlimit(RLIMIT_AS, &little);
    if (freopen("/dev/null", "w", stderr) == NULL) _exit(1);
    answer(type, bytes, length);
    fflush(stdout);
    _exit(0);
  }
  if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) refuse();
}

/* One request whose type and length were read; 0 at the end of the input. */
static int serve(unsigned int which, unsigned int length) {
  const struct type *type = &types[which & 0x7fffffffu];
  unsigned int with;
  if (length == 0xffffffffu) {
    if (!read_number(&with)) return 0;
    invent(type, with);
    return 1;
  }
  char *bytes = malloc(length + 1);
  int whole = fread(bytes, 1, length, stdin) == length;
  if (whole && (which & 0x80000000u)) try_answer(type, bytes, length);
  else if (whole) answer(type, bytes, length);
  free(bytes);
  return whole;
}

int main(void) {
  unsigned int which, length;
  while (read_number(&which) && read_number(&length)) {
    if (!serve(which, length)) return 1;
    fflush(stdout);
  }
  return 0;
}
