import type { DropReason, SendResult } from "../../src/index";
import { Numbers } from "./numbers";

/** How many of a socket's last events are printed beside a message that is not accounted for. */
const remembered = 24;

/** Sums over all sockets. */
export interface Totals {
  /** Outbound: given to `send`. */
  made: number;
  /** `send` threw, so that the caller knows. */
  thrown: number;
  /** Reported to `onDrop`. */
  dropped: number;
  /** Handed to a WebSocket. */
  handed: number;
  /** Seen by the server. */
  delivered: number;
  /** Handed to a WebSocket which ended before the server saw them. */
  died: number;
  /** Inbound: written by the server. */
  told: number;
  /** Told to a listener. */
  heard: number;
  /** Written to a link that ended before a listener received them. */
  lost: number;
}

/** What must be true of every message, and what became of each. What it keeps does not grow with their number. */
export class Ledger {
  readonly totals: Totals = { made: 0, thrown: 0, dropped: 0, handed: 0, delivered: 0, died: 0, told: 0, heard: 0, lost: 0 };
  readonly accounts: Account[] = [];
  /** The links that live, by serial number. */
  readonly lines = new Map<number, Line>();
  /** What must not happen, each with its history; of many, the first. */
  readonly faults: string[] = [];
  /** How many of them there were. */
  broken = 0;

  account(joins: boolean): Account {
    const account = new Account(this, this.accounts.length, joins);
    this.accounts.push(account);
    return account;
  }

  /** Outbound messages that wait in a queue. */
  get waiting(): number {
    return this.accounts.reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  /** Messages on live links, either way. */
  get underWay(): { up: number; down: number } {
    let [up, down] = [0, 0];
    for (const line of this.lines.values()) {
      up += line.up.size;
      down += line.down.size;
    }
    return { up, down };
  }

  /** How many messages are in none of the places where they may be, or in two; each was counted where it was seen. */
  get unaccounted(): number {
    const { made, thrown, dropped, delivered, died, told, heard, lost } = this.totals;
    const { up, down } = this.underWay;
    return Math.abs(made - thrown - dropped - delivered - died - this.waiting - up) + Math.abs(told - heard - lost - down) + this.broken;
  }

  broke(what: string, account?: Account): void {
    this.broken++;
    if (this.faults.length < 20) this.faults.push(`${what}${account ? `\n  ${account.history}` : ""}`);
  }
}

/** One socket's messages. */
export class Account {
  readonly index: number;
  readonly joins: boolean;
  /** Passed to `send`, and neither handed to a WebSocket nor dropped; the queue's limit applies. */
  readonly waiting = new Set<number>();
  readonly #ledger: Ledger;
  readonly #events: string[] = [];
  #at = 0;
  #made = 0;
  #handed = 0;
  #told = 0;
  #heard = 0;

  constructor(ledger: Ledger, index: number, joins: boolean) {
    this.#ledger = ledger;
    this.index = index;
    this.joins = joins;
  }

  /** The last events, oldest first. */
  get history(): string {
    return [...this.#events.slice(this.#at), ...this.#events.slice(0, this.#at)].join("; ");
  }

  note(event: string): void {
    this.#events[this.#at] = event;
    this.#at = (this.#at + 1) % remembered;
  }

  broke(what: string): void {
    this.#ledger.broke(`socket ${this.index}: ${what}`, this);
  }

  /** Sends the next number, and compares its outcome with what is observed. */
  say(send: (number: number) => SendResult): void {
    const number = ++this.#made;
    this.#ledger.totals.made++;
    this.waiting.add(number);
    let result: SendResult | "thrown" = "thrown";
    try {
      result = send(number);
    } catch {
      // Of its overflow: the table tells how often.
    }
    this.note(`${number} ${result}`);
    // A drop is reported in a microtask.
    if (this.waiting.has(number) !== (result !== "sent")) this.broke(`${number} was said to be ${result}, and was not`);
    if (result !== "thrown") return;
    this.waiting.delete(number);
    this.#ledger.totals.thrown++;
  }

  /** The library handed a number to a WebSocket. */
  handed(line: Line, number: number): void {
    const { lines, totals } = this.#ledger;
    this.note(`${number} on link ${line.serial}`);
    if (!this.waiting.delete(number)) this.broke(`${number} was handed to a WebSocket twice, or after it was given up`);
    if (number <= this.#handed) this.broke(`${number} left after ${this.#handed}`);
    if (this.joins && !line.joined) this.broke(`${number} left on link ${line.serial} before the channel was joined`);
    if (!lines.has(line.serial)) this.broke(`${number} left on link ${line.serial}, which has ended`);
    this.#handed = number;
    totals.handed++;
    line.up.push(number);
  }

  gaveUp(number: number, reason: DropReason): void {
    this.note(`${number} dropped: ${reason}`);
    if (!this.waiting.delete(number)) this.broke(`${number} was given up twice, or after it was sent`);
    if (reason !== "overflow" && reason !== "closed") this.broke(`${number} was given up: ${reason}`);
    this.#ledger.totals.dropped++;
  }

  /** The server received a number, perhaps after its link was given up. */
  seen(line: Line, number: number): void {
    const { lines, totals } = this.#ledger;
    this.#due(line, line.up, number, "by the server");
    totals.delivered++;
    if (!lines.has(line.serial)) totals.died--;
  }

  /** The number of the next message that the server writes. */
  told(line: Line): number {
    const { lines, totals } = this.#ledger;
    totals.told++;
    this.#told++;
    if (lines.has(line.serial)) line.down.push(this.#told);
    else totals.lost++;
    return this.#told;
  }

  /** A listener received a number that the server wrote on a link. */
  heard(line: Line | undefined, number: number): void {
    if (!line) {
      this.broke(`inbound ${number} was heard of a link that has ended`);
      return;
    }
    this.#due(line, line.down, number, "by a listener");
    if (number <= this.#heard) this.broke(`inbound ${number} was heard after ${this.#heard}`);
    this.#heard = number;
    this.#ledger.totals.heard++;
  }

  #due(line: Line, numbers: Numbers, number: number, where: string): void {
    if (numbers.first !== number) this.broke(`${number} was seen ${where} on link ${line.serial} where these were due: ${numbers}`);
    // A skipped message does not come back: one fault is reported once.
    while (numbers.size && numbers.first! < number) numbers.shift();
    if (numbers.first === number) numbers.shift();
  }
}

/** One WebSocket of a socket's, from its making to its end. */
export class Line {
  readonly serial: number;
  readonly account: Account;
  readonly #ledger: Ledger;
  /** Handed to it, not yet seen by the server. */
  readonly up = new Numbers();
  /** Written by the server, not yet told. */
  readonly down = new Numbers();
  joined = false;

  constructor(ledger: Ledger, account: Account, serial: number) {
    this.#ledger = ledger;
    this.account = account;
    this.serial = serial;
    ledger.lines.set(serial, this);
    account.note(`link ${serial} made`);
  }

  /** The WebSocket has closed: what is still under way has died with it, unless the server sees it yet. */
  end(): void {
    const { lines, totals } = this.#ledger;
    lines.delete(this.serial);
    totals.died += this.up.size;
    totals.lost += this.down.size;
    this.account.note(`link ${this.serial} ended`);
  }
}
