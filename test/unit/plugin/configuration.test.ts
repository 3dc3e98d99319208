import { configuredConnection } from "../../../src/plugin/server/configuration";

test("a provider's arguments win over the engine's environment variables", () => {
  const env = { PULUMI_CONFIG: '{"region":"eu-west-1","endpoint":"http://127.0.0.1:1"}' };
  expect(configuredConnection({ region: "us-east-1" }, env).connection).toEqual({
    region: "us-east-1",
    endpoint: "http://127.0.0.1:1",
  });
});

test.each([
  ["nothing", undefined],
  ["no JSON", "region"],
  ["a list", '["region"]'],
  ["empty texts and other settings", '{"region":"","profile":5,"version":"0.1.0"}'],
])("%s configures nothing", (_name, PULUMI_CONFIG) => {
  expect(configuredConnection({}, { PULUMI_CONFIG }).connection).toEqual({});
});
