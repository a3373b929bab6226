// What `pulumi preview --json` and `pulumi stack export` say, as subjects with their place in the file. Shapes:
// display.PreviewDigest and apitype.ResourceV3 (github.com/pulumi/pulumi, sdk/go).
import { type JsonText, readJson } from "../../policies/engine/json";
import { environmentOfStack, resourceSubject, stackOf } from "../../policies/engine/resource";
import type { Path, Subject } from "../../policies/engine/subject";
import type { PlannedValue } from "../../policies/engine/value";
import type { Problem } from "../../policies/engine/yaml";

type Fields = Record<string, unknown>;

/** Where a file may hold resources, and which of its entries count. */
interface Found {
  state: Fields;
  path: Path;
}

export function deployedSubjects(file: string, text: string): { subjects: Subject[]; problems: Problem[] } {
  const json = readJson(file, text);
  if (json.problems.length > 0) return { subjects: [], problems: json.problems };
  const root = fields(json.value);
  const states = "steps" in root ? previewed(root) : exported(root);
  if (!states) {
    const message = "neither a preview nor a state";
    const expected = "the output of `pulumi preview --json` or of `pulumi stack export`";
    return { subjects: [], problems: [{ ...json.at([]), message, expected }] };
  }
  const problems: Problem[] = [];
  const subjects = new Map<string, Subject>();
  for (const { state, path } of states) {
    const urn = String(state.urn ?? "");
    if (stackOf(urn) === "") {
      problems.push({
        ...json.at([...path, "urn"]),
        message: `found urn "${urn}"`,
        expected: "a Pulumi URN",
      });
    } else if (!subjects.has(urn)) subjects.set(urn, subjectOf(json, urn, state, path));
  }
  return { subjects: [...subjects.values()], problems };
}

/** Steps that end without the resource leave no new state, or are these. */
const ENDING = new Set([
  "delete",
  "delete-replaced",
  "discard",
  "discard-replaced",
  "read-discard",
  "remove-pending-replace",
]);

function previewed(root: Fields): Found[] | undefined {
  if (!Array.isArray(root.steps)) return undefined;
  return root.steps.flatMap((step: unknown, index): Found[] => {
    const { op, newState } = fields(step);
    return ENDING.has(String(op)) || newState === undefined || newState === null
      ? []
      : [{ state: fields(newState), path: ["steps", index, "newState"] }];
  });
}

function exported(root: Fields): Found[] | undefined {
  const { resources } = fields(root.deployment);
  if (!Array.isArray(resources)) return undefined;
  // What is pending deletion is on its way out; the live resource has an entry of its own.
  return resources.flatMap((each: unknown, index): Found[] => {
    const state = fields(each);
    return state.delete === true ? [] : [{ state, path: ["deployment", "resources", index] }];
  });
}

function subjectOf(json: JsonText, urn: string, state: Fields, path: Path): Subject {
  const dependencies = Object.entries(fields(state.propertyDependencies)).map(
    ([property, urns]) => [property, Array.isArray(urns) ? urns.map(String) : []] as const,
  );
  const propertyDependencies = Object.fromEntries(dependencies);
  const inputs = Object.entries(fields(state.inputs))
    .filter(([name]) => name !== "__defaults")
    .map(([name, input]) => {
      const from = (propertyDependencies[name] ?? []).map((each) => each.split("::").at(-1)!);
      return [name, planned(input, from)] as const;
    });
  return resourceSubject({
    urn,
    type: String(state.type ?? urn.split("::")[2]?.split("$").at(-1) ?? ""),
    name: urn.split("::").at(-1)!,
    environment: environmentOfStack(stackOf(urn)),
    inputs: Object.fromEntries(inputs),
    // Both are left out of the file when false (`json:"…,omitempty"`).
    flags: { protect: state.protect === true, retainOnDelete: state.retainOnDelete === true },
    propertyDependencies,
    at: (below) => {
      // What the whole resource lacks is shown where it begins, not where its inputs begin.
      const inside: Path = below.length > 0 ? [...path, "inputs", ...below] : [...path, "urn"];
      return json.at(inside);
    },
  });
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";

/** Unknown values of each kind (sdk/go/common/resource/plugin/rpc.go: bool, number, string, array, asset, archive, object). */
const UNKNOWN = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

function planned(found: unknown, from: readonly string[]): PlannedValue {
  if (typeof found === "string") {
    if (UNKNOWN.has(found)) return { unknown: true, from };
    // The CLI blinds secrets of a preview like this; what it hid can only be compared by place.
    return found === "[secret]" ? { secret: true, fingerprint: "" } : found;
  }
  if (Array.isArray(found)) return found.map((each) => planned(each, from));
  if (typeof found !== "object" || found === null) return (found ?? null) as PlannedValue;
  const object = fields(found);
  if (object[SIGNATURE] === SECRET) return { secret: true, fingerprint: String(object.ciphertext ?? "") };
  if (object[SIGNATURE] === OUTPUT) {
    if (object.secret === true) return { secret: true, fingerprint: "" };
    return "value" in object ? planned(object.value, from) : { unknown: true, from };
  }
  if (object[SIGNATURE] === RESOURCE) return planned(object.id ?? object.urn, from);
  return Object.fromEntries(
    Object.entries(object)
      .filter(([name]) => name !== "__defaults")
      .map(([name, child]) => [name, planned(child, from)]),
  );
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
