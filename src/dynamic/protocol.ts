/**
 * The part of Pulumi's dynamic provider protocol that the handlers speak. Declared here so that
 * they need no Pulumi import; structurally the types of `pulumi.dynamic`.
 */
export interface CheckFailure {
  property: string;
  reason: string;
}

export interface CheckResult<I> {
  inputs?: I;
  failures?: CheckFailure[];
}

export interface DiffResult {
  changes?: boolean;
  replaces?: string[];
  deleteBeforeReplace?: boolean;
}

export interface CreateResult<O> {
  id: string;
  outs: O;
}

export interface UpdateResult<O> {
  outs: O;
}

export interface ReadResult<O> {
  /** Omitted if the resource no longer exists. */
  id?: string;
  props?: O;
}

/** Values as Pulumi passes them, not yet checked. */
export type Untrusted<T> = { [K in keyof T]?: unknown };

/** The property that holds a dynamic resource's URN, which Pulumi tells no dynamic provider. Hidden like each `__…`. */
export const URN_PROPERTY = "__urn";

/** The operations of a resource type; one instance serves all its resources. */
export interface Handler<I, O> {
  check(olds: Untrusted<I>, news: Untrusted<I>): Promise<CheckResult<Untrusted<I>>>;
  diff(id: string, olds: O, news: I): Promise<DiffResult>;
  create(inputs: I): Promise<CreateResult<O>>;
  update(id: string, olds: O, news: I): Promise<UpdateResult<O>>;
  read(id: string, props: O): Promise<ReadResult<O>>;
  delete(id: string, props: O): Promise<void>;
}
