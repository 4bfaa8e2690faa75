/** Paid messages: what one costs whom. The charge comes first; the text goes once it is billed. */

import type { RepeatGuard } from "../service.ts";

/** What a paid message costs, and for what. */
export type MessageCharge = {
  merchant: string;
  service?: string;
  serviceCode: string;
  invoiceText: string;
  /** Minor units. */
  amount: number;
  currency: string;
  age: number;
  /** Whether the person must answer "OK" first. */
  confirm: boolean;
  /** The consent it is charged on; without it the charge fails. */
  consent?: string;
  /** Not charged if the person ended what is kept under this id by STOP, since the message was accepted. */
  unlessStopped?: string;
  /** Refused as a repeat if a paid text of the same service and amount was accepted for this person a moment ago. */
  guard?: RepeatGuard;
  /** How long the person may take, to answer or to register. Minutes. */
  minutes: number;
  registrationMinutes: number;
};
