/**
 * An endpoint that refuses connections. Only an administrator can listen there, and no system hands the port out:
 * one that was free a moment ago may be another test's by now.
 */
export const REFUSING = "http://127.0.0.1:1";
