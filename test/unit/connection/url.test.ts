import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { redact, toWebSocketUrl } from "../../../src/connection/url";
import { SocketError } from "../../../src/errors";

afterEach(() => vi.unstubAllGlobals());

const elsewhere = "https://elsewhere.com/page";

describe("toWebSocketUrl", () => {
  test.each([
    ["wss://example.com/connect", "wss://example.com/connect"],
    ["ws://example.com", "ws://example.com"],
    ["http://example.com/a", "ws://example.com/a"],
    ["https://example.com/a", "wss://example.com/a"],
    ["HTTPS://EXAMPLE.com:443/a", "wss://EXAMPLE.com:443/a"],
    ["http://example.com:443/", "ws://example.com:443/"],
    ["ws://example.com:80/", "ws://example.com:80/"],
    ["wss://[::1]:8000/", "wss://[::1]:8000/"],
    ["wss://example.com/http/https?http=https#http", "wss://example.com/http/https?http=https"],
    ["ws://example.com/?ch=a%20b&t=ü", "ws://example.com/?ch=a%20b&t=ü"],
    ["ws://user:pass@example.com/", "ws://user:pass@example.com/"],
  ])("keeps the absolute address %s but for scheme and fragment", (address, expected) => {
    expect(toWebSocketUrl(address, undefined)).toBe(expected);
    expect(toWebSocketUrl(address, elsewhere)).toBe(expected);
  });

  test("takes a URL object, and keeps it as it is", () => {
    const url = new URL("https://example.com/a#b");
    expect(toWebSocketUrl(url, elsewhere)).toBe("wss://example.com/a");
    expect(url.href).toBe("https://example.com/a#b");
  });

  test.each([
    ["/connect", "http://example.com:8080/app/page?x#y", "ws://example.com:8080/connect"],
    ["/connect", "https://example.com/app/page", "wss://example.com/connect"],
    ["socket?ch=a", "https://example.com/app/page", "wss://example.com/app/socket?ch=a"],
    ["?ch=a", "https://example.com/app/page?x#y", "wss://example.com/app/page?ch=a"],
    ["//other.com/a", "https://example.com/", "wss://other.com/a"],
    [":8080/x", "https://example.com/", "wss://example.com/:8080/x"],
    ["/connect", "https://example.com", "wss://example.com/connect"],
  ])("resolves %j against %s to %s", (address, base, expected) => {
    expect(toWebSocketUrl(address, base)).toBe(expected);
  });

  test.each([
    "/connect",
    "",
    "example.com/connect",
    "ws://",
    "http://",
    "ws:example.com",
    "ws://exa mple.com",
    "ws://example.com:99999",
    "ftp://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/plain,x",
    "httpx://example.com",
    "xhttp://example.com",
    "wsx://example.com",
    "example.com:8080/x",
    "localhost:8080",
  ])("throws for %j without a page", (address) => {
    const call = () => toWebSocketUrl(address, undefined);
    expect(call).toThrow(SocketError);
    expect(call).toThrow(expect.objectContaining({ code: "address" }) as Error);
  });

  test.each([undefined, null])("throws for %s, also in a page", (address) => {
    expect(() => toWebSocketUrl(address as never, elsewhere)).toThrow(expect.objectContaining({ code: "address" }) as Error);
  });

  test.each(["about:blank", "blob:https://example.com/0b9e", "data:text/html,x", "file:///home/index.html"])(
    "throws for a relative address where the base is %s",
    (base) => {
      expect(() => toWebSocketUrl("/connect", base)).toThrow(expect.objectContaining({ code: "address" }) as Error);
    },
  );

  test("treats a missing address as an error, not as the page's own", () => {
    expect(() => toWebSocketUrl("", elsewhere)).toThrow(expect.objectContaining({ code: "address" }) as Error);
  });

  test.each([
    ["", undefined, /empty/],
    ["/connect", undefined, /relative/],
    ["ftp://example.com/", undefined, /wss?:/],
    ["localhost:8080", undefined, /wss?:\S* before the host/],
    ["127.0.0.1:8080/x", undefined, /wss?:\S* before the host/],
    ["127.0.0.1:8080", "https://example.com/", /wss?:\S* before the host/],
    ["[::1]:8080", "https://example.com/", /wss?:\S* before the host/],
    ["my_host:8080/x?y", "https://example.com/", /wss?:\S* before the host/],
    ["ws://exa mple.com", undefined, /parsed/],
  ])("says in the cause what is wrong with %j", (address, base, reason) => {
    const cause = expect.objectContaining({ name: "TypeError", message: expect.stringMatching(reason) as string }) as Error;
    expect(() => toWebSocketUrl(address, base)).toThrow(expect.objectContaining({ cause }) as Error);
  });

  test.each(["ws://exa mple.com/?token=secret", "ftp://example.com/?token=secret", "//exa mple.com/secret", "secret:8080/x", "ws:secret"])(
    "does not repeat %j in the error or its cause, because an address may hold a token",
    (address) => {
      try {
        expect.unreachable(toWebSocketUrl(address, "https://page.example/secret"));
      } catch (error) {
        const { message, stack, cause } = error as SocketError;
        expect(error).toMatchObject({ code: "address" });
        const { message: reason, stack: trace } = cause as Error;
        expect([message, stack, reason, trace, ...Object.values(cause as Error)].join()).not.toMatch(/secret/);
        expect((cause as Error).cause).toBe(undefined);
      }
    },
  );

  test("asks no more of URL than to parse, as in React Native, where it has no setters and lacks parts", () => {
    class ReadOnlyUrl {
      readonly #href: string;
      constructor(address: string, base?: string) {
        this.#href = base === undefined ? address : `${base}${address}`;
      }
      get href(): string {
        return this.#href;
      }
      get host(): never {
        throw new Error("not implemented");
      }
      get protocol(): never {
        throw new Error("not implemented");
      }
      get hash(): never {
        throw new Error("not implemented");
      }
      toString(): string {
        return this.#href;
      }
    }
    vi.stubGlobal("URL", ReadOnlyUrl);
    expect(toWebSocketUrl("https://example.com/a?b#c", undefined)).toBe("wss://example.com/a?b");
    expect(toWebSocketUrl(new URL("wss://example.com/a"), undefined)).toBe("wss://example.com/a");
    expect(toWebSocketUrl("/a", "http://example.com")).toBe("ws://example.com/a");
  });

  test("makes any address ws or wss without a fragment, is idempotent, or throws its error", () => {
    const page = fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), fc.constant(undefined));
    const address = fc.oneof(
      fc.webUrl({ withFragments: true, withQueryParameters: true, validSchemes: ["http", "https", "ws", "wss"] }),
      fc.string(),
    );
    fc.assert(
      fc.property(address, page, (address, page) => {
        let url: string;
        try {
          url = toWebSocketUrl(address, page);
        } catch (error) {
          expect(error).toMatchObject({ name: "SocketError", code: "address" });
          return;
        }
        expect(new URL(url)).toMatchObject({ protocol: expect.stringMatching(/^wss?:$/) as string, hash: "" });
        expect(url).not.toContain("#");
        expect(toWebSocketUrl(url, undefined)).toBe(url);
      }),
    );
  });

  test("keeps host and query of any address, and stays secure", () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, validSchemes: ["http", "https"] }), (address) => {
        const before = new URL(address);
        const after = new URL(toWebSocketUrl(address, undefined));
        // The default port of a scheme is left out, and so is shown as none.
        expect([after.hostname, after.pathname, after.search]).toEqual([before.hostname, before.pathname, before.search]);
        expect(after.protocol === "wss:").toBe(before.protocol === "https:");
      }),
    );
  });
});

describe("redact", () => {
  test.each([
    ["wss://user:pass@example.com:8443/a/b?token=secret", "wss://example.com:8443/a/b"],
    ["ws://example.com/", "ws://example.com/"],
    ["ws://example.com", "ws://example.com"],
    ["ws://example.com?token=secret", "ws://example.com"],
    ["ws://example.com#secret", "ws://example.com"],
    ["ws://us@er:p@ss@example.com/a@b", "ws://example.com/a@b"],
    ["wss://[::1]:8000/a", "wss://[::1]:8000/a"],
  ])("shows %s as %s", (address, shown) => {
    expect(redact(address)).toBe(shown);
  });

  test("shows no secret of any address", () => {
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

  test.each([
    "ws:///user:secret@example.com/",
    "ws:////user:secret@example.com/",
    "ws://\t/user:secret@example.com/",
    "ws://\\user:secret@example.com/",
  ])("shows no secret of %j, where something precedes the user", (address) => {
    let shown = "";
    try {
      shown = redact(toWebSocketUrl(address, undefined));
    } catch (error) {
      expect(error).toMatchObject({ code: "address" });
    }
    expect(shown).not.toContain("secret");
  });
});
