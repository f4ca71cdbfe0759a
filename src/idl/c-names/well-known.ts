// Constants that interface files use without defining them, because a header of C does: those of the protocols' own
// documents, and of some projects whose interfaces are widely used. A definition in the file takes precedence.

/** Numbers of errors, counted from 1. */
const ERRORS = [
  "EPERM",
  "ENOENT",
  "ESRCH",
  "EINTR",
  "EIO",
  "ENXIO",
  "E2BIG",
  "ENOEXEC",
  "EBADF",
  "ECHILD",
  "EAGAIN",
  "ENOMEM",
  "EACCES",
  "EFAULT",
  "ENOTBLK",
  "EBUSY",
  "EEXIST",
  "EXDEV",
  "ENODEV",
  "ENOTDIR",
  "EISDIR",
  "EINVAL",
  "ENFILE",
  "EMFILE",
  "ENOTTY",
  "ETXTBSY",
  "EFBIG",
  "ENOSPC",
  "ESPIPE",
  "EROFS",
  "EMLINK",
  "EPIPE",
];

/** The types of values in libvirt's and Gluster's dictionaries, numbered from 1. */
const LIBVIRT_PARAMETERS = ["INT", "UINT", "LLONG", "ULLONG", "DOUBLE", "BOOLEAN", "STRING"];
const GLUSTER_DATA = ["STR_OLD", "INT", "UINT", "DOUBLE", "STR", "PTR", "GFUUID", "IATT", "MDATA"];

const VALUES: Readonly<Record<string, number>> = {
  TRUE: 1,
  FALSE: 0,
  true: 1,
  false: 0,
  // The longest name in secure RPC, the longest path of a Unix socket.
  MAXNETNAMELEN: 255,
  UNIX_PATH_MAX: 108,
  // Credentials: their flavors and sizes (RFC 5531 sections 8.2 and appendix A, RFC 2203 section 5.1).
  AUTH_NONE: 0,
  AUTH_NULL: 0,
  AUTH_SYS: 1,
  AUTH_UNIX: 1,
  AUTH_SHORT: 2,
  AUTH_DH: 3,
  AUTH_DES: 3,
  RPCSEC_GSS: 6,
  MAX_AUTH_BYTES: 400,
  // NFS (RFC 1094 section 2.3, RFC 1813 section 2.4, RFC 7530 section 2), MOUNT (RFC 1813 appendix I), NLM and NSM
  // (X/Open's Protocols for Interworking: XNFS), and the access control lists beside them.
  FHSIZE: 32,
  FHSIZE3: 64,
  NFS_FHSIZE: 32,
  NFS3_FHSIZE: 64,
  NFS4_FHSIZE: 128,
  NFS4_VERIFIER_SIZE: 8,
  NFS_MAXPATHLEN: 1024,
  NFS_MAXNAMLEN: 255,
  MNTPATHLEN: 1024,
  MNTNAMLEN: 255,
  LM_MAXSTRLEN: 1024,
  SM_MAXSTRLEN: 1024,
  NFS_OK: 0,
  NFS3_OK: 0,
  NFS4_OK: 0,
  ACL2_OK: 0,
  ACL3_OK: 0,
  ACL4_OK: 0,
  // Constants of NIS and NIS+.
  NIS_MAXNAMELEN: 1024,
  NIS_MAXPATH: 1024,
  // Constants of libvirt.
  VIR_UUID_BUFLEN: 16,
  VIR_SECURITY_MODEL_BUFLEN: 257,
  VIR_SECURITY_LABEL_BUFLEN: 4097,
  VIR_SECURITY_DOI_BUFLEN: 257,
};

/** The only early error number that differs between systems. */
const UNSURE = "EAGAIN";

export const BUILTIN_CONSTANTS: ReadonlyMap<string, bigint> = new Map([
  ...Object.entries(VALUES).map(([name, value]): [string, bigint] => [name, BigInt(value)]),
  ...ERRORS.map((name, index): [string, bigint] => [name, BigInt(index + 1)]).filter(([name]) => name !== UNSURE),
  ...LIBVIRT_PARAMETERS.map((name, index): [string, bigint] => [`VIR_TYPED_PARAM_${name}`, BigInt(index + 1)]),
  ...GLUSTER_DATA.map((name, index): [string, bigint] => [`GF_DATA_TYPE_${name}`, BigInt(index + 1)]),
]);
