// Workflows read from the checkout, their scripts run by bash. Confinement: every `ops` below it refuses anything but the sandbox.
import path from "node:path";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import type { PipelineRun, Pipelines } from "../port";

const FOLDER = ".github/workflows";

export interface PipelinePaths {
  root: string;
  home: string;
  state: string;
}

export function createPipelines(
  host: Host,
  paths: PipelinePaths,
  env: NodeJS.ProcessEnv = process.env,
): Pipelines {
  const names = async (): Promise<string[]> =>
    (await host.list(path.join(paths.root, FOLDER)))
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => file.slice(0, -".yaml".length))
      .sort();
  return {
    gathered: path.resolve(env.OPS_SUMMARY || path.join(paths.home, "pipeline", "summary.md")),
    names,
    async workflow(name) {
      const known = await names();
      if (!known.includes(name))
        throw new OpsError("usage", `no workflow is called ${name}`, {
          expected: `one of ${known.join(", ")}`,
        });
      const file = `${FOLDER}/${name}.yaml`;
      return { file, text: await host.readText(path.join(paths.root, file)) };
    },
    async action(uses) {
      const file = path.join(paths.root, uses, "action.yaml");
      if (await host.exists(file)) return host.readText(file);
      throw new OpsError("config", `${uses} has no action.yaml`);
    },
    async open(id) {
      const directory = path.join(paths.home, "ci", id);
      await host.makeDirectory(path.join(directory, "pipeline"));
      return pipelineRun(host, paths, env, directory);
    },
  };
}

/** Of whoever started ops everything goes on to the steps but what belongs to another run, and what opens the cloud. */
const WITHHELD =
  /^(GITHUB_|OPS_(?!PG_BIN)|ALIBABA_CLOUD|ALICLOUD|ALIYUN|AWS_|PULUMI_|KUBE|COSIGN|NODE_OPTIONS)/;

function pipelineRun(
  host: Host,
  paths: PipelinePaths,
  env: NodeJS.ProcessEnv,
  directory: string,
): PipelineRun {
  const summary = path.join(directory, "pipeline", "summary.md");
  const kept = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || WITHHELD.test(name) ? [] : [[name, value]],
    ),
  );
  const confined = {
    CI: "true",
    NO_COLOR: "1",
    OPS_CONFINED: "sandbox",
    OPS_HOME: paths.home,
    OPS_STATE: paths.state,
    // Each step of GitHub's has a summary of its own; here all write the one that the comment is made of.
    OPS_SUMMARY: summary,
    GITHUB_STEP_SUMMARY: path.join(directory, "step-summary.md"),
  };
  let scripts = 0;
  return {
    directory,
    async script(script, { env: given, log, signal, onLine }) {
      const output = path.join(directory, `output-${++scripts}`);
      await host.writeText(output, "");
      const lines: string[] = [];
      const { exitCode } = await host.run(
        "bash",
        ["--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        {
          cwd: paths.root,
          env: { ...kept, ...given, ...confined, GITHUB_OUTPUT: output },
          signal,
          onLine: (line) => {
            lines.push(line);
            onLine(line);
          },
        },
      );
      await host.writeText(path.join(directory, log), `${lines.join("\n")}\n`);
      return { exitCode, outputs: outputsOf(await host.readText(output)), lines };
    },
    summary: async () => ((await host.exists(summary)) ? host.readText(summary) : ""),
    async write(file, text) {
      const place = path.join(directory, file);
      await host.writeText(place, text);
      return place;
    },
    async collect(name, paths) {
      const into = path.join(directory, "artifacts", name);
      await host.makeDirectory(into);
      const found: string[] = [];
      for (const each of paths) {
        for (const from of sourcesOf(each)) {
          if (!(await host.exists(from))) continue;
          const { exitCode, stderr } = await host.run("cp", ["-R", "--", from, into]);
          if (exitCode !== 0) throw new OpsError("internal", `${from} could not be kept: ${stderr.trim()}`);
          found.push(each);
        }
      }
      return found;
    },
  };

  function sourcesOf(each: string): string[] {
    const inHome = /^\.ops\/(.+)$/.exec(each)?.[1];
    if (inHome === undefined) return [path.join(paths.root, each)];
    if (inHome === "pipeline") return [path.join(directory, "pipeline")];
    return [path.join(paths.home, inHome)];
  }
}

/** `name=value` lines, and `name<<END` blocks. */
function outputsOf(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const match of text.matchAll(/^([\w-]+)(?:=(.*)|<<(\S+)\n([\s\S]*?)\n?^\3)$/gm))
    outputs[match[1] ?? ""] = match[2] ?? match[4] ?? "";
  return outputs;
}
