import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../items";
import type { ChangeRecord } from "../replay";

/** What the handlers use of Lambda's context object. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
  /** The function's ARN. */
  invokedFunctionArn?: string;
}

/** A batch of a DynamoDB stream, as Lambda's event source mapping passes it. */
export interface StreamEvent {
  Records: readonly StreamRecord[];
}

export interface StreamRecord {
  eventSourceARN?: string;
  /** What made the change, if it was no request: for time to live the principal "dynamodb.amazonaws.com". */
  userIdentity?: { type?: string; principalId?: string };
  dynamodb?: {
    SequenceNumber?: string;
    /** Unix seconds. */
    ApproximateCreationDateTime?: number;
    Keys?: Record<string, { S?: string }>;
    OldImage?: Record<string, EventValue>;
    NewImage?: Record<string, EventValue>;
  };
}

/** The answer to a batch: the mapping repeats it from the first record named. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/** A value in DynamoDB's JSON form, with bytes as base64 text. */
export type EventValue = Record<string, unknown>;

/** The change that a stream record holds. */
export function changeOf({ dynamodb: { OldImage, NewImage } = {} }: StreamRecord): ChangeRecord {
  return {
    oldImage: OldImage && decodeImage(OldImage),
    newImage: NewImage && decodeImage(NewImage),
  };
}

function decodeImage(image: Record<string, EventValue>): Item {
  return Object.fromEntries(
    Object.entries(image).map(([name, value]) => [name, decodeValue(value)]),
  );
}

const decodeBytes = (text: unknown): Uint8Array => Buffer.from(String(text), "base64");

function decodeValue(value: EventValue): AttributeValue {
  const [type, content] = Object.entries(value)[0] ?? [];
  if (type === "B") return { B: decodeBytes(content) };
  if (type === "BS") return { BS: (content as unknown[]).map(decodeBytes) };
  if (type === "L") return { L: (content as EventValue[]).map(decodeValue) };
  if (type === "M") return { M: decodeImage(content as Record<string, EventValue>) };
  return value as unknown as AttributeValue;
}
