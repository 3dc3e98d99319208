export { defined } from "./defined";
export { parseDuration } from "./duration";
export { type EndpointFault, endpointFault } from "./endpoint";
export { formatKind, formatValue } from "./format-value";
export { assertProvided } from "./provided";
export { hasUnknown, UNKNOWN } from "./unknown";
