/** A failure whose message is all that a person needs: shown as one line, without a stack trace. */
export class EngineError extends Error {
  name = "EngineError";
}
