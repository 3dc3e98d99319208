import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { describeDifference, type Scalar } from "../../../src/readiness/difference";

test.each<[Scalar, AttributeValue | undefined, string | undefined]>([
  ["a", undefined, "absent"],
  ["a", { S: "a" }, undefined],
  ["a", { S: "b" }, "with another value"],
  ["1", { N: "1" }, "of type N where S is wanted"],
  [1, { N: "1.0" }, undefined],
  [1, { N: "10" }, "with another value"],
  [true, { BOOL: true }, undefined],
  [true, { BOOL: false }, "with another value"],
  [null, { NULL: true }, undefined],
  [null, { S: "" }, "of type S where NULL is wanted"],
  ["a", {} as AttributeValue, "of type nothing where S is wanted"],
])("%j beside %j is %p", (expected, stored, told) => {
  expect(describeDifference(expected, stored)).toBe(told);
});
