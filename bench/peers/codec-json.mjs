// The codec benchmark's rows as JSON text in UTF-8: 64-bit integers as strings, bytes as base64.
const replacer = (_key, value) => (typeof value === "bigint" ? String(value) : value);

export function rows(values) {
  const { fattr3, directory } = values;
  const plain = (value) => JSON.parse(JSON.stringify(value, replacer));
  return {
    pair: row(values.pair),
    fattr3: row(plain(fattr3)),
    directory: row(plain(directory)),
    samples: row(values.samples),
    blob: {
      encode: () => Buffer.from(JSON.stringify({ data: values.blob.data.toString("base64") })),
      decode: (
        (bytes) => () =>
          Buffer.from(JSON.parse(bytes.toString()).data, "base64")
      )(Buffer.from(JSON.stringify({ data: values.blob.data.toString("base64") }))),
    },
  };
}

function row(value) {
  const bytes = Buffer.from(JSON.stringify(value));
  return { encode: () => Buffer.from(JSON.stringify(value)), decode: () => JSON.parse(bytes.toString()) };
}
