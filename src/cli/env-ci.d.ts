/** env-ci has no types; these are the fields in use (its README, "API"). */
declare module "env-ci" {
  namespace envCi {
    interface CiEnv {
      isCi: boolean;
      service?: string;
      slug?: string;
      build?: string;
      job?: string;
      branch?: string;
      prBranch?: string;
      commit?: string;
      tag?: string;
      isPr?: boolean;
      pr?: string;
      buildUrl?: string;
    }
  }
  function envCi(options: { env: NodeJS.ProcessEnv; cwd: string }): envCi.CiEnv;
  export = envCi;
}
