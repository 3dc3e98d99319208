import { SwapError } from "../../../src/errors";
import { copyHandler, replayHandler, verifyHandler } from "../../../src/migration/lambda";
import { settingsFrom } from "../../../src/migration/lambda/open";

jest.mock("../../../src/migration/lambda/open", () => ({
  newClient: () => ({}),
  settingsFrom: jest.fn(),
}));

const opening = jest.mocked(settingsFrom);
const context = { invokedFunctionArn: "arn", getRemainingTimeInMillis: () => 900_000 };
const handlers = {
  copy: () => copyHandler({ segments: 1 }, context),
  replay: () => replayHandler({ wayBack: { mapping: "m" } }, context),
  verify: () => verifyHandler({ Records: [] }, context),
};

/** As the runtime answers: see `toRapidResponse` of aws-lambda-nodejs-runtime-interface-client. */
async function answerOf(call: () => Promise<unknown>, thrown: Error) {
  opening.mockImplementationOnce(() => {
    throw thrown;
  });
  const {
    name,
    message,
    stack = "",
  } = await call().then(
    () => new Error("it succeeded"),
    (error: Error) => error,
  );
  return { errorType: name, errorMessage: message, trace: stack.split("\n") };
}

test.each(Object.entries(handlers))(
  "%s: a refusal is its line, without a stack, which the AWS provider would print",
  async (_name, call) => {
    const refusal = new SwapError("swap.input-invalid", {
      name: "migrateFrom.transform of version 2",
      value: "hash",
      rule: "it fails",
      fix: "correct it",
    });
    expect(await answerOf(call, refusal)).toEqual({
      errorType: refusal.code,
      errorMessage: refusal.line,
      trace: [refusal.code],
    });
    const fault = new TypeError("a fault of the code");
    expect(await answerOf(call, fault)).toMatchObject({
      errorType: "TypeError",
      trace: fault.stack?.split("\n"),
    });
  },
);
