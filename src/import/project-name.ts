/**
 * The folders into which containers and CI systems mount or clone a repository. They are the same for every
 * repository, so they are not part of a name.
 */
const MOUNT_POINTS: readonly RegExp[] = [
  // GitHub Actions: the container, its host, and self-hosted runners; Azure Pipelines.
  /^\/github\/workspace/,
  /^\/__w\/[^/]+\/[^/]+/,
  /^\/home\/runner\/work\/[^/]+\/[^/]+/,
  /^\/home\/vsts\/work\/\d+\/s/,
  /^(?:\/[^/]+)*\/_work\/\d+\/s/,
  /^(?:\/[^/]+)*\/_work\/[^/]+\/[^/]+/,
  /^\/a\/\d+\/s/,
  /^\/a\/[^/]+\/[^/]+/,
  // GitLab; /builds/RUNNER/NUMBER/ on shared machines.
  /^\/builds\/[^/]+\/\d+\/[^/]+\/[^/]+/,
  /^\/builds\/[^/]+\/[^/]+/,
  // Bitbucket, CircleCI, Drone, Woodpecker, CodeBuild, Jenkins, Buildkite, Atlantis, Spacelift.
  /^\/opt\/atlassian\/[^/]+\/agent\/build/,
  /^\/(?:home\/circleci|root)\/(?:project|repo)/,
  /^\/(?:drone|woodpecker)\/src/,
  /^\/codebuild\/output\/[^/]+\/src/,
  /^(?:\/[^/]+)*\/jenkins(?:_home)?(?:\/agent)?\/workspace\/[^/]+/,
  /^\/(?:var\/lib\/buildkite-agent|buildkite)\/builds\/[^/]+\/[^/]+\/[^/]+/,
  /^(?:\/[^/]+)*\/repos\/[^/]+\/[^/]+\/\d+\/[^/]+/,
  /^\/mnt\/workspace\/source/,
  // The folders of `docker run --volume`.
  /^\/usr\/src(?:\/app)?/,
  /^\/(?:work|workdir|working|workspaces?|src|source|sources|code|app|data|build|repo|repository|project|mnt)/,
  /^\/(?:tf|terraform|tofu|opentofu|iac|infra|infrastructure|infracost|host|volume|mount|share|shared)/,
];

/**
 * A name with the separator "/" and without empty parts: "acme/shop/live" of "acme\\shop//live/". undefined: nothing is
 * left. ".", the current folder, is not a name: it is the same in every repository.
 */
export function pathName(text: string | null | undefined): string | undefined {
  const parts = text?.split(/[\\/]/).filter((part) => part.trim() !== "" && part.trim() !== ".");
  return parts?.join("/") || undefined;
}

/** A name in a file, which may be a path of the machine that wrote the file: without the folder of the machine. */
export function nameInFile(path: string | null | undefined): string | undefined {
  const unix = path
    ?.trim()
    .replaceAll("\\", "/")
    .replace(/\/{2,}/g, "/");
  return unix && pathName(withoutMountPoint(unix.replace(/^[A-Za-z]:(?=\/)/, "")));
}

function withoutMountPoint(path: string): string {
  for (const mountPoint of MOUNT_POINTS) {
    const [folder] = mountPoint.exec(path) ?? [];
    if (folder !== undefined && (path.length === folder.length || path[folder.length] === "/")) {
      return path.slice(folder.length);
    }
  }
  return path;
}
