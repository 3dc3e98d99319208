const SERVICE = "com.amazonaws.dynamodb.v20120810";

/**
 * An error answered in DynamoDB's own error JSON (`__type`, `message`), so that every AWS SDK
 * raises its usual exception class for it.
 */
export class DynamoDBFailure extends Error {
  constructor(
    /** The exception name after the `#` of `__type`. */
    readonly type: string,
    message: string,
    readonly status = 400,
    private readonly namespace = SERVICE,
  ) {
    super(message);
    this.name = type;
  }

  body(): string {
    return JSON.stringify({ __type: `${this.namespace}#${this.type}`, message: this.message });
  }
}

/** An error the upstream answered, passed on byte for byte. */
export class UpstreamFailure extends Error {
  constructor(
    readonly status: number,
    private readonly raw: string,
  ) {
    super(raw);
    this.name = "UpstreamFailure";
  }

  body(): string {
    return this.raw;
  }

  /** Whether the upstream named this exception, e.g. "ResourceNotFoundException". */
  is(type: string): boolean {
    return this.raw.includes(`#${type}"`);
  }
}

export const validation = (message: string): DynamoDBFailure =>
  new DynamoDBFailure("ValidationException", message, 400, "com.amazon.coral.validate");

export const inUse = (message: string): DynamoDBFailure =>
  new DynamoDBFailure("ResourceInUseException", message);

export const notFound = (message: string): DynamoDBFailure =>
  new DynamoDBFailure("ResourceNotFoundException", message);

export const limitExceeded = (message: string): DynamoDBFailure =>
  new DynamoDBFailure("LimitExceededException", message);

export const unknownOperation = (message: string): DynamoDBFailure =>
  new DynamoDBFailure("UnknownOperationException", message, 400, "com.amazon.coral.service");
