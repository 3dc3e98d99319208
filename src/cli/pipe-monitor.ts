import { fstatSync, lstatSync, readdirSync, readlinkSync } from "node:fs";

const STDOUT = 1;
/** Mode bit of a link in /proc/PID/fd whose descriptor is open for reading. */
const READABLE = 0o400;

/**
 * Detects that the reader of standard output's pipe has exited. Node has no poll(2), and a write of zero
 * bytes succeeds without a reader, so this looks in /proc for processes with the other end open. If it
 * never saw one (another operating system, a socket, a reader of another user or in another container), it
 * reports nothing.
 *
 * @see proc(5), /proc/PID/fd
 */
export class PipeMonitor {
  private readonly pipe = fstatSync(STDOUT).isFIFO() ? fileOf("self", STDOUT) : undefined;
  private reader = this.pipe === undefined ? undefined : findPipeReader(this.pipe);

  isClosed(): boolean {
    if (this.pipe === undefined || this.reader === undefined) return false;
    if (fileOf(this.reader.pid, this.reader.fd) === this.pipe) return false;
    // The reader may have passed the pipe to another process.
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
