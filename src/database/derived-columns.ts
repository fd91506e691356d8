import { DEFAULT_BRANCHES } from "../lib/git-origin.ts";

/** The code of the warning of an estimator that failed. It is also the mark of jobs without `stated_complete`. */
export const FAILURE_CODE = "PROJECT_ERROR";

const DEFAULT_BRANCH_LIST = DEFAULT_BRANCHES.map((name) => `'${name}'`).join(", ");

/**
 * The SQL expressions of the columns of `jobs` whose values follow from the other columns. The sealed forms do not have
 * these columns; verification compares them with the expressions. `shard_key` is not a generated column, because a
 * distributed PostgreSQL does not distribute a table by one.
 */
export const DERIVED = {
  effectiveAt: "case when estimated_at <= created_at then estimated_at else created_at end",
  isComplete: `coalesce(stated_complete, true) and not warnings @> '[{"code": "${FAILURE_CODE}"}]'`,
  isDefaultBranch: `coalesce(stated_default_branch, pull_request_url is null and (branch is null or branch in (${DEFAULT_BRANCH_LIST})))`,
  /** The first 15 bits of SHA-256 of the project; without a project, the last 15 bits of the id. */
  shardKey: `case
    when project is null then get_byte(uuid_send(id), 14) % 128 * 256 + get_byte(uuid_send(id), 15)
    else get_byte(sha256(convert_to(project, 'UTF8')), 0) * 128 + get_byte(sha256(convert_to(project, 'UTF8')), 1) / 2
  end`,
} as const;
