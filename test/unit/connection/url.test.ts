import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { absolute, redact } from "../../../src/connection/url";
import { SocketError } from "../../../src/errors";

afterEach(() => vi.unstubAllGlobals());

describe("absolute", () => {
  test.each([
    ["wss://example.com/connect", "wss://example.com/connect"],
    ["ws://example.com", "ws://example.com/"],
    ["http://example.com/a", "ws://example.com/a"],
    ["https://example.com/a", "wss://example.com/a"],
    ["HTTPS://EXAMPLE.com:443/a", "wss://example.com/a"],
    ["http://example.com:443/", "ws://example.com:443/"],
    ["ws://example.com:80/", "ws://example.com/"],
    ["wss://[::1]:8000/", "wss://[::1]:8000/"],
    ["wss://example.com/http/https?http=https#http", "wss://example.com/http/https?http=https"],
    ["ws://example.com/?ch=a%20b&t=ü", "ws://example.com/?ch=a%20b&t=%C3%BC"],
    ["ws://user:pass@example.com/", "ws://user:pass@example.com/"],
  ])("makes %s %s", (address, expected) => {
    expect(absolute(address)).toBe(expected);
    expect(absolute(new URL(address))).toBe(expected);
    expect(absolute(address, "https://elsewhere.com/page")).toBe(expected);
  });

  test.each([
    ["/connect", "http://example.com:8080/app/page?x#y", "ws://example.com:8080/connect"],
    ["/connect", "https://example.com/app/page", "wss://example.com/connect"],
    ["socket?ch=a", "https://example.com/app/page", "wss://example.com/app/socket?ch=a"],
    ["?ch=a", "https://example.com/app/page?x#y", "wss://example.com/app/page?ch=a"],
    ["//other.com/a", "https://example.com/", "wss://other.com/a"],
    [":8080/x", "https://example.com/", "wss://example.com/:8080/x"],
  ])("resolves %j on the page %s to %s", (address, page, expected) => {
    expect(absolute(address, page)).toBe(expected);
  });

  test("uses the current page", () => {
    for (const host of ["one.example", "two.example"]) {
      vi.stubGlobal("location", { href: `https://${host}/page` });
      expect(absolute("/connect")).toBe(`wss://${host}/connect`);
    }
  });

  test("keeps a URL object as it is", () => {
    const url = new URL("https://example.com/a#b");
    absolute(url);
    expect(url.href).toBe("https://example.com/a#b");
  });

  test.each([
    "/connect", "", "example.com/connect", "ws://", "http://", "ws://exa mple.com", "ws://example.com:99999", "ftp://example.com/", "file:///etc/passwd",
    "javascript:alert(1)", "data:text/plain,x", "httpx://example.com", "xhttp://example.com", "wsx://example.com", "example.com:8080/x",
  ])("throws for %j without a page", (address) => {
    const call = () => absolute(address, undefined);
    expect(call).toThrow(SocketError);
    expect(call).toThrow(expect.objectContaining({ code: "address" }) as Error);
  });

  test.each(["about:blank", "blob:https://example.com/0b9e", "data:text/html,x", "file:///home/index.html"])(
    "throws for a relative address on the page %s",
    (page) => {
      expect(() => absolute("/connect", page)).toThrow(expect.objectContaining({ code: "address" }) as Error);
    },
  );

  test("treats a missing address as an error, not as the page's own", () => {
    expect(() => absolute("", "https://example.com/page")).toThrow(expect.objectContaining({ code: "address" }) as Error);
  });

  test("names the cause: not a URL, or not a WebSocket protocol", () => {
    const caused = (message: string) => expect.objectContaining({ cause: expect.objectContaining({ name: "TypeError", message }) }) as Error;
    expect(() => absolute("/connect", undefined)).toThrow(caused("Invalid URL"));
    expect(() => absolute("ftp://example.com/")).toThrow(caused("ftp: is no ws:"));
  });

  test("does not repeat the address, which may contain a token", () => {
    for (const address of ["ws://exa mple.com/?token=secret", "ftp://example.com/?token=secret"]) {
      expect(() => absolute(address)).toThrow(expect.objectContaining({ message: expect.not.stringContaining("secret") as string }) as Error);
    }
  });

  test("makes any address ws or wss without a fragment, is idempotent, or throws its error", () => {
    const page = fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), fc.constant(undefined));
    const address = fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true, validSchemes: ["http", "https", "ws", "wss"] }), fc.string());
    fc.assert(
      fc.property(address, page, (address, page) => {
        let url: string;
        try {
          url = absolute(address, page);
        } catch (error) {
          expect(error).toMatchObject({ name: "SocketError", code: "address" });
          return;
        }
        expect(new URL(url)).toMatchObject({ protocol: expect.stringMatching(/^wss?:$/) as string, hash: "" });
        expect(url).not.toContain("#");
        expect(absolute(url)).toBe(url);
      }),
    );
  });

  test("keeps host and query of any address, and stays secure", () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, validSchemes: ["http", "https"] }), (address) => {
        const before = new URL(address);
        const after = new URL(absolute(address));
        expect([after.host, after.pathname, after.search]).toEqual([before.host, before.pathname, before.search]);
        expect(after.protocol === "wss:").toBe(before.protocol === "https:");
      }),
    );
  });
});

describe("redact", () => {
  test("leaves out user, password and query", () => {
    expect(redact("wss://user:pass@example.com:8443/a/b?token=secret")).toBe("wss://example.com:8443/a/b");
    expect(redact("ws://example.com/")).toBe("ws://example.com/");
  });

  test("shows no secret", () => {
    const secret = fc.uuid();
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ["ws", "wss"] }), secret, secret, secret, (address, user, password, token) => {
        const url = new URL(address);
        const shown = `${url.protocol}//${url.host}${url.pathname}`;
        Object.assign(url, { username: user, password, search: `?token=${token}` });
        expect(redact(url.href)).toBe(shown);
      }),
    );
  });
});
