/**
 * Ids. A message's is `msg_`, six digits of its account's number, nine letters of time, and ten that make it the only
 * one. So one account's messages lie together in order of time, and a list is a range of ids.
 */

import type { Clock } from "./clock.ts";

export type AccountId = string;
export type MessageId = `msg_${string}`;
export type TransactionId = `txn_${string}`;
export type WindowId = `win_${string}`;
export type SubscriptionId = `sub_${string}`;
export type InboundId = `inb_${string}`;
/** Digits, and never given twice. */
export type KeywordId = `${number}`;
export type WebhookId = `whk_${string}`;
export type CampaignId = `cmp_${string}`;
export type ExchangeId = `req_${string}`;

/** Where new ids come from. */
export interface Ids {
  /** A message's id: begins with the account's number, then the time. */
  message(accountNumber: number): MessageId;
  /** Likewise a transaction's, and a window's. */
  transaction(accountNumber: number): TransactionId;
  window(accountNumber: number): WindowId;
  campaign(accountNumber: number): CampaignId;
  /** An inbound text's id: begins with the time. */
  inbound(): InboundId;
  /** A request's id: begins with the real time. */
  request(): ExchangeId;
  /** A random UUID (version 4). */
  uuid(): string;
  /** So many random bytes: a new secret. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
  /** The same, with another time than now in the ids. Epoch ms. */
  asOf(at: number): Ids;
}

/** The digits of the numbers in ids, in order. */
export const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME = 9;
const COUNT = 3;
const RANDOM = 7;

/** @param random fills the bytes it is given; a source of secrets, not just of noise */
export function makeIds(clock: Clock, random: (bytes: Uint8Array) => void): Ids {
  const counter = { last: 0, count: 0 };
  return idsBy(clock.now, clock.wall, counter, random);
}

function idsBy(
  clock: () => number,
  wall: () => number,
  counter: { last: number; count: number },
  random: (bytes: Uint8Array) => void,
): Ids {
  /** The time, a count within it so that order is kept, and what makes it the only one. */
  const tail = () => {
    const now = clock();
    counter.count = now === counter.last ? counter.count + 1 : 0;
    counter.last = now;
    const bytes = new Uint8Array(RANDOM);
    random(bytes);
    let unique = "";
    for (const byte of bytes) unique += LETTERS[byte % 32];
    return timePart(now) + letters(counter.count % 32 ** COUNT, COUNT) + unique;
  };
  return {
    message: (accountNumber) => `msg_${accountPart(accountNumber)}${tail()}`,
    transaction: (accountNumber) => `txn_${accountPart(accountNumber)}${tail()}`,
    window: (accountNumber) => `win_${accountPart(accountNumber)}${tail()}`,
    campaign: (accountNumber) => `cmp_${accountPart(accountNumber)}${tail()}`,
    inbound: () => `inb_${tail()}`,
    request: () => `req_${timePart(wall())}${tail().slice(TIME)}`,
    asOf: (at) => idsBy(() => at, wall, counter, random),
    bytes(count) {
      const bytes = new Uint8Array(count);
      random(bytes);
      return bytes;
    },
    uuid() {
      const bytes = new Uint8Array(16);
      random(bytes);
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
    },
  };
}

export function accountPart(accountNumber: number): string {
  return String(accountNumber).padStart(6, "0");
}

/** The number of the account whose message, transaction, window or subscription has this id. */
export function accountNumberOf(id: string): number {
  return Number(id.slice(4, 10));
}

/** A time (epoch ms) as ids hold it: text that sorts as the time does. */
export function timePart(at: number): string {
  return letters(Math.min(Math.max(0, at), 32 ** TIME - 1), TIME);
}

/** The time (epoch ms) with which something begins that `timePart` made. */
export function timeIn(part: string): number {
  return [...part.slice(0, TIME)].reduce((time, letter) => time * 32 + Math.max(0, LETTERS.indexOf(letter)), 0);
}

/** What follows the account in an id: time first, so that it sorts over all accounts. Starts at character 11 in SQL. */
export function tailOf(id: string): string {
  return id.slice(10);
}

function letters(value: number, length: number): string {
  let rest = Math.floor(value);
  let text = "";
  for (let place = 0; place < length; place++) {
    text = LETTERS[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
