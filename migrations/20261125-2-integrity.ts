import { Migration } from "@mikro-orm/migrations";

const SERVER = "results_storage_server";
const RETENTION = "results_storage_retention";

/** The hash chain over the stored jobs: append-only, protected like the jobs (docs/adr/0006-tamper-evidence.md). */
export class Integrity extends Migration {
  override up(): void {
    this.addSql(`create table "seals" (
      "position" int not null,
      "kind" text not null,
      "job_id" uuid not null,
      "job_created_at" timestamptz(3) not null,
      "form" int not null,
      "content_hash" bytea not null,
      "newest_created_at" timestamptz(3) not null,
      "sealed_at" timestamptz(3) not null,
      "entry_hash" bytea not null,
      primary key ("position"),
      constraint "seals_kind_known" check (kind in ('SEALED', 'PURGED'))
    )`);
    this.addSql('alter table "seals" add constraint "seals_job_id_kind_unique" unique ("job_id", "kind")');
    this.addSql(`create trigger refuse_change before update or delete or truncate on "seals"
      for each statement execute function refuse_change()`);
    // The server adds seals, retention adds tombstones.
    this.addSql(`grant select, insert on "seals" to ${SERVER}, ${RETENTION}`);
  }

  override down(): void {
    this.addSql('drop table "seals"');
  }
}
