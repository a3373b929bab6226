// Databases that are not read, or were not by an earlier version: a restore test compares them, or says that it did not.
import { afterAll, beforeAll, expect, it } from "vitest";
import { complaints, detailOf, openThrowaway, type Throwaway } from "../e2e/throwaway";

let source: Throwaway;
beforeAll(async () => {
  source = await openThrowaway();
}, 60_000);
afterAll(() => source.close());

it("a template is compared like every database; one that allows no connections is never passed over", async () => {
  const { cluster } = source;
  // A throwaway cluster has but one database, and not even the two that others are made from.
  for (const name of ["exams", "shut"])
    await source.sql(`create database ${name} template ${cluster.database}`);
  await cluster.source.query("exams", "create table public.marks (n int)");
  await cluster.source.query("exams", "insert into public.marks values (1)");
  await source.sql("alter database exams is_template true");
  const { checkpoint } = await source.backup();
  expect(checkpoint.databases.exams!.tables.map(({ name }) => name)).toContain("marks");
  expect(complaints(await source.restore())).toEqual([]);

  await source.sql("alter database shut allow_connections false");
  const taken = await source.backup("incr");
  expect(detailOf(taken.outcome, "checkpoint-taken")).toContain("not read: shut (allows no connections)");
  expect(complaints(await source.restore())).toEqual([
    expect.stringMatching(/^content: inconclusive: not read: database shut \(allows no connections\)/),
    expect.stringMatching(/^schema: inconclusive: not read: database shut \(allows no connections\)/),
  ]);
}, 120_000);
