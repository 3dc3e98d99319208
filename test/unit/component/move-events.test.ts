import * as pulumi from "@pulumi/pulumi";
import { assertNoOtherStream } from "../../../src/component/move-events";

jest.mock("../../../src/dynamic", () => ({
  ...jest.requireActual("../../../src/dynamic"),
  hasMocks: () => false,
}));
jest.mock("@pulumi/aws", () => ({ dynamodb: { getTable: async () => table() } }));

let table: () => object;
void pulumi.runtime.setMocks({
  call: ({ inputs }) => inputs,
  newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
});

const check = (answer: typeof table) => {
  table = answer;
  return assertNoOtherStream(
    "shop_swap",
    undefined,
    new pulumi.ComponentResource("test:index:Parent", "parent"),
  );
};
const fails = (message: string) => () => {
  throw new Error(message);
};

test.each<[string, typeof table]>([
  ["that is not there yet", fails("reading DynamoDB Table (shop_swap): couldn't find resource")],
  ["without a stream", () => ({ streamEnabled: false, streamViewType: "" })],
  ["whose stream was disabled", () => ({ streamEnabled: false, streamViewType: "KEYS_ONLY" })],
  ["with its own stream", () => ({ streamEnabled: true, streamViewType: "NEW_AND_OLD_IMAGES" })],
])("a control table %s may send its moves", async (_which, answer) => {
  await expect(check(answer)).resolves.toBeUndefined();
});

test.each<[string, typeof table, RegExp]>([
  [
    "with a stream of keys",
    () => ({ streamEnabled: true, streamViewType: "KEYS_ONLY" }),
    /KEYS_ONLY/,
  ],
  [
    "with a stream of new images",
    () => ({ streamEnabled: true, streamViewType: "NEW_IMAGE" }),
    /NEW_IMAGE/,
  ],
  ["that can't be described", fails("AccessDeniedException: not\n authorized"), /not authorized/],
])("a control table %s is refused", async (_which, answer, reason) => {
  const refusal = check(answer);
  await expect(refusal).rejects.toThrow(pulumi.ResourceError);
  await expect(refusal).rejects.toThrow(reason);
  await expect(refusal).rejects.toThrow(/^[^\n]+$/);
});
