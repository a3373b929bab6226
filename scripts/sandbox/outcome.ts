// What jobs on the sandbox have in common: there must be one, and what they found is one check.
import { OpsError } from "../core/errors";
import type { Outcome } from "../core/outcome";
import type { Operated } from "../core/tools";
import type { Sandbox, SandboxTools } from "./port";

/** @throws OpsError usage on every other platform */
export function theSandbox({ sandbox, platform }: SandboxTools & Pick<Operated, "platform">): Sandbox {
  if (sandbox) return sandbox;
  throw new OpsError("usage", `platform ${platform.name} is no sandbox`, {
    expected: "the sandbox platform, the only one that can be created and removed",
    todo: "run the command without --platform",
  });
}

export function shownCheck(name: string, detail: string, passed = true): Outcome {
  return {
    checks: [{ name, verdict: passed ? "pass" : "fail", detail }],
    measurements: [],
    artifacts: [],
    facts: {},
    summary: detail,
  };
}
