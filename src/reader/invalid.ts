import { SwapError } from "../errors";
import { formatValue } from "../validation";

/** `swap.input-invalid`, with the value as {@link formatValue} shows it. */
export function invalid(
  name: string,
  value: unknown,
  rule: string,
  fix: string,
): SwapError<"swap.input-invalid"> {
  return formatInvalid(name, formatValue(value), rule, fix);
}

/** The same with a value that is shown in words already, such as `(a key)`. */
export function formatInvalid(
  name: string,
  value: string,
  rule: string,
  fix: string,
): SwapError<"swap.input-invalid"> {
  return new SwapError("swap.input-invalid", { name, value, rule, fix });
}
