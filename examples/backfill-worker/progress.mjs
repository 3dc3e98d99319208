const EVERY_MS = 2_000;

/** Reports the progress of the copy on stderr: one line on a terminal, else line by line. */
export class Progress {
  #checkpoint;
  #before;
  #start = performance.now();
  #timer;

  constructor(checkpoint) {
    this.#checkpoint = checkpoint;
    this.#before = checkpoint.copied;
    this.#timer = setInterval(() => this.#show(process.stderr.isTTY ? "\r" : "\n"), EVERY_MS);
  }

  end() {
    clearInterval(this.#timer);
    this.#show("\n");
  }

  #show(end) {
    const { summary, copied, segments, segmentsDone } = this.#checkpoint;
    const seconds = (performance.now() - this.#start) / 1_000;
    const pace = Math.round((copied - this.#before) / Math.max(seconds, 0.001));
    process.stderr.write(
      `${summary}; ${pace}/s; ${segmentsDone} of ${segments} segments done${end}`,
    );
  }
}
