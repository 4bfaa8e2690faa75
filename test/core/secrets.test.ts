/** What is kept to be looked at holds no secret, whatever it is written in. */

import { describe, expect, it } from "vitest";
import { withoutSecrets } from "../../src/core/secrets.ts";

describe("a secret is masked", () => {
  it.each([
    [
      '{"messages":{"authentication":{"productToken":"s3cret-1"}}}',
      '{"messages":{"authentication":{"productToken":"•••"}}}',
    ],
    ['{"ApiKey" : "s3cret-1", "a": 1}', '{"ApiKey" : "•••", "a": 1}'],
    ['{"password":"s3cret \\"quoted\\" 2","text":"hi"}', '{"password":"•••","text":"hi"}'],
    ['{"text":"hi","secret":"s3cret-that was cut o', '{"text":"hi","secret":"•••"'],
    ['{"oneTimePassword":123456}', '{"oneTimePassword":"•••"}'],
    ["cc=acme&ekey=s3cret-1&message=hi", "cc=acme&ekey=•••&message=hi"],
    ["/no/dob/send?campaign_name=a&api_key=s3cret-1", "/no/dob/send?campaign_name=a&api_key=•••"],
    [
      "<AUTHENTICATION><PRODUCTTOKEN>s3cret-1</PRODUCTTOKEN></AUTHENTICATION>",
      "<AUTHENTICATION><PRODUCTTOKEN>•••</PRODUCTTOKEN></AUTHENTICATION>",
    ],
    ["<PRODUCTTOKEN><![CDATA[s3cret-1]]></PRODUCTTOKEN>", "<PRODUCTTOKEN>•••</PRODUCTTOKEN>"],
    ['<USER LOGIN="me" PASSWORD="s3cret-1"/>', '<USER LOGIN="me" PASSWORD="•••"/>'],
    ["<USER LOGIN='me' PASSWORD='s3cret", "<USER LOGIN='me' PASSWORD=\"•••\""],
    ["Authorization: Bearer", "Authorization: Bearer"],
  ])("in %s", (text, kept) => {
    expect(withoutSecrets(text)).toBe(kept);
  });

  it("where codes are what it is about, and only there", () => {
    const body = '{"id":"a","code":"123456"}';
    expect(withoutSecrets(body, "/otp/v2/otp/a/verify")).toBe('{"id":"a","code":"•••"}');
    expect(withoutSecrets(body, "/v1.0/message")).toBe(body);
    expect(withoutSecrets("/api/pincodes/verification?transactionId=a&pincode=1234")).toBe(
      "/api/pincodes/verification?transactionId=a&pincode=•••",
    );
  });
});

describe("what is no secret", () => {
  it.each([
    '{"text":"your password is safe","recipient":"+4798079008"}',
    "number=4798079008&message=tokens and keys&id=pinball",
    '<MSG><BODY TYPE="text">secret garden</BODY><TO>004798079008</TO></MSG>',
    '{"serviceCode":"14002","errorCode":0,"keyword":"PIN"}',
  ])("stays as it is: %s", (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it("is found fast in the longest body", () => {
    for (const piece of ['{"token', '"a\\\\', "<token ", "&ekey", "password='", "<![CDATA["]) {
      expect(withoutSecrets(piece.repeat(2_000)).length).toBeGreaterThan(0);
    }
  });
});
