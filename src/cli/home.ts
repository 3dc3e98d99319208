import { homedir, userInfo } from "node:os";

/** A folder that does not exist and that only root can make. */
const NO_HOME = "/nonexistent";

/**
 * Sets a home folder and a shell if the system has neither: no HOME, and a user id without a passwd entry,
 * as in some containers. Otherwise Node throws when oclif and the AWS SDK ask for them. An existing folder,
 * such as the one for temporary files, would let another user plant AWS settings in it.
 */
export function ensureHomeFolder(): void {
  if (homeFolder() === undefined) process.env.HOME = NO_HOME;
  if (process.env.SHELL !== undefined) return;
  try {
    userInfo();
  } catch {
    process.env.SHELL = "/bin/sh";
  }
}

/** The home folder, or undefined where the system knows none. */
export function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
