import { hostname, userInfo } from "node:os";

/** Who runs this command: the user and the machine, in 256 characters at most. */
export function operator(): string {
  return `${userName()}@${hostname()}`.slice(0, 256);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no entry in its list of users.
    return process.env.USER || `user ${process.getuid?.() ?? "unknown"}`;
  }
}
