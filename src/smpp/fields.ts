/**
 * SMPP 3.4 as tables: the PDUs with their fields in order, the optional parameters, the command statuses. Clause numbers are
 * those of "Short Message Peer to Peer Protocol Specification v3.4, issue 1.2".
 */

/** Clause 5.1.3. What we say, and what we know how to read. */
export const STATUS = {
  ok: 0x00,
  messageLength: 0x01,
  commandLength: 0x02,
  commandId: 0x03,
  bindState: 0x04,
  alreadyBound: 0x05,
  systemError: 0x08,
  sourceAddress: 0x0a,
  destinationAddress: 0x0b,
  messageId: 0x0c,
  bindFailed: 0x0d,
  password: 0x0e,
  systemId: 0x0f,
  cancelFailed: 0x11,
  replaceFailed: 0x13,
  queueFull: 0x14,
  serviceType: 0x15,
  esmClass: 0x43,
  submitFailed: 0x45,
  throttled: 0x58,
  schedule: 0x61,
  validity: 0x62,
  temporaryAppError: 0x64,
  permanentAppError: 0x65,
  rejectedByApp: 0x66,
  queryFailed: 0x67,
  parameterLength: 0xc2,
  parameterMissing: 0xc3,
  parameterValue: 0xc4,
} as const;

/** A C-octet string. `most` counts its NUL, as the standard does; `read` is what is still read, where that is more. */
type TextField = { is: "text"; most: number; read?: number; fault?: number };
/** An integer of one octet. */
type OctetField = { is: "octet" };
/** A text of octets with its length, of one octet, before it. */
type OctetsField = { is: "octets" };
export type Field = TextField | OctetField | OctetsField;
export type Layout = Readonly<Record<string, Field>>;

const OCTET: OctetField = { is: "octet" };
/** `fault` is the status for one that is too long. */
const text = (most: number, fault?: number, read?: number) =>
  ({ is: "text", most, ...(read ? { read } : {}), ...(fault ? { fault } : {}) }) as const satisfies TextField;

const source = (most: number) =>
  ({ sourceTon: OCTET, sourceNpi: OCTET, source: text(most, STATUS.sourceAddress) }) as const;
const destination = (most: number) =>
  ({ destinationTon: OCTET, destinationNpi: OCTET, destination: text(most, STATUS.destinationAddress) }) as const;
const messageId = { messageId: text(65, STATUS.messageId) } as const;

/** Clause 4.1. Peers send credentials that are longer than the standard allows, so more of them is read. */
const bind = {
  systemId: text(16, STATUS.systemId, 65),
  password: text(9, STATUS.password, 65),
  systemType: text(13, STATUS.systemId, 65),
  interfaceVersion: OCTET,
  addressTon: OCTET,
  addressNpi: OCTET,
  addressRange: text(41, STATUS.systemId),
} as const;
const bound = { systemId: text(16, undefined, 65) } as const;

/** Clauses 4.4.1 and 4.6.1: one layout. */
const message = {
  serviceType: text(6, STATUS.serviceType),
  ...source(21),
  ...destination(21),
  esmClass: OCTET,
  protocolId: OCTET,
  priorityFlag: OCTET,
  scheduleDeliveryTime: text(17, STATUS.schedule),
  validityPeriod: text(17, STATUS.validity),
  registeredDelivery: OCTET,
  replaceIfPresent: OCTET,
  dataCoding: OCTET,
  defaultMessageId: OCTET,
  shortMessage: { is: "octets" },
} as const;

