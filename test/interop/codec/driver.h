/* Between driver.c and the generated printers. */
#include <rpc/rpc.h>
#include <stddef.h>

struct type {
  size_t size;
  bool_t (*codec)(XDR *, void *);
  void (*print)(void *);
};

extern const struct type types[];

void put(const char *what);
void put_signed(long long value);
void put_unsigned(unsigned long long value);
void put_bytes(const void *bytes, size_t length);
void put_float(float value);
void put_double(double value);
