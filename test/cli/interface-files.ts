// A folder with interface files for one test, gone afterwards.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Runs `body` with the path of a folder that holds the given files. */
export async function withFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  body: (path: (name: string) => string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "lupine-cli-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await body((name) => join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}
