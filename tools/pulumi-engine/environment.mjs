import { delimiter, join } from "node:path";

/**
 * The environment of a Pulumi run against a local DynamoDB, with state and Pulumi's home in `folder`.
 * Not the user's own: no AWS account and no Pulumi backend of theirs is touched.
 * @param root the checkout, whose node_modules hold the dynamic provider's launcher
 */
export function localEnvironment({ engine, root, folder, endpoint }) {
  const { HOME, LANG, TERM, XDG_CACHE_HOME } = process.env;
  return {
    ...Object.fromEntries(
      Object.entries({ HOME, LANG, TERM, XDG_CACHE_HOME }).filter(([, value]) => value),
    ),
    PATH: [
      engine.binDir,
      join(root, "node_modules/.bin"),
      join(root, "node_modules/@pulumi/pulumi"),
      process.env.PATH,
    ].join(delimiter),
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "local",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    NO_COLOR: "1",
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  };
}
