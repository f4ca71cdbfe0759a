// Programs that a binder never calls for others: they trust callers on their own machine, or the binder's word.

/** Program numbers, and why each must not be called through a binder. */
export const privilegedPrograms: ReadonlyMap<number, string> = new Map([
  [100000, "the binder itself: a caller would register as a program of this machine"],
  [100003, "nfs: exports are checked by the caller's address, which would be this machine's"],
  [100004, "ypserv: hands out the password map to its own network"],
  [100005, "mount: exports are checked by the caller's address"],
  [100007, "ypbind: takes a new server from callers of this machine"],
  [100009, "yppasswd: changes passwords"],
  [100011, "rquota: reports how much disk space users have"],
  [100021, "nlockmgr: takes and frees others' file locks"],
  [100024, "status: makes this machine call any host that the caller names"],
  [100026, "bootparam: gives diskless machines their servers"],
  [100028, "ypupdated: changes the maps of names"],
  [100029, "keyserv: holds users' secret keys"],
  [100068, "cmsd: known for running callers' commands"],
  [100069, "ypxfrd: hands out whole maps of names"],
  [100083, "ttdbserver: known for running callers' commands"],
  [100227, "nfs_acl: exports are checked by the caller's address"],
  [100232, "sadmind: runs administrators' commands"],
  [150001, "pcnfsd: checks passwords and prints"],
  [395179, "pcnfsd, a later number"],
  [608454994, "directory: registrations are accepted from its own machine"],
]);
