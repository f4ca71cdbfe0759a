// The codec benchmark's rows in @bufbuild/protobuf (protobuf-es), from a descriptor built at run time.
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { inTurn } from "../codec/values.mjs";
import { proto } from "./codec-proto.mjs";

const registry = createFileRegistry(descriptorOf(proto), () => undefined);

export function rows(values) {
  return {
    pair: row("pair", values.pair),
    fattr3: row("fattr3", values.fattr3),
    directory: row("directory", values.directory),
    samples: row("samples", values.samples),
    blob: copied(row("blob", values.blob)),
    aliased: { decode: row("blob", values.blob).decode },
  };
}

/** It gives out views of the message; who keeps the bytes must copy them. */
function copied({ encode, decode }) {
  return { encode, decode: () => new Uint8Array(decode().data) };
}

function row(name, value) {
  const schema = registry.getMessage(name);
  const message = create(schema, value);
  const bytes = inTurn(() => toBinary(schema, message));
  return { encode: () => toBinary(schema, message), decode: () => fromBinary(schema, bytes()) };
}

/** The file descriptor of the few kinds of line that the schema above has. */
function descriptorOf(text) {
  const messageType = [...text.matchAll(/message (\w+) \{([^}]*)\}/g)].map(([, name, body]) => ({
    name,
    field: [...body.matchAll(/(repeated )?(\w+) (\w+) = (\d+);/g)].map(([, repeated, type, field, number]) => {
      const scalar = FieldDescriptorProto_Type[type.toUpperCase()];
      return {
        name: field,
        jsonName: field,
        number: Number(number),
        label: repeated ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
        ...(scalar === undefined
          ? { type: FieldDescriptorProto_Type.MESSAGE, typeName: `.${type}` }
          : { type: scalar }),
      };
    }),
  }));
  return create(FileDescriptorProtoSchema, { name: "codec.proto", syntax: "proto3", messageType });
}
