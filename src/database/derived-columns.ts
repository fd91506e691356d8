/**
 * The SQL expressions of the columns of `jobs` whose values follow from the other columns. The sealed forms do not have
 * these columns; verification compares them with the expressions. `shard_key` is not a generated column, because a
 * distributed PostgreSQL does not distribute a table by one.
 */
export const DERIVED = {
  effectiveAt: "case when estimated_at <= created_at then estimated_at else created_at end",
  /** PROJECT_ERROR is also the mark of a failed run in jobs without `stated_complete`. */
  isComplete: `coalesce(stated_complete, true) and not warnings @> '[{"code": "PROJECT_ERROR"}]'`,
  isDefaultBranch:
    "coalesce(stated_default_branch, pull_request_url is null and (branch is null or branch in ('main', 'master', 'trunk')))",
  /** The first 15 bits of SHA-256 of the project; without a project, the last 15 bits of the id. */
  shardKey: `case
    when project is null then get_byte(uuid_send(id), 14) % 128 * 256 + get_byte(uuid_send(id), 15)
    else get_byte(sha256(convert_to(project, 'UTF8')), 0) * 128 + get_byte(sha256(convert_to(project, 'UTF8')), 1) / 2
  end`,
} as const;
