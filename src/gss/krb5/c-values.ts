// The structures of GSSAPI's C interface (RFC 2744), made from JavaScript's values and read back.
import { type Functions, type Koffi, type Member, type Pointer, Structure } from "./c-library.js";
import type { CredentialSource } from "./gssapi-types.js";

/**
 * Kerberos 5 (RFC 4121 section 4.1), SPNEGO (RFC 4178), GSS_C_NT_HOSTBASED_SERVICE and GSS_KRB5_NT_PRINCIPAL_NAME (RFC 1964 section 2.1), GSS_C_INQ_SSPI_SESSION_KEY,
 * GSS_KRB5_CRED_NO_CI_FLAGS_X.
 */
const oids = {
  krb5: "2a864886f712010202",
  spnego: "2b0601050502",
  service: "2a864886f71201020104",
  principal: "2a864886f71201020201",
  sessionKey: "2a864886f7120102020505",
  noFlags: "2a85702b0d1d",
} as const;

export interface StoreElement {
  readonly key: string;
  readonly value: string;
}

/** The elements of a credential store that name where the credential comes from. */
export function storeOf({ keytab, clientKeytab, cache }: CredentialSource): StoreElement[] {
  const given = { keytab, client_keytab: clientKeytab, ccache: cache };
  return Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
}

const noBytes = new Uint8Array(0);

/** Makes and reads structures. */
export class CValues {
  /** Object identifiers of mechanisms, kinds of names, and options. */
  readonly oids: Readonly<Record<keyof typeof oids, Structure>>;
  readonly #koffi: Koffi;
  readonly #copy: Functions["copy"];

  constructor(koffi: Koffi, copy: Functions["copy"]) {
    this.#koffi = koffi;
    this.#copy = copy;
    this.oids = {
      krb5: this.#oid(oids.krb5),
      spnego: this.#oid(oids.spnego),
      service: this.#oid(oids.service),
      principal: this.#oid(oids.principal),
      sessionKey: this.#oid(oids.sessionKey),
      noFlags: this.#oid(oids.noFlags),
    };
  }

  bytesAt(pointer: Pointer, length: number): Uint8Array {
    if (pointer === null || length === 0) return noBytes;
    const bytes = new Uint8Array(length);
    this.#copy(bytes, pointer, length);
    return bytes;
  }

  /** A copy of a structure of the library. */
  copied(pointer: Pointer, members: number): Structure {
    const structure = this.struct(...Array.from({ length: members }, () => null));
    structure.bytes.set(this.bytesAt(pointer, structure.bytes.length));
    return structure;
  }

  struct(...members: readonly Member[]): Structure {
    return new Structure(this.#koffi, members);
  }

  /** A place for a number or a pointer that a function returns. */
  place(): Structure {
    return this.struct(null);
  }

  /** `gss_buffer_desc`. */
  bufferOf(bytes: Uint8Array | null = null): Structure {
    return this.struct(bytes?.length ?? 0, bytes);
  }

  /** `gss_OID_desc`. */
  #oid(hex: string): Structure {
    const elements = Buffer.from(hex, "hex");
    return this.struct(0, elements).setWord(elements.length);
  }

  /** `gss_OID_set_desc`. */
  mechanisms(withSpnego: boolean): Structure {
    const { krb5, spnego } = this.oids;
    if (!withSpnego) return this.struct(1, krb5);
    const both = this.struct(...krb5.members, ...spnego.members)
      .setWord(krb5.word)
      .setWord(spnego.word, 2);
    return this.struct(2, both);
  }

  /** `gss_key_value_set_desc`. */
  store(elements: readonly StoreElement[]): Structure {
    const texts = elements.flatMap(({ key, value }) => [Buffer.from(`${key}\0`), Buffer.from(`${value}\0`)]);
    return this.struct(0, this.struct(...texts)).setWord(elements.length);
  }
}
