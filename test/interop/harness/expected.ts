// What the clients of peer.x are asked to do, and what they then say.

/** What c/peer_client.c is asked for, and what it then prints. */
export const calls = ["null", "add:1,2", "add:-2147483648,1", "whoami", "echo:0", "echo:8000"];

export function answers(whoami: string): string {
  return `null ok\nadd 3\nadd -2147483647\nwhoami ${whoami}\necho 0 same\necho 8000 same\n`;
}

/** WHO_AM_I as the C client prints it, without and with its AUTH_SYS credential. */
export const nobody = "flavor=0 machine= uid=0 gid=0 gids=";
export const somebody = "flavor=1 machine=here uid=1234 gid=56 gids=7,8";
