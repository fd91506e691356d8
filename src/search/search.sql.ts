import type { Database } from "../database/database.ts";
import { firstRow, rows, type Sql, sql } from "../database/sql.ts";
import type { Project } from "../portfolio/project.graphql.ts";
import { namesOf, PROJECT_ID } from "../portfolio/projects.sql.ts";

/** The text of a search, and the indexes that can find it. */
export interface SearchedText {
  /** As the client sent it. */
  readonly sent: string;
  /** In lower case, by the rules of PostgreSQL and of the collation of the database. */
  readonly lower: string;
  /** Whether idx_jobs_search can find any part of a text that has this text. */
  readonly hasTrigrams: boolean;
}

/** A part of a text that pg_trgm can find: three letters or digits. */
const TRIGRAM = /[\p{L}\p{N}]{3}/u;
/** The same in a database with the character type C, where pg_trgm knows letters of ASCII only. */
const ASCII_TRIGRAM = /[a-z0-9]{3}/;

/** Whether idx_jobs_search exists and is complete. */
export const hasTrigramIndex: Sql<boolean> = sql`exists (
      select from pg_index where indexrelid = to_regclass('idx_jobs_search') and indisvalid
    )`;

/** Prepares the search for a text. */
export async function readSearchedText(db: Database, sent: string): Promise<SearchedText> {
  const row = await firstRow(
    db,
    { name: "search.text", prepared: true },
    sql<{ lower: string; hasIndex: boolean; isAscii: boolean }>`
    select lower(${sent}::text) as lower, ${hasTrigramIndex} as "hasIndex",
      (select datctype in ('C', 'POSIX') from pg_database where datname = current_database()) as "isAscii"`,
  );
  if (row === undefined) throw new Error("PostgreSQL returned no row.");
  const { lower, hasIndex, isAscii } = row;
  return { sent, lower, hasTrigrams: hasIndex && (isAscii ? ASCII_TRIGRAM : TRIGRAM).test(lower) };
}

/** The first projects with the text in their names: those that begin with it, then the others; each by name. */
export function findProjects(db: Database, { sent, lower }: SearchedText, first: number): Promise<Project[]> {
  return rows(
    db,
    { name: "search.projects" },
    sql<Project>`
    select ${sql.lit(PROJECT_ID)} || project as id, project as name
    from ${namesOf({ search: sent })} as names
    where matches
    order by starts_with(lower(project), ${lower}) desc, project collate "C"
    limit ${sql.lit(first)}`,
  );
}
