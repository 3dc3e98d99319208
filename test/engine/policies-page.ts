import { allBlocks } from "../docs/blocks";

export interface Statement {
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, unknown>>;
}

/** A statement's action on one of its resources, such as `GetItem table/shop_swap`. */
export interface Grant {
  action: string;
  resource: string;
}

/** The policies of docs/iam.md by the names in their markers. */
export function policies(): Map<string, { Statement: Statement[] }> {
  return new Map(
    allBlocks()
      .filter(({ page, marker }) => page === "docs/iam.md" && marker.startsWith("policy: "))
      .map(({ marker, text }) => [marker.slice("policy: ".length), JSON.parse(text)]),
  );
}

/** What the policies of these names grant, one action on one resource each. */
export function grants(...names: string[]): Grant[] {
  const all = policies();
  return names.flatMap((name) => {
    const policy = all.get(name);
    if (policy === undefined) throw new Error(`docs/iam.md has no policy ${name}`);
    return policy.Statement.flatMap(({ Action, Resource }) =>
      Action.flatMap((action) =>
        Resource.map((resource) => ({
          action: action.replace("dynamodb:", ""),
          resource: resource.replace(/^arn:aws:dynamodb:eu-west-1:123456789012:/, ""),
        })),
      ),
    );
  });
}

/** Whether a grant covers a call, `<operation> <table>` as a recorder has it. */
export function covers({ action, resource }: Grant, call: string): boolean {
  const [operation, table] = call.split(" ");
  if (operation !== action) return false;
  const pattern = resource
    .split("*")
    .map((part) => part.replace(/[.?+^$()[\]{}|\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${pattern}$`).test(table === "*" ? "*" : `table/${table}`);
}

/** What was called and is not granted, and what is granted and was not called. */
export function compared(calls: readonly string[], granted: readonly Grant[]) {
  return {
    refused: calls.filter((call) => !granted.some((grant) => covers(grant, call))),
    unused: granted
      .filter((grant) => !calls.some((call) => covers(grant, call)))
      .map(({ action, resource }) => `${action} ${resource}`),
  };
}
