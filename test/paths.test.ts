/** Our own paths, which no purchase page may take: read off the routes there are. */

import { describe, expect, it } from "vitest";
import { isReserved, reservePathsOf } from "../src/adapters/paths.ts";

describe("the first part of a path", () => {
  reservePathsOf([
    { path: "/*" },
    { path: "/" },
    { path: "/bills" },
    { path: "/bills/:id" },
    { path: "/Parcels/*" },
    { path: "/:version{v7\\.[12]x}/messages" },
    { path: "/:segment1{[iI][nN][bB][oO][xX]\\.php}" },
    { path: "/:service" },
    { path: "/:account/:id" },
  ]);

  it.each(["bills", "BILLS", "parcels", "v7.1x", "v7.2X", "inbox.php", "Inbox.PHP", ".well-known", "cdn-cgi", "v3"])(
    "is reserved where a route begins with it: %s",
    (name) => expect(isReserved(name)).toBe(true),
  );

  it.each(["gavekort", "bill", "v7.3x", "inboxxphp", "acme", "7", "*", ":service", "version", "vg"])(
    "is free where none does: %s",
    (name) => expect(isReserved(name)).toBe(false),
  );
});
