// Copies a ledger with all that an outsider needs to check it: head, public key, verifier, instructions.
import { copyFile, cp, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { OpsError } from "../../core/errors";
import { isObstacle, reasonOf } from "../../machine/obstacles";
import { makeDirectory, readIfThere } from "./files";
import type { LedgerFiles } from "./layout";
import { pendingFile } from "./waiting";

const VERIFIER = path.resolve(__dirname, "../../verify-evidence.mjs");

const readme = (name: string): string => `# Evidence ledger ${name}

Check it with nothing but Node.js 20 or later; no network, no packages:

    node verify-evidence.mjs ledger --ledger ${name} --head head.dsse.json --key ed25519.pub.pem

Exit code 0: every entry is there, unaltered and in order. 1: something is wrong, and the place is printed. 2: wrong use.

Two things must reach you by another way than this directory, or a green verdict means little:

- **The key.** Whoever could replace the ledger could replace \`ed25519.pub.pem\` too. Compare the fingerprint that the
  verifier prints with the one that was handed to you on paper, or give --key the file that you kept.
- **The head.** Entries at the end can be cut off together with their head. Keep every \`head.dsse.json\` that you are given,
  and give the older ones with --earlier: the ledger must still begin with exactly what they vouch for.
`;

async function emptyDirectory(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (names.length === 0) return makeDirectory(directory);
  throw new OpsError("directory", `${directory} is not empty`, {
    expected: "a new or empty directory",
    todo: "name another one; nothing is ever overwritten",
  });
}

/** Of an append that was interrupted and cannot be finished here, so that nobody takes its traces for an alteration. */
async function copyPending(files: LedgerFiles, directory: string): Promise<void> {
  if (!(await readIfThere(pendingFile(files)))) return;
  await makeDirectory(directory);
  await copyFile(pendingFile(files), path.join(directory, path.basename(pendingFile(files))));
}

/** @throws OpsError directory */
export async function exportLedger(files: LedgerFiles, directory: string): Promise<string[]> {
  if (!path.relative(files.directory, path.resolve(directory)).startsWith("..")) {
    throw new OpsError("directory", `${directory} lies in the ledger`, {
      expected: "a new or empty directory elsewhere",
      todo: "name another one; a ledger holds nothing but evidence",
    });
  }
  const target = (name: string): string => path.join(directory, name);
  try {
    await emptyDirectory(directory);
    await cp(files.directory, target("ledger"), { recursive: true });
    await copyFile(files.head, target("head.dsse.json"));
    await copyPending(files, target("head.pending"));
    await copyFile(files.publicKey, target("ed25519.pub.pem"));
    await copyFile(VERIFIER, target("verify-evidence.mjs"));
    await writeFile(target("README.md"), readme(files.name));
  } catch (error) {
    if (!isObstacle(error)) throw error;
    throw new OpsError("directory", `${directory} cannot be written: ${reasonOf(error)}`, {
      expected: "a new or empty directory on a disk with space",
      todo: "name another one",
    });
  }
  return (await readdir(directory)).sort();
}
