import { fstatSync, lstatSync, readdirSync, readlinkSync } from "node:fs";

const STDOUT = 1;
/** Of the mode of a link in /proc/PID/fd: the descriptor is open for reading. */
const READABLE = 0o400;

/**
 * Finds whether the reader of standard output's pipe has left. Node offers no poll(2), and a write of
 * no bytes succeeds without a reader, so the processes that hold the other end are looked up in /proc.
 * Where none was ever seen (another system, a socket, a reader of another user or in another
 * container), none is missed.
 *
 * @see proc(5), /proc/PID/fd
 */
export class PipeMonitor {
  private readonly pipe = fstatSync(STDOUT).isFIFO() ? fileOf("self", STDOUT) : undefined;
  private reader = this.pipe === undefined ? undefined : findPipeReader(this.pipe);

  isClosed(): boolean {
    if (this.pipe === undefined || this.reader === undefined) return false;
    if (fileOf(this.reader.pid, this.reader.fd) === this.pipe) return false;
    // It may have handed the pipe on.
    this.reader = findPipeReader(this.pipe);
    return this.reader === undefined;
  }
}

interface Descriptor {
  pid: string;
  fd: string;
}

/** The file behind a descriptor: `pipe:[4711]`, or the path of a named pipe. */
function fileOf(pid: string, fd: string | number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return undefined;
  }
}

function findPipeReader(pipe: string): Descriptor | undefined {
  for (const pid of names("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of names(`/proc/${pid}/fd`))
      if (fileOf(pid, fd) === pipe && isReadable(pid, fd)) return { pid, fd };
  }
  return undefined;
}

function isReadable(pid: string, fd: string): boolean {
  const mode = lstatSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & READABLE) !== 0;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
