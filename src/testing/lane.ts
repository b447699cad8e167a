import { turn } from "./turns";

/** What lanes share: whether anything moves. */
export interface Traffic {
  /** How many events have passed. It grows whenever something moves. */
  moves: number;
  /** How many events are on their way that neither a stall nor a delay holds back. */
  moving: number;
}

interface Item {
  readonly deliver: () => void;
  readonly bytes: number;
  /** For how many things it waits: its time, and its bytes. */
  waits: number;
}

/** One direction of a connection: delivers in order, one event a turn, unless it is stalled. */
export class Lane {
  readonly #traffic: Traffic;
  #items: Item[] = [];
  #isRunning = false;
  #isStalled = false;
  #isClosed = false;
  /** How long each event takes, in milliseconds. */
  delay = 0;
  /** How many bytes have not been delivered. */
  bytes = 0;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  /** Delivers nothing from now on, or goes on. */
  stall(isStalled: boolean): void {
    this.#isStalled = isStalled;
    this.#run();
  }

  /**
   * Adds an event behind the others.
   *
   * @param bytes how many bytes it has
   * @param ready what it has to wait for
   */
  push(deliver: () => void, bytes = 0, ready?: Promise<unknown>): void {
    if (this.#isClosed) return;
    const item: Item = { deliver, bytes, waits: 0 };
    this.#items.push(item);
    this.bytes += bytes;
    const finished = () => {
      item.waits--;
      this.#run();
    };
    if (ready) {
      item.waits++;
      ready.then(finished, finished);
    }
    if (this.delay > 0) {
      item.waits++;
      setTimeout(finished, this.delay);
    }
    this.#run();
  }

  /** Drops what is on its way, and takes nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#items = [];
    this.bytes = 0;
  }

  get #next(): Item | undefined {
    const [item] = this.#items;
    return this.#isStalled || item?.waits ? undefined : item;
  }

  #run(): void {
    if (this.#isRunning || !this.#next) return;
    this.#isRunning = true;
    this.#traffic.moving++;
    void this.#deliverAll();
  }

  async #deliverAll(): Promise<void> {
    try {
      for (;;) {
        await turn();
        // A fault may have come meanwhile.
        const item = this.#next;
        if (!item) break;
        this.#items.shift();
        this.bytes -= item.bytes;
        this.#traffic.moves++;
        item.deliver();
      }
    } finally {
      this.#isRunning = false;
      this.#traffic.moving--;
    }
  }
}
