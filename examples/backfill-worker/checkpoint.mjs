import { readFile, rename, writeFile } from "node:fs/promises";
import { UsageError } from "./arguments.mjs";

/**
 * The progress of each segment, in a file. It is saved after the segment's items are written, so that
 * a restart repeats at most a page: writing an item twice is harmless.
 */
export class Checkpoint {
  #file;
  #state;
  #saving = Promise.resolve();

  constructor(file, state) {
    this.#file = file;
    this.#state = state;
  }

  /** Continues from the file if it exists; refuses the file of another job. */
  static async open(file, job) {
    const text = await readFile(file, "utf8").catch((error) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) {
      const places = Array.from({ length: job.segments }, () => ({ done: false }));
      return new Checkpoint(file, { job, places, copied: 0, kept: 0, left: 0 });
    }
    const state = JSON.parse(text, revive);
    for (const [name, value] of Object.entries(job))
      if (state.job?.[name] !== value)
        throw new UsageError(
          `${file} is of a job with ${name} ${state.job?.[name]}, not ${value}: remove it to start again, or name another with --checkpoint`,
        );
    return new Checkpoint(file, state);
  }

  get done() {
    return this.#state.places.every((place) => place.done);
  }

  get segmentsDone() {
    return this.#state.places.filter((place) => place.done).length;
  }

  get segments() {
    return this.#state.places.length;
  }

  get copied() {
    return this.#state.copied;
  }

  get summary() {
    const { copied, kept, left } = this.#state;
    return `${copied} copied, ${kept} kept as newer, ${left} left out`;
  }

  place(segment) {
    return this.#state.places[segment];
  }

  /** Saves a segment's new place with what its page came to. */
  async advance(segment, startKey, { copied, kept, left }) {
    this.#state.places[segment] = startKey ? { done: false, startKey } : { done: true };
    this.#state.copied += copied;
    this.#state.kept += kept;
    this.#state.left += left;
    this.#saving = this.#saving.then(() => this.#save());
    await this.#saving;
  }

  async #save() {
    // Renaming is atomic: a crash leaves the file as it was before, or as it is after.
    await writeFile(`${this.#file}.new`, JSON.stringify(this.#state, preserve));
    await rename(`${this.#file}.new`, this.#file);
  }
}

// A binary key attribute has no JSON form of its own.
const preserve = (_, value) =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value;
const revive = (_, value) =>
  typeof value?.base64 === "string" ? Buffer.from(value.base64, "base64") : value;
