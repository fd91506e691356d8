import { pathName } from "../lib/text.ts";
import { isJsonObject } from "./read-file.ts";

/**
 * The folders into which CI systems clone a repository. They are the same for every repository, or repeat its name, so
 * they are not part of a name.
 */
const CLONES: readonly RegExp[] = [
  // GitHub Actions: the container, its host, and self-hosted runners; Azure Pipelines.
  /\/github\/workspace/,
  /\/__w\/(?:\d+\/s|[^/]+\/[^/]+)/,
  /\/(?:home|Users)\/(?:runner|vsts)\/work\/(?:\d+\/s|[^/]+\/[^/]+)/,
  /(?:\/[^/]+)*\/_work\/(?:\d+\/s|[^/]+\/[^/]+)/,
  /\/a\/(?:\d+\/s|[^/]+\/[^/]+)/,
  // GitLab; builds/RUNNER/NUMBER/ on shared machines.
  /(?:\/[^/]+)*\/builds\/[^/]+\/\d+\/[^/]+\/[^/]+/,
  /\/builds\/[^/]+\/[^/]+/,
  // Bitbucket, CircleCI, Drone, Woodpecker, CodeBuild (the last three also by the host of the repository).
  /\/opt\/atlassian\/[^/]+\/agent\/build/,
  /\/(?:home\/circleci|Users\/distiller|root)\/(?:project|repo)/,
  /\/(?:drone|woodpecker|codebuild\/output\/[^/]+)\/src\/[^/]+\.[^/]+\/[^/]+\/[^/]+/,
  /\/(?:drone|woodpecker|codebuild\/output\/[^/]+)\/src/,
  // Travis, Semaphore, TeamCity, Jenkins, Buildkite, Atlantis, Spacelift.
  /\/home\/travis\/build\/[^/]+\/[^/]+/,
  /\/home\/semaphore\/[^/]+/,
  /(?:\/[^/]+)*\/buildAgent\/work\/[0-9a-f]+/i,
  /(?:\/[^/]+)*\/jenkins(?:_home)?(?:\/agent)?\/workspace\/[^/]+/i,
  /\/(?:var\/lib\/buildkite-agent|buildkite)\/builds\/[^/]+\/[^/]+\/[^/]+/,
  /(?:\/[^/]+)*\/repos\/[^/]+\/[^/]+\/\d+\/[^/]+/,
  /\/mnt\/workspace\/source/,
];

/** The folders of `docker run --volume`. On a drive of Windows, such a folder is a name that a person has chosen. */
const VOLUMES: readonly RegExp[] = [
  /\/usr\/src(?:\/app)?/,
  /\/(?:work|workdir|working|workspaces?|src|source|sources|code|app|data|build|repo|repository|project|mnt)/,
  /\/(?:tf|terraform|tofu|opentofu|iac|infra|infrastructure|infracost|host|volume|mount|share|shared)/,
];

/** AppVeyor. */
const WINDOWS_CLONES: readonly RegExp[] = [/\/projects\/[^/]+/];

/** The end belongs to the pattern: /work must not match the start of /workspace. */
function wholeFolders(patterns: readonly RegExp[]): readonly RegExp[] {
  return patterns.map(({ source, flags }) => new RegExp(`^(?:${source})(?=/|$)`, flags));
}

const UNIX = wholeFolders([...CLONES, ...VOLUMES]);
const WINDOWS = wholeFolders([...CLONES, ...WINDOWS_CLONES]);

/** A name in a file, which may be a path of the machine that wrote the file: without the folder of the machine. */
export function nameInFile(path: string | null | undefined): string | undefined {
  const [, drive, folder = ""] =
    /^([A-Za-z]:(?=\/))?(.*)$/s.exec(
      path
        ?.trim()
        .replaceAll("\\", "/")
        .replace(/\/{2,}/g, "/") ?? "",
    ) ?? [];
  const mountPoint = (drive ? WINDOWS : UNIX).find((pattern) => pattern.test(folder));
  return pathName(mountPoint ? folder.replace(mountPoint, "") : folder);
}

/** The fields of a file and of its projects that hold the paths of projects. */
const PATH_FIELDS: ReadonlySet<string> = new Set(["project", "name", "project_name", "path"]);

/**
 * The file with the paths of its projects in a known folder instead of the folder of the clone, whose depth is unknown:
 * GitLab clones into /builds with all groups of a project.
 */
export function withoutCheckout(file: unknown, checkout: string): unknown {
  if (!isJsonObject(file)) return file;
  const folder = checkout.replaceAll("\\", "/").replace(/\/+$/, "");
  const base = folder.slice(folder.lastIndexOf("/") + 1);
  if (base === "" || !/^(?:[a-z]:)?\/./i.test(folder)) return file;
  const moved = (object: unknown) =>
    isJsonObject(object)
      ? Object.fromEntries(
          Object.entries(object).map(([key, value]) => [
            key,
            PATH_FIELDS.has(key) && typeof value === "string" ? movedPath(value, folder, base) : value,
          ]),
        )
      : object;
  const { projects } = file;
  const root = moved(file);
  return Array.isArray(projects) && isJsonObject(root) ? { ...root, projects: projects.map(moved) } : root;
}

function movedPath(path: string, folder: string, base: string): string {
  const unix = path.replaceAll("\\", "/");
  const isBelow = unix === folder || unix.startsWith(`${folder}/`);
  // The last part stays, as a project may have the name of the folder.
  return isBelow ? `/__w/${base}/${base}${unix.slice(folder.length)}` : path;
}
