import { pathName } from "../lib/text.ts";

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