/** By name: the id (clause 5.1.2.1), and the fields in their order. */
export const COMMANDS = {
  bind_receiver: { id: 0x01, fields: bind },
  bind_receiver_resp: { id: 0x80000001, fields: bound },
  bind_transmitter: { id: 0x02, fields: bind },
  bind_transmitter_resp: { id: 0x80000002, fields: bound },
  query_sm: { id: 0x03, fields: { ...messageId, ...source(21) } },
  query_sm_resp: {
    id: 0x80000003,
    fields: { ...messageId, finalDate: text(17), messageState: OCTET, errorCode: OCTET },
  },
  submit_sm: { id: 0x04, fields: message },
  submit_sm_resp: { id: 0x80000004, fields: messageId },
  deliver_sm: { id: 0x05, fields: message },
  deliver_sm_resp: { id: 0x80000005, fields: messageId },
  unbind: { id: 0x06, fields: {} },
  unbind_resp: { id: 0x80000006, fields: {} },
  replace_sm: {
    id: 0x07,
    fields: {
      ...messageId,
      ...source(21),
      scheduleDeliveryTime: text(17, STATUS.schedule),
      validityPeriod: text(17, STATUS.validity),
      registeredDelivery: OCTET,
      defaultMessageId: OCTET,
      shortMessage: { is: "octets" },
    },
  },
  replace_sm_resp: { id: 0x80000007, fields: {} },
  cancel_sm: {
    id: 0x08,
    fields: { serviceType: text(6, STATUS.serviceType), ...messageId, ...source(21), ...destination(21) },
  },
  cancel_sm_resp: { id: 0x80000008, fields: {} },
  bind_transceiver: { id: 0x09, fields: bind },
  bind_transceiver_resp: { id: 0x80000009, fields: bound },
  outbind: { id: 0x0b, fields: { systemId: text(16, undefined, 65), password: text(9, undefined, 65) } },
  enquire_link: { id: 0x15, fields: {} },
  enquire_link_resp: { id: 0x80000015, fields: {} },
  alert_notification: {
    id: 0x102,
    fields: { ...source(65), esmeTon: OCTET, esmeNpi: OCTET, esme: text(65) },
  },
  data_sm: {
    id: 0x103,
    fields: {
      serviceType: text(6, STATUS.serviceType),
      ...source(65),
      ...destination(65),
      esmClass: OCTET,
      registeredDelivery: OCTET,
      dataCoding: OCTET,
    },
  },
  data_sm_resp: { id: 0x80000103, fields: messageId },
  generic_nack: { id: 0x80000000, fields: {} },
} as const satisfies Record<string, { id: number; fields: Layout }>;

export type Command = keyof typeof COMMANDS;

/** Bit 31 of an id marks a response. Clause 5.1.2. */
const RESPONSE = 0x80000000;

/** A command's id or status as the specification writes it: `0x00000058`. */
export function hexOf(code: number): string {
  return `0x${code.toString(16).padStart(8, "0")}`;
}

export function isResponseId(id: number): boolean {
  return id >= RESPONSE;
}

const BY_ID = new Map<number, Command>(
  (Object.keys(COMMANDS) as Command[]).map((name) => [COMMANDS[name].id, name] as const),
);

export function commandOf(id: number): Command | undefined {
  return BY_ID.get(id);
}

/** Clause 5.3.2. `text` is a C-octet string, an integer has its octets. The last two are CM.com's own. */
export const TLVS = {
  payloadType: { tag: 0x0019, is: "integer", octets: 1 },
  additionalStatus: { tag: 0x001d, is: "text" },
  receiptedMessageId: { tag: 0x001e, is: "text" },
  userMessageReference: { tag: 0x0204, is: "integer", octets: 2 },
  sourcePort: { tag: 0x020a, is: "integer", octets: 2 },
  destinationPort: { tag: 0x020b, is: "integer", octets: 2 },
  sarReference: { tag: 0x020c, is: "integer", octets: 2 },
  sarTotal: { tag: 0x020e, is: "integer", octets: 1 },
  sarPart: { tag: 0x020f, is: "integer", octets: 1 },
  interfaceVersion: { tag: 0x0210, is: "integer", octets: 1 },
  callbackNumber: { tag: 0x0381, is: "octets" },
  availability: { tag: 0x0422, is: "integer", octets: 1 },
  networkError: { tag: 0x0423, is: "octets" },
  payload: { tag: 0x0424, is: "octets" },
  failureReason: { tag: 0x0425, is: "integer", octets: 1 },
  moreMessages: { tag: 0x0426, is: "integer", octets: 1 },
  messageState: { tag: 0x0427, is: "integer", octets: 1 },
  sourceNetwork: { tag: 0x060d, is: "text" },
  destinationNetwork: { tag: 0x060e, is: "text" },
  operator: { tag: 0x1401, is: "text" },
  tariff: { tag: 0x140a, is: "text" },
} as const satisfies Record<string, { tag: number; is: "integer" | "text" | "octets"; octets?: 1 | 2 }>;

export type TlvName = keyof typeof TLVS;

/** Clause 5.2.28. */
export const MESSAGE_STATES = {
  scheduled: 0,
  enroute: 1,
  delivered: 2,
  expired: 3,
  deleted: 4,
  undeliverable: 5,
  accepted: 6,
  unknown: 7,
  rejected: 8,
  skipped: 9,
} as const;
export type MessageStateName = keyof typeof MESSAGE_STATES;

/** Clause 5.2.12: the bits of esm_class. Modes are masked out, for peers set them as they like. */
export const ESM = { type: 0x3c, receipt: 0x04, intermediate: 0x20, udh: 0x40 } as const;
/** Clause 5.2.17: the bits of registered_delivery. */
export const REGISTERED = { final: 0x03, none: 0, always: 1, onFailure: 2, intermediate: 0x10 } as const;
