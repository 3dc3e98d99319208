export { defined } from "./defined";
export { assertFunctionsExist } from "./dependency";
export { CLOCK_SKEW_MS, parseDuration } from "./duration";
export { type EndpointProblem, endpointProblem } from "./endpoint";
export { assertFields, assertObject, invalidInput, truncateName } from "./fields";
export { formatType, formatValue, isoOrNumber } from "./format-value";
export { hasUnknown, UNKNOWN } from "./unknown";
