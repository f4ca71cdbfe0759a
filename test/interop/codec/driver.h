/* Between driver.c and the generated printers. */
#include <rpc/rpc.h>
#include <stddef.h>

struct type {
  size_t size;
  bool_t (*codec)(XDR *, void *);
  void (*print)(void *);
  void (*make)(void *, int depth);
};

extern const struct type types[];

/* What rpcgen makes of opaque<>, and netobj: one layout, several names. */
struct counted {
  unsigned int length;
  char *bytes;
};

/* Starts the random values of the makers. */
void seed(unsigned int with);

void put(const char *what);
void put_signed(long long value);
void put_unsigned(unsigned long long value);
void put_bytes(const void *bytes, size_t length);
void put_float(float value);
void put_double(double value);
