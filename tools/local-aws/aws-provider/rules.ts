import type { Rule } from "./refusal";
import { billingRule, globalIndexesRule, localIndexesRule } from "./rules-of-indexes";
import { attributesRule, hashKeyRule, nameRule } from "./rules-of-keys";
import {
  recoveryRule,
  restoreRule,
  streamRule,
  tableClassRule,
  tagsRule,
  timeToLiveRule,
} from "./rules-of-settings";

/**
 * The rules of DynamoDB and of the real provider for a table.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
 */
export const RULES: Rule[] = [
  nameRule,
  hashKeyRule,
  attributesRule,
  billingRule,
  globalIndexesRule,
  localIndexesRule,
  streamRule,
  timeToLiveRule,
  recoveryRule,
  tableClassRule,
  tagsRule,
  restoreRule,
];
