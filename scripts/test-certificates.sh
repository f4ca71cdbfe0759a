#!/bin/sh
# Makes src/testing/certificates.test-support.ts: certificates and keys for tests of TLS, valid until 2120. Needs openssl.
set -eu
out="$PWD/src/testing/certificates.test-support.ts"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null || openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
config() { # authority, extensions
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s.ca/index\nserial=%s.ca/serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\norganizationName=optional\ncommonName=optional\n[e]\n%s\n' "$1" "$1" "$2" > config
}
authority() { # name, subject
  key "$1"
  mkdir "$1.ca"; : > "$1.ca/index"; echo 01 > "$1.ca/serial"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  config "$1" 'basicConstraints=critical,CA:TRUE'
  openssl ca -batch -notext -selfsign -config config -extensions e -keyfile "$1.key" -startdate 20200101000000Z -enddate 21200101000000Z -in "$1.csr" -out "$1.pem" 2>/dev/null
}
certificate() { # name, authority, subject, names, first day, last day
  key "$1"
  openssl req -new -key "$1.key" -subj "$3" -out "$1.csr"
  config "$2" "subjectAltName=$4"
  openssl ca -batch -notext -config config -extensions e -cert "$2.pem" -keyfile "$2.key" -startdate "$5" -enddate "$6" -in "$1.csr" -out "$1.pem" 2>/dev/null
}

authority authority "/O=Lupine tests/CN=Authority"
authority stranger "/O=Somebody else/CN=Authority"
certificate server authority "/O=Lupine tests/CN=Server" "DNS:localhost,IP:127.0.0.1,IP:::1" 20200101000000Z 21200101000000Z
certificate renewed authority "/O=Lupine tests/CN=Renewed" "DNS:localhost,IP:127.0.0.1,IP:::1" 20200101000000Z 21200101000000Z
certificate expired authority "/O=Lupine tests/CN=Expired" "DNS:localhost,IP:127.0.0.1" 20200101000000Z 20210101000000Z
certificate elsewhere authority "/O=Lupine tests/CN=Elsewhere" "DNS:elsewhere.example" 20200101000000Z 21200101000000Z
certificate ann authority "/O=Lupine tests/CN=Ann, the first" "email:ann@example.com,URI:spiffe://example/ann" 20200101000000Z 21200101000000Z
certificate bob authority "/O=Lupine tests/CN=Bob" "email:bob@example.com" 20200101000000Z 21200101000000Z
certificate late authority "/O=Lupine tests/CN=Late" "email:late@example.com" 20200101000000Z 20210101000000Z
certificate eve stranger "/O=Somebody else/CN=Eve" "email:eve@example.com" 20200101000000Z 21200101000000Z

{
  echo '// Certificates and keys for tests, made by scripts/test-certificates.sh. They protect nothing.'
  echo
  echo 'export interface Pair {'
  echo '  readonly cert: string;'
  echo '  readonly key: string;'
  echo '}'
  for name in authority stranger; do
    printf '\nexport const %s = `%s\n`;\n' "$name" "$(cat "$name.pem")"
  done
  for name in server renewed expired elsewhere ann bob late eve; do
    printf '\nexport const %s: Pair = {\n  cert: `%s\n`,\n  key: `%s\n`,\n};\n' "$name" "$(cat "$name.pem")" "$(cat "$name.key")"
  done
} > "$out"
