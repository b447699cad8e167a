/** A WebSocket frame as it stands on the wire (RFC 6455 §5.2), with whatever is wrong with it. */
export interface Frame {
  /** 1 is text, 2 binary, 8 close, 9 ping, 10 pong, 0 goes on with what was begun; the rest is reserved. @default 1 */
  opcode?: number;
  payload?: string | Uint8Array;
  /** Whether the message ends here. @default true */
  fin?: boolean;
  /** The three reserved bits, as a number up to 7. @default 0 */
  reserved?: number;
  /** Whether it is masked, as a client's must be and a server's must not. @default false */
  masked?: boolean;
}

/** Makes the bytes of a frame. */
export function frame({ opcode = 1, payload = "", fin = true, reserved = 0, masked = false }: Frame): Buffer {
  const body = Buffer.from(payload as string);
  const { length } = body;
  const sized = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : undefined;
  if (!sized) throw new RangeError(`A frame of ${length} bytes is more than a test needs: take less than 65536.`);
  const head = [(fin ? 128 : 0) | (reserved << 4) | opcode, sized[0]! | (masked ? 128 : 0), ...sized.slice(1)];
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0), body]);
}

/** Makes the payload of a close frame. */
export function closing(code: number, reason = ""): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
}

/** What no server may send: a client must fail the connection at each of them. */
export const violations: Record<string, Buffer> = {
  "a text that is no UTF-8": frame({ payload: Buffer.from([0xc3, 0x28]) }),
  "a reserved bit": frame({ payload: "{}", reserved: 2 }),
  "a masked frame": frame({ payload: "{}", masked: true }),
  "a reserved opcode": frame({ opcode: 3, payload: "{}" }),
  "a message that goes on before it has begun": frame({ opcode: 0, payload: "{}" }),
  "a ping in pieces": frame({ opcode: 9, fin: false }),
  "a ping of 126 bytes": frame({ opcode: 9, payload: Buffer.alloc(126) }),
  "a close frame with 1005": frame({ opcode: 8, payload: closing(1005) }),
  "a close frame with half a code": frame({ opcode: 8, payload: Buffer.from([3]) }),
};
