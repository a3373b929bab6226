// The Versions port on a registry: a version is a tag, what is released is the digest that the tag stands for now.
import { createHash } from "node:crypto";
import { compare, valid } from "semver";
import type { App, AppRelease, Release } from "../../../../policies/service/releases";
import { OpsError } from "../../../core/errors";
import type { Versions } from "../../releases";
import { type CredentialsOf, read } from "./client";

/** An image for one platform or an index for several, by OCI or by Docker. */
export const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;

const PAGE = 200;
/** Pages of tags that are read before giving up: no app has so many versions. */
const PAGES = 50;

export interface RegistryOptions {
  /** What the environment runs now: names the image of each app. */
  release(): Release;
  credentials: CredentialsOf;
}

export function createRegistryVersions({ release, credentials }: RegistryOptions): Versions {
  /** `registry.example/netedu/learning-web` → registry, name */
  const placeOf = (app: App): { image: string; registry: string; name: string } => {
    const image = release().apps[app]?.image;
    if (image === undefined)
      throw new OpsError("unknownTarget", `${release().environment} runs no ${app}`, {
        expected: Object.keys(release().apps).join(", "),
      });
    const cut = image.indexOf("/");
    return { image, registry: image.slice(0, cut), name: image.slice(cut + 1) };
  };

  return {
    async resolve(app, version): Promise<AppRelease | undefined> {
      const { image, registry, name } = placeOf(app);
      const path = `${name}/manifests/${encodeURIComponent(version)}`;
      const answer = await read(registry, path, MANIFEST_TYPES.join(", "), credentials);
      if (answer.status === 404) return undefined;
      if (!answer.ok) throw failed(registry, path, answer.status);
      const [type = ""] = (answer.headers.get("content-type") ?? "").split(";");
      if (!(MANIFEST_TYPES as readonly string[]).includes(type))
        throw new OpsError("unavailable", `${registry} answers ${path} with ${type || "no type"}`, {
          expected: "a manifest of an image",
        });
      const digest = `sha256:${createHash("sha256")
        .update(Buffer.from(await answer.arrayBuffer()))
        .digest("hex")}`;
      const said = answer.headers.get("docker-content-digest");
      if (said !== digest)
        throw new OpsError("unavailable", `${registry} says that ${app} ${version} is ${said ?? "nothing"}`, {
          expected: `${digest}, the digest of what it sent`,
          todo: "do not release it; look for a proxy or a registry that alters what it sends",
        });
      return { version, image, digest };
    },

    async known(app) {
      const { registry, name } = placeOf(app);
      const found: string[] = [];
      let path: string | undefined = `${name}/tags/list?n=${PAGE}`;
      for (let page = 0; path !== undefined && page < PAGES; page++) {
        const answer: Response = await read(registry, path, "application/json", credentials);
        if (answer.status === 404) break;
        if (!answer.ok) throw failed(registry, path, answer.status);
        found.push(...(((await answer.json()) as { tags: string[] | null }).tags ?? []));
        path = nextPage(answer.headers.get("link"));
      }
      return found.filter((tag) => valid(tag) === tag).sort(compare);
    },
  };
}

/** `</v2/netedu/learning-web/tags/list?last=1.0.0&n=200>; rel="next"`; only ever a path of the same registry. */
function nextPage(link: string | null): string | undefined {
  return /^<\/v2\/([^>]+)>;\s*rel="next"/.exec(link ?? "")?.[1];
}

function failed(registry: string, path: string, status: number): OpsError {
  return new OpsError("unavailable", `${registry} answers ${path} with ${status}`, {
    expected: "a registry that speaks the OCI distribution API",
  });
}
