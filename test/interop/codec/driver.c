/* Reads requests from standard input: which type, how many bytes, the bytes (numbers are 4 bytes, big-endian).
 * Decodes them with rpcgen's routine and answers with the number of bytes that were left over (-1 for a refusal), the
 * value as text by field names, and its encoding by the same routine, each behind its length. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void answer(const struct type *type, char *bytes, unsigned int length) {
  XDR decoder, encoder;
  void *value = calloc(1, type->size);
  char *printed = NULL;
  size_t printed_length = 0;
  xdrmem_create(&decoder, bytes, length, XDR_DECODE);
  int decoded = type->codec(&decoder, value);
  unsigned int left = htonl(decoded ? length - xdr_getpos(&decoder) : 0xffffffffu);
  fwrite(&left, 4, 1, stdout);
  text = open_memstream(&printed, &printed_length);
  if (decoded) type->print(value);
  fclose(text);
  write_block(printed, printed_length);
  free(printed);
  char *again = malloc(length + 64);
  xdrmem_create(&encoder, again, length + 64, XDR_ENCODE);
  write_block(again, decoded && type->codec(&encoder, value) ? xdr_getpos(&encoder) : 0);
  free(again);
  if (decoded) xdr_free((xdrproc_t)type->codec, value);
  free(value);
}

int main(void) {
  unsigned int which, length;
  while (read_number(&which) && read_number(&length)) {
    char *bytes = malloc(length + 1);
    if (fread(bytes, 1, length, stdin) != length) return 1;
    answer(&types[which], bytes, length);
    fflush(stdout);
    free(bytes);
  }
  return 0;
}
