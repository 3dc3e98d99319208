import {
  isSwapError,
  match,
  SwapError,
  type SwapErrorCode,
  type SwapErrorPayloads,
} from "pulumi-swap/errors";
import { typed } from "./expect-type";

export function narrows(error: unknown): void {
  if (match(error, "swap.version-regressed")) {
    typed<"swap.version-regressed">()(error.code, true);
    typed<number>()(error.payload.active, true);
    typed<string | undefined>()(error.payload.by, true);
    // @ts-expect-error: another code's field
    error.payload.gate;
  }
  if (match(error, "swap.not-ready")) typed<string>()(error.payload.gate, true);
  // @ts-expect-error: no such code
  match(error, "swap.no-such-code");
  if (isSwapError(error)) {
    typed<SwapErrorCode>()(error.code, true);
    typed<string>()(error.hint, true);
    typed<string>()(error.line, true);
  }
}

/** Every code has a payload, and a payload is checked against its code. */
export const made: SwapError<"swap.alias-invalid"> = new SwapError("swap.alias-invalid", {
  alias: "a/b",
  rule: "no slash",
});
// @ts-expect-error: the payload of another code
new SwapError("swap.alias-invalid", { gate: "table" });

export type Payload = SwapErrorPayloads["swap.version-barred"];
export const payload: Payload = { alias: "orders", requested: 5 };
