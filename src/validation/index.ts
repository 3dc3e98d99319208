export { defined } from "./defined";
export { parseDuration } from "./duration";
export { type EndpointFault, endpointFault } from "./endpoint";
export { assertProvided } from "./provided";
export { shownInput, shownKind } from "./shown-input";
export { hasUnknown, UNKNOWN } from "./unknown";
