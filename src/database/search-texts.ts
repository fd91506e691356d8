/**
 * The indexed expressions of the search for jobs. PostgreSQL uses an index only for the same expression. A lower case of
 * the joined texts could differ from those of its parts.
 */
export const SEARCH_TEXTS = {
  /** All texts of a job that a search finds by any part, for idx_jobs_search. Labels have the escapes of JSON. */
  joined: `(lower(coalesce(branch, '')) || e'\\n' || lower(coalesce(pull_request_url, '')) || e'\\n'
    || lower(coalesce(pull_request_title, '')) || e'\\n' || lower(coalesce(run_id, '')) || e'\\n' || lower(labels::text))`,
  /** The beginnings of all texts of a job, each as one word, for idx_jobs_search_prefix. */
  beginnings: "search_beginnings(commit_sha, branch, pull_request_url, pull_request_title, run_id, labels)",
} as const;
