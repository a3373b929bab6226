// Key periods (KEY-PLAN, KEY-WATCH): days on which the platform must not fail, who is on duty, and when nothing is released.
import {
  accept,
  declarationsIn,
  isFile,
  isReadable,
  type Readable,
  readDeclaration,
} from "../engine/declaration";
import { oneOf } from "../engine/suggest";
import keyPeriodSchema from "../schemas/key-period.schema.json";

const FOLDER = "policies/service/key-periods";

export interface KeyPeriod {
  name: string;
  /** What the college calls it. */
  title: string;
  /** First and last day in Asia/Shanghai, both included. */
  from: string;
  to: string;
  level: "major-meeting" | "training-peak";
  /** Days without a release, both included; or `none: <why>`. */
  freeze: { from: string; to: string } | string;
  /** People of the roster. */
  duty: readonly string[];
  /** Path of the plan in the repository. */
  plan: string;
}

function check(root: string, people: readonly string[], { value, report }: Readable<KeyPeriod>): void {
  const { from, to, freeze, duty, plan } = value;
  if (to < from) report("/to", `to: ${to} is before ${from}`, "a last day that is not before the first");
  if (typeof freeze !== "string" && freeze.to < freeze.from)
    report(
      "/freeze/to",
      `to: ${freeze.to} is before ${freeze.from}`,
      "a last day that is not before the first",
    );
  if (!isFile(root, plan)) report("/plan", `plan: no such file: ${plan}`, "a plan that exists");
  for (const [index, name] of duty.entries()) {
    if (!people.includes(name))
      report(`/duty/${index}`, `${name} is not on the roster`, oneOf(name, [...people]));
  }
}

/**
 * Every key period, sorted by name.
 * @param people names of the roster
 * @throws DeclarationError
 */
export function loadKeyPeriods(root: string, people: readonly string[]): KeyPeriod[] {
  return accept(
    declarationsIn(root, FOLDER).map((name) => {
      const declaration = readDeclaration<KeyPeriod>(root, `${FOLDER}/${name}.yaml`, keyPeriodSchema);
      if (isReadable(declaration)) {
        if (declaration.value.name !== name)
          declaration.report(
            "/name",
            `name: found "${declaration.value.name}"`,
            `"${name}", as the file is called`,
          );
        check(root, people, declaration);
      }
      return declaration;
    }),
  );
}
