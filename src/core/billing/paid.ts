/** Paid messages: what one costs whom. The charge comes first; the text goes once it is billed. */

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
  /** How long the person may take, to answer or to register. Minutes. */
  minutes: number;
  registrationMinutes: number;
};
