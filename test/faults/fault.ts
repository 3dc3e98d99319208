import type { ServerResponse } from "node:http";

/** Whether DynamoDB gets the request: at once, not at all, or when the client has long given up. */
export type Arrival = "now" | "never" | "late";

/** What the client gets to see. */
type Seen =
  | "answer"
  /** The connection is closed, without a byte. */
  | "nothing"
  /** The connection is reset (RST). */
  | "reset"
  /** The head of the answer and half of its body, then the connection is closed. */
  | "half"
  /** HTTP 200 without a body, as from a proxy. */
  | "blank"
  | Refusal;

interface Refusal {
  status: number;
  name: string;
  message: string;
}

const internal: Refusal = {
  status: 500,
  name: "InternalServerError",
  message: "The request could not be processed",
};
const refusal = (name: string, message: string): Refusal => ({ status: 400, name, message });

/** Every fault there is: what DynamoDB gets and what the client sees. */
export const faults = {
  pass: { arrives: "now", seen: "answer" },
  "lose request": { arrives: "never", seen: "nothing" },
  "lose response": { arrives: "now", seen: "nothing" },
  "reset before": { arrives: "never", seen: "reset" },
  "reset after": { arrives: "now", seen: "reset" },
  "cut body": { arrives: "now", seen: "half" },
  /** Answered by something in between, with the request lost and with it passed on. */
  blank: { arrives: "never", seen: "blank" },
  "blank after": { arrives: "now", seen: "blank" },
  /** A server fault of a request that was not carried out, and of one that was. */
  fail: { arrives: "never", seen: internal },
  "fail after": { arrives: "now", seen: internal },
  throttle: { arrives: "never", seen: refusal("ThrottlingException", "Rate exceeded") },
  deny: {
    arrives: "never",
    seen: refusal("AccessDeniedException", "User: test is not authorized to do this"),
  },
  /** A failed condition without the item, as where the row changed back before it can be read. */
  "fail condition": {
    arrives: "never",
    seen: refusal("ConditionalCheckFailedException", "The conditional request failed"),
  },
  /** Lost to the client, yet it arrives, later. */
  late: { arrives: "late", seen: "nothing" },
} satisfies Record<string, { arrives: Arrival; seen: Seen }>;

export type FaultName = keyof typeof faults;

/** An answer of DynamoDB. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Lets the client see what the fault leaves of the answer, which is there if the request arrived. */
export function show(name: FaultName, answer: Answer | undefined, outgoing: ServerResponse): void {
  const seen: Seen = faults[name].seen;
  if (typeof seen === "object") {
    const body = { __type: `com.amazonaws.dynamodb.v20120810#${seen.name}`, message: seen.message };
    outgoing.writeHead(seen.status, { "content-type": "application/x-amz-json-1.0" });
    outgoing.end(JSON.stringify(body));
  } else if (seen === "blank") {
    outgoing.writeHead(200);
    outgoing.end();
  } else if (seen === "reset") {
    outgoing.socket?.resetAndDestroy();
  } else if (seen === "nothing" || answer === undefined) {
    outgoing.destroy();
  } else {
    const { status, headers, body } = answer;
    outgoing.writeHead(status, { ...headers, "content-length": String(body.length) });
    if (seen === "answer") outgoing.end(body);
    else
      outgoing.write(body.subarray(0, body.length / 2), () => {
        // Let the half be read before the connection goes: it would be lost with it.
        setImmediate(() => outgoing.destroy());
      });
  }
}
