/** The operator's API as the console asks it: an address has its parameters, and its answer is of the API's own type. */

import type { AdminApi } from "../../admin/answers.ts";
import type { SandboxApi } from "../../sandbox/answers.ts";
import type { C } from "./console-env.ts";

type Api = AdminApi & SandboxApi;

/** A method and an address as the reference has it, like `GET /admin/v1/messages/{id}`. */
export type Address = keyof Api & string;
export type Answer<At extends Address> = Json<Api[At]["answer"]>;
/** One of a list. */
export type Item<At extends Address> = Answer<At> extends { items: readonly (infer One)[] } ? One : never;

/** As it comes over JSON, which knows no undefined: a member is there or it is not. */
type Json<T> = T extends object ? { [Name in keyof T]: Json<Exclude<T[Name], undefined>> } : T;

type ParamsIn<At extends string> = At extends `${string}{${infer Name}}${infer Rest}` ? Name | ParamsIn<Rest> : never;
type Value = string | number | undefined;
export type Query<At extends Address> = { [Name in Api[At]["query"]]?: Value };
/** What stands in the address, after its question mark, and in the body: JSON, or a list of lines. */
export type Given<At extends Address> = {
  query?: Query<At>;
  json?: unknown;
  csv?: string;
} & ([ParamsIn<At>] extends [never] ? { params?: undefined } : { params: Record<ParamsIn<At>, string> });
/** May be left out where nothing in the address has to be filled in. */
type Rest<At extends Address> = [ParamsIn<At>] extends [never] ? [given?: Given<At>] : [given: Given<At>];

/** A refusal of the API, in its own words. */
export class ApiError extends Error {
  readonly status: number;
  readonly field: string | undefined;

  constructor(status: number, message: string, field?: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.field = field;
  }
}

/** It was asked for, and is done when a second operator approves it. */
export class Waits extends ApiError {
  readonly approval: string;

  constructor(approval: string) {
    super(202, "Nothing is done yet: it waits for a second operator, who approves it under Setup, Approvals.");
    this.name = "Waits";
    this.approval = approval;
  }
}

/**
 * What the API answers.
 * @throws Waits; ApiError with what it says of why it refuses
 */
export async function ask<At extends Address>(c: C, at: At, ...[given]: Rest<At>): Promise<Answer<At>> {
  const [method = "", path = ""] = at.split(" ");
  const { params = {}, query = {}, json, csv } = given ?? {};
  const answer = await c.get("api")(method, withParams(filledIn(path, params), query), { json, csv });
  const waits = answer.headers.get("x-approval");
  if (waits) throw new Waits(waits);
  const text = await answer.text();
  // The API's own routes say what they answer; and its tests, that they do.
  if (answer.ok) return (text ? JSON.parse(text) : undefined) as Answer<At>;
  const problem = read(text);
  throw new ApiError(answer.status, problem.detail ?? `the API answered ${answer.status}`, problem.field);
}

/** Likewise; undefined where there is no such thing. */
export async function find<At extends Address>(c: C, at: At, ...rest: Rest<At>): Promise<Answer<At> | undefined> {
  try {
    return await ask(c, at, ...rest);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** @throws ApiError where a parameter can be in no address */
function filledIn(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name) => {
    const value = params[name] ?? "";
    if (!isSegment(value)) throw new ApiError(404, "there is nothing of this name");
    return encodeURIComponent(value);
  });
}

/** Nothing, and dots alone, would be taken for steps in the address. */
export function isSegment(part: string): boolean {
  return part !== "" && part !== "." && part !== "..";
}

function read(text: string): { detail?: string; field?: string } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** An address with those of the parameters that have a value. */
export function withParams(path: string, params: Readonly<Record<string, Value>>): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0
    ? path
    : `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
