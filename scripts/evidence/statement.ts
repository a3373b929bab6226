// One entry of the ledger as an in-toto Statement v1: what a job claims, and which entry it follows.

import type { Predicate } from "../core/evidence";
import { readExactly } from "./canonical";
import { type Claim, checkClaim, type Link } from "./claim";
import { Defect, sha256 } from "./dsse";

export const STATEMENT_PAYLOAD = "application/vnd.in-toto+json";
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
/** A tag URI (RFC 4151): a name for ever, that nobody has to host. */
export const PREDICATE_TYPE = "tag:netedu-ops,2026:evidence/v1";

export type { Link } from "./claim";

interface Subject {
  name: string;
  digest: { sha256: string };
}

interface Statement {
  _type: string;
  subject: readonly Subject[];
  predicateType: string;
  predicate: Claim;
}

/** in-toto wants a subject: the artifacts that the claim is about or, when there are none, the claim itself. */
function subjectsOf(claim: Claim): Subject[] {
  if (claim.artifacts.length === 0)
    return [{ name: "predicate", digest: { sha256: sha256(JSON.stringify(claim)) } }];
  return claim.artifacts.map((artifact) => ({ name: artifact.name, digest: { sha256: artifact.sha256 } }));
}

/** A measurement that is no number would become `null`, which compares as 0: leave it out, its failed check remains. */
function representable(predicate: Predicate): Predicate {
  const measurements = predicate.measurements.filter(({ value }) => Number.isFinite(value));
  return JSON.parse(JSON.stringify({ ...predicate, measurements })) as Predicate;
}

/** The statement's bytes. Measurements that are not finite are left out. */
export function writeStatement(predicate: Predicate, { index, previous }: Link): Buffer {
  const claim: Claim = { index, previous, ...representable(predicate) };
  const statement: Statement = {
    _type: STATEMENT_TYPE,
    subject: subjectsOf(claim),
    predicateType: PREDICATE_TYPE,
    predicate: claim,
  };
  return Buffer.from(JSON.stringify(statement));
}

/** A statement that says more beside these would be read as saying it by somebody else. */
const PARTS = ["_type", "subject", "predicateType", "predicate"] satisfies (keyof Statement)[];

/**
 * Reads a payload whose signature was found right; its holder is not trusted for more than having signed it.
 * @throws Defect when it is no statement of ours, is spelled otherwise than written here, or claims what it does not show
 */
export function readStatement(payload: Uint8Array): { predicate: Predicate; link: Link } {
  const read = readExactly(payload);
  const statement = (read ?? {}) as Partial<Statement>;
  const types = `${statement._type} with ${statement.predicateType}`;
  const expected = `${STATEMENT_TYPE} with ${PREDICATE_TYPE}`;
  if (types !== expected) throw new Defect(`it holds ${types}`, expected);
  const parts = Object.keys(statement).join();
  if (parts !== PARTS.join()) throw new Defect(`its parts are ${parts}`, PARTS.join());
  const claim: unknown = statement.predicate;
  checkClaim(claim);
  const { index, previous, ...predicate } = claim;
  if (JSON.stringify(statement.subject) !== JSON.stringify(subjectsOf(claim))) {
    throw new Defect("its subjects are not its artifacts", "every artifact, or the predicate, as a subject");
  }
  return { predicate, link: { index, previous } };
}

/** @throws Defect when an entry does not stand where its signed link says */
export function checkLink(found: Link, expected: Link): void {
  if (found.index !== expected.index)
    throw new Defect(`it holds entry ${found.index}`, `entry ${expected.index}`);
  if (found.previous !== expected.previous) {
    const before = (digest: string | null): string => (digest === null ? "no entry" : digest);
    throw new Defect(`it follows ${before(found.previous)}`, `it to follow ${before(expected.previous)}`);
  }
}
