// What to do about the errors of the Kerberos library.

/** Where krb5.conf is. */
const place = "(KRB5_CONFIG, default /etc/krb5.conf)";

const runsAndIsNamed = `running, and does krb5.conf name it ${place}?`;

/** The advice if a key distribution centre does not answer. */
export const isItThere = `is it ${runsAndIsNamed}`;

/** What to do, by minor status of MIT's library. */
export const advice: { readonly [minor: number]: string } = {
  // KG_EMPTY_CCACHE, KRB5_CC_NOTFOUND, KRB5_FCC_NOFILE, KRB5KRB_AP_ERR_TKT_EXPIRED
  39756044: "get a ticket: kinit NAME",
  [-1765328243]: "get a ticket: kinit NAME",
  [-1765328189]: "get a ticket: kinit NAME",
  [-1765328352]: "get a new ticket: kinit NAME",
  // KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN
  [-1765328377]: "is the service named as in the server's keytab (klist -k), with the host's full name?",
  // KRB5_KDC_UNREACH, KRB5_REALM_UNKNOWN
  [-1765328228]: `is the key distribution centre ${runsAndIsNamed}`,
  [-1765328230]: `does krb5.conf name the realm's key distribution centre ${place}?`,
  // EAGAIN of Linux: the name of a key distribution centre could not be looked up.
  11: `can the name of the key distribution centre in krb5.conf be looked up ${place}?`,
  // KRB5KRB_AP_ERR_SKEW
  [-1765328347]: "compare the clocks of both machines",
  // KRB5_KT_NOTFOUND
  [-1765328203]: "the server's keytab lacks the service: see klist -k",
};
