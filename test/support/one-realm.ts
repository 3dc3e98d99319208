import { types } from "node:util";

/**
 * Jest runs a test file in a separate realm, where the errors of Node's own modules (a refused
 * connection, say) are no instances of `Error`. The AWS SDK wraps such a value in a text and drops
 * its code, which it never does outside Jest. Import this where a test is about such a failure.
 */
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, thing: unknown): boolean {
    if (this === Error && types.isNativeError(thing)) return true;
    return Function.prototype[Symbol.hasInstance].call(this, thing);
  },
});
