import { configuration } from "../../../tools/local-aws/aws-provider/configuration";

const HERE = "http://127.0.0.1:8000";
const endpoints = (url: string) => JSON.stringify([{ dynamodb: url }]);
const env = { AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_DYNAMODB: "http://localhost:1" };

test("the provider's own arguments come first, then PULUMI_CONFIG, then the environment", () => {
  const config = {
    ...env,
    PULUMI_CONFIG: JSON.stringify({ "aws:endpoints": endpoints(HERE), "aws:region": "eu-west-1" }),
  };
  const args = { endpoints: endpoints("http://[::1]:2"), region: "eu-west-2" };
  expect(configuration(args, config)).toMatchObject({
    endpoint: "http://[::1]:2",
    region: "eu-west-2",
  });
  expect(configuration({}, config)).toMatchObject({ endpoint: HERE, region: "eu-west-1" });
  expect(configuration({}, env)).toMatchObject({
    endpoint: "http://localhost:1",
    region: "us-east-1",
  });
});

test("default tags are read", () => {
  const defaultTags = JSON.stringify({ tags: { owner: "me" } });
  expect(configuration({ defaultTags }, env).defaultTags).toEqual({ owner: "me" });
});

test("no endpoint is a clear refusal", () => {
  expect(() => configuration({}, { AWS_REGION: "us-east-1" })).toThrow(
    /no DynamoDB endpoint: set AWS_ENDPOINT_URL_DYNAMODB/,
  );
});

test.each([
  "https://dynamodb.us-east-1.amazonaws.com",
  "http://10.0.0.1:8000",
  "http://localhost.example.com",
  "http://127.0.0.1.example.com",
  "ftp://127.0.0.1",
  "127.0.0.1:8000",
])("%s is not of this machine", (url) => {
  const refused = `"${url}": it must be a URL of this machine`;
  expect(() => configuration({ endpoints: endpoints(url) }, env)).toThrow(refused);
});

test("no Region is a clear refusal", () => {
  expect(() => configuration({}, { AWS_ENDPOINT_URL_DYNAMODB: HERE })).toThrow(
    /set AWS_REGION or aws:region/,
  );
});
