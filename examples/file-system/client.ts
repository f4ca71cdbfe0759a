// Prints a file of the server: node client.js ADDRESS PATH
import { authSys, createClient } from "lupine";
import { FILE_VERS, file_status } from "./files.gen.js";

const [address = "localhost", path = "README.md"] = process.argv.slice(2);
const chunk = 8192;

await using files = createClient(FILE_VERS, address, { auth: authSys() });

const opened = await files.open(path);
if (opened.status === file_status.FILE_OK) {
  await copy(opened.fd);
  await files.close(opened.fd);
} else {
  fail(opened.status);
}

async function copy(fd: number): Promise<void> {
  for (;;) {
    const read = await files.read(fd, chunk);
    if (read.status !== file_status.FILE_OK) return fail(read.status);
    if (read.data.length === 0) return;
    process.stdout.write(read.data);
  }
}

function fail(status: file_status): void {
  const name = Object.entries(file_status).find(([, value]) => value === status)?.[0];
  console.error(`${path}: ${name}`);
  process.exitCode = 1;
}
