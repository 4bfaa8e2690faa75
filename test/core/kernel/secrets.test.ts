/** What is kept to be looked at holds no secret, whatever it is written in. */

import { describe, expect, it } from "vitest";
import { secretsIn, withoutSecrets, withoutValues } from "../../../src/core/kernel/secrets.ts";

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
    ["cc=acme&e%6Bey=s3cret-1&message=hi", "cc=acme&e%6Bey=•••&message=hi"],
    ['{"productTok\\u0065n":"s3cret-1"}', '{"productTok\\u0065n":"•••"}'],
    [
      '--b\r\nContent-Disposition: form-data; name="ekey"\r\n\r\ns3cret-1\r\n--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n7\r\n--b--',
      '--b\r\nContent-Disposition: form-data; name="ekey"\r\n\r\n•••\r\n--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n7\r\n--b--',
    ],
    [
      "--b\nContent-Disposition: form-data; name=ekey\nContent-Type: text/plain\n\ns3cret-that was cut o",
      "--b\nContent-Disposition: form-data; name=ekey\nContent-Type: text/plain\n\n•••",
    ],
    ["http://shop:s3cret-1@shop.example:8080/x", "http://shop:•••@shop.example:8080/x"],
    ['{"url":"https:\\/\\/shop:s3c@ret@shop.example"}', '{"url":"https:\\/\\/shop:•••@shop.example"}'],
    ["url=https%3A%2F%2Fshop%3As3cret-1%40shop.example", "url=https%3A%2F%2Fshop%3A•••%40shop.example"],
    [
      "url=https%3A%2F%2Fshop.example%2Fx%3Fa%3D1%26token%3Ds3cret-1%26b%3D2&id=7",
      "url=https%3A%2F%2Fshop.example%2Fx%3Fa%3D1%26token%3D•••%26b%3D2&id=7",
    ],
    ["cc=acme&api_key[]=s3cret-1&id=7", "cc=acme&api_key[]=•••&id=7"],
    ["cc=acme&api_key%5B0%5D=s3cret-1&id=7", "cc=acme&api_key%5B0%5D=•••&id=7"],
    ["login[password]=s3cret-1&id=7", "login[password]=•••&id=7"],
    ['{"api_key":["s3cret-1","s3c]ret-2"],"id":7}', '{"api_key":"•••","id":7}'],
    ['{"api_key[]":"s3cret-1","id":7}', '{"api_key[]":"•••","id":7}'],
    [
      '--b\r\nContent-Disposition: form-data; name="ekey[]"\r\n\r\ns3cret-1\r\n--b--',
      '--b\r\nContent-Disposition: form-data; name="ekey[]"\r\n\r\n•••\r\n--b--',
    ],
    ["url=https://shop.example/x?token=s3cret-1&id=7", "url=https://shop.example/x?token=•••&id=7"],
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
    "https://shop.example:8080/@me?at=12:30@home",
    '{"serviceCode":"14002","errorCode":0,"keyword":"PIN"}',
  ])("stays as it is: %s", (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it("is found fast in the longest body", () => {
    for (const piece of [
      '{"token',
      '"a\\\\',
      "<token ",
      "&ekey",
      "password='",
      "<![CDATA[",
      'name="ekey"\n',
      "://a:",
      ";a=",
    ]) {
      expect(withoutSecrets(piece.repeat(2_000)).length).toBeGreaterThan(0);
    }
  });
});

describe("a secret that a refusal reads back", () => {
  it.each([
    { sent: "cc=acme&ekey=s3cret-key%2B1", answer: '"s3cret-key%2B1%ff" is not UTF-8', kept: '"•••%ff" is not UTF-8' },
    { sent: "cc=acme&ekey=s3cret-key%2B1", answer: "s3cret-key+1 is not known", kept: "••• is not known" },
    { sent: '{"apiKey":"s3cret \\"1\\""}', answer: '{"Message":"s3cret \\"1\\""}', kept: '{"Message":"•••"}' },
    { sent: "pin=1234&number=12345678", answer: "12345678 and 1234", kept: "12345678 and 1234" },
  ])("is masked where $sent was sent", ({ sent, answer, kept }) => {
    expect(withoutValues(answer, secretsIn(sent))).toBe(kept);
  });
});
