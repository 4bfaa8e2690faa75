/** Paid messages: the charge that each needs. It comes first; the text is sent once the charge is billed. */

import type { RepeatGuard } from "../service.ts";

/** The price of a paid message, and what it is for. */
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
  /** Not charged if the person has ended the consent of this id by STOP since the message was accepted. */
  unlessStopped?: string;
  /** Refused as a repeat if a paid text of the same service and amount was accepted for this person a moment ago. */
  guard?: RepeatGuard;
  /** How long the person may take, to answer or to register. Minutes. */
  minutes: number;
  registrationMinutes: number;
};
