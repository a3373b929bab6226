// Which version of each app an environment runs: k8s/releases/<environment>.yaml, read, checked and written.
import { accept, declarationOf, isReadable, type Readable, readDeclaration } from "../engine/declaration";
import releaseSchema from "../schemas/release.schema.json";

export const APPS = [
  "learning-web",
  "mobile-api",
  "wechat-gateway",
  "worker-sms",
  "worker-invoice",
  "worker-payment",
  "worker-transcode",
  "ops",
] as const;
export type App = (typeof APPS)[number];

export interface AppRelease {
  /** Semantic version without a leading `v`. */
  version: string;
  /** Registry and name, without tag and digest. */
  image: string;
  /** `sha256:` and 64 hexadecimal digits: what is run, whatever a tag says by then. */
  digest: string;
}

export interface Release {
  /** `sandbox`, `staging`, `prod`, `dr`. */
  environment: string;
  /** An environment of the cloud runs every app; the sandbox those that it stands in for. */
  apps: Readonly<Partial<Record<App, AppRelease>>>;
}

/** Relative to the repository. */
export function releaseFile(environment: string): string {
  return `k8s/releases/${environment}.yaml`;
}

/** Environment is the file's, and the cloud's environments leave no app out: a missing one would be removed by Argo CD. */
function check({ value, report, file }: Readable<Release>): void {
  const { environment, apps } = value;
  if (releaseFile(environment) !== file)
    report("/environment", `environment: found "${environment}"`, `the name of the file, ${file}`);
  if (environment === "sandbox") return;
  const missing = APPS.filter((app) => apps[app] === undefined);
  if (missing.length > 0) report("/apps", `no version of ${missing.join(", ")}`, "every app of the platform");
}

/** @throws DeclarationError naming every problem as file:line:column */
export function loadRelease(root: string, environment: string): Release {
  const declaration = readDeclaration<Release>(root, releaseFile(environment), releaseSchema);
  if (isReadable(declaration)) check(declaration);
  return accept([declaration])[0]!;
}

/** The same for text that lies in no working tree, such as another commit's. @throws DeclarationError */
export function parseRelease(environment: string, text: string): Release {
  const declaration = declarationOf<Release>(releaseFile(environment), text, releaseSchema);
  if (isReadable(declaration)) check(declaration);
  return accept([declaration])[0]!;
}

/** The file's text with other versions: what stands above `environment:` is kept, the rest is written anew, in the order of `APPS`. */
export function writeRelease(before: string, release: Release): string {
  const head = before.slice(0, Math.max(0, before.search(/^environment:/m)));
  const lines = APPS.flatMap((app) => {
    const found = release.apps[app];
    if (!found) return [];
    const { version, image, digest } = found;
    return [`  ${app}:`, `    version: ${version}`, `    image: ${image}`, `    digest: ${digest}`];
  });
  return `${head}environment: ${release.environment}\napps:\n${lines.join("\n")}\n`;
}
