// Reads what is operated and what it talks to, and holds it to what a schema cannot say. Connects to nothing.
import { join } from "node:path";
import { type Contract, figure } from "../contract/contract";
import { loadContract } from "../contract/load";
import {
  accept,
  declarationsIn,
  isFile,
  isReadable,
  type Readable,
  readDeclaration,
  type Substitutions,
} from "../engine/declaration";
import { oneOf } from "../engine/suggest";
import integrationSchema from "../schemas/integration.schema.json";
import platformSchema from "../schemas/platform.schema.json";
import type { Integration, Platform } from "./service";

const PLATFORMS = "policies/service/platforms";
const INTEGRATIONS = "policies/service/integrations";

/** Bytes of a socket's whole name that fit into `sockaddr_un` on Linux, without the closing zero. */
const SOCKET_NAME_BYTES = 107;

function checkName({ value, report }: Readable<{ name: string }>, fileName: string): void {
  if (value.name !== fileName)
    report("/name", `name: found "${value.name}"`, `"${fileName}", as the file is called`);
}

function checkSocket({ value, report }: Readable<Platform>): void {
  const { host, port } = value.database;
  if (!host.startsWith("/")) return;
  const bytes = Buffer.byteLength(`${host}/.s.PGSQL.${port}`);
  if (bytes <= SOCKET_NAME_BYTES) return;
  report(
    "/database/host",
    `host: the socket's name would have ${bytes} bytes`,
    `at most ${SOCKET_NAME_BYTES}`,
  );
}

/** "每日凌晨": the window lies in the early morning, as clause DR-BACKUP puts it in figures. */
function checkSchedule({ value, report }: Readable<Platform>, contract: Contract): void {
  const { from, to } = value.schedule;
  if (from >= to)
    report("/schedule/to", `to: ${to} is not after ${from}`, "a window that ends after it begins");
  const bounds = ["window-from", "window-to"].map((name) => figure(contract, "DR-BACKUP", name)?.value);
  const [earliest, latest] = bounds.map((hour) =>
    hour === undefined ? undefined : `${String(hour).padStart(2, "0")}:00`,
  );
  if (earliest === undefined || latest === undefined) return;
  const expected = `a time inside ${earliest}-${latest} (clause DR-BACKUP)`;
  for (const [name, time] of Object.entries({ from, to })) {
    if (time < earliest || time > latest) report(`/schedule/${name}`, `${name}: found "${time}"`, expected);
  }
}

function checkInvariants({ value, report }: Readable<Platform>): void {
  const names = value.invariants.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) < index)
      report(`/invariants/${index}/name`, `invariant ${name} stands twice`, "unique names");
  }
}

function checkMigrations({ value, report }: Readable<Platform>): void {
  const hours = value.migrations?.businessHours;
  if (hours && hours.from >= hours.to)
    report("/migrations/businessHours/to", `to: ${hours.to} is not after ${hours.from}`, "hours of one day");
}

function checkIntegrations(root: string, { value, report }: Readable<Platform>): void {
  const known = declarationsIn(root, INTEGRATIONS);
  for (const [index, name] of (value.integrations ?? []).entries())
    if (!known.includes(name))
      report(`/integrations/${index}`, `no integration is called ${name}`, oneOf(name, known));
}

/** Of all integrations those that concern a platform. */
export function concerning(
  { integrations }: Pick<Platform, "integrations">,
  all: readonly Integration[],
): readonly Integration[] {
  return integrations === undefined ? all : all.filter(({ name }) => integrations.includes(name));
}

/** Names of the declared platforms, sorted. Touches their file names only. */
export function listPlatforms(root: string): string[] {
  return declarationsIn(root, PLATFORMS);
}

/**
 * A declared platform with its placeholders filled and its defaults written out.
 * @param substitutions values of `${sandbox}`, `${socket}`, `${copies}` …
 * @param contract for whoever has read it already
 * @throws DeclarationError naming every problem as file:line:column; also for an unknown name (ask `listPlatforms` first)
 */
export function loadPlatform(
  root: string,
  name: string,
  substitutions: Substitutions,
  contract: () => Contract = () => loadContract(root),
): Platform {
  const file = `${PLATFORMS}/${name}.yaml`;
  const declaration = readDeclaration<Platform>(root, file, platformSchema, substitutions);
  if (isReadable(declaration)) {
    checkName(declaration, name);
    checkSocket(declaration);
    checkSchedule(declaration, contract());
    checkInvariants(declaration);
    checkMigrations(declaration);
    checkIntegrations(root, declaration);
  }
  const platform = accept([declaration])[0]!;
  const { migrations } = platform;
  return migrations
    ? { ...platform, migrations: { ...migrations, directory: join(root, migrations.directory) } }
    : platform;
}

function checkClauses({ value, report }: Readable<Integration>, contract: Contract): void {
  const known = contract.clauses.map((clause) => clause.id);
  for (const [index, id] of value.clauses.entries()) {
    if (!known.includes(id)) report(`/clauses/${index}`, `no clause ${id} in the contract`, oneOf(id, known));
  }
}

function checkEndpoints({ value, report }: Readable<Integration>): void {
  for (const [environment, endpoint] of Object.entries(value.endpoints)) {
    const place = `/endpoints/${environment}`;
    if (endpoint === "witness") {
      if (environment !== "sandbox")
        report(place, `${environment}: found "witness"`, "an https URL: a witness is for the sandbox");
    } else if (!URL.canParse(endpoint) || new URL(endpoint).protocol !== "https:") {
      report(
        place,
        `${environment}: found "${endpoint}"`,
        "https://host[:port]/…, or witness in the sandbox",
      );
    } else if (new URL(endpoint).username !== "") {
      report(place, `${environment}: the URL carries a credential`, "a URL without user and password");
    }
  }
}

function checkExpiry({ value, report }: Readable<Integration>): void {
  const { expires } = value.credential;
  const time = Date.parse(`${expires}T00:00:00Z`);
  if (expires.startsWith("none: ")) return;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== expires) {
    report("/credential/expires", `expires: there is no day ${expires}`, "a day of the calendar");
  }
}

function checkRunbook(root: string, { value, report }: Readable<Integration>): void {
  const file = `runbooks/${value.runbook}.md`;
  if (!isFile(root, file)) report("/runbook", `runbook: no such file: ${file}`, "a runbook that exists");
}

/**
 * Every declared integration, sorted by name.
 * @throws DeclarationError naming every problem of every file as file:line:column
 */
export function loadIntegrations(root: string): Integration[] {
  const contract = loadContract(root);
  const declarations = declarationsIn(root, INTEGRATIONS).map((name) => {
    const declaration = readDeclaration<Integration>(root, `${INTEGRATIONS}/${name}.yaml`, integrationSchema);
    if (isReadable(declaration)) {
      checkName(declaration, name);
      checkClauses(declaration, contract);
      checkEndpoints(declaration);
      checkExpiry(declaration);
      checkRunbook(root, declaration);
    }
    return declaration;
  });
  return accept(declarations);
}
