/** What a bridge and the gateway say to each other beside the PDUs. The bridge runs in Node, so nothing here is the platform's. */

/** The code that a WebSocket is closed with after a wrong password, so that its bridge slows the address down. */
export const WRONG_PASSWORD = 4_001;

/** The code that a WebSocket is closed with where the customer's program closed its connection in order: TCP's FIN, and no reset. */
export const HUNG_UP = 4_002;

/** A text frame by which a bridge says that it is going to end. */
export const DRAIN = "drain";

/** What a bridge says of a connection that it brings, as headers. */
export const BROUGHT = {
  systemId: "x-smpp-system-id",
  link: "x-smpp-link",
  address: "x-smpp-address",
  secure: "x-smpp-secure",
} as const;
