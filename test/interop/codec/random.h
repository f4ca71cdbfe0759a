/* Random values of XDR's basic types for the generated makers: the ends of each range often. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static unsigned long long state;

/* splitmix64. */
static inline unsigned long long bits64(void) {
  unsigned long long z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

static inline unsigned below(unsigned limit) { return (unsigned)((bits64() >> 32) * limit >> 32); }

/* The most elements to make at this depth: recursive types must end. */
static inline unsigned most(unsigned bound, int depth) {
  unsigned wanted = depth > 4 ? 1 : depth > 2 ? 4 : 16;
  return bound < wanted ? bound : wanted;
}

static inline unsigned make_unsigned(void) {
  static const unsigned ends[] = { 0, 1, 0x7fffffffu, 0x80000000u, 0xffffffffu };
  return below(2) ? (unsigned)bits64() : ends[below(5)];
}

static inline int make_int(void) { return (int)make_unsigned(); }

static inline unsigned long long make_unsigned_hyper(void) {
  static const unsigned long long ends[] = { 0, 1, 0x7fffffffffffffffULL, 0x8000000000000000ULL, ~0ULL, 0xffffffffULL };
  return below(2) ? bits64() : ends[below(6)];
}

static inline long long make_hyper(void) { return (long long)make_unsigned_hyper(); }

static inline int make_bool(void) { return (int)below(2); }

/* Of NaNs only the plain one: a processor may quieten the others when it moves them. */
static inline double make_double(void) {
  static const double ends[] = { 0.0, -0.0, 1.5, -1.0 / 3, DBL_MAX, DBL_MIN, 4.9e-324, INFINITY, -INFINITY, NAN };
  unsigned long long bits = bits64();
  double value;
  if (below(2)) return ends[below(10)];
  memcpy(&value, &bits, sizeof value);
  return isnan(value) ? 2.5 : value;
}

static inline float make_float(void) {
  static const float ends[] = { 0.0f, -0.0f, 1.5f, -1.0f / 3, FLT_MAX, FLT_MIN, 1e-45f, INFINITY, -INFINITY, NAN };
  unsigned bits = (unsigned)bits64();
  float value;
  if (below(2)) return ends[below(10)];
  memcpy(&value, &bits, sizeof value);
  return isnan(value) ? 2.5f : value;
}

static inline void make_bytes(void *bytes, unsigned length) {
  for (unsigned i = 0; i < length; i++) ((unsigned char *)bytes)[i] = (unsigned char)bits64();
}

static inline void make_counted(struct counted *into, unsigned limit) {
  into->length = below(limit + 1);
  into->bytes = malloc(into->length + 1);
  make_bytes(into->bytes, into->length);
}

/* UTF-8 without NUL. */
static inline char *make_string(unsigned limit) {
  static const char *const characters[] = { "a", "Z", " ", "~", "\x01", "\xc3\x9f", "\xe2\x82\xac", "\xf0\x9d\x84\x9e" };
  char *text = malloc(limit + 1);
  unsigned length = 0;
  for (unsigned tries = below(limit + 1); tries > 0; tries--) {
    const char *next = characters[below(8)];
    if (length + strlen(next) > limit) break;
    strcpy(text + length, next);
    length += strlen(next);
  }
  text[length] = 0;
  return text;
}
