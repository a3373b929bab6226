// What keeps us from writing a file, in words: refusals of the operating system that a user can act on.
import { codeOf } from "../core/errors";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "a part of the path is not a directory",
  EEXIST: "a part of the path is not a directory",
  EISDIR: "it is a directory",
  ENOENT: "no such file or directory",
  ELOOP: "its links go round in a circle",
  ENAMETOOLONG: "the name is too long",
};

export function reasonOf(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}

/** True when the error says that this place cannot be read or written by us, now. */
export function isObstacle(error: unknown): boolean {
  return codeOf(error) in REASONS;
}
