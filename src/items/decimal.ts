/** The match, the sign, the digits before and after the point, and the exponent. */
type Parts = [string, string, string, string, string?];

/**
 * Normalizes a decimal number so that equal numbers have equal text. DynamoDB stores 38 digits, more than a
 * JavaScript number. Other text is returned unchanged.
 */
export function canonicalDecimal(text: string): string {
  if (isDigits(text)) return `${text}e0`;
  const parts = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!parts) return text;
  const [, sign, whole, fraction, exponent = "0"] = parts as unknown as Parts;
  if (whole + fraction === "") return text;
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${sign === "-" ? "-" : ""}${significant}e${power}`;
}

/** Whether a number is digits only, of which neither the first nor the last is 0: most are. */
function isDigits(text: string): boolean {
  if (text.length === 0 || text.startsWith("0") || text.endsWith("0")) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < DIGIT_0 || code > DIGIT_9) return false;
  }
  return true;
}

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
